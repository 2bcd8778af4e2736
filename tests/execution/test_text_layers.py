"""A PDF is read as a viewer shows it, whatever its fonts say of themselves, with real models."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from docpipe import Pipeline
from docpipe.document import Document, Page, TextLine
from docpipe.execution.stage_call import StageCaller
from docpipe.execution.text_layers import MARGIN, TextLayers
from docpipe.result import Result
from tests.drawing import draw
from tests.inputs.hostile import encoded, form_pdf, pdf_of_objects

pytestmark = pytest.mark.models

LINES = ("Marlow Finch Ltd", "INVOICE", "Invoice number 20418", "Invoice date 14 March 2026", "Oak shelf 640.00",
         "Fitting 600.35", "Subtotal 1240.35", "VAT 248.07", "Total due 1488.42")  # fmt: skip


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline.from_config("invoice") as pipeline:
        yield pipeline


def lying_pdf(says: dict[str, str]) -> bytes:
    """Return a page that shows `LINES` and whose font says of some characters that they are others."""
    pairs = [(code, says.get(chr(code), chr(code))) for code in range(33, 127)]
    blocks = [pairs[n : n + 90] for n in range(0, len(pairs), 90)]
    maps = b" ".join(
        b"%d beginbfchar %s endbfchar"
        % (len(block), b" ".join(b"<%02X> <%s>" % (code, to.encode("utf-16-be").hex().encode()) for code, to in block))
        for block in blocks
    )
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def "
        b"1 begincodespacerange <00> <FF> endcodespacerange %s endcmap end end" % maps
    )
    drawn = b" ".join(b"BT /F1 13 Tf 40 %d Td (%s) Tj ET" % (360 - 24 * n, t.encode()) for n, t in enumerate(LINES))
    return pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(to_unicode), to_unicode),
    )


LIES = {
    "shifted": {chr(c): chr(c - 3) for c in range(48, 123)},
    "two letters swapped": {"e": "a", "a": "e"},
    "two digits swapped": {"4": "8", "8": "4"},
    "digits off by one": {str(n): str((n + 1) % 10) for n in range(10)},
    "dingbats": {chr(c): chr(0x2720 + c) for c in range(33, 127)},
}


def texts(result: Result) -> list[str]:
    return [line.text.replace(" ", "") for page in result.pages for line in page.lines]


@pytest.mark.parametrize("lie", LIES)
def test_a_text_layer_with_wrong_letters_is_not_believed_and_the_result_says_why(pipeline: Pipeline, lie: str) -> None:
    result = pipeline.run(lying_pdf(LIES[lie]), name="a.pdf")
    assert {line.source for page in result.pages for line in page.lines} == {"model"}
    why = "are bullets inside words" if lie == "dingbats" else "where the page shows"
    assert why in (result.pages[0].text_layer or "")
    assert "Totaldue1488.42" in texts(result)


def test_a_text_layer_with_the_right_letters_is_used(pipeline: Pipeline) -> None:
    result = pipeline.run(lying_pdf({}), name="a.pdf")
    assert [line.text for line in result.pages[0].lines] == list(LINES)
    assert (result.pages[0].text_layer or "").startswith("the text layer covers")
    assert result.stages.text_recognition.served_by == "text_layer"


def test_a_paragraph_that_is_a_picture_is_read_beside_the_text_layer(pipeline: Pipeline) -> None:
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(400, 400))
    canvas.setFont("Helvetica", 12)
    for n in range(4):
        canvas.drawString(30, 360 - 22 * n, f"Delivery {n} of oak boards and of some nails {n}.50")
    canvas.drawImage(ImageReader(draw(["PAID 55.20"], size=40, width=300)), 200, 20, 180, 30)
    canvas.save()
    result = pipeline.run(data.getvalue(), name="a.pdf")
    lines = result.pages[0].lines
    assert [line.source for line in lines].count("text_layer") == 4
    (read,) = (line for line in lines if line.source == "model")
    assert read.text.replace(" ", "") == "PAID55.20"
    x1, y1, x2, y2 = (value * 72 / 200 for value in read.bbox)
    assert 195 <= x1 < x2 <= 385
    assert 345 <= y1 < y2 <= 385


def test_a_stamp_that_is_a_picture_is_read_beside_the_text_layer(pipeline: Pipeline) -> None:
    image = draw(["PAID 55.20"], size=40, width=300)
    jpeg = encoded(image, "JPEG", quality=95)
    stamp = b"<< /Type /Annot /Subtype /Stamp /Rect [40 180 220 230] /AP << /N 7 0 R >> /F 4 >>"
    picture = b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 " % (
        image.size
    ) + b"/Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream" % (len(jpeg), jpeg)
    data = form_pdf(stamp, picture, appearance=b"q 180 0 0 20 0 0 cm /P Do Q", resources=b"/XObject << /P 9 0 R >>")
    result = pipeline.run(data.replace(b"/Annots [8 0 R 9 0 R]", b"/Annots [8 0 R      ]"), name="a.pdf")
    assert "PAID55.20" in texts(result)
    (line,) = (line for line in result.pages[0].lines if line.source == "model")
    x1, y1, x2, y2 = (value * 72 / 200 for value in line.bbox)
    assert 40 <= x1 < x2 <= 220
    assert 170 <= y1 < y2 <= 220


@pytest.mark.parametrize(("says", "asked"), [({}, ["light"]), (LIES["digits off by one"], ["light", "main"])])
def test_letters_are_checked_on_the_lightest_rung_and_on_the_best_where_they_differ(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, says: dict[str, str], asked: list[str]
) -> None:
    read = StageCaller.read_quietly
    rungs: list[str] = []

    def noted(self: StageCaller, stage: str, rung: str, document: Document) -> Document | None:
        rungs.append(rung)
        return read(self, stage, rung, document)

    monkeypatch.setattr(StageCaller, "read_quietly", noted)
    pipeline.run(lying_pdf(says), name="a.pdf")
    assert sorted(set(rungs)) == asked


def test_many_places_beside_a_text_layer_are_read_from_a_picture_no_larger_than_the_page() -> None:
    """Two thousand marks, one pixel wide and as high as the page, would make a tower of three million rows."""
    image = np.full((1500, 1000, 3), 255, np.uint8)
    line = TextLine("1-1", "a", 1.0, ((10, 10), (20, 10), (20, 20), (10, 20)), None, "text_layer")
    marks = tuple((float(n), 0.0, n + 1.0, 1500.0) for n in range(0, 1000, 2)) * 4
    seen: list[tuple[int, ...]] = []

    def read(page: Page) -> Page:
        assert page.image is not None
        seen.append(page.image.shape)
        return page

    layers = TextLayers(read, read)
    assert layers.read_beside(Page(1, 1000, 1500, image, text_layer=(line,), beside_text_layer=marks)) == ()
    few = ((100.0, 100.0, 400.0, 150.0), (600.0, 1200.0, 700.0, 1260.0))
    layers.read_beside(Page(1, 1000, 1500, image, text_layer=(line,), beside_text_layer=few))
    assert seen[0][0] <= 1500 + 2 * MARGIN
    assert seen[1][:2] == (50 + 60 + 3 * MARGIN, 300 + 2 * MARGIN)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_shown_on_its_side_is_turned_upright_with_its_text_layer(pipeline: Pipeline, degrees: int) -> None:
    """Fields are read as from the page itself, and places stay those of the page as a viewer shows it."""
    upright = pipeline.run(lying_pdf({}), name="a.pdf")
    turned = lying_pdf({}).replace(b"/MediaBox", b"/Rotate %d /MediaBox" % degrees)
    on_side = pipeline.run(turned, name="a.pdf")
    assert on_side.pages[0].rotation == 360 - degrees
    assert texts(on_side) == texts(upright)
    assert on_side.pages[0].lines[0].source == "text_layer"
    number, total = on_side.fields.invoice_number, on_side.fields.total_gross
    assert (number.value, total.value) == ("20418", "1488.42")
    page, (x1, y1, x2, y2) = on_side.pages[0], on_side.pages[0].lines[-1].bbox
    assert 0 <= x1 < x2 <= page.width
    assert 0 <= y1 < y2 <= page.height
    if degrees != 180:
        assert y2 - y1 > x2 - x1


@pytest.mark.parametrize("bar", ["1 1 1 rg 250 208 110 16 re f 0 0 0 rg", ""], ids=["on-a-white-bar", "bare"])
def test_what_is_printed_over_hides_what_lies_below(pipeline: Pipeline, bar: str) -> None:
    """The layer says both amounts; a viewer shows one, or neither can be read."""
    drawn = [f"BT /F1 13 Tf 40 {360 - 24 * n} Td ({text}) Tj ET" for n, text in enumerate(LINES[:-1])]
    drawn += ["BT /F1 13 Tf 40 212 Td (Total due) Tj ET", "BT /F1 13 Tf 262 212 Td (1988.42) Tj ET", bar]
    drawn += ["BT /F1 13 Tf 262 212 Td (1488.42) Tj ET"]
    result = pipeline.run(plain_pdf(" ".join(drawn)), name="a.pdf")
    total = [line for line in result.pages[0].lines if line.bbox[0] > 700 and "88.42" in line.text]
    assert [line.source for line in result.pages[0].lines if line.text == "INVOICE"] == ["text_layer"]
    assert all(line.source == "model" for line in total)
    if bar:
        assert [line.text for line in total] == ["1488.42"]
        assert result.fields.total_gross.value == "1488.42"


def plain_pdf(drawn: str) -> bytes:
    """Return a page of 400 x 400 points with such a content, in Helvetica."""
    content = drawn.encode()
    return pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
