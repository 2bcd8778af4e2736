"""Other shapes of a result: flat, by Azure's names, with shares of the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.result import FIELD_PATHS, ITEM_CELLS, TAX_CELLS, Result
from docpipe.views import azure_view, compact_view, shares_view
from docpipe.views.azure import FIELDS, ITEM_FIELDS, PAYMENT_FIELDS, TAX_FIELDS
from tests.building import result_of
from tests.report.results import doubtful, results_folder

GOLDEN = Path(__file__).parents[1] / "golden" / "results"

# The fields of prebuilt-invoice as its reference lists them (REST API 2024-11-30), with their types.
STRINGS = """CustomerName CustomerId PurchaseOrder InvoiceId VendorName VendorAddressRecipient CustomerAddressRecipient
    BillingAddressRecipient ShippingAddressRecipient RemittanceAddressRecipient ServiceAddressRecipient VendorTaxId
    CustomerTaxId PaymentTerm KVKNumber""".split()  # noqa: SIM905
ADDRESSES = "VendorAddress CustomerAddress BillingAddress ShippingAddress RemittanceAddress ServiceAddress".split()  # noqa: SIM905
DATES = "InvoiceDate DueDate ServiceStartDate ServiceEndDate".split()  # noqa: SIM905
SUMS = "SubTotal TotalDiscount TotalTax InvoiceTotal AmountDue PreviousUnpaidBalance".split()  # noqa: SIM905
PUBLIC = (
    dict.fromkeys(STRINGS, "string")
    | dict.fromkeys(ADDRESSES, "address")
    | dict.fromkeys(DATES, "date")
    | dict.fromkeys(SUMS, "currency")
)
PUBLIC_ITEM = {
    "Amount": "currency", "Date": "date", "Description": "string", "Quantity": "number", "ProductCode": "string",
    "Tax": "currency", "TaxRate": "string", "Unit": "string", "UnitPrice": "currency",
}  # fmt: skip
PUBLIC_TAX = {"Amount": "currency", "Rate": "string"}
PUBLIC_PAYMENT = dict.fromkeys(("IBAN", "SWIFT", "BankAccountNumber", "BPayBillerCode", "BPayReference"), "string")


def results() -> list[Any]:
    made = [result_of(), doubtful("a.png"), result_of("f.png", status="failed", codes=("timeout",))]
    stored = [Result.model_validate_json(file.read_bytes()) for file in sorted(GOLDEN.glob("*.json"))]
    return [pytest.param(result, id=str(number)) for number, result in enumerate([*made, *stored])]


def test_every_name_for_azure_stands_in_its_public_list_with_its_type() -> None:
    for ours, public in (
        (FIELDS, PUBLIC), (ITEM_FIELDS, PUBLIC_ITEM), (TAX_FIELDS, PUBLIC_TAX), (PAYMENT_FIELDS, PUBLIC_PAYMENT),
    ):  # fmt: skip
        assert {name: kind for name, (_, kind) in ours.items()}.items() <= public.items()
    assert {path for path, _ in (*FIELDS.values(), *PAYMENT_FIELDS.values())} <= set(FIELD_PATHS)
    assert {cell for cell, _ in ITEM_FIELDS.values()} <= set(ITEM_CELLS)
    assert {cell for cell, _ in TAX_FIELDS.values()} <= set(TAX_CELLS)


@pytest.mark.parametrize("result", results())
def test_what_azure_s_names_hold_is_what_the_result_holds(result: Result) -> None:
    view = azure_view(result)
    assert view["modelId"] == "prebuilt-invoice"
    json.dumps(view, allow_nan=False)
    for document in view["documents"]:
        for name, (path, kind) in FIELDS.items():
            field, found = result.field(path), document["fields"].get(name)
            if found is None:
                assert field.value is None or kind == "currency"
                continue
            assert (found["type"], found["confidence"]) == (kind, field.confidence)
            assert f"value{kind.title()}" in found
    assert bool(view["documents"]) == bool(result.pages)


def test_a_sum_for_azure() -> None:
    (document,) = azure_view(doubtful("a.png"))["documents"]
    assert document["fields"]["InvoiceTotal"] == {
        "type": "currency",
        "valueCurrency": {"amount": 18.4, "currencyCode": "EUR"},
        "content": "18,4",
        "boundingRegions": [{"pageNumber": 1, "polygon": [10, 20, 110, 20, 110, 40, 10, 40]}],
        "confidence": 0.4,
    }
    (item,) = document["fields"]["Items"]["valueArray"]
    assert item["valueObject"]["Amount"]["valueCurrency"] == {"amount": 5, "currencyCode": "EUR"}


@pytest.mark.parametrize("result", results())
def test_the_compact_view_is_flat_and_names_paths_of_the_schema(result: Result) -> None:
    view = compact_view(result)
    known = {*FIELD_PATHS, "document.path", "status"}
    cells = {*(f"line_items.{c}" for c in ITEM_CELLS), *(f"tax_breakdown.{c}" for c in TAX_CELLS)}
    for path, value in view.items():
        assert isinstance(value, str)
        name, _, rest = path.partition("[")
        assert path in known or f"{name}.{rest.partition('].')[2]}" in cells
    assert {path for path in view if path in FIELD_PATHS} == {path for path, _ in result.found()}


@pytest.mark.parametrize("result", results())
def test_shares_are_pixels_over_the_page(result: Result) -> None:
    view, plain = shares_view(result), result.model_dump(mode="json")
    assert view.keys() == plain.keys()
    for page, before in zip(view["pages"], plain["pages"], strict=True):
        for line, pixels in zip(page["lines"], before["lines"], strict=True):
            assert line["bbox"][0] == pytest.approx(pixels["bbox"][0] / page["width"], abs=1e-6)
            assert line["polygon"][2][1] == pytest.approx(pixels["polygon"][2][1] / page["height"], abs=1e-6)
            assert all(0 <= side <= 1 for side in line["bbox"])
    total, pixels = view["fields"]["total_gross"]["bbox"], plain["fields"]["total_gross"]["bbox"]
    if pixels is not None:
        width = next(p["width"] for p in plain["pages"] if p["page"] == plain["fields"]["total_gross"]["page"])
        assert total[2] == pytest.approx(pixels[2] / width, abs=1e-6)


def test_export_writes_views(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    answer = CliRunner().invoke(app, ["export", str(out), "-f", "compact", "-f", "azure", "-f", "shares"])
    assert answer.exit_code == 0, answer.exception
    for name in ("compact", "azure", "shares"):
        lines = (out / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 2
        assert all(json.loads(line) for line in lines)
