"""The receipt that tests read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from docpipe.lab.synth.plain import draw_lines

RECEIPT = (
    "GREEN HARBOUR TRADING SDN BHD",
    "12, JALAN PELABUHAN 3",
    "40100 SHAH ALAM",
    "INVOICE NO: GH-20417",
    "DATE: 14/03/2018",
    "TEA BLACK 2 X 4.20      8.40",
    "RICE 5KG               10.00",
    "TOTAL RM               18.40",
    "CASH                   20.00",
    "CHANGE                  1.60",
)
"""An invented receipt."""


def draw(lines: Sequence[str] = RECEIPT, *, size: int = 24, width: int = 560) -> Image.Image:
    """Return a white page with one line of text below the other."""
    return draw_lines(lines, size=size, width=width)


def receipt_file(folder: Path, name: str = "receipt.png", lines: Sequence[str] = RECEIPT) -> Path:
    """Write a receipt in the format of its suffix and return where."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(lines).save(path)
    return path
