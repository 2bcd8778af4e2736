"""Writes the report of a folder of results: `report.html`, and in `report/` the documents' pages and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from docpipe.batch.journal import Journal
from docpipe.batch.results_folder import REPORT, anchor_of, stored_results
from docpipe.files.atomic import write_atomic
from docpipe.inputs.limits import InputLimits
from docpipe.report.document_view import view_document
from docpipe.report.overview import Card, Overview, card_of
from docpipe.report.pages import PageLinks, document_page, index_page
from docpipe.report.pictures import Picture, picture_pages
from docpipe.report.progress import moment_of, svg_of

FOLDER = "report"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the first page, documents, and how many of them have no picture."""

    page: Path
    documents: int
    without_picture: int


def write_report(
    out: Path,
    *,
    limits: InputLimits | None = None,
    timeline: Markup | None = None,
    pictures: bool = True,
    told: Callable[[int], None] = lambda count: None,
) -> Written:
    """Write the report of the results in `out`, with what people corrected; `told` hears of each document.

    Raises:
        UsageError: `out` holds no results.
        OSError: the report cannot be written.
    """
    folder = out / FOLDER
    entries = Journal(out).entries()
    shas = {output: entry.sha256 for entry in entries.values() for output in entry.outputs}
    cards: list[Card] = []
    overview, moments, pictured = Overview(), {}, {}
    for stored in stored_results(out, corrected=True):
        made: list[Picture] = []
        note = "pictures were not asked for"
        if pictures:
            sha256 = shas.get(stored.output, stored.result.document.sha256)
            made, note = picture_pages(stored.file, sha256, folder, limits)
        pages = {page.page for page in stored.result.pages}
        thumb = next((picture.thumb for picture in made if picture.page in pages), "")
        card = card_of(stored.result, anchor_of(stored.result.document.path), thumb)
        cards.append(card)
        overview.add(stored.result)
        moments[stored.output] = moment_of(stored.result)
        pictured[card.anchor] = (made, note)
        told(len(cards))
    cards.sort(key=lambda card: card.order)
    _write_documents(out, cards, pictured)
    order = {output: number for number, output in enumerate(shas)}
    in_time = [
        moments[output] for output in sorted(moments, key=lambda output: (order.get(output, len(order)), output))
    ]
    page = index_page(f"docpipe: {out.resolve().name}", cards, overview, svg_of(in_time), timeline)
    write_atomic(out / REPORT, page)
    return Written(out / REPORT, len(cards), sum(not made for made, _ in pictured.values()))


def _write_documents(out: Path, cards: Sequence[Card], pictured: Mapping[str, tuple[list[Picture], str]]) -> None:
    """Write a page for each document, linked to its neighbours among the cards; take away those of documents gone."""
    folder = out / FOLDER
    links = ["", *(f"{card.anchor}.html" for card in cards), ""]
    place = {card.anchor: number for number, card in enumerate(cards, 1)}
    for stored in stored_results(out, corrected=True):
        anchor = anchor_of(stored.result.document.path)
        if anchor not in place:  # written since
            continue
        view = view_document(stored.result, anchor, *pictured[anchor])
        before, after = links[place[anchor] - 1], links[place[anchor] + 1]
        page = document_page(view, PageLinks(f"../{REPORT}#{anchor}", before, after))
        write_atomic(folder / f"{anchor}.html", page, durable=False)
    for old in folder.glob("d-*.html"):
        if old.stem not in place:
            old.unlink(missing_ok=True)
