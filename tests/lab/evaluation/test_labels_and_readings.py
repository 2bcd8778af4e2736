"""What labels and results may hold, and what is said when they hold something else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.errors import ConfigError, UsageError
from docpipe.lab.evaluation.labels import read_labels, read_sets
from docpipe.lab.evaluation.readings import ReadDocument, ResultFolder
from docpipe.lab.evaluation.scoring import score_document
from tests.lab.evaluation.making import box, entry, perfect, result, sample_entries, write_labels, write_results


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", ":1: no document is labelled here"),
        ('[\n{"file": "a.png"}\n]', r":1: not JSON: .*write one object a line"),
        ('{"file": "a.png"}\n{"file": ', ":2: not JSON"),
        ('["a.png"]', ":1: not a JSON object"),
        ('{"file": "a.png", "lines": [{"page": 0}]}', ":1: not a labelled document: KeyError: 'text'"),
        (json.dumps(entry(lines=[{"text": "a", "polygon": [[0, 0]]}])), ":1: not a labelled document: ValueError"),
    ],
)
def test_labels_that_cannot_be_used_are_named_with_their_line(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint):
        list(read_labels(file))


def test_labels_that_are_missing_say_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file; name a labels.jsonl or its folder"):
        read_sets([tmp_path])


def test_a_set_is_called_by_its_folder_and_two_of_one_name_stay_apart(tmp_path: Path) -> None:
    files = [write_labels(tmp_path / top / "receipts", [entry()]) for top in ("a", "b")]
    assert [found.name for found in read_sets([files[0].parent, files[1]])] == ["receipts-1", "receipts-2"]
    assert [found.name for found in read_sets(files[:1])] == ["receipts"]


def test_labels_say_how_they_are_meant_and_a_reader_may_say_otherwise(tmp_path: Path) -> None:
    """Whatever the folder is called, only the file, or who asks, says how the labels are meant."""
    rules = {"day_first": False, "fields": {"shop": "seller.name", "colour": None, "number": ["purchase_order"]}}
    stated = write_labels(tmp_path / "stated", [{"conventions": rules}, entry()])
    plain = write_labels(tmp_path / "invoices_adbuy", [entry()])
    named = write_labels(tmp_path / "named", [entry(conventions="month-first")])
    found = read_sets([stated, plain, named])
    assert [labelled.conventions.day_first for labelled in found] == [False, True, False]
    assert [len(labelled.labels) for labelled in found] == [1, 1, 1]
    own = found[0].conventions
    assert [own.target(name) and own.target(name).paths for name in ("shop", "colour", "number", "total")] == [
        ("seller.name",), None, ("purchase_order",), ("total_gross",),
    ]  # fmt: skip
    chosen = read_sets([stated, plain], conventions=["general", "invoices_adbuy=month-first"])
    assert [labelled.conventions.day_first for labelled in chosen] == [True, False]
    file = tmp_path / "mine.yaml"
    file.write_text("fields: {shop: buyer.name}\n", encoding="utf-8")
    (mine,) = read_sets([plain], conventions=[str(file)], day_first=False)
    assert (mine.conventions.target("shop").paths, mine.conventions.day_first) == (("buyer.name",), False)


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([{"conventions": "mine"}, entry()], ":1: conventions: there are no conventions 'mine'; write one of general"),
        ([{"conventions": {"fields": {"a": "b"}}}, entry()], ":1: conventions: .*no field of a result is called b"),
        ([{"conventions": {"daisy_first": 1}}, entry()], ":1: conventions: daisy_first"),
        ([{"conventions": 3}, entry()], ":1: conventions: "),
        ([entry(), entry(conventions="general")], ":2: conventions: may stand in the first entry only"),
    ],
)
def test_conventions_that_cannot_be_meant_are_named(tmp_path: Path, entries: list[Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        read_sets([write_labels(tmp_path, entries)])


def test_entries_without_a_document_are_for_training_only(tmp_path: Path) -> None:
    file = write_labels(tmp_path, [entry(), {**entry(), "file": None}])
    assert len(list(read_labels(file))) == 1
    assert len(list(read_labels(file, without_file=True))) == 2


def test_a_result_belongs_to_the_document_of_its_name_whose_folders_agree_furthest(tmp_path: Path) -> None:
    write_results(
        tmp_path, [result(path, fields={"seller.name": path}) for path in ("x/a.png", "set/images/a.png", "b.png")]
    )
    folder = ResultFolder(tmp_path)
    assert folder.read_document("set/images/a.png").fields["seller.name"].value == "set/images/a.png"
    assert folder.read_document("x/a.png").fields["seller.name"].value == "x/a.png"
    assert folder.read_document("c.png") == ReadDocument(why="no result")
    assert len(folder) == 3


def test_files_that_are_no_results_are_listed(tmp_path: Path) -> None:
    write_results(tmp_path, [result()])
    for name, content in (("cut", '{"status": '), ("list", "[]"), ("other", '{"document": {"path": 3}}')):
        (tmp_path / f"{name}.json").write_text(content, encoding="utf-8")
    assert ResultFolder(tmp_path).unreadable == ["cut.json", "list.json", "other.json"]


def test_a_folder_that_is_not_there_is_a_complaint(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no such folder; name one that `docpipe run --out` wrote"):
        ResultFolder(tmp_path / "nothing")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.pop("pages"),
        lambda data: data["pages"][0].update(width=0),
        lambda data: data["pages"][0]["lines"][0].update(text=None),
        lambda data: data["pages"][0]["lines"][0].update(polygon=[[0, float("nan")]] * 4),
        lambda data: data.update(fields=None),
        lambda data: data.update(tables=[{"html": 3}]),
    ],
)
def test_a_damaged_result_is_a_failed_document(tmp_path: Path, damage: Any) -> None:
    data = result(lines=[{"text": "a", "polygon": box(0, 0, 1, 1)}])
    damage(data)
    reading = ResultFolder(write_results(tmp_path, [data])).read_document("a.png")
    assert reading.status == "failed"
    assert "does not follow the schema" in reading.why


def test_a_failed_document_says_nothing_whatever_else_it_holds(tmp_path: Path) -> None:
    data = result(fields={"seller.name": "A"}, status="failed") | {"errors": [{"message": "cut short"}]}
    assert ResultFolder(write_results(tmp_path, [data])).read_document("a.png") == ReadDocument(
        "failed", why="cut short"
    )


SAMPLE = next(sample for sample in sample_entries() if "receipt_cafe" in sample["file"])
PARTS = st.sampled_from(["status", "pages", "fields", "line_items", "tables", "timings", "errors"])
GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | PARTS, inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_no_damage_to_a_result_stops_the_measuring(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever stands at any place of a result, the document is scored, and never above what was labelled."""
    damaged = copy.deepcopy(perfect(SAMPLE))
    node: Any = damaged
    place = data.draw(PARTS)
    while data.draw(st.booleans()) and isinstance(node[place], (dict, list)) and node[place]:
        node = node[place]
        keys = sorted(node) if isinstance(node, dict) else range(len(node))
        place = data.draw(st.sampled_from(list(keys)))
    node[place] = data.draw(GARBAGE)
    folder = tmp_path_factory.mktemp("damaged")
    found = read_sets([write_labels(folder / "samples", [SAMPLE])])[0]
    reading = ResultFolder(write_results(folder / "results", [damaged])).read_document(SAMPLE["file"])
    scored = score_document(found.labels[0], reading, found.conventions)
    assert all(tally.hits <= tally.want for name, tally in scored.tallies.items() if not name.startswith("rec CER"))
