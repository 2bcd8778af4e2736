# ruff: noqa: E501
"""An OFD file gives its attached invoice, its text as text layer and its ruled lines; harmful ones are refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from docpipe.errors import InputError, InputUnsupported
from docpipe.inputs.discover import discover
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from tests.inputs.test_einvoice import DIGITAL

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
PAGE = f"""<ofd:Page {NS}><ofd:Area><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:Area>
<ofd:Template TemplateID="9"/><ofd:Content><ofd:Layer ID="3">
<ofd:TextObject ID="4" Boundary="20 10 80 6" Size="4"><ofd:TextCode X="0" Y="4" DeltaX="g 4 4">发票号码：</ofd:TextCode></ofd:TextObject>
<ofd:TextObject ID="5" Boundary="60 10 80 6" Size="4"><ofd:TextCode X="0" Y="4" DeltaX="g 3 2">7150</ofd:TextCode></ofd:TextObject>
<ofd:TextObject ID="6" Boundary="20 80 80 6" Size="4" CTM="0.5 0 0 0.5 0 0">
<ofd:TextCode X="0" Y="4" DeltaX="2 2 2 2 2">113.00</ofd:TextCode></ofd:TextObject>
</ofd:Layer></ofd:Content></ofd:Page>"""
TEMPLATE = f"""<ofd:Page {NS}><ofd:Content><ofd:Layer ID="1"><ofd:PathObject ID="2" Boundary="10 30 190 1" LineWidth="0.4">
<ofd:AbbreviatedData>M 0 0 L 190 0</ofd:AbbreviatedData></ofd:PathObject></ofd:Layer></ofd:Content></ofd:Page>"""
PARTS = {
    "OFD.xml": f"<ofd:OFD {NS}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
    "Doc_0/Document.xml": f"""<ofd:Document {NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>
</ofd:PageArea><ofd:TemplatePage ID="9" BaseLoc="TPLS/T.xml"/></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/P.xml"/>
</ofd:Pages><ofd:Attachments>/Doc_0/Attachs/Attachments.xml</ofd:Attachments></ofd:Document>""",
    "Doc_0/Pages/P.xml": PAGE,
    "Doc_0/TPLS/T.xml": TEMPLATE,
    "Doc_0/Attachs/Attachments.xml": f"""<ofd:Attachments {NS}><ofd:Attachment ID="1" Name="i"><ofd:FileLoc>i.xml</ofd:FileLoc>
</ofd:Attachment></ofd:Attachments>""",
    "Doc_0/Attachs/i.xml": DIGITAL,
}


def packed(**changes: str | bytes | None) -> bytes:
    """Return an OFD file; `changes` replace parts by the last piece of their names, None leaves one out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            text = changes.get(name.rpartition("/")[2].removesuffix(".xml"), text)
            if text is not None:
                archive.writestr(name, text)
    return buffer.getvalue()


def test_the_invoice_inside_and_the_text_of_the_page() -> None:
    with open_document(packed(), name="a.ofd") as opened:
        assert (opened.media_type, opened.page_count) == ("application/ofd", 1)
        assert opened.invoice is not None
        assert opened.invoice.fields["total_gross"].value == "113.00"
        (page,) = opened.pages()
    assert (page.width, page.height, page.dpi) == (1654, 1102, 200)
    texts = {line.text: line for line in page.text_layer}
    assert set(texts) == {"发票号码：", "7150", "113.00"}
    x1, y1, x2, y2 = (value * 25.4 / 200 for value in texts["7150"].box)
    assert (x1, x2) == pytest.approx((60, 68), abs=0.3)
    assert y1 < 14 < y2 + 0.1
    assert texts["113.00"].box[3] - texts["113.00"].box[1] == pytest.approx(1.02 * 2 * 200 / 25.4, abs=1)
    assert page.image[round(30 * 200 / 25.4), 800].max() < 100  # the ruled line of the template


def test_without_an_invoice_inside_the_text_layer_is_left() -> None:
    with open_document(packed(i=None), name="a.ofd") as opened:
        assert opened.invoice is None
        assert "missing" in opened.invoice_problem
        assert len(next(opened.pages()).text_layer) == 3


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"OFD": None}, "docpipe reads"),
        ({"Document": None}, "Document.xml is missing"),
        ({"Document": "<a" }, "damaged"),
        ({"Document": f"<ofd:Document {NS}/>"}, "no pages"),
        ({"OFD": b" " * (40 << 20)}, "bounds"),
    ],
)  # fmt: skip
def test_a_broken_package_is_refused_with_a_reason(changes: dict[str, str | bytes | None], word: str) -> None:
    with pytest.raises(InputError, match=word):
        open_document(packed(**changes), name="a.ofd")


def test_a_page_that_is_missing_costs_that_page_only() -> None:
    with open_document(packed(P=None), name="a.ofd") as opened:
        (problem,) = opened.pages()
        assert "missing" in str(problem)
        assert opened.invoice is not None


def test_both_ignored_leaves_nothing_to_read() -> None:
    with pytest.raises(InputUnsupported, match="text_layer is ignore"):
        open_document(packed(), InputLimits(einvoice="ignore", text_layer="ignore"), name="a.ofd")


def test_a_walk_takes_ofd_files(tmp_path) -> None:
    (tmp_path / "a.OFD").write_bytes(packed())
    assert [source.path for source in discover([str(tmp_path)])] == ["a.OFD"]
