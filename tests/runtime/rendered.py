"""Lines and pages of text to read, drawn with Pillow's own font."""

from __future__ import annotations

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from docpipe.document import Image


def line(text: str, size: int = 30) -> Image:
    """Return a crop of one line of text, black on white."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    canvas = Pillow.new("RGB", (int(right - left) + 16, int(bottom - top) + 12), "white")
    ImageDraw.Draw(canvas).text((8 - left, 6 - top), text, fill="black", font=font)
    return np.ascontiguousarray(np.asarray(canvas)[..., ::-1])


def page(*texts: str, width: int = 600, height: int = 400) -> Image:
    """Return a page with one text a line."""
    canvas = Pillow.new("RGB", (width, height), "white")
    for row, text in enumerate(texts):
        ImageDraw.Draw(canvas).text((40, 40 + 70 * row), text, fill="black", font=ImageFont.load_default(30))
    return np.ascontiguousarray(np.asarray(canvas)[..., ::-1])
