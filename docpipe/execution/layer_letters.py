"""Whether the letters of a PDF's text layer are those that the page shows, by a reading of a few lines.

A font's map from glyphs to letters (ToUnicode) can be wrong: shifted, swapped, or all of it dingbats. The page then
looks right, and its text layer says something else. Every font is asked once: the lines that hold most of its letters
and digits are read from the picture, and the two are put side by side letter by letter. A recogniser misreads now and
then; a wrong map is wrong in the same way every time.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Hamming, Levenshtein

from docpipe.document import TextLine

MOST_LINES = 5
"""Read in one round. A line takes about 10 ms."""
LINES_PER_FONT = 2
FEWEST_SYMBOLS = 4
"""A line of fewer signs that are no letters is a bullet or a rule, and says nothing about its font."""
LONGEST = 40
"""Characters; longer lines take longer to read and say no more."""
DIGIT_WORTH = 3
"""How many new letters a new digit is worth: a wrong digit is a wrong amount."""
LEAST_GAIN = 6
SURE = 0.8
"""Readings below this confidence are no evidence."""
VERY_SURE = 0.95
DISAGREE = 0.5
"""Share of letters that agree below which a font's map is wrong as a whole."""
FEWEST_LETTERS = 4
CONSISTENT = 3
"""So many letters that were read as others, never as themselves, tell of a map that swaps some."""
SUSPICIOUS = 1
"""So many ask for further lines with these letters; there fewer are enough (`CONSISTENT` - 1)."""

_NO_DIGITS = frozenset(':;<=>?@#"^_`{}~')
"""Signs that no recogniser takes for a digit."""

_LOOK_ALIKE = str.maketrans({"0": "o", "1": "i", "l": "i", "5": "s", "2": "z", "8": "b", "ı": "i"})


@dataclass(frozen=True, slots=True)
class LineComparison:
    """What a line of the layer says, and what was read where it stands."""

    said: str
    read: str
    confidence: float


@dataclass
class FontEvidence:
    """What the readings of one font's lines say about its letters."""

    agreed: Counter[str] = field(default_factory=Counter)
    replaced: dict[str, Counter[str]] = field(default_factory=dict)
    letters: int = 0
    matched: int = 0
    example: LineComparison | None = None

    def add(self, reading: LineComparison) -> None:
        """Put one line and its reading side by side."""
        threshold = SURE if _is_latin(reading.said) or not _letters(reading.said) else VERY_SURE
        said, read = _letters(reading.said), _letters(reading.read)
        if reading.confidence < threshold or not (said or read):
            return
        self.letters += max(len(said), len(read))
        changed = False
        for one, other in _side_by_side(said, read):
            if _alike(one.plain) == _alike(other.plain):
                self.matched += 1
                self.agreed[one.printed] += 1
            else:
                changed = True
                if one.plain.isascii() and other.plain.isascii():  # scripts share shapes: χ and x, ν and v
                    self.replaced.setdefault(one.printed, Counter())[other.plain] += 1
        for sign, digit in _signs_for_digits(reading.said, reading.read):
            if sign == digit:
                self.agreed[sign] += 1
                continue
            changed = True
            self.replaced.setdefault(sign, Counter())[digit] += 1
        if self.example is None or (changed and self.example.said == self.example.read):
            self.example = reading

    @property
    def never_itself(self) -> dict[str, int]:
        """Letters that were always read as one and the same other, and how often."""
        return {
            letter: others.most_common(1)[0][1] for letter, others in self.replaced.items() if not self.agreed[letter]
        }

    def is_wrong(self, enough: int = CONSISTENT) -> bool:
        """Tell whether the font's map is wrong."""
        if self.letters >= FEWEST_LETTERS and self.matched < DISAGREE * self.letters:
            return True
        return sum(self.never_itself.values()) >= enough

    def is_suspicious(self) -> bool:
        """Tell whether further lines should be read before the font is believed."""
        return sum(self.never_itself.values()) >= SUSPICIOUS


def choose_lines(
    lines: Sequence[TextLine], fonts: Sequence[Collection[str]], known: Collection[str]
) -> dict[int, frozenset[str]]:
    """Return which lines (by position) to read, and for which fonts that are not known yet."""
    chosen: dict[int, set[str]] = {}
    for font in sorted({name for names in fonts for name in names if name not in known}):
        own = [n for n, names in enumerate(fonts) if font in names and _is_telling(lines[n])]
        alone = [n for n in own if len(fonts[n]) == 1]
        for n in _cover(lines, alone or own, LINES_PER_FONT):
            if n in chosen or len(chosen) < MOST_LINES:
                chosen.setdefault(n, set()).add(font)
    return {n: frozenset(names) for n, names in chosen.items()}


def lines_with(
    lines: Sequence[TextLine], fonts: Sequence[Collection[str]], wanted: Mapping[str, Collection[str]]
) -> dict[int, frozenset[str]]:
    """Return further lines that hold letters in doubt; `wanted` has them for each font."""
    found: dict[int, frozenset[str]] = {}
    for font, letters in sorted(wanted.items()):
        own = [n for n, names in enumerate(fonts) if font in names and _is_telling(lines[n])]
        own.sort(key=lambda n: (-len(set(letters) & set(lines[n].text)), len(lines[n].text), n))
        for n in own[:MOST_LINES]:
            if set(letters) & set(lines[n].text):
                found[n] = frozenset({font})
    return dict(list(found.items())[:MOST_LINES])


def explain(example: LineComparison) -> str:
    """Return the sentence for a layer that is not believed."""
    return f"the text layer says “{_short(example.said)}” where the page shows “{_short(example.read)}”"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _is_telling(line: TextLine) -> bool:
    if len(line.text) > LONGEST:
        return False
    (x1, y1), (x2, y2), *_ = line.polygon
    if x2 <= x1 or abs(y2 - y1) > 0.1 * (x2 - x1):
        return False  # turned text is read less surely
    return bool(_letters(line.text)) or len(line.text.replace(" ", "")) >= FEWEST_SYMBOLS


def _cover(lines: Sequence[TextLine], own: Sequence[int], most: int) -> Iterable[int]:
    """Yield the lines that show most of a font's letters and digits for their length, one after the other."""
    seen: set[str] = set()
    left = list(own)
    for turn in range(most):
        gains = {n: _gain(lines[n].text, seen) for n in left}
        best = max(left, key=lambda n: (gains[n] / (4 + len(lines[n].text)), -n), default=None)
        if best is None or (turn and gains[best] < LEAST_GAIN):
            return
        yield best
        left.remove(best)
        seen.update(_plain(lines[best].text))


def _gain(text: str, seen: Collection[str]) -> int:
    new = {char for char in _plain(text) if (char.isalnum() or char in _NO_DIGITS) and char not in seen}
    return sum(DIGIT_WORTH if char.isdigit() else 1 for char in new)


def _plain(text: str) -> str:
    """Return a text without accents and capitals."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


@dataclass(frozen=True, slots=True)
class _Letter:
    plain: str
    """Without accent and capital: recognisers drop the one and mistake the other."""
    printed: str


def _letters(text: str) -> list[_Letter]:
    """Return the letters and digits of a text."""
    return [_Letter(plain, char) for char in text for plain in _plain(char) if plain.isalnum()]


def _signs_for_digits(said: str, read: str) -> Iterator[tuple[str, str]]:
    """Yield the signs that stand where digits, or they themselves, were read: some maps have `:` for 9."""
    one, other = ("".join(text.split()) for text in (said, read))
    for step in Levenshtein.opcodes(one, other):
        if step.tag in ("equal", "replace"):
            pairs = zip(one[step.src_start : step.src_end], other[step.dest_start : step.dest_end], strict=True)
            yield from ((a, b) for a, b in pairs if a in _NO_DIGITS and (a == b or b.isdigit()))


def _side_by_side(said: Sequence[_Letter], read: Sequence[_Letter]) -> Iterator[tuple[_Letter, _Letter]]:
    """Yield the pairs of letters that stand at one place, by position where two texts are as long and much alike."""
    one, other = ("".join(_alike(letter.plain) for letter in letters) for letters in (said, read))
    if len(one) == len(other) and Hamming.distance(one, other) <= 2 * Levenshtein.distance(one, other):
        yield from zip(said, read, strict=True)
        return
    for step in Levenshtein.opcodes(one, other):
        if step.tag in ("equal", "replace"):
            yield from zip(said[step.src_start : step.src_end], read[step.dest_start : step.dest_end], strict=True)


def _alike(letter: str) -> str:
    """Return a letter, the same one for those that look alike."""
    return letter.translate(_LOOK_ALIKE)


def _is_latin(text: str) -> bool:
    letters = [char for char in _plain(text) if char.isalnum()]
    return 2 * sum(char.isascii() for char in letters) >= len(letters)
