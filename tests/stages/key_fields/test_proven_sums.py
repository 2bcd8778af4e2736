"""What was paid, taken off or added on an invoice is sure where a sum is left by it, and doubted where none is."""

from __future__ import annotations

from docpipe.document import KeyField
from docpipe.stages.key_fields.extract import Extraction
from docpipe.stages.key_fields.proven_sums import without_unproven_lines
from tests.stages.key_fields.placing import reading
from tests.stages.key_fields.test_sums import HEAD, sums


def read(*rows: tuple[str, str]) -> Extraction:
    return reading(*HEAD, *sums(*rows), pack="invoice-en")


def doubted(found: Extraction) -> set[str]:
    return {doubt.field for doubt in found.doubts if doubt.reason == "unproved_amount"}


GOODS = [("Subtotal", "100.00"), ("VAT 20%", "20.00"), ("Total", "120.00")]


def test_a_deposit_that_is_asked_for_was_not_paid() -> None:
    found = read(*GOODS, ("Deposit of 30% on order", "36.00"))
    assert found.fields["amount_paid"].value is None or doubted(found) == {"amount_paid"}


def test_what_leaves_what_is_due_was_paid() -> None:
    found = read(*GOODS, ("Less deposit", "36.00"), ("Balance due", "84.00"))
    assert not doubted(found)
    assert found.fields["amount_paid"].value == "36.00"
    assert found.fields["amount_paid"].confidence >= found.fields["total_gross"].confidence


def test_several_payments_are_one_sum() -> None:
    found = read(*GOODS, ("Less deposit", "36.00"), ("Less payment received", "34.00"), ("Balance due", "50.00"))
    assert found.fields["amount_paid"].value == "70.00"
    assert not doubted(found)


def test_what_is_kept_back_was_not_paid() -> None:
    found = read(*GOODS, ("Less retention 5%", "6.00"), ("Balance due", "114.00"))
    paid = found.fields.get("amount_paid")
    assert paid is None or paid.value is None or doubted(found) == {"amount_paid"}


def test_a_charge_that_no_sum_needs() -> None:
    assert doubted(read(*GOODS, ("Delivery", "9.00"))) == {"total_charges"}
    assert not doubted(read(("Subtotal", "91.00"), ("Delivery", "9.00"), ("VAT 20%", "20.00"), ("Total", "120.00")))


def test_two_taxes_of_one_amount_beside_goods() -> None:
    """No net is printed: the goods and both taxes make the total."""
    found = reading(
        *HEAD,
        [(20, "Description"), (500, "Qty"), (650, "Rate"), (950, "Amount")],
        [(20, "Hex bolts"), (500, "10"), (650, "50.00"), (950, "500.00")],
        [(20, "Washers"), (500, "10"), (650, "50.00"), (950, "500.00")],
        [(20, "CGST 9%"), (950, "90.00")],
        [(20, "SGST 9%"), (950, "90.00")],
        [(20, "Total"), (950, "1,180.00")],
        pack="invoice-en",
    ).fields
    assert (found["total_net"].value, found["total_tax"].value) == ("1000.00", "180.00")


def test_a_sum_of_lines_that_only_a_model_saw() -> None:
    """The total is none of its own lines where the net is another sum."""
    fields = {
        "total_lines": KeyField("120.00", confidence=0.9, source="model", source_id="docpipe-key-fields"),
        "total_net": KeyField("100.00", confidence=0.9, source="rule"),
        "total_gross": KeyField("120.00", confidence=0.9, source="rule"),
    }
    assert "total_lines" not in without_unproven_lines(fields, ())
    named = {**fields, "total_lines": KeyField("100.00", confidence=0.9, source="model", source_id="x")}
    assert "total_lines" in without_unproven_lines(named, ())
