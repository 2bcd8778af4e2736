"""Bounds say what was found, what the bound is and which setting moves it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from docpipe.errors import InputTooLarge, InputUnreadable
from docpipe.inputs.limits import InputLimits, select_pages

LIMITS = InputLimits(max_bytes=1000, max_pixels=10_000, max_side=400, min_side=8, max_aspect_ratio=10, max_pages=3)


@pytest.mark.parametrize(
    ("text", "count", "pages"),
    [
        pytest.param("", 3, (1, 2, 3), id="all"),
        pytest.param("2", 3, (2,), id="one"),
        pytest.param("1-2,3", 9, (1, 2, 3), id="range-and-page"),
        pytest.param("8-", 10, (8, 9, 10), id="open-end"),
        pytest.param("-2", 10, (1, 2), id="open-start"),
        pytest.param("3, 1 ,3", 5, (1, 3), id="page-order-without-repeats"),
        pytest.param("2-99", 3, (2, 3), id="beyond-the-last"),
    ],
)
def test_a_selection_names_pages(text, count, pages):
    assert select_pages(text, count) == pages


@pytest.mark.parametrize("text", ["0", "3-1", "a", "1,,2", "-", "1-2-3", "0-4"])
def test_a_bad_selection_is_refused_when_the_configuration_is_read(text):
    with pytest.raises(ValidationError, match="page"):
        InputLimits(pages=text)


def test_unknown_keys_are_refused():
    with pytest.raises(ValidationError, match="max_pixel"):
        InputLimits.model_validate({"max_pixel": 3})


@pytest.mark.parametrize(
    ("size", "error", "says"),
    [
        pytest.param((200, 100), InputTooLarge, "input.max_pixels", id="pixels"),
        pytest.param((500, 10), InputTooLarge, "input.max_side", id="side"),
        pytest.param((200, 10), InputTooLarge, "input.max_aspect_ratio", id="strip"),
        pytest.param((7, 60), InputUnreadable, "input.min_side", id="too-small"),
    ],
)
def test_a_page_over_a_bound_is_told_apart(size, error, says):
    """The message has the page's own size and the setting."""
    with pytest.raises(error, match=says) as caught:
        LIMITS.check_size("a.png", *size)
    assert str(caught.value).startswith(f"a.png: {size[0]} x {size[1]} pixels")


@pytest.mark.parametrize("size", [(100, 100), (8, 80), (80, 8), (25, 240)])
def test_the_bounds_themselves_are_allowed(size):
    LIMITS.check_size("a.png", *size)


def test_bytes_are_bounded():
    LIMITS.check_bytes("a.png", 1000)
    with pytest.raises(InputTooLarge, match="1,001 bytes, over the bound of 1,000"):
        LIMITS.check_bytes("a.png", 1001)
    with pytest.raises(InputTooLarge, match="more than 1,000 bytes"):
        LIMITS.check_bytes("a.png", 1001, at_least=True)
    with pytest.raises(InputUnreadable, match="empty"):
        LIMITS.check_bytes("a.png", 0)


def test_pages_over_the_bound_are_refused_and_a_selection_helps():
    assert LIMITS.choose_pages("a.pdf", 3) == (1, 2, 3)
    with pytest.raises(InputTooLarge, match="4 pages to read, over the bound of 3"):
        LIMITS.choose_pages("a.pdf", 4)
    assert LIMITS.model_copy(update={"pages": "3-4"}).choose_pages("a.pdf", 2000) == (3, 4)
    with pytest.raises(InputUnreadable, match="selects none"):
        LIMITS.model_copy(update={"pages": "9"}).choose_pages("a.pdf", 4)
