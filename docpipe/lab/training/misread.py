"""Labelled documents as a recogniser might have read them: misread as made-up ones are, on a crooked page."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from docpipe.document import Document, Page, Polygon, TextLine
from docpipe.lab.synth.document import Run
from docpipe.lab.synth.ocr import draw_rates, read_runs
from docpipe.lab.synth.text_widths import ASCENT, DESCENT

SCANNED_SHARE = 0.5
"""How often a document is misread as scans are, else as digital pages are."""
CHINESE = range(0x4E00, 0xA000)


def misread_document(document: Document, rng: Random, strength: float = 1.0) -> Document:
    """Return the document as if read with errors: letters taken for others, lines lost, cut and joined, a leaning page.

    Lines get new ids. `strength` 1 is what real scans give.
    """
    rates = draw_rates(rng, scanned=rng.random() < SCANNED_SHARE, strength=strength)
    text = "".join(line.text for page in document.pages for line in page.lines)
    chinese = sum(ord(character) in CHINESE for character in text) > 0.1 * len(text)
    pages = []
    for page in document.pages:
        runs = [_run(line, page.number - 1) for line in page.lines]
        lines = read_runs(runs, (page.width, page.height), rates, rng, chinese=chinese, strength=strength)
        texts = [
            TextLine(f"{page.number}-{at}", line.text, line.confidence, line.polygon)
            for at, line in enumerate(lines, start=1)
        ]
        pages.append(_lean(replace(page, lines=tuple(texts)), rng, strength))
    return replace(document, pages=tuple(pages))


def _run(line: TextLine, page: int) -> Run:
    """Return a line as the run of text that would have been printed there; its meaning is sought afterwards."""
    x1, y1, x2, y2 = line.box
    size = (y2 - y1) / (ASCENT + DESCENT)
    return Run(line.text, (x1, y1, x2, y2), page, "sans", size, False, False, "", (), "black")


def _lean(page: Page, rng: Random, strength: float) -> Page:
    """Stretch a page a little, and let its rows run up or down."""
    stretch, lean = rng.uniform(0.9, 1.1), rng.gauss(0, 0.004) * strength

    def move(polygon: Polygon) -> Polygon:
        a, b, c, d = ((x, y * stretch + lean * x) for x, y in polygon)
        return a, b, c, d

    lines = tuple(replace(line, polygon=move(line.polygon)) for line in page.lines)
    return replace(page, height=round(page.height * stretch), lines=lines)
