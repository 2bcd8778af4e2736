"""Renders text of the project's own to calibrate quantised models with: crops of lines, and whole pages.

No public data set is involved, and the same seed gives the same pixels with the same Pillow and numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from docpipe.document import Image

_WORDS = """
    Invoice Receipt Total Subtotal Amount Date No. Tax GST VAT Cash Change Qty Price Item Description Customer
    Address Rechnung Betrag Summe Netto Brutto MwSt Datum Kunde Straße Facture Montant Numéro Échéance Quantité
    Client TVA Street Road Avenue Jalan Taman Town City Tel Fax Email Thank you please come again Payment Due
    Balance Discount Round Adj Credit Card Bank IBAN BIC Account Order Ref Terms Page Supplier Delivery Service
    Unit Hours Parts Labour
""".split()  # noqa: SIM905 - a list of words reads better than a list of strings

_PAPERS = ((255, 255, 255), (250, 249, 244), (236, 236, 240), (224, 221, 214), (40, 44, 52))


def text_crops(count: int, seed: int = 20) -> list[Image]:
    """Return images of single lines, 12 to 64 px high: sharp or blurred, clean or noisy, some light on dark."""
    random = np.random.default_rng(seed)
    return [_crop(random) for _ in range(count)]


def text_pages(count: int, seed: int = 20, width: int = 640, height: int = 960) -> list[Image]:
    """Return receipt-like pages filled with lines, for detectors."""
    random = np.random.default_rng(seed)
    return [_page(random, width, height) for _ in range(count)]


def _crop(random: np.random.Generator) -> Image:
    size = int(random.integers(10, 44))
    paper, ink = _colours(random)
    font = ImageFont.load_default(size)
    text = _line(random)
    left, top, right, bottom = font.getbbox(text)
    pad_x, pad_y = int(random.integers(1, 5)), int(random.integers(1, 6))
    canvas = Pillow.new("RGB", (int(right - left) + 2 * pad_x, int(bottom - top) + 2 * pad_y), paper)
    ImageDraw.Draw(canvas).text((pad_x - left, pad_y - top), text, fill=ink, font=font)
    return _add_wear(np.asarray(canvas)[..., ::-1], random)


def _page(random: np.random.Generator, width: int, height: int) -> Image:
    paper, ink = _colours(random)
    canvas = Pillow.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(canvas)
    y = int(random.integers(10, 40))
    while y < height - 50:
        size = int(random.integers(11, 30))
        font = ImageFont.load_default(size)
        if random.random() < 0.1:
            draw.line((20, y, width - 20, y), fill=ink, width=1)
        else:
            draw.text((int(random.integers(10, width // 3)), y), _line(random), fill=ink, font=font)
            if random.random() < 0.5:
                draw.text((width - 6 * size, y), _number(random), fill=ink, font=font)
        y += size + int(random.integers(4, 26))
    return _add_wear(np.asarray(canvas)[..., ::-1], random)


def _line(random: np.random.Generator) -> str:
    parts = [
        _number(random) if random.random() < 0.35 else _pick(_WORDS, random) for _ in range(int(random.integers(1, 7)))
    ]
    text = " ".join(parts)
    return text.upper() if random.random() < 0.3 else text


def _number(random: np.random.Generator) -> str:
    kind = int(random.integers(0, 5))
    if kind == 0:
        return f"{random.integers(1, 99999) / 100:.2f}"
    if kind == 1:
        return f"{random.integers(1, 29):02d}/{random.integers(1, 13):02d}/{random.integers(2015, 2030)}"
    if kind == 2:
        return f"€ {random.integers(1, 9)}.{random.integers(100, 999)},{random.integers(10, 99)}"
    if kind == 3:
        return f"{_pick('ABCDEFGHJKLMNPQRSTUVWXYZ', random)}{random.integers(10000, 9999999)}"
    return f"({random.integers(10, 99)}) {random.integers(100, 999)}-{random.integers(1000, 9999)}"


def _pick(choices: Sequence[str], random: np.random.Generator) -> str:
    return choices[int(random.integers(0, len(choices)))]


def _colours(random: np.random.Generator) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    paper = _PAPERS[int(random.integers(0, len(_PAPERS)))]
    grey = int(random.integers(0, 110)) if sum(paper) > 380 else int(random.integers(190, 256))
    return paper, (grey, grey, grey)


def _add_wear(image: Image, random: np.random.Generator) -> Image:
    """Blur, add noise and lose contrast as a scanner does, each by chance."""
    pixels: NDArray[Any] = image.astype(np.float32)
    if random.random() < 0.5:
        pixels = cv2.GaussianBlur(pixels, (0, 0), float(random.uniform(0.4, 1.3)))
    if random.random() < 0.5:
        pixels += random.normal(0.0, float(random.uniform(2.0, 14.0)), pixels.shape)
    pixels = (pixels - 128.0) * float(random.uniform(0.6, 1.0)) + 128.0
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
