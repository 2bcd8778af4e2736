"""Thresholds of review by field and source, calibrated on labelled results, held out by company.

A confidence of a rule is a score, one of the model a probability; so that one limit can serve both, each source's
confidences of a field are first mapped to the share of values that is right at them, by isotonic regression (pool
adjacent violators; Zadrozny and Elkan 2002). Limits on that probability are then chosen twice. For documents that
nothing else asks about, all fields together: step by step the limit is raised that catches most silent documents for
each document more that is asked about, within a budget of these. For documents that a person looks at anyway, field by
field: the laxest limit that keeps the target on companies that it was not chosen on, or, where none does, the one that
lets fewest pass within a budget of values. A limit becomes a threshold of confidence for each source.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

FOLDS = 5
PRIOR = 4.0
"""How many values of all fields of its kind stand beside those of a field at each of its confidences."""
FEWEST = 12
"""A source with fewer values of a field is judged by that field's other sources."""
CHEAP = 0.02
"""A stricter limit that asks about so few more values is taken: the few that it lists are the least sure."""
ANY = "any"
"""The source of a value for which a field has no curve of its own."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled value that was read."""

    path: str
    source: str
    confidence: float
    right: bool
    listed: bool
    """Whether the result asks about it for another reason than its confidence."""
    fold: int
    weight: float = 1.0


@dataclass(frozen=True)
class JudgedDocument:
    """The labelled values of a document, and whether its review is not empty without any threshold."""

    values: tuple[Judged, ...]
    asked: bool
    weight: float = 1.0


@dataclass(frozen=True)
class Curve:
    """A monotone step function from confidence to the share of values that are right."""

    confidences: tuple[float, ...]
    """Where each step begins, rising."""
    shares: tuple[float, ...]

    def share(self, confidence: float) -> float:
        """Return how many of the values of a confidence are right."""
        step = bisect_right(self.confidences, confidence) - 1
        return self.shares[max(step, 0)] if self.shares else 1.0

    def least(self, share: float) -> float:
        """Return the least confidence from which at least so many values are right; above 1 where none are."""
        return next((c for c, s in zip(self.confidences, self.shares, strict=True) if s >= share), 1.01)


def fit_curve(values: Sequence[Judged], prior: Curve | None = None) -> Curve:
    """Return the isotonic curve of some values; `prior` counts as `PRIOR` values at each confidence."""
    points: dict[float, tuple[float, float]] = {}
    for value in values:
        right, whole = points.get(round(value.confidence, 3), (0.0, 0.0))
        points[round(value.confidence, 3)] = (right + value.weight * value.right, whole + value.weight)
    blocks: list[list[float]] = []  # first confidence, right, whole
    share_before = PRIOR / max(1, len(points))
    for confidence, (right, whole) in sorted(points.items()):
        known = prior.share(confidence) if prior is not None else 0.5
        extra = share_before if prior is not None else 0.02
        blocks.append([confidence, right + extra * known, whole + extra])
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] >= blocks[-1][1] * blocks[-2][2]:
            _, more, whole_more = blocks.pop()
            blocks[-1][1] += more
            blocks[-1][2] += whole_more
    return Curve(tuple(b[0] for b in blocks), tuple(b[1] / b[2] for b in blocks))


Curves = Mapping[tuple[str, str], Curve]


def fit_curves(values: Sequence[Judged], kind_of: Callable[[str], str]) -> Curves:
    """Return a curve for each field and source that has enough values, and one for any source of each field."""
    by_kind: dict[tuple[str, str], list[Judged]] = {}
    for value in values:
        by_kind.setdefault((kind_of(value.path), value.source), []).append(value)
    general = {key: fit_curve(found) for key, found in by_kind.items()}
    by_path: dict[tuple[str, str], list[Judged]] = {}
    for value in values:
        by_path.setdefault((value.path, value.source), []).append(value)
        by_path.setdefault((value.path, ANY), []).append(value)
    return {
        (path, source): fit_curve(found, general.get((kind_of(path), source)))
        for (path, source), found in by_path.items()
        if len(found) >= FEWEST or source == ANY
    }


def probability(curves: Curves, value: Judged) -> float:
    """Return how likely a value is right."""
    curve = curves.get((value.path, value.source)) or curves.get((value.path, ANY))
    return curve.share(value.confidence) if curve is not None else 1.0


@dataclass(frozen=True)
class Limit:
    """The limit of one field, and what it does to values of companies that neither curve nor limit was fitted on."""

    path: str
    limit: float
    """Values that are less likely right are listed."""
    thresholds: Mapping[str, float]
    """The same as confidences, by source."""
    values: float
    silent_before: float
    """Share of the values that is wrong and unlisted without any threshold."""
    silent: float
    asked: float
    reached: bool


def find_least_right(curves: Curves, path: str, share: float) -> Mapping[str, float]:
    """Return for each source of a field the confidence from which at least `share` of its values are right.

    Any other source gets the least of these, or one number of its own where no source has enough values.
    """
    own = {source: round(min(curve.least(share), 1.0), 3) for (of, source), curve in curves.items() if of == path}
    named = {source: least for source, least in own.items() if source != ANY}
    return {**named, ANY: min(named.values())} if named else own


TINY, FLOOR = 1e-9, 1e-6
"""FLOOR: what lies below the floor of its field has a probability of 0, and is listed."""
LIMITS = (
    0.0,
    0.3,
    0.4,
    0.5,
    0.6,
    0.65,
    0.7,
    0.75,
    0.8,
    0.83,
    0.86,
    0.88,
    0.9,
    0.92,
    0.94,
    0.95,
    0.96,
    0.97,
    0.98,
    0.985,
    0.99,
)


def calibrate(
    values: Sequence[Judged], target: Callable[[str], float], budget: float, kind_of: Callable[[str], str]
) -> tuple[Limit, ...]:
    """Return a limit for each field.

    Args:
        target: the share of a field's values that may be wrong and pass, by path.
        budget: the share of a field's values that may be asked about for their confidence.
    """
    curves = fit_curves(values, kind_of)
    held_out = {f: fit_curves([v for v in values if v.fold != f], kind_of) for f in {v.fold for v in values}}
    found = []
    for path in sorted({value.path for value in values}):
        own = [value for value in values if value.path == path]
        judged = [(value, probability(held_out[value.fold], value)) for value in own]
        weight = sum(value.weight for value in own)

        def silent(limit: float, judged: Sequence[tuple[Judged, float]] = judged, weight: float = weight) -> float:
            return sum(v.weight for v, p in judged if not v.right and not v.listed and p >= limit) / weight

        def share_asked(limit: float, judged: Sequence[tuple[Judged, float]] = judged, weight: float = weight) -> float:
            return sum(v.weight for v, p in judged if not v.listed and p < limit) / weight

        affordable = [limit for limit in LIMITS if share_asked(limit) <= budget]
        kept = [limit for limit in affordable if silent(limit) <= target(path)]
        limit = min(kept) if kept else min(affordable, key=lambda one: (silent(one), one))
        if silent(0.0) > 0:
            limit = max(one for one in affordable if one >= limit and share_asked(one) <= share_asked(limit) + CHEAP)
        else:  # nothing wrong passes: a threshold would say how sure the made-up values are, not which are wrong
            limit = 0.0
        thresholds = {
            source: round(curve.least(limit), 3) for (of, source), curve in curves.items() if of == path and limit
        }
        found.append(Limit(path, limit, thresholds, weight, silent(0.0), silent(limit), share_asked(limit), bool(kept)))
    return tuple(found)


@dataclass(frozen=True)
class Together:
    """Limits of all fields for documents that nothing else asks about, and what they do to companies held out."""

    thresholds: Mapping[str, Mapping[str, float]]
    limits: Mapping[str, float]
    silent_before: float
    silent: float
    asked_before: float
    asked: float


def choose_together(
    documents: Sequence[JudgedDocument],
    budget: float,
    kind_of: Callable[[str], str],
    floor: Callable[[str], float],
    worth: Callable[[str], bool],
) -> Together:
    """Return limits that leave few silent documents, and ask about a share of those that nothing else asks about.

    Args:
        budget: that share, 0 to 1, by weight.
        floor: the confidence below which a value of a path is listed in any case.
        worth: whether a document is opened for the sake of a path.
    """
    values = [value for document in documents for value in document.values]
    curves = fit_curves(values, kind_of)
    held_out = {f: fit_curves([v for v in values if v.fold != f], kind_of) for f in {v.fold for v in values}}
    judged = [
        (
            document,
            [(v, 0.0 if v.confidence < floor(v.path) else probability(held_out[v.fold], v)) for v in document.values],
        )
        for document in documents
    ]
    whole = sum(document.weight for document in documents)

    def outcome(limits: Mapping[str, float]) -> tuple[float, float]:
        """Return the shares of documents that are silent, and asked about."""
        silent = asked = 0.0
        for document, found in judged:
            passed = [v.listed or p >= limits.get(v.path, FLOOR) for v, p in found]
            wrong = any(
                ok and not v.right and not v.listed and worth(v.path) for (v, _), ok in zip(found, passed, strict=True)
            )
            silent += document.weight * wrong
            asked += document.weight * (document.asked or not all(passed))
        return silent / whole, asked / whole

    limits: dict[str, float] = {}
    silent_before, asked_before = silent, asked = outcome(limits)
    often = Counter(v.path for v in values)
    paths = sorted(
        {v.path for v in values if not v.right and not v.listed and worth(v.path) and often[v.path] >= FEWEST}
    )
    while True:
        steps = []
        for path in paths:
            for limit in LIMITS:
                if limit > limits.get(path, 0.0):
                    then_silent, then_asked = outcome({**limits, path: limit})
                    if then_silent < silent - TINY and then_asked <= asked_before + budget * (1 - asked_before):
                        gain = (silent - then_silent) / max(then_asked - asked, TINY)
                        steps.append((gain, -limit, path, then_silent, then_asked))
        if not steps:
            break
        _, limit, path, silent, asked = max(steps)
        limits[path] = -limit
    thresholds = {
        path: {source: round(curve.least(limit), 3) for (of, source), curve in curves.items() if of == path}
        for path, limit in limits.items()
    }
    return Together(thresholds, limits, silent_before, silent, asked_before, asked)
