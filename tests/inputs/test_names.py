"""Names stay on one line, inside the output folder, and apart."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.inputs.names import display_path, output_name, printable

NAMES = st.binary(min_size=1, max_size=60).filter(lambda b: b"/" not in b and b"\0" not in b).map(os.fsdecode)


@pytest.mark.parametrize("name", ["a.png", "Rechnung Nr. 5.pdf", "发票.jpg", "50% off.png", "x~1.tif", "é\u0301.png"])
def test_ordinary_names_stay(name):
    assert printable(name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a\nb", "a%0Ab"),
        ("a%0Ab", "a%250Ab"),
        ("a\udcffb", "a%FFb"),
        ("tab\t", "tab%09"),
        ("line\u2028end", "line%E2%80%A8end"),
    ],
)
def test_odd_characters_become_visible(name, expected):
    assert printable(name) == expected


@given(NAMES, NAMES)
def test_two_names_are_never_shown_alike(one, other):
    assert (printable(one) == printable(other)) == (one == other)


@given(NAMES)
def test_shown_names_are_one_line_of_utf8(name):
    text = printable(name)
    assert text.encode("utf-8")
    assert len(text.splitlines()) <= 1


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_no_result_leaves_the_output_folder(parts):
    path = output_name(display_path(tuple(parts)))
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert all(0 < len(part.encode()) <= 201 for part in path.parts)


def test_long_names_are_cut_and_stay_apart():
    one, other = output_name("n" * 300 + "1.png"), output_name("n" * 300 + "2.png")
    assert one != other
    assert len(one.name) == 200


def test_a_folder_named_like_a_result_does_not_collide():
    """`a.png` gives `a.png.json`, so a folder of that name steps aside, and so does one named like its replacement."""
    results = {f"{output_name(p)}.json" for p in ("a.png", "a.png.json/b.png", "a.png.json~/b.png")}
    assert results == {"a.png.json", "a.png.json~/b.png.json", "a.png.json~~/b.png.json"}
