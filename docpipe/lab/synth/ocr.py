"""Imitates a recogniser: the lines it would give for a made-up document, with the labels carried through its errors.

Rates at strength 1 follow what PP-OCR models do on real receipts and invoices (docs/design/synth.md has the counts).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from docpipe.lab.synth.document import Box, Polygon, Run, Span, SynthDocument
from docpipe.lab.synth.metrics import width_of


@dataclass(frozen=True, slots=True)
class OcrLine:
    """A line as read. `spans` are those of the runs it came from, moved along with their characters."""

    text: str
    box: Box
    page: int
    confidence: float
    spans: tuple[Span, ...]
    role: str = ""

    @property
    def polygon(self) -> Polygon:
        """The box as four points, clockwise from the top left."""
        x1, y1, x2, y2 = self.box
        return (x1, y1), (x2, y1), (x2, y2), (x1, y2)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often each error happens: per line, per blank (`split`, `lose_space`) or per character."""

    drop: float
    drop_short: float
    split: float
    lose_space: float
    lose_all_spaces: float
    add_space: float
    confuse: float
    delete: float
    accent: float
    lose_colon: float
    symbol: float = 0.03
    width: float = 0.2
    shake: float = 0.17
    glue: float = 1.0

    def scaled(self, strength: float) -> Rates:
        return Rates(**{name: min(0.9, getattr(self, name) * strength) for name in self.__slots__})


SCANNED = Rates(0.001, 0.12, 0.006, 0.03, 0.05, 0.0027, 0.0048, 0.001, 0.05, 0.06)
"""As 100 scanned receipts were read."""
PRINTED = Rates(0.0008, 0.02, 0.012, 0.005, 0.008, 0.0022, 0.0007, 0.0005, 0.008, 0.01)
"""As 56 digital invoices were read."""

_JOINED = ((0.25, 0.9), (0.5, 0.75), (0.75, 0.5), (1.0, 0.2), (1.25, 0.09), (1.5, 0.015))
"""Up to a gap (in heights of the text) neighbours become one line so often; wider, never."""

_CONFUSED = {
    "0": "OoD",
    "O": "0QD",
    "1": "lI|i",
    "l": "1I|",
    "I": "1l|",
    "5": "S",
    "S": "5$",
    "8": "B",
    "B": "8",
    "2": "Z",
    "Z": "2",
    "6": "b",
    "G": "6C",
    "g": "9",
    "9": "g",
    "D": "O0",
    "Q": "O",
    "C": "G",
    "E": "F",
    "V": "U",
    "U": "V",
    ".": ", ",
    ",": ".",
    ":": ".;",
    "-": "_~",
    "/": "1l",
    "'": "`",
    "€": "EC",
    "$": "S",
    "n": "h",
    "h": "b",
    "e": "c",
    "c": "e",
    "a": "o",
    "i": "l",
    "t": "f",
    "u": "v",
    "y": "v",
    "R": "A",
    "M": "N",
    "N": "M",
    "T": "I",
    "A": "4",
    "4": "A",
    "7": "1",
    "3": "8",
    "(": "C",
    ")": "J",
    "#": "H",
    "%": "9",
    "ß": "B",
    "&": "8",
    "*": "x",
    "己": "已",
    "未": "末",
    "日": "曰",
    "人": "入",
    "大": "太",
    "土": "士",
    "木": "本",
    "名": "各",
    "购": "构",
    "税": "脱",
    "额": "颜",
    "圆": "园",
    "整": "鳖",
    "拾": "恰",
    "佰": "伯",
    "仟": "什",
    "玖": "玫",
    "叁": "参",
}
_PAIRS = {"rn": "m", "m": "rn", "vv": "w", "cl": "d", "li": "h", "ii": "u", "nn": "m"}
_BLANKS = re.compile(r"\s+")
_FULL = {":": "：", "(": "（", ")": "）", ",": "，", "¥": "￥", "%": "％"}
_HALF = {full: half for half, full in _FULL.items()}


@dataclass(slots=True)
class _Draft:
    """A line being read: characters, and for each the spans it belongs to."""

    characters: list[str]
    owners: list[tuple[Span, ...]]
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
    chance = Random(f"ocr {document.seed} {number}")
    scan = chance.random() < (0.85 if document.kind == "receipt" else 0.3)
    mood = chance.choice((0.3, 0.6, 1.0, 1.0, 1.6, 2.5))  # some documents are read badly throughout
    base = (SCANNED if scan else PRINTED).scaled(strength)
    rates = replace(
        base.scaled(mood),
        glue=min(2.0, strength * chance.choice((0.2, 0.7, 1.0, 1.3))),
        shake=base.shake,
        accent=min(0.9, base.accent * chance.choice((0, 0.5, 1, 6))),
    )
    chinese = document.language == "zh"
    lines: list[OcrLine] = []
    for page in range(len(document.pages)):
        runs = [run for run in document.runs if run.page == page]
        drafts = [
            piece
            for row in rows_of(runs)
            for draft in _joined(row, rates, chance)
            for piece in _split(draft, rates, chance)
        ]
        for draft in drafts:
            if draft.role == "rule" and chance.random() < min(
                0.85, strength
            ):  # a row of dashes is no text to a detector
                continue
            if chance.random() < (rates.drop_short if len(draft.characters) < 3 else rates.drop):
                continue
            _misread(draft, rates, chance, chinese)
            line = _line(draft, rates, chance, document.pages[page])
            if line is not None:
                lines.append(line)
    return tuple(lines)


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
    owners: list[list[Span]] = [[] for _ in run.text]
    for span in run.spans:
        for k in range(span.start, span.end):
            if not run.text[k].isspace():
                owners[k].append(span)
    return _Draft(list(run.text), [tuple(spans) for spans in owners], run.box, run.page, run.size, run.role)


def _joined(row: Sequence[Run], rates: Rates, chance: Random) -> list[_Draft]:
    """Join neighbours whose gap a detector would not see."""
    drafts: list[_Draft] = []
    for run in row:
        draft = _draft(run)
        if drafts:
            last = drafts[-1]
            gap = (draft.box[0] - last.box[2]) / max(1.0, min(draft.size, last.size))
            share = next((share for most, share in _JOINED if gap < most), 0.0)
            if gap < 0.05 or chance.random() < share * rates.glue:
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


def _split(draft: _Draft, rates: Rates, chance: Random) -> list[_Draft]:
    """Cut a line at wide gaps always, at others by chance."""
    text = "".join(draft.characters)
    cuts = []
    for blank in _BLANKS.finditer(text):
        start, end = blank.span()
        if start and end < len(text):
            wide = sum(2 if character == "\u3000" else 1 for character in blank.group())
            share = 0.9 if wide >= 4 else 0.3 if wide >= 2 else rates.split * (3 if text[start - 1] in ":;" else 1)
            if chance.random() < share:
                cuts.append((start, end))
    if not cuts:
        return [draft]
    x1, y1, x2, y2 = draft.box
    whole = max(1e-6, width_of(text, "sans", 1.0))
    pieces, start = [], 0
    for cut, resume in [*cuts, (len(text), len(text))]:
        left = x1 + (x2 - x1) * width_of(text[:start], "sans", 1.0) / whole
        right = x1 + (x2 - x1) * width_of(text[:cut], "sans", 1.0) / whole
        pieces.append(replace_draft(draft, start, cut, (left, y1, right, y2)))
        start = resume
    return pieces


def replace_draft(draft: _Draft, start: int, end: int, box: Box) -> _Draft:
    return _Draft(draft.characters[start:end], draft.owners[start:end], box, draft.page, draft.size, draft.role)


def _misread(draft: _Draft, rates: Rates, chance: Random, chinese: bool) -> None:
    """Change characters in place: `characters` may become empty or two long, `owners` stay."""
    characters = draft.characters
    lose_colons = chance.random() < rates.lose_colon
    no_spaces = chance.random() < rates.lose_all_spaces
    hard = 4.0 if chance.random() < 0.06 else 1.0  # a smudge: errors come together
    random = chance.random
    for k in range(len(characters)):
        character = characters[k]
        if not character:
            continue
        if character in " \u3000":
            if no_spaces or random() < rates.lose_space * (2.0 if _glued(characters, k) else 0.6):
                characters[k] = ""
            continue
        if lose_colons and character in ":：" and (k == len(characters) - 1 or characters[k - 1] in ("", " ")):
            characters[k] = ""
            continue
        roll = random()
        if roll < rates.confuse * hard:
            draft.harm += 1
            pair = character + (characters[k + 1] if k + 1 < len(characters) else "")
            if len(pair) == 2 and pair in _PAIRS and random() < 0.5:
                characters[k], characters[k + 1] = _PAIRS[pair], ""
            elif character in _PAIRS and random() < 0.3:
                characters[k] = _PAIRS[character]
            elif character in _CONFUSED:
                characters[k] = chance.choice(_CONFUSED[character]).strip()
        elif roll < (rates.confuse + rates.delete) * hard:
            draft.harm += 1
            characters[k] = ""
        elif roll > 1 - rates.add_space * hard:
            characters[k] = character + " "
        elif character in "¥€£$￥" and random() < rates.symbol:
            characters[k] = chance.choice(
                ("", "Y" if character in "¥￥" else "E" if character == "€" else "S" if character == "$" else "E")
            )
        elif ord(character) > 127 and not chinese and random() < rates.accent:
            base = unicodedata.normalize("NFD", character)[0]
            characters[k] = {"ß": "B", "œ": "oe", "æ": "ae"}.get(character, base if ord(base) < 128 else character)
        elif chinese and random() < rates.width:
            characters[k] = _FULL.get(character, _HALF.get(character, character))


def _glued(characters: Sequence[str], k: int) -> bool:
    """Whether the blank stands where recognisers lose it most: between digits, or behind punctuation."""
    before, after = characters[k - 1] if k else "", characters[k + 1] if k + 1 < len(characters) else ""
    return (before[-1:].isdigit() and after[:1].isdigit()) or before[-1:] in ",.:;)"


def _line(draft: _Draft, rates: Rates, chance: Random, page: tuple[int, int]) -> OcrLine | None:
    text = ""
    places: dict[int, list[int]] = {}
    spans_by_id: dict[int, Span] = {}
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
        max(0.0, x1 - 0.13 * high * bool(shake) + chance.gauss(0, shake)),
        max(0.0, y1 - 0.1 * high * bool(shake) + chance.gauss(0, shake * 0.5)),
        min(float(page[0]), x2 + 0.14 * high * bool(shake) + chance.gauss(0, shake)),
        min(float(page[1]), y2 + 0.1 * high * bool(shake) + chance.gauss(0, shake * 0.5)),
    )
    if box[2] - box[0] < 2 or box[3] - box[1] < 2:
        return None
    doubt = (
        0.0045 * math.exp(chance.gauss(0, 1.8)) if rates.confuse > 0.001 else 0.0003 * math.exp(chance.gauss(0, 2.4))
    )
    confidence = max(0.5, min(1.0, 1 - doubt - min(0.4, draft.harm / max(2, len(text))) * chance.random()))
    return OcrLine(
        text,
        (round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)),
        draft.page,
        round(confidence, 4),
        tuple(spans),
        draft.role,
    )
