"""How a recogniser takes characters for others: which, and how often.

Rates at strength 1 follow what PP-OCR models do on real receipts and invoices (docs/design/synth.md has the counts).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


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

    def scale(self, strength: float) -> Rates:
        return Rates(**{name: min(0.9, getattr(self, name) * strength) for name in self.__slots__})


SCANNED = Rates(0.001, 0.12, 0.006, 0.03, 0.05, 0.0027, 0.0048, 0.001, 0.05, 0.06)
"""As 100 scanned receipts were read."""
PRINTED = Rates(0.0008, 0.02, 0.012, 0.005, 0.008, 0.0022, 0.0007, 0.0005, 0.008, 0.01)
"""As 56 digital invoices were read."""

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
_FULL = {":": "：", "(": "（", ")": "）", ",": "，", "¥": "￥", "%": "％"}
_HALF = {full: half for half, full in _FULL.items()}


def misread(characters: list[str], rates: Rates, rng: Random, *, chinese: bool) -> int:
    """Change the characters of a line in place, each to none, one or two; return how many were misread or lost."""
    harm = 0
    lose_colons = rng.random() < rates.lose_colon
    no_spaces = rng.random() < rates.lose_all_spaces
    hard = 4.0 if rng.random() < 0.06 else 1.0  # a smudge: errors come together
    random = rng.random
    for k in range(len(characters)):
        character = characters[k]
        if not character:
            continue
        if character in " \u3000":
            if no_spaces or random() < rates.lose_space * (2.0 if _is_glued(characters, k) else 0.6):
                characters[k] = ""
            continue
        if lose_colons and character in ":：" and (k == len(characters) - 1 or characters[k - 1] in ("", " ")):
            characters[k] = ""
            continue
        roll = random()
        if roll < rates.confuse * hard:
            harm += 1
            _confuse(characters, k, rng)
        elif roll < (rates.confuse + rates.delete) * hard:
            harm += 1
            characters[k] = ""
        elif roll > 1 - rates.add_space * hard:
            characters[k] = character + " "
        elif character in "¥€£$￥" and random() < rates.symbol:
            characters[k] = rng.choice(
                ("", "Y" if character in "¥￥" else "E" if character == "€" else "S" if character == "$" else "E")
            )
        elif ord(character) > 127 and not chinese and random() < rates.accent:
            base = unicodedata.normalize("NFD", character)[0]
            characters[k] = {"ß": "B", "œ": "oe", "æ": "ae"}.get(character, base if ord(base) < 128 else character)
        elif chinese and random() < rates.width:
            characters[k] = _FULL.get(character, _HALF.get(character, character))
    return harm


def _confuse(characters: list[str], k: int, rng: Random) -> None:
    """Replace a character, or it and the next one, by what looks alike."""
    character = characters[k]
    pair = character + (characters[k + 1] if k + 1 < len(characters) else "")
    if len(pair) == 2 and pair in _PAIRS and rng.random() < 0.5:
        characters[k], characters[k + 1] = _PAIRS[pair], ""
    elif character in _PAIRS and rng.random() < 0.3:
        characters[k] = _PAIRS[character]
    elif character in _CONFUSED:
        characters[k] = rng.choice(_CONFUSED[character]).strip()


def _is_glued(characters: Sequence[str], k: int) -> bool:
    """Whether the blank stands where recognisers lose it most: between digits, or behind punctuation."""
    before, after = characters[k - 1] if k else "", characters[k + 1] if k + 1 < len(characters) else ""
    return (before[-1:].isdigit() and after[:1].isdigit()) or before[-1:] in ",.:;)"
