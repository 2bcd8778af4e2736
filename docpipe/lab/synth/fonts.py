"""Finds typefaces on the machine, and says which Debian packages hold those that are missing."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from PIL import ImageFont

from docpipe.errors import UsageError
from docpipe.lab.synth.text_widths import CJK_FAMILIES

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
PACKAGES = {
    "latin": "fonts-liberation, fonts-dejavu-core, fonts-dejavu-extra",
    "chinese": "fonts-wqy-zenhei, fonts-arphic-uming, fonts-arphic-ukai",
}

_FILES = {
    "sans": ("LiberationSans-Regular.ttf", "Arimo-Regular.ttf", "arial.ttf", "Arial.ttf", "DejaVuSans.ttf"),
    "sans-bold": ("LiberationSans-Bold.ttf", "Arimo-Bold.ttf", "arialbd.ttf", "Arial Bold.ttf", "DejaVuSans-Bold.ttf"),
    "serif": (
        "LiberationSerif-Regular.ttf",
        "Tinos-Regular.ttf",
        "times.ttf",
        "Times New Roman.ttf",
        "DejaVuSerif.ttf",
    ),
    "serif-bold": ("LiberationSerif-Bold.ttf", "Tinos-Bold.ttf", "timesbd.ttf", "DejaVuSerif-Bold.ttf"),
    "mono": ("LiberationMono-Regular.ttf", "Cousine-Regular.ttf", "cour.ttf", "DejaVuSansMono.ttf"),
    "mono-bold": ("LiberationMono-Bold.ttf", "Cousine-Bold.ttf", "courbd.ttf", "DejaVuSansMono-Bold.ttf"),
    "wide": ("DejaVuSans.ttf", "Verdana.ttf", "verdana.ttf"),
    "wide-bold": ("DejaVuSans-Bold.ttf", "Verdana Bold.ttf", "verdanab.ttf"),
    "narrow": ("DejaVuSansCondensed.ttf", "LiberationSansNarrow-Regular.ttf", "arialn.ttf"),
    "narrow-bold": ("DejaVuSansCondensed-Bold.ttf", "LiberationSansNarrow-Bold.ttf", "arialnb.ttf"),
    "slab": ("DejaVuSerif.ttf", "georgia.ttf", "Georgia.ttf"),
    "slab-bold": ("DejaVuSerif-Bold.ttf", "georgiab.ttf"),
    "cjk-sans": (
        "wqy-zenhei.ttc",
        "wqy-microhei.ttc",
        "NotoSansCJK-Regular.ttc",
        "DroidSansFallbackFull.ttf",
        "simhei.ttf",
        "PingFang.ttc",
    ),
    "cjk-serif": ("uming.ttc", "NotoSerifCJK-Regular.ttc", "simsun.ttc", "Songti.ttc"),
    "cjk-kai": ("ukai.ttc", "simkai.ttf", "Kaiti.ttc"),
}
_CJK_INDEX = {"NotoSansCJK-Regular.ttc": 2, "NotoSerifCJK-Regular.ttc": 2}
"""The simplified Chinese face of a collection, where it is not the first."""


class FontMissing(UsageError):
    """No typeface of the machine has the letters of a language."""


@cache
def find_fonts(folders: tuple[str, ...] = FOLDERS) -> dict[str, Path]:
    """Return every font file below the folders, by its name; the first folder that has it wins."""
    found: dict[str, Path] = {}
    for folder in folders:
        for place, _, names in sorted(os.walk(Path(folder).expanduser())):
            for name in sorted(names):
                if name.lower().endswith((".ttf", ".ttc", ".otf")):
                    found.setdefault(name, Path(place) / name)
    return found


def path_of(face: str, folders: tuple[str, ...] = FOLDERS) -> Path | None:
    """Return the file of a face ("sans-bold", "cjk-kai"), or of the nearest one there is; None without any.

    Raises:
        FontMissing: a Chinese face is asked for, and the machine has no Chinese font.
    """
    here = find_fonts(folders)
    chinese = face.startswith("cjk")
    wanted = [face, *(CJK_FAMILIES if chinese else (face.removesuffix("-bold"), "sans", "wide", "serif"))]
    for each in wanted:
        for name in _FILES.get(each, ()):
            if name in here:
                return here[name]
    if chinese:
        raise FontMissing(
            f"no Chinese font is installed: install one of the Debian packages {PACKAGES['chinese']}, or leave zh out "
            "of --language"
        )
    return None


@cache
def load(face: str, size: float, folders: tuple[str, ...] = FOLDERS) -> ImageFont.FreeTypeFont:
    """Load a face at a size in pixels; Latin letters fall back to the font that Pillow brings along.

    Raises:
        FontMissing: as `path_of` says, or Pillow has no FreeType.
    """
    path = path_of(face, folders)
    if path is not None:
        return ImageFont.truetype(path, size, index=_CJK_INDEX.get(path.name, 0), layout_engine=ImageFont.Layout.BASIC)
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise FontMissing(f"no font is installed: install the Debian packages {PACKAGES['latin']}")
    return font


@cache
def _blank(face: str, folders: tuple[str, ...]) -> bytes:
    return bytes(load(face, 24, folders).getmask("\U0010fffd"))


@cache
def has(face: str, character: str, folders: tuple[str, ...] = FOLDERS) -> bool:
    """Whether a face has a letter; what it does not have is drawn as the box of an unknown one."""
    if character.isspace():
        return True
    return bytes(load(face, 24, folders).getmask(character)) != _blank(face, folders)
