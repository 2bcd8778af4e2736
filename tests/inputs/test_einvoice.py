"""What an invoice says in XML is read exactly, in every syntax and profile; XML that does harm is refused at once."""

from __future__ import annotations

import base64
import io
import logging
import re
import zlib

import pytest

from docpipe.document import StructuredInvoice
from docpipe.errors import InputError, InputUnreadable, InputUnsupported
from docpipe.inputs import pdf_streams
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


def _deflated(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)) + packer.flush()


def _lzw_packed(size: int, early: int = 1) -> bytes:
    """Return spaces packed by LZW: each code stands for one more of them than the code before."""
    codes = [(256, 9)]
    out = entries = count = 0
    while out < size:
        wide = max(9, (entries + 258 + early).bit_length())
        if entries == 4096 - 258 - 2:
            codes.append((256, wide))
            entries = count = 0
            continue
        codes.append((257 + count if count else 32, wide))
        count += 1
        entries = count - 1
        out += count
    codes.append((257, max(9, (entries + 258 + early).bit_length())))
    bits = "".join(f"{code:0{wide}b}" for code, wide in codes)
    return int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big")


BOMB = 40 << 20
"""Bytes, over the bound of XML and small enough to be harmless."""
BOMBS = {
    "deflated": (b"/Filter/FlateDecode", _deflated(BOMB)),
    "deflated_twice": (b"/Filter[/FlateDecode/FlateDecode]", zlib.compress(_deflated(BOMB), 9)),
    "as_text": (b"/Filter[/A85/Fl]", base64.a85encode(_deflated(BOMB)) + b"~>"),
    "as_hex": (b"/Filter[/ASCIIHexDecode/FlateDecode]", _deflated(BOMB).hex().encode() + b">"),
    "escaped_name": (b"/Filter/F#6cateDecode", _deflated(BOMB)),
    "lzw": (b"/Filter/LZWDecode", _lzw_packed(BOMB)),
    "lzw_late": (b"/Filter/LZWDecode/DecodeParms<</EarlyChange 0>>", _lzw_packed(BOMB, early=0)),
    "lzw_deflated": (b"/Filter[/FlateDecode/LZW]", zlib.compress(_lzw_packed(BOMB))),
    "runs": (b"/Filter[/FlateDecode/RL]", zlib.compress(b"\x81 " * (BOMB >> 7))),
    "elsewhere": (b"/Filter 900 0 R", _deflated(BOMB)),
    "elsewhere_lzw": (b"/Filter 901 0 R", _lzw_packed(BOMB)),
    "long_line": (b"/Filter/FlateDecode>>stream            \n", _deflated(BOMB)),
    "two_filters": (b"/Filter/ASCIIHexDecode/Filter/FlateDecode", _deflated(BOMB)),
    "false_beginning": (b"/Filter/FlateDecode/X(\n1 0 obj <</Y(a)", _deflated(BOMB)),
    "end_inside": (
        b"/Filter/FlateDecode",
        b"\x78\x01\x00\x09\x00\xf6\xffendstream" + _deflated(BOMB)[2:],  # a stored block first
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_attachment_that_unpacks_without_end_is_not_unpacked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docpipe.inputs.einvoice.embedded.attachment_bytes", lambda *_: pytest.fail("unpacked"))
    described, packed = BOMBS[name]
    with open_document(_with_content(described, packed)) as opened:
        assert opened.invoice is None
        assert "over the bound when unpacked" in opened.invoice_problem
        assert opened.page_count >= 1


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("deflated", b"/Length 5"),
        ("deflated", b""),
        ("deflated", b"/Length 9 0 R/Params<</Size 3>>"),
        ("end_inside", b"/Length 99999999"),
        ("end_inside", b"/Length 901 0 R"),
    ],
)
def test_a_length_that_is_not_true_hides_nothing(name: str, stated: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docpipe.inputs.einvoice.embedded.attachment_bytes", lambda *_: pytest.fail("unpacked"))
    with open_document(_with_content(*BOMBS[name], stated=stated)) as opened:
        assert "over the bound when unpacked" in opened.invoice_problem


@pytest.mark.parametrize(
    ("described", "pack"),
    [
        (b"", bytes),
        (b"/Filter/FlateDecode", zlib.compress),
        (b"/Filter[/ASCII85Decode/FlateDecode]", lambda xml: base64.a85encode(zlib.compress(xml)) + b"~>"),
        (b"/Filter[/AHx]", lambda xml: xml.hex().encode() + b">"),
        (b"/Filter[/FlateDecode/FlateDecode]", lambda xml: zlib.compress(zlib.compress(xml))),
    ],
)
def test_an_attachment_is_read_however_it_is_packed(described: bytes, pack) -> None:
    xml = invoice_xml(made_up("basic"), "basic")
    with open_document(_with_content(described, pack(xml))) as opened:
        assert opened.invoice_problem == ""
        assert opened.invoice is not None


def _with_content(described: bytes, packed: bytes, stated: bytes | None = None) -> bytes:
    """Return a PDF whose attached file is replaced, by an update at its end."""
    pdf = with_attachment(digital_pdf(made_up("basic"))[0], "factur-x.xml", b"<Invoice/>")
    (number,) = re.findall(rb"(\d+) 0 obj(?:(?!endobj)[^\0])*?/Params", pdf)
    before, root = re.findall(rb"startxref\s+(\d+)", pdf)[-1], re.findall(rb"/Root\s+\d+ 0 R", pdf)[-1]
    length = b"/Length %d" % len(packed) if stated is None else stated
    head = b"%s 0 obj\n<</Type/EmbeddedFile%s%s" % (number, length, described)
    close = b")" * (head.count(b"(") - head.count(b")"))
    body = head + (b"" if b">>stream" in described else close + b">>stream\n") + packed + b"\nendstream\nendobj\n"
    places = [(int(number), body), (900, b"900 0 obj[/FlateDecode]endobj\n"), (901, b"901 0 obj/LZWDecode endobj\n")]
    table, at = b"xref\n", len(pdf)
    for number, text in places:
        table += b"%d 1\n%010d 00000 n \n" % (number, at)
        at += len(text)
    table += b"trailer<<%s/Size 999/Prev %s>>\nstartxref\n%d\n%%%%EOF" % (root, before, at)
    return pdf + b"".join(text for _, text in places) + table


@pytest.mark.parametrize(
    "one",
    [
        b"stream\n",
        b"%d 0 obj\n<</Length 9>>stream\n0\nendstream\nendobj\n",
        b"%d 0 obj\n<</Filter/FlateDecode/Length 9 0 R>>stream\nx\x9c\x03\0\0\0\0\x01\nendstream\nendobj\n",
        b"%d 0 obj\n<</Filter/LZWDecode/Length 9 0 R>>stream\n\x80\x0b\x60\x50\nendstream\nendobj\n",
        b"%d 0 obj\n<</Filter 7 0 R/Length 9 0 R>>stream\n" + bytes(range(9, 250)) * 9 + b"\nendstream\nendobj\n",
    ],
    ids=range(5),
)
def test_no_more_streams_are_followed_than_takes_a_moment(one: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attacker's hundred thousand small ones count as too many, and few of them are looked at."""
    looked: list[object] = []
    dictionary, size = pdf_streams._dictionary, pdf_streams.unpacked_size
    monkeypatch.setattr(pdf_streams, "_dictionary", lambda window: looked.append(0) or dictionary(window))
    monkeypatch.setattr(pdf_streams, "unpacked_size", lambda *given: looked.append(0) or size(*given))
    parts = (one.replace(b"%d", b"%d" % number) for number in range(pdf_streams.MOST_STREAMS + 1))
    assert pdf_streams.unpacks_to_more(b"".join(parts), 32 << 20)
    assert len(looked) <= 2 * pdf_streams.MOST_STREAMS + 1


def test_xml_inside_a_pdf_with_an_empty_password_is_read_unless_it_could_unpack_without_end() -> None:
    pypdf = pytest.importorskip("pypdf")

    def encrypted(xml: bytes) -> bytes:
        writer = pypdf.PdfWriter(io.BytesIO(digital_pdf(made_up("basic"))[0]))
        writer.add_attachment("factur-x.xml", xml)
        writer.encrypt("", "owner", algorithm="AES-128")
        writer.write(buffer := io.BytesIO())
        return buffer.getvalue()

    with open_document(encrypted(invoice_xml(made_up("basic"), "basic"))) as opened:
        assert opened.invoice is not None
    with open_document(encrypted(b"<Invoice>" + b" " * (33 << 20))) as opened:
        assert opened.invoice is None
        assert "over the bound" in opened.invoice_problem
        assert opened.page_count >= 1


ODD = {
    "a_number_without_bounds": (b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount>1e999"),
    "not_a_number": (b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount>NaN"),
    "foreign_digits": (b"<ram:GrandTotalAmount>", "<ram:GrandTotalAmount>\u0661".encode()),
    "forty_digits": (b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount>" + b"9" * 40),
    "an_element_in_a_number": (b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount><b/>"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_total_that_is_none_is_left_out_and_said(name: str) -> None:
    xml = invoice_xml(made_up("en16931"), "en16931")
    assert xml.count(ODD[name][0]) == 1
    invoice = read_invoice(xml.replace(*ODD[name]), "a.xml")
    assert "total_gross" not in invoice.fields
    assert name == "an_element_in_a_number" or [d.field for d in invoice.doubts] == ["total_gross"]


@pytest.mark.parametrize("day", [b"20240230", b"00000101", b"2024", "\uff12\uff10240301".encode(), b"99999999"])
def test_a_day_that_is_none_is_left_out_and_said(day: bytes) -> None:
    document = made_up("en16931")
    written = document.fields["issue_date"].value.replace("-", "").encode()
    invoice = read_invoice(invoice_xml(document, "en16931").replace(written, day, 1), "a.xml")
    assert "issue_date" not in invoice.fields
    assert invoice.doubts[0].field == "issue_date"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-15"])
def test_the_encoding_that_the_xml_says_is_taken(encoding: str) -> None:
    text = invoice_xml(made_up("basic"), "basic").decode().split("?>", 1)[1]
    said = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    xml = f'<?xml version="1.0" encoding="{said}"?>{text}'.encode(encoding, "xmlcharrefreplace")
    assert read_invoice(xml, "a.xml").fields == read_invoice(invoice_xml(made_up("basic"), "basic"), "a.xml").fields


def test_another_encoding_than_the_xml_says_is_damage() -> None:
    xml = invoice_xml(made_up("basic"), "basic")
    for said in (b"utf-16", b"x-none"):
        with pytest.raises(InputError):
            read_invoice(xml.split(b"?>", 1)[1].join([b'<?xml version="1.0" encoding="' + said + b'"?>', b""]), "a.xml")


def test_an_error_of_docpipe_in_reading_xml_costs_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("no such thing")

    monkeypatch.setattr("docpipe.inputs.einvoice.syntaxes.parse_xml", broken)
    with open_document(hybrid(made_up("basic"), "basic")) as opened:
        assert opened.invoice is None
        assert "KeyError" in opened.invoice_problem
        assert opened.page_count >= 1
    with pytest.raises(InputUnreadable, match="KeyError"):
        read_invoice(b"<Invoice/>", "a.xml")
