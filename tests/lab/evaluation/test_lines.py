"""Lines on a page of 100 by 100, counted by hand."""

from __future__ import annotations

import pytest

from docpipe.lab.evaluation.lines import page_tallies, paired_lines, word_tallies
from docpipe.lab.evaluation.placed import PlacedText, as_shares
from docpipe.lab.evaluation.tallies import Tally
from tests.lab.evaluation.making import box


def line(text: str, left: float, top: float, right: float, bottom: float) -> PlacedText:
    return PlacedText(text, 0, as_shares(box(left, top, right, bottom), 100, 100))


A, B = line("TOTAL", 10, 10, 40, 20), line("9.00", 50, 10, 70, 20)


def counted(*found: PlacedText, expected: tuple[PlacedText, ...] = (A, B), answered: bool = True) -> dict[str, Tally]:
    return page_tallies(expected, found, answered=answered)


def test_a_page_read_as_labelled_is_perfect() -> None:
    tallies = counted(line("total", 10, 10, 40, 20), line("9.00", 50, 10, 70, 20))
    assert {name: tally.share for name, tally in tallies.items()} == {
        "det IoU 0.5": 1, "det DetEval": 1, "rec exact": 1, "rec CER": 0, "rec CER plain": 0, "spotting": 1,
    }  # fmt: skip


def test_a_missed_line_costs_recall_and_is_no_matter_for_recognition() -> None:
    tallies = counted(A)
    assert tallies["det IoU 0.5"] == Tally.of(hits=1, want=2, got=1)
    assert tallies["rec exact"] == Tally(1, 1)
    assert tallies["spotting"] == Tally.of(hits=1, want=2, got=1)


def test_half_a_line_is_found() -> None:
    assert counted(line("TOT", 10, 10, 25.1, 20), expected=(A,))["det IoU 0.5"].hits == 1
    assert counted(line("TOT", 10, 10, 24.9, 20), expected=(A,))["det IoU 0.5"].hits == 0


def test_errors_are_counted_in_edits() -> None:
    tallies = counted(line("TOTAI:", 10, 10, 40, 20), B)
    assert tallies["rec exact"] == Tally(1, 2)
    assert tallies["rec CER"] == Tally(2, 9)
    assert tallies["rec CER plain"] == Tally(1, 8)


def test_a_line_in_pieces_earns_less_by_deteval_and_nothing_at_iou() -> None:
    """Three equal pieces: none reaches IoU 0.5, together they cover the label."""
    pieces = [line("TO", 10, 10, 20, 20), line("T", 20, 10, 30, 20), line("AL", 30, 10, 40, 20)]
    tallies = counted(*pieces, expected=(A,))
    assert tallies["det IoU 0.5"] == Tally.of(hits=0, want=1, got=3)
    assert tallies["det DetEval"] == Tally(0.8, 1, pytest.approx(2.4), 3)


def test_one_box_over_two_lines_earns_in_full_by_deteval() -> None:
    """It covers both whole and is filled by them, 30 + 30 of 68, and by neither up to a half."""
    tallies = counted(line("TOTAL 9.00", 10, 10, 78, 20), expected=(A, line("9.00", 45, 10, 75, 20)))
    assert tallies["det DetEval"] == Tally(2, 2, 1, 1)
    assert tallies["det IoU 0.5"] == Tally.of(hits=0, want=2, got=1)


def test_a_box_labelled_without_text_is_neither_asked_for_nor_wrong_to_find() -> None:
    logo = line(" ", 10, 40, 30, 60)
    tallies = counted(A, line("LOGO", 10, 40, 30, 60), expected=(A, logo))
    assert tallies["det IoU 0.5"] == Tally.of(hits=1, want=1, got=1)
    assert tallies["spotting"] == Tally.of(hits=1, want=1, got=1)


def test_where_nothing_was_answered_every_line_counts_as_read_as_nothing() -> None:
    tallies = counted(answered=False)
    assert tallies["rec exact"] == Tally(0, 2)
    assert tallies["rec CER"] == Tally(9, 9)


def test_pages_without_lines_on_one_side_or_both_count() -> None:
    assert counted(expected=())["det IoU 0.5"].share is None
    assert counted(A, expected=())["det IoU 0.5"] == Tally.of(hits=0, want=0, got=1)
    assert counted()["det IoU 0.5"].share == 0


def test_a_crossed_polygon_still_has_an_area() -> None:
    crossed = PlacedText("TOTAL", 0, ((0.1, 0.1), (0.4, 0.2), (0.4, 0.1), (0.1, 0.2)))
    assert counted(crossed, expected=(crossed,))["det IoU 0.5"] == Tally.of(hits=1, want=1, got=1)


def test_lines_are_paired_by_place_not_by_text() -> None:
    assert paired_lines([A, B], [line("x", 50, 10, 70, 20), line("y", 80, 80, 90, 90)]) == {1: 0}


def test_words_are_a_multiset_without_case_and_a_chinese_character_is_one() -> None:
    want = [line("Total: 9.00", 0, 0, 1, 1), line("合计 A", 0, 0, 1, 1)]
    got = [line("TOTAL 9.00 9.00 合 a", 0, 0, 1, 1)]
    tallies = word_tallies(want, got)
    assert tallies["words"] == Tally.of(hits=3, want=5, got=5)
    assert tallies["words plain"] == Tally.of(hits=5, want=6, got=7)
