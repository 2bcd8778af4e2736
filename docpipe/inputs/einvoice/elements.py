"""Looks things up in parsed XML by local names, and turns what stands there into key fields.

Namespaces are left out on purpose: ZUGFeRD 1 to 2.3 and their drafts write the same elements under different ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, localcontext
from typing import TypeAlias

from lxml import etree

from docpipe.document import KeyField
from docpipe.values.identifiers import compact
from docpipe.values.text import clean

Element: TypeAlias = etree._Element

_DECIMAL = re.compile(r"([+-]?)0*(\d*)(?:\.(\d*))?", re.ASCII)
"""xs:decimal, which is always with a point and without groups."""
_DAY = re.compile(
    r"(\d{4})(?:(\d\d)(\d\d)(?:\d{4,6})?|[-/年](\d{1,2})[-/月](\d{1,2})日?(?:[T ]\d{1,2}:.{0,20}|Z|[+-]\d\d:\d\d)?)",
    re.ASCII,
)
_MOST_DIGITS = 40
MOST_WHOLE_DIGITS = 15
"""Before the point: what a spreadsheet can hold. No invoice is about more, in any currency."""
_EXACT = Context(prec=4 * _MOST_DIGITS)
"""Sums and quotients of numbers as long as the bound lets them be."""
NO_VAT_NUMBER = "BT-32"
"""The term of a tax number that is none of VAT and has no country code, such as a German tax office's."""


def local_name(element: Element) -> str:
    """Return an element's name without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def all_at(element: Element | None, path: str) -> list[Element]:
    """Return every element at a path of local names such as `Party/PartyName/Name`."""
    if element is None:
        return []
    return list(element.findall("/".join(f"{{*}}{name}" for name in path.split("/"))))


def first_at(element: Element | None, *paths: str) -> Element | None:
    """Return the first element with text or children at any of the paths, the first path first."""
    for path in paths:
        for found in all_at(element, path):
            if len(found) or text_of(found):
                return found
    return None


def text_of(element: Element | None) -> str:
    """Return an element's own text, trimmed; "" where there is none."""
    return (element.text or "").strip() if element is not None else ""


def text_at(element: Element | None, *paths: str) -> str:
    """Return the first text at any of the paths; "" where there is none."""
    for path in paths:
        for found in all_at(element, path):
            if text := text_of(found):
                return text
    return ""


def decimal_of(text: str) -> str | None:
    """Return an xs:decimal as a decimal string with the decimals it was written with; None for anything else."""
    match = _DECIMAL.fullmatch(text.strip())
    if match is None or not (match[2] or match[3] or text.strip("+-. ")) or len(text) > _MOST_DIGITS:
        return None
    whole, fraction = match[2] or "0", match[3] or ""
    if len(whole) > MOST_WHOLE_DIGITS:
        return None
    value = f"{whole}.{fraction}" if fraction else whole
    return f"-{value}" if match[1] == "-" and value.strip("0.") else value


def date_of(text: str) -> str | None:
    """Return `20171103`, `2017-11-03`, `2017-11-03T10:00:00` or `2017年11月03日` as `2017-11-03`; None for others."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2] or match[4]), int(match[3] or match[5])).isoformat()
    except ValueError:
        return None


def rate_of(text: str) -> str | None:
    """Return a percentage without zeros at its end: `19.00` as `19`."""
    value = decimal_of(text.strip().removesuffix("%"))
    return None if value is None else plain(Decimal(value))


def plain(value: Decimal) -> str:
    """Return a number without an exponent and without zeros behind its point's last digit."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def identifier_of(text: str) -> str | None:
    """Return an identifier in upper case without spaces and hyphens."""
    return compact(text) or None


def words_of(text: str) -> str | None:
    """Return a text with its white space joined."""
    return clean(text) or None


Convert = Callable[[str], str | None]


@dataclass
class Found:
    """Key fields as they are collected; the first text that can be read counts for a path."""

    fields: dict[str, KeyField] = field(default_factory=dict)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Path and text of what stands in the XML but is no value of its type."""

    def put(self, path: str, term: str, convert: Convert, *texts: str) -> None:
        """Take the first of some texts that is not empty."""
        text = next((text for text in texts if text.strip()), "")
        if not text or path in self.fields:
            return
        value = convert(text)
        if value is None:
            self.unread.append((path, clean(text)[:80]))
        else:
            self.fields[path] = exactly(value, text, term)


def exactly(value: str, raw: str, term: str) -> KeyField:
    """Return a field that XML states; `term` is its business term of EN 16931, or the element's name."""
    return KeyField(value=value, raw=raw.strip(), confidence=1.0, source="embedded_xml", source_id=term)


def join_parts(parts: Sequence[str], separator: str = ", ") -> str:
    """Return the parts that are not empty, joined."""
    return separator.join(part for part in parts if part)


def net_of(allowances: Sequence[tuple[bool, str]]) -> str | None:
    """Return allowances less charges, given as (is a charge, amount); None where there is none that can be read."""
    amounts = [(charge, decimal_of(text)) for charge, text in allowances]
    known = [(charge, Decimal(amount)) for charge, amount in amounts if amount is not None]
    if not known:
        return None
    with localcontext(_EXACT):
        return f"{sum((-amount if charge else amount for charge, amount in known), Decimal(0)):f}"


def per_unit(price: str, basis: str) -> str | None:
    """Return the price of one unit where it is written for several (BT-149: `12.00` for `100`)."""
    value, quantity = decimal_of(price), decimal_of(basis or "1")
    if value is None:
        return None
    if quantity is None or not Decimal(quantity) or Decimal(quantity) == 1:
        return value
    with localcontext(_EXACT):
        return decimal_of(plain(round(Decimal(value) / Decimal(quantity), 10)))
