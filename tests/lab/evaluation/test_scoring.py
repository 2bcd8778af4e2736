"""Whole sets: perfect, missing, mixed, grouped, side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from docpipe.lab.evaluation.companies import SEEN, UNSEEN, by_company
from docpipe.lab.evaluation.conventions import Conventions
from docpipe.lab.evaluation.labels import LabelledSet, read_label, read_sets
from docpipe.lab.evaluation.readings import ResultFolder
from docpipe.lab.evaluation.scores import LOWER_IS_BETTER
from docpipe.lab.evaluation.scoring import Group, Grouping, by_key, score_set
from docpipe.lab.evaluation.summary import data_of, text_of
from tests.lab.evaluation.making import SAMPLES, entry, perfect, result, sample_entries, write_labels, write_results


def scored(
    tmp_path: Path, entries: list[dict], *columns: list[dict], groupings: Sequence[Grouping] = ()
) -> list[Group]:
    labelled = read_sets([write_labels(tmp_path / "set", entries)])[0]
    folders = {
        f"run {n}": ResultFolder(write_results(tmp_path / str(n), results)) for n, results in enumerate(columns, 1)
    }
    return score_set(labelled, folders, groupings, resamples=200)


@pytest.fixture(scope="module")
def samples() -> LabelledSet:
    return read_sets([SAMPLES])[0]


def test_the_samples_read_as_labelled_are_perfect_in_everything(samples: LabelledSet, tmp_path: Path) -> None:
    folder = ResultFolder(write_results(tmp_path, [perfect(e) for e in sample_entries()]))
    (group,) = score_set(samples, {"perfect": folder}, resamples=100)
    values = {name: score.value for name, score in group.columns[0].scores.items()}
    assert {name: value for name, value in values.items() if value != (0 if name in LOWER_IS_BETTER else 1)} == {}
    assert {"det DetEval", "words", "field seller.name", "line items", "item tax_amount", "pages read"} <= set(values)


def test_nothing_read_is_wrong_in_everything(samples: LabelledSet, tmp_path: Path) -> None:
    (group,) = score_set(samples, {"nothing": ResultFolder(tmp_path)}, resamples=100)
    values = {name: score.value for name, score in group.columns[0].scores.items()}
    expected = {name: 1 if name.startswith("rec CER") else 0 for name in values}
    assert values == expected, "nothing is read, so nothing passes in silence, and nobody is asked"
    assert group.columns[0].statuses == {"missing": len(samples.labels)}


def test_each_document_read_as_its_neighbour_scores_poorly(samples: LabelledSet, tmp_path: Path) -> None:
    entries = sample_entries()
    swapped = [
        perfect({**other, "file": e["file"]}) for e, other in zip(entries, entries[1:] + entries[:1], strict=True)
    ]
    (group,) = score_set(samples, {"swapped": ResultFolder(write_results(tmp_path, swapped))}, resamples=100)
    scores = group.columns[0].scores
    for name in ("spotting", "words", "fields", "line items"):
        assert (scores[name].value or 0) < 0.35, name


def test_columns_are_compared_with_the_first_over_the_same_documents(tmp_path: Path) -> None:
    entries = [entry(f"{n}.png", fields={"total": "9.00"}) for n in range(8)]
    right = [result(f"{n}.png", fields={"total_gross": "9.00"}, ms=200) for n in range(8)]
    half = [result(f"{n}.png", fields={"total_gross": "9.00" if n % 2 else "1.00"}, ms=50) for n in range(8)]
    (group,) = scored(tmp_path, entries, right, half)
    first, second = group.columns
    assert first.differences == {}
    assert second.differences["field total"].value == -0.5
    assert (first.timing.total_ms, second.timing.total_ms) == (200, 50)
    assert second.timing.stage_ms == {"text_detection": 25}
    text = text_of(group)
    assert "[1] run 1 (8 ok)" in text
    assert "field total                 1.000 [1.000, 1.000]   0.500 -0.500*" in text
    assert "ms a document                 200                     50" in text


def test_groups_are_the_values_of_a_key(tmp_path: Path) -> None:
    entries = [entry(f"{n}.png", fields={"total": "9.00"}, scanned=n < 1) for n in range(3)]
    groups = scored(tmp_path, entries, [result("0.png", fields={"total_gross": "9.00"})], groupings=[by_key("scanned")])
    columns = {group.title: group.columns[0] for group in groups}
    assert {title: (len(c.documents), c.scores["fields"].value) for title, c in columns.items()} == {
        "set": (3, 0.5), "set, scanned=false": (2, 0.0), "set, scanned=true": (1, 1.0),
    }  # fmt: skip


def test_one_column_is_shown_with_its_counts(tmp_path: Path) -> None:
    (group,) = scored(tmp_path, [entry(fields={"total": "9.00", "date": "x"})], [result(fields={"total_gross": "9"})])
    text = text_of(group)
    assert "set: 1 document\n" in text
    assert "1 label set aside" in text
    assert "fields                      1.000  [1.000, 1.000]  1.000  1.000  1 of 1, 1 found" in text


def test_the_data_holds_every_number_and_is_json(tmp_path: Path) -> None:
    groups = scored(tmp_path, [entry(fields={"total": "9.00"})], [result(fields={"total_gross": "8.00"})], [])
    data = json.loads(json.dumps(data_of(groups, details=True)))
    first, second = data["set"]["all"].values()
    assert first["metrics"]["fields"] == {
        "value": 0.0, "interval": [0.0, 0.0], "counts": {"hits": 0, "want": 1, "hits_got": 0, "got": 1},
        "precision": 0.0, "recall": 0.0,
    }  # fmt: skip
    assert first["each"]["a.png"]["fields"][0] == {
        "field": "total", "path": "total_gross", "expected": "9.00", "read": "8.00", "confidence": 0.9,
        "source": "rule", "source_id": "pack.rule", "exact": False, "alike": False, "review": [], "silent": True,
    }  # fmt: skip
    assert second["each"]["a.png"]["status"] == "missing"
    assert second["metrics"]["fields"]["difference"]["value"] == 0


@pytest.mark.parametrize(
    ("seller", "address", "expected"),
    [
        ("MR D.I.Y. (JOHOR) SDN BHD", "", SEEN),
        ("Mr DIY Johor Sdn. Bhd", "", SEEN),
        ("MR D.I.Y. (JOHOR) SDN BHD (TESCO TERBAU)", "", SEEN),
        ("DIY MASTER", "12 Invented Street, Sampleton SX1 1AA.", SEEN),
        ("PAPER LANTERN CAFE", "1 Other Road, Elsewhere", UNSEEN),
        ("MR", "", UNSEEN),
        ("", "", None),
    ],
)
def test_a_company_is_known_by_its_name_or_its_address(seller: str, address: str, expected: str | None) -> None:
    training = read_label(
        {"fields": {"company": "MR D.I.Y. (JOHOR) SDN BHD", "address": "12 INVENTED STREET SAMPLETON SX1 1AA"}}
    )
    group = by_company([(training, Conventions())], Conventions())
    assert group(read_label(entry(fields={"seller.name": seller, "seller.address": address}))) == expected
