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
