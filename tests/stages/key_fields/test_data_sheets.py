"""Pages drawn from an e-invoice's data: forms of labels with values, one below the other or side by side."""

from __future__ import annotations

from dataclasses import replace

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import Candidate
from docpipe.stages.key_fields.extract import raise_labelled_number, raise_proven_numbers
from tests.stages.key_fields.placing import reading, values

END = [(20, "Beschreibung"), (700, "Menge"), (1000, "Betrag")], [(20, "Beratung"), (700, "2"), (1000, "100,00")]
HEAD = ("Rechnung", "Rechnungsnummer: 4711", "")


def form(*pairs: tuple[str, str]) -> list[list[tuple[int, str]]]:
    """Return rows of labels with what stands right of them."""
    return [[(20, label), (300, value)] for label, value in pairs]


def test_a_postcode_and_a_town_have_labels_of_their_own():
    """Street, postcode and town in three fields are one address, on the left and on the right of a form in halves."""
    left = (("Name:", "Stadtwerke Quellingen"), ("Straße:", "Am Wehr 9"), ("PLZ:", "50859"), ("Ort:", "Quellingen"))
    right = (("Firmenname:", "Pumpen Ostermeier GmbH"), ("Straße:", "Ring 112"), ("PLZ:", "84130"), ("Ort:", "Dingolf"))
    sides = [
        [(20, a), (250, b), (700, c), (930, d)] for (a, b), (c, d) in zip(left, right, strict=True)
    ]  # fmt: skip
    heading = [(20, "Informationen zum Käufer"), (700, "Informationen zum Verkäufer")]
    found = values(reading(*HEAD, heading, *sides, "", *END, pack="invoice-de"))
    assert (found["buyer.name"], found["buyer.address"]) == ("Stadtwerke Quellingen", "Am Wehr 9, 50859 Quellingen")
    assert (found["seller.name"], found["seller.address"]) == ("Pumpen Ostermeier GmbH", "Ring 112, 84130 Dingolf")


def test_a_form_of_address_inside_a_name_field_belongs_to_it():
    """`Name:` has two lines beside it: what the issuer's data gives is both."""
    rows = [
        "Käufer/Leistungsempfänger", [(300, "Herrn")], [(20, "Name:"), (300, "Max Sommer")],
        *form(("Anschrift:", "Musterweg 11")), [(300, "DE 12346 Hausen")],
    ]  # fmt: skip
    found = reading(*HEAD, *rows, "", *END, pack="invoice-de")
    assert values(found)["buyer.name"] == "Herrn Max Sommer"


def test_of_two_names_the_one_that_the_web_address_has_issues():
    """A label names one firm, the foot another at the same address, with the web address: the foot's, and a doubt."""
    found = reading(
        *HEAD, "Lieferant", "Kostenwerk GmbH", "Bahnhofstr. 99", "99199 Hausen", "", "Käufer", "Markt Kunde GmbH",
        "Kundenweg 88", "40235 Essen", "", *END, *[""] * 20, "Musterlieferant GmbH", "Bahnhofstr. 99", "99199 Hausen",
        "www.musterlieferant.de", pack="invoice-de",
    )  # fmt: skip
    doubts = [(doubt.reason, doubt.rival) for doubt in found.doubts if doubt.field == "seller.name"]
    assert (values(found)["seller.name"], doubts) == ("Musterlieferant GmbH", [("two_names", "Kostenwerk GmbH")])


def test_a_tax_number_whose_check_digits_hold_is_surer():
    """In the seller's block, with another number of taxes beside it: the check digits tell, and nobody is asked."""
    rows = ("Verkäufer:", "Nordkranz Fisch AG", "Hafenbecken 3", "DE 27572 Bremerhaven")
    tail = ("", "Käufer:", "Gasthaus Linde", "Kirchgasse 17", "DE 97816 Lohr am Main", "", *END)
    right, wrong = (
        reading(*HEAD, *rows, f"USt-Id.-Nr. : {number}", "Steuernummer : 60/117/04428", *tail, pack="invoice-de")
        for number in ("DE813654299", "DE813654298")
    )
    assert right.fields["seller.tax_id"].value == "DE813654299"
    assert right.fields["seller.tax_id"].confidence > 0.97 > wrong.fields["seller.tax_id"].confidence


def test_a_number_beside_its_own_label_is_no_postcode():
    """`Rechnung 471102` has the shape of a town with its postcode, and is a title with a number."""
    found = reading("Muster GmbH, Ring 2, 80333 Bonn", "", "Rechnung 471102", "", *END, pack="invoice-de")
    assert not [doubt for doubt in found.doubts if doubt.field == "invoice_number"]


SELLER = ("Kessler Trading Ltd", "7 Dock Street", "Hull HU1 3TE", "")
GOODS = [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Advice"), (700, "2"), (1000, "100.00")]


def reasons(*rows: object, path: str, pack: str) -> list[str]:
    """Return why a field is doubted."""
    return [doubt.reason for doubt in reading(*rows, pack=pack).doubts if doubt.field == path]


def test_a_country_code_under_a_town_ends_the_address():
    """`FR` alone under the postcode and town is a line of the address, and nothing that was left out."""
    rows = (
        "FACTURE", "Facture n° 12", "", "FOURNISSEUR", "LE FOURNIL NORMAND", "35 rue Haute", "14130 BLANGY", "FR", "",
        "CLIENT", "HOTEL DES FALAISES", "Mme Odile Rabier", "58 avenue de la Plage", "76790 ETRETAT", "FR", "", *GOODS,
    )  # fmt: skip
    found = values(reading(*rows, pack="invoice-fr"))
    assert found["seller.address"] == "35 rue Haute, 14130 BLANGY, FR"
    assert reasons(*rows, path="seller.address", pack="invoice-fr") == []
    assert reasons(*rows, path="buyer.name", pack="invoice-fr") == []  # whom to ask there is no part of the name


def test_who_made_out_the_document_is_asked_where_the_buyer_did():
    """A credit note under the self-billing scheme: the letterhead is the buyer's, so both names are shown."""
    window = ("Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB", "")
    rows = (*SELLER, *window, "Self-billing invoice", "Invoice No: 4711")
    for path in ("seller.name", "buyer.name"):
        assert reasons(*rows, "", *GOODS, path=path, pack="invoice-en") == ["self_billed"]


def test_who_sends_the_slip_back_is_the_buyer():
    """The slip at the foot has two addresses side by side: the one to pay to, and the customer's own."""
    slip = [
        [(60, "MARGUERITE DELACROIX"), (700, "REMIT TO:")], [(60, "12 Elm St"), (700, "CLEARBROOK WATER COMPANY")],
        [(60, "OCALA FL 34478"), (700, "PO BOX 600188")], [(700, "JACKSONVILLE FL 32260")],
    ]  # fmt: skip
    found = values(
        reading("CLEARBROOK WATER", "Invoice Number: W2605", "", *GOODS, *[""] * 25, *slip, pack="invoice-en")
    )
    assert found["buyer.name"] == "MARGUERITE DELACROIX"
    assert found["seller.address"] == "PO BOX 600188, JACKSONVILLE FL 32260"


def test_a_legal_form_spelled_out_below_belongs_to_the_name():
    """`Gesellschaft mit beschränkter Haftung` in a line of its own is long, and still a legal form."""
    rows = (
        "Verkäufer",
        "Drahtwerk Silberhütte",
        "Gesellschaft mit beschränkter Haftung",
        "Hüttenstr. 61",
        "38723 Seesen",
    )
    found = values(reading(*HEAD, *rows, "", *END, pack="invoice-de"))
    assert found["seller.name"] == "Drahtwerk Silberhütte Gesellschaft mit beschränkter Haftung"


def test_a_form_behind_a_dash_is_no_second_name():
    """The foot says `… - SARL au capital de`: the same name, and what kind of firm it is."""
    rows = (
        "LES JARDINS DE L'AUBIER", "27 chemin des Vignes", "26400 CREST", "", "FACTURE", "Facture n° 12", "", *GOODS,
        *[""] * 20, "LES JARDINS DE L'AUBIER - SARL au capital de 15 000 €",
    )  # fmt: skip
    assert "two_names" not in reasons(*rows, path="seller.name", pack="invoice-fr")


def test_a_date_that_a_word_ties_to_the_number_is_that_of_issue():
    """`Rechnung Nr. 4711`, `vom` and the date are three pieces of a title; another date stands without a label."""
    title = [(20, "Rechnung Nr. 01.234-2018"), (400, "vom"), (500, "06.12.2018")]
    found = reading(title, "", "Muster AG, Ring 2, 80333 Bonn", "", *END, "Wir danken am 03.10.2018", pack="invoice-de")
    date = found.fields["issue_date"]
    assert (date.value, date.confidence > 0.75) == ("2018-12-06", True)


def test_a_date_behind_a_town_is_that_of_a_letter():
    """`München, 05.05.2026` makes a line of its own."""
    lines = ("Muster AG, Ring 2, 80333 Bonn", "", [(600, "München, 05.05.2026")], "Rechnung 471102", "")
    date = reading(*lines, *END, pack="invoice-de").fields["issue_date"]
    plain = reading(*(("", *lines[:2], [(600, "05.05.2026")], *lines[3:])), *END, pack="invoice-de").fields[
        "issue_date"
    ]
    assert date.value == plain.value == "2026-05-05"
    assert date.confidence > plain.confidence


def test_a_number_that_alone_has_a_full_label_is_sure():
    """A model knows little of such sheets; numbers of parties beside it have no label of a document's number."""
    fields = {"invoice_number": KeyField("RK21", confidence=0.5, source="model")}
    own = Candidate("invoice_number", "RK21", "RK21", 1.0, "invoice-de.invoice_number", ())
    plain = Candidate("invoice_number", "549910", "549910", 0.43, "invoice-de.invoice_number@plain", ())
    rival = Candidate("invoice_number", "4711", "4711", 1.0, "invoice-de.invoice_number", ())
    assert raise_labelled_number(fields, [own, plain])["invoice_number"].confidence == 0.8
    assert raise_labelled_number(fields, [own, rival])["invoice_number"].confidence == 0.5


def test_a_heading_at_the_left_of_its_box_names_the_amount_at_the_right():
    """Boxes side by side: `Totale documento` at the left of its box, the amount below at the right edge."""
    head = [(20, "Importo bollo"), (400, "Valuta"), (560, "Totale documento")]
    tax = [
        [(20, "Aliquota"), (300, "Totale imponibile"), (1000, "Totale imposta")],
        [(30, "22,00"), (450, "867,00"), (1050, "190,74")],
    ]
    found = values(
        reading(
            "FATTURA", "Numero documento: 88", "", *tax, head, [(400, "EUR"), (1040, "1.057,74")], pack="invoice-it"
        )
    )
    assert found["total_gross"] == "1057.74"
    assert found.get("total_tax") in ("190.74", None)


def test_a_vat_number_with_right_check_digits_needs_no_label():
    """The label stands in another column of the foot; a number whose check digits fail is not taken."""
    rows = ("Muster GmbH, Ring 2, 80333 Bonn", "", "Rechnung 471102", "", *END, *[""] * 20)
    right, wrong = (values(reading(*rows, number, pack="invoice-de")) for number in ("DE245901183", "DE245901184"))
    assert right["seller.tax_id"] == "DE245901183"
    assert "seller.tax_id" not in wrong


def test_a_number_that_goes_on_is_not_made_surer():
    """More digits behind the number in its line: it may be no more than the beginning."""
    found = reading("FACTURE", "", [(20, "N° de facture : 2026 F 0031877")], "", *GOODS, pack="invoice-fr")
    number = found.fields["invoice_number"]
    own = [c for c in found.candidates if c.path == "invoice_number"]
    low = {"invoice_number": replace(number, confidence=0.5)}
    assert number.value == "2026F0031877" or raise_labelled_number(low, own)["invoice_number"].confidence == 0.5


def test_check_digits_speak_for_the_letters_of_a_tax_number():
    """How well a number was read counts no more once its country's check digits hold; whose it is still counts."""
    fields = {
        "seller.tax_id": KeyField("DE245901183", confidence=0.96),
        "buyer.tax_id": KeyField("DE245901184", confidence=0.96),
    }
    surer = raise_proven_numbers(fields)
    assert (surer["seller.tax_id"].confidence, surer["buyer.tax_id"].confidence) == (0.98, 0.96)
    doubtful = {"seller.tax_id": KeyField("DE245901183", confidence=0.5)}
    assert raise_proven_numbers(doubtful) == doubtful


def test_a_legal_form_stated_apart_is_told():
    """The form stands behind the name and once more with its capital: the name may be without it."""
    line = "Fromagerie Tissandier SAS - 14 route du Col - 15300 Murat"
    rows = (line, "SAS au capital de 40 000,00 €", "", "FACTURE", "Facture n° 12", "", *GOODS)
    doubts = [(d.reason, d.rival) for d in reading(*rows, pack="invoice-fr").doubts if d.field == "seller.name"]
    assert doubts == [("two_names", "Fromagerie Tissandier")]
    assert not reasons(line, *rows[2:], path="seller.name", pack="invoice-fr")
