"""The workbook as a spreadsheet opens it: types, filters, nothing that a document could make it do."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from docpipe.batch.results_folder import anchor_of
from docpipe.batch.tables import DIALECTS, WRITERS, dialect_of, write_documents
from docpipe.batch.workbook import write_workbook
from docpipe.result import FieldResult, Fields, LineItem, Result, ReviewItem, Seller, TaxLine
from tests.building import result_of

HOSTILE = ('=HYPERLINK("http://x","y")', "@SUM(1)", "+1+1", "http://example.com/x", "\x00\ud800\x1b", "x" * 40_000)


def value(text: str) -> FieldResult:
    return FieldResult(value=text, raw=text, confidence=0.9, source="rule", page=1)


def rich(path: str = "a.png", seller: str = "Shop", currency: str = "EUR", gross: str = "64") -> Result:
    fields = Fields(
        seller=Seller(name=value(seller), tax_id=value("0123456789012345678")),
        invoice_number=value("00042"),
        issue_date=value("2026-03-31"),
        currency=value(currency),
        total_gross=value(gross),
    )
    review = ReviewItem(
        field="total_gross",
        reason="contradiction",
        confidence=0.4,
        threshold=0.9,
        rules=(),
        message="=1+1",
        rival="46.00",
    )
    return result_of(
        path,
        fields=fields,
        line_items=(LineItem(description=value("=Tea"), quantity=value("3"), unit_price=value("0.0125")),),
        tax_breakdown=(TaxLine(rate=value("19"), tax=value("1.5")),),
        needs_review=(review,),
    )


def opened(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def cells(sheet, row: int = 2) -> dict[str, object]:
    return {head.value: sheet.cell(row, head.column) for head in sheet[1]}


def test_types_are_right(tmp_path: Path) -> None:
    write_workbook(tmp_path / "w.xlsx", [rich(), rich("b.png", currency="JPY", gross="-1200")])
    book = opened(tmp_path / "w.xlsx")
    assert book.sheetnames == ["Documents", "Line items", "Tax", "Review", "Summary"]
    first, second = (cells(book["Documents"], row) for row in (2, 3))
    assert (first["total_gross"].value, first["total_gross"].number_format) == (64, "0.00")
    assert (second["total_gross"].value, second["total_gross"].number_format) == (-1200, "0")
    assert (first["issue_date"].value, first["issue_date"].is_date) == (datetime(2026, 3, 31), True)
    assert (first["invoice_number"].value, first["invoice_number"].data_type) == ("00042", "s")
    assert first["seller.tax_id"].value == "0123456789012345678"
    item = cells(book["Line items"])
    assert (item["quantity"].value, item["unit_price"].value, item["unit_price"].number_format) == (3, 0.0125, "0.0000")
    assert cells(book["Tax"])["tax"].number_format == "0.00"
    review = cells(book["Review"])
    assert (review["field"].value, review["value"].value, review["reason"].value) == (
        "total_gross",
        64,
        "contradiction",
    )
    assert (review["rival"].value, review["message"].value, review["message"].data_type) == (46, "=1+1", "s")
    for sheet in book:
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref
    summary = [[cell.value for cell in row] for row in book["Summary"].iter_rows(min_row=2)]
    assert ["seller", "Shop", "EUR", 1, 64] in summary
    assert ["month", "2026-03", "JPY", 1, -1200] in summary


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_becomes_a_formula_or_a_link(text: str, tmp_path: Path) -> None:
    write_workbook(tmp_path / "w.xlsx", [rich(seller=text, gross=text), rich("ok.png")])
    for sheet in opened(tmp_path / "w.xlsx"):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.value
                assert cell.hyperlink is None


def test_numbers_too_long_for_a_spreadsheet_stay_text(tmp_path: Path) -> None:
    write_workbook(tmp_path / "w.xlsx", [rich(gross="12345678901234567.89")])
    assert cells(opened(tmp_path / "w.xlsx")["Documents"])["total_gross"].value == "12345678901234567.89"


def test_review_links_to_the_report_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("x")
    write_workbook(tmp_path / "w.xlsx", [rich()], report=tmp_path / "report.html")
    (tmp_path / "report.html").unlink()
    ((name, write),) = WRITERS["xlsx"]
    write(tmp_path / name, [rich()], replace(DIALECTS["unix"], report_comes=True))
    assert cells(opened(tmp_path / name)["Review"])["link"].hyperlink is not None
    link = cells(opened(tmp_path / "w.xlsx")["Review"])["link"].hyperlink
    assert (link.target, link.location) == ("report.html", anchor_of("a.png"))


def test_no_results_make_an_empty_workbook(tmp_path: Path) -> None:
    write_workbook(tmp_path / "w.xlsx", [])
    assert opened(tmp_path / "w.xlsx")["Documents"].max_row == 1


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    write_workbook(path, [rich()])
    before = path.read_bytes()

    def broken():
        yield rich()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_workbook(path, broken())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "start", "total"),
    [
        ("unix", b"path,", "64.00"),
        ("excel", b"\xef\xbb\xbfpath,", "64.00"),
        ("excel-semicolon", b"\xef\xbb\xbfpath;", "64,00"),
    ],
)
def test_csv_dialects(name: str, start: bytes, total: str, tmp_path: Path) -> None:
    """Decimals are uniform, reasons stand in `review`, and a file tells its dialect."""
    path = tmp_path / "d.csv"
    write_documents(path, [rich()], DIALECTS[name])
    data = path.read_bytes()
    assert data.startswith(start)
    assert total in data.decode("utf-8-sig")
    assert "total_gross: contradiction (or 46.00)" in data.decode("utf-8-sig")
    assert dialect_of(path) == DIALECTS[name]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    write_workbook(tmp_path / "w.xlsx", [rich(seller=HOSTILE[0]), rich("b.png")])
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "fods"]
    subprocess.run([*command, "--outdir", tmp_path, tmp_path / "w.xlsx"], check=True, capture_output=True, timeout=300)
    text = (tmp_path / "w.fods").read_text(encoding="utf-8")
    assert 'office:value-type="float" office:value="64"' in text
    assert 'office:date-value="2026-03-31"' in text
    assert "table:formula" not in text
    assert "HYPERLINK" in text, "shown as text, not evaluated"
