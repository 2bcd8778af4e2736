"""How a document writes its numbers: decimal point, thousands sign, and how many decimals its money shows.

Numbers that can be read in one way only (`1.234,56`; `12 459` in a currency without cents) decide how the others are
read. Where none does, the language's habit holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from docpipe.values.amounts import AmountMatch, Point
from docpipe.values.currency import FEW_DECIMALS, THREE_DECIMALS, find_currencies

_NO_BREAK = "\u00a0\u2007\u202f\u2009"
"""Spaces that are set inside numbers: no-break, figure, narrow no-break and thin space."""
_KEPT_TOGETHER = re.compile(rf"\d[{_NO_BREAK}]\d{{3}}(?!\d)")
_ALONE = r"^\W*(?:[A-Za-z]{1,4}\.?\s?)?[-−–]?\s?(?:$DIGITS)\s?(?:F ?CF[AP]|[^\W\d]{1,4}|[^\w\s])?\W*$"
_SPACED_DECIMALS = re.compile(_ALONE.replace("$DIGITS", r"(?P<one>\d{1,3})(?P<rest>(?: \d{3}){1,6}[.,]\d\d)"))
_SPACED_THREE = re.compile(_ALONE.replace("$DIGITS", r"(?P<one>\d{1,3})(?P<rest>(?: \d{3}){1,6}[.,]\d{3})"))
_SPACED_WHOLE = re.compile(_ALONE.replace("$DIGITS", r"(?P<one>\d{1,3})(?P<rest>(?: \d{3}){1,6})"))
_LONG = re.compile(r"\d{10}")
"""So many digits in a row are no money."""
_POINTED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ '’,.]?\d{3}){0,6}(?P<point>[.,])\d\d(?![\d.,]|\s?%)")
_DASHED = re.compile(r"\d(?P<point>[.,])[-–—]{1,2}(?![\w,.-])")
"""`1.250,-`: a dash in place of the cents."""
_UNSPACED = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[,.'’]\d{3}){1,6}|\d{4,20})[.,]\d\d(?![\d.,])")
_WHOLE = re.compile(_ALONE.replace("$DIGITS", r"\d{1,3}(?:[ .,'’]\d{3}){1,6}"))
_THREE = re.compile(r"(?<![\d.,])\d+(?P<point>[.,])\d{3}(?![\d.,])")
LEAST_GROUPED = 4
_FRACTION = re.compile(r"(?<![\d.,])0[.,]\d|[.,]\d{1,2}(?![\d.,]|\s?%)|[.,]\d{4}")
"""What no whole sum has: `0.5`, `12.50`, `0.0520`."""
_FEW = re.compile(FEW_DECIMALS)
_RAND = re.compile(r"-?R\s?\d")
_MANY = re.compile(THREE_DECIMALS)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How to read the numbers of one document."""

    point: Point | None = None
    """The decimal sign; None where nothing tells."""
    spaces_group: bool = False
    """Whether a space may stand between groups of three digits."""
    decimals: frozenset[int] = frozenset({2})
    """How many decimals money may show without a currency beside it."""
    strict: bool = True
    """Whether money must show decimals or a currency; else any number with fewer than three decimals may be money."""

    guessed: bool = False
    """Whether a sign before three digits was taken for one of thousands though no currency says so."""

    def is_money(self, amount: AmountMatch, text: str) -> bool:
        """Say whether a number of a text may be an amount of money."""
        if amount.decimals == 0 and _LONG.search(text[amount.start : amount.end]):
            return False  # a tax number behind letters that a currency has, too: `FR44732829320`
        if amount.marked or amount.decimals == 2 or (not self.strict and amount.decimals < 3):
            return True
        if amount.decimals not in self.decimals:
            return False
        shown = text[amount.start : amount.end]
        return amount.decimals > 0 or any(c in shown for c in " .,'’") or shown.strip() == text.strip()


def read_format(
    texts: Sequence[str], point: Point | None, spaces_group: bool = False, strict: bool = True
) -> NumberFormat:
    """Return how the lines of a document write numbers. `point` and `spaces_group` are the habit of its language.

    Args:
        texts: the lines as they were read, no-break and thin spaces kept.
    """
    joined = "\n".join(texts)
    points = Counter(found["point"] for shape in (_POINTED, _DASHED) for found in shape.finditer(joined))
    few = _FEW.search(joined) is not None and sum(points.values()) <= sum(1 for _ in _matches(_WHOLE, texts))
    many = not few and _MANY.search(joined) is not None
    if many:
        points = Counter(found["point"] for found in _THREE.finditer(joined))
    grouped = not (few or many or points) and _all_grouped(texts, joined)
    few = few or grouped
    if len(points) == 1:
        point = "," if "," in points else "."
    elif few and not points:
        point = None  # in `45.000` and `45,000` alike the sign groups
    spaces = spaces_group or _spaces_group(texts, joined, few, many)
    decimals = frozenset({0, 2}) if few else frozenset({2, 3}) if many else frozenset({2})
    return NumberFormat(point, spaces, decimals, strict, grouped)


def _all_grouped(texts: Sequence[str], joined: str) -> bool:
    """Say whether every number with a sign has three digits behind it, several stand alone, and none begins with 0.

    Money without decimals is then likelier than money with three, whose countries are few and mostly name it.
    """
    found = list(_matches(_WHOLE, texts))
    signs = {c for text in found for c in text.group() if c in ",."}
    return len(found) >= LEAST_GROUPED and len(signs) == 1 and _FRACTION.search(joined) is None


def _matches(pattern: re.Pattern[str], texts: Iterable[str]) -> Iterable[re.Match[str]]:
    return (found for text in texts if " " in text or len(text) < 24 if (found := pattern.match(text)))


def _spaces_group(texts: Sequence[str], joined: str, few: bool, many: bool) -> bool:
    """Say whether spaces part thousands: a no-break space does, or numbers alone on their line that nothing refutes.

    `2 100.00` may be a quantity and a price too: then the product is on the page. A thousand that is written with
    another sign, or with none, refutes it as well.
    """
    if _KEPT_TOGETHER.search(joined):
        return True
    decimals = _SPACED_THREE if many else _SPACED_DECIMALS
    spaced = [*_matches(decimals, texts), *(_matches(_SPACED_WHOLE, texts) if few else ())]
    spaced = spaced or [found for found in _matches(_SPACED_WHOLE, texts) if _names_currency(found.group())]
    if not spaced or _UNSPACED.search(joined):
        return False
    if any(found["rest"].startswith(" 0") for found in spaced):
        return True  # no price begins with a zero and goes on with two digits
    return not any(_has_product(found["one"], found["rest"], joined) for found in spaced)


def _names_currency(text: str) -> bool:
    """Say whether a currency stands before a number alone on its line: `CZK 98 765` is no count and price."""
    named = any(found.sure for found in find_currencies(text)) or _RAND.match(text) is not None
    return named and not text.lstrip()[:1].isdigit()


def _has_product(one: str, rest: str, joined: str) -> bool:
    """Say whether a count and a price stand before their product somewhere."""
    if int(one) <= 1:
        return False
    point = "," if "," in rest else "."
    product = f"{int(one) * Decimal(rest.replace(' ', '').replace(',', '.'))}".replace(".", re.escape(point))
    return re.search(rf"(?<![\d.,]){product}(?!\d)", joined) is not None
