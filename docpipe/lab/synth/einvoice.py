"""Writes made-up invoices as structured ones: CII in the profiles of Factur-X and ZUGFeRD, UBL, PDFs that hold them.

What is written is what the labels say, so that reading it back must give exactly them. Places of business terms are
those of CEN/TS 16931-3-2 (UBL) and 16931-3-3 (CII).
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from lxml import etree

from docpipe.lab.synth.document import FieldLabel, Row, SynthDocument

CII_PROFILES: Mapping[str, str] = {
    "minimum": "urn:factur-x.eu:1p0:minimum",
    "basicwl": "urn:factur-x.eu:1p0:basicwl",
    "basic": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "en16931": "urn:cen.eu:en16931:2017",
    "extended": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
    "xrechnung": "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
    "zugferd1": "urn:ferd:CrossIndustryDocument:invoice:1p0:comfort",
}
UBL_PROFILES: Mapping[str, str] = {
    "peppol": "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    "ubl": "urn:cen.eu:en16931:2017",
}
XML_PROFILES = (*CII_PROFILES, *UBL_PROFILES)
NO_ROWS = ("minimum", "basicwl")
FILE_NAMES = {"zugferd1": "ZUGFeRD-invoice.xml", "xrechnung": "xrechnung.xml"}
"""The agreed name of the XML inside a PDF; `factur-x.xml` for every other profile."""

_CODES = {"credit_note": "381", "order": "220"}
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_RAM1 = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
_RSM1 = "urn:ferd:CrossIndustryDocument:invoice:1p0"
_UDT1 = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"

_OLD_NAMES = {
    "ExchangedDocumentContext": "SpecifiedExchangedDocumentContext",
    "ExchangedDocument": "HeaderExchangedDocument",
    "SupplyChainTradeTransaction": "SpecifiedSupplyChainTradeTransaction",
    "ApplicableHeaderTradeAgreement": "ApplicableSupplyChainTradeAgreement",
    "ApplicableHeaderTradeDelivery": "ApplicableSupplyChainTradeDelivery",
    "ApplicableHeaderTradeSettlement": "ApplicableSupplyChainTradeSettlement",
    "SpecifiedTradeSettlementHeaderMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "SpecifiedLineTradeAgreement": "SpecifiedSupplyChainTradeAgreement",
    "SpecifiedLineTradeDelivery": "SpecifiedSupplyChainTradeDelivery",
    "SpecifiedLineTradeSettlement": "SpecifiedSupplyChainTradeSettlement",
    "SpecifiedTradeSettlementLineMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "RateApplicablePercent": "ApplicablePercent",
}
"""What ZUGFeRD 1 called elements that were renamed for CII D16B."""


def has_xml(document: SynthDocument, profile: str) -> bool:
    """Tell whether a document prints what XML must state: a number, a date, a total and, but for the lowest, rows."""
    head = {"total_gross", "invoice_number", "issue_date"} <= document.fields.keys()
    return head and (profile in NO_ROWS or bool(_stated_rows(document)))


def invoice_xml(document: SynthDocument, profile: str) -> bytes:
    """Return the XML of a document in one of `XML_PROFILES`.

    Raises:
        ValueError: there is no such profile, or the document does not print what XML must state.
    """
    if not has_xml(document, profile):
        raise ValueError("the document prints no number, date or total")
    if profile in UBL_PROFILES:
        return _Ubl(document, profile).write()
    if profile in CII_PROFILES:
        return _Cii(document, profile).write()
    raise ValueError(f"{profile!r}: choose from {', '.join(XML_PROFILES)}")


def file_name(profile: str) -> str:
    """Return what the XML is called inside a PDF."""
    return FILE_NAMES.get(profile, "factur-x.xml")


def with_attachment(pdf_bytes: bytes, name: str, content: bytes) -> bytes:
    """Return a PDF with one more file inside."""
    pdf = pypdfium2.PdfDocument(pdf_bytes)
    text = (name + "\0").encode("utf-16-le")
    handle = pdfium.FPDFDoc_AddAttachment(
        pdf.raw, ctypes.cast(ctypes.create_string_buffer(text), ctypes.POINTER(ctypes.c_ushort))
    )
    pdfium.FPDFAttachment_SetFile(handle, pdf.raw, ctypes.create_string_buffer(content, len(content)), len(content))
    buffer = BytesIO()
    pdf.save(buffer)
    pdf.close()
    return buffer.getvalue()


class _Writer:
    """Makes elements from the labels of a document; what a label lacks gives no element."""

    def __init__(self, document: SynthDocument, profile: str) -> None:
        self.fields: Mapping[str, FieldLabel] = document.fields
        self.items = _stated_rows(document)
        self.taxes = document.tax_breakdown
        self.kind = document.kind
        self.profile = profile
        self.currency = self.value("currency") or "EUR"

    def value(self, path: str) -> str:
        return self.fields[path].value if path in self.fields else ""

    def net(self) -> str:
        """Return the sum without tax, which not every print states."""
        tax = Decimal(self.value("total_tax") or 0)
        return self.value("total_net") or f"{Decimal(self.value('total_gross')) - tax:f}"

    def lines(self) -> str:
        """Return the sum of the rows; "" where there are none."""
        rows = [Decimal(row["net_amount"].value) for row in self.items]
        return self.value("total_lines") or (f"{sum(rows, Decimal(0)):f}" if rows else "")

    def add(self, parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
        """Add an element; one whose text is empty is left out."""
        if text == "":
            return None
        made = etree.SubElement(parent, self.tag(name), attributes)
        made.text = text
        return made

    def tag(self, name: str) -> str:
        raise NotImplementedError


class _Cii(_Writer):
    def tag(self, name: str) -> str:
        old = self.profile == "zugferd1"
        space = {"rsm": _RSM1 if old else _RSM, "udt": _UDT1 if old else _UDT}
        prefix, _, local = name.rpartition(":")
        return f"{{{space.get(prefix, _RAM1 if old else _RAM)}}}{_OLD_NAMES.get(local, local) if old else local}"

    def write(self) -> bytes:
        old = self.profile == "zugferd1"
        spaces = {"rsm": _RSM1 if old else _RSM, "ram": _RAM1 if old else _RAM, "udt": _UDT1 if old else _UDT}
        root = etree.Element(self.tag("rsm:CrossIndustryDocument" if old else "rsm:CrossIndustryInvoice"), nsmap=spaces)
        context = self.add(self.add(root, "rsm:ExchangedDocumentContext"), "GuidelineSpecifiedDocumentContextParameter")
        self.add(context, "ID", CII_PROFILES[self.profile])
        head = self.add(root, "rsm:ExchangedDocument")
        self.add(head, "ID", self.value("invoice_number"))
        if old:
            self.add(head, "Name", "RECHNUNG")
        self.add(head, "TypeCode", _CODES.get(self.kind, "380"))
        self.day(head, "IssueDateTime", self.value("issue_date"))
        trade = self.add(root, "rsm:SupplyChainTradeTransaction")
        if not old:
            self.rows(trade)
        agreement = self.add(trade, "ApplicableHeaderTradeAgreement")
        self.party(agreement, "seller")
        self.party(agreement, "buyer")
        if order := self.value("purchase_order"):
            self.add(self.add(agreement, "BuyerOrderReferencedDocument"), "ID" if old else "IssuerAssignedID", order)
        self.add(trade, "ApplicableHeaderTradeDelivery")
        self.settlement(self.add(trade, "ApplicableHeaderTradeSettlement"))
        if old:
            self.rows(trade)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))

    def day(self, parent: Any, name: str, iso: str) -> None:
        if iso:
            self.add(self.add(parent, name), "udt:DateTimeString", iso.replace("-", ""), format="102")

    def party(self, agreement: Any, role: str) -> None:
        made = self.add(agreement, f"{role.capitalize()}TradeParty")
        full = self.profile != "minimum"
        if role == "buyer" and full:
            self.add(made, "ID", self.value("buyer.customer_id"))
        self.add(made, "Name", self.value(f"{role}.name") or "?")
        address = self.value(f"{role}.address") if full else ""
        if address or role == "seller":
            place = self.add(made, "PostalTradeAddress")
            self.add(place, "LineOne", address)
            self.add(place, "CountryID", "DE")
        number = self.value(f"{role}.tax_id")
        if number and (full or role == "seller"):
            self.add(self.add(made, "SpecifiedTaxRegistration"), "ID", number, schemeID="VA")

    def settlement(self, made: Any) -> None:
        full = self.profile != "minimum"
        self.add(made, "InvoiceCurrencyCode", self.currency)
        if full and (iban := self.value("payment.iban")):
            means = self.add(made, "SpecifiedTradeSettlementPaymentMeans")
            self.add(means, "TypeCode", "58")
            self.add(self.add(means, "PayeePartyCreditorFinancialAccount"), "IBANID", iban)
        for row in (self.taxes or (None,)) if full else ():
            self.tax(made, row)
        if full and (due := self.value("due_date")):
            self.day(self.add(made, "SpecifiedTradePaymentTerms"), "DueDateDateTime", due)
        sums = self.add(made, "SpecifiedTradeSettlementHeaderMonetarySummation")
        net = self.net()
        if full:
            self.amount(sums, "LineTotalAmount", self.lines() or net)
            self.amount(sums, "ChargeTotalAmount", self.value("total_charges"))
            self.amount(sums, "AllowanceTotalAmount", self.value("total_discount").lstrip("-"))
        self.amount(sums, "TaxBasisTotalAmount", net)
        self.amount(sums, "TaxTotalAmount", self.value("total_tax"), currencyID=self.currency)
        self.amount(sums, "GrandTotalAmount", self.value("total_gross"))
        if full:
            self.amount(sums, "TotalPrepaidAmount", self.value("amount_paid").lstrip("-"))
        self.amount(sums, "DuePayableAmount", self.value("amount_due") or self.value("total_gross"))

    def amount(self, parent: Any, name: str, text: str, **attributes: str) -> None:
        if self.profile == "zugferd1":
            attributes = {"currencyID": self.currency}
        self.add(parent, name, text, **attributes)

    def tax(self, parent: Any, row: Row | None) -> None:
        """Add tax at one rate; with no row the whole is said to be free of tax."""
        made = self.add(parent, "ApplicableTradeTax")
        self.add(made, "CalculatedAmount", _cell(row, "tax") if row else self.value("total_tax") or "0.00")
        self.add(made, "TypeCode", "VAT")
        self.add(made, "BasisAmount", _cell(row, "taxable") if row else self.net())
        self.add(made, "CategoryCode", "S" if row else "Z")
        self.add(made, "RateApplicablePercent", _cell(row, "rate") if row else "0")

    def rows(self, trade: Any) -> None:
        for number, row in enumerate(self.items if self.profile not in NO_ROWS else (), start=1):
            line = self.add(trade, "IncludedSupplyChainTradeLineItem")
            self.add(self.add(line, "AssociatedDocumentLineDocument"), "LineID", _cell(row, "line_no") or str(number))
            old = self.profile == "zugferd1"
            if not old:
                self.product(line, row)
            agreement = self.add(line, "SpecifiedLineTradeAgreement")
            self.amount(self.add(agreement, "NetPriceProductTradePrice"), "ChargeAmount", _price(row))
            delivery = self.add(line, "SpecifiedLineTradeDelivery")
            self.add(delivery, "BilledQuantity", _cell(row, "quantity") or "1", unitCode="C62")
            settlement = self.add(line, "SpecifiedLineTradeSettlement")
            tax = self.add(settlement, "ApplicableTradeTax")
            self.add(tax, "TypeCode", "VAT")
            self.add(tax, "CategoryCode", "S")
            self.add(tax, "RateApplicablePercent", _cell(row, "tax_rate"))
            if discount := _cell(row, "discount"):
                allowance = self.add(settlement, "SpecifiedTradeAllowanceCharge")
                self.add(self.add(allowance, "ChargeIndicator"), "udt:Indicator", "false")
                self.amount(allowance, "ActualAmount", discount)
            sums = self.add(settlement, "SpecifiedTradeSettlementLineMonetarySummation")
            self.amount(sums, "LineTotalAmount", _cell(row, "net_amount"))
            if old:
                self.product(line, row)

    def product(self, line: Any, row: Row) -> None:
        made = self.add(line, "SpecifiedTradeProduct")
        if self.profile not in ("basic",):
            self.add(made, "SellerAssignedID", _cell(row, "product_code"))
        self.add(made, "Name", _cell(row, "description"))


class _Ubl(_Writer):
    def tag(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        room = "CommonAggregateComponents-2" if prefix == "cac" else "CommonBasicComponents-2"
        return f"{{{_UBL}{room}}}{local}"

    def write(self) -> bytes:
        credit = self.kind == "credit_note"
        name = "CreditNote" if credit else "Invoice"
        spaces = {
            None: f"{_UBL}{name}-2",
            "cac": f"{_UBL}CommonAggregateComponents-2",
            "cbc": f"{_UBL}CommonBasicComponents-2",
        }
        root = etree.Element(f"{{{_UBL}{name}-2}}{name}", nsmap=spaces)
        self.add(root, "CustomizationID", UBL_PROFILES[self.profile])
        self.add(root, "ID", self.value("invoice_number"))
        self.add(root, "IssueDate", self.value("issue_date"))
        if not credit:
            self.add(root, "DueDate", self.value("due_date"))
        self.add(root, f"{name}TypeCode", _CODES.get(self.kind, "380"))
        self.add(root, "DocumentCurrencyCode", self.currency)
        if order := self.value("purchase_order"):
            self.add(self.add(root, "cac:OrderReference"), "ID", order)
        self.party(self.add(root, "cac:AccountingSupplierParty"), "seller")
        self.party(self.add(root, "cac:AccountingCustomerParty"), "buyer")
        if iban := self.value("payment.iban"):
            means = self.add(root, "cac:PaymentMeans")
            self.add(means, "PaymentMeansCode", "30")
            self.add(self.add(means, "cac:PayeeFinancialAccount"), "ID", iban)
        total = self.add(root, "cac:TaxTotal")
        self.money(total, "TaxAmount", self.value("total_tax") or "0.00")
        for row in self.taxes:
            part = self.add(total, "cac:TaxSubtotal")
            self.money(part, "TaxableAmount", _cell(row, "taxable"))
            self.money(part, "TaxAmount", _cell(row, "tax"))
            self.category(part, "cac:TaxCategory", _cell(row, "rate"))
        sums = self.add(root, "cac:LegalMonetaryTotal")
        net = self.net()
        for element, text in (
            ("LineExtensionAmount", self.lines() or net),
            ("TaxExclusiveAmount", net),
            ("TaxInclusiveAmount", self.value("total_gross")),
            ("AllowanceTotalAmount", self.value("total_discount").lstrip("-")),
            ("ChargeTotalAmount", self.value("total_charges")),
            ("PrepaidAmount", self.value("amount_paid").lstrip("-")),
            ("PayableAmount", self.value("amount_due") or self.value("total_gross")),
        ):
            self.money(sums, element, text)
        for number, row in enumerate(self.items, start=1):
            self.row(root, name, number, row)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))

    def money(self, parent: Any, name: str, text: str) -> None:
        self.add(parent, name, text, currencyID=self.currency)

    def category(self, parent: Any, name: str, rate: str) -> None:
        made = self.add(parent, name)
        self.add(made, "ID", "S")
        self.add(made, "Percent", rate)
        self.add(self.add(made, "cac:TaxScheme"), "ID", "VAT")

    def party(self, parent: Any, role: str) -> None:
        made = self.add(parent, "cac:Party")
        if role == "buyer" and (number := self.value("buyer.customer_id")):
            self.add(self.add(made, "cac:PartyIdentification"), "ID", number)
        if address := self.value(f"{role}.address"):
            self.add(self.add(made, "cac:PostalAddress"), "StreetName", address)
        if number := self.value(f"{role}.tax_id"):
            scheme = self.add(made, "cac:PartyTaxScheme")
            self.add(scheme, "CompanyID", number)
            self.add(self.add(scheme, "cac:TaxScheme"), "ID", "VAT")
        self.add(self.add(made, "cac:PartyLegalEntity"), "RegistrationName", self.value(f"{role}.name") or "?")

    def row(self, root: Any, name: str, number: int, row: Row) -> None:
        line = self.add(root, f"cac:{name}Line")
        self.add(line, "ID", _cell(row, "line_no") or str(number))
        quantity = "CreditedQuantity" if name == "CreditNote" else "InvoicedQuantity"
        self.add(line, quantity, _cell(row, "quantity") or "1", unitCode="C62")
        self.money(line, "LineExtensionAmount", _cell(row, "net_amount"))
        if discount := _cell(row, "discount"):
            allowance = self.add(line, "cac:AllowanceCharge")
            self.add(allowance, "ChargeIndicator", "false")
            self.money(allowance, "Amount", discount)
        item = self.add(line, "cac:Item")
        self.add(item, "Name", _cell(row, "description"))
        if code := _cell(row, "product_code"):
            self.add(self.add(item, "cac:SellersItemIdentification"), "ID", code)
        self.category(item, "cac:ClassifiedTaxCategory", _cell(row, "tax_rate"))
        self.money(self.add(line, "cac:Price"), "PriceAmount", _price(row))


def _stated_rows(document: SynthDocument) -> tuple[Row, ...]:
    return tuple(row for row in document.line_items if "description" in row and "net_amount" in row)


def _price(row: Row) -> str:
    """Return what one unit costs; a row that does not print it is one of whole amounts."""
    if "unit_price" in row and "quantity" in row:
        return row["unit_price"].value
    quantity = Decimal(_cell(row, "quantity") or "1")
    return f"{(Decimal(row['net_amount'].value) + Decimal(_cell(row, 'discount') or 0)) / quantity:.6f}"


def _cell(row: Row, name: str) -> str:
    return row[name].value if name in row else ""
