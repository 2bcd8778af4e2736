"""Tables: distances by hand, and against the definition worked out the slow way."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from docpipe.lab.evaluation.table_scores import (
    Grid,
    ScoredCell,
    adjacency,
    grid_of_cells,
    grid_of_html,
    table_tallies,
    teds,
)

CELLS = st.builds(ScoredCell, st.text("ab1", max_size=3), st.sampled_from([1, 1, 2]), st.sampled_from([1, 1, 2]))
GRIDS = st.lists(st.lists(CELLS, max_size=3).map(tuple), max_size=3).map(tuple)


def table(*rows: str) -> Grid:
    """Return a table of cells without spans, their texts separated by spaces."""
    return tuple(tuple(ScoredCell(text) for text in row.split()) for row in rows)


TWO = table("item price", "tea 1.00")


def test_a_table_read_as_labelled_is_perfect() -> None:
    assert teds(TWO, TWO) == teds(TWO, TWO, texts=False) == 1


@pytest.mark.parametrize(
    ("found", "whole", "structure"),
    [
        pytest.param((), 0, 0, id="nothing found"),
        pytest.param(table("item price"), 3 / 6, 3 / 6, id="a row of two is missing: three of six nodes"),
        pytest.param(table("item price", "tea 1.00", "x"), 6 / 8, 6 / 8, id="a row of one too many"),
        pytest.param(table("item price", "tea"), 5 / 6, 5 / 6, id="a cell is missing"),
        pytest.param(table("item price", "tee 1.00"), 1 - (1 / 3) / 6, 1, id="a letter of three is wrong"),
        pytest.param((TWO[0], (ScoredCell("tea", 1, 2), TWO[1][1])), 5 / 6, 5 / 6, id="a cell spans too much"),
        pytest.param(table("item price tea 1.00"), 3 / 6, 3 / 6, id="two rows go and one comes, their cells stay"),
    ],
)
def test_what_is_missing_or_wrong_costs_its_share(found: Grid, whole: float, structure: float) -> None:
    assert teds(TWO, found) == pytest.approx(whole)
    assert teds(TWO, found, texts=False) == pytest.approx(structure)


@settings(max_examples=150)
@given(GRIDS, GRIDS, st.booleans())
def test_the_distance_is_the_one_that_the_definition_gives(a: Grid, b: Grid, texts: bool) -> None:
    if not b:
        return
    nodes = max(sum(1 + len(row) for row in grid) for grid in (a, b))
    assert teds(a, b, texts=texts) == pytest.approx(1 - by_definition(a, b, texts) / nodes)


@given(GRIDS, GRIDS)
def test_similarity_goes_both_ways_and_structure_forgives_more(a: Grid, b: Grid) -> None:
    if a and b:
        assert teds(a, b) == pytest.approx(teds(b, a))
    assert teds(a, b) <= teds(a, b, texts=False) + 1e-9


def by_definition(first: Grid, second: Grid, texts: bool) -> float:
    """Return the tree edit distance by its recursion over ordered forests, whatever trees they are."""

    def tree(grid: Grid) -> tuple:
        return ("table", tuple(("row", tuple((cell, ()) for cell in row)) for row in grid))

    def rename(a: object, b: object) -> float:
        if not isinstance(a, ScoredCell) or not isinstance(b, ScoredCell):
            return float(a != b)
        if (a.rows, a.cols) != (b.rows, b.cols):
            return 1.0
        return Levenshtein.normalized_distance(a.text, b.text) if texts else 0.0

    @cache
    def distance(a: tuple, b: tuple) -> float:
        if not a and not b:
            return 0.0
        if not a:
            return 1 + distance(a, b[:-1] + b[-1][1])
        if not b:
            return 1 + distance(a[:-1] + a[-1][1], b)
        return min(
            1 + distance(a[:-1] + a[-1][1], b),
            1 + distance(a, b[:-1] + b[-1][1]),
            distance(a[:-1], b[:-1]) + distance(a[-1][1], b[-1][1]) + rename(a[-1][0], b[-1][0]),
        )

    return distance((tree(first),), (tree(second),))


def test_html_is_rows_and_cells_whatever_wraps_them() -> None:
    markup = """<html><body><table><thead><tr><th colspan="2"><b>A</b><br>b</th></tr></thead>
      <tbody><tr><td rowspan="x">  1 </td><td>２<sup>nd</sup></td></tr><tr></tr></tbody></table></body></html>"""
    assert grid_of_html(markup) == ((ScoredCell("A b", 1, 2),), (ScoredCell("1"), ScoredCell("2nd")), ())


def test_cells_make_the_same_table_as_html() -> None:
    cells = [
        {"row": 1, "col": 1, "rowspan": 1, "colspan": 1, "text": "d"},
        {"row": 0, "col": 0, "rowspan": 2, "colspan": 1, "text": "a"},
        {"row": 0, "col": 1, "rowspan": 1, "colspan": 1, "text": "b"},
    ]
    assert grid_of_cells(cells) == grid_of_html('<table><tr><td rowspan="2">a<td>b<tr><td>d</table>')
    assert grid_of_cells([]) == ()


def test_neighbours_stand_right_and_below_past_blanks_and_once_however_far_they_span() -> None:
    grid = (
        (ScoredCell("head", 1, 2), ScoredCell("")),
        (ScoredCell("a"), ScoredCell("b"), ScoredCell("c")),
        (ScoredCell("d"), ScoredCell("-"), ScoredCell("c")),
    )
    assert adjacency(grid) == {
        ("head", "a", "below"): 1, ("head", "b", "below"): 1, ("a", "b", "right"): 1, ("b", "c", "right"): 1,
        ("a", "d", "below"): 1, ("b", "-", "below"): 1, ("c", "c", "below"): 1,
        ("d", "-", "right"): 1, ("-", "c", "right"): 1,
    }  # fmt: skip


def test_the_largest_table_is_scored() -> None:
    tallies = table_tallies(TWO, [table("x"), TWO, table("y z")])
    assert tallies["TEDS"].share == tallies["TEDS-Struct"].share == tallies["adjacency"].share == 1
    assert table_tallies(TWO, [])["TEDS"].share == 0
