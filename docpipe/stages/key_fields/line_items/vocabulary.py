"""Words of tables of goods in English, German, French and Chinese: headings, allowances, carried sums, ends.

A rule pack adds its own words under `items:`; these serve every pack, since a German shop prints `Qty` and a receipt
may be read by the pack of another language. Everything is compared folded: upper case, accents dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from docpipe.stages.key_fields.compiled_pack import Prepared
from docpipe.stages.key_fields.patterns import LabelIndex, Pattern, any_of
from docpipe.values.text import clean, squash

_LEADING = re.compile(r"^[\W\d]+(?=[^\W\d])")
NUMERIC = frozenset({"quantity", "unit_price", "discount", "net_amount", "tax_rate", "tax_amount", "gross_amount"})
MONEY = frozenset({"unit_price", "discount", "net_amount", "tax_amount", "gross_amount"})
AMOUNTS = frozenset({"net_amount", "gross_amount", "unit_price"})
TEXTS = frozenset({"line_no", "product_code", "description", "specification", "unit"})

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "line_no": (
        "POS", "POS NR", "POSITION", "POSNR", "LFD NR", "LFDNR", "NR", "#", "NO", "LINE", "LINE NO", "LN", "SR NO",
        "SL NO", "S NO", "SNO", "SRNO", "LIGNE", "N°", "NUM", "序号", "行号", "项次",
    ),
    "product_code": (
        "SKU", "CODE", "PRODUCT CODE", "ITEM CODE", "ITEM NO", "ITEM NUMBER", "ITEM #", "PART NO", "PART NUMBER",
        "PART #", "ARTICLE NO", "ARTICLE NUMBER", "ARTICLE CODE", "STOCK CODE", "STOCK NO", "CATALOG NO",
        "CATALOGUE NO", "CAT NO", "PRODUCT NO", "PRODUCT ID", "MODEL NO", "REF", "REF NO", "EAN", "UPC", "GTIN",
        "BARCODE", "ART NR", "ART-NR", "ART NO", "ARTNR", "ARTIKELNR", "ARTIKEL-NR", "ARTIKELNUMMER",
        "ARTIKEL NUMMER", "ARTIKELCODE", "BESTELLNUMMER", "BESTELL-NR", "SACHNUMMER", "MATERIALNUMMER",
        "MATERIAL-NR", "PRODUKTNUMMER", "PRODUKT-NR", "PROD NR", "TEILENUMMER", "REFERENCE", "CODE ARTICLE",
        "CODE PRODUIT", "REF ARTICLE", "REFERENCE ARTICLE", "N° ARTICLE", "商品编码", "货号", "产品编码",
        "产品编号", "商品编号", "编码", "编号", "条码", "商品代码", "料号", "物料编码",
    ),
    "description": (
        "DESCRIPTION", "ITEM", "ITEMS", "ITEM DESCRIPTION", "ITEM NAME", "PRODUCT", "PRODUCTS", "PRODUCT NAME",
        "PRODUCT DESCRIPTION", "DESCRIPTION OF GOODS", "DESCRIPTION OF SERVICES", "GOODS", "GOODS DESCRIPTION",
        "SERVICE", "SERVICES", "SERVICE DESCRIPTION", "PARTICULARS", "DETAILS", "TASK", "WORK", "ACTIVITY",
        "WORK DESCRIPTION", "ARTICLE", "BESCHREIBUNG", "BEZEICHNUNG", "ARTIKELBEZEICHNUNG", "ARTIKELBESCHREIBUNG",
        "PRODUKT", "PRODUKTBEZEICHNUNG", "LEISTUNG", "LEISTUNGSBESCHREIBUNG", "LEISTUNGSBEZEICHNUNG", "LEISTUNGEN",
        "ARTIKEL", "WARE", "WARENBEZEICHNUNG", "GEGENSTAND", "TATIGKEIT", "ARBEITEN", "INHALT", "GEWERK", "OBJET",
        "TRAVAUX", "POSITIONSTEXT", "DIENSTLEISTUNG", "ARTIKELNAME", "PRODUKTNAME", "ARTIKEL BEZEICHNUNG",
        "ARTIKEL / LEISTUNG", "DESIGNATION", "LIBELLE", "PRODUIT", "PRODUITS", "PRESTATION", "PRESTATIONS",
        "DESCRIPTIF", "INTITULE", "NATURE DES PRESTATIONS", "DESIGNATION DES PRODUITS", "DESIGNATION DES ARTICLES",
        "DESIGNATION ARTICLE", "名称", "品名", "商品名称", "商品", "货物名称", "产品名称", "服务名称", "项目",
        "项目名称", "货物或应税劳务服务名称", "货物或应税劳务名称", "货物及应税劳务名称", "品项", "菜名", "菜品",
        "品名规格", "货品名称", "货物", "商品名", "内容",
    ),
    "specification": ("SPECIFICATION", "SPEC", "SPEZIFIKATION", "AUSFUHRUNG", "规格", "规格型号", "型号", "型号规格"),
    "unit": (
        "UNIT", "UOM", "UNIT OF MEASURE", "U/M", "EINHEIT", "ME", "EINH", "EH", "MENGENEINHEIT", "MASSEINHEIT",
        "UNITE", "UNITES", "单位", "计量单位",
    ),
    "quantity": (
        "QUANTITY", "QTY", "# SPOTS", "NO OF SPOTS", "COUNT", "QNTY", "QUANT", "HOURS", "HRS", "HOURS/QTY",
        "QTY/HOURS", "UNITS", "PIECES", "PCS", "NO OF UNITS", "AMOUNT OF UNITS", "DAYS", "QTY SHIPPED",
        "QTY ORDERED", "SHIPPED", "MENGE", "ANZAHL", "ANZ", "STUCK", "STUECK", "STUCKZAHL", "STK", "STUNDEN", "STD",
        "LIEFERMENGE", "QUANTITE", "QUANTITES", "QTE", "QTES", "NOMBRE", "NB", "NBRE", "HEURES", "JOURS", "数量",
        "件数", "数目", "份数",
    ),
    "unit_price": (
        "UNIT PRICE", "PRICE", "RATE", "U PRICE", "U/PRICE", "UPRICE", "UNIT COST", "COST", "PRICE EACH", "EACH",
        "PRICE/UNIT", "PRICE PER UNIT", "UNIT RATE", "HOURLY RATE", "NET PRICE", "UNIT NET", "UNIT PRICE NET",
        "UNIT VALUE", "UNIT AMOUNT", "NET UNIT PRICE", "SINGLE PRICE", "PRICE/UNIT NET", "EINZELPREIS", "E-PREIS",
        "EPREIS", "EP", "STUCKPREIS", "STUECKPREIS", "PREIS", "NETTOPREIS", "PREIS/EINHEIT", "EINZEL",
        "STUNDENSATZ", "PREIS/STK", "PREIS/STUCK", "PREIS PRO EINHEIT", "PREIS JE EINHEIT", "EINZELPREIS NETTO",
        "NETTO-EINZELPREIS", "NETTOEINZELPREIS", "PREIS NETTO", "EINZELPR", "EINHEITSPREIS", "EP NETTO",
        "PRIX UNITAIRE", "PRIX UNITAIRE HT", "PU", "PU HT", "PUHT", "P U", "P U HT", "PRIX", "PRIX UNIT",
        "PRIX UNIT HT", "PRIX U HT", "PRIX U", "PRIX/UNITE", "PRIX HT UNITAIRE", "TARIF", "PU TTC",
        "PRIX UNITAIRE TTC", "单价", "价格", "含税单价", "不含税单价", "售价",
    ),
    "discount": (
        "DISCOUNT", "DISC", "DISC %", "DISCOUNT %", "REBATE", "RABATT", "RABATT %", "RABATT IN %", "NACHLASS",
        "ABSCHLAG", "RABATTBETRAG", "RAB", "RAB %", "REMISE", "REM", "REMISE %", "REM %", "RABAIS", "折扣", "优惠",
        "折扣额", "折扣率",
    ),
    "tax_rate": (
        "VAT", "VAT %", "TAX", "TAX %", "TAX RATE", "VAT RATE", "GST", "GST %", "GST RATE", "SALES TAX", "TAX CODE",
        "VAT CODE", "MWST", "MWST %", "MWST-SATZ", "MWSTSATZ", "MWST IN %", "UST", "UST %", "UST-SATZ", "USTSATZ",
        "UST IN %", "STEUERSATZ", "STEUER", "STEUER %", "ST", "TVA", "TVA %", "% TVA", "TAUX", "TAUX TVA",
        "TAUX DE TVA", "TX TVA", "税率", "税率/征收率", "征收率",
    ),
    "tax_amount": (
        "TAX AMOUNT", "VAT AMOUNT", "TAX AMT", "VAT AMT", "GST AMOUNT", "GST AMT", "STEUERBETRAG", "MWST-BETRAG",
        "MWSTBETRAG", "UST-BETRAG", "USTBETRAG", "MWST EUR", "MONTANT TVA", "MONTANT DE TVA", "MONTANT DE LA TVA",
        "税额",
    ),
    "net_amount": (
        "AMOUNT", "TOTAL", "LINE TOTAL", "TOTAL COST", "LINE COST", "GROSS COST", "ITEM TOTAL", "NET AMOUNT", "NET",
        "NET TOTAL", "NET WORTH", "EXTENDED PRICE", "EXTENSION", "EXT PRICE", "EXTENDED", "EXT AMOUNT",
        "TOTAL PRICE", "SUBTOTAL", "SUB TOTAL", "AMT", "EXT", "NET AMT", "LINE AMOUNT", "VALUE", "NET VALUE",
        "TOTAL NET", "AMOUNT NET", "AMOUNT EXCL VAT", "AMOUNT EXCL TAX", "TOTAL EXCL VAT", "TOTAL EX VAT",
        "TOTAL EXCL TAX", "TOTAL AMOUNT", "TAX EXCL", "PRICE W/O TAX", "GESAMTPREIS", "GESAMT", "BETRAG", "SUMME",
        "NETTOBETRAG", "NETTO", "G-PREIS", "GPREIS", "GP", "GESAMTBETRAG", "WERT", "NETTOWERT", "WARENWERT",
        "POSITIONSBETRAG", "POSITIONSSUMME", "POSITIONSPREIS", "ZEILENSUMME", "GESAMT NETTO", "GESAMTPREIS NETTO",
        "BETRAG NETTO", "ENTGELT", "PREIS GESAMT", "NETTO GESAMT", "NETTOSUMME", "BETRAG OHNE MWST", "MONTANT HT",
        "MT HT", "MT", "PRIX TOTAL LIGNE", "MONTANT", "MONTANT H T", "TOTAL HT", "TOTAL H T", "PRIX TOTAL",
        "PRIX TOTAL HT", "TOTAL LIGNE", "TOTAL LIGNE HT", "MONTANT NET", "MONTANT NET HT", "MONTANT TOTAL",
        "MONTANT TOTAL HT", "PRIX HT", "SOMME", "金额", "小计", "总价", "总金额", "不含税金额", "合计", "价款",
    ),
    "gross_amount": (
        "GROSS", "GROSS AMOUNT", "GROSS WORTH", "GROSS TOTAL", "TOTAL GROSS", "TOTAL INCL VAT", "TOTAL INC VAT",
        "AMOUNT INCL VAT", "TOTAL INCL TAX", "TOTAL INC GST", "TOTAL INCL GST", "INCL VAT", "INCL TAX", "TAX INCL",
        "BRUTTO", "BRUTTOBETRAG", "BRUTTOPREIS", "GESAMT BRUTTO", "BETRAG BRUTTO", "GESAMTPREIS BRUTTO",
        "BRUTTO GESAMT", "INKL MWST", "BETRAG INKL MWST", "MONTANT TTC", "TOTAL TTC", "PRIX TTC", "PRIX TOTAL TTC",
        "TTC", "价税合计", "含税金额", "含税总价",
    ),
}  # fmt: skip

UNITS = frozenset((
    "EUR", "USD", "GBP", "CHF", "CNY", "RMB", "SGD", "MYR", "RM", "AUD", "CAD", "PC", "PCS", "PCE", "PCES",
    "EA", "EACH", "UNIT", "UNITS", "SET", "SETS", "BOX", "PACK", "PACKS", "PK", "PKG", "ROLL", "ROLLS", "PAIR",
    "PAIRS", "LOT", "LOTS", "CTN", "BAG", "BTL", "H", "HR", "HRS", "HOUR", "HOURS", "DAY", "DAYS", "MONTH",
    "MONTHS", "YEAR", "KG", "G", "L", "ML", "M", "CM", "MM", "M2", "M3", "KWH", "GB", "MIN", "LICENCE",
    "LICENSE", "STK", "ST", "STUCK", "STUCKE", "STD", "TAG", "TAGE", "PSCH", "PAUSCH", "SATZ", "PAAR", "KARTON",
    "KAR", "FL", "DOSE", "ROLLE", "LFM", "U", "UN", "UNITE", "PIECE", "PIECES", "HEURE", "HEURES", "JOUR",
    "JOURS", "MOIS", "FORFAIT", "LITRE", "LITRES", "LTR", "CARTON", "BOITE", "个", "件", "台", "支", "盒", "箱",
    "套", "次", "只", "瓶", "包", "袋", "米", "吨", "张", "本", "份", "批", "项", "度", "升", "千克", "公斤",
    "小时", "天", "月",
))  # fmt: skip
"""Units as they stand behind a count, for telling them from the first word of a name."""
ALLOWANCES = (
    "RABATT", "ARTIKELRABATT", "NACHLASS", "ABSCHLAG", "SKONTO", "SOFORTRABATT", "MENGENRABATT", "PREISNACHLASS",
    "AKTION", "DISCOUNT", "LESS", "REBATE", "ALLOWANCE", "PROMO", "PROMOTION", "SAVING", "SAVINGS", "COUPON",
    "VOUCHER", "MEMBER DISC", "ITEM DISC", "BILL DISC", "LINE DISC", "MEMBER SAVING", "STAFF DISC", "DISC",
    "REMISE", "RABAIS", "RISTOURNE", "REDUCTION", "AVANTAGE", "折扣", "优惠", "会员价", "立减", "满减",
)  # fmt: skip
"""How a line below an article begins that lowers its price."""
NOTES = (
    "BRUTTOPREIS", "LISTENPREIS", "GROSS PRICE", "LIST PRICE", "PRIX BRUT", "PRIX CATALOGUE", "PREISBASIS",
    "ARTIKELGESAMTRABATT", "ZUSCHLAG", "EAN", "GTIN", "S/N", "SN", "SERIAL", "SERIENNUMMER", "SERIEN-NR",
    "NUMERO DE SERIE", "N° DE SERIE", "N° SERIE", "LOT", "CHARGE", "CHARGEN-NR", "LIEFERSCHEIN", "LIEFERDATUM",
    "ORDER NO", "PO NO", "BATCH", "序列号", "批号",
)  # fmt: skip
"""How a line below an article begins that says something about it other than its name, often with a number."""
CARRIED = (
    "/^\\W*(UE?BERTRAG|ZWISCHENSUMME|SEITENSUMME|SUMME SEITE)/",
    "/^\\W*(CARR(IED|Y) (FORWARD|OVER)|BROUGHT FORWARD|(BALANCE|AMOUNT|TOTAL) (BROUGHT|CARRIED)|CONTINUED)/",
    "/^\\W*(T[O0]TA[L1I] ?\\d+ ?%|SUB ?-?T[O0]T?[A0]?[L1I]\\b|PAGE TOTAL|TOTAL PAGE)/",
    "/^\\W*((TOTAL )?A REPORTER|REPORT\\b|SOUS[- ]TOTAL)/",
    "/^\\W*(承前页|过次页|本页小计|本页合计|转下页|承上页|小\\s*计)/",
)
"""Rows that repeat a sum: skipped; what follows must be a full row of goods to count."""
ENDS = (
    "/^\\W*(NET TOTAL|GRAND TOTAL|INVOICE TOTAL|TOTAL (DUE|EXCL|INCL|NET|AMOUNT))/",
    "/^\\W*TOTAL( \\(?(USD|EUR|GBP)|\\W*$| ?:)/",
    "/^\\W*(T[O0]TA[L1I]|NETT?|SUM) ?(QTY|QUANTITY|SALES|ITEMS?|GST|VAT|TAX|DISCOUNT|PAYABLE|SAVINGS?)\\b/",
    "/^\\W*(NO\\.? OF ITEMS?|ITEM ?\\(?S?\\)? ?(COUNT|:|SOLD)|QTY ?\\(?S?\\)? ?:|ITEMS? ?:|ROUNDING|CHANGE|CASH\\b)/",
    "/^\\W*((SERVICE|TAKEAWAY|DELIVERY|SVC) (CHARGE|TAX)|(ADD|PLUS|INCL\\w*\\.?|EXCL\\w*\\.?) ?(GST|VAT|TAX|SST))\\b/",
    "/^\\W*(GRAND|SUB|NET) ?T[O0]TA[L1I]|^\\W*T[O0]TA[L1I]\\W*$/",
    "/^\\W*(GROSS|BILL|NETT?|INVOICE|ORDER) ?(AMOUNT|T[O0]TA[L1I])\\b|^\\W*AMOUNT (PAYABLE|TO PAY)/",
    "/^\\W*(AMOUNT DUE|BALANCE DUE|TAX TOTAL|TAX BASE)/",
    "/^\\W*(NETTOSUMME|RECHNUNGSSUMME|RECHNUNGSBETRAG|GESAMTSUMME|GESAMTBETRAG|SUMME NETTO)/",
    "/^\\W*(NETTO(BETRAG)? ?:|BELEGSUMMEN)/",
    "/^\\W*(ZU- UND ABSCHLAGE|(UMSATZ)?STEUERAUFSCHL|ENDBETRAG|ZU ZAHLEN|SUMME\\W*$|SUMME ?(EUR|CHF|:))/",
    "/^\\W*(TOTAL H\\.?T|TOTAL T\\.?T|NET A PAYER|MONTANT TOTAL|TOTAL TVA|TAXE BASE)/",
    "/^\\W*.{0,4}(合\\s*计|总\\s*计|总\\s*额|总\\s*价)\\W|^\\W*.{0,4}(合\\s*计|总\\s*计|总\\s*额)$/",
    "/^\\W*(价税合计|合\\s*计|应付|实付|应收|实收|原价|商品(金额|总额|数)|品种数|总(数|件|计)|件数|共\\s*\\d|找零|现金|微信|支付宝)/",
)
"""Rows that end a table of goods."""


@lru_cache(maxsize=32)
def _index(own: tuple[tuple[str, tuple[str, ...]], ...]) -> LabelIndex:
    pairs = [(cell, label) for cell, names in own for label in names]
    pairs += [(cell, label) for cell, names in HEADINGS.items() for label in names]
    return LabelIndex(pairs)


def headings(prepared: Prepared) -> LabelIndex:
    """Return the headings of a pack and then those known in four languages; the pack's own come first."""
    return _index(tuple(prepared.pack.items.columns.items()))


@lru_cache(maxsize=32)
def _plain(own: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    known: dict[str, str] = {}
    for cell, names in (*own, *HEADINGS.items()):
        for label in names:
            if not label.startswith("/"):
                known.setdefault(squash(clean(label)), cell)
    return known


def plain_headings(prepared: Prepared) -> Mapping[str, str]:
    """Return squashed heading -> column, for headings that a recogniser glued together or misread."""
    return _plain(tuple(prepared.pack.items.columns.items()))


@lru_cache(maxsize=32)
def _long(own: tuple[tuple[str, tuple[str, ...]], ...], least: int) -> tuple[str, ...]:
    return tuple(label for label in _plain(own) if len(label) >= least)


def long_headings(prepared: Prepared, least: int) -> tuple[str, ...]:
    """Return the squashed headings of so many letters at least: those that a misread one is compared with."""
    return _long(tuple(prepared.pack.items.columns.items()), least)


@lru_cache(maxsize=1)
def _sums() -> tuple[Pattern | None, Pattern | None]:
    return any_of(CARRIED), any_of(ENDS)


def sum_kind(folded: str) -> Literal["carried", "end"] | None:
    """Say whether a row repeats a sum or ends the goods, by how its words begin; None for any other row."""
    text = _LEADING.sub("", folded)
    repeats, ends = _sums()
    if repeats is not None and repeats.search(text):
        return "carried"
    return "end" if ends is not None and ends.search(text) else None


_ALLOWANCES = tuple(squash(word) for word in ALLOWANCES)
_TAKEN_OFF = tuple(word for word in _ALLOWANCES if len(word) >= 6 or not word.isascii())
_NOTES = tuple(squash(word) for word in NOTES)


def is_allowance(folded: str) -> bool:
    """Say whether a line begins as one that lowers the price of the article above."""
    return squash(folded).lstrip("#%").startswith(_ALLOWANCES)


def is_taken_off(folded: str) -> bool:
    """Say whether a line speaks of a lowered price anywhere in its first words: `10% member discount`."""
    plain = squash(folded)[:40]
    return is_allowance(folded) or any(word in plain for word in _TAKEN_OFF)


def is_note(folded: str) -> bool:
    """Say whether a line begins as one that tells a number about the article above: gross price, serial number."""
    return squash(folded).startswith(_NOTES)
