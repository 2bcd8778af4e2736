"""Key fields: which labelled ones were read rightly, and how sure the reader was of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docpipe.lab.evaluation.comparing import as_amount, as_date, bare, similarity
from docpipe.lab.evaluation.conventions import Conventions, Target
from docpipe.lab.evaluation.labels import Label
from docpipe.lab.evaluation.readings import FoundField, ReadDocument
from docpipe.lab.evaluation.tallies import Tally
from docpipe.result import CORE_PATHS

ALIKE = 0.9
"""From which similarity on a name or an address counts in the forgiving comparison."""


LOW_CONFIDENCE = "low_confidence"
"""The reason of a review entry that only says how unsure the reader was."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One labelled field of one document, and what was read for it."""

    name: str
    """As the labels call it."""
    path: str
    """Its home in a result."""
    kind: str
    expected: str
    found: tuple[FoundField, ...]
    """What stands at the places where it may stand; empty where nothing was read."""
    exact: bool
    alike: bool
    """`exact`, or a name or address that is similar enough."""
    reasons: tuple[str, ...] = ()
    """Why the result asks a person to look at it; empty where it does not ask."""

    @property
    def silent(self) -> bool:
        """Whether it was read wrongly and the result does not ask about it."""
        return bool(self.found) and not self.alike and not self.reasons

    @property
    def listed(self) -> bool:
        """Whether the result asks about it for another reason than its confidence."""
        return any(reason != LOW_CONFIDENCE for reason in self.reasons)

    @property
    def read(self) -> FoundField | None:
        """The value to show: the right one where there is one, else that of the field's home."""
        return self.found[0] if self.found else None


def observe(label: Label, reading: ReadDocument, conventions: Conventions) -> tuple[list[Observation], int]:
    """Return every labelled field that the schema has, and how many labels cannot be read as their kind (`***`)."""
    observations, unreadable = [], 0
    for name, expected in label.fields.items():
        target = conventions.target(name)
        if target is None:
            continue
        want = _comparable(target, expected, conventions)
        if want is None:
            unreadable += 1
            continue
        found = [reading.fields[path] for path in target.paths if path in reading.fields]
        right = [value for value in found if _comparable(target, value.value, conventions) == want]
        near = target.kind == "text" and any(similarity(expected, value.value) >= ALIKE for value in found)
        shown = tuple(right + [value for value in found if value not in right])
        alike = bool(right) or near
        reasons = tuple(reason for path in target.paths for reason in reading.review.get(path, ()))
        observations.append(
            Observation(name, target.paths[0], target.kind, expected, shown, bool(right), alike, reasons)
        )
    return observations, unreadable


def _comparable(target: Target, value: str, conventions: Conventions) -> object | None:
    """Return a value in the form in which it is compared; None where it cannot be read as its kind."""
    if target.kind == "date":
        return as_date(value, day_first=conventions.day_first)
    if target.kind == "amount":
        return as_amount(value)
    return bare(value) or None


def field_tallies(observations: list[Observation]) -> dict[str, Tally]:
    """Count fields. A wrong value is one read too many and one missed, an empty one only missed."""
    tallies: dict[str, Tally] = {}
    for seen in observations:
        for metric, hit in _metrics(seen):
            tally = Tally.of(hits=int(hit), want=1, got=int(bool(seen.found)))
            tallies[metric] = tallies[metric] + tally if metric in tallies else tally
    if observations:
        tallies["all fields right"] = Tally(int(all(seen.exact for seen in observations)), 1)
    return tallies


def _metrics(seen: Observation) -> Iterator[tuple[str, bool]]:
    yield "fields", seen.exact
    yield "fields fuzzy", seen.alike
    if seen.path in CORE_PATHS:
        yield "fields core", seen.exact
    yield f"field {seen.name}", seen.exact
    if seen.kind == "text":
        yield f"field {seen.name} fuzzy", seen.alike
