"""Every metric that docpipe exports, in one table; collectors, dashboard, alerts and documentation are made from it.

Labels name stages, rungs, outcomes and reasons, never a document. Values are in base units (seconds, bytes, shares) but
for names that end in `_ms`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "docpipe_"


class MetricType(StrEnum):
    """Prometheus' own types. An info metric is a gauge that is always 1; its labels carry the information."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class ChartStyle(StrEnum):
    """How a metric is drawn on the dashboard."""

    RATE = "rate"
    """Per second, summed by labels."""
    COUNT = "count"
    """How often in the time shown, summed by labels."""
    QUANTILES = "quantiles"
    """Half, 95 % and 99 % of a histogram, by labels."""
    VALUE = "value"
    """As it is, a line each."""
    STATE = "state"
    """A bar over time each, coloured by value."""
    TABLE = "table"
    """Its labels, at the end of the time shown."""


@dataclass(frozen=True)
class Graph:
    """A metric's panel: its title, the row it stands in, and the labels that tell its lines apart."""

    row: str
    title: str
    drawn: ChartStyle
    by: tuple[str, ...] = ()
    unit: str = "short"
    """Grafana's name of the unit."""


@dataclass(frozen=True)
class Definition:
    """One metric. `name` goes without the prefix; a counter's ends in `_total`."""

    name: str
    type: MetricType
    help: str
    labels: tuple[str, ...] = ()
    graph: Graph | None = None
    buckets: tuple[float, ...] = ()

    @property
    def full(self) -> str:
        """The name as Prometheus stores it; a histogram adds `_bucket`, `_sum` and `_count`."""
        return PREFIX + self.name

    @property
    def series(self) -> tuple[str, ...]:
        """Every name under which it has samples."""
        if self.type is MetricType.HISTOGRAM:
            return tuple(self.full + suffix for suffix in ("_bucket", "_sum", "_count"))
        return (self.full,)


SERVICE, POLICY, MEMORY = "Service", "Policy", "Memory and workers"
ROWS = (SERVICE, POLICY, MEMORY)

_COUNTER, _GAUGE, _HISTOGRAM = MetricType.COUNTER, MetricType.GAUGE, MetricType.HISTOGRAM

INFERENCE_LATENCY = Definition(
    "inference_latency_seconds",
    _HISTOGRAM,
    "Time of one call of a stage on one rung, failed calls too.",
    ("stage", "rung", "outcome"),
    Graph(SERVICE, "Time of a stage's call", ChartStyle.QUANTILES, ("stage", "rung"), "s"),
    # 0.6 and 0.42 are the thresholds of the published policy, 0.3 and 0.21 those of one stage
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.21, 0.3, 0.42, 0.6, 0.8, 1.2, 2.0, 3.5, 6.0, 10.0, 30.0, 120.0),
)
MODEL_VERSION = Definition(
    "model_version_info",
    _GAUGE,
    "Always 1: the model or rules that last served a rung, and the first 8 digits of their SHA-256.",
    ("stage", "rung", "model", "version"),
    Graph(SERVICE, "Models and rules in use", ChartStyle.TABLE, ("stage", "rung", "model", "version")),
)
DOCUMENTS = Definition(
    "documents_total",
    _COUNTER,
    "Documents answered, by the status of their result.",
    ("outcome",),
    Graph(SERVICE, "Documents", ChartStyle.RATE, ("outcome",), "ops"),
)
FAILURES = Definition(
    "failures_total",
    _COUNTER,
    "Failed documents, by the code of the error that failed them.",
    ("reason",),
    Graph(SERVICE, "Failed documents", ChartStyle.COUNT, ("reason",)),
)
DOCUMENT_SECONDS = Definition(
    "document_seconds",
    _HISTOGRAM,
    "Time of one document through all its stages, without its wait in a queue.",
    ("outcome",),
    Graph(SERVICE, "Time of a document", ChartStyle.QUANTILES, ("outcome",), "s"),
    (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.5, 4.0, 6.0, 10.0, 20.0, 40.0, 120.0, 300.0),
)
PAGES = Definition("pages_total", _COUNTER, "Pages read.", (), Graph(SERVICE, "Pages", ChartStyle.RATE, (), "ops"))
FALLBACKS = Definition(
    "fallbacks_total",
    _COUNTER,
    "Calls that failed and were answered by a lower rung inside the same request.",
    ("stage", "reason"),
    Graph(SERVICE, "Fallbacks inside a request", ChartStyle.COUNT, ("stage", "reason")),
)

REFUSED = Definition(
    "refused_total",
    _COUNTER,
    "Documents that were not read because they could not be answered in time, by why.",
    ("reason",),
    Graph(SERVICE, "Refused documents", ChartStyle.COUNT, ("reason",)),
)
SHARED = Definition(
    "shared_answers_total",
    _COUNTER,
    "Requests answered without reading again: joined to an equal one in progress, or from the cache.",
    ("how",),
    Graph(SERVICE, "Answers shared", ChartStyle.RATE, ("how",), "ops"),
)
QUEUE_WAITING = Definition(
    "queue_documents",
    _GAUGE,
    "Documents that wait in the queue of `submit`.",
    (),
    Graph(SERVICE, "Documents that wait", ChartStyle.VALUE),
)
QUEUE_OLDEST = Definition(
    "queue_oldest_seconds",
    _GAUGE,
    "How long the one that waits longest has waited; 0 where nobody waits.",
    (),
    Graph(SERVICE, "Longest wait", ChartStyle.VALUE, (), "s"),
)
BACKLOG = Definition(
    "backlog_ms",
    _GAUGE,
    "Milliseconds that all workers together need for what waits, on the cheapest rungs.",
    (),
    Graph(SERVICE, "Backlog", ChartStyle.VALUE, (), "ms"),
)
PRICE = Definition(
    "price",
    _GAUGE,
    "Accuracy that a millisecond of a worker must win to be spent; 0 where there is time for everything.",
    (),
    Graph(SERVICE, "Price of a millisecond", ChartStyle.VALUE),
)

TIME_CORRECTION = Definition(
    "time_correction_ratio",
    _GAUGE,
    "Times of documents of late over those of the profile: 1.3 is a machine slower by 30 % than when it was measured.",
    (),
    Graph(SERVICE, "Time over profile", ChartStyle.VALUE),
)

TIME_TAIL = Definition(
    "time_tail_ratio",
    _GAUGE,
    "What 90 of 100 documents of late took at most over what was expected of them; so much time is kept free for each.",
    (),
    Graph(SERVICE, "Slow documents over expected", ChartStyle.VALUE),
)

LEVEL = Definition(
    "level",
    _GAUGE,
    "The best rung that a stage may use: 0 is the top of its ladder.",
    ("stage",),
    Graph(POLICY, "Level of each stage (0 is the best)", ChartStyle.STATE, ("stage",)),
)
PHASE = Definition(
    "phase",
    _GAUGE,
    "1 for what a stage is busy with, 0 for everything else.",
    ("stage", "phase"),
    Graph(POLICY, "Phase of each stage", ChartStyle.STATE, ("stage", "phase")),
)
RAMP_SHARE = Definition(
    "ramp_share",
    _GAUGE,
    "Share of documents that a stage sends to the better rung under trial; 0 without a ramp.",
    ("stage",),
    Graph(POLICY, "Ramps", ChartStyle.VALUE, ("stage",), "percentunit"),
)
EPOCH = Definition(
    "epoch",
    _GAUGE,
    "Goes up by one at every move of a stage.",
    ("stage",),
    Graph(POLICY, "Epochs", ChartStyle.VALUE, ("stage",)),
)
CONFIG_EPOCH = Definition(
    "config_epoch",
    _GAUGE,
    "Goes up by one whenever another policy file is put in force.",
    (),
    Graph(POLICY, "Config epoch", ChartStyle.VALUE),
)
TOKEN_HOLDER = Definition(
    "token_holder",
    _GAUGE,
    "1 for the one stage that may climb at present.",
    ("stage",),
    Graph(POLICY, "Who climbs", ChartStyle.STATE, ("stage",)),
)
PINNED = Definition(
    "pinned",
    _GAUGE,
    "1 while somebody has fixed a stage on a rung.",
    ("stage",),
    Graph(POLICY, "Pins", ChartStyle.STATE, ("stage",)),
)
PIN_UNTIL = Definition(
    "pin_until_timestamp_seconds",
    _GAUGE,
    "Unix time at which a stage's pin ends; absent without a pin, or where it lasts as long as the process.",
    ("stage",),
    Graph(POLICY, "Ends of pins", ChartStyle.TABLE, ("stage",), "dateTimeAsIso"),
)
COOL_DOWN = Definition(
    "cool_down_seconds",
    _GAUGE,
    "What is left until a stage may try to climb again.",
    ("stage",),
    Graph(POLICY, "Cool-down left", ChartStyle.VALUE, ("stage",), "s"),
)
RUNG_USABLE = Definition(
    "rung_usable",
    _GAUGE,
    "1 where documents may be sent to a rung; 0 where it is not loaded, or closed after faults.",
    ("stage", "rung"),
    Graph(POLICY, "Usable rungs", ChartStyle.STATE, ("stage", "rung")),
)
MOVES = Definition(
    "moves_total",
    _COUNTER,
    "Moves of a stage, down or up its ladder, by what set them off (for a move up: what had brought it down).",
    ("stage", "direction", "trigger"),
    Graph(POLICY, "Moves", ChartStyle.COUNT, ("stage", "direction", "trigger")),
)
REVERSALS = Definition(
    "reversals_total",
    _COUNTER,
    "Times that a stage went down, up and down again within 60 s by itself: it swings.",
    ("stage",),
    Graph(POLICY, "Reversals", ChartStyle.COUNT, ("stage",)),
)
TRIALS = Definition(
    "trials_total",
    _COUNTER,
    "Attempts to climb: began, climbed, ended without climbing, inconclusive because there were too few documents.",
    ("stage", "outcome"),
    Graph(POLICY, "Trials", ChartStyle.COUNT, ("stage", "outcome")),
)
PROBES = Definition(
    "probes_total",
    _COUNTER,
    "Documents sent to the better rung as a probe, by how its calls ended; unused where the document needed no call.",
    ("stage", "outcome"),
    Graph(POLICY, "Probes", ChartStyle.COUNT, ("stage", "outcome")),
)
LEASES_OPEN = Definition(
    "leases_open",
    _GAUGE,
    "Documents that are out on a rung under trial now.",
    ("stage",),
    Graph(POLICY, "Open leases", ChartStyle.VALUE, ("stage",)),
)
LEASES = Definition(
    "leases_total",
    _COUNTER,
    "Permits for a rung under trial: granted is returned plus expired plus open.",
    ("stage", "outcome"),
    Graph(POLICY, "Leases", ChartStyle.COUNT, ("stage", "outcome")),
)
STALE = Definition(
    "stale_total",
    _COUNTER,
    "Finished calls that came too late to count, from an earlier epoch or trial.",
    ("stage",),
    Graph(POLICY, "Stale samples", ChartStyle.COUNT, ("stage",)),
)
DECISION_SECONDS = Definition(
    "decision_seconds",
    _HISTOGRAM,
    "Time to choose the rungs of one document, with the wait for the policy's lock.",
    (),
    Graph(POLICY, "Time of a decision", ChartStyle.QUANTILES, (), "s"),
    (5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 1e-2, 0.1),
)
RELOADS = Definition(
    "reloads_total",
    _COUNTER,
    "Changed pipeline files: applied, or refused because something in them was wrong.",
    ("outcome",),
    Graph(POLICY, "Reloads", ChartStyle.COUNT, ("outcome",)),
)
SIGNAL = Definition(
    "signal_ratio",
    _GAUGE,
    "The shares from 0 to 1 that the policy last saw: memory in use of host and GPU. Absent while none can be read.",
    ("signal",),
    Graph(MEMORY, "What the policy sees", ChartStyle.VALUE, ("signal",), "percentunit"),
)
SIGNAL_LOST = Definition(
    "signal_lost",
    _GAUGE,
    "1 for a signal that some band needs and that cannot be read any more; its bands are then ignored.",
    ("signal",),
    Graph(MEMORY, "Lost signals", ChartStyle.STATE, ("signal",)),
)
OOMS = Definition(
    "ooms_total",
    _COUNTER,
    "Calls that ran out of memory.",
    ("stage", "rung"),
    Graph(MEMORY, "Out of memory", ChartStyle.COUNT, ("stage", "rung")),
)
RSS = Definition(
    "worker_rss_bytes",
    _GAUGE,
    "Resident memory of docpipe's processes: main, and each worker by its number.",
    ("worker",),
    Graph(MEMORY, "Memory of processes", ChartStyle.VALUE, ("worker",), "bytes"),
)
RECYCLES = Definition(
    "recycles_total",
    _COUNTER,
    "Workers that were replaced, and why.",
    ("reason",),
    Graph(MEMORY, "Workers replaced", ChartStyle.COUNT, ("reason",)),
)
GPU_BYTES = Definition(
    "gpu_bytes",
    _GAUGE,
    "Memory of a GPU as its driver counts it, all processes together. Absent where there is no GPU.",
    ("gpu", "kind"),
    Graph(MEMORY, "GPU memory", ChartStyle.VALUE, ("gpu", "kind"), "bytes"),
)

DEFINITIONS = (
    INFERENCE_LATENCY,
    MODEL_VERSION,
    DOCUMENTS,
    DOCUMENT_SECONDS,
    FAILURES,
    PAGES,
    FALLBACKS,
    REFUSED,
    SHARED,
    QUEUE_WAITING,
    QUEUE_OLDEST,
    BACKLOG,
    PRICE,
    TIME_CORRECTION,
    TIME_TAIL,
    LEVEL,
    PHASE,
    RAMP_SHARE,
    MOVES,
    REVERSALS,
    TRIALS,
    PROBES,
    TOKEN_HOLDER,
    COOL_DOWN,
    PINNED,
    PIN_UNTIL,
    RUNG_USABLE,
    LEASES,
    LEASES_OPEN,
    STALE,
    EPOCH,
    CONFIG_EPOCH,
    RELOADS,
    DECISION_SECONDS,
    SIGNAL,
    SIGNAL_LOST,
    RSS,
    RECYCLES,
    OOMS,
    GPU_BYTES,
)
"""All of them, the published two first, in the order of the dashboard."""
