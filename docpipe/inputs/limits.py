"""The bounds on what is read, and the sentence that each of them answers with when an input is over it.

Defaults fit A3 scans at 600 dpi and long receipts; everything above them is taken for a mistake or an attack until the
configuration says otherwise. All bounds are looked at before pixels are decoded.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from docpipe.errors import InputTooLarge, InputUnreadable

TextLayer = Literal["auto", "ignore", "require"]
EInvoice = Literal["auto", "ignore", "require"]

_PART = re.compile(r"(\d+)?(-)?(\d+)?")


def parse_pages(text: str) -> tuple[tuple[int, int | None], ...]:
    """Return the ranges in a selection such as `1-3,5,8-`, both ends included; None is the last page.

    Raises:
        ValueError: not a selection, or a range that runs backwards or starts before page 1.
    """
    ranges: list[tuple[int, int | None]] = []
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if not match or not any(match.group(1, 3)):
            raise ValueError(f"{part.strip()!r} is no page or range of pages; write for example 1-3,5,8-")
        first = int(match[1] or 1)
        last = int(match[3]) if match[3] else (None if match[2] else first)
        if first < 1 or (last is not None and last < first):
            raise ValueError(f"{part.strip()!r} does not run forward from page 1 or later")
        ranges.append((first, last))
    return tuple(ranges)


def select_pages(text: str, count: int) -> tuple[int, ...]:
    """Return the numbers (from 1) of the pages of a document of `count` pages that a selection names, in page order."""
    wanted = range(1, count + 1)
    if not text:
        return tuple(wanted)
    ranges = parse_pages(text)
    return tuple(n for n in wanted if any(a <= n and (b is None or n <= b) for a, b in ranges))


class InputLimits(BaseModel):
    """What may be read and how: the `input:` part of a configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = Field(default=256 << 20, gt=0)
    """Size of a file. It is held in memory while its pages are read."""
    max_pixels: int = Field(default=72_000_000, gt=0)
    """Width x height of a page: A3 at 600 dpi has 69.6 million. Each takes three bytes, twice while decoding."""
    max_side: int = Field(default=20_000, gt=0)
    """Width or height of a page in pixels: a receipt of 1.6 m at 300 dpi."""
    min_side: int = Field(default=8, ge=1)
    """No line of text is lower than this."""
    max_aspect_ratio: float = Field(default=50.0, ge=1)
    """Long side over short side; thin strips make detectors ask for gigabytes (PaddleOCR#7454, #3140)."""
    max_pages: int = Field(default=500, gt=0)
    """Pages read of one document. A longer one is refused unless `pages` selects no more than this many."""
    pages: str = ""
    """Which pages to read, such as `1-3,5,8-`; empty for all."""
    pdf_dpi: int = Field(default=200, ge=36, le=1200)
    """Resolution of PDF pages: print of 8 points comes out 22 pixels high, about half a recogniser's input of 48."""
    page_seconds: float = Field(default=60.0, gt=0)
    """Time that drawing one PDF page may take."""
    text_layer: TextLayer = "auto"
    """Whether a PDF's own text is used: where it covers what is seen, never, or always."""
    text_layer_cover: float = Field(default=0.95, ge=0, le=1)
    """Share of a page's small ink that its text layer must cover for `auto` to use it."""
    einvoice: EInvoice = "auto"
    """Whether the XML of an e-invoice is used: where it can be read, never, or always, so that others are refused."""
    split: Literal["off", "auto"] = "off"
    """`auto`: a file that holds several documents gives one result for each, too. `off`: that is only said."""
    follow_symlinks: bool = False
    """Whether a directory walk follows links that lead out of the directory."""

    @field_validator("pages")
    @classmethod
    def _pages_is_a_selection(cls, value: str) -> str:
        if value:
            parse_pages(value)
        return value

    def check_bytes(self, path: str, size: int, *, at_least: bool = False) -> None:
        """Raise InputTooLarge, or InputUnreadable for an empty file. `at_least`: no more than `size` was counted."""
        if size == 0:
            raise InputUnreadable(f"{path}: the file is empty. Copy or scan it again.")
        if size > self.max_bytes:
            counted = f"more than {self.max_bytes:,}" if at_least else f"{size:,}"
            raise InputTooLarge(
                f"{path}: {counted} bytes, over the bound of {self.max_bytes:,}. "
                "Raise input.max_bytes to read files of this size."
            )

    def check_size(self, path: str, width: int, height: int) -> None:
        """Check a page's pixels before anything of it is decoded.

        Raises:
            InputTooLarge: too many pixels, too long a side, or too thin a strip.
            InputUnreadable: too small to hold text.
        """
        short, long = sorted((width, height))
        what = f"{path}: {width} x {height} pixels"
        if width * height > self.max_pixels:
            raise InputTooLarge(
                f"{what} ({width * height / 1e6:.1f} million), over the bound of {self.max_pixels / 1e6:.1f} million. "
                "Scale the image down, or raise input.max_pixels."
            )
        if long > self.max_side:
            raise InputTooLarge(
                f"{what}, a side over the bound of {self.max_side}. Scale the image down, or raise input.max_side."
            )
        if short < self.min_side:
            raise InputUnreadable(
                f"{what}, a side under the bound of {self.min_side}: it holds no text. "
                "Lower input.min_side to read it all the same."
            )
        if long > self.max_aspect_ratio * short:
            raise InputTooLarge(
                f"{what}, {long / short:.0f} times as long as wide, over the bound of {self.max_aspect_ratio:g}. "
                "Cut the strip into pieces, or raise input.max_aspect_ratio."
            )

    def choose_pages(self, path: str, count: int, *, more: bool = False) -> tuple[int, ...]:
        """Return the numbers (from 1) of the pages to read. `more`: there are more than `count`, not counted further.

        Raises:
            InputTooLarge: more than `max_pages`; none of them is read, as a part would pass for the whole.
            InputUnreadable: no page, or none that `pages` selects.
        """
        if count == 0:
            raise InputUnreadable(f"{path}: the document has no pages.")
        chosen = select_pages(self.pages, count)
        if not chosen:
            raise InputUnreadable(f"{path}: it has {count} pages, and input.pages selects none of them ({self.pages}).")
        if len(chosen) > self.max_pages:
            raise InputTooLarge(
                f"{path}: {'more than ' if more else ''}{len(chosen) - more} pages to read, over the bound of "
                f"{self.max_pages}. Select some, as --pages 1-{self.max_pages} (input.pages), or raise input.max_pages."
            )
        return chosen
