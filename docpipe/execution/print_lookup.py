"""Finds values in the lines of a document's pages, in whatever form they are printed: dates, amounts, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from rapidfuzz import fuzz

from docpipe.document import Box, Document, KeyField, TextLine
from docpipe.values.amounts import Point, find_amounts, to_decimal
from docpipe.values.dates import find_dates
from docpipe.values.text import letters_digits

POINTS: tuple[Point | None, ...] = (None, ",", ".")
NEARLY = 88.0
"""Likeness, of 100, from which a name counts as printed: recognised letters may be off."""
SHORT = 4
"""A number below so many characters must be a word of its own: `12` stands in many others."""


def is_amount(path: str) -> bool:
    """Tell whether a field, or a cell of a row, is a number that may be printed with another point and other zeros."""
    return path in _AMOUNTS or (path.startswith("total_") and path != "total_gross_in_words")


def is_date(path: str) -> bool:
    """Tell whether a field is a date."""
    return path.endswith("_date") or path.startswith("period_")


_AMOUNTS = frozenset(
    {"amount_paid", "amount_due", "rounding", "quantity", "unit_price", "discount"}
    | {"net_amount", "tax_amount", "gross_amount", "taxable", "tax"}
)


@dataclass
class _PrintedLine:
    """A line with what is found in it."""

    page: int
    line: TextLine

    @cached_property
    def box(self) -> Box:
        return self.line.box

    @cached_property
    def letters(self) -> str:
        return letters_digits(self.line.text)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(letters_digits(word) for word in self.line.text.split())

    @cached_property
    def amounts(self) -> frozenset[Decimal]:
        found = (to_decimal(each.value) for point in POINTS for each in find_amounts(self.line.text, point))
        return frozenset(abs(value) for value in found if value is not None)

    @cached_property
    def dates(self) -> frozenset[str]:
        return frozenset(each.iso(day_first) for each in find_dates(self.line.text) for day_first in (True, False))


@dataclass
class PrintLookup:
    """The lines of a document, searched by value."""

    lines: Sequence[_PrintedLine]

    @classmethod
    def of(cls, document: Document) -> PrintLookup:
        """Return the lookup of a document whose pages have been read."""
        return cls([_PrintedLine(page.number, line) for page in document.pages for line in page.lines])

    def find(self, path: str, value: str) -> list[int]:
        """Return the numbers of the lines that say a value, in reading order."""
        if is_amount(path):
            amount = to_decimal(value)
            return [] if amount is None else [n for n, each in enumerate(self.lines) if abs(amount) in each.amounts]
        if is_date(path):
            return [n for n, each in enumerate(self.lines) if value in each.dates]
        return self._find_text(letters_digits(value))

    def _find_text(self, wanted: str) -> list[int]:
        if not wanted:
            return []
        if len(wanted) < SHORT:
            return [n for n, each in enumerate(self.lines) if wanted in each.words]
        found = [n for n, each in enumerate(self.lines) if wanted in each.letters]
        if found:
            return found
        return [n for n, letters in enumerate(self._joined) if wanted in letters]

    @cached_property
    def _joined(self) -> Sequence[str]:
        """Letters of each line and of the one below it in its column: names are set in two lines."""
        return [each.letters + self._letters_below(n, each) for n, each in enumerate(self.lines)]

    def _letters_below(self, n: int, line: _PrintedLine) -> str:
        x1, y1, x2, y2 = line.box
        high = y2 - y1
        below = [
            other
            for other in self.lines[max(0, n - 30) : n + 30]
            if other is not line
            and other.page == line.page
            and 0 <= other.box[1] - y1 < 2.5 * high
            and other.box[0] < x2
            and other.box[2] > x1
        ]
        return min(below, key=lambda other: other.box[1]).letters if below else ""

    def is_nearly_printed(self, value: str) -> bool:
        """Tell whether a name stands somewhere, letters that were misread allowed for."""
        wanted = letters_digits(value)
        if not wanted or self._find_text(wanted):
            return bool(wanted)
        texts = (text for text in self._joined if len(text) >= len(wanted) // 2)
        return any(fuzz.partial_ratio(wanted, text) >= NEARLY for text in texts)

    def locate(self, path: str, value: KeyField, printed: KeyField | None) -> KeyField:
        """Return a field with the place where it is printed, where that is found.

        That is where `printed`, the field as read from the print, stands if it says the same; else sums count from the
        foot of the document, everything else from its head.
        """
        assert value.value is not None
        if printed is not None and printed.polygon is not None and says_the_same(path, value.value, printed.value):
            return copy_place(value, printed)
        found = self.find(path, value.value)
        if not found or (is_amount(path) and to_decimal(value.value) == 0):
            return value
        at = self.lines[found[-1] if is_amount(path) else found[0]]
        return replace(value, page=at.page, polygon=at.line.polygon, line_ids=(at.line.id,))


def copy_place(value: KeyField, printed: KeyField) -> KeyField:
    """Return a value with the place, and the label, of the same one as it was read from the print."""
    return replace(
        value,
        page=printed.page,
        polygon=printed.polygon,
        line_ids=printed.line_ids,
        label=printed.label,
        label_polygon=printed.label_polygon,
    )


def says_the_same(path: str, one: str | None, other: str | None) -> bool:
    """Tell whether two values of a field mean the same; a credit note's amounts may be printed without their sign."""
    if one is None or other is None:
        return False
    if is_amount(path):
        a, b = to_decimal(one), to_decimal(other)
        return a is not None and b is not None and abs(a) == abs(b)
    return letters_digits(one) == letters_digits(other)
