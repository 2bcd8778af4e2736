"""Made-up documents as training examples: what the generator knows of each character becomes what a cell must say."""

from __future__ import annotations

from random import Random

import numpy as np

from docpipe.document import Document, Page, TextLine
from docpipe.lab.synth import OcrLine, SynthDocument, as_ocr
from docpipe.lab.training.batches import Example
from docpipe.stages.key_fields.layout import Layout
from docpipe.stages.key_fields.learned.about import COLUMNS, PATHS
from docpipe.stages.key_fields.learned.features import Features

ITEM = "line_items."
SHARES = {"receipt": 8, "invoice": 8, "broadcast": 3, "vat_invoice": 2, "bill": 2, "sheet": 1, "order": 1, "parties": 5}
"""How many of each kind are made; receipts have few cells, and cost little."""


def document_of(made: SynthDocument, rng: Random, strength: float = 1.0) -> tuple[Document, dict[str, OcrLine]]:
    """Return a made-up document as a recogniser would have read it, and its lines by their ids; `strength` as there."""
    lines = as_ocr(made, rng, strength)
    pages, by_id = [], {}
    for number, (width, height) in enumerate(made.pages):
        own = [line for line in lines if line.page == number]
        texts = []
        for at, line in enumerate(own, start=1):
            by_id[f"{number + 1}-{at}"] = line
            texts.append(TextLine(f"{number + 1}-{at}", line.text, line.confidence, line.polygon))
        pages.append(Page(number + 1, width, height, lines=tuple(texts)))
    return Document(f"made-up {made.seed}", "", "", "", 0, len(pages), tuple(pages)), by_id


def example_of(made: SynthDocument, layout: Layout, units: Features, lines: dict[str, OcrLine]) -> Example:
    """Return what the network must say of each cell; every field that is not printed is known to be absent."""
    count = len(layout.cells)
    marks = np.zeros((count, len(PATHS)), dtype=np.float32)
    columns = np.zeros(count, dtype=np.int64)
    links = np.full((count, 2), -1, dtype=np.int64)
    labels: dict[int, int] = {}
    row_begins: dict[int, int] = {}
    for cell in layout.cells:
        for span in _spans(cell.line_ids, lines):
            if span.kind == "label" and span.link:
                labels.setdefault(span.link, cell.index)
            elif span.kind == "value" and span.field.startswith(ITEM) and span.row is not None:
                row_begins.setdefault(span.row, cell.index)
    for cell in layout.cells:
        for span in _spans(cell.line_ids, lines):
            if span.kind != "value":
                continue
            if span.field in PATHS:
                marks[cell.index, PATHS.index(span.field)] = 1.0
                if span.link in labels:
                    links[cell.index, 0] = labels[span.link]
            elif span.field.startswith(ITEM):
                column = span.field.removeprefix(ITEM)
                if column in COLUMNS and not columns[cell.index]:
                    columns[cell.index] = COLUMNS.index(column)
                if span.row is not None:
                    links[cell.index, 1] = row_begins[span.row]
    known = np.array([float(path not in made.fields or marks[:, n].any()) for n, path in enumerate(PATHS)], np.float32)
    place = np.full(count + 1, -1, dtype=np.int64)
    place[units.kept] = np.arange(len(units.kept))
    return Example(units, marks[units.kept], known, columns[units.kept], place[links[units.kept]])


def _spans(line_ids: tuple[str, ...], lines: dict[str, OcrLine]):  # type: ignore[no-untyped-def]
    for line in line_ids:
        yield from lines[line].spans
