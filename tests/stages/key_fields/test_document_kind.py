"""What a document is: by its title or subject, in any language; what nothing proves is doubted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docpipe.document import Document, polygon_of
from docpipe.files.shipped import shipped_folder
from docpipe.files.yaml_file import load_model
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.document_kind import FILE, DocumentWords, document_words
from docpipe.stages.key_fields.extract import Extraction, extract_fields
from docpipe.stages.key_fields.patterns import any_of, check_patterns
from tests.stages.key_fields.placing import document

SUMS = ([(20, "Nettobetrag"), (950, "100,00")], [(20, "19 % MwSt"), (950, "19,00")], [(20, "Gesamt"), (950, "119,00")])


def titled(title: str, *rows: object, large: bool = True, pack: str = "invoice-de") -> Extraction:
    """Return what is read from a page below a title, in large letters or the usual ones."""
    found: Document = document(title, *rows, *SUMS)  # type: ignore[arg-type]
    if large:
        (page,) = found.pages
        line = replace(page.lines[0], polygon=polygon_of((20, 5, 400, 45)))
        found = replace(found, pages=(replace(page, lines=(line, *page.lines[1:])),))
    return extract_fields(found, shipped_packs(), pack)


def kind(found: Extraction) -> tuple[str | None, bool]:
    """Return the type, and whether it is doubted."""
    return found.fields["document_type"].value, any(doubt.field == "document_type" for doubt in found.doubts)


def test_the_words_have_sound_patterns() -> None:
    words = load_model(DocumentWords, shipped_folder("rules") / FILE)  # compiles and tries each entry
    assert words == document_words()
    for name in DocumentWords.model_fields:
        check_patterns(any_of(getattr(words, name)))


@pytest.mark.parametrize(
    "title",
    ["DEVIS N° D-2026-118", "Angebot", "ALBARÁN", "FAKTURA PRO FORMA nr PF 12/03/2026", "PRO FORMA INVOICE",
     "Packing Slip", "2. Mahnung", "Estratto conto", "Pakbon 4417", "Statement of account", "Orçamento"],
)  # fmt: skip
def test_what_asks_for_no_payment(title: str) -> None:
    """A title in another language than the pack's counts, too."""
    assert kind(titled(title)) == ("other", False)


@pytest.mark.parametrize("title", ["Purchase order", "Auftragsbestätigung Nr. AB-26-0418", "Orden de compra"])
def test_an_order(title: str) -> None:
    assert kind(titled(title)) == ("order", False)


def test_a_subject_line_says_it() -> None:
    """The invoices that a reminder lists make none of it."""
    found = titled("Betreff: Zahlungserinnerung", "", [(20, "Rechnung Nr."), (400, "Datum"), (600, "fällig"),
                   (950, "Betrag")], large=False)  # fmt: skip
    assert kind(found) == ("other", False)


def test_an_invoice_names_what_it_follows() -> None:
    """A label with a number behind it is no title, nor is a mention."""
    rows = ([(20, "Lieferschein"), (300, "4711")], "Angebot: A-12", "gemäß unserem Angebot vom 3. März liefern wir")
    assert kind(titled("Rechnung Nr. 4712", *rows, large=False)) == ("invoice", False)


def test_a_small_title_beside_an_invoice_is_doubted() -> None:
    found = titled("Lieferschein", "", "", [(20, "Rechnungs-Nr.: 4711")], large=False)
    assert kind(found) == ("other", True)


def test_a_document_that_denies_it() -> None:
    found = titled("Beispiel GmbH", "Rechnungsanschrift: Bahnhofstr. 1", "Dies ist keine Rechnung.", large=False)
    assert kind(found) == ("other", True)


def test_a_mention_alone_proves_nothing() -> None:
    row = "Wir danken für den Auftrag und senden Ihnen dazu bald die Rechnung zu."
    assert kind(titled("Beispiel GmbH", row, large=False)) == ("invoice", True)


def test_no_word_at_all_is_doubted() -> None:
    assert kind(titled("Beispiel GmbH", large=False)) == ("invoice", True)


def test_a_credit_note_in_the_terms_is_none() -> None:
    rows = ("Invoice no: 4711", "A credit note will be issued for all goods that are returned to us.")
    assert kind(titled("Example Ltd", *rows, large=False, pack="invoice-en")) == ("invoice", False)


def test_a_day_on_an_offer_is_doubted() -> None:
    found = titled("Angebot", "Das Angebot ist zahlbar bis zum 28.02.2026 und so lange gebunden.")
    assert "due_date" in {doubt.field for doubt in found.doubts} or found.fields.get("due_date") is None


def test_a_small_title_over_a_table_of_invoices() -> None:
    """`Factuurnummer` over a column is no title, though its letters beside are those of a number."""
    rows = (
        "Geachte heer, mevrouw,",
        [(20, "Factuurnummer"), (300, "Factuurdatum"), (600, "Vervaldatum"), (950, "Bedrag")],
    )
    assert kind(titled("Aanmaning", *rows, "", large=False, pack="invoice-nl")) == ("other", False)


WIDE = (
    "Ashworth Penrose LLP", "Date: 22nd September 2026", "BILL OF COSTS No. 26/3317",
    [(20, "Professional charges in connection with the above from 4 June 2026"), (1040, "£2,450.00")],
    [(20, "Land Registry office copies"), (1040, "£14.00")], [(20, "Bankruptcy searches"), (1040, "£6.00")],
    [(20, "Total before VAT"), (1040, "£2,470.00")], [(20, "VAT at 20%"), (1040, "£494.00")],
    [(20, "TOTAL PAYABLE"), (1040, "£2,964.00")], "Payment is due within 14 days of delivery of this bill.",
)  # fmt: skip


def test_a_letters_page_without_a_tills_words_is_no_receipt() -> None:
    found = extract_fields(document(*WIDE), shipped_packs())
    assert (found.pack, found.fields["document_type"].value) == ("invoice-en", "invoice")
    assert found.fields["invoice_number"].value == "26/3317"
    assert extract_fields(document(*WIDE, "Cash 3,000.00 Change 36.00"), shipped_packs()).pack == "receipt-en"


def test_a_title_beside_a_letterhead() -> None:
    """What stands below it begins with a word: it is no number of such a document."""
    rows = ([(20, "1 High Street"), (900, "Order TT-55208")], "")
    found = document([(20, "Thistle & Thorn"), (900, "Packing slip")], *rows, [(20, "Scarf"), (900, "2")])
    assert kind(extract_fields(found, shipped_packs(), "invoice-en")) == ("other", False)
