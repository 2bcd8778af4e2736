"""Pages drawn from an e-invoice's data: forms of labels with values, one below the other or side by side."""

from __future__ import annotations

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


def test_a_postcode_below_its_town_ends_the_address():
    """Italian forms give the town first and the postcode with the country in the next row: the address is whole."""
    found = reading(
        "FATTURA", "Numero documento: 88", "", "Cedente/prestatore (fornitore)", "Denominazione: Valmarana S.r.l.",
        "Indirizzo: Via Fornaci 48", "Comune: Nove Provincia: VI", "Cap: 36055 Nazione: IT", "",
        [(20, "Descrizione"), (700, "Quantità"), (1000, "Importo")], pack="invoice-it",
    ).fields["seller.address"]  # fmt: skip
    assert found.value == "Via Fornaci 48, Nove VI, 36055 IT"
    assert found.confidence > 0.9


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
