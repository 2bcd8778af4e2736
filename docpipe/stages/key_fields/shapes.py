"""Reads a value of a given type from the text beside its label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docpipe.stages.key_fields.pack import ValueType
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.postal import strip_name
from docpipe.values.amounts import find_amounts
from docpipe.values.capitals import find_capitals
from docpipe.values.dates import find_dates
from docpipe.values.identifiers import compact, is_iban
from docpipe.values.number_format import NumberFormat
from docpipe.values.periods import find_period
from docpipe.values.text import fold, repair_digits

_ID = re.compile(
    r"^(?!(?:N.?|NUM|DE|DU|LE|VOM|OF|TO|TEL|PO|BL|DATE|PAGE|REF|CODE|ART|VAT|ID) )"
    r"[A-Z]{1,4} (?=(?:\D?\d){3})\d(?:[A-Z0-9/._-]| -(?=\d)| (?=\d{3,5}(?: \d|\s*$)))*(?=\s*(?:$|[—–|,;(]))"
    r"|^[A-Z]{1,4}[/-]\d{2,4} \d{3,6}(?=\W*$)"
    r"|^\d{2,5}(?: \d{2,5}){2,5}\W*$"
    r"|^\d{3,5}(?: \d{3,5}){1,3} \d\W*$"
    r"|(?<![\d.,/-])\d{2,5}(?: \d{3,5}){1,4}(?![\d.,/-]|\s?[€$£%])"
    r"|[A-Z0-9](?:[A-Z0-9]|(?!\.\s?[A-Z]{3,}(?![\dA-Z./-]))[/\-._–·](?=\s?[A-Z0-9])\s?"
    r"|(?<=\d) / (?=\d)|(?<=[A-Z0-9]) -(?=[A-Z]{0,3}\d)|(?<=\d) -(?=[A-Z]{1,2}\W*$))*"
)
"""A few letters before a number with nothing else beside (`RE 2026/044`), a series before one (`A/26 2061`), groups of
digits parted by spaces (`800 441 9027`), or letters and digits in one piece."""
BESIDE = 8
"""So many letters may stand between a label and its number (`No. of customer 17`)."""
DATE_LIKE = 0.7
"""How far eight digits that make a date are to be trusted as a number: many firms count by the day."""
MONTHS_ONLY = 0.9
"""How far a period is to be trusted that is printed as months: its days are not."""
SHORTEST_IBAN = 15
IBAN_BANK = 2
"""Behind so many groups an account number has no group of letters alone: `NL91 ABNA 0417 1643 00`."""
_NO_NUMBER = re.compile(r"\d{1,4}[.,]\d\d|X{4,}\d*")
"""Money beside a label whose own value was not read (`542.32`), or a card's number that hides digits."""
_CAPTION = re.compile(r"^\W*(?:NUM|NUMERO|NUMBER|NUMMER|NR|NO|N)[.:º°]+\s*(?=[A-Z]{0,4}[\s/-]?\d)")
"""A caption before a number: `núm. 2026-31`."""
_WORD_FOR_NUMBER = re.compile(r"^[Nn][.°º]\s?(?=[A-Z]{0,4}[\s/-]?\d)")
"""`n.CN-2207` is `CN-2207`."""
_GROUPS = re.compile(r"(?: (?!(?:19|20)\d\d\b)\d{3,4})(?: \d{2,4})*(?=\s*$)")
"""Groups of digits behind a number up to the end of its line: `26-09/118 447 02`, `TB-0093 7715`; a year is none."""
_CENTS = re.compile(r",\d\d(?!\d)")
_DATE_BEHIND = re.compile(r" / (?=\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|\d{4}[./-]\d{1,2}[./-]\d{1,2}$)")
"""Number and date in one value, as under `Belegnummer / Datum`."""
_NUMBER_BEHIND = re.compile(r"(?<=[^\s(])\s*\(\d{4,8}\)?\s*$")
"""A customer's number in brackets is no part of a name."""
_DIGITS = re.compile(r"\d(?:[ ]?\d){5,29}")
_TAX_ID = re.compile(r"[A-Z]{0,3}[ .\-]?\d[A-Z0-9 .\-/]{4,22}[A-Z0-9]|[A-Z0-9]{8,20}")
_TWICE = re.compile(r"^([A-Z]{2})\1(?=\d)")
"""A country's letters once in the label and once in the number: `TVA BE BE0691636724`."""
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{2,4}){2,8}(?:\s?[A-Z0-9]{1,3})?(?![A-Z0-9])")
_POLISH_ACCOUNT = re.compile(r"(?<![\w.,/-])\d{2}(?: ?\d{4}){6}(?![\w.,/-])")
"""The account number of Poland is its IBAN without the letters of the country."""
_BIC = re.compile(r"(?<![A-Z0-9])[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![A-Z0-9])")
_NO_PHONE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)|^\d{1,2}[./-]\d\d[./-]\d\d$|^\d{1,3}[./]\d{3,4}$")
"""A day, an amount or a series with six or seven digits: `01.09.-30.09.2026`, `184.220`, `26/2218`."""
_PHONE = re.compile(r"(?<!\d)(?!\d{16})\+?\(?\d[\d\s()/.\-]{5,20}\d(?!\d)")
"""No number of a telephone has more than fifteen digits (ITU-T E.164)."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A value read from a text: normalised, as printed, and how much its shape is to be trusted (0 to 1)."""

    value: str
    raw: str
    trust: float = 1.0
    second: str | None = None
    open_order: bool = False

    @property
    def folded(self) -> str:
        return fold(self.raw)


def read_shape(
    kind: ValueType, text: str, numbers: NumberFormat, day_first: bool, own: Pattern | None = None
) -> Iterator[Shaped]:
    """Yield the values of a type in a cleaned text, from left to right."""
    if own is not None:
        yield from _own(kind, text, own)
    elif kind in ("date", "period"):
        yield from _dates(kind, text, day_first)
    elif kind == "amount":
        for amount in find_amounts(text, numbers.point, spaces_group=numbers.spaces_group):
            yield Shaped(amount.value, text[amount.start : amount.end].strip())
    elif kind == "words":
        if words := find_capitals(text):
            yield Shaped(words, words)
    elif kind in ("text", "name"):
        value = text.strip(" :：.,;-–|*#")
        if kind == "name":
            value = strip_name(_NUMBER_BEHIND.sub("", text).lstrip(" :：.,;-–|*#"))
        if kind == "name" and value[:1].islower() and value.isascii():
            return  # the middle of a sentence
        if kind == "name" and sum(c.isalpha() for c in value) < 2:
            return  # a letter of a caption that runs downwards
        if any(c.isalpha() for c in value) or (kind == "text" and value):
            yield Shaped(value, text.strip())
    else:
        yield from _numbers(kind, text)


def _own(kind: ValueType, text: str, own: Pattern) -> Iterator[Shaped]:
    found = own.search(fold(text))
    if found:
        start, end = found.span("value") if "value" in found.groupdict() else found.span()
        raw = text[start:end].strip()
        if raw:
            value = compact(raw) if kind in ("tax_id", "iban", "bic", "digits") else raw
            yield Shaped(_TWICE.sub(r"\1", value) if kind == "tax_id" else value, raw)


def _dates(kind: ValueType, text: str, day_first: bool) -> Iterator[Shaped]:
    found, trust = find_dates(text), 1.0
    if not found:
        found, trust = find_dates(repair_digits(text)), 0.8
    if kind == "period":
        if len(found) >= 2:
            first, last = found[0], found[1]
            yield Shaped(
                first.iso(day_first), text[first.start : last.end], trust, last.iso(day_first), first.open_order
            )
        elif (period := find_period(text)) is not None:
            raw = text[period.start : period.end]
            trust = MONTHS_ONLY if period.months else trust
            yield Shaped(period.first.isoformat(), raw, trust, period.last.isoformat())
        return
    for date in found:
        yield Shaped(date.iso(day_first), text[date.start : date.end], trust, None, date.open_order)


def _only_date(raw: str) -> bool:
    """Say whether a number holds a date and no letters of its own; eight digits in one piece may be either."""
    dates = find_dates(raw, compact=False)
    return bool(dates) and not any(c.isalpha() for c in raw[: dates[0].start] + raw[dates[-1].end :])


def _numbers(kind: ValueType, text: str) -> Iterator[Shaped]:
    folded = fold(text)
    if kind == "id":
        caption = _CAPTION.match(folded)
        if caption is not None:
            text, folded = text[caption.end() :], folded[caption.end() :]
        for found in _ID.finditer(folded):
            more = _GROUPS.match(folded, found.end()) if folded[found.end() - 1].isdigit() else None
            raw = text[found.start() : more.end() if more is not None else found.end()]
            raw = _DATE_BEHIND.split(raw)[0]
            cut = _CENTS.match(folded, found.end()) is not None and not any(c.isalpha() for c in raw)
            if cut:
                continue  # `6.344` of `6.344,00`
            raw = _WORD_FOR_NUMBER.sub("", raw)
            if any(c.isdigit() for c in raw) and not _NO_NUMBER.fullmatch(fold(raw)) and not _only_date(raw):
                value = re.sub(r"\s", "", raw).replace("·", "-")  # a hyphen of a few dots is read as one
                apart = sum(c.isalpha() for c in folded[: found.start()]) > BESIDE
                digits, letters = sum(c.isdigit() for c in value), sum(c.isalpha() for c in value)
                if value.isdigit() and find_dates(raw):
                    yield Shaped(value, raw, DATE_LIKE)
                    continue
                sure = 1.0 if len(value) > 2 and "·" not in raw else 0.5
                yield Shaped(value, raw, 0.3 if apart or letters > 2 * digits + 2 else sure)
        return
    shape = {"digits": _DIGITS, "tax_id": _TAX_ID, "iban": _IBAN, "bic": _BIC, "phone": _PHONE}[kind]
    accounts = [found.span() for found in _IBAN.finditer(folded)] if kind == "digits" else []
    for found in shape.finditer(folded):
        if any(start < found.end() and found.start() < end for start, end in accounts):
            continue  # inside an account number
        raw = text[found.start() : found.end()].strip()
        raw = _cut_iban(raw) if kind == "iban" else raw
        if kind == "phone" and _NO_PHONE.search(raw):
            continue
        if kind == "iban" and len(compact(raw)) < SHORTEST_IBAN:
            continue  # the rest is hidden: `ES66 2100 **** …`
        yield Shaped(raw if kind == "phone" else compact(raw), raw)
    for found in _POLISH_ACCOUNT.finditer(folded) if kind == "iban" else ():
        raw = text[found.start() : found.end()]
        if is_iban(value := "PL" + compact(raw)):
            yield Shaped(value, raw)


def _cut_iban(raw: str) -> str:
    """Return an account number without the words behind it that its groups seem to go on in: `… 1332 en un plazo`."""
    groups = raw.split()
    ends = (" ".join(groups[:n]) for n in range(len(groups), 1, -1))
    whole = next((text for text in ends if is_iban(text)), None)
    if whole is not None:
        return whole
    word = next((n for n, group in enumerate(groups) if n > IBAN_BANK and group.isalpha()), len(groups))
    return " ".join(groups[:word])
