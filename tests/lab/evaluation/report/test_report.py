"""The report: one file, whatever documents say in it."""

from __future__ import annotations

import re
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.inputs.limits import InputLimits
from docpipe.lab.evaluation.labels import read_sets
from docpipe.lab.evaluation.readings import ResultFolder
from docpipe.lab.evaluation.report.charts import Spot, interval_bar, scatter
from docpipe.lab.evaluation.report.markup import escape, mark_differences
from docpipe.lab.evaluation.report.page import report_of
from docpipe.lab.evaluation.report.pictures import boxes_of
from docpipe.lab.evaluation.report.worst import badness, worst_of
from docpipe.lab.evaluation.scoring import score_set
from tests.lab.evaluation.making import (
    SAMPLES,
    box,
    entry,
    field,
    perfect,
    result,
    sample_entries,
    write_labels,
    write_results,
)

HOSTILE = '</title></td><script>alert(1)</script><img src="http://x.example/i.png" onerror=alert(2)>\u202e&"\'\x00'


def parsed(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html)


@pytest.fixture(scope="module")
def samples_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two columns over the samples: perfect, and with a wrong total, a missed line and a moved one in each."""
    folder = tmp_path_factory.mktemp("report")
    entries = sample_entries()
    worse = []
    for data in (perfect(labelled) for labelled in entries):
        data["fields"]["total_gross"] = field("1.00", 0.4) | {"page": 1, "bbox": [10, 10, 90, 30]}
        lines = data["pages"][0]["lines"]
        lines[0]["text"] += "x"
        del lines[1]
        worse.append(data)
    labelled = read_sets([SAMPLES])[0]
    columns = {
        "worse": ResultFolder(write_results(folder / "worse", worse)),
        "perfect": ResultFolder(write_results(folder / "perfect", [perfect(labelled) for labelled in entries])),
    }
    groups = score_set(labelled, columns, resamples=100)
    return report_of([labelled], groups, InputLimits(), worst=4)


def test_it_is_one_file_that_asks_the_network_for_nothing(samples_report: str) -> None:
    page = parsed(samples_report)
    assert page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0].startswith("default-src 'none'")
    assert page.xpath("//script | //link | //iframe | //object | //form") == []
    sources = page.xpath("//@src")
    assert len(sources) >= 4
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    assert all(target.startswith("#") for target in page.xpath("//@href"))
    assert not re.search(r"url\(|@import", samples_report)


def test_its_links_lead_somewhere_and_its_names_are_its_own(samples_report: str) -> None:
    page = parsed(samples_report)
    names = page.xpath("//@id")
    assert len(names) == len(set(names))
    assert {target.removeprefix("#") for target in page.xpath("//a/@href")} <= set(names)
    assert all(page.xpath("//img/@alt"))
    assert page.xpath("/html/@lang") == ["en"]


def test_the_worst_documents_are_pictured_with_what_went_wrong(samples_report: str) -> None:
    page = parsed(samples_report)
    cards = page.xpath("//section[contains(@class, 'card')]")
    assert len(cards) == 4
    for card in cards:
        kinds = card.xpath(".//polygon/@class")
        assert {"right", "misread", "missed"} <= set(kinds)
        assert "field" in kinds
        assert "✗ wrong" in card.text_content()


def test_columns_stand_in_one_chart_of_accuracy_against_time(samples_report: str) -> None:
    (chart,) = parsed(samples_report).xpath("//svg[contains(@aria-label, 'against seconds')]")
    assert len(chart.xpath(".//circle")) == 2


def test_what_documents_say_stays_text(tmp_path: Path) -> None:
    labels = [
        entry(
            "a<b>.png",
            lines=[{"text": HOSTILE, "polygon": box(0, 0, 50, 10)}],
            fields={"total": "9.00", "company": HOSTILE},
            line_items=[{"description": HOSTILE, "net_amount": "1.00"}],
            table_html="<table><tr><td>a</table>",
            kind=HOSTILE,
        )
    ]
    data = result(
        "a<b>.png",
        lines=[{"text": HOSTILE + "!", "polygon": box(0, 0, 50, 10)}],
        fields={"total_gross": field(HOSTILE), "seller.name": field(HOSTILE + HOSTILE) | {"source": HOSTILE}},
        items=[{"description": HOSTILE}],
        tables=[{"html": f"<table><tr><td>{escape(HOSTILE)}</table>"}],
        status=HOSTILE,
    )
    labelled = read_sets([write_labels(tmp_path / "s<script>", labels)])[0]
    results = ResultFolder(write_results(tmp_path / "r", [data]))
    html = report_of([labelled], score_set(labelled, {HOSTILE: results}, resamples=100), InputLimits())
    page = parsed(html)
    assert page.xpath("//script | //*[@onerror] | //img") == []
    assert "\x00" not in html
    assert "No picture" in page.text_content()


@given(st.text(max_size=30), st.text(max_size=30))
def test_marks_leave_both_texts_whole(a: str, b: str) -> None:
    for shown, text in zip(mark_differences(a, b), (a, b), strict=True):
        assert re.sub("</?mark>", "", shown) == escape(text)


def test_marks_pass_over_case() -> None:
    assert mark_differences("PAPER CAFE", "Paper Cape") == (
        "PAPER CA<mark>F</mark>E",
        "Paper Ca<mark>p</mark>e",
    )


def test_the_worst_are_shared_out_among_sets_and_none_is_without_a_mistake(tmp_path: Path) -> None:
    entries = [entry(f"{n}.png", fields={"total": "9.00", "date": "5/3/2018"}) for n in range(6)]
    read = {0: {}, 1: {"total_gross": "9.00"}, 2: {"total_gross": "9.00", "issue_date": "2018-03-05"}}
    results = [result(f"{n}.png", fields=fields) for n, fields in read.items()]
    labelled = read_sets([write_labels(tmp_path / "set", entries)])[0]
    (group,) = score_set(labelled, {"x": ResultFolder(write_results(tmp_path / "r", results))}, resamples=100)
    documents = group.columns[0].documents
    assert [round(badness(document), 3) for document in documents[:3]] == [1.0, 0.333, 0.0]
    assert [[d.label.file for d in found] for found in worst_of([documents[:3], documents[3:]], 3)] == [
        ["0.png", "1.png"],
        ["3.png"],
    ]
    assert [len(found) for found in worst_of([documents[2:3], documents], 4)] == [0, 4]


def test_boxes_tell_right_misread_missed_and_extra_lines_apart(tmp_path: Path) -> None:
    places = [box(0, 20 * n, 50, 20 * n + 10) for n in range(4)]
    texts = ["right", "wrong", "missed"]
    labels = [entry(lines=[{"text": t, "polygon": p} for t, p in zip(texts, places, strict=False)])]
    lines = [{"text": t, "polygon": places[n]} for t, n in (("right", 0), ("wr0ng", 1), ("extra", 3))]
    labelled = read_sets([write_labels(tmp_path / "set", labels)])[0]
    folder = ResultFolder(write_results(tmp_path / "r", [result(lines=lines)]))
    (group,) = score_set(labelled, {"x": folder}, resamples=100)
    boxes, misread = boxes_of(group.columns[0].documents[0], 0)
    assert [b.kind for b in boxes] == ["right", "extra", "misread", "missed"]
    assert [(line.expected, line.read) for line in misread] == [("wrong", "wr0ng"), ("missed", None)]


@given(
    st.lists(
        st.builds(
            Spot, st.text("rung 12", max_size=5), st.floats(0, 1e4), st.floats(0, 1), st.none() | st.just((0.2, 0.9))
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_a_chart_is_drawn_of_any_numbers(spots: list[Spot]) -> None:
    svg = scatter(spots, "fields")
    assert "nan" not in svg
    assert "inf" not in svg
    assert svg.count("<circle") == len(spots)


def test_a_bar_says_its_numbers_to_who_cannot_see_it() -> None:
    assert 'aria-label="0.500, 95 % 0.400 to 0.600"' in interval_bar(0.5, (0.4, 0.6))
    assert interval_bar(None, None) == ""
