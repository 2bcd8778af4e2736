"""The sample documents are what their labels say: sizes, sums and check digits."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageOps
from stdnum import bic, iban
from stdnum.cn import uscc
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

FOLDER = Path(__file__).parent
LABELS = [json.loads(line) for line in (FOLDER / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
each = pytest.mark.parametrize("label", LABELS, ids=lambda label: Path(label["file"]).name)


def sizes(path: Path) -> list[tuple[float, float]]:
    """Return width and height of every page, as displayed."""
    if path.suffix == ".pdf":
        pdf = pypdfium2.PdfDocument(path)
        found = [tuple(round(side, 1) for side in pdf.get_page_size(k)) for k in range(len(pdf))]
        pdf.close()
        return found
    with Image.open(path) as image:
        frames = getattr(image, "n_frames", 1)
        if frames > 1:
            return [image.size for k in range(frames) if image.seek(k) is None]
        return [ImageOps.exif_transpose(image).size]


def test_every_image_is_labelled_and_the_set_is_small():
    files = sorted((FOLDER / "images").iterdir())
    assert [f"images/{file.name}" for file in files] == sorted(label["file"] for label in LABELS)
    assert sum(file.stat().st_size for file in files) < 3_000_000


@each
def test_sizes_are_right_and_every_line_is_on_its_page(label):
    pages = sizes(FOLDER / label["file"])
    labelled = label.get("page_sizes") or [[label["width"], label["height"]]]
    assert [tuple(size) for size in labelled] == pages
    for line in label["lines"]:
        width, height = pages[line.get("page", 0)]
        assert line["text"].strip()
        assert all(-1 <= x <= width + 1 and -1 <= y <= height + 1 for x, y in line["polygon"])


@each
def test_sums_add_up(label):
    fields, items = label["fields"], label["line_items"]
    for item in items:
        if {"quantity", "unit_price", "net_amount"} <= item.keys():
            assert Decimal(item["quantity"]) * Decimal(item["unit_price"]) == Decimal(item["net_amount"])
    total = Decimal(fields["total_gross"])
    if "total_net" in fields:
        assert Decimal(fields["total_net"]) + Decimal(fields["total_tax"]) == total
    column = sum(Decimal(item.get("net_amount") or item["gross_amount"]) for item in items)
    rounding = Decimal(fields.get("rounding", "0"))
    assert column in (total - rounding, Decimal(fields.get("total_net", "0")))


@each
def test_check_digits_are_valid(label):
    fields = label["fields"]
    for party in ("seller", "buyer"):
        number = fields.get(f"{party}.tax_id")
        if number:
            assert any(kind.is_valid(number) for kind in (uscc, eu_vat, gb_vat)), number
    if "payment.iban" in fields:
        assert iban.is_valid(fields["payment.iban"])
    if "payment.bic" in fields:
        assert bic.is_valid(fields["payment.bic"])


@each
def test_labelled_names_and_numbers_stand_on_the_page(label):
    """A field can be read from the document: its letters and digits occur in the drawn text."""
    page = "".join(c for line in label["lines"] for c in line["text"] if c.isalnum())
    for name in ("seller.name", "buyer.name", "invoice_number", "seller.tax_id", "payment.iban", "check_code"):
        value = "".join(c for c in label["fields"].get(name, "") if c.isalnum())
        assert value in page, name
