"""What is worth a second look is listed: the uncertain, the missing and the refuted, each once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from docpipe.adapter.needs_review import ReviewSettings, _low, review
from docpipe.adapter.review_thresholds import thresholds_for
from docpipe.document import Doubt
from docpipe.result import FIELD_PATHS, FieldResult, Fields, LineItem, Seller, Validation

SURE = FieldResult(value="x", confidence=0.985, source="rule")
UNSURE = FieldResult(value="x", confidence=0.3, source="rule")
RECEIPT = FieldResult(value="receipt", confidence=1.0, source="rule")


def failed(rule: str, *fields: str) -> Validation:
    return Validation(
        rule=rule, outcome="fail", fields=fields, expected="1", actual="2", tolerance="0.01", message="differs"
    )


def listed(found: Fields, /, **settings: object) -> list[tuple[str, str]]:
    return [(item.field, item.reason) for item in review(ReviewSettings.model_validate(settings), found, (), ())]


def test_a_sure_receipt_needs_no_number_and_no_buyer() -> None:
    sure = Fields(document_type=RECEIPT, issue_date=SURE, total_gross=SURE, seller=Seller(name=SURE))
    assert listed(sure) == []


def test_an_invoice_without_number_and_buyer_does() -> None:
    invoice = Fields(issue_date=SURE, total_gross=SURE, seller=Seller(name=SURE))
    assert listed(invoice) == [("invoice_number", "missing"), ("buyer.name", "missing")]
    assert listed(invoice, missing=False) == []


def test_each_field_may_have_a_threshold_of_its_own() -> None:
    fields = Fields(document_type=RECEIPT, issue_date=SURE, total_gross=UNSURE, seller=Seller(name=SURE))
    assert listed(fields) == [("total_gross", "low_confidence")]
    assert listed(fields, below=0.1) == []
    assert listed(fields, below=0.1, fields={"issue_date": 0.99, "due_date": 0.5}) == [
        ("issue_date", "low_confidence"),
        ("due_date", "missing"),
    ]


def test_a_refuted_value_is_listed_with_its_rules_once() -> None:
    fields = Fields(document_type=RECEIPT, issue_date=SURE, total_gross=UNSURE, seller=Seller(name=SURE))
    checks = [failed("BR-CO-15", "total_gross", "total_net"), failed("cn-capitals", "total_gross")]
    (found,) = review(ReviewSettings(), fields, (), checks)
    assert (found.field, found.reason, found.rules) == ("total_gross", "failed_check", ("BR-CO-15", "cn-capitals"))
    assert review(ReviewSettings(checks=False, below=0.2), fields, (), checks) == ()


def test_a_row_is_named_by_its_least_certain_cell() -> None:
    rows = [LineItem(description=SURE), LineItem(description=SURE, quantity=UNSURE)]
    found = review(
        ReviewSettings(missing=False, others_below=0.5), Fields(), rows, [failed("line-net", "line_items.net_amount")]
    )
    assert [(item.field, item.reason) for item in found] == [
        ("line_items[1].quantity", "low_confidence"),
        ("line_items", "failed_check"),
    ]


def test_fields_beside_the_core_have_a_threshold_of_their_own() -> None:
    fields = Fields(
        document_type=RECEIPT, issue_date=SURE, total_gross=SURE, amount_paid=UNSURE, seller=Seller(name=SURE)
    )
    assert listed(fields) == []
    assert listed(fields, others_below=0.4) == [("amount_paid", "low_confidence")]


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="is no field"):
        ReviewSettings(fields={"total": 0.5})


@given(st.dictionaries(st.sampled_from(["issue_date", "total_gross", "currency"]), st.floats(0, 1)), st.floats(0, 1))
def test_what_is_listed_is_below_and_what_is_not_listed_is_not(confidences: dict[str, float], below: float) -> None:
    fields = Fields(**{p: FieldResult(value="x", confidence=c, source="rule") for p, c in confidences.items()})
    found = {
        item.field for item in review(ReviewSettings(below=below, others_below=below, missing=False), fields, (), ())
    }
    assert found == {path for path, confidence in confidences.items() if confidence < below}
    assert found <= set(FIELD_PATHS)


def test_what_a_stage_doubts_is_listed_with_its_reason_and_rival() -> None:
    fields = Fields(document_type=RECEIPT, issue_date=SURE, total_gross=SURE, seller=Seller(name=SURE))
    doubts = [
        Doubt("document", "several_documents", "Pages 1 and 2 have heads of their own."),
        Doubt("total_gross", "contradiction", "Paid 20.00 less change 5.00 is 15.00.", "15.00"),
        Doubt("total_gross", "close_choice", "Another amount is as likely."),
        Doubt("line_items", "contradiction", "The rows add up to 12.00."),
    ]
    found = review(ReviewSettings(), fields, (), (), doubts)
    assert [(item.field, item.reason, item.rival) for item in found] == [
        ("document", "several_documents", None),
        ("total_gross", "contradiction", "15.00"),
        ("line_items", "contradiction", None),
    ]
    assert found[1].message == "Paid 20.00 less change 5.00 is 15.00."


def test_a_date_without_a_label_of_its_own_is_asked_about() -> None:
    """On invoices that nobody knew, dates of less than .75 were those of an offer or of a visit."""
    weak = FieldResult(value="2026-01-14", confidence=0.61, source="rule")
    for kind in (RECEIPT, SURE):
        fields = Fields(document_type=kind, issue_date=weak, total_gross=SURE, seller=Seller(name=SURE))
        assert "issue_date" in {item.field for item in review(ReviewSettings(), fields, (), ())}


def test_every_entry_says_why_in_a_sentence() -> None:
    fields = Fields(document_type=RECEIPT, issue_date=UNSURE, total_gross=SURE)
    found = review(ReviewSettings(), fields, (), [failed("BR-CO-15", "total_gross")])
    assert [(item.field, item.message, item.rival) for item in found] == [
        ("issue_date", "It was found with a confidence of 0.30, which is below 0.85.", None),
        ("seller.name", "No seller.name was found.", None),
        ("total_gross", "Differs.", "1"),
    ]


def test_the_target_chooses_the_thresholds() -> None:
    """A file may ask for more or less care, or set a field's threshold itself."""
    total = FieldResult(value="x", confidence=0.85, source="rule")
    fields = Fields(document_type=RECEIPT, issue_date=SURE, total_gross=total, seller=Seller(name=SURE))
    assert listed(fields) == [("total_gross", "low_confidence")]
    assert listed(fields, wrong_at_most=0.05) == []
    assert listed(fields, wrong_at_most=0.001) == [("total_gross", "low_confidence")]
    assert listed(fields, thresholds={"total_gross": 0.8}) == []
    assert listed(fields, below=0.5) == []


@pytest.mark.parametrize("kind", ["receipt", "invoice"])
def test_every_target_has_thresholds_for_fields_that_exist(kind: str) -> None:
    """An unknown source is judged by the field's other sources; a laxer target asks no more about totals."""
    for target in (0.005, 0.02, 0.05):
        known = thresholds_for(target, kind)
        assert set(known.alone) | set(known.beside) <= set(FIELD_PATHS)
        assert known.threshold("total_gross", "nobody", beside=False) == known.alone.get("total_gross", {}).get("any")
    assert thresholds_for(0.001, kind) is thresholds_for(0.005, kind)
    assert thresholds_for(0.4, kind) is thresholds_for(0.05, kind)


def test_a_document_that_is_looked_at_anyway_shows_more() -> None:
    """A seller's address that passes alone is listed beside another entry, by a stricter threshold for its source."""
    known = thresholds_for(0.005, "receipt")
    lax = known.threshold("seller.address", "model", beside=False) or 0.2
    strict = known.threshold("seller.address", "model", beside=True) or 0.2
    between = FieldResult(value="x", confidence=round((lax + strict) / 2, 4), source="model")
    assert lax < between.confidence < strict
    seller = Seller(name=SURE, address=between)
    alone = Fields(document_type=RECEIPT, issue_date=SURE, total_gross=SURE, seller=seller)
    assert listed(alone) == []
    beside = alone.model_copy(update={"total_gross": UNSURE})
    assert listed(beside) == [("seller.address", "low_confidence"), ("total_gross", "low_confidence")]


def test_receipts_and_other_documents_have_thresholds_of_their_own() -> None:
    """A total of 0.85 is asked about on a receipt."""
    total = FieldResult(value="x", confidence=0.85, source="rule")
    fields = Fields(document_type=RECEIPT, issue_date=SURE, total_gross=total, seller=Seller(name=SURE))
    assert ("total_gross", "low_confidence") in listed(fields)


def test_a_confidence_that_is_just_below_reads_as_below() -> None:
    assert (
        _low(FieldResult(value="1", confidence=0.9782), 0.98)
        == "It was found with a confidence of 0.9782, which is below 0.98."
    )
    assert (
        _low(FieldResult(value="1", confidence=0.4), 0.98)
        == "It was found with a confidence of 0.40, which is below 0.98."
    )


@pytest.mark.parametrize(
    ("number", "reasons"),
    [("B41234568", []), ("26730432Q", []), ("506224694", []), ("B41234567", ["failed_check"])],
    ids=["Spanish firm", "Spanish person", "Portuguese", "wrong digit"],
)
def test_a_national_tax_number_whose_digits_hold_needs_no_look(number: str, reasons: list[str]) -> None:
    """The rule that wants the country's letters fails, but nothing was read wrongly."""
    sure = FieldResult(value=number, confidence=0.98, source="rule")
    fields = Fields(document_type=RECEIPT, issue_date=SURE, total_gross=SURE, seller=Seller(name=SURE, tax_id=sure))
    found = review(ReviewSettings(), fields, (), [failed("BR-CO-09", "seller.tax_id", "buyer.tax_id")])
    assert [item.reason for item in found] == reasons


def test_a_packing_list_needs_no_number_and_no_total() -> None:
    sure = Fields(document_type=FieldResult(value="other", raw="PACKING LIST", confidence=0.95, source="rule"))
    asked = {path for path, _ in listed(sure)}
    assert not asked & {"invoice_number", "total_gross"}
    assert "issue_date" in asked
    guessed = Fields(document_type=FieldResult(value="other", confidence=0.6, source="rule"))
    assert "total_gross" in {path for path, _ in listed(guessed)}


@pytest.mark.parametrize("block", [{"wrong_at_most": True}, {"fields": {"total_gross": True}}])
def test_a_switch_is_no_share(block):
    """`wrong_at_most: yes` was 1: nothing would be listed."""
    with pytest.raises(ValidationError, match="true is no number"):
        ReviewSettings.model_validate(block)
