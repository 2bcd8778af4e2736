"""Small JPEG pictures of the pages, made from the documents themselves, once for each content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pictures

from docpipe.errors import DocpipeError, PageUnreadable
from docpipe.files.atomic import atomic_path
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from docpipe.inputs.source import Source

LONGEST_SIDE, THUMB_SIDE = 1400, 260
QUALITY, THUMB_QUALITY = 68, 60
MOST_PAGES = 10
"""Pages pictured of one document."""
FOLDER = "pages"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page's picture: `file` and `thumb` below the report's folder."""

    page: int
    file: str
    thumb: str


def picture_pages(file: str, sha256: str, folder: Path, limits: InputLimits | None = None) -> tuple[list[Picture], str]:
    """Return pictures of a document's first pages, made where they are not there yet, or why there is none."""
    if not file:
        return [], "the document came from standard input, or its place is not known"
    names = f"{sha256[:16]}"
    made = sorted((folder / FOLDER).glob(f"{names}-[0-9]*.jpg"))
    if (folder / FOLDER / f"{names}.done").exists() and made:
        numbers = sorted(int(path.stem.rsplit("-", 1)[1]) for path in made if "t" not in path.stem.rsplit("-", 1)[1])
        return [_picture(names, number) for number in numbers], ""
    limits = (limits or InputLimits()).model_copy(update={"text_layer": "ignore", "pages": None})
    try:
        return _make(Path(file), sha256, names, folder, limits)
    except (DocpipeError, OSError, ValueError) as e:
        return [], str(e)
    except Exception as e:  # one document that nobody foresaw must not take the report of the others
        return [], f"{type(e).__name__}: {e}"


def _make(file: Path, sha256: str, names: str, folder: Path, limits: InputLimits) -> tuple[list[Picture], str]:
    pictures: list[Picture] = []
    with open_document(Source(file.name, file), limits) as opened:
        if opened.sha256 != sha256:
            return [], "the document was changed since it was read"
        for page in _first(opened.pages()):
            if isinstance(page, PageUnreadable) or page.image is None:
                continue
            picture = _picture(names, page.number)
            image = Pictures.fromarray(np.ascontiguousarray(page.image[:, :, ::-1]))
            for name, side, quality in (
                (picture.file, LONGEST_SIDE, QUALITY),
                (picture.thumb, THUMB_SIDE, THUMB_QUALITY),
            ):
                small = image.copy()
                small.thumbnail((side, side))
                with atomic_path(folder / name) as new:
                    small.save(new, "JPEG", quality=quality)
            pictures.append(picture)
    (folder / FOLDER / f"{names}.done").touch()
    return pictures, ""


def _first(pages: Iterator[Any]) -> Iterator[Any]:
    for count, page in enumerate(pages):
        if count == MOST_PAGES:
            return
        yield page


def _picture(names: str, page: int) -> Picture:
    return Picture(page, f"{FOLDER}/{names}-{page}.jpg", f"{FOLDER}/{names}-t{page}.jpg")
