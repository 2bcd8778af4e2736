"""Amounts of money and other numbers as documents print them: text in, decimal strings out, never a float."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from docpipe.values.currency import SIGNS, code_of

Point = Literal[".", ","]

_CURRENCY = rf"{SIGNS}|MYR|USD|GBP|CHF|CNY|SGD|AUD|CAD|NZD|HKD|INR|JPY|SEK|NOK|DKK|PLN|CZK|HUF"
"""Signs and the codes that stand beside amounts most."""
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>[-−–+]\s?)?(?:(?P<cur>{_CURRENCY})\s?[:.]?\s?)?(?P<sign2>[-−–]\s?)?"
    r"(?P<digits>\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?(?![\d,])"
    r"|\d{1,3}(?:(?P<group>[.,' ’])\d{3})(?:(?P=group)\d{3})*(?:(?!(?P=group))[.,]\d+)?(?!\d)"
    r"|\d+[.,]\d+|\d+|(?<!\w)[.,]\d{2}(?!\d))"
    rf"(?P<close>\s?\))?(?P<back>\s?[-−–](?![\d\w])|\s?CR\b)?(?:\s?(?P<cur2>{_CURRENCY})(?![A-Z]))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AmountMatch:
    """A number in a text: `value` is its decimal string, `decimals` how many digits stand behind its point."""

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
    return list(_scan(text, point, spaces_group))


def _scan(text: str, point: Point | None, spaces_group: bool) -> Iterator[AmountMatch]:
    position, size = 0, len(text)
    while position < size:
        found = _NUMBER.search(text, position)
        if found is None:
            return
        digits, start, end = found["digits"], found.start(), found.end()
        if " " in digits and not (spaces_group and "," in digits + "," and _spaced_well(text, found)):
            digits = digits.split(" ")[0]  # read on behind the first space
            end = found.start("digits") + len(digits)
        position = max(end, found.start() + 1)
        if _is_other_number(text, found.start("digits"), found.start("digits") + len(digits), start, end):
            position = max(position, _skip_token(text, found.start("digits")))
            continue
        whole = end == found.end()
        value, decimals = _value(digits, point)
        negative = bool(
            (found["sign"] or "").strip() in ("-", "−", "–")
            or found["sign2"]
            or (whole and found["back"])
            or (whole and found["open"] and found["close"])
        ) and bool(value.strip("0."))
        mark = found["cur"] or (found["cur2"] if whole else None)
        if found["open"] and not (whole and found["close"]):
            start += 1
        yield AmountMatch(
            start, end, "-" + value if negative else value, decimals, code_of(mark) if mark else None, bool(mark)
        )


def _spaced_well(text: str, found: re.Match[str]) -> bool:
    """A number grouped by spaces must not follow another number: `2 100,00` may be a quantity and a price."""
    before = text[: found.start()].rstrip()
    return not (before and before[-1].isdigit())


def _is_other_number(text: str, start: int, end: int, outer: int, outer_end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[outer_end] if outer_end < len(text) else " "
    if start == outer:
        further = text[start - 2 : start - 1]
        if before.isalpha() or (before in "/#_" and further.isalnum()) or (before == ":" and further.isdigit()):
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
        groups = sign in " '’" or len(separators) > 1 or (behind == 3 and sign != point and not digits.startswith("0"))
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
