"""Amounts of money and other numbers as documents print them: text in, decimal strings out, never a float."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

from docpipe.values.currency import CODES, SIGNS, WORDS, code_of

Point = Literal[".", ","]

_CLOSED = rf"(?=(?!\d)\s*(?:$|[)\]*]|(?:{SIGNS})|[A-Z]{{1,3}}\s*$))"
"""Nothing behind that a number would go on with: the end, a bracket, a currency, a tax letter."""
_DIGITS = re.compile(
    r"\d{1,2}(?:,\d\d){1,7},\d{3}(?:\.\d+)?(?![\d,])"  # Indian groups: 12,34,567.00
    r"|\d{1,3}(?=(?:[.,]\d{3}){0,5} [.,]\d{3})(?: ?(?P<loose>[.,])\d{3})(?: ?(?P=loose)\d{3}){0,5}"
    rf"(?!(?P=loose)) ?[.,] ?\d\d{_CLOSED}"  # `78 .876.000,00`: a blank before a sign
    r"|\d{1,3}(?:(?P<group>[.,' ’`´])\d{3})(?:(?P=group)\d{3}){0,6}"
    rf"(?:(?!(?P=group))(?:[.,]\d+| ?[.,] ?\d\d{_CLOSED})|(?<= \d{{3}}) [.,] ?\d\d{_CLOSED})?(?!\d)"
    rf"|\d+(?: [.,] ?|[.,] )\d\d{_CLOSED}"  # `64. 15`: blanks beside the point
    r"|\d+[.,]\d+|\d+|(?<!\w)[.,]\d{2}(?!\d)",
    re.IGNORECASE,
)
_SIGN = r"(?P<open>\()?(?P<sign>[-−–+]\s?)?"
_BEFORE = (
    re.compile(rf"{_SIGN}(?P<cur>{SIGNS}|(?<![A-Z])[A-Z]{{3}})\s?[:.]?\s?(?P<sign2>[-−–]\s?)?$", re.IGNORECASE),
    re.compile(rf"{_SIGN}(?P<cur>(?!))?(?P<sign2>[-−–]\s?)?$"),
)
"""What may stand before the digits: with a currency, and without one."""
_LETTER = re.compile(rf"(?<![^\W\d_]){_SIGN}(?P<cur>[A-Z])\s?(?P<sign2>[-−–]\s?)?$")
"""A sign of one letter (rand, quetzal, lempira, kina), which counts only before what must be an amount."""
_RAND = re.compile(r"\d{1,7}(?:[ ,.]\d{3})*[.,]\d\d(?![\d.,])|\d{1,3}(?: \d{3})+(?![\d.,])")
_GROUPED = re.compile(r"\d{1,3}(?:(?:[ ,]\d{3})+\.|(?:[ .]\d{3})+,)\d\d(?![\d.,])")
_BEHIND = re.compile(
    rf"(?P<close>\s?\))?(?P<back>\s?[-−–](?![\d\w])|\s?CR\b)?(?:\s?(?P<cur>{SIGNS}|[A-Z]{{3}})(?![A-Z]))?",
    re.IGNORECASE,
)
_ANY_CASE = frozenset("MYR USD GBP CHF CNY SGD AUD CAD NZD HKD INR JPY SEK NOK DKK PLN CZK HUF EUR".split())  # noqa: SIM905
"""Codes that count beside a number in small letters as well."""
_DASHED = re.compile(rf"[.,][-−–—]{{1,2}}(?![-−–—]){_CLOSED}", re.IGNORECASE)
"""Dashes for no cents: `595,-`, `1'200.--`."""
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?![A-Za-z\d])")
"""British: `BD1 4HR` and `KD9 2AB` begin with what are signs of dinars elsewhere."""
_POINT_APART = re.compile(r"\s*([.,])\s*")
LONGEST_KEPT = 160
"""What is found in longer texts is not kept: a hostile document could fill the memory."""
REACH = 9
"""So many characters before the digits hold brackets, signs and currency."""


@dataclass(frozen=True, slots=True)
class AmountMatch:
    """A number in a text: `value` is its decimal string, `decimals` how many digits stand behind its point.

    Dashes for the cents count as two digits, and have no part in the value.
    """

    start: int
    end: int
    value: str
    decimals: int
    currency: str | None
    """ISO 4217 where a code or an unmistakable symbol stands beside it."""
    marked: bool
    """True where any currency sign stands beside it, `$` included."""

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.value)


def find_amounts(text: str, point: Point | None = None, *, spaces_group: bool = False) -> list[AmountMatch]:
    """Return the numbers of a text that may be amounts, from left to right.

    Percent rates, times, dates and numbers glued to letters or further digits (`A12`, `3/4`) are left out; a tax
    letter behind (`9.80SR`) is not part of it. `point` is the locale's decimal sign.
    """
    find = _find_once if len(text) <= LONGEST_KEPT else _scan
    return list(find(text, point, spaces_group))


@lru_cache(maxsize=4096)
def _find_once(text: str, point: Point | None, spaces_group: bool) -> tuple[AmountMatch, ...]:
    """Return the same, kept for the last texts: several steps ask it of each."""
    return tuple(_scan(text, point, spaces_group))


def _scan(text: str, point: Point | None, spaces_group: bool) -> Iterator[AmountMatch]:
    position, last, size = 0, 0, len(text)
    while position < size:
        found = _DIGITS.search(text, position)
        if found is None:
            return
        first, digits = found.start(), found.group()
        if found["group"] == " " and not (spaces_group and _spaced_well(text, first)):
            digits = digits.split(" ")[0]  # read on behind the first space
        stop = first + len(digits)
        whole = stop == found.end()
        dashes = _DASHED.match(text, stop) if whole else None
        stop = dashes.end() if dashes is not None else stop
        before = _before(text, max(last, first - REACH), first)
        behind = _BEHIND.match(text, stop) if whole else None
        mark = before["cur"] or (_currency(behind["cur"]) if behind is not None else None)
        start = before.start() if before.end() > before.start() else first
        end = stop if behind is None else behind.end("cur") if _currency(behind["cur"]) else _signed_end(behind, stop)
        position = last = max(end, first + 1)
        if _is_other_number(text, first, stop, start, end):
            position = last = max(position, _skip_token(text, first))
            continue
        value, decimals = _value(digits, point)
        if dashes is not None and not decimals:
            decimals = 2
        closed = bool(before["open"]) and behind is not None and bool(behind["close"])
        minus = (before["sign"] or "").strip() in ("-", "−", "–") or before["sign2"]
        negative = bool(minus or (behind is not None and behind["back"]) or closed) and bool(value.strip("0."))
        if before["open"] and not closed:
            start += 1
        yield AmountMatch(
            start, end, "-" + value if negative else value, decimals, code_of(mark) if mark else None, bool(mark)
        )


def _before(text: str, least: int, first: int) -> re.Match[str]:
    """Return the bracket, signs and currency that stand before the digits; an empty match where there are none."""
    with_currency, without = _BEFORE
    if first > least and not text[first - 1].isdigit():
        found = with_currency.search(text, least, first)
        if found is not None and _currency(found["cur"]):
            return found
        found = _LETTER.search(text, least, first)
        if found is not None and (_RAND if found["cur"] == "R" else _GROUPED).match(text, first):
            return found
    found = without.search(text, least, first)
    assert found is not None  # everything in it may be missing
    return found


def _currency(sign: str | None) -> str | None:
    """Return a sign or code where it may stand beside a number: one that is a word as well counts in capitals only."""
    if sign is None or len(sign) != 3 or not sign.isalpha() or not sign.isascii():
        return sign
    return sign if sign.upper() in _ANY_CASE or (sign in CODES and sign not in WORDS) else None


def _signed_end(behind: re.Match[str], stop: int) -> int:
    return max(stop, behind.end("close"), behind.end("back"))


def _spaced_well(text: str, first: int) -> bool:
    """A number grouped by spaces must not follow another number: `2 100,00` may be a quantity and a price."""
    before = text[:first].rstrip()
    return not (before and before[-1].isdigit())


def _is_other_number(text: str, start: int, end: int, outer: int, outer_end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[outer_end] if outer_end < len(text) else " "
    if start == outer:
        further = text[start - 2 : start - 1]
        if before.isalpha() or (before in "/#_" and further.isalnum()) or (before == ":" and further.isdigit()):
            return True
    if outer < start and _POSTCODE.match(text, outer):
        return True
    if before in ".," and start >= 2 and text[start - 2].isdigit():
        return True
    tail = text[end : end + 3]
    if re.match(r"\s?%|[:/]\s?\d|[-.,']\d|\.\d", tail):
        return True
    if tail[:1].isalpha() and end == outer_end:
        return not _tax_letters(text[end:]) or not any(c in ".," for c in text[start:end])
    return after.isdigit()


def _tax_letters(tail: str) -> bool:
    """`9.80SR`, `9.80T`, `9.80 Z`: up to three letters and no more."""
    return re.match(r"[A-Z]{1,3}(?![A-Za-z\d])|\*", tail) is not None


def _skip_token(text: str, start: int) -> int:
    found = re.compile(r"[\w.,:/'-]+").match(text, start)
    return found.end() if found else start + 1


def _value(digits: str, point: Point | None) -> tuple[str, int]:
    digits = _POINT_APART.sub(r"\1", digits)
    separators = [c for c in digits if not c.isdigit()]
    kinds = set(separators)
    if not separators:
        cut = len(digits)
    elif len(kinds) > 1:
        cut = digits.rindex(separators[-1])
    else:
        (sign,) = kinds
        last = digits.rindex(sign)
        behind = len(digits) - last - 1
        groups = (
            sign in " '’`´" or len(separators) > 1 or (behind == 3 and sign != point and not digits.startswith("0"))
        )
        cut = len(digits) if groups else last
    whole = "".join(c for c in digits[:cut] if c.isdigit()).lstrip("0") or "0"
    fraction = digits[cut + 1 :]
    return (f"{whole}.{fraction}" if fraction else whole), len(fraction)


def parse_amount(text: str, point: Point | None = None, *, spaces_group: bool = False) -> str | None:
    """Return the only number of a text as a decimal string, or None where there is none or more than one."""
    found = find_amounts(text, point, spaces_group=spaces_group)
    return found[0].value if len(found) == 1 else None


def to_decimal(text: str | None) -> Decimal | None:
    """Return a normalised amount as a Decimal; None for None and for anything that is no finite number."""
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
