"""Small receipts drawn for a drill, so that one needs no documents and loads a slow machine no more than it must.

Plain Latin text in OpenCV's stroke font, which is part of the library: the same bytes wherever its version is the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import cv2
import numpy as np

from docpipe.inputs.source import Source

WIDTH, LINE, MARGIN = 224, 32, 12
SHOPS = ("CORNER CAFE", "NORTH BAKERY", "HARBOUR SHOP", "GREEN MARKET")


def draw_receipts(count: int, seed: int = 0) -> Iterator[Source]:
    """Yield `count` different receipts of three lines, 224 x 120 pixels: a shop, a date, a total."""
    for number in range(1, count + 1):
        draw = random.Random(f"receipts/{seed}/{number}")
        cents = draw.randint(150, 2999)
        date = f"{draw.randint(1, 28):02d}/{draw.randint(1, 12):02d}/2026"
        lines = (draw.choice(SHOPS), date, f"TOTAL {cents / 100:.2f}")
        yield Source.of_bytes(_png(lines), f"receipt-{number:05d}.png")


def _png(lines: tuple[str, ...]) -> bytes:
    page = np.full((2 * MARGIN + LINE * len(lines), WIDTH, 3), 255, np.uint8)
    for row, text in enumerate(lines):
        place = (MARGIN, MARGIN + LINE * row + 23)
        cv2.putText(page, text, place, cv2.FONT_HERSHEY_DUPLEX, 0.6, (20, 20, 20), 1, cv2.LINE_AA)
    return bytes(cv2.imencode(".png", page)[1])
