"""Placed characters become lines: parted where a reader would part them, in the order a reader would read them."""

from __future__ import annotations

import math

import pytest

from docpipe.inputs.text_layer import Glyph
from docpipe.inputs.text_layer import lines_of as layer_lines_of

WIDTH = 5.0
SIZE = 10.0


def write(text: str, x: float, y: float, *, angle: float = 0.0, size: float = SIZE, gap: float = 0.0) -> list[Glyph]:
    """Return a text whose characters are half a type size wide, from (x, y) on in a direction."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    step = size * WIDTH / SIZE + gap
    return [
        Glyph(char, (x + n * step * cos, y + n * step * sin), angle, size * WIDTH / SIZE, size)
        for n, char in enumerate(text)
    ]


def lines_of(glyphs, page):
    return tuple(found.line for found in layer_lines_of(glyphs, page))


def texts(*parts: list[Glyph]) -> list[str]:
    return [line.text for line in lines_of([glyph for part in parts for glyph in part], 1)]


def test_a_line_is_what_stands_on_one_baseline():
    (line,) = lines_of(write("Total 12.50", 100, 200), 3)
    assert (line.id, line.text, line.confidence, line.source) == ("3-1", "Total 12.50", 1.0, "text_layer")
    assert line.box == pytest.approx((100, 200 - 8.2, 100 + 11 * WIDTH, 200 + 2.0))


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        pytest.param(0.5, ["NetGross"], id="kerning"),
        pytest.param(3.0, ["Net Gross"], id="a-space-without-a-character"),
        pytest.param(8.5, ["Net Gross"], id="a-wide-space"),
        pytest.param(9.5, ["Net", "Gross"], id="columns"),
    ],
)
def test_gaps_part_words_and_columns(gap, expected):
    assert texts(write("Net", 0, 50), write("Gross", 3 * WIDTH + gap, 50)) == expected


def test_pieces_written_in_any_order_are_joined():
    assert texts(write("world", 40, 50), write("Hello", 10, 50)) == ["Hello world"]


def test_letter_spacing_is_no_space():
    assert texts(write("INVOICE", 0, 50, gap=1.0)) == ["INVOICE"]


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.3, 0.99])
def test_text_written_twice_to_look_bold_is_read_once(shift):
    assert texts(write("Total", 0, 50), write("Total", shift, 50 + shift / 2)) == ["Total"]


def test_a_repeated_letter_is_not_lost():
    assert texts(write("1000.00", 0, 50)) == ["1000.00"]


def test_rows_are_read_from_the_left_and_from_the_top():
    """Baselines that differ by less than half a line are one row."""
    found = texts(write("right", 200, 51), write("below", 0, 70), write("left", 0, 53), write("middle", 100, 50))
    assert found == ["left", "middle", "right", "below"]


def test_lines_on_top_of_each_other_are_not_mixed():
    assert sorted(texts(write("AAAAAA", 0, 50), write("bbbbbb", 12, 50.5))) == ["AAAAAA", "bbbbbb"]


@pytest.mark.parametrize("angle", [0, 90, 180, 270, 44])
def test_turned_text_is_read_in_its_own_direction(angle):
    (line,) = lines_of(write("Seite 1 von 2", 300, 300, angle=angle), 1)
    assert line.text == "Seite 1 von 2"
    start, end = line.polygon[0], line.polygon[1]
    along = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    assert (along - angle + 180) % 360 - 180 == pytest.approx(0, abs=1)
    down = (line.polygon[3][0] - start[0], line.polygon[3][1] - start[1])
    cross = (end[0] - start[0]) * down[1] - (end[1] - start[1]) * down[0]
    assert cross > 0, "clockwise from the text's own top left"


def test_upright_text_comes_before_turned_text():
    assert texts(write("margin", 10, 300, angle=270), write("body", 100, 200)) == ["body", "margin"]


def test_white_space_alone_is_no_line():
    assert lines_of([Glyph(" ", (0, 0), 0, 0, 0)] * 3, 1) == ()


def test_a_ligature_is_one_glyph_with_several_letters_and_no_double_print():
    start = write("Ra", 100, 200)
    ligature = Glyph("ffi", (110, 200), 0.0, 8.0, SIZE)
    rest = write("ce", 118, 200)
    assert texts(start, [ligature], rest) == ["Raffice"]
    again = [Glyph(g.text, (g.origin[0] + 0.3, 200), 0.0, g.advance, SIZE) for g in (*start, ligature, *rest)]
    assert texts(start, [ligature], rest, again) == ["Raffice"]
