"""Several documents in one file are told from one document over several pages, by what no document has two of."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from docpipe.document import Document, Page, TextLine, move_polygon, polygon_of
from docpipe.execution.several_documents import doubt_about, find_parts, without_neighbours

Lines = list[tuple[str, float, float]]
"""Text, left edge and top edge."""


def page(number: int, lines: Lines, papers=()) -> Page:
    placed = tuple(
        TextLine(f"{number}-{n}", text, 1.0, polygon_of((x, y, x + 12 * len(text), y + 20)))
        for n, (text, x, y) in enumerate(lines, start=1)
    )
    return Page(number, 1600, 2300, lines=placed, papers=papers)


def document(*pages: Page) -> Document:
    return Document("", "a.pdf", "", "application/pdf", 1, len(pages), pages)


def invoice(
    number: str, date: str, total: str, *more: str, head: str = "Marlow Ltd", label: str = "Invoice number:"
) -> Lines:
    return [
        (head, 100, 100), ("INVOICE", 1100, 100), (label, 900, 300), (number, 1200, 300), ("Invoice date:", 900, 330),
        (date, 1200, 330), ("Oak shelf", 100, 600), ("640.00", 1200, 600), ("Total due", 900, 900), (total, 1200, 900),
        *((text, 100, 1200 + 40 * n) for n, text in enumerate(more)),
    ]  # fmt: skip


def ranges(*pages: Page) -> list[tuple[int, ...]]:
    return [part.pages for part in find_parts(document(*pages))]


FIRST, SECOND = ("INV-20418", "14 March 2026", "1,488.00"), ("INV-20419", "16 March 2026", "492.00")
TERMS: Lines = [(f"Goods remain the property of the seller, clause {n}.", 100, 100 + 40 * n) for n in range(20)]


def test_two_invoices_one_after_the_other():
    pages = page(1, invoice(*FIRST)), page(2, TERMS), page(3, invoice(*SECOND))
    assert ranges(*pages) == [(1, 2), (3,)]
    doubt = doubt_about(document(*pages), find_parts(document(*pages)))
    assert (doubt.field, doubt.reason) == ("document", "several_documents")
    assert "2 documents: pages 1-2, 3." in doubt.message


@pytest.mark.parametrize(
    ("label", "head"),
    [
        ("Rechnungsnummer:", "Muster GmbH"),
        ("Facture n°", "Exemple SARL"),
        ("Factuurnummer", "Voorbeeld BV"),
        ("发票号码：", "宁波公司"),
    ],
)
def test_in_other_languages(label, head):
    """Where a label is not known, total and dates tell."""
    total = {
        "Rechnungsnummer:": "Gesamtbetrag",
        "Facture n°": "Net à payer",
        "Factuurnummer": "Totaal",
        "发票号码：": "价税合计",
    }
    pages = []
    for number, (own, date, amount) in enumerate(
        (("2026001", "14.03.2026", "88,00"), ("2026002", "16.03.2026", "99,00")), 1
    ):
        lines = invoice(own, date, amount, head=head, label=label)
        pages.append(page(number, [(total[label] if text == "Total due" else text, x, y) for text, x, y in lines]))
    assert ranges(*pages) == [(1,), (2,)]


@pytest.mark.parametrize(
    "second",
    [
        TERMS,
        [("Carried forward", 100, 100), ("1,200.00", 1200, 100), ("Total due", 900, 900), ("1,488.00", 1200, 900)],
        invoice("INV-20418", "14 March 2026", "1,488.00"),
        [*invoice(*SECOND), ("Page 2 of 2", 800, 2200)],
        [("Referenced invoices", 100, 100), ("Invoice number: INV-20300", 100, 200), ("12 January 2026", 100, 240)],
        [("Delivery note", 100, 100), ("14 March 2026", 900, 100), ("Total due", 900, 900), ("1,488.00", 1200, 900)],
    ],
    ids=[
        "terms",
        "carry-over",
        "the same number",
        "second of two pages",
        "a list of invoices",
        "the same total and date",
    ],
)
def test_one_invoice_over_two_pages(second):
    assert ranges(page(1, invoice(*FIRST)), page(2, second)) == []


def test_pages_that_are_counted_anew_begin_another_invoice():
    """The total of an invoice over several pages stands on its last page only."""

    def over_pages(first: int, count: int, own: tuple[str, str, str]) -> list[Page]:
        pages = []
        for n in range(1, count + 1):
            lines = invoice(*own)[:6] if n == 1 else [("Oak shelf", 100, 100), ("640.00", 1200, 100)]
            lines += [("Total due", 900, 900), (own[2], 1200, 900)] if n == count else []
            pages.append(page(first + n - 1, [*lines, (f"Page {n} of {count}", 800, 2200)]))
        return pages

    assert ranges(*over_pages(1, 3, FIRST), *over_pages(4, 2, SECOND)) == [(1, 2, 3), (4, 5)]
    assert ranges(*over_pages(1, 3, FIRST), *over_pages(4, 2, FIRST)) == []


def test_a_page_that_says_another_follows_is_not_the_end():
    first = [*invoice(*FIRST), ("Seite 1 von 2", 800, 2200)]
    assert ranges(page(1, first), page(2, invoice(*SECOND))) == []


def till(x: float, y: float, shop: str, date: str, total: str) -> Lines:
    return [(shop, x, y), (date, x, y + 40), ("Bread", x, y + 80), ("TOTAL", x, y + 120), (total, x + 200, y + 120),
            ("CASH", x, y + 160)]  # fmt: skip


ONE, OTHER = ("CORNER BAKERY", "03/05/2026", "9.20"), ("HILLTOP FUEL", "04/05/2026", "51.99")


@pytest.mark.parametrize(("x", "y"), [(900, 110), (100, 900)], ids=["side by side", "one below the other"])
def test_two_receipts_on_one_picture(x, y):
    found = find_parts(document(page(1, [*till(100, 100, *ONE), *till(x, y, *OTHER)])))
    assert [part.box is not None for part in found] == [True, True]


@pytest.mark.parametrize("step", [(700, 0), (0, 250)], ids=["side by side", "one below the other"])
def test_three_receipts_on_one_scan(step):
    third = ("MEADOW SHOP", "05/05/2026", "7.10")
    lines = [
        line for n, each in enumerate((ONE, OTHER, third)) for line in till(100 + n * step[0], 100 + n * step[1], *each)
    ]
    assert len(find_parts(document(page(1, lines)))) == 3


def test_receipts_that_nearly_touch():
    """Papers whose edges meet leave no ground between them, and little white between their lines."""
    right_edge = 100 + 200 + 12 * len(ONE[2])
    assert len(find_parts(document(page(1, [*till(100, 100, *ONE), *till(right_edge + 32, 110, *OTHER)])))) == 2


def test_receipts_that_lie_aslant():
    """At ten degrees an amount stands a line and more above its label, as seen on the picture."""

    def turn(lines: Lines, degrees: float, name: str) -> list[TextLine]:
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        return [
            TextLine(f"{name}{n}", text, 1.0, move_polygon(polygon_of((x, y, x + 12 * len(text), y + 20)),
                     (cosine, sine, -sine, cosine, 100.0, 400.0)))
            for n, (text, x, y) in enumerate(lines)
        ]  # fmt: skip

    def aslant(x: float, shop: str, date: str, total: str) -> Lines:
        return [(shop, x, 100), (date, x, 140), ("Bread and milk", x, 180), ("TOTAL", x, 220), (total, x + 400, 220),
                ("CASH", x, 260), ("60.00", x + 400, 260)]  # fmt: skip

    lines = [*turn(aslant(100, *ONE), -10, "a"), *turn(aslant(800, *OTHER), -10, "b")]
    shown = Page(1, 1600, 2300, lines=tuple(lines), papers=((80, 0, 840, 1000), (860, 0, 1600, 1000)))
    assert len(find_parts(document(shown))) == 2


def test_of_documents_on_one_picture_the_first_is_read():
    whole = document(page(1, [*till(100, 100, *ONE), *till(900, 110, *OTHER)]))
    parts = find_parts(whole)
    read = [line.text for line in without_neighbours(whole, parts).lines]
    assert ONE[0] in read
    assert OTHER[0] not in read
    assert "the first one is read" in doubt_about(whole, parts).message
    assert without_neighbours(whole, ()) is whole


def test_two_papers_on_a_ground():
    papers = ((80.0, 80.0, 500.0, 400.0), (520.0, 80.0, 1000.0, 400.0))
    found = find_parts(document(page(1, [*till(100, 100, *ONE), *till(540, 110, *OTHER)], papers)))
    assert [part.box for part in found] == list(papers)


@pytest.mark.parametrize(
    "second",
    [ONE, ("CARD SLIP", "03/05/2026", "9.20"), ("VISITING CARD", "", "")],
    ids=["a copy", "a card's slip", "no document"],
)
def test_what_repeats_the_same_sale_is_no_second_document(second):
    assert find_parts(document(page(1, [*till(100, 100, *ONE), *till(900, 110, *second)]))) == ()


def test_an_empty_document_is_none():
    assert find_parts(document(page(1, []))) == ()
    assert find_parts(document()) == ()


def test_a_title_with_number_and_day_in_one_line_begins_another_document():
    """`Rechnung Nr. 77/2026 vom 02.03.2026` of another firm, with another total, follows an English invoice."""
    second: Lines = [
        ("Malerei Beispiel", 700, 100), ("Gartenweg 2, 04103 Leipzig", 700, 130),
        ("Rechnung Nr. 77/2026 vom 02.03.2026", 100, 500), ("Anstrich", 100, 600), ("840,00", 1200, 600),
        ("Rechnungsbetrag", 900, 900), ("840,00 EUR", 1200, 900),
    ]  # fmt: skip
    assert ranges(page(1, invoice(*FIRST)), page(2, second)) == [(1,), (2,)]


@pytest.mark.parametrize(("wide", "tall", "count"), [(30, 150, 2), (150, 30, 0)])
def test_a_paper_that_lies_across_beside_a_receipt_is_another_document(wide, tall, count):
    """Its lines stand on end, and what was read of them is no evidence of anything."""
    receipt: Lines = [
        ("LEEDS NOODLE BAR LTD", 900, 300), ("06/05/2026", 900, 340), ("Ramen", 850, 400), ("13.50", 1150, 400),
        ("TOTAL", 850, 440), ("16.30", 1150, 440),
    ]  # fmt: skip
    shown = page(1, receipt, papers=((100.0, 100.0, 600.0, 700.0), (800.0, 200.0, 1300.0, 700.0)))
    turned = tuple(
        TextLine(f"9-{n}", "00.83", 0.8, polygon_of((150 + 50 * n, 200, 150 + 50 * n + wide, 200 + tall)))
        for n in range(5)
    )
    assert len(find_parts(document(replace(shown, lines=shown.lines + turned)))) == count


def test_the_foot_of_an_invoice_is_no_second_one():
    """Where one half bears a number (`VAT nr FS 118/03/2026`) and the other none, they are one document."""
    lines = [
        ("Faktura VAT nr FS 118/03/2026", 500, 100), ("2026-03-31", 100, 140), ("Sprzedawca", 100, 200),
        ("Metalplast", 100, 240), ("Razem", 700, 600), ("92,00", 1200, 600),
        ("Do zapłaty: 5 910,00 EUR", 100, 900), ("kurs z dnia 2026-03-26", 100, 940), ("uwagi", 100, 980),
        ("podpis", 100, 1020),
    ]  # fmt: skip
    assert find_parts(document(page(1, lines))) == ()
