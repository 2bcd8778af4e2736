"""Spaces come from the white on the page, lines are parted where columns stand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from docpipe.document import polygon_of
from docpipe.stages.text_lines.characters import Character, reading_of, text_of
from docpipe.stages.text_lines.crops import Crop
from docpipe.stages.text_lines.spacing import gaps, set_spaces
from docpipe.stages.text_lines.splitting import parts

HEIGHT, INK = 40, 14


def printed(text: str, white: list[int]) -> tuple[Crop, tuple[Character, ...]]:
    """Draw one bar for each character, with so many white pixels after each, and say where they are."""
    width = len(text) * INK + sum(white) + 12
    image = np.full((HEIGHT, width, 3), 240, np.uint8)
    x, characters = 6, []
    for letter, after in zip(text, [*white, 0], strict=True):
        image[8:32, x : x + INK] = 10
        characters.append(Character(letter, x + INK / 2))
        x += INK + after
    return Crop(image, polygon_of((0, 0, width, HEIGHT))), tuple(characters)


def spaced(text: str, white: list[int]) -> str:
    crop, characters = printed(text, white)
    return text_of(set_spaces(characters, gaps(crop, characters)))


@pytest.mark.parametrize(
    ("text", "white", "expected"),
    [
        pytest.param("2018093015", [3, 3, 3, 3, 3, 3, 3, 16, 3], "20180930 15", id="a-wide-gap-between-digits"),
        pytest.param("ID:0007", [3, 3, 12, 3, 3, 3], "ID: 0007", id="after-a-colon-less-will-do"),
        pytest.param("8:13", [3, 10, 3], "8:13", id="but-not-inside-a-time"),
        pytest.param("79.50", [3, 16, 3, 3], "79.50", id="a-point-is-set-apart-within-its-number"),
        pytest.param("RM64.15", [3, 16, 3, 3, 18, 3], "RM 64.15", id="on-either-side"),
        pytest.param("53.60", [3, 3, 3, 16], "53.60", id="nor-are-its-cents-parted"),
        pytest.param("1,352.38", [14, 14, 3, 3, 14, 14, 3], "1,352.38", id="nor-its-thousands"),
        pytest.param("11.50", [18, 3, 3, 3], "1 1.50", id="a-count-before-a-price-is"),
        pytest.param("No.5", [3, 3, 16], "No. 5", id="so-is-a-number-behind-an-abbreviation"),
        pytest.param("TOTAL", [12, 12, 12, 12], "TOTAL", id="letter-spaced-titles-stay-whole"),
        pytest.param("合计金额", [4, 20, 4], "合计金额", id="chinese-is-not-torn"),
        pytest.param("号码:123", [4, 4, 16, 3, 3], "号码:123", id="nor-after-its-colons"),
    ],
)
def test_spaces_follow_the_white(text, white, expected):
    """A gap is a space when it is wide for its line."""
    assert spaced(text, white) == expected


def test_gaps_are_measured_where_the_ink_is_not():
    """A gap's ends are the ink's ends, in pixels of the crop."""
    crop, characters = printed("AB", [9])
    (gap,) = gaps(crop, characters)
    assert (gap.start, gap.end, gap.share) == (6 + INK, 6 + INK + 9, 9 / HEIGHT)


def test_a_blank_crop_has_no_say():
    """Without contrast nothing is measured to be narrower than anything else, so nothing is torn."""
    crop = Crop(np.full((HEIGHT, 200, 3), 200, np.uint8), polygon_of((0, 0, 200, HEIGHT)))
    read = (Character("A", 20), Character("B", 60), Character("C", 100))
    assert text_of(set_spaces(read, gaps(crop, read))) == "ABC"


@pytest.mark.parametrize(
    ("text", "white", "expected"),
    [
        pytest.param("2.10S", [3, 3, 3, 30], ["2.10", "S"], id="a-price-and-its-tax-code"),
        pytest.param("THANKYOU", [3, 3, 3, 3, 45, 3, 3], ["THANK YOU"], id="a-wide-set-title"),
        pytest.param("2.10S", [3, 3, 3, 15], ["2.10 S"], id="an-ordinary-space"),
    ],
)
def test_columns_are_parted(text, white, expected):
    """A gap parts a line by what stands beside it; each part lies within the line."""
    crop, characters = printed(text, white)
    measured = gaps(crop, characters)
    width = crop.image.shape[1]
    found = parts(set_spaces(characters, measured), measured, (0, 0, width, HEIGHT), width, [])
    assert [text_of(part.characters) for part in found] == expected
    assert found[0].start == 0
    assert found[-1].end == width
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_places_are_pixels_of_the_crop():
    """Steps of the network are mapped back through the height it was given."""
    crop = Crop(np.zeros((24, 200, 3), np.uint8), polygon_of((0, 0, 200, 24)))
    prediction = {"rec_text": ("A B", [50, [["A"], [" "], ["B"]], [[2], [5], [9]], ["en&num"] * 3]), "rec_score": 0.9}
    reading = reading_of(prediction, crop)
    assert [(c.text, c.spaced, c.x) for c in reading.characters] == [("A", False, 11.0), ("B", True, 39.0)]
