"""Chooses one candidate for each field: equal values add up, the best sum wins, its confidence follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import Candidate
from docpipe.stages.key_fields.layout import join_polygons
from docpipe.stages.key_fields.pack import FIELD_TYPES
from docpipe.values.amounts import to_decimal
from docpipe.values.text import letters_digits

AGREEMENT = 0.35
"""What further candidates of the same value add, as a share of their own score."""


def choose(candidates: Iterable[Candidate]) -> dict[str, KeyField]:
    """Return one field for each path that has a candidate. Ties go to the candidate that came first."""
    groups: dict[str, dict[object, list[Candidate]]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.path, {}).setdefault(key_of(candidate.path, candidate.value), []).append(candidate)
    return {path: _best(list(values.values())) for path, values in groups.items()}


def key_of(path: str, value: str) -> object:
    """Return what two values of a field must share to be the same: the number, the day, or letters and digits."""
    kind = FIELD_TYPES.get(path, "text")
    if kind == "amount":
        return to_decimal(value) or Decimal(0)
    return value if kind == "date" else letters_digits(value)


def _best(values: list[list[Candidate]]) -> KeyField:
    scored = [(_score(group), -number, group) for number, group in enumerate(values)]
    score, _, group = max(scored, key=lambda entry: entry[:2])
    rivals = sorted((entry[0] for entry in scored), reverse=True)
    doubt = 0.85 if len(rivals) > 1 and rivals[1] > 0.8 * rivals[0] else 1.0
    best = max(group, key=lambda c: c.score)
    read = min((cell.confidence for cell in best.cells), default=1.0)
    return KeyField(
        value=best.value,
        raw=best.raw or None,
        confidence=round(max(0.05, min(score, 0.98, best.cap) * doubt * min(1.0, 0.5 + read / 2)), 4),
        source=best.source,
        source_id=best.rule,
        page=best.cells[0].page if best.cells else None,
        polygon=join_polygons(best.cells),
        line_ids=tuple(line for cell in best.cells for line in cell.line_ids),
    )


def _score(group: list[Candidate]) -> float:
    best = max(c.score for c in group)
    return best + AGREEMENT * min(sum(c.score for c in group) - best, best)


def by_path(candidates: Iterable[Candidate]) -> Mapping[str, list[Candidate]]:
    """Return the candidates of each field, best first, for `explain`."""
    found: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        found.setdefault(candidate.path, []).append(candidate)
    return {path: sorted(entries, key=lambda c: -c.score) for path, entries in found.items()}
