"""Rows that are left out before rulings are looked for: none of them could hold one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from docpipe.stages.table_structure.rulings import _candidate_rows, find_rulings


def drawn_edges(rng: np.random.Generator) -> np.ndarray:
    """Return an edge image of noise and pieces of lines, broken and touching the sides of the page."""
    height, width = int(rng.integers(1, 12)), int(rng.integers(1, 160))
    edges = (rng.random((height, width)) < rng.choice([0.0, 0.05, 0.3, 0.6, 0.9, 1.0])).astype(np.uint8)
    for _ in range(int(rng.integers(0, 4))):
        row, start = int(rng.integers(0, height)), int(rng.integers(-20, width))
        edges[row, max(start, 0) : start + int(rng.integers(1, 90))] = 1
    return edges


@pytest.mark.parametrize("seed", range(6))
def test_no_row_with_a_line_is_left_out(seed: int) -> None:
    """Closing and opening the whole image finds nothing in the rows that are left out."""
    rng = np.random.default_rng(seed)
    lines = 0
    for _ in range(300):
        edges, unit = drawn_edges(rng), float(rng.uniform(4, 60))
        gap, length = max(3, round(unit / 5)), max(14, round(1.8 * unit))
        closed = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
        opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
        with_lines = np.flatnonzero(opened.any(axis=1))
        lines += len(with_lines)
        assert set(with_lines) <= set(_candidate_rows(edges, gap, length))
    assert lines > 100


def test_rows_of_letters_are_left_out() -> None:
    """Strokes with gaps between them, as in a line of text, and nothing at all."""
    edges = np.zeros((40, 600), dtype=np.uint8)
    edges[10:20, 100:500:12] = 1
    assert not _candidate_rows(edges, gap=4, length=40).size
    edges[30, 100:200] = 1
    assert _candidate_rows(edges, gap=4, length=40).tolist() == [30]


def test_lines_at_the_sides_and_first_and_last_rows_are_found() -> None:
    page = np.full((200, 300), 255, dtype=np.uint8)
    page[1:3], page[198:], page[:, 1:3], page[100, :60] = 0, 0, 0, 0
    found = find_rulings(page, [], 12.0)
    assert [round(line.at) for line in found.horizontal] == [2, 100, 198]
    assert [round(line.at) for line in found.vertical] == [2]
