"""OASIS UBL 2.1, Invoice and CreditNote: Peppol BIS Billing 3, XRechnung and other specifications in this syntax.

Business terms (BT-…) are those of EN 16931-1; their places in UBL are those of CEN/TS 16931-3-2.
"""

from __future__ import annotations

from docpipe.document import KeyField
from docpipe.inputs.einvoice.elements import (
    NO_VAT_NUMBER,
    Element,
    Found,
    all_at,
    date_of,
    decimal_of,
    exactly,
    first_at,
    identifier_of,
    join_parts,
    local_name,
    net_of,
    per_unit,
    rate_of,
    text_at,
    text_of,
    words_of,
)
from docpipe.inputs.einvoice.kinds import kind_of
from docpipe.values.identifiers import is_iban

_NONE_GIVEN = "NA"
"""What Peppol writes for the order number where there is none but a sales order's."""


def profile_of(root: Element) -> str:
    """Return the specification that the invoice names (BT-24)."""
    return text_at(root, "CustomizationID", "ProfileID")


def read_ubl(root: Element, found: Found) -> tuple[list[dict[str, KeyField]], list[dict[str, KeyField]]]:
    """Fill in the header's fields; return line items and tax lines."""
    credit = local_name(root) == "CreditNote"
    currency = text_at(root, "DocumentCurrencyCode")
    found.put("invoice_number", "BT-1", words_of, text_at(root, "ID"))
    found.put("issue_date", "BT-2", date_of, text_at(root, "IssueDate"))
    code = text_at(root, "CreditNoteTypeCode" if credit else "InvoiceTypeCode")
    found.put("document_type", "BT-3", kind_of, code, "381" if credit else "380")
    means = all_at(root, "PaymentMeans")
    due = (text_at(root, "DueDate", "PaymentTerms/PaymentDueDate"), *(text_at(m, "PaymentDueDate") for m in means))
    found.put("due_date", "BT-9", date_of, *due)
    found.put("currency", "BT-5", identifier_of, currency)
    found.put("remarks", "BT-22", words_of, join_parts([text_of(note) for note in all_at(root, "Note")], "\n"))
    order = text_at(root, "OrderReference/ID")
    found.put("purchase_order", "BT-13", words_of, "" if order == _NONE_GIVEN else order)
    found.put("contract_number", "BT-12", words_of, text_at(root, "ContractDocumentReference/ID"))
    found.put("period_start", "BT-73", date_of, text_at(root, "InvoicePeriod/StartDate"))
    found.put("period_end", "BT-74", date_of, text_at(root, "InvoicePeriod/EndDate"))
    terms = [text_of(note) for note in all_at(root, "PaymentTerms/Note")]
    found.put("payment_terms", "BT-20", words_of, join_parts(terms, "\n"))
    _party(first_at(root, "AccountingSupplierParty/Party"), "seller", found)
    _party(first_at(root, "AccountingCustomerParty/Party"), "buyer", found)
    found.put(
        "buyer.customer_id", "BT-46", words_of, text_at(root, "AccountingCustomerParty/SupplierAssignedAccountID")
    )
    _accounts(means, found)
    _totals(root, currency, found)
    lines = all_at(root, "CreditNoteLine" if credit else "InvoiceLine")
    items = [_item(line, "CreditedQuantity" if credit else "InvoicedQuantity") for line in lines]
    taxes = [_tax(tax) for tax in all_at(_tax_total(root, currency), "TaxSubtotal")]
    return [item for item in items if item], [tax for tax in taxes if tax]


def _party(party: Element | None, role: str, found: Found) -> None:
    seller = role == "seller"
    name = text_at(party, "PartyLegalEntity/RegistrationName", "PartyName/Name")
    found.put(f"{role}.name", "BT-27" if seller else "BT-44", words_of, name)
    schemes = all_at(party, "PartyTaxScheme")
    vat = [text_at(each, "CompanyID") for each in schemes if text_at(each, "TaxScheme/ID").upper() in ("VAT", "")]
    others = [text_at(each, "CompanyID") for each in schemes]
    found.put(f"{role}.tax_id", "BT-31" if seller else "BT-48", identifier_of, *vat)
    found.put(f"{role}.tax_id", NO_VAT_NUMBER, words_of, *others)
    address = _address(first_at(party, "PostalAddress"))
    found.put(f"{role}.address", "BG-5" if seller else "BG-8", words_of, address)
    if seller:
        found.put("seller.registration_id", "BT-30", words_of, text_at(party, "PartyLegalEntity/CompanyID"))
    else:
        found.put("buyer.customer_id", "BT-46", words_of, text_at(party, "PartyIdentification/ID"))
    found.put(f"{role}.phone", "BT-42" if seller else "BT-57", words_of, text_at(party, "Contact/Telephone"))


def _address(address: Element | None) -> str:
    lines = [text_at(address, name) for name in ("StreetName", "AdditionalStreetName", "AddressLine/Line")]
    town = join_parts([text_at(address, "PostalZone"), text_at(address, "CityName")], " ")
    if not any((*lines, town)):
        return ""  # a country alone is no address
    return join_parts(
        [*lines, town, text_at(address, "CountrySubentity"), text_at(address, "Country/IdentificationCode")]
    )


def _accounts(means: list[Element], found: Found) -> None:
    accounts = [(text_at(each, "PayeeFinancialAccount/ID"), each) for each in means]
    branch = "PayeeFinancialAccount/FinancialInstitutionBranch"
    found.put("payment.iban", "BT-84", identifier_of, *(number for number, _ in accounts if is_iban(number)))
    found.put("seller.bank_account", "BT-84", words_of, *(number for number, _ in accounts if not is_iban(number)))
    bics = (text_at(each, f"{branch}/ID", f"{branch}/FinancialInstitution/ID") for each in means)
    found.put("payment.bic", "BT-86", identifier_of, *bics)
    banks = (text_at(each, f"{branch}/Name", f"{branch}/FinancialInstitution/Name") for each in means)
    found.put("seller.bank_name", "bank name", words_of, *banks)


def _tax_total(root: Element, currency: str) -> Element | None:
    """Return the total in the invoice's currency; another one may repeat it in the currency of the books (BT-111)."""
    totals = all_at(root, "TaxTotal")
    own = [total for total in totals if _currency(first_at(total, "TaxAmount")) in (None, currency)]
    return next(iter(own or totals), None)


def _currency(amount: Element | None) -> str | None:
    return None if amount is None else amount.get("currencyID")


def _totals(root: Element, currency: str, found: Found) -> None:
    sums = first_at(root, "LegalMonetaryTotal")
    for path, term, name in (
        ("total_lines", "BT-106", "LineExtensionAmount"),
        ("total_discount", "BT-107", "AllowanceTotalAmount"),
        ("total_charges", "BT-108", "ChargeTotalAmount"),
        ("total_net", "BT-109", "TaxExclusiveAmount"),
        ("total_gross", "BT-112", "TaxInclusiveAmount"),
        ("amount_paid", "BT-113", "PrepaidAmount"),
        ("rounding", "BT-114", "PayableRoundingAmount"),
        ("amount_due", "BT-115", "PayableAmount"),
    ):
        found.put(path, term, decimal_of, text_at(sums, name))
    found.put("total_tax", "BT-110", decimal_of, text_at(_tax_total(root, currency), "TaxAmount"))


def _tax(tax: Element) -> dict[str, KeyField]:
    found = Found()
    found.put("category", "BT-118", words_of, text_at(tax, "TaxCategory/ID"))
    found.put("rate", "BT-119", rate_of, text_at(tax, "TaxCategory/Percent", "Percent"))
    found.put("taxable", "BT-116", decimal_of, text_at(tax, "TaxableAmount"))
    found.put("tax", "BT-117", decimal_of, text_at(tax, "TaxAmount"))
    return found.fields


def _item(line: Element, quantity_name: str) -> dict[str, KeyField]:
    found = Found()
    item, price = first_at(line, "Item"), first_at(line, "Price")
    found.put("line_no", "BT-126", words_of, text_at(line, "ID"))
    found.put("description", "BT-153", words_of, text_at(item, "Name", "Description"))
    codes = ("SellersItemIdentification/ID", "StandardItemIdentification/ID", "BuyersItemIdentification/ID")
    found.put("product_code", "BT-155", words_of, text_at(item, *codes))
    quantity = first_at(line, quantity_name)
    found.put("quantity", "BT-129", decimal_of, text_of(quantity))
    found.put("unit", "BT-130", words_of, "" if quantity is None else quantity.get("unitCode", ""))
    basis = text_at(price, "BaseQuantity")
    found.put("unit_price", "BT-146", lambda text: per_unit(text, basis), text_at(price, "PriceAmount"))
    allowances = [
        (text_at(each, "ChargeIndicator").lower() in ("true", "1"), text_at(each, "Amount"))
        for each in all_at(line, "AllowanceCharge")
    ]
    if (discount := net_of(allowances)) is not None:
        found.fields["discount"] = exactly(discount, discount, "BT-136")
    found.put("net_amount", "BT-131", decimal_of, text_at(line, "LineExtensionAmount"))
    found.put("tax_rate", "BT-152", rate_of, text_at(item, "ClassifiedTaxCategory/Percent"))
    found.put("tax_amount", "line tax", decimal_of, text_at(line, "TaxTotal/TaxAmount"))
    return found.fields
