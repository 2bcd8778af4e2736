"""What an invoice says in XML is read exactly, in every syntax and profile; XML that does harm is refused at once."""

from __future__ import annotations

import io
import logging
import re
import zlib

import pytest

from docpipe.document import StructuredInvoice
from docpipe.errors import InputError, InputUnsupported
from docpipe.inputs.discover import discover
from docpipe.inputs.einvoice.elements import date_of, decimal_of, per_unit, rate_of
from docpipe.inputs.einvoice.syntaxes import read_invoice
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from docpipe.lab.synth.einvoice import CII_PROFILES, NO_ROWS, UBL_PROFILES, XML_PROFILES, invoice_xml, with_attachment
from docpipe.lab.synth.pdf import digital_pdf
from docpipe.values.amounts import to_decimal
from docpipe.values.text import letters_digits
from tests.inputs.einvoices import HOSTILE, hybrid, made_up

UNSIGNED = ("amount_paid", "total_discount")
"""What prints may show below zero and XML never does."""
LANGUAGES = ("de", "fr", "en", "de")
DIGITAL = """<EInvoice><Header><EIid>25312000000012345678</EIid></Header><EInvoiceData>
<SellerInformation><SellerIdNum>91330106MA7GAL1299</SellerIdNum><SellerName>杭州样例科技有限公司</SellerName>
<SellerAddr>杭州市样例路1号</SellerAddr><SellerTelNum>0571-88000000</SellerTelNum><SellerBankName>样例银行</SellerBankName>
<SellerBankAccNum>6222 0000 1111</SellerBankAccNum></SellerInformation>
<BuyerInformation><BuyerIdNum>91310000000000000X</BuyerIdNum><BuyerName>上海样例有限公司</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>100.00</TotalAmWithoutTax><TotalTaxAm>13.00</TotalTaxAm>
<TotalTax-includedAmount>113.00</TotalTax-includedAmount>
<TotalTax-includedAmountInChinese>壹佰壹拾叁圆整</TotalTax-includedAmountInChinese><Drawer>张三</Drawer></BasicInformation>
<IssuItemInformation><ItemName>*办公用品*纸张</ItemName><SpecMod>A4</SpecMod><MeaUnits>包</MeaUnits><Quantity>4</Quantity>
<UnPrice>25.00</UnPrice><Amount>100.00</Amount><TaxRate>0.13</TaxRate><ComTaxAm>13.00</ComTaxAm></IssuItemInformation>
</EInvoiceData><TaxSupervisionInfo><InvoiceNumber>25312000000012345678</InvoiceNumber>
<IssueTime>2025-03-18</IssueTime></TaxSupervisionInfo></EInvoice>"""


def values(row) -> dict[str, str | None]:
    return {cell: field.value for cell, field in row.items()}


@pytest.mark.parametrize("language", range(len(LANGUAGES)))
@pytest.mark.parametrize("profile", XML_PROFILES)
def test_every_field_of_every_profile_is_what_the_label_says(profile: str, language: int) -> None:
    document = made_up(profile, seed=100 * language, language=LANGUAGES[language])
    invoice = read_invoice(invoice_xml(document, profile), "a.xml")
    assert invoice.syntax == ("ubl" if profile in UBL_PROFILES else "zugferd_1" if profile == "zugferd1" else "cii")
    assert invoice.profile == (UBL_PROFILES | CII_PROFILES)[profile]
    assert not invoice.doubts
    for path, field in invoice.fields.items():
        assert (field.confidence, field.source) == (1.0, "embedded_xml")
        label = document.fields.get(path)
        if label is not None and path in UNSIGNED:
            assert to_decimal(field.value) == abs(to_decimal(label.value))
        elif label is not None and not path.endswith(".address"):
            assert field.value == label.value, path
        elif label is not None:  # with the country behind
            assert letters_digits(field.value or "").startswith(letters_digits(label.value))
    wanted = {"invoice_number", "issue_date", "document_type", "currency", "seller.name", "total_gross", "total_net"}
    assert wanted <= invoice.fields.keys()
    rows = [row for row in document.line_items if {"description", "net_amount"} <= row.keys()]
    assert len(invoice.line_items) == (0 if profile in NO_ROWS else len(rows))
    for row, label_row in zip(invoice.line_items, rows, strict=False):
        read = values(row)
        assert {c: read[c] for c in ("description", "net_amount")} == {
            c: label_row[c].value for c in ("description", "net_amount")
        }
        for cell in ("quantity", "unit_price", "tax_rate"):
            if cell in label_row and (cell != "unit_price" or "quantity" in label_row):
                assert to_decimal(read[cell]) == to_decimal(label_row[cell].value)


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)  # its open XSD
@pytest.mark.parametrize("profile", ["minimum", "basicwl", "basic", "en16931", "extended"])
def test_what_is_made_up_keeps_the_official_schema(profile: str, caplog: pytest.LogCaptureFixture) -> None:
    """The material of these tests is checked by the factur-x package against the published XSDs."""
    facturx = pytest.importorskip("facturx")
    caplog.set_level(logging.CRITICAL)
    for seed in range(0, 40, 8):
        assert facturx.xml_check_xsd(
            invoice_xml(made_up(profile, seed=seed), profile), flavor="factur-x", level=profile
        )


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)  # its open XSD
def test_a_pdf_that_the_factur_x_package_made_is_read() -> None:
    facturx = pytest.importorskip("facturx")
    from docpipe.lab.synth.pdf import digital_pdf

    document = made_up("en16931")
    data = facturx.generate_from_binary(
        digital_pdf(document)[0], invoice_xml(document, "en16931"), flavor="factur-x", level="en16931"
    )
    with open_document(data) as opened:
        assert opened.invoice is not None
        assert opened.invoice.file == "factur-x.xml"
        assert values(opened.invoice.fields)["total_gross"] == document.fields["total_gross"].value


def test_a_fully_digital_chinese_invoice() -> None:
    invoice = read_invoice(DIGITAL.encode(), "a.xml")
    assert invoice.syntax == "cn_digital"
    read = values(invoice.fields)
    assert read["invoice_number"] == "25312000000012345678"
    assert (read["issue_date"], read["currency"], read["document_type"]) == ("2025-03-18", "CNY", "invoice")
    assert (read["total_net"], read["total_tax"], read["total_gross"]) == ("100.00", "13.00", "113.00")
    assert (read["seller.name"], read["seller.bank_account"]) == ("杭州样例科技有限公司", "622200001111")
    assert values(invoice.line_items[0])["tax_rate"] == "13"
    assert values(invoice.tax_breakdown[0]) == {"rate": "13", "taxable": "100.00", "tax": "13.00"}


def test_an_invoice_in_an_envelope_is_found() -> None:
    xml = invoice_xml(made_up("peppol"), "peppol").split(b"?>", 1)[1]
    header = b"<StandardBusinessDocument><StandardBusinessDocumentHeader/>%s</StandardBusinessDocument>" % xml
    assert read_invoice(header, "a.xml").syntax == "ubl"


@pytest.mark.parametrize("name", HOSTILE)
def test_xml_that_does_harm_is_refused_with_a_reason(name: str) -> None:
    make, word = HOSTILE[name]
    with pytest.raises(InputError, match=word):
        read_invoice(make(), "a.xml")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pdf_with_xml_that_does_harm_is_opened_and_says_why_it_is_not_used(name: str) -> None:
    from docpipe.lab.synth.einvoice import with_attachment
    from docpipe.lab.synth.pdf import digital_pdf

    make, word = HOSTILE[name]
    data = with_attachment(digital_pdf(made_up("basic"))[0], "factur-x.xml", make())
    with open_document(data) as opened:
        assert opened.invoice is None
        assert word in opened.invoice_problem
        assert opened.page_count >= 1


def test_a_value_that_is_none_is_left_out_and_said() -> None:
    document = made_up("en16931")
    xml = invoice_xml(document, "en16931")
    day = document.fields["issue_date"].value.replace("-", "").encode()
    invoice = read_invoice(xml.replace(day, b"20139102", 1), "a.xml")
    assert "issue_date" not in invoice.fields
    ((doubt),) = invoice.doubts
    assert (doubt.field, doubt.reason) == ("issue_date", "xml_unreadable_value")
    assert "20139102" in doubt.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1056.05", "1056.05"), ("+5", "5"), (".5", "0.5"), ("-0.00", "0.00"), ("-12.50", "-12.50"), ("007", "7"),
        ("1,5", None), ("1.056,05", None), ("1e5", None), ("NaN", None), ("", None), ("-", None), ("0", "0"),
        ("5.", "5"), ("9" * 60, None),
    ],
)  # fmt: skip
def test_only_a_decimal_of_xml_is_an_amount(text: str, value: str | None) -> None:
    assert decimal_of(text) == value


def test_dates_rates_and_prices_for_several_units() -> None:
    assert [date_of(text) for text in ("20171103", "2017-11-03", "2017-11-03Z", "20171103101500", "2017年11月3日")] == [
        "2017-11-03"
    ] * 5
    assert [date_of(text) for text in ("20179102", "201711", "3.11.2017")] == [None] * 3
    assert [rate_of(text) for text in ("19.00", "7", "0.00", "5.50%")] == ["19", "7", "0", "5.5"]
    assert (per_unit("12.00", "100"), per_unit("12.00", ""), per_unit("12.00", "1.0000")) == ("0.12", "12.00", "12.00")


def test_ignore_leaves_the_xml_alone_and_require_asks_for_it() -> None:
    data = hybrid(made_up("basic"), "basic")
    with open_document(data, InputLimits(einvoice="ignore")) as opened:
        assert (opened.invoice, opened.invoice_problem) == (None, "")
    with open_document(data, InputLimits(einvoice="require")) as opened:
        assert isinstance(opened.invoice, StructuredInvoice)
    from docpipe.lab.synth.pdf import digital_pdf

    with pytest.raises(InputUnsupported, match=r"no e-invoice inside.*einvoice is require"):
        open_document(digital_pdf(made_up("basic"))[0], InputLimits(einvoice="require"))
    with pytest.raises(InputUnsupported, match="einvoice is ignore"):
        open_document(invoice_xml(made_up("ubl"), "ubl"), InputLimits(einvoice="ignore"))


def test_a_walk_takes_xml_that_may_be_an_invoice_and_leaves_other_xml(tmp_path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<!-- a long licence -->" * 100 + invoice_xml(made_up("ubl"), "ubl")[39:])
    (tmp_path / "b.XML").write_bytes(b"<?xml version='1.0'?><project/>")
    (tmp_path / "c.xml").write_bytes(b"\x00\x01")
    found = discover([str(tmp_path)])
    assert [source.path for source in found] == ["a.xml", "c.xml"]
    assert [(skip.path, skip.reason) for skip in found.skipped] == [("b.XML", "no_invoice")]


def test_a_stream_of_xml_is_read() -> None:
    with open_document(io.BytesIO(invoice_xml(made_up("ubl"), "ubl"))) as opened:
        assert (opened.media_type, opened.page_count, list(opened.pages())) == ("application/xml", 0, [])


def test_a_number_without_bounds_is_no_value_and_stops_nobody() -> None:
    assert (per_unit("9" * 38, "3"), per_unit("1", "0." + "0" * 30 + "1")) == (None, None)
    assert (decimal_of("9" * 15), decimal_of("9" * 16)) == ("9" * 15, None)


@pytest.mark.parametrize("filters", [1, 2])
def test_an_attachment_that_unpacks_without_end_is_not_unpacked(filters: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docpipe.inputs.einvoice.embedded.attachment_bytes", lambda *_: pytest.fail("unpacked"))
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(300)) + packer.flush()
    for _ in range(filters - 1):
        packed = zlib.compress(packed, 9)
    plain = with_attachment(digital_pdf(made_up("basic"))[0], "factur-x.xml", b"<Invoice/>")
    (number,) = re.findall(rb"(\d+) 0 obj(?:(?!endobj)[^\0])*?/Params", plain)
    with open_document(_with_stream(plain, int(number), packed, filters)) as opened:
        assert opened.invoice is None
        assert "over the bound when unpacked" in opened.invoice_problem


def _with_stream(pdf: bytes, number: int, packed: bytes, filters: int) -> bytes:
    """Return a PDF whose object of a number is replaced, by an update at its end."""
    before, root = re.findall(rb"startxref\s+(\d+)", pdf)[-1], re.findall(rb"/Root\s+\d+ 0 R", pdf)[-1]
    chain = b"/FlateDecode " * filters
    body = (
        b"%d 0 obj\n<</Filter[%s]/Length %d>>stream\n" % (number, chain, len(packed))
        + packed
        + b"\nendstream\nendobj\n"
    )
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer<<%s/Size 999/Prev %s>>\nstartxref\n%d\n%%%%EOF"
    start = len(pdf) + 1
    return pdf + b"\n" + body + table % (number, start, root, before, start + len(body))
