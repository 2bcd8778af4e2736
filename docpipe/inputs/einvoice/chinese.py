"""Chinese structured invoices: fully digital ones (数电票), and the two kinds of XML that OFD invoices carry.

Element names are those of the files themselves: `EInvoice` of the tax platform, `eInvoice` of
http://www.edrm.org.cn/schema/e-invoice/2019, and the XBRL instance of the Ministry of Finance's taxonomy
(http://xbrl.mof.gov.cn/taxonomy/2021-09-30/inv).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from docpipe.document import KeyField
from docpipe.inputs.einvoice.elements import (
    Convert,
    Element,
    Found,
    all_at,
    date_of,
    decimal_of,
    exactly,
    identifier_of,
    local_name,
    plain,
    rate_of,
    text_at,
    words_of,
)

Rows = list[dict[str, KeyField]]
_PHONE = re.compile(r"[\s,，-]*((?:\+?86[- ]?)?(?:0\d{2,3}[- ]?\d{7,8}|1\d{10}))\s*")
_ACCOUNT = re.compile(r"[\s,，:：]*([\d-]{8,34})\s*")
_EXEMPT = frozenset({"免税", "不征税", "***", "*"})


def read_digital(root: Element, found: Found) -> tuple[Rows, Rows]:
    """Read a fully digital invoice (数电票)."""
    data = "EInvoiceData/"
    basic, seller, buyer = f"{data}BasicInformation/", f"{data}SellerInformation/", f"{data}BuyerInformation/"
    _fill(root, found, {
        "invoice_number": (words_of, ("TaxSupervisionInfo/InvoiceNumber", "Header/EIid")),
        "issue_date": (date_of, ("TaxSupervisionInfo/IssueTime", f"{basic}RequestTime")),
        "total_net": (decimal_of, (f"{basic}TotalAmWithoutTax",)),
        "total_tax": (decimal_of, (f"{basic}TotalTaxAm",)),
        "total_gross": (decimal_of, (f"{basic}TotalTax-includedAmount",)),
        "total_gross_in_words": (words_of, (f"{basic}TotalTax-includedAmountInChinese",)),
        "issuer": (words_of, (f"{basic}Drawer",)),
        "remarks": (words_of, (f"{data}AdditionalInformation/Remark", f"{data}Remark")),
    })  # fmt: skip
    for role, at, name in (("seller", seller, "Seller"), ("buyer", buyer, "Buyer")):
        _fill(root, found, {
            f"{role}.name": (words_of, (f"{at}{name}Name",)),
            f"{role}.tax_id": (identifier_of, (f"{at}{name}IdNum",)),
            f"{role}.address": (words_of, (f"{at}{name}Addr",)),
            f"{role}.phone": (words_of, (f"{at}{name}TelNum",)),
            f"{role}.bank_name": (words_of, (f"{at}{name}BankName",)),
            f"{role}.bank_account": (identifier_of, (f"{at}{name}BankAccNum",)),
        })  # fmt: skip
    _always(root, found, text_at(root, f"{basic}TotalTax-includedAmount"))
    items = [_cells(row, _DIGITAL_ITEM) for row in all_at(root, f"{data}IssuItemInformation")]
    return _rows(items)


def read_edrm(root: Element, found: Found) -> tuple[Rows, Rows]:
    """Read the original invoice inside an OFD file (`original_invoice.xml`)."""
    _fill(root, found, {
        "invoice_code": (identifier_of, ("InvoiceCode",)),
        "invoice_number": (words_of, ("InvoiceNo",)),
        "check_code": (identifier_of, ("InvoiceCheckCode",)),
        "machine_code": (identifier_of, ("MachineNo",)),
        "issue_date": (date_of, ("IssueDate",)),
        "total_net": (decimal_of, ("TaxExclusiveTotalAmount",)),
        "total_tax": (decimal_of, ("TaxTotalAmount",)),
        "total_gross": (decimal_of, ("TaxInclusiveTotalAmount",)),
        "total_gross_in_words": (words_of, ("TaxInclusiveTotalAmountWithWords",)),
        "remarks": (words_of, ("Note",)),
        "payee": (words_of, ("Payee",)),
        "reviewer": (words_of, ("Checker",)),
        "issuer": (words_of, ("InvoiceClerk",)),
    })  # fmt: skip
    for role, name in (("seller", "Seller"), ("buyer", "Buyer")):
        at = f"{name}/{name}"
        _party(
            found, role, text_at(root, f"{at}Name"), text_at(root, f"{at}TaxID"),
            text_at(root, f"{at}AddrTel"), text_at(root, f"{at}FinancialAccount"),
        )  # fmt: skip
    _always(root, found, text_at(root, "TaxInclusiveTotalAmount"))
    return _rows([_cells(row, _EDRM_ITEM) for row in all_at(root, "GoodsInfos/GoodsInfo")])


def read_xbrl(root: Element, found: Found) -> tuple[Rows, Rows]:
    """Read an invoice as an XBRL instance of the Ministry of Finance's taxonomy."""
    number = "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOf"
    _fill(root, found, {
        "invoice_code": (identifier_of, ("CodeOfInvoice",)),
        "invoice_number": (words_of, ("NumberOfInvoice", "UniqueCodeOfInvoice")),
        "check_code": (identifier_of, ("IdentifyingCode",)),
        "machine_code": (identifier_of, ("NumberOfInvoiceMachine",)),
        "issue_date": (date_of, ("DateOfIssue",)),
        "total_net": (decimal_of, ("TotalAmountExcludingTax",)),
        "total_tax": (decimal_of, ("TotalTaxAmount",)),
        "total_gross": (decimal_of, ("TaxIncludedAmountInFigures",)),
        "total_gross_in_words": (words_of, ("TaxIncludedAmountInWords",)),
        "remarks": (words_of, ("Remarks",)),
        "payee": (words_of, ("Payee",)),
        "reviewer": (words_of, ("Reviewer",)),
        "issuer": (words_of, ("Issuer",)),
    })  # fmt: skip
    for role, name in (("seller", "Seller"), ("buyer", "Purchaser")):
        _party(
            found, role, text_at(root, f"NameOf{name}"), text_at(root, f"{number}{name}"),
            text_at(root, f"AddressPhoneNumberOf{name}"), text_at(root, f"DepositBankAndAccountNumberOf{name}"),
        )  # fmt: skip
    _always(root, found, text_at(root, "TaxIncludedAmountInFigures"))
    rows = all_at(root, "InformationOfTaxableGoodsOrServicesDetailItemsTuple")
    return _rows([_cells(row, _XBRL_ITEM) for row in rows])


def is_invoice_xbrl(root: Element) -> bool:
    """Tell whether an XBRL instance is an invoice."""
    return bool(text_at(root, "NumberOfInvoice", "UniqueCodeOfInvoice"))


def _fill(root: Element, found: Found, places: Mapping[str, tuple[Convert, Sequence[str]]]) -> None:
    for path, (convert, paths) in places.items():
        found.put(path, paths[0].rpartition("/")[2], convert, text_at(root, *paths))


def _always(root: Element, found: Found, gross: str) -> None:
    """Add what goes without saying: these invoices are in yuan, and one below zero (a red one) takes another back."""
    found.fields["currency"] = exactly("CNY", "CNY", local_name(root))
    value = decimal_of(gross)
    if value is not None:
        kind = "credit_note" if Decimal(value) < 0 else "invoice"
        found.fields["document_type"] = exactly(kind, local_name(root), local_name(root))


def _party(found: Found, role: str, name: str, tax_id: str, place: str, bank: str) -> None:
    """Fill in a party, whose address and telephone number are one text, and so are bank and account."""
    found.put(f"{role}.name", "Name", words_of, name)
    found.put(f"{role}.tax_id", "TaxID", identifier_of, tax_id)
    place, phone = _cut(place, _PHONE)
    found.put(f"{role}.address", "AddrTel", words_of, place)
    found.put(f"{role}.phone", "AddrTel", words_of, phone)
    bank, account = _cut(bank, _ACCOUNT)
    found.put(f"{role}.bank_name", "FinancialAccount", words_of, bank)
    found.put(f"{role}.bank_account", "FinancialAccount", identifier_of, account)


def _cut(text: str, number: re.Pattern[str]) -> tuple[str, str]:
    """Return a text without the number at its end, and the number."""
    for match in number.finditer(text):
        if match.end() == len(text):
            return text[: match.start()], match[1]
    return text, ""


def _rate(text: str) -> str | None:
    """Return a rate in percent; goods without tax say so in words."""
    return "0" if text.strip() in _EXEMPT else rate_of(text)


def _share(text: str) -> str | None:
    """Return a rate in percent that is written as a share, `0.13`."""
    value = decimal_of(text)
    if value is None:
        return _rate(text)
    return plain(Decimal(value) * 100) if abs(Decimal(value)) < 1 else _rate(text)


_DIGITAL_ITEM: Mapping[str, tuple[Convert, Sequence[str]]] = {
    "description": (words_of, ("ItemName",)),
    "product_code": (words_of, ("TaxClassificationCode",)),
    "specification": (words_of, ("SpecMod",)),
    "unit": (words_of, ("MeaUnits",)),
    "quantity": (decimal_of, ("Quantity",)),
    "unit_price": (decimal_of, ("UnPrice",)),
    "net_amount": (decimal_of, ("Amount",)),
    "tax_rate": (_share, ("TaxRate",)),
    "tax_amount": (decimal_of, ("ComTaxAm", "TaxAmount")),
    "gross_amount": (decimal_of, ("TotaltaxIncludedAmount", "TotalTaxIncludedAmount")),
}
_EDRM_ITEM: Mapping[str, tuple[Convert, Sequence[str]]] = {
    "line_no": (words_of, ("LineNo",)),
    "description": (words_of, ("Item",)),
    "product_code": (words_of, ("Code",)),
    "specification": (words_of, ("Specification",)),
    "unit": (words_of, ("MeasurementDimension",)),
    "quantity": (decimal_of, ("Quantity",)),
    "unit_price": (decimal_of, ("Price",)),
    "net_amount": (decimal_of, ("Amount",)),
    "tax_rate": (_rate, ("TaxScheme",)),
    "tax_amount": (decimal_of, ("TaxAmount",)),
}
_XBRL_ITEM: Mapping[str, tuple[Convert, Sequence[str]]] = {
    "description": (words_of, ("NameOfTaxableGoodsOrServices",)),
    "specification": (words_of, ("Specification",)),
    "unit": (words_of, ("UnitOfGoodsOrServices",)),
    "quantity": (decimal_of, ("QuantityOfGoodsOrServices",)),
    "unit_price": (decimal_of, ("UnitPriceOfGoodsOrServices",)),
    "net_amount": (decimal_of, ("AmountExcludingTax",)),
    "tax_rate": (_rate, ("TaxRate",)),
    "tax_amount": (decimal_of, ("TaxAmount",)),
}


def _cells(row: Element, places: Mapping[str, tuple[Convert, Sequence[str]]]) -> dict[str, KeyField]:
    found = Found()
    _fill(row, found, places)
    return found.fields


def _rows(items: Rows) -> tuple[Rows, Rows]:
    """Return the rows with something in them, and the tax by rate that they add up to."""
    items = [item for item in items if item]
    sums: dict[str, list[Decimal]] = {}
    for item in items:
        rate, net, tax = (item.get(cell) for cell in ("tax_rate", "net_amount", "tax_amount"))
        if rate is None or net is None or tax is None or not (rate.value and net.value and tax.value):
            return items, []
        known = sums.setdefault(rate.value, [Decimal(0), Decimal(0)])
        known[0] += Decimal(net.value)
        known[1] += Decimal(tax.value)
    taxes = []
    for rate_text, (taxable, tax_sum) in sums.items():
        values = {"rate": rate_text, "taxable": f"{taxable:f}", "tax": f"{tax_sum:f}"}
        taxes.append({cell: exactly(value, value, "sum of the rows") for cell, value in values.items()})
    return items, taxes
