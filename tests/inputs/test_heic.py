"""A HEIC photograph is read with the extra, turned as EXIF says; without it the message names HEIC and the extra."""

from __future__ import annotations

import io
import sys

import pytest
from PIL import Image

from docpipe.errors import InputUnreadable, InputUnsupported
from docpipe.inputs.open import open_document

HEAD = b"\0\0\0\x18ftypheic" + b"\0" * 200


def photograph(orientation: int) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    image = Image.new("RGB", (320, 200), "white")
    image.paste("black", (0, 0, 80, 50))  # the top left corner as it was taken
    exif = image.getexif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    pillow_heif.register_heif_opener()  # the one that writes the turn into the container, as telephones do
    image.save(buffer, "HEIF", exif=exif.tobytes(), quality=90)
    return buffer.getvalue()


@pytest.mark.parametrize(("orientation", "size"), [(1, (320, 200)), (6, (200, 320)), (3, (320, 200))])
def test_a_photograph_is_turned_as_its_exif_says(orientation: int, size: tuple[int, int]) -> None:
    with open_document(photograph(orientation), name="IMG_0001.HEIC") as opened:
        assert (opened.media_type, opened.notes) == ("image/heic", ())
        (page,) = opened.pages()
    assert (page.width, page.height) == size
    corner = {1: page.image[10, 10], 6: page.image[10, -10], 3: page.image[-10, -10]}[orientation]
    assert corner.max() < 60


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(InputUnsupported, match=r"HEIC.*docpipe\[heic\]") as raised:
        open_document(HEAD, name="IMG_0001.HEIC")
    assert raised.value.code == "extra_missing", "which --resume tries again"


def test_a_damaged_photograph_is_said_to_be(tmp_path) -> None:
    pytest.importorskip("pillow_heif")
    with pytest.raises(InputUnreadable, match="damaged"):
        open_document(HEAD, name="IMG_0001.HEIC")
