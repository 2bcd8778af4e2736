"""The canonical fields: what is read off a document, with the place of each value, and the paths that name them."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from docpipe.result.frozen import Box, Frozen, Polygon

DOCUMENT_TYPES = ("invoice", "credit_note", "receipt", "order", "other")


class FieldResult(Frozen):
    """A value read off the document, and where it came from. Missing: `value` null, `source` `none`."""

    value: str | None = None
    raw: str | None = None
    confidence: float = 0.0
    source: str = "none"
    source_id: str | None = None
    page: int | None = None
    bbox: Box | None = None
    polygon: Polygon | None = None
    line_ids: tuple[str, ...] = ()
    label: str | None = None
    """The text of the label beside it, such as `Invoice no.`; null where none was found, and before schema 1.3."""
    label_bbox: Box | None = None
    """Where the label stands, on the value's page."""


_NONE = FieldResult()


class Seller(Frozen):
    """Who sent the invoice or gave the receipt (EN 16931: BG-4)."""

    name: FieldResult = _NONE
    tax_id: FieldResult = _NONE
    address: FieldResult = _NONE
    registration_id: FieldResult = _NONE
    phone: FieldResult = _NONE
    bank_name: FieldResult = _NONE
    bank_account: FieldResult = _NONE


class Buyer(Frozen):
    """Who is asked to pay (BG-7)."""

    name: FieldResult = _NONE
    tax_id: FieldResult = _NONE
    address: FieldResult = _NONE
    customer_id: FieldResult = _NONE
    phone: FieldResult = _NONE
    bank_name: FieldResult = _NONE
    bank_account: FieldResult = _NONE


class Payment(Frozen):
    """Where to pay (BG-16)."""

    iban: FieldResult = _NONE
    bic: FieldResult = _NONE


class Fields(Frozen):
    """Every canonical field; docs/result.md maps them to EN 16931 and to other services."""

    document_type: FieldResult = _NONE
    invoice_number: FieldResult = _NONE
    invoice_code: FieldResult = _NONE
    check_code: FieldResult = _NONE
    machine_code: FieldResult = _NONE
    issue_date: FieldResult = _NONE
    due_date: FieldResult = _NONE
    period_start: FieldResult = _NONE
    period_end: FieldResult = _NONE
    currency: FieldResult = _NONE
    purchase_order: FieldResult = _NONE
    contract_number: FieldResult = _NONE
    payment_terms: FieldResult = _NONE
    remarks: FieldResult = _NONE
    seller: Seller = Seller()
    buyer: Buyer = Buyer()
    total_lines: FieldResult = _NONE
    total_discount: FieldResult = _NONE
    total_charges: FieldResult = _NONE
    total_net: FieldResult = _NONE
    total_tax: FieldResult = _NONE
    total_gross: FieldResult = _NONE
    total_gross_in_words: FieldResult = _NONE
    amount_paid: FieldResult = _NONE
    rounding: FieldResult = _NONE
    amount_due: FieldResult = _NONE
    payment: Payment = Payment()
    payee: FieldResult = _NONE
    reviewer: FieldResult = _NONE
    issuer: FieldResult = _NONE


class TaxLine(Frozen):
    """Tax at one rate (BG-23)."""

    category: FieldResult = _NONE
    rate: FieldResult = _NONE
    taxable: FieldResult = _NONE
    tax: FieldResult = _NONE


class LineItem(Frozen):
    """One row of the goods table (BG-25)."""

    line_no: FieldResult = _NONE
    description: FieldResult = _NONE
    product_code: FieldResult = _NONE
    specification: FieldResult = _NONE
    unit: FieldResult = _NONE
    quantity: FieldResult = _NONE
    unit_price: FieldResult = _NONE
    discount: FieldResult = _NONE
    net_amount: FieldResult = _NONE
    tax_rate: FieldResult = _NONE
    tax_amount: FieldResult = _NONE
    gross_amount: FieldResult = _NONE


def _paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not FieldResult:
            yield from _paths(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


FIELD_PATHS = tuple(_paths(Fields))
"""The dotted path of every canonical field, in the order of the JSON."""

CORE_PATHS = ("invoice_number", "issue_date", "seller.name", "buyer.name", "total_gross")
"""What every rung of key_fields but `disable` tries."""

TAX_CELLS = tuple(TaxLine.model_fields)
ITEM_CELLS = tuple(LineItem.model_fields)
