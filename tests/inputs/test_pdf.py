"""PDF pages as a viewer shows them, within bounds, with a text layer only where it says what is seen."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader

from docpipe.document import Page
from docpipe.errors import InputEncrypted, InputUnreadable, PageUnreadable
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from tests.inputs.hostile import RECEIPT, encoded, pdf, pdf_of_objects, pdf_without_pages, receipt


def pages_of(data: bytes, clock=None, **limits) -> list[Page | PageUnreadable]:
    options = {"clock": clock} if clock else {}
    with open_document(data, InputLimits(**limits), name="a.pdf", **options) as opened:
        return list(opened.pages())


def text_of(page: Page) -> list[str]:
    return [line.text for line in page.text_layer or ()]


def pdf_with(content: bytes, box: bytes, image: bytes = b"null") -> bytes:
    """Return a PDF of one page by hand: what it draws, its MediaBox and whatever follows that, and the image /I."""
    return pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> "
        b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>" % box,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        image,
    )


def scan(canvas, image: Image.Image, box=(0, 0, 400, 400)) -> None:
    canvas.drawImage(ImageReader(io.BytesIO(encoded(image, "PNG"))), *box)


def test_a_page_is_drawn_at_the_configured_resolution():
    (page,) = pages_of(pdf(size=(360, 720)), pdf_dpi=144)
    assert (page.width, page.height, page.dpi) == (720, 1440, 144)
    assert page.image.shape == (1440, 720, 3)
    (page,) = pages_of(pdf(size=(360, 720)))
    assert (page.width, page.height, page.dpi) == (1000, 2000, 200)


def test_the_text_layer_has_the_lines_where_they_are_seen():
    (page,) = pages_of(pdf())
    assert text_of(page) == list(RECEIPT)
    assert page.text_layer_reason.startswith("the text layer covers 100")
    assert [line.id for line in page.text_layer] == ["1-1", "1-2", "1-3", "1-4", "1-5"]
    dark = page.image.min(axis=2) < 128
    for line in page.text_layer:
        x1, y1, x2, y2 = (round(value) for value in line.box)
        assert dark[y1:y2, x1:x2].any()
        dark[y1:y2, x1:x2] = False
    assert not dark.any(), "all ink is in a line's box"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_rotated_page_comes_as_displayed(turn):
    """The page's own rotation turns pixels and lines alike."""

    (page,) = pages_of(pdf_with(b"BT /F1 14 Tf 40 250 Td (TOTAL 18.40) Tj ET", b"[0 0 400 300] /Rotate %d" % turn))
    assert (page.width, page.height) == ((1111, 833) if turn % 180 == 0 else (833, 1111))
    (line,) = page.text_layer
    assert line.text == "TOTAL 18.40"
    rows, columns = np.nonzero(page.image.min(axis=2) < 128)
    x1, y1, x2, y2 = line.box
    assert x1 - 2 <= columns.min() < columns.max() <= x2 + 2
    assert y1 - 2 <= rows.min() < rows.max() <= y2 + 2
    start, end = line.polygon[0], line.polygon[1]
    towards = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[turn]
    assert (np.sign(round(end[0] - start[0])), np.sign(round(end[1] - start[1]))) == towards


def test_a_crop_box_moves_the_frame():
    content = b"BT /F1 14 Tf 120 150 Td (TOTAL 18.40) Tj ET"
    (page,) = pages_of(pdf_with(content, b"[0 0 400 400] /CropBox [100 100 300 200]"), pdf_dpi=72)
    assert (page.width, page.height) == (200, 100)
    (line,) = page.text_layer
    assert line.box[0] == pytest.approx(20, abs=0.5)
    assert line.polygon[3][1] == pytest.approx(50 + 0.2 * 14, abs=0.5)


def test_a_scan_has_no_text_layer():
    (page,) = pages_of(pdf(draw=lambda canvas, _: scan(canvas, receipt())))
    assert page.text_layer is None
    assert page.text_layer_reason == "the page has no text of its own"


def test_invisible_text_behind_a_scan_is_not_trusted_but_can_be_required():
    def draw(canvas, _):
        scan(canvas, receipt())
        text = canvas.beginText(40, 300)
        text.setTextRenderMode(3)
        text.textLine("T0TAI 1B.4O")
        canvas.drawText(text)

    (page,) = pages_of(pdf(draw=draw))
    assert page.text_layer is None
    assert "invisible" in page.text_layer_reason
    (page,) = pages_of(pdf(draw=draw), text_layer="require")
    assert text_of(page) == ["T0TAI 1B.4O"]


def test_text_below_a_scan_is_not_trusted():
    def draw(canvas, _):
        for n, line in enumerate(RECEIPT):
            canvas.drawString(40, 340 - 30 * n, line)
        scan(canvas, receipt())

    (page,) = pages_of(pdf(draw=draw))
    assert page.text_layer is None
    assert "below a picture" in page.text_layer_reason


def test_a_layer_that_misses_what_is_seen_does_not_serve():
    """A digital page with its table pasted in as a picture."""

    def draw(canvas, _):
        canvas.drawString(40, 370, "INVOICE")
        scan(canvas, receipt(), (40, 40, 320, 240))

    (page,) = pages_of(pdf(draw=draw))
    assert page.text_layer is None
    assert "less than 95%" in page.text_layer_reason
    (page,) = pages_of(pdf(draw=draw), text_layer_cover=0.0)
    assert text_of(page) == ["INVOICE"]


def test_a_layer_that_misses_a_logo_serves_and_names_its_place():
    def draw(canvas, _):
        canvas.setFont("Helvetica", 12)
        for n in range(5):
            canvas.drawString(40, 250 - 22 * n, f"ITEM NUMBER {n} BOUGHT ON A MONDAY 12.0{n}")
        scan(canvas, receipt(), (300, 300, 60, 60))

    (page,) = pages_of(pdf(draw=draw))
    assert len(text_of(page)) == 5
    assert "the rest was read from the picture" in page.text_layer_reason
    places = page.uncovered_by_text_layer
    assert places
    for x1, y1, x2, y2 in places:
        left, bottom, right, top = 290, 290, 370, 370
        assert left <= x1 * 72 / 200 < x2 * 72 / 200 <= right
        assert page.height - top * 200 / 72 <= y1 < y2 <= page.height - bottom * 200 / 72


def test_text_that_nobody_sees_is_dropped_or_costs_the_layer():
    def white(lines):
        def draw(canvas, _):
            canvas.setFont("Helvetica", 14)
            for n, line in enumerate(RECEIPT):
                canvas.drawString(40, 360 - 25 * n, line)
            canvas.setFillGray(1)
            for n in range(lines):
                canvas.drawString(40, 200 - 25 * n, "PAY 9")
            canvas.drawString(900, 100, "OFF THE PAGE")

        return draw

    (page,) = pages_of(pdf(draw=white(1)))
    assert text_of(page) == list(RECEIPT)
    (page,) = pages_of(pdf(draw=white(7)))
    assert page.text_layer is None
    assert "is seen on the page" in page.text_layer_reason


def test_rules_and_frames_are_no_ink_to_be_covered():
    def draw(canvas, _):
        canvas.setFont("Helvetica", 12)
        for n in range(8):
            canvas.drawString(50, 340 - 40 * n, f"ITEM {n} 12.0{n}")
            canvas.line(40, 330 - 40 * n, 360, 330 - 40 * n)
        canvas.rect(40, 20, 320, 350)
        canvas.setFillGray(0.2)
        canvas.rect(40, 380, 320, 18, fill=1)
        canvas.setFillGray(1)
        canvas.drawString(50, 385, "WHITE ON A DARK BAND")

    (page,) = pages_of(pdf(draw=draw))
    assert text_of(page)[0] == "WHITE ON A DARK BAND"
    assert len(text_of(page)) == 9


def test_text_layer_settings():
    (page,) = pages_of(pdf(), text_layer="ignore")
    assert page.text_layer is None
    assert page.text_layer_reason == "input.text_layer is ignore"
    (page,) = pages_of(pdf(), text_layer="require")
    assert text_of(page) == list(RECEIPT)
    (error,) = pages_of(pdf(draw=lambda canvas, _: scan(canvas, receipt())), text_layer="require")
    assert isinstance(error, PageUnreadable)
    assert "input.text_layer is require" in str(error)


def test_pages_are_numbered_as_in_the_file():
    data = pdf(pages=5, draw=lambda canvas, n: canvas.drawString(40, 300, f"PAGE {n}"))
    pages = pages_of(data, pages="2,4-")
    assert [(page.number, text_of(page)) for page in pages] == [(2, ["PAGE 2"]), (4, ["PAGE 4"]), (5, ["PAGE 5"])]
    assert pages[0].text_layer[0].id == "2-1"


def test_a_poster_is_drawn_coarser_within_the_bounds():
    (page,) = pages_of(pdf(size=(7200, 3600)), max_pixels=8_000_000, max_side=20_000)
    assert page.width * page.height <= 8_000_000
    assert 36 <= page.dpi < 80
    assert page.width == pytest.approx(7200 * page.dpi / 72, abs=1)


def test_an_image_bomb_inside_a_page_is_refused_before_it_is_unpacked():
    data = pdf_with(
        b"q 300 0 0 300 0 0 cm /I Do Q",
        b"[0 0 300 300]",
        b"<< /Type /XObject /Subtype /Image /Width 40000 /Height 40000 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length 8 >>\nstream\nx\x9c\x03\0\0\0\0\x01\nendstream",
    )
    (error,) = pages_of(data)
    assert isinstance(error, PageUnreadable)
    assert "an image of 1600 million pixels" in str(error)


def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_read():
    """The clock runs a minute with every look; PDFium asks it between the objects that it draws."""

    def draw(canvas, number):
        if number == 1:
            for n in range(20_000):
                canvas.rect(n % 300, n % 290, 5, 5, fill=1)
        canvas.drawString(40, 380, "TOTAL 1.00")

    ticks = iter(range(0, 100_000_000, 60))
    data = pdf(pages=2, draw=draw)
    slow, *_ = pages_of(data, clock=lambda: next(ticks), page_seconds=100)
    assert isinstance(slow, PageUnreadable)
    assert "took longer than 100 s" in str(slow)
    first, second = pages_of(data, clock=lambda: 0.0)
    assert isinstance(first, Page)
    assert isinstance(second, Page)


def test_a_file_without_pages_is_told_from_an_encrypted_one_before_it():
    """PDFium's last error outlives the file that it was about."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    with pytest.raises(InputEncrypted):
        open_document(pdf(encryption=StandardEncryption("secret")))
    with pytest.raises(InputUnreadable, match="no pages"):
        open_document(pdf_without_pages())


def test_a_pdf_that_only_restricts_its_owner_is_read():
    from reportlab.lib.pdfencrypt import StandardEncryption

    (page,) = pages_of(pdf(encryption=StandardEncryption("", "owner", canCopy=0)))
    assert text_of(page) == list(RECEIPT)


def test_filled_form_fields_are_seen():
    def draw(canvas, _):
        canvas.acroForm.textfield(
            name="total", x=40, y=200, width=200, height=30, value="TOTAL 18.40", forceBorder=True
        )

    (page,) = pages_of(pdf(draw=draw))
    assert text_of(page) == ["TOTAL 18.40"]
    inside = page.image[480:550, 130:650]  # within the border
    assert (inside.min(axis=2) < 128).any()


def test_letters_that_share_a_ligature_are_all_read():
    """A font's map gives one glyph three letters; all of them have its place."""
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def "
        b"1 begincodespacerange <00> <FF> endcodespacerange "
        b"2 beginbfchar <41> <006600660069> <42> <00740074> endbfchar "
        b"1 beginbfrange <61> <7A> <0061> endbfrange endcmap end end"
    )
    content = b"BT /F1 14 Tf 40 250 Td (oAce bBer) Tj ET"
    data = pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(to_unicode), to_unicode),
    )
    (page,) = pages_of(data)
    assert text_of(page) == ["office btter"]


def test_threads_read_pdfs_side_by_side():
    """One lock guards PDFium: every thread gets its own document's pages."""
    files = [
        pdf(pages=4, draw=lambda canvas, n, k=k: canvas.drawString(40, 300, f"FILE {k} PAGE {n}")) for k in range(4)
    ]
    found: dict[int, list[list[str]]] = {}

    def read(k: int) -> None:
        found[k] = [text_of(page) for page in pages_of(files[k])]

    threads = [threading.Thread(target=read, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {k: [[f"FILE {k} PAGE {n}"] for n in range(1, 5)] for k in range(4)}


def test_the_same_file_gives_the_same_pages():
    one, other = pages_of(pdf()), pages_of(pdf())
    assert one == other
    assert np.array_equal(one[0].image, other[0].image)
