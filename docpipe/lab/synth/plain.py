"""Plain receipts: lines of text on white, for a drill that needs no documents and for tests.

The font is the one that Pillow carries: the same pixels wherever its version is the same, and no font to install.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from random import Random

from PIL import Image, ImageDraw, ImageFont

from docpipe.inputs.source import Source

SHOPS = ("CORNER CAFE", "NORTH BAKERY", "HARBOUR SHOP", "GREEN MARKET")
SMALL = (18, 224)
"""Text size and page width of the receipts of a drill, in pixels: they load a slow machine no more than they must."""


def draw_lines(lines: Sequence[str], *, size: int = 24, width: int = 560) -> Image.Image:
    """Return a white page of `width` pixels, with one line of text of `size` pixels below the other."""
    leading, top = size * 5 // 3, size * 5 // 6
    image = Image.new("RGB", (width, leading * len(lines) + 2 * top), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    for number, line in enumerate(lines):
        pen.text((size, top + number * leading), line, fill="black", font=font)
    return image


def draw_receipts(count: int, seed: int = 0) -> Iterator[Source]:
    """Yield `count` different receipts of three lines as PNG: a shop, a date, a total."""
    size, width = SMALL
    for number in range(1, count + 1):
        rng = Random(f"receipts/{seed}/{number}")
        cents = rng.randint(150, 2999)
        date = f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/2026"
        lines = (rng.choice(SHOPS), date, f"TOTAL {cents / 100:.2f}")
        page = io.BytesIO()
        draw_lines(lines, size=size, width=width).save(page, "PNG")
        yield Source.of_bytes(page.getvalue(), f"receipt-{number:05d}.png")
