"""Tokens to grids, bands of tall tables, and words on lines."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docpipe.document import TextLine
from docpipe.stages.table_structure.bands import MAX_TOKENS, bands_of, join
from docpipe.stages.table_structure.grid import Grid, GridCell, grid_of_tokens
from docpipe.stages.table_structure.pieces import runs_of, words_of
from docpipe.stages.table_structure.rulings import find_rulings

from .drawn import line


def places(grid: Grid) -> list[tuple[int, int, int, int]]:
    return [(c.row, c.col, c.rowspan, c.colspan) for c in grid.cells]


def test_spans_push_the_cells_of_the_next_row_aside() -> None:
    tokens = ["<thead>", "<tr>", "<td", ' rowspan="2"', ">", "</td>", "<td", ' colspan="2"', ">", "</td>", "</tr>"]
    tokens += [
        "<tr>",
        "<td></td>",
        "<td></td>",
        "</tr>",
        "</thead>",
        "<tbody>",
        "<tr>",
        "<td></td>",
        "</tr>",
        "</tbody>",
    ]
    grid = grid_of_tokens(tokens, [[0, 0, 9, 0, 9, 9, 0, 9]] * 5, 0.9)
    assert (grid.rows, grid.cols) == (3, 3)
    assert places(grid) == [(0, 0, 2, 1), (0, 1, 1, 2), (1, 1, 1, 1), (1, 2, 1, 1), (2, 0, 1, 1)]
    assert [c.header for c in grid.cells] == [True] * 4 + [False]
    assert grid.cells[0].box == (0, 0, 9, 9)


@pytest.mark.parametrize(
    ("tokens", "shape"),
    [
        pytest.param(["<td></td>"], (0, 0), id="a-cell-before-any-row"),
        pytest.param(["<tr>", "<td", ' rowspan="20"', ">", "</td>", "</tr>"], (1, 1), id="span-past-the-end"),
        pytest.param(["<tr>", "<td", ' colspan="x"', ">", "</td>", "</tr>"], (1, 1), id="span-that-is-no-number"),
        pytest.param([], (0, 0), id="nothing"),
    ],
)
def test_odd_tokens_give_a_grid_that_fits(tokens: list[str], shape: tuple[int, int]) -> None:
    grid = grid_of_tokens(tokens, [], 0.5)
    assert (grid.rows, grid.cols) == shape
    assert all(c.row + c.rowspan <= grid.rows and c.col + c.colspan <= grid.cols for c in grid.cells)


def test_tall_tables_are_cut_between_rows() -> None:
    """Bands cover the box, stay within the model's tokens, and join to the grid they came from."""
    rows, cols = 58, 11
    cells = tuple(
        GridCell(r, c, box=(10.0 * c, 20.0 * r, 10.0 * c + 9, 20.0 * r + 19)) for r in range(rows) for c in range(cols)
    )
    bands = bands_of((0, 0, 110, 1160), Grid(rows, cols, cells, 0.8))
    assert len(bands) == 2
    assert (bands[0][1], bands[-1][3]) == (0, 1160)
    assert all(a[3] == b[1] and a[3] % 20 == 0 for a, b in itertools.pairwise(bands))
    assert all((b[3] - b[1]) / 20 * (cols + 2) <= MAX_TOKENS + cols + 2 for b in bands)
    half = Grid(29, cols, tuple(c for c in cells if c.row < 29), 0.8)
    assert places(join([half, half])) == places(Grid(rows, cols, cells, 0.8))


def test_bands_that_disagree_join_to_nothing() -> None:
    one = Grid(1, 1, (GridCell(0, 0),), 0.9)
    two = Grid(1, 2, (GridCell(0, 0), GridCell(0, 1)), 0.9)
    assert not join([one, two])
    assert not join([])


def drawn_line(text: str, gap: int) -> tuple[TextLine, np.ndarray[tuple[int, ...], np.dtype[np.uint8]], float]:
    """Return two words `gap` pixels apart as one line, its image, and where the second starts."""
    image = Image.new("L", (500, 40), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=22)
    first, second = text.split("|")
    pen.text((10, 6), first, fill=0, font=font)
    start = 10 + pen.textlength(first, font=font) + gap
    pen.text((start, 6), second, fill=0, font=font)
    end = start + pen.textlength(second, font=font)
    return line(1, text.replace("|", " "), 8, 4, end + 2, 34), np.asarray(image, dtype=np.uint8), start


def test_words_are_placed_by_their_ink() -> None:
    """A short word before a wide gap does not move the next one, and the gap parts the line in runs."""
    found, gray, start = drawn_line("12|Delivery", 150)
    words = words_of([found], gray)
    assert [w.text for w in words] == ["12", "Delivery"]
    assert abs(words[1].x1 - start) < 5
    assert [r.text for r in runs_of(words)] == ["12", "Delivery"]
    near, gray, _ = drawn_line("Green|tea", 6)
    assert [r.text for r in runs_of(words_of([near], gray))] == ["Green tea"]


def test_a_missing_space_at_a_wide_gap_is_made_good() -> None:
    found, gray, _ = drawn_line("4.20|8.40", 120)
    unspaced = TextLine("1-1", "4.208.40", 0.9, found.polygon)
    assert [w.text for w in words_of([unspaced], gray)] == ["4.20", "8.40"]


def test_rulings_are_found_and_letters_are_not() -> None:
    image = Image.new("L", (600, 200), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=24)
    pen.line((20, 100, 580, 100), fill=0, width=2)
    pen.line((300, 20, 300, 180), fill=90, width=1)
    pen.text((30, 40), "EEEEEEEEEEEEEE", fill=0, font=font)
    words = words_of([line(1, "EEEEEEEEEEEEEE", 28, 38, 260, 72)], None)
    found = find_rulings(np.asarray(image, dtype=np.uint8), words, 26)
    assert [(round(r.at), r.length > 500) for r in found.horizontal] == [(100, True)]
    assert [(round(r.at), r.length > 100) for r in found.vertical] == [(300, True)]
