"""Imitates a recogniser: the lines it would give for a made-up document, with the labels carried through its errors.

The same errors are made on lines that are given (`read_runs`), so that a labelled document can be misread, too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from docpipe.lab.synth.document import Box, FieldSpan, Polygon, Run, SynthDocument
from docpipe.lab.synth.misread import PRINTED, SCANNED, Rates, misread
from docpipe.lab.synth.text_widths import width_of


@dataclass(frozen=True, slots=True)
class OcrLine:
    """A line as read. `spans` are those of the runs it came from, moved along with their characters."""

    text: str
    box: Box
    page: int
    confidence: float
    spans: tuple[FieldSpan, ...]
    role: str = ""

    @property
    def polygon(self) -> Polygon:
        """The box as four points, clockwise from the top left."""
        x1, y1, x2, y2 = self.box
        return (x1, y1), (x2, y1), (x2, y2), (x1, y2)


_JOINED = ((0.25, 0.9), (0.5, 0.75), (0.75, 0.5), (1.0, 0.2), (1.25, 0.09), (1.5, 0.015))
"""Up to a gap (in heights of the text) neighbours become one line so often; wider, never."""

_BLANKS = re.compile(r"\s+")


@dataclass(slots=True)
class _Draft:
    """A line being read: characters, and for each the spans it belongs to."""

    characters: list[str]
    owners: list[tuple[FieldSpan, ...]]
    box: Box
    page: int
    size: float
    role: str
    harm: int = 0


def as_ocr(document: SynthDocument, seed: int | Random, strength: float = 1.0) -> tuple[OcrLine, ...]:
    """Return the lines that a recogniser would read, page by page, top to bottom and left to right.

    `strength` scales every rate: 0 gives the runs in reading order, joined where they touch, 1 what real scans give,
    3 bad photographs. A span whose characters are lost to more than half is dropped.
    """
    number = seed.getrandbits(64) if isinstance(seed, Random) else seed
    rng = Random(f"ocr {document.seed} {number}")
    scanned = rng.random() < (0.85 if document.kind == "receipt" else 0.3)
    rates = draw_rates(rng, scanned=scanned, strength=strength)
    chinese = document.language == "zh"
    lines: list[OcrLine] = []
    for page, size in enumerate(document.pages):
        runs = [run for run in document.runs if run.page == page]
        lines += read_runs(runs, size, rates, rng, chinese=chinese, strength=strength)
    return tuple(lines)


def draw_rates(rng: Random, *, scanned: bool, strength: float = 1.0) -> Rates:
    """Return the rates of one document: some are read badly throughout."""
    mood = rng.choice((0.3, 0.6, 1.0, 1.0, 1.6, 2.5))
    base = (SCANNED if scanned else PRINTED).scale(strength)
    return replace(
        base.scale(mood),
        glue=min(2.0, strength * rng.choice((0.2, 0.7, 1.0, 1.3))),
        shake=base.shake,
        accent=min(0.9, base.accent * rng.choice((0, 0.5, 1, 6))),
    )


def read_runs(
    runs: Sequence[Run], page: tuple[int, int], rates: Rates, rng: Random, *, chinese: bool, strength: float = 1.0
) -> list[OcrLine]:
    """Return the lines that a recogniser would read on one page, top to bottom and left to right."""
    lines = []
    drafts = [piece for row in rows_of(runs) for draft in _join(row, rates, rng) for piece in _split(draft, rates, rng)]
    for draft in drafts:
        if draft.role == "rule" and rng.random() < min(0.85, strength):  # a row of dashes is no text to a detector
            continue
        if rng.random() < (rates.drop_short if len(draft.characters) < 3 else rates.drop):
            continue
        draft.harm += misread(draft.characters, rates, rng, chinese=chinese)
        line = _line(draft, rates, rng, page)
        if line is not None:
            lines.append(line)
    return lines


def rows_of(runs: Sequence[Run]) -> list[list[Run]]:
    """Group runs that stand beside each other, top to bottom, each row from left to right."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: ((run.box[1] + run.box[3]) / 2, run.box[0])):
        middle = (run.box[1] + run.box[3]) / 2
        for row in reversed(rows[-3:]):
            top, bottom = row[0].box[1], row[0].box[3]
            if top <= middle <= bottom and abs(middle - (top + bottom) / 2) < 0.4 * (bottom - top):
                row.append(run)
                break
        else:
            rows.append([run])
    return [sorted(row, key=lambda run: run.box[0]) for row in rows]


def _draft(run: Run) -> _Draft:
    owners: list[list[FieldSpan]] = [[] for _ in run.text]
    for span in run.spans:
        for k in range(span.start, span.end):
            if not run.text[k].isspace():
                owners[k].append(span)
    return _Draft(list(run.text), [tuple(spans) for spans in owners], run.box, run.page, run.size, run.role)


def _join(row: Sequence[Run], rates: Rates, rng: Random) -> list[_Draft]:
    """Join neighbours whose gap a detector would not see."""
    drafts: list[_Draft] = []
    for run in row:
        draft = _draft(run)
        if drafts:
            last = drafts[-1]
            gap = (draft.box[0] - last.box[2]) / max(1.0, min(draft.size, last.size))
            share = next((share for most, share in _JOINED if gap < most), 0.0)
            if gap < 0.05 or rng.random() < share * rates.glue:
                blank = [] if gap < 0.1 else [" "]
                last.characters += blank + draft.characters
                last.owners += [()] * len(blank) + draft.owners
                last.box = (
                    min(last.box[0], draft.box[0]),
                    min(last.box[1], draft.box[1]),
                    max(last.box[2], draft.box[2]),
                    max(last.box[3], draft.box[3]),
                )
                continue
        drafts.append(draft)
    return drafts


def _split(draft: _Draft, rates: Rates, rng: Random) -> list[_Draft]:
    """Cut a line at wide gaps always, at others by rng."""
    text = "".join(draft.characters)
    cuts = []
    for blank in _BLANKS.finditer(text):
        start, end = blank.span()
        if start and end < len(text):
            wide = sum(2 if character == "\u3000" else 1 for character in blank.group())
            share = 0.9 if wide >= 4 else 0.3 if wide >= 2 else rates.split * (3 if text[start - 1] in ":;" else 1)
            if rng.random() < share:
                cuts.append((start, end))
    if not cuts:
        return [draft]
    x1, y1, x2, y2 = draft.box
    whole = max(1e-6, width_of(text, "sans", 1.0))
    pieces, start = [], 0
    for cut, resume in [*cuts, (len(text), len(text))]:
        left = x1 + (x2 - x1) * width_of(text[:start], "sans", 1.0) / whole
        right = x1 + (x2 - x1) * width_of(text[:cut], "sans", 1.0) / whole
        pieces.append(_part_of(draft, start, cut, (left, y1, right, y2)))
        start = resume
    return pieces


def _part_of(draft: _Draft, start: int, end: int, box: Box) -> _Draft:
    return _Draft(draft.characters[start:end], draft.owners[start:end], box, draft.page, draft.size, draft.role)


def _line(draft: _Draft, rates: Rates, rng: Random, page: tuple[int, int]) -> OcrLine | None:
    text = ""
    places: dict[int, list[int]] = {}
    spans_by_id: dict[int, FieldSpan] = {}
    kept: dict[int, int] = {}
    for characters, owners in zip(draft.characters, draft.owners, strict=True):
        start = len(text)
        text += characters
        for span in owners:
            spans_by_id[id(span)] = span
            if characters.strip():
                found = places.setdefault(id(span), [start, start])
                found[1] = len(text.rstrip())
                kept[id(span)] = kept.get(id(span), 0) + 1
    lead = len(text) - len(text.lstrip())
    text = text.strip()
    if not text:
        return None
    had = Counter(id(span) for owners in draft.owners for span in owners)
    spans = [
        replace(spans_by_id[key], start=max(0, start - lead), end=min(end - lead, len(text)))
        for key, (start, end) in places.items()
        if kept[key] * 2 >= had[key] - 1
    ]
    x1, y1, x2, y2 = draft.box
    high, shake = y2 - y1, (y2 - y1) * rates.shake
    box = (  # detectors give some room on each side
        max(0.0, x1 - 0.13 * high * bool(shake) + rng.gauss(0, shake)),
        max(0.0, y1 - 0.1 * high * bool(shake) + rng.gauss(0, shake * 0.5)),
        min(float(page[0]), x2 + 0.14 * high * bool(shake) + rng.gauss(0, shake)),
        min(float(page[1]), y2 + 0.1 * high * bool(shake) + rng.gauss(0, shake * 0.5)),
    )
    if box[2] - box[0] < 2 or box[3] - box[1] < 2:
        return None
    doubt = 0.0045 * math.exp(rng.gauss(0, 1.8)) if rates.confuse > 0.001 else 0.0003 * math.exp(rng.gauss(0, 2.4))
    confidence = max(0.5, min(1.0, 1 - doubt - min(0.4, draft.harm / max(2, len(text))) * rng.random()))
    return OcrLine(
        text,
        (round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)),
        draft.page,
        round(confidence, 4),
        tuple(spans),
        draft.role,
    )
