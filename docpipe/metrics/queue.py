"""Who waits in a pipeline's queue, read at a scrape and never in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.metrics_core import Metric

from docpipe.metrics import definitions as d
from docpipe.metrics.registry import family


@dataclass(frozen=True, slots=True)
class QueueReading:
    """The queue at one moment. `price` is accuracy per millisecond that a step up must win."""

    waiting: int = 0
    oldest_s: float = 0.0
    backlog_ms: float = 0.0
    price: float = 0.0
    correction: float = 1.0
    tail: float = 1.0


class QueueCollector:
    """Reads the queue of a pipeline that answers requests; without one there is nothing to read."""

    def __init__(self) -> None:
        self._read: Callable[[], QueueReading] | None = None

    def attach(self, read: Callable[[], QueueReading]) -> None:
        """Read this queue from now on."""
        self._read = read

    def describe(self) -> Iterator[Metric]:
        """Name nothing: whether there is a queue shows only when somebody asks for an answer in time."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the queue of this moment."""
        if self._read is None:
            return
        reading = self._read()
        yield family(d.QUEUE_WAITING, [((), reading.waiting)])
        yield family(d.QUEUE_OLDEST, [((), reading.oldest_s)])
        yield family(d.BACKLOG, [((), reading.backlog_ms)])
        yield family(d.PRICE, [((), reading.price)])
        yield family(d.TIME_CORRECTION, [((), reading.correction)])
        yield family(d.TIME_TAIL, [((), reading.tail)])
