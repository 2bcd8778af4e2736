"""Review thresholds for a declared target: how sure a value must be to pass without a person, field by field.

A threshold is chosen on labelled results so that at most a given share of a field's labelled values would be wrong and
pass unlisted. What it keeps on documents of companies that it was not chosen on is measured by cross-validation, and
where that is more than the target the threshold is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from docpipe.lab.evaluation.conventions import Conventions
from docpipe.lab.evaluation.fields import Observation
from docpipe.lab.evaluation.groups import folds, issuers
from docpipe.lab.evaluation.labels import canonical_fields
from docpipe.lab.evaluation.scoring import ScoredDocument

FOLDS = 5
STRICTER = ((1.0, 0.0), (1.0, 0.01), (1.0, 0.02), (0.0, 0.0), (0.0, 0.01), (0.0, 0.02), (0.0, 0.05), (0.0, 0.1))
"""Ways to choose, ever stricter: the share of the target that may pass on the documents at hand, and how far above the
surest wrong value that may not pass the threshold stands. The first that keeps the target held out is taken."""
STEP = 0.001
"""Thresholds are rounded up to this, so that a wrong value of just that confidence is below them."""


@dataclass(frozen=True, slots=True)
class Value:
    """One labelled value of one document."""

    confidence: float | None
    """None where nothing was read."""
    wrong: bool
    """Read, and not alike."""
    listed: bool
    """Whether the result asks about it for another reason than its confidence."""
    fold: int

    def silent_at(self, threshold: float) -> bool:
        """Say whether it would be wrong and pass without a word."""
        return self.wrong and not self.listed and self.confidence is not None and self.confidence >= threshold

    def asked_at(self, threshold: float) -> bool:
        """Say whether a person would be asked about it, as it was read with less confidence or is listed anyway."""
        return self.listed or (self.confidence is not None and self.confidence < threshold)


@dataclass(frozen=True, slots=True)
class Proposal:
    """The threshold of one field, and what it does."""

    path: str
    threshold: float
    """0 where nothing wrong passes at any confidence."""
    labelled: int
    wrong: int
    """Values that were read wrongly, listed or not."""
    silent: float
    """Share of the labelled values that is wrong and passes, with the documents at hand."""
    held_out: float
    """The same on companies that the threshold was not chosen on."""
    asked: float
    """Share of the labelled values that a person is asked about."""
    reached: bool
    """Whether `held_out` is within the target."""


@dataclass(frozen=True)
class ReviewPlan:
    """The thresholds of all fields for one target."""

    target: float
    documents: int
    companies: int
    proposals: tuple[Proposal, ...]

    @property
    def enough(self) -> int:
        """How many labelled values of a field can show a share as small as the target at all."""
        return ceil(1 / self.target) if self.target else 0

    @property
    def thresholds(self) -> dict[str, float]:
        """The thresholds to write under `review: thresholds:`; fields that need none are left out."""
        return {one.path: one.threshold for one in self.proposals if one.threshold > 0}


def propose(documents: Sequence[tuple[ScoredDocument, Conventions]], target: float) -> ReviewPlan:
    """Return thresholds under which at most `target` (0 to 1) of each field's labelled values is wrong and unlisted.

    `documents` may be of several sets; the conventions of its set tell where a document's labels name its company.
    """
    companies = issuers([canonical_fields(document.label, conventions) for document, conventions in documents])
    values: dict[str, list[Value]] = {}
    for (document, _), fold in zip(documents, folds(companies, FOLDS), strict=True):
        for seen in document.observations:
            values.setdefault(seen.path, []).append(_value(seen, fold))
    proposals = tuple(_proposal(path, found, target) for path, found in sorted(values.items()))
    return ReviewPlan(target, len(documents), len(set(companies)), proposals)


def _value(seen: Observation, fold: int) -> Value:
    confidence = seen.read.confidence if seen.read else None
    return Value(confidence, bool(seen.found) and not seen.alike, seen.listed, fold)


def _proposal(path: str, values: Sequence[Value], target: float) -> Proposal:
    tried: list[tuple[float, int]] = []
    for part, margin in STRICTER:
        tried.append((_held_out(values, part * target, margin), len(tried)))
        if tried[-1][0] <= target:
            break
    held_out, way = min(tried)
    part, margin = STRICTER[way]
    threshold = choose_threshold(values, part * target, margin)
    return Proposal(
        path,
        threshold,
        len(values),
        sum(value.wrong for value in values),
        _share(value.silent_at(threshold) for value in values),
        held_out,
        _share(value.asked_at(threshold) for value in values),
        held_out <= target,
    )


def choose_threshold(values: Sequence[Value], target: float, margin: float = 0.0) -> float:
    """Return the lowest threshold at which at most `target` of the values is wrong and passes, and `margin` more."""
    silent = sorted((v.confidence for v in values if v.silent_at(0.0) and v.confidence is not None), reverse=True)
    allowed = int(target * len(values) + 1e-9)
    if len(silent) <= allowed:
        return 0.0
    below = silent[allowed] + margin
    steps = int(below / STEP)
    while round(steps * STEP, 3) <= below:  # 0.57 / 0.001 is a little less than 570
        steps += 1
    return min(round(steps * STEP, 3), 1.0)


def _held_out(values: Sequence[Value], target: float, margin: float) -> float:
    """Return the share that is wrong and passes where each fold is judged by the threshold of the others."""
    silent = 0
    for fold in {value.fold for value in values}:
        threshold = choose_threshold([value for value in values if value.fold != fold], target, margin)
        silent += sum(value.silent_at(threshold) for value in values if value.fold == fold)
    return silent / len(values)


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / len(found) if found else 0.0


def text_of_plan(plan: ReviewPlan) -> str:
    """Return a plan as the YAML to write into a pipeline file, each field with what was measured in a comment."""
    asked = [one for one in plan.proposals if one.threshold > 0]
    lines = [
        f"# {plan.documents} documents of {plan.companies} companies; of each field's labelled values at most "
        f"{plan.target:g} wrong and not listed,",
        f"# held out by company in {FOLDS} folds",
        "review:",
        "  thresholds:" if asked else "  thresholds: {}",
        *(f"    {one.path}: {one.threshold:g}  # {_describe(one, plan)}" for one in asked),
    ]
    lines += [f"# no threshold: {one.path}, {_describe(one, plan)}" for one in plan.proposals if not one.threshold]
    return "\n".join(lines)


def _describe(one: Proposal, plan: ReviewPlan) -> str:
    counts = f"{one.wrong} of {one.labelled} wrong"
    told = f"{counts}; silent {one.silent:.3f}, held out {one.held_out:.3f}; asked {one.asked:.2f}"
    if not one.reached:
        return f"{told}; the target is NOT kept held out"
    return told if one.labelled >= plan.enough else f"{told}; too few to show {plan.target:g}"


def data_of_plan(plan: ReviewPlan) -> dict[str, object]:
    """Return a plan as plain data."""
    return {
        "target": plan.target,
        "documents": plan.documents,
        "companies": plan.companies,
        "folds": FOLDS,
        "thresholds": plan.thresholds,
        "fields": {
            one.path: {
                "threshold": one.threshold,
                "labelled": one.labelled,
                "wrong": one.wrong,
                "silent": one.silent,
                "held_out": one.held_out,
                "asked": one.asked,
                "reached": one.reached,
            }
            for one in plan.proposals
        },
    }
