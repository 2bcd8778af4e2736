"""Form fields and annotations are part of a page as a viewer shows it: of its picture, and of its text."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from docpipe.document import Page
from docpipe.errors import PageUnreadable
from docpipe.inputs import pdf_annotations
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from tests.inputs.hostile import FORM_TERMS, form_pdf, pdf_of_objects, widget

PRINTED = "Invoice number"


def read(data: bytes) -> Page:
    with open_document(data, InputLimits(), name="a.pdf") as opened:
        (page,) = opened.pages()
    assert isinstance(page, Page)
    return page


def said(page: Page) -> list[str]:
    return [line.text for line in page.text_layer or () if line.text not in FORM_TERMS]


def ink(page: Page, points: tuple[int, int, int, int]) -> bool:
    """Tell whether anything dark is drawn in a box of PDF units of a page 400 high."""
    left, bottom, right, top = (round(p * 200 / 72) for p in points)
    high = page.height
    return bool((page.image[high - top : high - bottom, left:right].min(axis=2) < 128).any())


FIELD = (202, 346, 378, 364)
SHOWN = {
    "text": (widget(b"/FT /Tx /V (INV-20418)"), ["INV-20418"]),
    "text that asks for an appearance": (widget(b"/FT /Tx /V (INV-20418)"), ["INV-20418"]),
    "two lines": (
        widget(b"/FT /Tx /Ff 4096 /V (Oak shelf\nand fitting)", b"200 240 380 365"),
        ["Oak shelf", "and fitting"],
    ),
    "a cell for each character": (widget(b"/FT /Tx /Ff 16777216 /MaxLen 8 /V (20418)"), ["20418"]),
    "choice": (widget(b"/FT /Ch /Ff 131072 /Opt [(EUR) (GBP)] /V (GBP)"), ["GBP"]),
    "choice by its export value": (widget(b"/FT /Ch /Ff 131072 /Opt [[(e) (Euro)] [(p) (Pound)]] /V (p)"), ["Pound"]),
    "UTF-16": (widget(b"/FT /Tx /V <FEFF00470072006F00DF>"), ["Groß"]),
    "on screen only": (widget(b"/FT /Tx /V (INV-20418)", flags=0), ["INV-20418"]),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_what_is_typed_into_a_form_is_read_without_an_appearance_of_its_own(kind):
    field, texts = SHOWN[kind]
    page = read(form_pdf(field, form=b"/NeedAppearances true" if "asks" in kind else b""))
    assert set(said(page)) == {PRINTED, *texts}
    assert ink(page, FIELD)


@pytest.mark.parametrize("flags", [2, 32], ids=["hidden", "not on screen"])
def test_what_a_viewer_does_not_show_is_not_read(flags):
    page = read(form_pdf(widget(b"/FT /Tx /V (SECRET 9.00)", flags=flags)))
    assert said(page) == [PRINTED]
    assert not ink(page, FIELD)


@pytest.mark.parametrize(("form", "text"), [(b"", "OLD 1.00"), (b"/NeedAppearances true", "NEW 2.00")])
def test_an_appearance_is_shown_unless_the_form_asks_for_new_ones(form, text):
    appearance = b"BT /Helv 12 Tf 2 5 Td (OLD 1.00) Tj ET"
    page = read(form_pdf(widget(b"/FT /Tx /V (NEW 2.00)", appearance=True), form=form, appearance=appearance))
    assert said(page) == [PRINTED, text]


def test_a_ticked_box_shows_its_tick():
    ticked = b"/FT /Btn /V /Yes /AS /Yes /MK << /CA (4) >>"
    assert ink(read(form_pdf(widget(ticked, b"200 345 220 365"))), (203, 348, 217, 362))
    left = b"/FT /Btn /V /Off /AS /Off /MK << /CA (4) >>"
    assert not ink(read(form_pdf(widget(left, b"200 345 220 365"))), (203, 348, 217, 362))


def test_free_text_over_a_page_is_read():
    note = (
        b"<< /Type /Annot /Subtype /FreeText /Rect [60 200 380 240] /Contents (CORRECTED TOTAL 1,388.00) "
        b"/DA (/Helv 12 Tf 1 0 0 rg) /F 4 >>"
    )
    page = read(form_pdf(note))
    assert said(page) == [PRINTED, "CORRECTED TOTAL 1,388.00"]
    assert page.beside_text_layer == ()


def test_a_stamp_without_letters_of_its_own_is_a_place_still_to_be_read():
    stamp = b"<< /Type /Annot /Subtype /Stamp /Rect [200 100 300 150] /AP << /N 7 0 R >> /F 4 >>"
    page = read(form_pdf(stamp, appearance=b"1 0 0 RG 5 5 m 90 40 l S"))
    assert said(page) == [PRINTED]
    (box,) = page.beside_text_layer
    assert box == pytest.approx(tuple(v * 200 / 72 for v in (200, 250, 300, 300)), abs=1)


def test_links_and_closed_notes_leave_the_page_as_it_is():
    link = b"<< /Type /Annot /Subtype /Link /Rect [60 200 380 240] /F 4 >>"
    note = b"<< /Type /Annot /Subtype /Text /Rect [200 200 220 220] /Contents (Pay only 5.00) /F 4 >>"
    assert said(read(form_pdf(link, note))) == [PRINTED]


def test_ten_thousand_fields_are_not_built_but_the_page_is_read_from_its_picture(monkeypatch):
    """PDFium's time to build them grows with their square."""
    built = []
    monkeypatch.setattr(pdf_annotations.raw, "FORM_OnAfterLoadPage", lambda *_: built.append(1))
    fields = [widget(b"/FT /Tx /V (v%d)" % n, b"%d 40 %d 60" % (n % 300, n % 300 + 40), name=n) for n in range(10_000)]
    page = read(form_pdf(*fields))
    assert not built
    assert page.text_layer is None
    assert "more than 2,000 form fields" in page.text_layer_reason


def test_an_appearance_of_a_million_lines_is_given_up_when_its_time_is_over():
    stamp = b"<< /Type /Annot /Subtype /Stamp /Rect [200 100 300 150] /AP << /N 7 0 R >> /F 4 >>"
    data = form_pdf(stamp, appearance=b"1 1 m 9 9 l S " * 100_000)
    minutes = itertools.count()
    with open_document(data, InputLimits(), name="a.pdf", clock=lambda: 60.0 * next(minutes)) as opened:
        (page,) = opened.pages()
    assert isinstance(page, PageUnreadable)
    assert "took longer than" in str(page)


def test_the_same_form_gives_the_same_page():
    data = form_pdf(widget(b"/FT /Tx /V (INV-20418)"))
    first, second = read(data), read(data)
    assert first == second
    assert np.array_equal(first.image, second.image)


def note_on_a_page_without_a_form(entries: bytes) -> bytes:
    """Return a digital page of one line with one free text that has no appearance."""
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 5 0 R /Annots [6 0 R] "
        b"/Resources << /Font << /F 4 0 R >> >> >>"
    )
    drawn = b"BT /F 14 Tf 40 352 Td (Invoice number) Tj ET"
    return pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Annot /Subtype /FreeText /DA (/Helv 12 Tf 1 0 0 rg) %s >>" % entries,
    )


NOTES = {
    "one line": (b"/Rect [60 200 380 220] /Contents (PAY ONLY 1,388.00)", ["PAY ONLY 1,388.00"]),
    "two lines": (b"/Rect [60 200 380 240] /Contents (Ref 88-204\\rsee order)", ["Ref 88-204", "see order"]),
    "wrapped": (b"/Rect [60 160 150 240] /Contents (Pay after goods come)", ["Pay after goods", "come"]),
    "accents": (b"/Rect [60 200 380 220] /Contents <FEFF01420061 00E9>", ["laé"]),
}


@pytest.mark.parametrize("kind", NOTES)
def test_a_note_without_an_appearance_is_read_on_a_page_without_a_form(kind):
    entries, lines = NOTES[kind]
    page = read(note_on_a_page_without_a_form(entries + b" /F 4"))
    assert said(page) == [PRINTED, *lines]
    assert ink(page, (60, 160, 150, 240))


def test_a_hidden_note_is_not_written():
    page = read(note_on_a_page_without_a_form(b"/Rect [60 200 380 240] /Contents (SECRET) /F 2"))
    assert said(page) == [PRINTED]


@pytest.mark.parametrize("entries", [
    b"/Rect [60 200 60 200] /Contents (x)", b"/Rect [380 240 60 200] /Contents (turned) /Q 9 /C [1 1]",
    b"/Rect [0 0 1e9 1e9] /Contents (x) /DA (/F nan Tf inf 0 0 rg)", b"/Contents (no box)", b"/Rect [60 200 70 210]",
])  # fmt: skip
def test_a_damaged_note_spoils_no_page(entries):
    assert PRINTED in said(read(note_on_a_page_without_a_form(entries)))
