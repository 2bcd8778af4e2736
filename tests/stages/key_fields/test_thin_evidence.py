"""What little speaks for is listed for review, and signs of a kind of document do not run over lines."""

from __future__ import annotations

import pytest

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import Candidate
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import doubt_thin_number
from tests.stages.key_fields.placing import reading, values


def candidate(number: str, score: float) -> Candidate:
    """Return a number that a rule found with a score."""
    return Candidate("invoice_number", number, number, score, "invoice-en.invoice_number", ())


@pytest.mark.parametrize(
    ("number", "known", "doubted"),
    [
        ("218", [candidate("218", 0.4)], True),  # `Gat No. 218` of an address
        ("7731", [], True),  # a model alone
        ("26/1903", [], True),
        ("218", [candidate("218", 1.0)], False),
        ("218", [candidate("218", 0.4), candidate("218", 1.0)], False),
        ("2026/31", [candidate("2026/31", 0.45)], False),
        ("IN204418", [candidate("IN204418", 0.4)], False),
        ("00004471", [candidate("00004471", 0.45)], False),
    ],
)
def test_a_number_that_little_speaks_for_is_doubted(number: str, known: list[Candidate], doubted: bool):
    """Letters, separators and zeros in front are a series' own; bare digits behind `No.` may be a plot's."""
    found = list(doubt_thin_number({"invoice_number": KeyField(number, number, 0.93, "model")}, known))
    assert [doubt.field for doubt in found] == ["invoice_number"] * doubted


def test_a_number_of_an_address_is_listed():
    """The invoice's own number is not on the page."""
    found = reading(
        "TAX INVOICE", "Acme Tools Ltd", "Invoice Date: 18/02/2026", "Ship To", "Hill Engineers",
        "Gat No. 218, Mill Road", [(600, "Total"), (1000, "£10.00")], pack="invoice-en",
    )  # fmt: skip
    assert found.fields.get("invoice_number", KeyField()).value is None or "invoice_number" in {
        doubt.field for doubt in found.doubts
    }


def test_a_tills_number_stands_in_its_own_line():
    """A store's name over the first number of a table made an invoice of goods a receipt."""
    rows = (
        "Vasu Fasteners LLP", "TAX INVOICE", "Terms : Net 30", "Bill To", "Sahya Engineers, Site Store",
        "1", "SS 304 hex bolt", "Rounding", "0.40", "Total",
    )  # fmt: skip
    chosen, scores = shipped_packs().choose([row.upper() for row in rows])
    assert chosen.name == "invoice-en", scores


def test_a_place_to_sign_makes_no_receipt():
    """`Reçu le` below the goods of a delivery note is no `reçu` of a till, and `Bon de livraison` is no `bon`."""
    rows = (
        "LES VERGERS DU LOT", "BON DE LIVRAISON", "CODE CLIENT C0114", "LIVRE A :", "3 RUE DES CARMES",
        "REF.", "DESIGNATION", "RECU LE", "SIGNATURE", "SIRET 732 829 320 00074 - TVA FR44732829320",
    )  # fmt: skip
    chosen, scores = shipped_packs().choose(rows)
    assert chosen.name == "invoice-fr", scores


def test_the_bill_of_a_way_is_not_the_invoice():
    """An Indian invoice of goods names the permit that its lorry carries."""
    found = reading(
        "TAX INVOICE", "Acme Tools Ltd", "E-Way Bill # : 2716 0048 1193", "Place of Supply : Maharashtra (27)",
        [(600, "Total"), (1000, "£10.00")], pack="invoice-en",
    )  # fmt: skip
    assert "271600481193" not in set(values(found).values())


@pytest.mark.parametrize("line", ["HERRN UND FRAU", "MR AND MRS", "M. ET MME", "DE HEER EN MEVROUW", "SIG. E SIG.RA"])
def test_two_persons_are_greeted_in_one_line(line: str):
    """Such a line names nobody."""
    assert shipped_packs().packs["invoice-de"].shared.courtesy.search(line)


@pytest.mark.parametrize(
    ("pack", "tax", "words"),
    [
        ("invoice-it", "Imposta di bollo", "Totale documento"),
        ("invoice-it", "Imposta di soggiorno", "Totale documento"),
        ("invoice-fr", "Taxe de séjour", "Total TTC"),
        ("invoice-es", "Impuesto turístico", "Total factura"),
        ("invoice-pt", "Imposto do selo", "Total do documento"),
    ],
)
def test_a_stamp_duty_is_a_charge_and_no_value_added_tax(pack: str, tax: str, words: str):
    """It is owed beside the tax, and stands in the same column of amounts."""
    found = values(reading([(20, "2026/31"), (600, tax), (1000, "2,00")], [(600, words), (1000, "82,00")], pack=pack))
    assert (found.get("total_charges"), found.get("total_tax"), found["total_gross"]) == ("2.00", None, "82.00")


def test_a_day_behind_a_card_is_no_amount():
    """A hotel's guest may pay by card: that alone makes the invoice no receipt."""
    text = ["RECHNUNG", "HOTEL SEEHOF GMBH", "ZAHLUNG KARTE 15.05.2026"]
    _, scores = shipped_packs().choose(text)
    _, paid = shipped_packs().choose([*text[:2], "ZAHLUNG KARTE 15,05"])
    assert scores["receipt-de"] < paid["receipt-de"]


@pytest.mark.parametrize("slogan", ["Tuning · Regulation · Repair since 1987", "Meisterbetrieb seit 1962"])
def test_a_slogan_with_a_year_is_no_street(slogan: str):
    """The year stands where a house number would."""
    found = values(
        reading(
            "Ridgeline Piano Service Ltd", slogan, "4418 Old Mill Road", "Asheville, NC 28803",
            "INVOICE", "TO:", "Grace Church", "901 Laurel Gap Road", "Weaverville, NC 28787", pack="invoice-en",
        )
    )  # fmt: skip
    assert found["seller.address"] == "4418 Old Mill Road, Asheville, NC 28803"


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (["Acme Home", "Packing slip", "Order Number 114-2771"], "other"),
        (["Acme Home", "DELIVERY NOTE", "Returns within 30 days. This is not an invoice."], "other"),
        (["Acme Home", "ESTIMATE", "Estimate no. 17"], "other"),
        (["Acme Home", "INVOICE", "Delivery note 4411"], "invoice"),
        (["Acme Home", "Invoice no. 17", "Quote 991"], "invoice"),
    ],
)
def test_a_paper_that_asks_for_no_money_is_no_invoice(rows: list[str], kind: str):
    """Packing lists, estimates and notes of delivery say so in a line of their own."""
    assert values(reading(*rows, pack="invoice-en"))["document_type"] == kind


def test_an_american_restaurant_puts_the_month_first():
    """Where the place cannot be read, a hint at the gratuity tells the country."""
    slip = (
        "THE OLD PIER",
        "Server: Kim",
        "10/05/2022",
        [(20, "Chowder"), (400, "16.00")],
        [(20, "Total"), (400, "16.00")],
    )
    tips = ([(20, "Meals Tax 7%"), (400, "1.12")], "Suggested gratuity")
    assert values(reading(*slip, *tips, pack="receipt-en"))["issue_date"] == "2022-10-05"
    assert values(reading(*slip, pack="receipt-en"))["issue_date"] == "2022-05-10"
