"""Fields come from the XML of an e-invoice, are placed in its print and compared with it; bad XML is a step down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from docpipe.config import load_config
from docpipe.inputs.limits import InputLimits
from docpipe.lab.synth.einvoice import invoice_xml, with_attachment
from docpipe.lab.synth.pdf import digital_pdf
from docpipe.pipeline import Pipeline
from docpipe.result import Result
from tests.inputs.einvoices import HOSTILE, hybrid, made_up, printed_otherwise

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline.from_config("invoice") as pipeline:
        yield pipeline


def disagreements(result: Result) -> dict[str, str | None]:
    return {item.field: item.rival for item in result.needs_review if item.reason == "xml_disagrees"}


@pytest.mark.parametrize("profile", ["minimum", "en16931", "extended", "zugferd1"])
def test_fields_come_from_the_xml_and_stand_where_they_are_printed(pipeline: Pipeline, profile: str) -> None:
    document = made_up(profile, seed=3)
    result = pipeline.run(hybrid(document, profile), name="a.pdf")
    assert result.status == "ok"
    assert result.stages.key_fields.served_by == "embedded_xml"
    assert "key_fields=main:embedded_xml" in result.model_version
    assert result.document.einvoice is not None
    assert disagreements(result) == {}
    for path in ("invoice_number", "issue_date", "total_gross"):
        field = result.field(path)
        assert (field.value, field.confidence, field.source) == (document.fields[path].value, 1.0, "embedded_xml")
        assert (field.page, field.bbox is not None, len(field.line_ids)) == (1, True, 1), path
    assert {check.rule for check in result.validations if check.outcome != "not_checked"} >= {"currency"}
    assert result.field("invoice_number").label, "that of the print"
    labelled = [
        cell for row in result.line_items for _, cell in row if cell.bbox is not None and cell.label is not None
    ]
    assert labelled or not result.line_items
    assert all(cell.label_bbox is not None for cell in labelled)


@pytest.mark.parametrize("path", ["total_gross", "invoice_number", "issue_date"])
def test_what_is_printed_otherwise_is_said_with_both_values(pipeline: Pipeline, path: str) -> None:
    document = made_up("en16931", seed=3)
    raw = document.fields[path].raw
    changed = raw.translate(str.maketrans("123456789", "234567891"))
    if path == "issue_date":
        changed = raw[:-1] + ("1" if raw[-1] != "1" else "2")
    data = hybrid(document, "en16931", printed_otherwise(document, path, changed))
    result = pipeline.run(data, name="a.pdf")
    assert path in disagreements(result)
    (item,) = (item for item in result.needs_review if item.field == path)
    assert document.fields[path].value in (item.message or "")
    assert result.field(path).value == document.fields[path].value


@pytest.mark.parametrize("name", ["billion_laughs", "fifty_megabytes", "depth_of_10000", "cut_short"])
def test_bad_xml_is_a_step_down_to_the_print(pipeline: Pipeline, name: str) -> None:
    make, word = HOSTILE[name]
    document = made_up("basic", seed=3)
    result = pipeline.run(with_attachment(digital_pdf(document)[0], "factur-x.xml", make()), name="a.pdf")
    assert (result.status, result.stages.key_fields.served_by) == ("degraded", "model")
    (step,) = result.degradations
    assert (step.stage, step.from_rung, step.to_rung, step.trigger) == ("key_fields", "embedded_xml", "main", "errors")
    assert word in (step.cause or "")
    assert result.field("total_gross").value == document.fields["total_gross"].value


def test_an_error_of_docpipe_in_comparing_xml_and_print_is_a_step_down_to_the_print(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("no such thing")

    document = made_up("basic", seed=3)
    monkeypatch.setattr("docpipe.execution.executor.serve_from_xml", broken)
    result = pipeline.run(hybrid(document, "basic"), name="a.pdf")
    assert (result.status, result.stages.key_fields.served_by, result.errors) == ("degraded", "model", ())
    assert "KeyError" in (result.degradations[0].cause or "")
    assert result.field("total_gross").value == document.fields["total_gross"].value


def test_an_xml_file_alone_has_fields_and_no_page(pipeline: Pipeline) -> None:
    document = made_up("peppol", seed=3)
    result = pipeline.run(invoice_xml(document, "peppol"), name="a.xml")
    assert (result.status, result.pages, result.document.pages, result.degradations) == ("ok", (), 0, ())
    assert {name: stage.served_by for name, stage in result.stages.items()} == {
        "text_detection": "none", "text_recognition": "none", "table_structure": "none", "key_fields": "embedded_xml",
    }  # fmt: skip
    assert result.field("total_gross").value == document.fields["total_gross"].value
    assert len(result.line_items) == len(document.line_items)


def test_a_damaged_xml_file_fails_with_its_reason(pipeline: Pipeline) -> None:
    result = pipeline.run(HOSTILE["cut_short"][0](), name="a.xml")
    assert (result.status, [error.code for error in result.errors]) == ("failed", ["input_unreadable"])
    assert "the XML is damaged" in result.errors[0].message


def test_ignore_reads_the_print_as_if_there_were_no_xml() -> None:
    config = load_config("invoice").model_copy(update={"input": InputLimits(einvoice="ignore")})
    document = made_up("en16931", seed=3)
    with Pipeline(config) as pipeline:
        with_xml = pipeline.run(hybrid(document, "en16931"), name="a.pdf")
        without = pipeline.run(digital_pdf(document)[0], name="a.pdf")
    assert with_xml.stages.key_fields.served_by == "model"
    assert (with_xml.fields, with_xml.line_items) == (without.fields, without.line_items)


def test_business_rules_judge_the_xml(pipeline: Pipeline) -> None:
    document = made_up("en16931", seed=3)
    total = document.fields["total_gross"].value.encode()
    xml = invoice_xml(document, "en16931").replace(b"<ram:GrandTotalAmount>" + total, b"<ram:GrandTotalAmount>1.00")
    result = pipeline.run(with_attachment(digital_pdf(document)[0], "factur-x.xml", xml), name="a.pdf")
    assert [check.outcome for check in result.validations if check.rule == "BR-CO-15"] == ["fail"]
    assert "total_gross" in disagreements(result)


def test_the_same_file_gives_the_same_json(pipeline: Pipeline) -> None:
    data = hybrid(made_up("en16931", seed=5), "en16931")
    first, second = (pipeline.run(data, name="a.pdf").model_dump(exclude={"timings"}) for _ in range(2))
    assert first == second
