"""Decides each field between model and rules, and says how probable it is that the decision is right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.layout import join_polygons
from docpipe.stages.key_fields.learned.about import PATHS, About, is_run
from docpipe.stages.key_fields.learned.options import Opinion, ValueOption, options_of, probabilities

MODEL = "docpipe-key-fields"


def decide(
    page: PageView,
    candidates: Sequence[Candidate],
    chosen: Mapping[str, KeyField],
    opinion: Opinion,
    about: About,
    wanted: Sequence[str] = PATHS,
) -> dict[str, KeyField]:
    """Return the fields of a document: those the model decides chosen again, the others as the rules chose."""
    fields = dict(chosen)
    for path in wanted:
        if about.speaker(page.compiled.name, path) == "rules":
            continue
        if page.compiled.decides_parties and path.startswith(("seller.", "buyer.")):
            continue  # decided together, over the whole page; field by field the two could become one
        if path not in chosen and not is_run(path) and probabilities(path, opinion)[1] > 0.5:
            continue  # the rules found none, and the model holds that there is none
        options = options_of(page, path, candidates, chosen, opinion)
        if not options:
            continue
        scores = [score(option, about.weight(path)) for option in options]
        best = max(range(len(options)), key=lambda i: (scores[i], -i))
        sure = about.curve(path)
        margin = lead(scores, best)
        confidence = 1 / (1 + math.exp(-(sure.slope * margin + sure.shift)))
        # a curve fitted on documents of this kind knows how often an open order of day and month is misjudged
        fields[path] = _field(options[best], confidence, about.name, capped=page.compiled.name not in about.speaks)
    return fields


def score(option: ValueOption, weights: Sequence[float]) -> float:
    """Return what speaks for an option, all marks weighed."""
    return sum(weight * mark for weight, mark in zip(weights, option.marks, strict=True))


def lead(scores: Sequence[float], best: int) -> float:
    """Return the log-odds of an option against all others, between -8 and 8."""
    others = [s for number, s in enumerate(scores) if number != best]
    if not others:
        return 4.0
    top = max(others)
    return max(-8.0, min(8.0, scores[best] - top - math.log(sum(math.exp(s - top) for s in others))))


def _field(option: ValueOption, confidence: float, model: str, *, capped: bool) -> KeyField:
    read = min((cell.confidence for cell in option.cells), default=1.0)
    cap = option.rule.cap if option.rule is not None and capped else 1.0
    derived = option.rule is not None and option.rule.source != "rule"
    agreed = f"{model}+{option.rule.rule}" if option.rule is not None else model
    return KeyField(
        value=option.value,
        raw=option.raw or None,
        confidence=round(max(0.01, min(confidence * min(1.0, 0.5 + read / 2), cap, 0.999)), 4),
        source=option.rule.source if derived and option.rule is not None else "model",
        source_id=agreed,
        page=option.cells[0].page if option.cells else None,
        polygon=join_polygons(option.cells),
        line_ids=tuple(line for cell in option.cells for line in cell.line_ids),
    )
