"""What is there to be read, and whether the pinned rungs read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.errors import NothingToDo
from docpipe.lab.evaluation.combinations import Combination
from docpipe.lab.evaluation.labels import read_sets
from docpipe.lab.evaluation.readings import ResultFolder
from docpipe.lab.evaluation.running import count_strays, documents_of
from tests.lab.evaluation.making import SAMPLES, entry, result, write_labels, write_results


def test_documents_are_called_by_their_set_and_missing_ones_are_named(tmp_path: Path) -> None:
    samples = read_sets([SAMPLES])[0].first(2)
    other = read_sets([write_labels(tmp_path / "mine", [entry("gone.png")])])[0]
    found, missing = documents_of([samples, other])
    assert [source.path for source in found] == [
        "samples/images/receipt_cafe.jpg",
        "samples/images/receipt_hardware.jpg",
    ]
    assert all(source.file and source.file.is_file() for source in found)
    assert missing == [tmp_path / "mine" / "gone.png"]


def test_no_document_at_all_says_where_they_are_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match=r"gone\.png.*relative to the folder of labels\.jsonl"):
        documents_of(read_sets([write_labels(tmp_path / "mine", [entry("gone.png")])]))


def test_documents_that_another_rung_served_are_counted(tmp_path: Path) -> None:
    pins = {"text_detection": "light", "key_fields": "main"}
    served = [("light", "main"), ("smallest", "main"), ("smallest", "core")]
    results = [
        result(f"{n}.png") | {"stages": {"text_detection": {"rung": a}, "key_fields": {"rung": b}}}
        for n, (a, b) in enumerate(served)
    ]
    folder = ResultFolder(write_results(tmp_path, [*results, result("no stages.png")]))
    assert count_strays(folder, Combination("x", pins)) == {"text_detection": 2, "key_fields": 1}
