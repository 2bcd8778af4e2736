"""Dotted print is joined, a coloured stamp taken away, where there is such print or such a stamp and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docpipe.document import TextRegion, box_of, polygon_of
from docpipe.stages.page_preparation.dots import join_dots, join_page_of_dots
from docpipe.stages.page_preparation.orientation import upright_turn
from docpipe.stages.page_preparation.stamps import find_stamps, merge_regions, without_colour

LINES = ("Prairie Sample Supply", "Invoice No. 907734", "Sales tax 25.58", "Invoice total 402.58", "Balance due 302.58")


def printed(size: int = 40, gap: int = 80, colour=(0, 0, 0)):
    """Return a page (BGR) with lines of print, and where they stand."""
    page = Image.new("RGB", (900, 120 + gap * len(LINES)), "white")
    pen, font, regions = ImageDraw.Draw(page), ImageFont.load_default(size), []
    for n, line in enumerate(LINES):
        pen.text((60, 60 + gap * n), line, font=font, fill=colour)
        regions.append(TextRegion(polygon_of(pen.textbbox((60, 60 + gap * n), line, font=font)), 0.9))
    return np.ascontiguousarray(np.asarray(page)[:, :, ::-1]), regions


def dotted(image, pitch: int = 4):
    """Return a page of which only the dots of a needle printer's grid are left, on a grey form."""
    dots = np.full_like(image, 255)
    dots[::pitch, ::pitch] = image[::pitch, ::pitch]
    dots[1::pitch, ::pitch] = image[::pitch, ::pitch]
    return np.minimum(dots, 245)


def stamped(image, colour=(60, 60, 210), boxed=(300, 180, 640, 420)):
    """Return a page with a stamp printed over it: light shines through it as through ink."""
    layer = np.full_like(image, 255)
    cv2.rectangle(layer, boxed[:2], boxed[2:], colour, 10)
    cv2.putText(layer, "PAID 09 MAR", (boxed[0] + 30, boxed[1] + 150), cv2.FONT_HERSHEY_SIMPLEX, 1.4, colour, 8)
    return np.minimum(image, layer)


def test_dots_of_a_printer_become_strokes():
    image, regions = printed()
    joined = join_dots(dotted(image), regions)
    assert joined is not None
    pieces, _ = cv2.connectedComponents((joined[:, :, 0] < 128).astype(np.uint8))
    apart, _ = cv2.connectedComponents((dotted(image)[:, :, 0] < 128).astype(np.uint8))
    assert pieces < 150 < 800 < apart


@pytest.mark.parametrize("size", [14, 24, 40])
def test_ordinary_print_has_no_dots(size):
    image, regions = printed(size)
    assert join_dots(image, regions) is None
    noisy = image.astype(np.int16) + np.random.default_rng(1).normal(0, 12, image.shape)
    assert join_dots(np.clip(noisy, 0, 255).astype(np.uint8), regions) is None


@pytest.mark.parametrize("colour", [(60, 60, 210), (200, 70, 60), (60, 160, 60)], ids=["red", "blue", "green"])
def test_a_stamp_is_found_and_goes_while_the_print_below_stays(colour):
    image, regions = printed()
    page = stamped(image, colour)
    (box,) = find_stamps(page, regions)
    assert box == pytest.approx((295, 175, 645, 425), abs=12)
    clean = without_colour(page, [box])
    dark = clean.max(axis=2) < 100
    assert np.array_equal(dark, (image.max(axis=2) < 100)), "the print is as it was"
    assert (clean[180:420, 300:640][~(image[180:420, 300:640].max(axis=2) < 200)] > 200).mean() > 0.97
    assert np.array_equal(clean[:170], page[:170])


def test_coloured_print_rules_and_forms_are_no_stamp():
    image, regions = printed(colour=(160, 30, 30))
    assert find_stamps(image, regions) == ()
    form, regions = printed()
    for y in range(50, 500, 80):
        cv2.line(form, (40, y), (860, y), (40, 60, 180), 3)
    for x in (40, 400, 860):
        cv2.line(form, (x, 50), (x, 450), (40, 60, 180), 3)
    assert find_stamps(form, regions) == ()
    photo = np.zeros_like(form)
    photo[:] = (40, 60, 200)
    assert find_stamps(photo, regions) == ()
    beside = stamped(np.vstack([form * 0 + 255, printed()[0]]), boxed=(300, 120, 640, 360))
    below = [TextRegion(tuple((x, y + form.shape[0]) for x, y in region.polygon), 0.9) for region in regions]
    assert find_stamps(beside, below) == (), "a logo stands beside the text, not on it"


def test_regions_under_a_stamp_come_from_the_page_without_it():
    at = [TextRegion(polygon_of(box), 0.9) for box in ((0, 0, 100, 20), (0, 100, 300, 140), (0, 200, 100, 220))]
    under = [TextRegion(polygon_of(box), 0.8) for box in ((0, 110, 100, 130), (500, 500, 600, 520))]
    merged = merge_regions(at, under, [(0.0, 90.0, 400.0, 230.0)])
    assert [box_of(region.polygon) for region in merged] == [(0, 0, 100, 20), (0, 200, 100, 220), (0, 110, 100, 130)]


@pytest.mark.parametrize(("answers", "turn"), [((0.95, 0.95), 180), ((0.75, 0.6), 0), ((0.75, 0.05), 180)])
def test_a_page_is_turned_over_on_weak_evidence_only_when_the_turned_lines_agree(answers, turn):
    """Print that the network cannot read stands on its head either way."""
    image, regions = printed()

    def ask(lines):
        return [answers[calls.pop(0)]] * len(lines)

    calls = [0, 1]
    assert upright_turn(image, regions, ask) == turn


def test_a_stamp_over_little_print_is_one():
    """Of the amounts under it a stamp in thick ink leaves little to be seen."""
    image, regions = printed()
    page = stamped(image)
    inside = (slice(180, 420), slice(300, 640))
    covered = page.copy()
    covered[inside][page[inside].max(axis=2) < 100] = (60, 60, 210)
    covered[300:312, 330:420] = 0
    assert 0.002 < (covered[inside].max(axis=2) < 110).mean() < 0.03
    assert len(find_stamps(covered, regions)) == 1


def test_a_stamp_in_faint_ink_is_found():
    image, regions = printed()
    faint = np.minimum(image, 255 - (255 - stamped(np.full_like(image, 255))) // 4)
    (box,) = find_stamps(faint, regions)
    assert box == pytest.approx((295, 175, 645, 425), abs=12)


def test_dots_are_joined_on_a_page_where_no_text_was_found():
    image, _ = printed(60, 110)
    page = cv2.erode(dotted(image, 6), np.ones((3, 3), np.uint8))
    joined = join_page_of_dots(page)
    assert joined is not None
    pieces, _ = cv2.connectedComponents((joined[:, :, 0] < 128).astype(np.uint8))
    apart, _ = cv2.connectedComponents((page[:, :, 0] < 128).astype(np.uint8))
    assert 3 * pieces < apart
    noise = np.random.default_rng(1).integers(0, 255, image.shape, dtype=np.uint8)
    for other in (image, np.full_like(image, 255), noise):
        assert join_page_of_dots(other) is None


def in_lamplight(image):
    """Return a page as a lamp to its left lights it: the paper is more yellow the nearer it is."""
    light = np.linspace(1, 0.2, image.shape[1])[None, :, None] * (66, 28, 0)
    noisy = image - light + np.random.default_rng(2).normal(0, 4, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def test_paper_in_lamplight_is_no_stamp():
    """Where the light fades the colour of the paper passes any bound somewhere on the page."""
    image, regions = printed()
    assert find_stamps(in_lamplight(image), regions) == ()


def test_a_stamp_on_paper_in_lamplight_is_found():
    image, regions = printed()
    (box,) = find_stamps(in_lamplight(stamped(image)), regions)
    assert np.allclose(box, (300, 180, 640, 420), atol=24)
