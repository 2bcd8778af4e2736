"""Finds where one file holds several documents: on its pages one after the other, or side by side on one picture.

A second document is only believed when it has a head of its own and disagrees with the first about what no document has
two of: its number, or its total and its date. Pages that go on (a carry-over, `page 2 of 3`, the same number, terms and
appendices without a total) belong to the document before them.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from docpipe.document import Box, Document, Doubt, Page, TextLine, box_of, inverse, move_polygon, polygon_of
from docpipe.stages.text_lines.reading_order import skew
from docpipe.values.amounts import find_amounts
from docpipe.values.dates import find_dates
from docpipe.values.text import fold, letters_digits

REASON = "several_documents"
FEWEST_LINES = 4
"""A paper or part of a page with fewer lines is no document: a visiting card, a stub, a barcode."""
HEAD = 0.35
"""Share of a page's height from the top in which its number and its date of issue stand."""
CORRIDOR = 1.5
"""Usual heights of lines that part two documents on one page."""

LEVEL = math.radians(2)
"""A paper that leans less is taken as it lies."""
MOST_BANDS = 8
"""Empty bands that are tried; a page with more is a form."""

_NUMBER = re.compile(
    r"\b(?:(?:TAX |VAT )?INVOICE|BILL|RECEIPT|CREDIT NOTE|RECHNUNGS?|BELEG|GUTSCHRIFTS?|FACTURE|AVOIR"
    r"|FATTURA|FACTURA|FATURA|FACTUUR|FAKTUR[AY](?: VAT)?|REKENING)[ -]?"
    r"(?:(?:NUMBER|NUMMER|NUMERO|NO|NR|N°|NUM|#)[.:º°]*|[#:])\s*"
    r"(?P<value>(?:[A-Z]{1,3} (?=\d))?[A-Z0-9][A-Z0-9./-]*\d[A-Z0-9./-]*)?"
    r"|发票号码\s*[:：]?\s*(?P<chinese>\d{8,20})?"
)
_VALUE = re.compile(r"[#:]?\s*(?P<value>[A-Z0-9][A-Z0-9./-]*\d[A-Z0-9./-]*)")
_TITLE = re.compile(
    r"(?:TAX |VAT |COMMERCIAL |SALES )?(?:INVOICE|RECEIPT|CREDIT NOTE|RECHNUNG|QUITTUNG|GUTSCHRIFT|FACTURE|AVOIR"
    r"|FATTURA|FACTURA|FATURA|FACTUUR|FAKTURA(?: VAT)?)(?: (?:NO|NR|N)?[.#:º°]*\s*[A-Z0-9./-]*\d[A-Z0-9./-]*)?"
)
_TOTAL = re.compile(
    r"^(?:GRAND |INVOICE |AMOUNT |BALANCE )?"
    r"(?:TOTAL(?! (?:NET|HT|TAX|VAT|ITEMS?|QTY|EXCL|DISCOUNT|SAVED))|BALANCE DUE|AMOUNT DUE)"
    r"|^(?:GESAMTBETRAG|RECHNUNGSBETRAG|GESAMTSUMME|ENDBETRAG|SUMME|ZU ZAHLEN|NET A PAYER|TOTALE|IMPORTE TOTAL"
    r"|TOTAAL|TE BETALEN|RAZEM|DO ZAPLATY)\b|^(?:价税合计|合计|总计)"
)
_PAGE = re.compile(
    r"(?:\b(?:PAGE|SEITE|BLATT|PAGINA|PAG|STRONA|SIDE|FOLIO)\.?\s*(?:NO\.?\s*)?(\d{1,3})\s*(?:OF|VON|DE|DI|SUR|VAN|Z|/)\s*(\d{1,3})\b)"
    r"|第\s*(\d{1,3})\s*页\s*[,，/]?\s*共\s*(\d{1,3})\s*页"
)
_CARRIED = re.compile(
    r"\b(?:UBERTRAG|UEBERTRAG|CARRIED (?:FORWARD|OVER)|BROUGHT FORWARD|CARRY ?OVER|A REPORTER|REPORT DE LA PAGE"
    r"|A RIPORTARE|RIPORTO|SUMA Y SIGUE|TRANSPORTE|CONTINUED|FORTSETZUNG|SUITE)\b"
)


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """One of several documents: whole pages, or a box on one page, in pixels of the page as it was read."""

    pages: tuple[int, ...]
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a page or a part of one says that no document says twice."""

    number: str
    titled: bool
    totals: frozenset[str]
    dates: frozenset[str]
    head: str
    page: tuple[int, int] | None
    goes_on: bool

    @property
    def complete(self) -> bool:
        """Whether it has what makes a document: a total, and a date or a number."""
        return bool(self.totals and (self.dates or self.number))


def find_parts(document: Document) -> tuple[DocumentPart, ...]:
    """Return the documents that a file holds, in order; none where it is one."""
    if not document.pages:
        return ()
    if len(document.pages) == 1:
        return _on_one_page(document.pages[0])
    return _on_pages(document.pages)


def part_of(document: Document, part: DocumentPart, number: int) -> Document:
    """Return one of a file's documents, the `number`th (from 1), with what was read on its pages or in its box.

    It is called `<file>#p3-4` by its pages, or `<file>#2` where it shares one with others.
    """
    pages = _pages_of(document, part)
    name = f"p{_range(part.pages)}" if part.box is None else str(number)
    return Document(
        document.id, f"{document.path}#{name}", document.sha256, document.media_type, document.bytes, len(pages),
        tuple(pages),
    )  # fmt: skip


def without_neighbours(document: Document, parts: Sequence[DocumentPart]) -> Document:
    """Return a file whose documents share a picture with what is read in the first one's box only.

    Lines at one height on two papers would else make one row. Whole pages are kept: their rows do not meet.
    """
    if not parts or parts[0].box is None:
        return document
    return document.with_pages(_pages_of(document, parts[0]))


def _pages_of(document: Document, part: DocumentPart) -> list[Page]:
    pages = [page for page in document.pages if page.number in part.pages]
    if part.box is None:
        return pages
    (page,), box = pages, part.box
    tables = tuple(table for table in page.tables if _holds(box, box_of(table.polygon)))
    return [replace(page, lines=tuple(line for line in page.lines if _inside(line, box)), tables=tables)]


def doubt_about(document: Document, parts: Sequence[DocumentPart]) -> Doubt:
    """Return what to tell a reader of the result: how many documents there are, and where."""
    if parts[0].box is None:
        places = ", ".join(_range(part.pages) for part in parts)
        message = f"The file seems to hold {len(parts)} documents: pages {places}."
    else:
        page = next(page for page in document.pages if page.number == parts[0].pages[0])
        back = inverse(page.transform)
        boxes = [box_of(move_polygon(polygon_of(part.box), back)) for part in parts if part.box]
        places = ", ".join(str([round(value) for value in box]) for box in boxes)
        message = (
            f"Page {page.number} seems to show {len(parts)} documents, in the boxes {places}; the first one is read."
        )
    return Doubt("document", REASON, message)


def _range(pages: Sequence[int]) -> str:
    return f"{pages[0]}-{pages[-1]}" if len(pages) > 1 else str(pages[0])


def _on_pages(pages: Sequence[Page]) -> tuple[DocumentPart, ...]:
    starts = [0]
    known = _facts(pages[0].lines, pages[0].height)
    for n, page in enumerate(pages[1:], start=1):
        facts = _facts(page.lines, page.height)
        if _begins(known, facts):
            starts.append(n)
            known = facts
        else:
            known = _Facts(
                known.number or facts.number, known.titled or facts.titled, known.totals | facts.totals,
                known.dates | facts.dates, known.head, facts.page or known.page, False,
            )  # fmt: skip
    if len(starts) == 1:
        return ()
    ends = [*starts[1:], len(pages)]
    return tuple(DocumentPart(tuple(page.number for page in pages[a:b])) for a, b in zip(starts, ends, strict=True))


def _begins(before: _Facts, here: _Facts) -> bool:
    """Tell whether a page begins another document than the pages before it."""
    if here.goes_on or (here.page is not None and here.page[0] > 1):
        return False
    if _counts_anew(before, here):
        return True
    if not (before.complete and here.complete):
        return False
    if before.page is not None and before.page[0] < before.page[1]:
        return False  # the one before says that more of its pages follow
    apart = not here.totals & before.totals and not here.dates & before.dates
    if here.number and before.number:
        headed = here.titled or here.page is not None or here.head == before.head
        return here.number != before.number and (headed or apart)
    return apart


def _counts_anew(before: _Facts, here: _Facts) -> bool:
    """Tell whether page 1 of several follows the last page of another number; its total stands on a page to come."""
    if before.page is None or here.page is None or before.page[0] < before.page[1] or here.page[0] != 1:
        return False
    return bool(here.titled and here.number and before.number and here.number != before.number)


def _on_one_page(page: Page) -> tuple[DocumentPart, ...]:
    groups = _by_paper(page)
    if not (groups and (_are_documents(groups) or _lies_across(groups))):
        groups = _by_gaps(page.lines)
    if len(groups) < 2:
        return ()
    boxes = list(page.papers) if len(page.papers) == len(groups) else [_around(lines) for lines in groups]
    return tuple(DocumentPart((page.number,), box) for box in boxes)


def _by_gaps(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Return the lines of each document on a page that empty bands part, in order; all of them where it is one."""
    groups = next((halves for halves in _by_gap(lines) if _are_documents(halves)), None)
    return [part for half in groups for part in _by_gaps(half)] if groups else [list(lines)]


def _are_documents(groups: Sequence[Sequence[TextLine]]) -> bool:
    """Tell whether each group of lines has what makes a document, and no two are the same one.

    Where one of them has a title or number, all have: the foot of an invoice may hold a sum and a date as well.
    """
    facts = [_facts(lines, _height(lines)) for lines in groups]
    named = {bool(each.titled or each.number) for each in facts}
    return (
        len(named) == 1
        and all(each.complete for each in facts)
        and all(_differ(one, other) for n, one in enumerate(facts) for other in facts[n + 1 :])
    )


def _differ(one: _Facts, other: _Facts) -> bool:
    """Tell whether two parts of a page are two documents; a copy and a card's slip have the same total."""
    if one.number and other.number:
        return one.number != other.number
    return not one.totals & other.totals and (not one.dates & other.dates or one.head != other.head)


def _by_paper(page: Page) -> list[list[TextLine]]:
    groups = [[line for line in page.lines if _inside(line, paper)] for paper in page.papers]
    return groups if len(groups) > 1 and all(len(lines) >= FEWEST_LINES for lines in groups) else []


def _lies_across(groups: Sequence[Sequence[TextLine]]) -> bool:
    """Tell whether one paper is a document and another lies across it, so that its lines cannot be read as they are."""
    upright = [lines for lines in groups if not _is_across(lines)]
    return 0 < len(upright) < len(groups) and any(_facts(lines, _height(lines)).complete for lines in upright)


def _is_across(lines: Sequence[TextLine]) -> bool:
    tall = sum(y2 - y1 > 1.3 * (x2 - x1) for x1, y1, x2, y2 in (line.box for line in lines))
    return 2 * tall > len(lines)


def _by_gap(lines: Sequence[TextLine]) -> Iterator[list[list[TextLine]]]:
    """Yield the lines on both sides of each wide empty band down or across the page, the widest first."""
    if len(lines) < 2 * FEWEST_LINES:
        return
    height = statistics.median(line.box[3] - line.box[1] for line in lines)
    bands = []
    for low, high in ((0, 2), (1, 3)):
        ordered = sorted(lines, key=lambda line: line.box[low])
        end = ordered[0].box[high]
        for n, line in enumerate(ordered[1:], start=1):
            gap = line.box[low] - end
            if gap > CORRIDOR * height and min(n, len(ordered) - n) >= FEWEST_LINES:
                bands.append((low, -gap, frozenset(line.id for line in ordered[:n])))
            end = max(end, line.box[high])
    for _, _, before in sorted(bands, key=lambda band: band[:2])[:MOST_BANDS]:
        yield [[line for line in lines if line.id in before], [line for line in lines if line.id not in before]]


def _inside(line: TextLine, box: Box) -> bool:
    return _holds(box, line.box)


def _holds(box: Box, other: Box) -> bool:
    x1, y1, x2, y2 = other
    return box[0] <= (x1 + x2) / 2 <= box[2] and box[1] <= (y1 + y2) / 2 <= box[3]


def _around(lines: Sequence[TextLine]) -> Box:
    return box_of([corner for line in lines for corner in line.polygon])


def _height(lines: Sequence[TextLine]) -> float:
    box = _around(lines)
    return box[3] - box[1]


def _level(lines: Sequence[TextLine]) -> Sequence[TextLine]:
    """Return the lines of a paper that lies aslant as they stand on it upright, so that rows are rows."""
    lean = skew([line.polygon for line in lines])
    if abs(lean) < LEVEL:
        return lines
    sine, cosine = math.sin(-lean), math.cos(-lean)
    turn = (cosine, sine, -sine, cosine, 0.0, 0.0)
    return [replace(line, polygon=polygon_of(box_of(move_polygon(line.polygon, turn)))) for line in lines]


def _facts(lines: Sequence[TextLine], height: float) -> _Facts:
    lines = _level(lines)
    folded = [fold(line.text) for line in lines]
    top = min((line.box[1] for line in lines), default=0.0)
    early = [n for n, line in enumerate(lines) if line.box[1] - top <= max(HEAD * height, 1.0)]
    page = next((_page_of(text) for text in folded if _PAGE.search(text)), None)
    first = sorted(early, key=lambda n: lines[n].box[1])[:2]
    return _Facts(
        number=_number(lines, folded),
        titled=any(_TITLE.fullmatch(folded[n].strip(" :.")) for n in early),
        totals=_totals(lines, folded),
        dates=frozenset(date.iso() for text in folded for date in find_dates(text, compact=False)),
        head=" ".join(letters_digits(lines[n].text) for n in first),
        page=page,
        goes_on=any(_CARRIED.search(folded[n]) for n in early),
    )


def _page_of(text: str) -> tuple[int, int] | None:
    match = _PAGE.search(text)
    if match is None:
        return None
    here, last = (int(value) for value in match.groups() if value is not None)
    return (here, last) if 1 <= here <= last else None


def _number(lines: Sequence[TextLine], folded: Sequence[str]) -> str:
    """Return the document's own number, beside its label, to its right, or below it."""
    for n, text in enumerate(folded):
        match = _NUMBER.search(text)
        if match is None:
            continue
        value = match["value"] or match["chinese"]
        if value is None and not text[match.end() :].strip(" .:#"):
            value = next(
                (v["value"] for other in _near(lines, n) if (v := _VALUE.fullmatch(folded[other].strip()))), None
            )
        if value:
            return letters_digits(value)
    return ""


def _totals(lines: Sequence[TextLine], folded: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for n, text in enumerate(folded):
        if _TOTAL.search(text.strip(" *:-")):
            amounts = find_amounts(lines[n].text, spaces_group=True) or [
                amount for other in _right_of(lines, n) for amount in find_amounts(lines[other].text, spaces_group=True)
            ]
            found.update(amount.value for amount in amounts[-1:])
    return frozenset(found)


def _near(lines: Sequence[TextLine], n: int) -> list[int]:
    return [*_right_of(lines, n)[:1], *_below(lines, n)[:1]]


def _right_of(lines: Sequence[TextLine], n: int) -> list[int]:
    """Return the lines to the right of a line, the nearest first; a paper may lie aslant by a few degrees."""
    _, y1, x2, y2 = lines[n].box
    high, middle = y2 - y1, (y1 + y2) / 2
    found = []
    for other, line in enumerate(lines):
        a, b, _, d = line.box
        gap = a - x2
        if other != n and gap > -high and abs((b + d) / 2 - middle) < 0.6 * high + 0.06 * max(gap, 0.0):
            found.append((gap, other))
    return [other for _, other in sorted(found)]


def _below(lines: Sequence[TextLine], n: int) -> list[int]:
    x1, y1, x2, y2 = lines[n].box
    high = y2 - y1
    found = [
        (line.box[1] - y2, other)
        for other, line in enumerate(lines)
        if other != n and -0.3 * high < line.box[1] - y2 < 1.5 * high and line.box[0] < x2 and line.box[2] > x1
    ]
    return [other for _, other in sorted(found)]
