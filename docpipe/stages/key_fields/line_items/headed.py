"""Goods under a heading: every table of a document is read, and those with the same columns are joined over pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.line_items.cell_values import GoodsItem, fields_of
from docpipe.stages.key_fields.line_items.descriptions import items_of
from docpipe.stages.key_fields.line_items.heading import Heading, Words, heading_at
from docpipe.stages.key_fields.line_items.table_rows import body_of
from docpipe.stages.key_fields.line_items.vocabulary import AMOUNTS

_NUMBER = re.compile(r"\W*\d[\d.,' ]*[.,]\d\d\W*(?:[A-Z]{3}|[^\W\d])?\W*")
"""What names no article: an amount, from sums that stand side by side."""
MOST_ROWS = 400
MOST_TABLES = 12
LIKE = 0.6
"""Headings that share so much of their columns are of one table that goes on."""


@dataclass(frozen=True)
class Found:
    """A table of goods: the columns of its heading, and its rows."""

    names: frozenset[str]
    items: tuple[GoodsItem, ...]


def tables_of(page: PageView, words: Words) -> Iterator[Found]:
    """Yield the tables of goods of a document, parts on several pages joined."""
    tables: list[Found] = []
    rows = page.layout.rows
    number = 0
    while number < len(rows) and len(tables) < MOST_TABLES:
        heading = _best(page, number, words)
        if heading is None:
            number += 1
            continue
        body = body_of(page, heading, words)
        items = tuple(items_of(page, body))
        number = max(body.end, heading.last + 1)
        if not items:
            continue
        for n, known in enumerate(tables):
            shared = len(known.names & heading.names) / max(1, len(known.names | heading.names))
            if shared >= LIKE:
                tables[n] = Found(known.names, (known.items + items)[:MOST_ROWS])
                break
        else:
            tables.append(Found(heading.names, items[:MOST_ROWS]))
    yield from tables


def _best(page: PageView, number: int, words: Words) -> Heading | None:
    """Return the heading around a row, of up to four rows the one that names most columns."""
    rows = page.layout.rows
    found = heading_at(rows, number, words)
    if found is None:
        return None
    following = [heading_at(rows, n, words) for n in range(number + 1, min(number + 4, found.last + 2, len(rows)))]
    return max([found, *(f for f in following if f)], key=lambda h: len(h.names))


def rows_of(page: PageView, items: Sequence[GoodsItem]) -> list[dict[str, KeyField]]:
    """Return the cells of each item that has words and an amount."""
    rule = f"{page.compiled.name}.items"
    numbers = page.numbers
    rows = [fields_of(item, numbers, rule) for item in items]
    return [row for row in rows if row.keys() & AMOUNTS and _NUMBER.fullmatch(_words(row)) is None and _words(row)]


def _words(row: dict[str, KeyField]) -> str:
    return (row["description"].value or "") if "description" in row else ""
