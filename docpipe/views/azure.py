"""A result by the names of Azure's prebuilt invoice model, for programs that were written for that service.

Names and value types: Azure AI Document Intelligence, model prebuilt-invoice, REST API 2024-11-30. What docpipe reads
and the model has no name for is left out, and so is what was not found. Polygons are pixels, as the service
gives them for images.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from docpipe.result import FieldResult, LineItem, PageResult, Result, TaxLine

API_VERSION, MODEL = "2024-11-30", "prebuilt-invoice"
Kind = Literal["string", "date", "currency", "address", "number"]

FIELDS: Mapping[str, tuple[str, Kind]] = {
    "InvoiceId": ("invoice_number", "string"),
    "InvoiceDate": ("issue_date", "date"),
    "DueDate": ("due_date", "date"),
    "ServiceStartDate": ("period_start", "date"),
    "ServiceEndDate": ("period_end", "date"),
    "PurchaseOrder": ("purchase_order", "string"),
    "PaymentTerm": ("payment_terms", "string"),
    "VendorName": ("seller.name", "string"),
    "VendorTaxId": ("seller.tax_id", "string"),
    "VendorAddress": ("seller.address", "address"),
    "CustomerName": ("buyer.name", "string"),
    "CustomerTaxId": ("buyer.tax_id", "string"),
    "CustomerAddress": ("buyer.address", "address"),
    "CustomerId": ("buyer.customer_id", "string"),
    "SubTotal": ("total_net", "currency"),
    "TotalDiscount": ("total_discount", "currency"),
    "TotalTax": ("total_tax", "currency"),
    "InvoiceTotal": ("total_gross", "currency"),
    "AmountDue": ("amount_due", "currency"),
}
ITEM_FIELDS: Mapping[str, tuple[str, Kind]] = {
    "Amount": ("net_amount", "currency"),
    "Description": ("description", "string"),
    "Quantity": ("quantity", "number"),
    "ProductCode": ("product_code", "string"),
    "Tax": ("tax_amount", "currency"),
    "TaxRate": ("tax_rate", "string"),
    "Unit": ("unit", "string"),
    "UnitPrice": ("unit_price", "currency"),
}
TAX_FIELDS: Mapping[str, tuple[str, Kind]] = {"Amount": ("tax", "currency"), "Rate": ("rate", "string")}
PAYMENT_FIELDS: Mapping[str, tuple[str, Kind]] = {
    "IBAN": ("payment.iban", "string"),
    "SWIFT": ("payment.bic", "string"),
}


def azure_view(result: Result) -> dict[str, Any]:
    """Return an `analyzeResult` of the invoice model."""
    currency = result.field("currency").value
    fields = dict(_find_fields(FIELDS, result.field, currency))
    payment = dict(_find_fields(PAYMENT_FIELDS, result.field, currency))
    lists = {
        "PaymentDetails": [payment] if payment else [],
        "Items": [_row(ITEM_FIELDS, row, currency) for row in result.line_items],
        "TaxDetails": [_row(TAX_FIELDS, row, currency) for row in result.tax_breakdown],
    }
    fields |= {name: _array(rows) for name, rows in lists.items() if any(rows)}
    return {
        "apiVersion": API_VERSION,
        "modelId": MODEL,
        "stringIndexType": "unicodeCodePoint",
        "content": "\n".join(line.text for page in result.pages for line in page.lines),
        "pages": [_page(page) for page in result.pages],
        "documents": [
            {
                "docType": "invoice",
                "boundingRegions": [_region(page.page, (0.0, 0.0, page.width, page.height)) for page in result.pages],
                "fields": fields,
                "confidence": min((field.confidence for _, field in result.found()), default=0.0),
            }
        ]
        if result.pages
        else [],
    }


def _find_fields(
    names: Mapping[str, tuple[str, Kind]], field_at: Any, currency: str | None
) -> Iterator[tuple[str, Any]]:
    for name, (path, kind) in names.items():
        found = _field(field_at(path), kind, currency)
        if found is not None:
            yield name, found


def _row(names: Mapping[str, tuple[str, Kind]], row: LineItem | TaxLine, currency: str | None) -> dict[str, Any]:
    return dict(_find_fields(names, lambda cell: getattr(row, cell), currency))


def _array(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "array", "valueArray": [{"type": "object", "valueObject": row} for row in rows]}


def _field(field: FieldResult, kind: Kind, currency: str | None) -> dict[str, Any] | None:
    if field.value is None:
        return None
    found: dict[str, Any] = {"type": kind}
    number = _number(field.value)
    if kind == "currency":
        if number is None:
            return None
        found["valueCurrency"] = {"amount": number} | ({"currencyCode": currency} if currency else {})
    elif kind == "number":
        if number is None:
            return None
        found["valueNumber"] = number
    elif kind == "date":
        found["valueDate"] = field.value
    elif kind == "address":
        found["valueAddress"] = {"streetAddress": field.value}
    else:
        found["valueString"] = field.value
    found["content"] = field.raw or field.value
    if field.bbox is not None and field.page is not None:
        found["boundingRegions"] = [_region(field.page, field.bbox)]
    found["confidence"] = field.confidence
    return found


def _number(value: str) -> float | int | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _region(page: int, box: tuple[float, float, float, float]) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    return {"pageNumber": page, "polygon": [x1, y1, x2, y1, x2, y2, x1, y2]}


def _page(page: PageResult) -> dict[str, Any]:
    lines = [
        {"content": line.text, "polygon": [side for corner in line.polygon for side in corner]} for line in page.lines
    ]
    return {
        "pageNumber": page.page,
        "angle": -page.rotation if page.rotation <= 180 else 360 - page.rotation,
        "width": page.width,
        "height": page.height,
        "unit": "pixel",
        "lines": lines,
    }
