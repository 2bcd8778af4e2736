"""Sums that contradict each other are doubted with the rival value; sums that agree make each other surer."""

from __future__ import annotations

import pytest

from docpipe.document import KeyField
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields, view_page
from docpipe.stages.key_fields.labelled_amounts import find_amounts_seen
from docpipe.stages.key_fields.layout import lay_out
from docpipe.stages.key_fields.sum_checks import check_sums, raise_confirmed
from tests.stages.key_fields.placing import document, reading, values
from tests.stages.key_fields.test_receipts import HEAD, sums


def doubted(*rows: tuple[str, str], pack: str = "receipt-en") -> dict[str, str | None]:
    """Return the fields that a document with such sums doubts, each with the rival value."""
    found = reading(*HEAD, *sums(*rows), pack=pack)
    return {doubt.field: doubt.rival for doubt in found.doubts}


@pytest.mark.parametrize(
    ("rows", "pack", "rival"),
    [
        pytest.param(
            [("TOTAL", "0.50"), ("CASH", "100.00"), ("CHANGE", "20.50")], "receipt-en", "79.50", id="cash-less-change"
        ),
        pytest.param([("TOTAL", "64.15"), ("CASH", "6.00")], "receipt-en", None, id="less-was-paid"),
        pytest.param([("Subtotal", "-377.00"), ("Invoice total", "-402.58")], "invoice-en", None, id="below-nothing"),
    ],
)
def test_a_total_that_other_sums_refute_is_doubted(rows, pack, rival):
    found = reading(*HEAD, *sums(*rows), pack=pack)
    (doubt,) = [doubt for doubt in found.doubts if doubt.field == "total_gross"]
    assert (doubt.reason, doubt.rival) == ("contradiction", rival)
    assert doubt.message.endswith(".")


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([("TOTAL", "36.10"), ("CASH", "50.00"), ("CHANGE", "13.90")], id="cash-less-change"),
        pytest.param([("TOTAL", "36.10"), ("VISA", "36.10")], id="paid-by-card"),
        pytest.param([("TOTAL", "36.10"), ("CASH", "20.00"), ("VISA", "20.00"), ("CHANGE", "3.90")], id="paid-twice"),
        pytest.param([("TOTAL", "36.10")], id="nothing-else"),
        pytest.param([("TOTAL", "36.12"), ("CASH", "50.00"), ("CHANGE", "13.90")], id="rounded-in-cash"),
    ],
)
def test_sums_that_fit_raise_no_doubt(rows):
    assert doubted(*rows) == {}


def test_an_agreement_makes_a_total_surer():
    """Cash less change is the total: that is worth more than the label alone."""
    alone = reading(*HEAD, *sums(("AMOUNT", "36.10")), pack="receipt-en").fields["total_gross"]
    agreed = reading(*HEAD, *sums(("AMOUNT", "36.10"), ("CASH", "50.00"), ("CHANGE", "13.90")), pack="receipt-en")
    assert agreed.fields["total_gross"].value == alone.value == "36.10"
    assert agreed.fields["total_gross"].confidence > alone.confidence


def test_the_doubt_reaches_the_result_of_the_core_rung_too():
    """A rung that reads the core fields alone checks their sums as well."""

    rows = sums(("TOTAL", "0.50"), ("CASH", "100.00"), ("CHANGE", "20.50"))
    found = extract_fields(document(*HEAD, *rows), shipped_packs(), "receipt-en", core=True)
    assert [doubt.field for doubt in found.doubts] == ["total_gross"]
    assert values(found)["total_gross"] == "0.50"


def test_a_tax_beside_another_word_is_doubted():
    """A model may take for the tax what stands between the net and the total."""
    rows = sums(("Subtotal", "90.00"), ("Insurance", "10.00"), ("Total", "100.00"))
    amounts = find_amounts_seen(view_page(lay_out(document(*HEAD, *rows)), shipped_packs().by_name("invoice-en")))
    fields = {
        path: KeyField(value, value, 0.97, "model")
        for path, value in {"total_net": "90.00", "total_tax": "10.00", "total_gross": "100.00"}.items()
    }
    assert "total_tax" in {doubt.field for doubt in check_sums(fields, (), amounts).doubts}


def test_a_payment_as_high_as_the_last_bill_is_doubted():
    """A model may take it for a payment of this one."""
    rows = sums(("Previous balance", "118.47"), ("Payment", "118.47"), ("Total due", "118.47"))
    amounts = find_amounts_seen(view_page(lay_out(document(*HEAD, *rows)), shipped_packs().by_name("invoice-en")))
    fields = {path: KeyField("118.47", "118.47", 0.97, "model") for path in ("total_gross", "amount_paid")}
    assert "amount_paid" in {doubt.field for doubt in check_sums(fields, (), amounts).doubts}


def test_total_payment_and_rest_prove_the_payment():
    """All three are printed, each under a label of its own."""
    rows = sums(("Invoice Total", "$175.86"), ("Payment: Visa", "$100.00"), ("Balance Due", "$75.86"))
    amounts = find_amounts_seen(view_page(lay_out(document(*HEAD, *rows)), shipped_packs().by_name("invoice-en")))
    found = {"total_gross": "175.86", "amount_paid": "100.00", "amount_due": "75.86"}
    fields = {path: KeyField(value, value, 0.75, "model") for path, value in found.items()}
    agreed = check_sums(fields, (), amounts).agreed
    assert raise_confirmed(fields, agreed)["amount_paid"].confidence >= 0.97


def test_one_of_two_taxes_is_doubted():
    """A hotel prints both rates below the gross, and no net."""
    rows = sums(("Gesamtbetrag brutto", "325,50"), ("enthaltene MwSt. 7 %", "18,06"), ("enthaltene MwSt. 19 %", "6,71"))
    amounts = find_amounts_seen(view_page(lay_out(document(*HEAD, *rows)), shipped_packs().by_name("invoice-de")))
    found = {"total_gross": "325.50", "total_tax": "6.71"}
    fields = {path: KeyField(value, value, 0.9, "model") for path, value in found.items()}
    (doubt,) = [doubt for doubt in check_sums(fields, (), amounts).doubts if doubt.field == "total_tax"]
    assert doubt.rival == "24.77"
