"""The seller's bank and an account number that is no IBAN, beside other lines of a bank; never the payer's."""

from __future__ import annotations

import pytest

from docpipe.stages.key_fields import bank_details
from tests.stages.key_fields.placing import Placed, reading, values


def read(*rows: Placed | str, pack: str = "invoice-en") -> dict[str, str | None]:
    return values(reading("Invoice", "Invoice number: A-2041", "Total: 180.00 GBP", "", "", "", *rows, pack=pack))


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (["Bank: mBank S.A.", "PL17 1140 2004 0000 3602 8841 7720"], "mBank S.A."),
        (["Hamburger Sparkasse", "IBAN DE20 2005 0550 1284 4077 12"], "Hamburger Sparkasse"),
        (["Please pay by BACS to Lloyds Bank, sort code 30-91-87, account 01442863."], "Lloyds Bank"),
        (["Konto bei der Sparkasse Celle,", "IBAN DE20 2005 0550 1284 4077 12"], "Sparkasse Celle"),
        (["Banco: Millennium bcp   IBAN: PT50 0033 0000 4417 7233 1005 3"], "Millennium bcp"),
        (["Bank details: First Example Bank ·Account 000123456789 · Routing 021000021"], "First Example Bank"),
        (["Transferência (NIB 0035 0118 00044177203 20 – Caixa Geral", "de Depósitos)."], "Caixa Geral de Depósitos"),
        (["Belfius BE71 0961 2345 6769"], "Belfius"),
        ([[(20, "Istituto"), (400, "Scadenza")], [(20, "Banca Alpi"), (400, "31-08-2026")]], "Banca Alpi"),
    ],
)  # fmt: skip
def test_a_bank_is_named_beside_its_label_or_account(rows, name):
    assert read(*rows)["seller.bank_name"] == name


@pytest.mark.parametrize(
    "rows",
    [
        ["Bank details", "IBAN DE20 2005 0550 1284 4077 12"],
        ["Payment by bank transfer, IBAN DE20 2005 0550 1284 4077 12"],
        ["We will debit your account at Lloyds Bank, sort code 30-91-87."],
        ["Oak bench for the West Bank garden", "", "", "", "Thank you"],
    ],
)
def test_what_names_no_bank_of_the_seller_is_none(rows):
    assert "seller.bank_name" not in read(*rows)


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        (["ANZ Bank", "ACC # 1234 1234", "BSB # 4321 432"], "12341234"),
        (["Sort code 40-26-11, Account no. 61820437"], "61820437"),
        (["Banking: FNB Bethlehem, branch 230833, cheque a/c 62 0417 7733"], "6204177733"),
        ([[(20, "Account No"), (300, "00481120003377")], [(20, "IFSC"), (300, "DCBX0004811")]], "00481120003377"),
    ],
)
def test_an_account_stands_beside_lines_of_a_bank(rows, number):
    assert read(*rows)["seller.bank_account"] == number


def test_a_customers_account_is_no_account_at_a_bank():
    assert "seller.bank_account" not in read("Account number 8800 4417 26", "Invoice date 3 April 2026")


def test_two_banks_are_doubted():
    found = reading(
        "Invoice", "Total: 180.00 GBP", "", "", "", "Hamburger Sparkasse", "IBAN DE20 2005 0550 1284 4077 12", "",
        "Commerzbank", "IBAN DE88 2008 0000 0970 3757 00", pack="invoice-en",
    )  # fmt: skip
    assert [(d.field, d.reason) for d in found.doubts if "bank" in d.field] == [("seller.bank_name", "close_choice")]
    assert found.fields["seller.bank_name"].confidence <= 0.5


def test_a_page_full_of_banks_is_not_compared_line_by_line(monkeypatch):
    """Hostile documents have thousands of such lines: each would be compared with all others."""
    compared = []
    monkeypatch.setattr(bank_details, "_is_near", lambda cell, other: compared.append(cell) and False)
    read(*["Sparkasse Xy", "Konto 123456789"] * 200, pack="invoice-de")
    assert len({cell.index for cell in compared}) <= 4 * bank_details.MOST
