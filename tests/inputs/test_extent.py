"""How large a document is, from headers alone."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import PIL.Image
import pypdfium2 as pdfium
import pytest

from docpipe.inputs.extent import Extent, measure_extent
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.pdf import PDFIUM
from docpipe.inputs.source import Source

LIMITS = InputLimits()


def image(width: int, height: int, kind: str = "PNG", pages: int = 1) -> bytes:
    file = io.BytesIO()
    drawn = [PIL.Image.new("RGB", (width, height), "white") for _ in range(pages)]
    drawn[0].save(file, kind, **({"save_all": True, "append_images": drawn[1:]} if pages > 1 else {}))
    return file.getvalue()


def pdf(pages: int) -> bytes:
    made, file = pdfium.PdfDocument.new(), io.BytesIO()
    for _ in range(pages):
        made.new_page(360, 720)
    made.save(file)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_an_image_tells_its_pixels_before_they_are_decoded(kind: str) -> None:
    data = image(300, 200, kind)
    assert measure_extent(data, LIMITS) == Extent(((300, 200),))


def test_a_header_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "cut.png"
    file.write_bytes(image(3000, 2000)[:200])  # nothing of its pixels is there
    assert measure_extent(file, LIMITS) == Extent(((3000, 2000),))
    assert measure_extent(Source.of_file(file), LIMITS) == Extent(((3000, 2000),))


def test_pages_of_tiff_and_pdf_are_counted_and_selected() -> None:
    assert measure_extent(image(300, 200, "TIFF", pages=3), LIMITS) == Extent(((300, 200),) * 3)
    assert measure_extent(pdf(30), LIMITS) == Extent(((1000, 2000),) * 30)
    chosen = measure_extent(pdf(30), InputLimits(pages="1-2,30"))
    assert chosen is not None
    assert len(chosen.pages) == 3


def test_pixels_in_memory_are_measured_as_they_are() -> None:
    assert measure_extent(np.zeros((20, 30, 3), np.uint8), LIMITS) == Extent(((30, 20),))
    assert measure_extent(PIL.Image.new("L", (30, 20)), LIMITS) == Extent(((30, 20),))


def test_what_cannot_be_known_at_once_is_not_known(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    for given in (pipe, tmp_path / "missing.png", tmp_path, b"", b"no picture", b"%PDF-1.7 broken", io.BytesIO(b"x")):
        assert measure_extent(given, LIMITS) is None
    assert measure_extent(image(300, 200), InputLimits(max_bytes=10)) is None


def test_a_stream_is_not_read() -> None:
    stream = io.BytesIO(image(300, 200))
    assert measure_extent(stream, LIMITS) is None
    assert stream.tell() == 0


def test_a_pdf_is_not_waited_for_while_another_one_is_drawn() -> None:
    import threading

    answers: list[Extent | None] = []
    with PDFIUM:
        asking = threading.Thread(target=lambda: answers.append(measure_extent(pdf_bytes, LIMITS)))
        asking.start()
        asking.join(60)
    assert answers == [None]


pdf_bytes = pdf(1)
