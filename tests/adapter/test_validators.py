"""Validators: every rule every time; each can pass, fail, and stay unchecked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docpipe.adapter.validators import RULES, validate

ITEM = {"quantity": "2", "unit_price": "24.50", "net_amount": "49.00"}
TAX = {"rate": "19", "taxable": "49.00", "tax": "9.31"}
GOOD = {
    "document_type": "invoice", "issue_date": "2024-03-05", "due_date": "2024-03-19", "period_start": "2024-02-01",
    "period_end": "2024-02-29", "currency": "EUR", "seller.tax_id": "DE136695976", "total_lines": "49.00",
    "total_net": "49.00", "total_tax": "9.31", "total_gross": "58.31", "amount_paid": "8.31", "amount_due": "50.00",
    "payment.iban": "DE89370400440532013000",
}  # fmt: skip
CHINESE = {
    "currency": "CNY", "invoice_code": "011002300111", "invoice_number": "07099363",
    "check_code": "10014320023319800000", "seller.tax_id": "91330106MA7GAL1299", "total_net": "100.00",
    "total_tax": "13.00", "total_gross": "113.00", "total_gross_in_words": "壹佰壹拾叁圆整",
}  # fmt: skip


def outcomes(fields, items=(), taxes=(), derived=()):
    """Return rule -> outcome."""
    return {check.rule: check.outcome for check in validate(fields, items, taxes, derived)}


def test_a_right_invoice():
    """All rules that concern it pass; the Chinese ones say that they do not."""
    assert outcomes(GOOD, [ITEM], [TAX]) == {
        rule: "not_checked" if rule.startswith("cn-") else "pass" for rule in RULES
    }


def test_a_right_chinese_invoice():
    """Check character, lengths of the numbers, capitals against figures."""
    found = outcomes(CHINESE)
    assert {
        rule: found[rule] for rule in ("BR-CO-15", "cn-tax-id", "cn-number", "cn-capitals", "currency")
    } == dict.fromkeys(("BR-CO-15", "cn-tax-id", "cn-number", "cn-capitals", "currency"), "pass")


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("BR-CO-10", {"total_lines": "48.00"}),
        ("BR-CO-13", {"total_net": "40.00"}),
        ("BR-CO-14", {"total_tax": "9.00"}),
        ("BR-CO-15", {"total_gross": "58.00"}),
        ("BR-CO-16", {"amount_due": "58.31"}),
        ("BR-29", {"period_end": "2024-01-31"}),
        ("BR-CO-09", {"seller.tax_id": "136695976"}),
        ("due-date", {"due_date": "2024-03-01"}),
        ("currency", {"currency": "EUX"}),
        ("iban", {"payment.iban": "DE88370400440532013000"}),
    ],
)
def test_one_wrong_value_fails_its_rule(rule, changes):
    """The entry names expected and actual and stays readable."""
    checks = {check.rule: check for check in validate({**GOOD, **changes}, [ITEM], [TAX])}
    assert checks[rule].outcome == "fail"
    assert checks[rule].message
    assert checks[rule].actual


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("cn-tax-id", {"seller.tax_id": "91330106MA7GAL1298"}),
        ("cn-number", {"invoice_number": "0709936"}),
        ("cn-number", {"check_code": "123"}),
        ("cn-capitals", {"total_gross": "112.00"}),
    ],
)
def test_wrong_chinese_values(rule, changes):
    """A wrong check character, a missing digit, figures that differ from the words."""
    assert outcomes({**CHINESE, **changes})[rule] == "fail"


def test_wrong_rows():
    """A line whose price does not give its amount, a negative price, a tax that is not base x rate."""
    assert outcomes({}, [{**ITEM, "net_amount": "50.00"}])["line-net"] == "fail"
    assert outcomes({}, [{**ITEM, "unit_price": "-1"}])["BR-27"] == "fail"
    assert outcomes({}, (), [{**TAX, "tax": "9.00"}])["BR-CO-17"] == "fail"


def test_within_tolerance():
    """A cent for each amount added is no mistake; a rounded price may differ by what it lost."""
    assert outcomes({"total_net": "10.00", "total_tax": "1.00", "total_gross": "11.02"})["BR-CO-15"] == "pass"
    assert outcomes({"total_net": "10.00", "total_tax": "1.00", "total_gross": "11.03"})["BR-CO-15"] == "fail"
    assert outcomes({}, [{"quantity": "3", "unit_price": "3.3333", "net_amount": "10.00"}])["line-net"] == "pass"


def test_rounding_counts_on_a_receipt():
    """A receipt's total is the sum after its rounding."""
    values = {"total_net": "34.06", "total_tax": "2.04", "rounding": "0.05", "total_gross": "36.15"}
    assert outcomes({**values, "document_type": "receipt"})["BR-CO-15"] == "pass"
    assert outcomes({**values, "document_type": "invoice"})["BR-CO-15"] == "fail"


def test_a_fully_digital_invoice():
    """Twenty digits and no code are right; the old tax number of 15 digits has no check."""
    assert outcomes({"currency": "CNY", "invoice_number": "24312000000012345678"})["cn-number"] == "pass"
    assert outcomes({"currency": "CNY", "seller.tax_id": "110105199001011"})["cn-tax-id"] == "not_checked"


@pytest.mark.parametrize("number", ["412776510", "B41234568", "00743110157", "162/270/03318"])
@pytest.mark.parametrize("kind", ["receipt", "invoice"])
def test_a_seller_prints_the_tax_number_of_its_country_without_letters(number, kind):
    """At home that is usual; a number with a wrong digit is one of no country."""
    values = {"currency": "EUR", "seller.tax_id": number, "document_type": kind}
    assert outcomes({**values, "seller.tax_id": "136695970"})["BR-CO-09"] == "fail"
    assert outcomes(values)["BR-CO-09"] == "pass"


def test_a_till_in_china_numbers_its_receipts_as_it_likes():
    """Codes and lengths are those of official invoices."""
    values = {"currency": "CNY", "invoice_number": "2026030800127"}
    assert outcomes({**values, "document_type": "receipt"})["cn-number"] == "not_checked"
    assert outcomes({**values, "document_type": "vat_invoice"})["cn-number"] == "fail"


def test_derived_values_prove_nothing():
    """A net computed from gross and tax leaves their sum unchecked."""
    values = {"total_net": "49.00", "total_tax": "9.31", "total_gross": "58.31"}
    assert outcomes(values)["BR-CO-15"] == "pass"
    assert outcomes(values, derived={"total_net"})["BR-CO-15"] == "not_checked"


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*GOOD, *CHINESE]),
        st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["NaN", "-1", "1e999"])),
    ),
    st.lists(
        st.dictionaries(st.sampled_from(["quantity", "unit_price", "net_amount", "discount"]), st.text(max_size=6)),
        max_size=3,
    ),
)
def test_every_rule_answers_for_any_values(fields, items):
    """Total: always the same rules in the same order, whatever was read."""
    checks = validate(fields, items)
    assert [check.rule for check in checks] == list(RULES)
    assert {check.outcome for check in checks} <= {"pass", "fail", "not_checked"}


def test_numbers_as_long_as_a_line_are_compared() -> None:
    row = {"quantity": "9" * 40, "unit_price": "9" * 40, "net_amount": "1.00"}
    rates = {"rate": "9" * 40, "taxable": "9" * 40, "tax": "1.00"}
    found = [finding.outcome for finding in validate({}, [row], [rates])]
    assert found.count("fail") == 2


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"total_gross": "63.31", "total_charges": "5.00"}, "pass"),
        ({"total_gross": "53.31", "total_discount": "5.00"}, "pass"),
        ({"total_gross": "60.31", "total_charges": "5.00"}, "fail"),
    ],
)
def test_charges_may_stand_below_the_sub_total(changes, outcome):
    """American forms print sub-total, tax and shipping, and then the total."""
    found = outcomes({**GOOD, **changes, "amount_paid": None, "amount_due": None}, [ITEM])
    assert (found["BR-CO-13"], found["BR-CO-15"]) == (outcome, outcome)
