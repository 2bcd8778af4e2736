"""A portfolio is said to be one, with the names of its documents; an e-invoice with its XML is none."""

from __future__ import annotations

import zlib

import pytest

from docpipe.inputs.open import open_document
from tests.inputs.hostile import pdf_of_objects


def with_files(*names: bytes, collection: bytes = b"/Collection << /Type /Collection /View /T >>") -> bytes:
    """Return a PDF of one page with embedded files."""
    refs = b" ".join(b"(%s) %d 0 R" % (name, 5 + 2 * n) for n, name in enumerate(names))
    files = []
    for n, name in enumerate(names):
        files.append(b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F %d 0 R >> >>" % (name, name, 6 + 2 * n))
        files.append(b"<< /Type /EmbeddedFile /Length 4 >>\nstream\n%PDF\nendstream")
    return pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R %s /Names << /EmbeddedFiles 4 0 R >> >>" % collection,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>",
        b"<< /Names [%s] >>" % refs,
        *files,
    )


def doubts(data: bytes) -> list[tuple[str, str]]:
    with open_document(data, name="a.pdf") as opened:
        return [(doubt.reason, doubt.message) for doubt in opened.document().doubts]


def test_a_portfolio_names_its_documents():
    ((reason, message),) = doubts(with_files(b"INV-1.pdf", b"INV-2.pdf"))
    assert reason == "portfolio"
    assert "INV-1.pdf, INV-2.pdf." in message


def test_a_catalogue_packed_in_an_object_stream_is_found():
    packed = zlib.compress(b"1 0 << /Type /Catalog /Collection << /View /T >> >>")
    stream = b"<< /Type /ObjStm /N 1 /First 4 /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed)
    data = with_files(b"INV-1.pdf", collection=b"")
    assert doubts(data) == []
    assert [reason for reason, _ in doubts(data + stream)] == ["portfolio"]


@pytest.mark.parametrize(
    ("names", "collection"),
    [
        ((b"factur-x.xml",), b""),
        ((b"factur-x.xml",), b"/Collection << >>"),
        ((b"timesheet.pdf", b"factur-x.xml"), b""),
        ((), b""),
    ],
)
def test_attachments_alone_make_no_portfolio(names, collection):
    assert doubts(with_files(*names, collection=collection)) == []


def test_ten_thousand_embedded_files_are_counted_not_listed():
    ((_, message),) = doubts(with_files(*(b"%d.pdf" % n for n in range(10_000))))
    assert message.endswith("19.pdf and 9980 more.")


def test_a_stream_that_unpacks_to_gigabytes_is_looked_at_only_a_little():
    bomb = zlib.compress(b"\0" * (64 << 20))
    stream = b"<< /Type /ObjStm /N 1 /First 4 /Length %d >>\nstream\n%s\nendstream" % (len(bomb), bomb)
    assert doubts(with_files(b"INV-1.pdf", collection=b"") + stream * 3) == []
