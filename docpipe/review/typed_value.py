"""What a person types, or takes from a line of the page, as the value that a field holds."""

from __future__ import annotations

import re
from datetime import date

from docpipe.batch.cells import number_of
from docpipe.batch.corrections import MOST_CHARACTERS
from docpipe.batch.workbook import kind_of
from docpipe.result import DOCUMENT_TYPES
from docpipe.values.amounts import find_amounts
from docpipe.values.currency import code_of
from docpipe.values.dates import find_dates

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,8})?")


def typed_value(path: str, text: str) -> str | None:
    """Return the normalised value: a date as `YYYY-MM-DD`, an amount with a point, text trimmed; None for no value.

    Raises:
        ValueError: the text is no such value; the message says what to write.
    """
    text = " ".join(text.split())
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"a value has at most {MOST_CHARACTERS} characters")
    if not text:
        return None
    kind = kind_of(path)
    if kind == "date":
        return _date(text)
    if kind in ("money", "number"):
        return _number(text)
    if path == "currency":
        code = code_of(text)
        if code is None:
            raise ValueError("write a currency's code, such as EUR")
        return code
    if path == "document_type" and text not in DOCUMENT_TYPES:
        raise ValueError(f"write one of {', '.join(DOCUMENT_TYPES)}")
    return text


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    found = {match.iso() for match in find_dates(text)}
    if len(found) != 1 or any(match.open_order for match in find_dates(text)):
        raise ValueError("write the date as YYYY-MM-DD")
    return found.pop()


def _number(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return text
    found = {match.value for match in find_amounts(text)}
    if len(found) != 1 or number_of(next(iter(found))) is None:
        raise ValueError("write one number, such as 1234.50")
    return found.pop()
