"""What a cell of goods says: its number, the unit behind it, or its words, as key fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from docpipe.document import KeyField
from docpipe.stages.key_fields.layout import Cell, join_polygons
from docpipe.stages.key_fields.line_items.pieces import TAX_WORDS, Piece, repair_number_text
from docpipe.stages.key_fields.line_items.vocabulary import NUMERIC
from docpipe.values.amounts import find_amounts, to_decimal
from docpipe.values.number_format import NumberFormat

CLOSE = Decimal("0.02")
UNSURE = 0.1
"""What a quantity and a price are trusted that may be each other."""
TRUST = 0.8
"""What a cell is trusted that nothing else proves."""
_COUNTED = re.compile(r"(?P<count>\d[\d.,]*)\s?(?P<unit>[^\W\d].*)")
"""A count and its unit under a heading for units: `3 Monate`."""
_HOURS = re.compile(r"(?P<h>\d{1,3}):(?P<m>[0-5]\d)\s?(?P<unit>[A-Za-z]{0,6})\.?")
"""Hours and minutes as a count: `1:30 h`."""
_GLUED = re.compile(r"\s*([-−–]?\s?\d[\d.,]*)\s*([^\W\d_].*)$")


@dataclass
class GoodsItem:
    """A row of goods while it is read: pieces by column, and the words of its description in order."""

    row: int
    cells: dict[str, list[Piece]] = field(default_factory=dict)
    words: list[Piece] = field(default_factory=list)
    discounts: list[Piece] = field(default_factory=list)
    """Lines below that lower the price."""
    known: dict[str, tuple[str, list[Piece]]] = field(default_factory=dict)
    """Values read already, with where they stand."""
    unsure: bool = False
    """Whether the quantity and price among `known` may be each other."""


def number_of(text: str, name: str, numbers: NumberFormat) -> tuple[str | None, str]:
    """Return the number of a cell as a decimal string and what stands behind it, such as a unit; None without one."""
    text = text.strip()
    if text in TAX_WORDS:
        return (TAX_WORDS[text] if name == "tax_rate" else None), ""
    if name == "quantity" and (clock := _HOURS.fullmatch(text)) is not None:
        hours = Decimal(clock["h"]) + Decimal(clock["m"]) / 60
        return format(hours.quantize(Decimal("0.0001")).normalize(), "f"), clock["unit"]
    bare = repair_number_text(text).replace("%", " ").replace("元", " ")
    found = find_amounts(bare, numbers.point, spaces_group=numbers.spaces_group)
    if not found:
        match = _GLUED.match(bare)  # the unit may be glued to the number
        found = find_amounts(match.group(1), numbers.point) if match else []
        return (found[0].value, match.group(2)) if found and match else (None, "")
    behind = bare[found[0].end :]
    return found[0].value, behind.strip(" .*()") if any(c.isalpha() for c in behind) else ""


def fields_of(item: GoodsItem, numbers: NumberFormat, rule: str) -> dict[str, KeyField]:
    """Return the values of an item's cells, without judging whether it is one."""
    fields: dict[str, KeyField] = {}
    for name, pieces in item.cells.items():
        if name == "description" or not pieces:
            continue
        text = " ".join(piece.text for piece in pieces)
        if name in NUMERIC:
            value, behind = number_of(text, name, numbers)
            if value is None:
                continue
            if behind and name == "quantity" and "unit" not in item.cells:
                fields["unit"] = field_of(_unit(behind), behind, pieces, f"{rule}.unit")
            fields[name] = field_of(value, text, pieces, f"{rule}.{name}")
        elif name == "unit" and not any(c.isalpha() for c in text):
            continue
        elif name == "unit" and (counted := _COUNTED.fullmatch(text.strip())) is not None:
            fields[name] = field_of(counted["unit"].strip(" ."), text, pieces, f"{rule}.{name}")
            count, _ = number_of(counted["count"], "quantity", numbers)
            if count is not None and "quantity" not in item.cells:
                fields["quantity"] = field_of(count, text, pieces, f"{rule}.quantity")
        else:
            fields[name] = field_of(text.strip(" ."), text, pieces, f"{rule}.{name}")
    for name, (value, pieces) in item.known.items():
        raw = " ".join(piece.text for piece in pieces)
        trust = UNSURE if item.unsure and name in ("quantity", "unit_price") else TRUST
        fields[name] = field_of(value, raw, pieces, f"{rule}.{name}", trust)
    if "discount" not in fields and (taken := _taken_off(item, fields, numbers)) is not None:
        fields["discount"] = field_of(
            str(taken), join_words([p.text for p in item.discounts]), item.discounts, f"{rule}.discount"
        )
    words = item.words
    if words:
        text = join_words([piece.text for piece in words])
        value = text.strip(" *") if text.count("*") != 2 else text
        fields["description"] = field_of(value.strip(), text, words, f"{rule}.description")
    return fields


def _taken_off(item: GoodsItem, fields: Mapping[str, KeyField], numbers: NumberFormat) -> Decimal | None:
    """Return what lines below took off the price; None where quantity, price and amount leave nothing for it."""
    found = [
        amount.decimal
        for piece in item.discounts
        if "%" not in piece.text
        for amount in find_amounts(repair_number_text(piece.text), numbers.point)
        if numbers.is_money(amount, piece.text)
    ]
    if not found:
        return None
    quantity, price, net = (
        to_decimal(fields[n].value) if n in fields else None for n in ("quantity", "unit_price", "net_amount")
    )
    taken = sum((abs(value) for value in found), Decimal(0))
    if quantity is None or price is None or net is None:
        return taken
    whole = abs(quantity * price) - abs(net)
    return next((t for t in (taken, *map(abs, found)) if abs(t - whole) <= CLOSE), None)


def _unit(text: str) -> str:
    """Return a unit without the letters of a multiplication sign or a bracket."""
    return re.sub(r"^[xX×]\s?(?=\w)|\s?[xX×]$", "", text).strip() or text


def join_words(texts: Sequence[str]) -> str:
    """Join wrapped lines: a hyphen at the end of a line joins without a space where the next goes on in small letters.

    Chinese goes on without a space.
    """
    joined = ""
    for text in texts:
        if joined.endswith("-") and text[:1].islower() and joined[-2:-1].isalpha():
            joined = joined[:-1] + text
        elif joined and "\u2e80" <= joined[-1] <= "\u9fff" and "\u2e80" <= text[:1] <= "\u9fff":
            joined += text
        else:
            joined = f"{joined} {text}" if joined else text
    return joined


def field_of(value: str, raw: str, pieces: Sequence[Piece], rule: str, trust: float = TRUST) -> KeyField:
    """Return a key field that stands in some pieces of the page."""
    cells: list[Cell] = list({(p.cell.index, p.cell.row, p.cell.box): p.cell for p in pieces}.values())
    lines = dict.fromkeys(line for cell in cells for line in cell.line_ids)
    return KeyField(
        value=value,
        raw=raw,
        confidence=round(trust * min(1.0, 0.5 + min(cell.confidence for cell in cells) / 2), 4),
        source="table",
        source_id=rule,
        page=cells[0].page,
        polygon=join_polygons(cells),
        line_ids=tuple(lines),
    )
