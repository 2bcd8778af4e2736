"""What a table's cells are: dates, money in its currency's decimals, plain numbers, or text that must stay text."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Literal

from docpipe.result import FIELD_PATHS, ITEM_CELLS, TAX_CELLS, Result
from docpipe.stages.key_fields.pack import FIELD_TYPES
from docpipe.values.currency import MILLESIMAL, NO_DECIMALS

Kind = Literal["text", "date", "money", "number"]

_BY_TYPE: dict[str, Kind] = {"amount": "money", "date": "date"}
FIELD_KINDS: dict[str, Kind] = {path: _BY_TYPE.get(FIELD_TYPES[path], "text") for path in FIELD_PATHS}
_NUMBERS = ("quantity", "tax_rate", "rate")
_MONEY = ("unit_price", "discount", "net_amount", "tax_amount", "gross_amount", "taxable", "tax")


def _kind(cell: str) -> Kind:
    return "number" if cell in _NUMBERS else "money" if cell in _MONEY else "text"


ITEM_KINDS: dict[str, Kind] = {cell: _kind(cell) for cell in ITEM_CELLS}
TAX_KINDS: dict[str, Kind] = {cell: _kind(cell) for cell in TAX_CELLS}

MOST_DIGITS = 15
"""What a spreadsheet's numbers hold exactly; a longer one stays text."""


def decimals_of(currency: str | None) -> int:
    """Return how many decimals a currency's money has (ISO 4217): 0, 3, or else 2."""
    return 0 if currency in NO_DECIMALS else 3 if currency in MILLESIMAL else 2


def number_of(value: str | None) -> Decimal | None:
    """Return the number that a value is, exactly; None where it is none, or too long for a spreadsheet."""
    try:
        number = Decimal(value or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() and len(number.as_tuple().digits) <= MOST_DIGITS else None


def places_of(number: Decimal, decimals: int) -> int:
    """Return the decimals to show: the currency's, more where the number has more (a unit price of 0.0125)."""
    exponent = number.as_tuple().exponent
    return max(decimals, -exponent if isinstance(exponent, int) else 0)


def money(value: str | None, decimals: int) -> str:
    """Return an amount with its currency's decimals (`64` as `64.00`); what is no number stays as it is."""
    number = number_of(value)
    return value or "" if number is None else f"{number:.{places_of(number, decimals)}f}"


def currency_of(result: Result) -> str | None:
    """Return the code of the currency that a document's amounts are in, where it is known."""
    return result.field("currency").value


def reasons_of(result: Result) -> str:
    """Return why a person should look at a document, field by field, in one line."""
    return "; ".join(
        f"{item.field}: {item.reason}" + (f" (or {item.rival})" if item.rival else "") for item in result.needs_review
    )
