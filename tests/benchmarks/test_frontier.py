"""A reader lies on the frontier where none that costs less reads as well; rivals are compared document by document."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from docpipe.lab.evaluation.scores import Bootstrap
from docpipe.lab.evaluation.tallies import Tally

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks" / "throughput"))

frontier = import_module("frontier")

SPENT = {"dear": 1.0, "middle": 0.5, "cheap": 0.1}


def column(*hits: int):
    """Return a reader that found so many of ten words in each document."""
    documents = [SimpleNamespace(tallies={"words": Tally(float(n), 10.0, float(n), 10.0)}) for n in hits]
    scores = Bootstrap(len(hits)).scores([document.tallies for document in documents])
    return SimpleNamespace(documents=documents, scores=scores)


def test_the_rival_is_the_best_of_those_that_cost_less():
    columns = {"dear": column(9, 9), "middle": column(8, 8), "cheap": column(5, 5)}
    found = frontier.rivals(SPENT, columns, "words")
    assert {name: rival.name for name, rival in found.items()} == {"dear": "middle", "middle": "cheap"}
    assert not any(rival.wins for rival in found.values())


@pytest.mark.parametrize(("middle", "wins"), [((8, 7), False), ((8, 8), True), ((9, 8), True)])
def test_who_costs_more_must_read_better(middle, wins):
    columns = {"dear": column(8, 8), "middle": column(*middle), "cheap": column(1, 1)}
    assert frontier.rivals(SPENT, columns, "words")["dear"].wins is wins


def test_of_two_equally_good_the_cheaper_is_the_rival():
    columns = {"dear": column(9, 9), "middle": column(8, 8), "cheap": column(8, 8)}
    assert frontier.rivals(SPENT, columns, "words")["dear"].name == "cheap"


def test_the_interval_is_of_differences_within_documents():
    """Documents differ widely, the readers by one word in each: that is sure however few the documents are."""
    columns = {"dear": column(1, 9, 5, 3), "middle": column(0, 8, 4, 2), "cheap": column(0, 0, 0, 0)}
    rival = frontier.rivals(SPENT, columns, "words")["dear"]
    assert (rival.better_by, rival.low, rival.high) == pytest.approx((-0.1, -0.1, -0.1))
