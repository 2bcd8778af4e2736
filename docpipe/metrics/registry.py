"""A registry of docpipe's own, and the metrics of the table in it. Never the library's global registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from docpipe.metrics.definitions import Definition, MetricType


class Registry(CollectorRegistry):
    """A registry without the `_created` series that the library adds to each counter, which double what is stored.

    The library can only leave them out for a whole process, which is not ours to decide where docpipe is embedded.
    """

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        for metric in super().collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


def counter(definition: Definition, registry: CollectorRegistry) -> Counter:
    """Return a counter of the table."""
    return Counter(definition.full, definition.help, definition.labels, registry=registry)


def gauge(definition: Definition, registry: CollectorRegistry) -> Gauge:
    """Return a gauge of the table."""
    return Gauge(definition.full, definition.help, definition.labels, registry=registry)


def histogram(definition: Definition, registry: CollectorRegistry) -> Histogram:
    """Return a histogram of the table."""
    return Histogram(definition.full, definition.help, definition.labels, registry=registry, buckets=definition.buckets)


def family(definition: Definition, samples: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    """Return a metric as it is read at a scrape: (label values, value) of each series."""
    kind = CounterMetricFamily if definition.type is MetricType.COUNTER else GaugeMetricFamily
    read = kind(definition.full, definition.help, labels=definition.labels)
    for labels, value in samples:
        read.add_metric(labels, value)
    return read
