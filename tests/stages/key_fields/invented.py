"""Invented invoices in eight languages: conventions of layout, each filled with labels and made-up parties.

A document is a page of 1654 x 2339 pixels (A4 at 200 dpi) with lines placed directly, as a text layer gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from docpipe.document import Document, Page, TextLine, polygon_of

WIDTH, HEIGHT = 1654, 2339
LEFT, RIGHT, MIDDLE = 140, 1514, 870


@dataclass(frozen=True)
class Firm:
    """A made-up party."""

    name: str
    street: str
    town: str
    country: str
    tax_id: str = ""
    phone: str = ""
    mail: str = ""

    @property
    def address(self) -> str:
        return f"{self.street}, {self.town}"


@dataclass(frozen=True)
class Language:
    """A language's labels and parties."""

    code: str
    words: dict[str, str]
    sellers: tuple[Firm, ...]
    buyers: tuple[Firm, ...]
    date: str
    due: str
    amounts: tuple[str, str, str]
    """Net, tax and gross as printed."""
    gross: str


@dataclass
class Sheet:
    """Lines being placed on a page."""

    lines: list[TextLine] = field(default_factory=list)

    def put(self, x: float, y: float, text: str, size: float = 26, align: str = "left") -> None:
        """Place a text; `x` is its left end, right end or middle, `y` its top, `size` its height in pixels."""
        wide = len(text) * size * 0.47
        x1 = x if align == "left" else x - wide if align == "right" else x - wide / 2
        polygon = polygon_of((x1, y, x1 + wide, y + size))
        self.lines.append(TextLine(f"1-{len(self.lines) + 1}", text, 1.0, polygon))

    def stack(self, x: float, y: float, *texts: str, size: float = 26, step: float = 38, align: str = "left") -> float:
        """Place texts one below the other; return where the next would stand."""
        for text in texts:
            if text:
                self.put(x, y, text, size, align)
                y += step
        return y

    def document(self) -> Document:
        """Return the page as a document."""
        page = Page(1, WIDTH, HEIGHT, lines=tuple(self.lines))
        return Document("id", "a.pdf", "", "application/pdf", 1, 1, (page,))


Layout = Callable[[Sheet, Language, Firm, Firm], None]


def _goods(sheet: Sheet, of: Language, y: float) -> None:
    w = of.words
    for x, key in ((LEFT, "description"), (900, "quantity"), (1100, "price"), (1380, "amount")):
        sheet.put(x, y, w[key])
    sheet.put(LEFT, y + 50, w["goods"])
    sheet.put(920, y + 50, "1")
    sheet.put(1120, y + 50, of.amounts[0])
    sheet.put(RIGHT, y + 50, of.amounts[0], align="right")
    for number, (key, amount) in enumerate(zip(("net", "tax", "total"), of.amounts, strict=True)):
        sheet.put(1000, y + 150 + 44 * number, w[key])
        sheet.put(RIGHT, y + 150 + 44 * number, amount, align="right")


def _numbers(sheet: Sheet, of: Language, x: float, y: float, value_x: float | None = None) -> float:
    """Place number, date and due date, one below the other: in one line each, or values in a column."""
    w = of.words
    for key, value in (("number", "2026-0417"), ("date", of.date), ("due", of.due)):
        if value_x is None:
            sheet.put(x, y, f"{w[key]}: {value}")
        else:
            sheet.put(x, y, w[key])
            sheet.put(value_x, y, value)
        y += 40
    return y


def erp_two_columns(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """Letterhead left, the buyer right without a word, a large title with the number below."""
    sheet.stack(LEFT, 90, seller.name, seller.street, seller.town, seller.country)
    sheet.stack(970, 420, buyer.name, buyer.street, buyer.town, buyer.country)
    sheet.put(LEFT, 640, f"{of.words['title']} 2026-0417", 50)
    sheet.put(LEFT, 740, f"{of.words['date']}:")
    sheet.put(LEFT, 782, of.date)
    sheet.put(640, 740, f"{of.words['due']}:")
    sheet.put(640, 782, of.due)
    _goods(sheet, of, 900)


def customer_left_company_right(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """The buyer left without a word, title above it, the seller at the right with its numbers."""
    sheet.put(LEFT, 110, f"{of.words['title']} 2026-0417", 46)
    sheet.stack(LEFT, 240, buyer.name, buyer.street, buyer.town, buyer.country)
    y = sheet.stack(1080, 240, seller.name, seller.street, seller.town)
    sheet.put(1080, y + 20, f"{of.words['phone']} {seller.phone}")
    sheet.put(1080, y + 58, seller.mail)
    sheet.put(1080, y + 96, f"{of.words['tax_id']}: {seller.tax_id}")
    sheet.put(LEFT, 560, of.words["date"])
    sheet.put(LEFT, 598, of.date)
    sheet.put(560, 560, of.words["due"])
    sheet.put(560, 598, of.due)
    sheet.put(980, 560, of.words["customer_no"])
    sheet.put(980, 598, "C-20881")
    _goods(sheet, of, 760)


def window_with_sender_line(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """A sender's line over the window, numbers at the right, a footer in three columns."""
    sheet.put(1100, 90, seller.name, 44)
    sheet.put(LEFT, 330, f"{seller.name} · {seller.street} · {seller.town}", 17)
    sheet.stack(LEFT, 380, buyer.name, buyer.street, buyer.town)
    _numbers(sheet, of, 1000, 380, 1300)
    sheet.put(1000, 520, of.words["customer_no"])
    sheet.put(1300, 520, "20881")
    sheet.put(LEFT, 700, of.words["title"], 40)
    _goods(sheet, of, 800)
    sheet.stack(LEFT, 2150, seller.name, seller.street, seller.town, size=19, step=27)
    sheet.stack(640, 2150, f"{of.words['phone']} {seller.phone}", seller.mail, size=19, step=27)
    sheet.stack(
        1100, 2150, f"{of.words['tax_id']} {seller.tax_id}", "IBAN DE89 3704 0044 0532 0130 00", size=19, step=27
    )


def title_left_seller_right(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """Three columns: title with the buyer, labels over values, the seller at the far right."""
    sheet.put(LEFT, 180, of.words["title"].upper(), 56)
    sheet.stack(LEFT, 290, buyer.name, buyer.street, buyer.town, buyer.country, size=24, step=34)
    y = 290
    for key, value in (("date", of.date), ("number", "2026-0417"), ("tax_id", seller.tax_id)):
        y = sheet.stack(760, y, of.words[key], value, size=24, step=34) + 10
    sheet.stack(1130, 290, seller.name, seller.street, seller.town, seller.country, size=24, step=34)
    _goods(sheet, of, 700)
    sheet.put(LEFT, 1100, f"{of.words['due']}: {of.due}", 30)


def two_blocks_with_mail(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """Title and numbers on top, seller and the buyer under a word side by side, each with a mail address."""
    sheet.put(LEFT, 100, of.words["title"], 48)
    sheet.put(1250, 100, seller.name.split()[0], 44)
    _numbers(sheet, of, LEFT, 200, 440)
    sheet.put(MIDDLE, 400, of.words["buyer"])
    sheet.stack(LEFT, 400, seller.name, seller.street, seller.town, seller.country, seller.mail)
    sheet.stack(MIDDLE, 438, buyer.name, buyer.street, buyer.town, buyer.country, buyer.mail)
    _goods(sheet, of, 800)


def bill_to_ship_to(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """A letterhead in large letters, buyer and delivery side by side under words, numbers in a grid."""
    sheet.put(LEFT, 100, seller.name, 42)
    sheet.stack(LEFT, 160, seller.street, seller.town, f"{of.words['phone']}: {seller.phone}", size=24, step=34)
    sheet.put(RIGHT, 100, of.words["title"].upper(), 52, "right")
    sheet.put(LEFT, 380, of.words["buyer"])
    sheet.put(MIDDLE, 380, of.words["delivery"])
    sheet.stack(LEFT, 420, buyer.name, buyer.street, buyer.town)
    sheet.stack(MIDDLE, 420, of.words["site"], of.buyers[-1].street, of.buyers[-1].town)
    for x, key, value in (
        (LEFT, "number", "2026-0417"), (500, "date", of.date), (860, "due", of.due), (1220, "order", "PO-5512")
    ):  # fmt: skip
        sheet.put(x, 600, of.words[key])
        sheet.put(x, 644, value)
    _goods(sheet, of, 780)


def forms_in_boxes(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """Two boxes headed by words, with name, address and tax number under labels of their own."""
    sheet.put(WIDTH / 2, 90, f"{of.words['title']} {of.words['no']} 2026-0417", 40, "middle")
    sheet.put(LEFT, 170, f"{of.words['date']}: {of.date}")
    sheet.put(MIDDLE, 170, f"{of.words['due']}: {of.due}")
    for x, key, firm in ((LEFT, "seller", seller), (MIDDLE, "buyer", buyer)):
        sheet.put(x, 280, of.words[key], 28)
        sheet.put(x, 330, f"{of.words['name']}: {firm.name}")
        sheet.put(x, 370, f"{of.words['address']}: {firm.address}")
        sheet.put(x, 410, f"{of.words['tax_id']}: {firm.tax_id}")
    _goods(sheet, of, 560)


def words_over_blocks(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """Seller and buyer side by side under words, tax numbers in the blocks, the title at the right on top."""
    sheet.put(RIGHT, 90, f"{of.words['title']} {of.words['no']} 2026-0417", 36, "right")
    sheet.put(RIGHT, 150, f"{of.words['date']}: {of.date}", 26, "right")
    sheet.put(RIGHT, 190, f"{of.words['due']}: {of.due}", 26, "right")
    for x, key, firm in ((LEFT, "seller", seller), (MIDDLE, "buyer", buyer)):
        sheet.put(x, 300, f"{of.words[key]}:")
        sheet.stack(x, 345, firm.name, firm.street, firm.town, f"{of.words['tax_id']}: {firm.tax_id}")
    _goods(sheet, of, 640)


def centred_letterhead(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """A letterhead in the middle, its address in one line; the buyer behind a word in the same line."""
    sheet.put(WIDTH / 2, 80, seller.name, 46, "middle")
    sheet.put(WIDTH / 2, 145, f"{seller.street} - {seller.town}", 24, "middle")
    sheet.put(WIDTH / 2, 180, f"{of.words['phone']} {seller.phone} - {seller.mail}", 24, "middle")
    sheet.put(WIDTH / 2, 215, f"{of.words['tax_id']} {seller.tax_id}", 24, "middle")
    sheet.put(LEFT, 340, f"{of.words['buyer']}: {buyer.name}")
    sheet.stack(LEFT, 378, buyer.street, buyer.town)
    _numbers(sheet, of, 1000, 340)
    _goods(sheet, of, 600)


def seller_in_the_footer(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """A short trade name on top, the buyer in a window, the seller's details in one line at the foot."""
    sheet.put(1150, 100, seller.name.split()[0], 60)
    sheet.stack(LEFT, 380, buyer.name, buyer.street, buyer.town)
    _numbers(sheet, of, 1000, 380)
    sheet.put(LEFT, 640, f"{of.words['title']} 2026-0417", 40)
    _goods(sheet, of, 760)
    foot = f"{seller.name} | {seller.street} | {seller.town} | {of.words['tax_id']} {seller.tax_id}"
    sheet.put(WIDTH / 2, 2200, foot, 20, "middle")
    sheet.put(WIDTH / 2, 2235, "IBAN NL91 ABNA 0417 1643 00 - BIC ABNANL2A", 20, "middle")


def from_and_to_stacked(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """The seller under a word, the buyer under another below it; numbers at the right."""
    sheet.put(LEFT, 90, of.words["title"], 54)
    sheet.put(LEFT, 220, f"{of.words['seller']}:")
    y = sheet.stack(LEFT, 260, seller.name, seller.street, seller.town, seller.mail, size=24, step=34)
    sheet.put(LEFT, y + 40, f"{of.words['buyer']}:")
    sheet.stack(LEFT, y + 80, buyer.name, buyer.street, buyer.town, buyer.mail, size=24, step=34)
    _numbers(sheet, of, 980, 220, 1280)
    _goods(sheet, of, 800)


def words_left_values_right(sheet: Sheet, of: Language, seller: Firm, buyer: Firm) -> None:
    """Letterhead in two lines; the buyer's name and address right of words."""
    sheet.put(LEFT, 110, seller.name, 42)
    sheet.put(LEFT, 175, f"{seller.street}, {seller.town}", 24)
    sheet.put(RIGHT, 110, of.words["title"].upper(), 50, "right")
    sheet.put(LEFT, 370, of.words["buyer"])
    sheet.put(380, 370, buyer.name)
    sheet.put(LEFT, 412, of.words["address"])
    sheet.stack(380, 412, buyer.street, buyer.town, step=32)
    _numbers(sheet, of, 980, 370, 1290)
    _goods(sheet, of, 620)


LAYOUTS: dict[str, Layout] = {
    layout.__name__: layout
    for layout in (
        erp_two_columns, customer_left_company_right, window_with_sender_line, title_left_seller_right,
        two_blocks_with_mail, bill_to_ship_to, forms_in_boxes, words_over_blocks, centred_letterhead,
        seller_in_the_footer, from_and_to_stacked, words_left_values_right,
    )
}  # fmt: skip


def _words(text: str) -> dict[str, str]:
    keys = (
        "title no number date due seller buyer delivery site name address tax_id phone customer_no order description "
        "quantity price amount goods net tax total"
    )
    return dict(zip(keys.split(), [part.strip() for part in text.split("|")], strict=True))


LANGUAGES: tuple[Language, ...] = (
    Language(
        "en",
        _words("Invoice|No.|Invoice number|Invoice date|Due date|From|Bill to|Ship to|Warehouse 3|Name|Address|VAT No"
               "|Tel|Customer No.|PO Number|Description|Qty|Unit price|Amount|Oak shelf|Subtotal|VAT 20%|Total GBP"),
        (Firm("Harrow & Pike Joinery Ltd", "14 Foundry Lane", "Leeds LS9 8AG", "United Kingdom", "GB 731 4429 06",
              "0113 496 0144", "accounts@harrowpike.example"),
         Firm("Copperfield Signs", "Unit 4, Mill Road", "Bristol BS1 5TY", "United Kingdom", "GB402886117",
              "+44 117 496 0211", "hello@copperfieldsigns.example")),
        (Firm("The Bramble Kitchen", "12 Station Parade", "Harrogate HG1 1UE", "United Kingdom", "GB123456782", "",
              "office@bramble.example"),
         Firm("Fenwick Print Works LLP", "2 Foundry Yard", "Newcastle NE1 4DL", "United Kingdom", "GB987654318", "",
              "ap@fenwickprint.example")),
        "14 March 2026", "13 April 2026", ("1,240.00", "248.00", "£1,488.00"), "1488.00",
    ),
    Language(
        "de",
        _words("Rechnung|Nr.|Rechnungsnummer|Rechnungsdatum|Fällig am|Verkäufer|Rechnungsempfänger|Lieferadresse"
               "|Lager Süd|Name|Anschrift|USt-IdNr.|Tel.|Kundennummer|Bestellnummer|Bezeichnung|Menge|Einzelpreis"
               "|Betrag|Regalboden Eiche|Nettobetrag|MwSt. 19 %|Gesamtbetrag"),
        (Firm("Tischlerei Brandhoff GmbH", "Ziegelweg 14", "38100 Braunschweig", "Deutschland", "DE812345678",
              "0531 445566", "post@brandhoff.example"),
         Firm("Lindenau & Söhne OHG", "Am Hafen 7a", "24103 Kiel", "Deutschland", "DE298765432", "+49 431 998877",
              "info@lindenau.example")),
        (Firm("Stadtwerke Musterhausen AG", "Kantstraße 112", "10627 Berlin", "Deutschland", "DE111222333", "",
              "rechnung@sw-musterhausen.example"),
         Firm("Hildegard Möhring", "Am Wall 3", "38102 Braunschweig", "Deutschland", "DE444555666", "",
              "h.moehring@mail.example")),
        "14.03.2026", "13.04.2026", ("1.240,00", "235,60", "1.475,60 €"), "1475.60",
    ),
    Language(
        "fr",
        _words("Facture|n°|Numéro de facture|Date de facture|Échéance|Émetteur|Client|Adresse de livraison"
               "|Entrepôt nord|Nom|Adresse|N° TVA|Tél.|N° client|Bon de commande|Désignation|Quantité"
               "|Prix unitaire|Montant HT|Étagère chêne|Total HT|TVA 20 %|Total TTC"),
        (Firm("Menuiserie du Val SARL", "4 rue des Tilleuls", "38000 Grenoble", "France", "FR40303265045",
              "04 76 00 11 22", "contact@menuiserieduval.example"),
         Firm("Atelier Rousselin", "18 bis avenue Foch", "59800 Lille", "France", "FR45812447903", "03 20 11 22 33",
              "atelier@rousselin.example")),
        (Firm("Boulangerie Exemple SAS", "9 place du Marché", "69001 Lyon", "France", "FR19787878784", "",
              "compta@boulangerie.example"),
         Firm("Mme Solange Brideau", "5 allée des Peupliers", "37170 Chambray-lès-Tours", "France", "FR33555666777", "",
              "s.brideau@mail.example")),
        "14/03/2026", "13/04/2026", ("1 240,00", "248,00", "1 488,00 €"), "1488.00",
    ),
    Language(
        "nl",
        _words("Factuur|nr.|Factuurnummer|Factuurdatum|Vervaldatum|Leverancier|Factuur aan|Afleveradres|Magazijn 2|Naam"
               "|Adres|BTW-nummer|Tel.|Klantnummer|Bestelnummer|Omschrijving|Aantal|Prijs|Bedrag|Plank eiken"
               "|Totaal excl. BTW|BTW 21%|Totaal incl. BTW"),
        (Firm("Timmerbedrijf De Vlieger B.V.", "Nijverheidsweg 14", "3534 AM Utrecht", "Nederland", "NL812345678B01",
              "030 244 5566", "info@devlieger.example"),
         Firm("Studio Karmozijn", "Oudegracht 221", "3511 NK Utrecht", "Nederland", "NL003456789B12", "06 1234 5678",
              "hallo@karmozijn.example")),
        (Firm("Gemeente Voorbeeldstad", "Marktplein 1", "7411 AB Deventer", "Nederland", "NL001234567B01", "",
              "crediteuren@voorbeeldstad.example"),
         Firm("Bakkerij Zonneveld V.O.F.", "Dorpsstraat 12", "1721 BB Broek op Langedijk", "Nederland",
              "NL809876543B02", "", "zonneveld@bakkerij.example")),
        "14-03-2026", "13-04-2026", ("1.240,00", "260,40", "€ 1.500,40"), "1500.40",
    ),
    Language(
        "it",
        _words("Fattura|n.|Numero fattura|Data fattura|Scadenza|Fornitore|Cliente|Destinazione merce|Magazzino 2"
               "|Ragione sociale|Indirizzo|P.IVA|Tel.|Codice cliente|Ordine n.|Descrizione|Quantità|Prezzo unitario"
               "|Importo|Mensola rovere|Imponibile|IVA 22%|Totale fattura"),
        (Firm("Falegnameria Bertolotti S.r.l.", "Via Garibaldi 14", "20121 Milano (MI)", "Italia", "IT01234567890",
              "02 5544 3322", "info@bertolotti.example"),
         Firm("Studio Ferrandi Snc", "Viale dei Mille 7", "50131 Firenze FI", "Italia", "04567890123", "055 223344",
              "studio@ferrandi.example")),
        (Firm("Comune di Esempio", "Piazza Roma 1", "40121 Bologna (BO)", "Italia", "IT09876543210", "",
              "ragioneria@comune.example"),
         Firm("Panificio Rossetti S.a.s.", "Corso Italia 88", "10128 Torino TO", "Italia", "IT05544332211", "",
              "amministrazione@rossetti.example")),
        "14/03/2026", "13/04/2026", ("1.240,00", "272,80", "€ 1.512,80"), "1512.80",
    ),
    Language(
        "es",
        _words("Factura|nº|Número de factura|Fecha de factura|Vencimiento|Emisor|Cliente|Dirección de entrega|Almacén 2"
               "|Nombre|Dirección|NIF|Tel.|Nº cliente|Pedido|Descripción|Cantidad|Precio|Importe|Estante roble"
               "|Base imponible|IVA 21%|Total factura"),
        (Firm("Carpintería Olmedo S.L.", "Calle Mayor 14, 2º B", "28013 Madrid", "España", "B12345674", "91 555 12 34",
              "info@olmedo.example"),
         Firm("Rótulos Vidal", "Carrer de Balmes 221", "08006 Barcelona", "España", "ESA58818501", "934 55 66 77",
              "hola@rotulosvidal.example")),
        (Firm("Ayuntamiento de Ejemplo", "Plaza de España 1", "41001 Sevilla", "España", "P4100100D", "",
              "facturas@ejemplo.example"),
         Firm("Panadería Hermanos Ruiz, S.A.", "Avenida del Puerto 88", "46021 Valencia", "España", "A46103834", "",
              "admin@panruiz.example")),
        "14/03/2026", "13/04/2026", ("1.240,00", "260,40", "1.500,40 €"), "1500.40",
    ),
    Language(
        "pt",
        _words("Fatura|n.º|Número da fatura|Data da fatura|Data de vencimento|Fornecedor|Cliente|Local de entrega"
               "|Armazém 2|Nome|Morada|NIF|Tel.|N.º cliente|Encomenda|Descrição|Quantidade|Preço unitário|Valor"
               "|Prateleira carvalho|Total ilíquido|IVA 23%|Total a pagar"),
        (Firm("Carpintaria Almeida, Lda.", "Rua do Comércio, 14", "1100-150 Lisboa", "Portugal", "PT501234567",
              "21 345 6789", "geral@almeida.example"),
         Firm("Gráfica Serrana Unipessoal Lda", "Avenida da República 221 3.º Dto", "4450-242 Matosinhos", "Portugal",
              "509876543", "229 876 543", "info@serrana.example")),
        (Firm("Câmara Municipal de Exemplo", "Praça do Município, 1", "3000-167 Coimbra", "Portugal", "506123456", "",
              "contabilidade@exemplo.example"),
         Firm("Padaria Irmãos Costa, S.A.", "Travessa das Flores 8", "8000-128 Faro", "Portugal", "507998877", "",
              "contas@irmaoscosta.example")),
        "14/03/2026", "13/04/2026", ("1.240,00", "285,20", "1.525,20 €"), "1525.20",
    ),
    Language(
        "pl",
        _words("Faktura VAT|nr|Numer faktury|Data wystawienia|Termin płatności|Sprzedawca|Nabywca|Adres dostawy"
               "|Magazyn 2|Nazwa|Adres|NIP|Tel.|Nr klienta|Zamówienie nr|Nazwa towaru|Ilość|Cena netto|Wartość netto"
               "|Półka dębowa|Razem netto|VAT 23%|Razem do zapłaty"),
        (Firm("Stolarnia Dąbek Sp. z o.o.", "ul. Przemysłowa 14", "00-950 Warszawa", "Polska", "525-000-11-22",
              "22 555 12 34", "biuro@dabek.example"),
         Firm("Pracownia Szyldów Kowalczyk", "ul. Długa 22/3", "31-146 Kraków", "Polska", "6762233445", "12 444 55 66",
              "kontakt@szyldy.example")),
        (Firm("Urząd Miasta Przykładowo", "pl. Wolności 1", "61-739 Poznań", "Polska", "778-11-22-333", "",
              "faktury@przykladowo.example"),
         Firm("Piekarnia Złoty Kłos s.c.", "al. Niepodległości 88", "80-171 Gdańsk", "Polska", "957-08-07-065", "",
              "klos@piekarnia.example")),
        "2026-03-14", "2026-04-13", ("1 240,00", "285,20", "1 525,20 zł"), "1525.20",
    ),
)  # fmt: skip


def invoices() -> Iterator[tuple[str, Document, dict[str, str]]]:
    """Yield a name, the document and the fields it must give, for each language and layout."""
    for of in LANGUAGES:
        for number, (name, layout) in enumerate(LAYOUTS.items()):
            seller, buyer = of.sellers[number % 2], of.buyers[(number // 2) % 2]
            sheet = Sheet()
            layout(sheet, of, seller, buyer)
            texts = [line.text for line in sheet.lines]
            wanted = {
                "seller.name": seller.name, "seller.address": _address(seller, texts), "buyer.name": buyer.name,
                "buyer.address": _address(buyer, texts), "invoice_number": "2026-0417", "issue_date": "2026-03-14",
                "due_date": "2026-04-13", "total_gross": of.gross,
            }  # fmt: skip
            yield f"{of.code}:{name}", sheet.document(), wanted


def _address(firm: Firm, texts: list[str]) -> str:
    """Return an address as printed: with its country where that stands below it."""
    below = texts[texts.index(firm.town) + 1] if firm.town in texts else ""
    return f"{firm.address}, {firm.country}" if below == firm.country else firm.address
