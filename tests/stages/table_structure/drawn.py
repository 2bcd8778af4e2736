"""Draws tables for tests with Pillow's own font, and knows the lines that stand on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from docpipe.document import Document, Page, TextLine, polygon_of

GOODS = (
    ("Pos", "Description", "Quantity", "Price", "Amount"),
    ("1", "Green tea", "2", "4.20", "8.40"),
    ("2", "Black rice, 5 kg", "10", "1.00", "10.00"),
    ("3", "Paper cups", "100", "0.05", "5.00"),
    ("4", "Delivery", "1", "7.50", "7.50"),
)
WIDTHS = (70, 260, 130, 110, 130)


def document(image: Image.Image | None, lines: Sequence[TextLine], size: tuple[int, int] = (900, 600)) -> Document:
    """Return a document of one page."""
    width, height = image.size if image else size
    pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1]) if image else None
    return Document("d", "d.png", "0", "image/png", 0, 1, (Page(1, width, height, pixels, lines=tuple(lines)),))


def line(number: int, text: str, x1: float, y1: float, x2: float, y2: float) -> TextLine:
    return TextLine(f"1-{number}", text, 0.9, polygon_of((x1, y1, x2, y2)))


def table(
    rows: Sequence[Sequence[str]] = GOODS,
    *,
    ruled: bool,
    whole_rows: bool = False,
    spans: Sequence[tuple[int, int, int]] = (),
    at: tuple[int, int] = (80, 120),
    size: tuple[int, int] = (900, 600),
) -> Document:
    """Return a page with one table; `spans` are (row, first column, last column) drawn as one cell.

    Args:
        ruled: every cell framed, else nothing but text.
        whole_rows: the finder saw each row as a single line.
    """
    image = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=20)
    lines: list[TextLine] = []
    top, step = at[1], 40
    for r, row in enumerate(rows):
        left, boxes = at[0], []
        for c, text in enumerate(row):
            last = next((b for i, a, b in spans if (i, a) == (r, c)), c)
            hidden = any(i == r and a < c <= b for i, a, b in spans)
            right = left + sum(WIDTHS[c : last + 1])
            if ruled and not hidden:
                pen.rectangle((left, top, right, top + step), outline="black", width=2)
            if text and not hidden:
                x1, y1, x2, y2 = pen.textbbox((left + 8, top + 8), text, font=font)
                pen.text((left + 8, top + 8), text, fill="black", font=font)
                boxes.append((text, x1 - 2, y1 - 3, x2 + 2, y2 + 3))
            left += WIDTHS[c]
        if whole_rows and boxes:
            low, high = min(b[2] for b in boxes), max(b[4] for b in boxes)
            boxes = [(" ".join(b[0] for b in boxes), boxes[0][1], low, boxes[-1][3], high)]
        lines += [line(len(lines) + k + 1, *box) for k, box in enumerate(boxes)]
        top += step
    return document(image, lines, size)


def texts(found: Document) -> list[list[str]]:
    """Return the only table's cells as rows of texts, spanned places left out."""
    (only,) = found.pages[0].tables
    return [[c.text for c in only.cells if c.row == r] for r in range(only.rows)]
