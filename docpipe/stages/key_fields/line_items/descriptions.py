"""Which lines of words belong to which row of goods: those on it, below it, or above it, as the table has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.line_items.cell_values import GoodsItem, number_of
from docpipe.stages.key_fields.line_items.centred_rows import find_texts
from docpipe.stages.key_fields.line_items.pieces import Piece
from docpipe.stages.key_fields.line_items.table_rows import CLOSE, Body, BodyRow
from docpipe.stages.key_fields.line_items.vocabulary import NUMERIC, goes_on, is_note, is_taken_off, plain_headings
from docpipe.values.amounts import to_decimal
from docpipe.values.text import squash

FAR = 2.6
"""A number this many line heights below its row belongs to none."""
TIGHT = 0.9
"""Lines of one text stand closer than this many line heights."""
DOUBT = 0.15
"""Gaps that differ by less, in line heights, say nothing."""
_CODE = re.compile(r"(?=[^\s]*\d)[A-Z\u00c0-\u00dd0-9][A-Z\u00c0-\u00dd0-9./\-]{2,}")
_TOLD = re.compile(r"[^\W\d][^:]{1,24}\s?:\s*\S")
_CODE_LINE = re.compile(r"(?P<label>[^\d:：]{2,24}?)\s?[:：.]{0,2}\s?(?P<code>(?=\S*\d)[A-Z0-9][A-Z0-9./\-]{2,24})")
_SIZE_LINE = re.compile(r"(?=\S*\d)\S{1,9}(?:\s\S{1,5})?")
SLACK = 0.5
"""A line that ends so near to the next column, in line heights, is full."""
REFERENCE = 10
"""A line that refers to another document names it within so many characters."""
NOTE_ROWS = 4
Anchor = Literal["top", "bottom", "middle"]
"""Where in its lines of words a row's numbers stand."""


def items_of(page: PageView, body: Body) -> list[GoodsItem]:
    """Return the goods of a table with their words; each line of words goes to one of them or to none."""
    rows = body.rows
    heads = [n for n, row in enumerate(rows) if row.role == "item"]
    if not heads:
        return []
    texts = find_texts(rows, heads)
    centred = texts.rows if texts is not None and texts.centred else None
    if centred is None:
        blocks = [([*above], [*below]) for above, below in _blocks(rows, heads, anchor_of(rows, heads))]
    else:
        blocks = [([*rows[centred[n].start : n]], [*rows[n + 1 : centred[n].stop]]) for n in heads]
    words_end = _words_end(body)
    items = []
    for head, (above, below) in zip(heads, blocks, strict=True):
        item = GoodsItem(
            rows[head].number, {n: list(p) for n, p in rows[head].placed.items() if n not in ("", "beside")}
        )
        _complete(item, rows[head], [*above[-1:], *below])
        if centred is None:
            item.words = list(
                _description(page, rows[head], above, below, words_end, texts.rows[head] if texts else None)
            )
        else:
            item.words = [p for n in sorted({head, *centred[head]}) for p in rows[n].placed.get("description", ())]
        _take_code(item)
        _take_told_code(page, item)
        _take_notes(page, item, below)
        _take_factor(page, item)
        item.discounts = [
            piece
            for row in below
            if row.role == "below" and any(is_taken_off(p.cell.folded) for ps in row.placed.values() for p in ps)
            for pieces in row.placed.values()
            for piece in pieces
            if piece.number
        ]
        items.append(item)
    return items


def _take_code(item: GoodsItem) -> None:
    """Take a code that stands alone on the first line, above the name, for the article's number."""
    first = item.words[0] if item.words else None
    if first is None or len(item.words) < 2 or not _CODE.fullmatch(first.text):
        return
    rest = item.words[1:]
    if rest[0].cell.row != first.cell.row and any(sum(c.isalpha() for c in p.text) >= 3 for p in rest):
        item.words = rest
        item.cells.setdefault("product_code", [first])


def _take_told_code(page: PageView, item: GoodsItem) -> None:
    """Take a line that tells the article's number (`GTIN 96983`), in its row or below its name, out of its words."""
    known = plain_headings(page.compiled)
    if len(item.words) < 2 or "product_code" in item.cells:
        return
    for piece in item.words:
        told = _CODE_LINE.fullmatch(piece.text.strip())
        if told is not None and known.get(squash(told["label"])) == "product_code":
            item.words = [word for word in item.words if word is not piece]
            item.known.setdefault("product_code", (told["code"], [piece]))
            return


def _take_factor(page: PageView, item: GoodsItem) -> None:
    """Take a number among the words for the quantity or price that is missing, where the amount proves it."""
    missing = {"quantity", "unit_price"} - item.cells.keys()
    amount = item.cells.get("net_amount") or item.cells.get("gross_amount")
    if len(missing) != 1 or not amount:
        return
    (name,) = missing
    (other,) = {"quantity", "unit_price"} - missing
    numbers = page.numbers

    def number(pieces: Sequence[Piece]) -> Decimal:
        return to_decimal(number_of(" ".join(p.text for p in pieces), name, numbers)[0]) or Decimal(0)

    for piece in item.words:
        if piece.number and piece.cell.row == amount[0].cell.row:
            product = number([piece]) * number(item.cells[other])
            if product and abs(product - number(amount)) <= CLOSE:
                item.cells[name] = [piece]
                item.words = [word for word in item.words if word is not piece]
                return


def anchor_of(rows: Sequence[BodyRow], heads: Sequence[int]) -> Anchor:
    """Say where a table's numbers stand in their lines of words: decided once, by how most of its rows are spaced."""
    own = sum(1 for n in heads if _has_words(rows[n])) / len(heads)
    before = _chain(rows, range(heads[0] - 1, -1, -1), rows[heads[0]])
    after = _chain(rows, range(heads[-1] + 1, len(rows)), rows[heads[-1]])
    up = down = held = 0
    for a, b in pairwise(heads):
        between = [rows[n] for n in range(a + 1, b) if _speaks(rows[n])]
        if not between or rows[a].page != rows[b].page:
            continue
        held += 1
        gap_up, gap_down = between[0].top - rows[a].bottom, rows[b].top - between[-1].bottom
        slack = DOUBT * rows[a].height
        up += gap_up < gap_down - slack
        down += gap_down < gap_up - slack
    if own < 0.5:
        return "bottom" if before and down >= up else "top"
    if before and down > up:
        return "bottom"
    if before and not after and held and up <= down:
        return "bottom"
    if before and after and held and up == down == 0:
        return "middle"
    return "top"


def _speaks(row: BodyRow) -> bool:
    return row.role == "words" and bool(row.placed.get("description"))


def _has_words(row: BodyRow) -> bool:
    """Say whether a row has words of its own, and not only a code, a price or a count where words stand."""
    return any(not p.number and not _CODE.fullmatch(p.text) for p in row.placed.get("description", ()))


def _chain(rows: Sequence[BodyRow], numbers: range, head: BodyRow) -> list[BodyRow]:
    """Return the lines of words that follow each other closely from a row of goods, upwards or downwards."""
    found: list[BodyRow] = []
    last = head
    for n in numbers:
        row = rows[n]
        gap = max(row.top - last.bottom, last.top - row.bottom)
        if row.page != head.page or not _speaks(row) or gap > TIGHT * row.height:
            break
        found.append(row)
        last = row
    return found


def _blocks(
    rows: Sequence[BodyRow], heads: Sequence[int], anchor: Anchor
) -> list[tuple[Sequence[BodyRow], Sequence[BodyRow]]]:
    """Return for each row of goods the rows above and below that may belong to it."""
    bounds = [-1, *heads, len(rows)]
    above: list[Sequence[BodyRow]] = []
    below: list[Sequence[BodyRow]] = []
    for k in range(len(bounds) - 1):
        between = rows[bounds[k] + 1 : bounds[k + 1]]
        if anchor == "top" or k == len(bounds) - 2:
            cut = len(between)
        elif anchor == "bottom" or k == 0:
            cut = 0
        else:
            gaps = [b.top - a.bottom for a, b in pairwise(between)]
            cut = gaps.index(max(gaps)) + 1 if gaps and max(gaps) > min(gaps) else (len(between) + 1) // 2
        below.append(between[:cut])
        above.append(between[cut:])
    if anchor == "bottom":
        below = [[r for r in part if r.role == "below" or r.numbers] for part in below]
    return [(above[k], below[k + 1]) for k in range(len(heads))]


def _complete(item: GoodsItem, head: BodyRow, near: Sequence[BodyRow]) -> None:
    """Take in numbers that stand a little below (or beside, in a row of their own), and codes of the lines below."""
    for row in near:
        if row.page != head.page or row.role != "words":
            continue
        off = max(row.top - head.bottom, head.top - row.bottom)
        above = row.bottom <= head.top + 0.5 * head.height
        for name, pieces in row.placed.items():
            if name in NUMERIC:
                if name not in item.cells and off < (0.4 if above else FAR) * row.height:
                    item.cells[name] = list(pieces)
            elif (
                name in ("product_code", "specification", "unit") and name not in item.cells and off < FAR * row.height
            ):
                item.cells[name] = list(pieces)


def _words_end(body: Body) -> float:
    """Return where the column right of the words begins; a line beyond it is a note across the columns."""
    words = next((c for c in body.columns if c.name == "description"), None)
    if words is None:
        return float("inf")
    right = [min(c.x1, c.left) if c.left is not None else c.x1 for c in body.columns if c.x1 > words.x2 and c.name]
    return min(right, default=float("inf"))


def _description(
    page: PageView,
    head: BodyRow,
    above: Sequence[BodyRow],
    below: Sequence[BodyRow],
    words_end: float,
    text: range | None = None,
) -> list[Piece]:
    """Return the words of a row of goods: lines close above, those in it, lines close below until a note or gap."""
    own = list(head.placed.get("description", ()))
    first: list[Piece] = []
    last_top, height = head.top, head.height
    for row in reversed(above):
        gap = last_top - row.bottom
        limit = TIGHT if own or first else FAR
        if row.page != head.page or not _speaks(row) or gap > limit * height:
            break
        folded = row.placed["description"][0].cell.folded
        if is_note(folded) or _refers(page, folded):
            continue
        pieces = row.placed["description"]
        named = own and not first and not _CODE_LINE.fullmatch(own[0].text.strip())
        if named and not (_is_full(pieces, own, words_end) or _ends_open(pieces[-1].text, own[0].text)):
            break  # the name of a group
        first = [*row.placed["description"], *first]
        last_top = row.top
    return [*first, *own, *_below(page, head, own or first, below, words_end, len(text) - 1 if text else 0)]


def _refers(page: PageView, folded: str) -> bool:
    """Say whether a line names another document with its number or date: `Rif. DDT n. 311 del 28/04/2026`."""
    found = page.compiled.shared.other_documents.search(folded)
    return found is not None and found.start() < REFERENCE and any(c.isdigit() for c in folded[found.end() :])


def _below(
    page: PageView, head: BodyRow, own: Sequence[Piece], below: Sequence[BodyRow], words_end: float, sure: int = 0
) -> Iterator[Piece]:
    """Yield the lines below that go on with the words: the line before was full, or its sentence plainly goes on.

    The next `sure` lines stand with it apart from the other rows, and go on with it in any case.
    """
    skip = page.compiled.items_skip
    plain = bool(own) and skip is not None and skip.search(own[0].cell.folded) is not None
    last: Sequence[Piece] = own
    wrapped = False
    for number, row in enumerate(below):
        if row.page != head.page or row.role == "sum" or (row.role == "below" and last):
            return
        pieces = row.placed.get("description", ())
        if row.role == "below" or not pieces:
            continue
        text = " ".join(piece.cell.folded for piece in pieces)
        note = not plain and (
            not any(c.isalpha() for c in text)
            or is_note(text)
            or _refers(page, text)
            or _TOLD.match(text) is not None
            or (skip is not None and bool(skip.search(text)))
        )  # where the first line is one of these, all of them are the description
        off = abs(pieces[0].x1 - last[0].x1) if last else 0.0
        if note and last and off < 2 * row.height:
            return
        if note or off > 2.0 * row.height:
            continue
        top = min(piece.cell.box[1] for piece in pieces)
        if not last:
            if top - head.bottom > FAR * row.height:
                return
        else:
            if top - max(p.cell.box[3] for p in last) > TIGHT * row.height:
                return
            if pieces[0].x2 > words_end + 2 * row.height:
                return
            wrapped = wrapped or _is_full(last, pieces, words_end) or _CODE.fullmatch(last[0].text) is not None
            if not (plain or wrapped or number < sure or _runs_on(last[-1].text, pieces[0].text)):
                return
        yield from pieces
        last = pieces


def _is_full(line: Sequence[Piece], following: Sequence[Piece], words_end: float) -> bool:
    """Say whether the first word of the next line would not have fitted on this one."""
    first = following[0]
    share = len(first.text.split()[0]) / max(1, len(first.text))
    needed = share * (first.x2 - first.x1) + 0.4 * first.height
    return line[-1].x2 + needed > words_end - SLACK * first.height


def _ends_open(line: str, following: str) -> bool:
    """Say whether a line ends in a sign that something follows, or the next begins in small letters."""
    return line.rstrip()[-1:] in ",-–&+/(" or following[:1].islower()


def _runs_on(line: str, following: str) -> bool:
    """Say whether a text goes on in the next line: a comma or hyphen ends it, or the next begins in small letters."""
    if line.rstrip()[-1:] in ",-–&+/(" or goes_on("".join(line.split()[-1:])):
        return True
    start = following.lstrip()
    if start[:1].isdigit() and not _SIZE_LINE.fullmatch(start):
        return True  # `12 x 1,0 l PET`
    return start[:1].islower() and start[:2].isalpha() and not line.isupper()


def _take_notes(page: PageView, item: GoodsItem, below: Sequence[BodyRow]) -> None:
    """Take the article's number, or its size, from a line of its own below the name."""
    used = {piece.cell.index for piece in item.words}
    known = plain_headings(page.compiled)
    for row in below[:NOTE_ROWS]:
        pieces = row.placed.get("description", ())
        if row.role == "sum" or len(pieces) != 1 or pieces[0].cell.index in used:
            continue
        (piece,) = pieces
        told = _CODE_LINE.fullmatch(piece.text.strip())
        if told is not None and "product_code" not in item.cells and known.get(squash(told["label"])) == "product_code":
            item.known.setdefault("product_code", (told["code"], [piece]))
        elif _SIZE_LINE.fullmatch(piece.text.strip()) and "specification" not in item.cells:
            item.cells["specification"] = [piece]
