"""A sheet to draw a document on, which remembers the place of every line of text drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = {
    "sans": ("truetype/liberation2/LiberationSans-Regular.ttf", 0),
    "sans-bold": ("truetype/liberation2/LiberationSans-Bold.ttf", 0),
    "serif": ("truetype/liberation2/LiberationSerif-Regular.ttf", 0),
    "serif-bold": ("truetype/liberation2/LiberationSerif-Bold.ttf", 0),
    "mono": ("truetype/liberation2/LiberationMono-Regular.ttf", 0),
    "mono-bold": ("truetype/liberation2/LiberationMono-Bold.ttf", 0),
    "receipt": ("truetype/dejavu/DejaVuSansMono.ttf", 0),
    "receipt-bold": ("truetype/dejavu/DejaVuSansMono-Bold.ttf", 0),
    "song": ("opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    "song-bold": ("opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    "hei": ("opentype/noto/NotoSansCJK-Regular.ttc", 2),
}
NEEDS = "fonts-dejavu-core fonts-liberation2 fonts-noto-cjk"
FONT_ROOT = Path("/usr/share/fonts")


@cache
def font(name: str, size: float) -> ImageFont.FreeTypeFont:
    """Return a typeface at a size in pixels; the files come from the Debian packages in `NEEDS`."""
    path, index = FONTS[name]
    if not (FONT_ROOT / path).is_file():
        raise SystemExit(f"{FONT_ROOT / path} is missing. On Debian: apt-get install {NEEDS}")
    return ImageFont.truetype(str(FONT_ROOT / path), size, index=index)


@dataclass(frozen=True)
class Line:
    """One run of text: four points, clockwise from the text's top left, in pixels of its sheet."""

    text: str
    polygon: np.ndarray


@dataclass
class Sheet:
    """A grey or RGB page under construction."""

    width: int
    height: int
    paper: int | tuple[int, int, int] = 255
    lines: list[Line] = field(default_factory=list)
    image: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        mode = "L" if isinstance(self.paper, int) else "RGB"
        self.image = Image.new(mode, (self.width, self.height), self.paper)
        self.draw = ImageDraw.Draw(self.image)

    def text(self, x: float, y: float, text: str, face: str, size: float, anchor: str = "ls", ink: Any = 0) -> float:
        """Draw one run of text with its baseline at y; return where it ends on the right."""
        drawn = font(face, size)
        self.draw.text((x, y), text, font=drawn, anchor=anchor, fill=ink)
        x1, y1, x2, y2 = self.draw.textbbox((x, y), text, font=drawn, anchor=anchor)
        self.lines.append(Line(text, np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], dtype=float)))
        return float(x2)

    def block(self, x: float, y: float, texts: list[str], face: str, size: float, leading: float, **more: Any) -> float:
        """Draw texts below each other; return the baseline that would follow."""
        for text in texts:
            self.text(x, y, text, face, size, **more)
            y += leading
        return y

    def cells(
        self, y: float, columns: Sequence[tuple[float, str]], texts: Sequence[str], face: str, size: float
    ) -> None:
        """Draw one row of a table: each text at its column's place with its column's anchor."""
        for (x, anchor), text in zip(columns, texts, strict=True):
            self.text(x, y, text, face, size, anchor=anchor)

    def rule(self, x1: float, y1: float, x2: float, y2: float, width: int = 2, ink: Any = 0) -> None:
        self.draw.line((x1, y1, x2, y2), fill=ink, width=width)

    def dashes(self, y: float, left: float, right: float, dash: int = 9, gap: int = 6) -> None:
        """A rule made of dashes, as receipts have it; not a line of text."""
        for x in range(int(left), int(right), dash + gap):
            self.draw.line((x, y, min(x + dash, right), y), fill=0, width=2)

    def cropped(self, bottom: float) -> Sheet:
        """Return the sheet cut off below `bottom`."""
        cut = Sheet(self.width, int(bottom), self.paper, list(self.lines))
        cut.image.paste(self.image, (0, 0))
        return cut

    def pixels(self) -> np.ndarray:
        return np.asarray(self.image).astype(np.float32)


def moved(lines: list[Line], matrix: np.ndarray) -> list[Line]:
    """Return the lines where a 3 x 3 matrix puts them."""
    return [
        replace(line, polygon=cv2.perspectiveTransform(line.polygon.reshape(1, 4, 2), matrix).reshape(4, 2))
        for line in lines
    ]
