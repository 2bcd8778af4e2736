"""Drawn documents: the ink stands where the labels say, also after the page was turned and bent."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import cv2
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from docpipe.lab.synth import fonts, make
from docpipe.lab.synth.augment import PROFILES, add_wear, map_points, turn_page
from docpipe.lab.synth.draw import Picture, draw, pieces
from docpipe.lab.synth.pdf import can_be_digital, digital_pdf, picture_pdf


def has_chinese() -> bool:
    try:
        return fonts.path_of("cjk-sans") is not None
    except fonts.FontMissing:
        return False


LATIN = [(kind, language) for kind in ("receipt", "invoice", "bill") for language in ("en", "de", "fr")] + [
    ("broadcast", "en"), ("sheet", "de"),
]  # fmt: skip
CHINESE = [
    pytest.param(kind, "zh", marks=pytest.mark.skipif(not has_chinese(), reason="no Chinese font here"))
    for kind in ("receipt", "invoice", "vat_invoice")
]


def ink_outside(picture: Picture, spread: float = 1.5) -> float:
    """Return the share of the dark pixels that are in no labelled polygon, grown by `spread` pixels."""
    dark = np.asarray(picture.image.convert("L")) < 110
    inside = np.zeros(dark.shape, dtype=np.uint8)
    for drawn in picture.drawn:
        cv2.fillPoly(inside, [np.round(np.array(drawn.polygon)).astype(np.int32)], 1)
    around = cv2.dilate(inside, np.ones((3, 3), np.uint8), iterations=round(spread))
    return float((dark & (around == 0)).sum()) / max(1, int(dark.sum()))


@pytest.mark.parametrize(("kind", "language"), [*LATIN, *CHINESE])
def test_ink_lies_in_the_labelled_boxes(kind: str, language: str) -> None:
    document = replace(make(5, kind, language), rules=())
    for picture in draw(document, 120):
        assert ink_outside(picture) < 0.002


@pytest.mark.parametrize(("kind", "language"), LATIN)
def test_labelled_boxes_hold_ink(kind: str, language: str) -> None:
    (picture, *_) = draw(replace(make(6, kind, language), rules=()), 120)
    light = np.asarray(picture.image.convert("L"))
    for drawn in picture.drawn:
        (x1, y1), _, (x2, y2), _ = drawn.polygon
        assert light[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1].min() < 200, drawn.run.text


@pytest.mark.parametrize(("degrees", "bend"), [(0.0, 0.0), (7.0, 0.0), (-3.0, 0.05), (90.0, 0.03)])
def test_ink_stays_in_its_polygons_when_the_page_is_turned_and_bent(degrees: float, bend: float) -> None:
    (picture,) = draw(replace(make(8, "receipt", "en"), rules=()), 150)
    made = turn_page(picture, degrees, Random(3), bend)
    assert ink_outside(made, 2) < 0.003
    width, height = made.image.size
    for drawn in made.drawn:
        assert all(-1 <= x <= width + 1 and -1 <= y <= height + 1 for x, y in drawn.polygon)


def test_corners_are_mapped_as_the_picture_is() -> None:
    source = np.array([(0, 0), (100, 0), (100, 50), (0, 50)], dtype=np.float32)
    target = np.array([(10, 5), (120, 15), (110, 80), (4, 60)], dtype=np.float32)
    homography = cv2.getPerspectiveTransform(source, target)
    corners = map_points(((0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (0.0, 50.0)), homography)
    assert np.abs(np.array(corners) - target).max() < 0.06


@pytest.mark.parametrize("profile", PROFILES)
def test_wear_is_the_same_for_the_same_seed(profile: str) -> None:
    (picture, *_) = draw(make(9, "receipt", "de"), 72)
    once, again = add_wear(picture, profile, Random(3)), add_wear(picture, profile, Random(3))
    assert once.image.tobytes() == again.image.tobytes()
    assert [drawn.polygon for drawn in once.drawn] == [drawn.polygon for drawn in again.drawn]
    if profile != "none":
        assert once.image.tobytes() != picture.image.tobytes()


def test_a_digital_pdf_says_what_its_labels_say() -> None:
    for seed in range(40):
        document = make(seed, "invoice", "en")
        if can_be_digital(document) and len(document.pages) > 1:
            break
    data, placed = digital_pdf(document)
    pdf = pypdfium2.PdfDocument(data)
    assert len(pdf) == len(document.pages) == len(placed)
    for number, page in enumerate(placed):
        text = pdf[number].get_textpage()
        said = "".join(text.get_text_range().split())
        height = pdf[number].get_height()
        for drawn in page:
            assert "".join(drawn.run.text.split()) in said or len(drawn.run.text) < 3
            (x1, y1), _, (x2, y2), _ = drawn.polygon
            inside = text.get_text_bounded(x1 - 1, height - y2 - 1, x2 + 1, height - y1 + 1)
            assert drawn.run.text.split()[0][:3] in inside, drawn.run.text
    pdf.close()


def test_a_pictured_pdf_has_the_size_of_its_pictures() -> None:
    pdf = pypdfium2.PdfDocument(picture_pdf([Image.new("RGB", (300, 600), "white")] * 2, 150))
    assert len(pdf) == 2
    assert pdf.get_page_size(0) == (144, 288)
    pdf.close()


def test_chinese_letters_cannot_be_in_a_digital_pdf() -> None:
    assert not can_be_digital(make(1, "vat_invoice", "zh"))


def test_without_chinese_fonts_the_packages_are_named() -> None:
    with pytest.raises(fonts.FontMissing, match="fonts-wqy-zenhei"):
        fonts.path_of("cjk-sans", ())


def test_without_any_fonts_latin_letters_are_drawn_with_pillows_own() -> None:
    assert fonts.path_of("sans", ()) is None
    assert fonts.load("serif-bold", 20, ()).getlength("Total") > 20


def test_a_face_that_is_missing_is_replaced_by_the_nearest(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "DejaVuSans.ttf").touch()
    assert fonts.path_of("mono-bold", (str(tmp_path),)) == tmp_path / "DejaVuSans.ttf"


def test_letters_that_a_face_lacks_are_borrowed() -> None:
    stretches = pieces("a\U00012000b", "sans")  # nobody has cuneiform: it stays, and the others stay together
    assert "".join(text for text, _ in stretches) == "a\U00012000b"
    if fonts.path_of("wide") is not None:
        assert all(fonts.has(face, character) for text, face in pieces("5 € × 3²", "mono") for character in text)
