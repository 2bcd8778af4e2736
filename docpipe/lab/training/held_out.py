"""Model and rules side by side on documents the model had not seen: who should decide, and how sure one may be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from docpipe.lab.training.cases import Case
from docpipe.lab.training.weights import WeightChoice, fit_curve, fit_weights
from docpipe.stages.key_fields.choose import key_of
from docpipe.stages.key_fields.learned.about import DEFAULT, PATHS, About, Curve, Speaker, kind_of
from docpipe.stages.key_fields.learned.decode import lead, score
from docpipe.stages.key_fields.learned.options import STRONGEST, Opinion, ValueOption, options_of
from docpipe.stages.key_fields.pack import FIELD_TYPES
from docpipe.values.amounts import find_amounts
from docpipe.values.dates import find_dates
from docpipe.values.text import letters_digits

ENOUGH = 60
"""A field seen on fewer labelled documents takes the weights of its kind."""
CLEARLY = 0.02
"""On made-up documents alone, the model must be better by this share to be asked for a field."""
CLOSE = 0.9


@dataclass(frozen=True, slots=True)
class Judged:
    """One field of one document: its options and which are right, and whether the rules were."""

    path: str
    pack: str
    made_up: bool
    options: tuple[ValueOption, ...]
    right: tuple[bool, ...]
    rules_right: bool


def judge(case: Case, outputs: Sequence[Any]) -> list[Judged]:
    """Return every labelled field of a document with its options, given the network's outputs for it."""
    opinion = opinion_of(case, outputs)
    judged = []
    for path, label in case.fields.items():
        if path not in PATHS:
            continue
        options = tuple(options_of(case.page, path, case.candidates, case.chosen, opinion))
        right = right_of(case, path, label, [option.value for option in options])
        ruled = case.chosen.get(path)
        rules_right = ruled is not None and any(
            hit and key_of(path, o.value) == key_of(path, ruled.value or "")
            for o, hit in zip(options, right, strict=True)
        )
        judged.append(Judged(path, case.page.compiled.name, case.complete, options, tuple(right), rules_right))
    return judged


def opinion_of(case: Case, outputs: Sequence[Any]) -> Opinion:
    """Return a network's outputs for a case, cell by cell of its layout."""
    units = case.example.units
    fields = np.full((len(case.page.layout.cells), len(PATHS)), -STRONGEST, dtype=np.float32)
    typed = np.zeros((len(fields), 2), dtype=np.bool_)
    fields[units.kept] = outputs[0][: len(units.kept)]
    typed[units.kept] = units.typed
    return Opinion(fields, outputs[1], typed)


def right_of(case: Case, path: str, label: str, values: Sequence[str]) -> list[bool]:
    """Say which values agree with a label; of a name or address that none does, the one nearest to it."""
    kind = FIELD_TYPES[path]
    if kind == "date":
        wanted = {match.iso(case.page.day_first) for match in find_dates(label)} | {label}
        return [value in wanted for value in values]
    if kind == "amount":
        numbers = {a.decimal for a in find_amounts(label, case.page.compiled.pack.locale.point)[-1:]}
        keys = {key_of(path, label)} if case.complete else numbers
        return [key_of(path, value) in keys for value in values]
    text = letters_digits(label)
    right = [letters_digits(value) == text for value in values]
    if values and not any(right) and path.endswith((".name", ".address")):
        likeness = [Levenshtein.normalized_similarity(letters_digits(value), text) for value in values]
        right = [like >= CLOSE and like == max(likeness) for like in likeness]
    return right


@dataclass(frozen=True, slots=True)
class ChoiceTally:
    """How often rules, the model by itself, and both together chose the right value of a field."""

    path: str
    pack: str
    made_up: bool
    documents: int
    rules: int
    model: int
    both: int
    possible: int
    """On how many the right value was among the options."""


def settle(judged: Sequence[Judged], base: About) -> tuple[About, list[ChoiceTally]]:
    """Return what the model says of itself after documents it had not seen; what they do not show stays."""
    weights: dict[str, tuple[float, ...]] = dict(base.weights)
    real = _by_path([j for j in judged if not j.made_up])
    for kind in ("name", "address", "date", "amount", "text"):
        choices = [_choice(j) for j in judged if kind_of(j.path) == kind and j.options]
        if len(choices) >= ENOUGH:
            weights[kind] = fit_weights(choices, weights.get(kind, DEFAULT))
    for path, entries in real.items():
        choices = [_choice(j) for j in entries if j.options]
        if len(choices) >= ENOUGH:
            weights[path] = fit_weights(choices, weights.get(kind_of(path), DEFAULT))
    about = base.model_copy(update={"weights": weights})
    curves: dict[str, Curve] = dict(base.curves)
    for name, entries in {**_by_kind(judged), **real}.items():
        seen = [_outcome(j, about) for j in entries if j.options]
        if len(seen) >= ENOUGH:
            slope, shift = fit_curve([x for x, _ in seen], [y for _, y in seen])
            curves[name] = Curve(slope=slope, shift=shift)
    tallies = tallies_of(judged, about)
    speaks: dict[str, dict[str, Speaker]] = {pack: dict(paths) for pack, paths in base.speaks.items()}
    made: dict[str, Counter[str]] = defaultdict(Counter)
    for tally in tallies:
        if tally.made_up:
            made[tally.path].update(documents=tally.documents, rules=tally.rules, both=tally.both)
        elif tally.documents >= 20:
            speaks.setdefault(tally.pack, {})[tally.path] = "both" if tally.both >= tally.rules else "rules"
    for path, count in made.items():
        better = count["both"] - count["rules"] > CLEARLY * count["documents"]
        if count["documents"] >= ENOUGH and path not in speaks.get("*", {}):
            speaks.setdefault("*", {})[path] = "both" if better else "rules"
    return about.model_copy(update={"curves": curves, "speaks": speaks}), tallies


def tallies_of(judged: Sequence[Judged], about: About) -> list[ChoiceTally]:
    """Count, by pack and field, who was right."""
    counts: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    for j in judged:
        count = counts[(j.pack, j.path, j.made_up)]
        count.update(
            documents=1,
            rules=int(j.rules_right),
            model=int(bool(j.options) and j.right[_best(j, (1.0, 0.0, 0.0, 0.0, 0.0))]),
            both=int(bool(j.options) and j.right[_best(j, about.weight(j.path))]),
            possible=int(any(j.right)),
        )
    return [
        ChoiceTally(path, pack, made_up, c["documents"], c["rules"], c["model"], c["both"], c["possible"])
        for (pack, path, made_up), c in sorted(counts.items())
    ]


def _best(judged: Judged, weights: Sequence[float]) -> int:
    scores = [score(option, weights) for option in judged.options]
    return max(range(len(scores)), key=lambda i: (scores[i], -i))


def _outcome(judged: Judged, about: About) -> tuple[float, bool]:
    scores = [score(option, about.weight(judged.path)) for option in judged.options]
    best = max(range(len(scores)), key=lambda i: (scores[i], -i))
    return lead(scores, best), judged.right[best]


def _choice(judged: Judged) -> WeightChoice:
    return WeightChoice(np.array([o.marks for o in judged.options], dtype=np.float64), np.array(judged.right))


def _by_path(judged: Sequence[Judged]) -> Mapping[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for j in judged:
        groups[j.path].append(j)
    return groups


def _by_kind(judged: Sequence[Judged]) -> Mapping[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for j in judged:
        groups[kind_of(j.path)].append(j)
    return groups
