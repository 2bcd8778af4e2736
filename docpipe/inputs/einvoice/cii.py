"""UN/CEFACT Cross Industry Invoice: Factur-X, ZUGFeRD 1.0 to 2.3 in all profiles, and XRechnung in this syntax.

Business terms (BT-…) are those of EN 16931-1; their places in CII are those of CEN/TS 16931-3-3.
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
    net_of,
    per_unit,
    rate_of,
    text_at,
    text_of,
    words_of,
)
from docpipe.inputs.einvoice.kinds import kind_of

PROFILE = "GuidelineSpecifiedDocumentContextParameter/ID"


def profile_of(root: Element) -> str:
    """Return the specification that the invoice names (BT-24)."""
    return text_at(root, f"ExchangedDocumentContext/{PROFILE}", f"SpecifiedExchangedDocumentContext/{PROFILE}")


def read_cii(root: Element, found: Found) -> tuple[list[dict[str, KeyField]], list[dict[str, KeyField]]]:
    """Fill in the header's fields; return line items and tax lines."""
    document = first_at(root, "ExchangedDocument", "HeaderExchangedDocument")
    trade = first_at(root, "SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
    agreement = first_at(trade, "ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
    settlement = first_at(trade, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
    found.put("invoice_number", "BT-1", words_of, text_at(document, "ID"))
    found.put("issue_date", "BT-2", date_of, _day(document, "IssueDateTime"))
    found.put("document_type", "BT-3", kind_of, text_at(document, "TypeCode"))
    notes = [text_of(note) for note in all_at(document, "IncludedNote/Content")]
    found.put("remarks", "BT-22", words_of, join_parts(notes, "\n"))
    for path, term, name in (
        ("purchase_order", "BT-13", "BuyerOrderReferencedDocument"),
        ("contract_number", "BT-12", "ContractReferencedDocument"),
    ):
        found.put(path, term, words_of, text_at(agreement, f"{name}/IssuerAssignedID", f"{name}/ID"))
    _party(first_at(agreement, "SellerTradeParty"), "seller", found)
    _party(first_at(agreement, "BuyerTradeParty"), "buyer", found)
    _settlement(settlement, found)
    items = [_item(line) for line in all_at(trade, "IncludedSupplyChainTradeLineItem")]
    taxes = [_tax(tax) for tax in all_at(settlement, "ApplicableTradeTax")]
    return [item for item in items if item], [tax for tax in taxes if tax]


def _day(element: Element | None, name: str) -> str:
    """Return a date as it is written; format 102 is YYYYMMDD, and the only one that EN 16931 allows."""
    return text_at(element, f"{name}/DateTimeString", f"{name}/DateTime", name)


def _party(party: Element | None, role: str, found: Found) -> None:
    terms = {"seller": ("BT-27", "BT-31", "BG-5", "BT-30"), "buyer": ("BT-44", "BT-48", "BG-8", "BT-46")}[role]
    found.put(
        f"{role}.name", terms[0], words_of, text_at(party, "Name", "SpecifiedLegalOrganization/TradingBusinessName")
    )
    numbers = all_at(party, "SpecifiedTaxRegistration/ID")
    vat = [text_of(number) for number in numbers if number.get("schemeID") in ("VA", None)]
    found.put(f"{role}.tax_id", terms[1], identifier_of, *vat)
    found.put(f"{role}.tax_id", NO_VAT_NUMBER, words_of, *(text_of(number) for number in numbers))
    found.put(f"{role}.address", terms[2], words_of, _address(first_at(party, "PostalTradeAddress")))
    if role == "seller":
        found.put("seller.registration_id", terms[3], words_of, text_at(party, "SpecifiedLegalOrganization/ID"))
    else:
        found.put("buyer.customer_id", terms[3], words_of, text_at(party, "ID", "GlobalID"))
    contact = "DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber"
    found.put(f"{role}.phone", "BT-42" if role == "seller" else "BT-57", words_of, text_at(party, contact))


def _address(address: Element | None) -> str:
    lines = [text_at(address, name) for name in ("LineOne", "LineTwo", "LineThree")]
    town = join_parts([text_at(address, "PostcodeCode"), text_at(address, "CityName")], " ")
    if not any((*lines, town)):
        return ""  # a country alone is no address
    return join_parts([*lines, town, text_at(address, "CountrySubDivisionName"), text_at(address, "CountryID")])


def _settlement(settlement: Element | None, found: Found) -> None:
    currency = text_at(settlement, "InvoiceCurrencyCode")
    found.put("currency", "BT-5", identifier_of, currency)
    terms = all_at(settlement, "SpecifiedTradePaymentTerms")
    found.put("due_date", "BT-9", date_of, *(_day(term, "DueDateDateTime") for term in terms))
    described = [text_of(text) for term in terms for text in all_at(term, "Description")]
    found.put("payment_terms", "BT-20", words_of, join_parts(described, "\n"))
    period = first_at(settlement, "BillingSpecifiedPeriod")
    found.put("period_start", "BT-73", date_of, _day(period, "StartDateTime"))
    found.put("period_end", "BT-74", date_of, _day(period, "EndDateTime"))
    means = all_at(settlement, "SpecifiedTradeSettlementPaymentMeans")
    account, bank = "PayeePartyCreditorFinancialAccount", "PayeeSpecifiedCreditorFinancialInstitution"
    found.put("payment.iban", "BT-84", identifier_of, *(text_at(each, f"{account}/IBANID") for each in means))
    found.put("payment.bic", "BT-86", identifier_of, *(text_at(each, f"{bank}/BICID") for each in means))
    found.put("seller.bank_name", "bank name", words_of, *(text_at(each, f"{bank}/Name") for each in means))
    found.put("seller.bank_account", "BT-84", words_of, *(text_at(each, f"{account}/ProprietaryID") for each in means))
    sums = first_at(
        settlement,
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        "SpecifiedTradeSettlementMonetarySummation",
    )
    for path, term, name in (
        ("total_lines", "BT-106", "LineTotalAmount"),
        ("total_discount", "BT-107", "AllowanceTotalAmount"),
        ("total_charges", "BT-108", "ChargeTotalAmount"),
        ("total_net", "BT-109", "TaxBasisTotalAmount"),
        ("total_tax", "BT-110", "TaxTotalAmount"),
        ("rounding", "BT-114", "RoundingAmount"),
        ("total_gross", "BT-112", "GrandTotalAmount"),
        ("amount_paid", "BT-113", "TotalPrepaidAmount"),
        ("amount_due", "BT-115", "DuePayableAmount"),
    ):
        found.put(path, term, decimal_of, _amount(sums, name, currency))


def _amount(sums: Element | None, name: str, currency: str) -> str:
    """Return an amount in the invoice's currency; one may be repeated in the currency of the books (BT-111)."""
    amounts = all_at(sums, name)
    own = [amount for amount in amounts if amount.get("currencyID") in (None, currency)]
    return next((text for amount in own or amounts if (text := text_of(amount))), "")


def _tax(tax: Element) -> dict[str, KeyField]:
    found = Found()
    found.put("category", "BT-118", words_of, text_at(tax, "CategoryCode"))
    found.put("rate", "BT-119", rate_of, text_at(tax, "RateApplicablePercent", "ApplicablePercent"))
    found.put("taxable", "BT-116", decimal_of, text_at(tax, "BasisAmount"))
    found.put("tax", "BT-117", decimal_of, text_at(tax, "CalculatedAmount"))
    return found.fields


def _item(line: Element) -> dict[str, KeyField]:
    """Return the cells of a line; none for one that is only a remark."""
    found = Found()
    product = first_at(line, "SpecifiedTradeProduct")
    agreement = first_at(line, "SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
    delivery = first_at(line, "SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
    settlement = first_at(line, "SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
    found.put("description", "BT-153", words_of, text_at(product, "Name", "Description"))
    found.put("product_code", "BT-155", words_of, text_at(product, "SellerAssignedID", "GlobalID", "BuyerAssignedID"))
    quantity = first_at(delivery, "BilledQuantity")
    found.put("quantity", "BT-129", decimal_of, text_of(quantity))
    found.put("unit", "BT-130", words_of, "" if quantity is None else quantity.get("unitCode", ""))
    price = first_at(agreement, "NetPriceProductTradePrice", "GrossPriceProductTradePrice")
    amount, basis = text_at(price, "ChargeAmount"), text_at(price, "BasisQuantity")
    found.put("unit_price", "BT-146", lambda text: per_unit(text, basis), amount)
    allowances = [
        (text_at(each, "ChargeIndicator/Indicator").lower() in ("true", "1"), text_at(each, "ActualAmount"))
        for each in all_at(settlement, "SpecifiedTradeAllowanceCharge")
    ]
    if (discount := net_of(allowances)) is not None:
        found.fields["discount"] = exactly(discount, discount, "BT-136")
    sums = first_at(
        settlement,
        "SpecifiedTradeSettlementLineMonetarySummation",
        "SpecifiedTradeSettlementMonetarySummation",
    )
    found.put("net_amount", "BT-131", decimal_of, text_at(sums, "LineTotalAmount"))
    tax = first_at(settlement, "ApplicableTradeTax")
    found.put("tax_rate", "BT-152", rate_of, text_at(tax, "RateApplicablePercent", "ApplicablePercent"))
    found.put("tax_amount", "line tax", decimal_of, text_at(sums, "TaxTotalAmount"), text_at(tax, "CalculatedAmount"))
    found.put("gross_amount", "line gross", decimal_of, text_at(sums, "GrandTotalAmount"))
    if found.fields:
        found.put("line_no", "BT-126", words_of, text_at(line, "AssociatedDocumentLineDocument/LineID"))
    return found.fields
