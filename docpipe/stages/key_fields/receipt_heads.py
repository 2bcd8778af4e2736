"""The head of a receipt after the choice: a name keeps its first line, and what may be cut off is doubted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from docpipe.document import Doubt, KeyField
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.layout import Cell, join_polygons
from docpipe.values.text import letters_digits

NAME, ADDRESS, NUMBER = "seller.name", "seller.address", "invoice_number"
CUT = 0.8
"""What is left of a model's confidence in the part of a name that the rules read as a longer one."""
FEW_DIGITS = 4
"""A number of fewer digits that no label names may be a till's, a table's or a page's."""
TOP_ROWS = 30
"""Name and address of a receipt stand in its first rows."""
_BLOCK = re.compile(r"[A-Z][A-Z .'-]{2,20} \d{1,3}(?:-\d{1,3}){1,2}")
"""A district with its block and house, as in Japan: `SHIBUYA 2-14-6`."""
_TOWN = re.compile(r"\d{4,6} [A-Z][A-Z' .-]+|[A-Z][A-Z' .-]+,? [A-Z]{2} \d{5}(?:-\d{4})?|[A-Z][A-Z' .-]+ \d{6}")
"""An address of nothing but a town with its postcode."""
_HOUSE = re.compile(r"^\W*(?:[A-Z]{2,6}\W{1,2})?\d+[A-Z]?\b(?!.*\d{5})|,$")
"""A row that begins with the number of a house or unit, or that goes on."""
_BRANCH = re.compile(r"\s+#\s?\d{1,6}$")
"""The number of a chain's shop behind its name: `FRESH MARKET #0412`."""
_YEAR = re.compile(r"(?:19|20)\d\d")


def keep_whole_name(fields: Mapping[str, KeyField], candidates: Sequence[Candidate]) -> dict[str, KeyField]:
    """Return the fields with a name that a model cut off its first or last line whole again, as the rules read it.

    They join lines only where one has nothing of its own: a trade, a legal form, an open bracket.
    """
    found = fields.get(NAME)
    rules = max((c for c in candidates if c.path == NAME and ".header." in c.rule), key=lambda c: c.score, default=None)
    if found is None or found.value is None or found.source != "model" or rules is None:
        return dict(fields)
    part, whole = letters_digits(found.value), letters_digits(rules.value)
    if part == whole or not part or not (whole.startswith(part) or whole.endswith(part)):
        return dict(fields)
    if not set(found.line_ids) < {line for cell in rules.cells for line in cell.line_ids}:
        return dict(fields)
    return {
        **fields,
        NAME: replace(
            found,
            value=rules.value,
            raw=rules.raw,
            confidence=round(found.confidence * CUT, 4),
            source="rule",
            source_id=rules.rule,
            polygon=join_polygons(rules.cells),
            line_ids=tuple(line for cell in rules.cells for line in cell.line_ids),
        ),
    }


def without_branch_number(fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields with the seller's name without the number of a chain's shop behind it."""
    found = fields.get(NAME)
    if found is None or found.value is None or (number := _BRANCH.search(found.value)) is None:
        return dict(fields)
    return {**fields, NAME: replace(found, value=found.value[: number.start()])}


def doubt_heads(page: PageView, fields: Mapping[str, KeyField]) -> Iterator[Doubt]:
    """Yield a doubt about an address that may begin a line above, and a short number that no label names."""
    number = fields.get(NUMBER)
    if (
        number is not None
        and number.value is not None
        and number.source == "model"
        and "+" not in (number.source_id or "")
    ):
        digits = sum(c.isdigit() for c in number.value)
        if digits < FEW_DIGITS or _YEAR.fullmatch(number.value):
            yield Doubt(NUMBER, "close_choice", f"No label names {number.value} the number of the receipt.")
    line = _line_over_address(page, fields)
    if line is not None:
        yield Doubt(ADDRESS, "incomplete", f"“{line}” stands above the address and may belong to it.", line)


def _line_over_address(page: PageView, fields: Mapping[str, KeyField]) -> str | None:
    """Return the row between name and address that looks like a street or building, if there is one."""
    patterns, name, address = page.compiled.header, fields.get(NAME), fields.get(ADDRESS)
    if patterns is None or name is None or address is None or not name.line_ids or not address.line_ids:
        return None
    rows = page.layout.rows[:TOP_ROWS]
    top, start = (_first_row(rows, frozenset(found.line_ids)) for found in (name, address))
    if top is None or start is None or start - top < 2:
        return None
    over = rows[start - 1]
    text, folded = " ".join(c.text for c in over), " ".join(c.folded for c in over)
    if any(set(c.line_ids) & set(name.line_ids) for c in over) or any(page.hits[c.index] for c in over):
        return None
    if patterns.not_address is not None and patterns.not_address.search(folded):
        return None
    strong = patterns.strong_address is not None and patterns.strong_address.search(folded) is not None
    own = " ".join(c.folded for c in rows[start] if set(c.line_ids) & set(address.line_ids))
    bare = len(address.line_ids) == 1 and _TOWN.fullmatch(own.strip(" .,")) is not None
    return text if strong or (bare and _HOUSE.search(folded)) or _BLOCK.fullmatch(folded) else None


def _first_row(rows: Sequence[Sequence[Cell]], line_ids: Set[str]) -> int | None:
    return next((n for n, row in enumerate(rows) if any(not line_ids.isdisjoint(c.line_ids) for c in row)), None)
