"""What `docpipe simulate` shows: where stages begin to yield, how traffic goes over time, and a picture of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docpipe.files.templates import templates
from docpipe.scheduling.arrivals import steady
from docpipe.scheduling.ladder import JointLadder
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Fate, Harness, PricePolicy, SimulationResult

PARTS, ROWS = 72, 24
"""Into how many parts the traffic is cut, for the picture and for the table."""
DOCUMENTS, ROUNDS = 1_500, 9
"""Documents of one trial, and halvings of the interval: each edge is found to about 1 %."""
YIELDS, REFUSES = 0.01, 0.001
"""Shares of documents below the best rungs, and refused or late, from which an edge is passed."""
HEAD = "      from documents/s    full degraded   late refused   p95 ms accuracy/offered"
OUTCOMES = ("full", "degraded", "late", "refused")


@dataclass(frozen=True, slots=True)
class Period:
    """Documents that arrived in one part of the time. Seconds and milliseconds."""

    begins_s: float
    lasts_s: float
    counts: tuple[int, int, int, int]
    """Of `OUTCOMES`."""
    accuracy: float
    p95_ms: float

    @property
    def documents(self) -> int:
        """How many arrived."""
        return sum(self.counts)


def edges(
    harness: Harness, ladder: JointLadder, settings: SchedulerSettings, spread: float, seed: int
) -> Iterator[str]:
    """Yield what each configuration could carry, and from which rate on stages yield and documents are refused."""
    best = settings.workers * 1000 / ladder.configurations[-1].ms
    most = settings.workers * 1000 / ladder.configurations[0].ms
    yield f"all workers busy: {best:.3g} documents/s on the best rungs, {most:.3g} on the cheapest"

    def is_passed(rate: float, limit: float, *counted: str) -> bool:
        outcome = harness.play(PricePolicy(ladder, settings), steady(rate, DOCUMENTS / rate, spread, seed))
        return sum(int(getattr(outcome, name)) for name in counted) > limit * outcome.documents

    def edge(high: float, limit: float, *counted: str) -> float:
        low = 0.0
        for _ in range(ROUNDS):
            middle = (low + high) / 2
            low, high = (low, middle) if is_passed(middle, limit, *counted) else (middle, high)
        return low

    first = edge(2 * best, YIELDS, "degraded", "late", "refused")
    yield f"first stage yields above {first:.3g} documents/s ({YIELDS:.0%} of documents at random moments)"
    refused = edge(2 * most, REFUSES, "late", "refused")
    yield f"first document refused above {refused:.3g} documents/s ({REFUSES:.1%} of documents refused or late)"


def over_time(outcome: SimulationResult, parts: int = PARTS) -> list[Period]:
    """Return the outcome by the time at which documents arrived."""
    ends_s = max((fate.at_s for fate in outcome.fates), default=0.0)
    width = max(ends_s / parts, 1e-9)
    found: list[list[Fate]] = [[] for _ in range(parts)]
    for fate in outcome.fates:
        found[min(int(fate.at_s / width), parts - 1)].append(fate)
    return [_part(index * width, width, fates) for index, fates in enumerate(found)]


def table(outcome: SimulationResult, parts: Sequence[Period]) -> Iterator[str]:
    """Yield the lines of a table: the traffic over time, and all of it."""
    yield HEAD
    every = max(1, -(-len(parts) // ROWS))
    for first in range(0, len(parts), every):
        some = parts[first : first + every]
        counts = tuple(sum(part.counts[i] for part in some) for i in range(4))
        documents = sum(counts)
        accuracy = sum(part.accuracy * part.documents for part in some) / max(1, documents)
        rate = documents / sum(part.lasts_s for part in some)
        yield _row(some[0].begins_s, rate, counts, documents, max(part.p95_ms for part in some), accuracy)
    counts = (outcome.full, outcome.degraded, outcome.late, outcome.refused)
    lasts = sum(part.lasts_s for part in parts)
    yield _row(
        None, outcome.documents / lasts, counts, outcome.documents, outcome.percentile(0.95), outcome.per_document
    )


def draw(parts: Sequence[Period], *, title: str) -> str:
    """Return an SVG picture: documents over time, by what became of them."""
    return templates("docpipe.cli").get_template("simulation.svg.j2").render(
        title=title, parts=parts, outcomes=OUTCOMES, most=max((part.documents for part in parts), default=0) or 1
    )  # fmt: skip


def _part(begins_s: float, lasts_s: float, fates: Sequence[Fate]) -> Period:
    counts = tuple(sum(fate.outcome == name for fate in fates) for name in OUTCOMES)
    times = sorted(fate.latency_ms for fate in fates if fate.outcome != "refused")
    p95 = times[min(len(times) - 1, int(0.95 * len(times)))] if times else 0.0
    accuracy = sum(fate.accuracy for fate in fates) / len(fates) if fates else 0.0
    return Period(begins_s, lasts_s, (counts[0], counts[1], counts[2], counts[3]), accuracy, p95)


def _row(
    begins_s: float | None, rate: float, counts: Sequence[int], documents: int, p95: float, accuracy: float
) -> str:
    at = "all" if begins_s is None else f"{int(begins_s) // 3600}:{int(begins_s) % 3600 // 60:02}:{begins_s % 60:04.1f}"
    full, degraded, late, refused = (f"{count / max(1, documents):.1%}" for count in counts)
    return f"{at:>10} {rate:11.3g} {full:>7} {degraded:>8} {late:>6} {refused:>7} {p95:8.0f} {accuracy:.4f}"
