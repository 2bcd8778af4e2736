"""Builds a folder of hostile files between good ones, and says what each must come to.

    python -m tests.inputs.hostile FOLDER

Everything is made here by Pillow, reportlab or by hand; nothing is larger than two megabytes on disk.
"""

from __future__ import annotations

import io
import os
import socket
import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

RECEIPT = ("DOCPIPE TEST SHOP", "12 HARBOUR ROAD", "INVOICE NO: A-1047", "DATE: 14/03/2021", "TOTAL 18.40")
"""The text of every good image, line by line."""


@dataclass(frozen=True)
class Expected:
    """What a file of the folder must come to. The key it stands under is the path as results show it."""

    outcome: Literal["read", "failed", "partly", "skipped"]
    """`partly`: some of its pages are read; `skipped`: it has no result, and the run names it with `reason`."""
    code: str = ""
    """The error's code, for `failed` and `partly`."""
    says: str = ""
    """A part of the error's message."""
    pages: int = 0
    """Pages in the result."""
    reason: str = ""
    """Why it was skipped (`SkipReason`)."""


def receipt(lines: tuple[str, ...] = RECEIPT, mode: str = "RGB") -> Image.Image:
    """Return a small picture with readable text, one line below the other."""
    page = Image.new("L", (480, 60 * len(lines) + 60), 255)
    draw = ImageDraw.Draw(page)
    for n, line in enumerate(lines):
        draw.text((30, 40 + 60 * n), line, fill=0, font=ImageFont.load_default(32))
    return page if mode == "L" else page.convert("RGB") if mode == "RGB" else page.convert("RGB").convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return an image as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pdf(
    pages: int = 1,
    size: tuple[float, float] = (400, 400),
    *,
    encryption: StandardEncryption | None = None,
    draw: Callable[[Canvas, int], None] | None = None,
) -> bytes:
    """Return a digital PDF; `draw` is called for each page (from 1) and writes the receipt where it is not given."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, encrypt=encryption, invariant=1)
    for number in range(1, pages + 1):
        if draw:
            draw(canvas, number)
        else:
            canvas.setFont("Helvetica", 14)
            for n, line in enumerate(RECEIPT):
                canvas.drawString(40, size[1] - 60 - 30 * n, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def pdf_of_objects(*objects: bytes) -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is the catalogue."""
    out, offsets = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    )  # fmt: skip


def pdf_without_pages() -> bytes:
    return pdf_of_objects(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")


def pdf_of_many_pages(count: int) -> bytes:
    """Return a PDF that shows one empty page many times."""
    kids = b" ".join(b"%d 0 R" % n for n in range(3, 3 + count))
    return pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>"] * count,
    )


def pdf_with_broken_page() -> bytes:
    """Return a PDF of three pages; what the second one refers to is no page."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>"
    return pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 9 0 R 4 0 R] /Count 3 >>",
        page,
        page,
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a valid grey PNG of that many pixels, white throughout, about a thousandth of its size on disk."""
    rows = (b"\0" + b"\xff" * width) * 100
    press = zlib.compressobj(9, wbits=-15)
    block = press.compress(rows) + press.flush(zlib.Z_FULL_FLUSH)  # stands on its own, so it can be repeated
    check = 1
    for _ in range(height // 100):
        check = zlib.adler32(rows, check)
    data = b"\x78\xda" + block * (height // 100) + b"\x03\0" + struct.pack(">I", check)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def png_with_text_bomb() -> bytes:
    """Return a good picture with a text chunk in front that unpacks to 100 MB."""
    good = encoded(receipt(), "PNG")
    bomb = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 100_000_000, 9))
    return good[:33] + bomb + good[33:]


def jpeg_with_huge_exif() -> bytes:
    """Return a good JPEG behind thirty full application segments."""
    good = encoded(receipt(), "JPEG")
    filler = b"\xff\xe1" + struct.pack(">H", 65_535) + b"Exif\0\0" + b"\x7f" * (65_533 - 6)
    return good[:2] + filler * 30 + good[2:]


def tiff_with_circle() -> bytes:
    """Return a TIFF of two pages whose last directory points back at the first."""
    data = bytearray(encoded(receipt(), "TIFF", save_all=True, append_images=[receipt()]))
    first = struct.unpack_from("<I", data, 4)[0]
    at = first
    while True:
        (count,) = struct.unpack_from("<H", data, at)
        link = at + 2 + 12 * count
        (following,) = struct.unpack_from("<I", data, link)
        if not following:
            struct.pack_into("<I", data, link, first)
            return bytes(data)
        at = following


def cmyk_jpeg() -> bytes:
    return encoded(receipt().convert("CMYK"), "JPEG", quality=95)


def sixteen_bits() -> bytes:
    grey = receipt(mode="L")
    deep = Image.new("I;16", grey.size)
    deep.putdata([value * 257 for value in grey.get_flattened_data()])
    return encoded(deep, "PNG")


def _files() -> dict[str, tuple[bytes, Expected]]:
    good = encoded(receipt(), "PNG")
    jpeg = encoded(receipt(), "JPEG", quality=95)
    turned = Image.Exif()
    turned[0x0112] = 6
    read = Expected("read", pages=1)
    unreadable = partial(Expected, "failed", "input_unreadable")
    too_large = partial(Expected, "failed", "input_too_large")
    shades = [Image.new("L", (480, 360), value) for value in range(200)]
    animation = encoded(receipt(), "GIF", save_all=True, append_images=shades)
    locked = StandardEncryption("secret", "owner", canPrint=0)
    return {
        "00-good.png": (good, read),
        "01-empty.png": (b"", unreadable("empty")),
        "02-truncated.png": (good[: len(good) // 2], unreadable("cut short")),
        "03-truncated.jpg": (jpeg[: len(jpeg) // 2], unreadable("cut short")),
        "04-good.jpg": (jpeg, read),
        "05-jpeg-named.png": (jpeg, read),
        "06-text-named.png": (b"this is no picture\n", Expected("failed", "input_unsupported", "text file")),
        "07-zip-named.pdf": (b"PK\x03\x04" + b"\0" * 60, Expected("failed", "input_unsupported", "ZIP")),
        "08-avif-named.jpg": (b"\0\0\0\x18ftypavif" + b"\0" * 64, Expected("failed", "input_unsupported", "AVIF")),
        "09-encrypted.pdf": (pdf(encryption=locked), Expected("failed", "input_encrypted", "password")),
        "10-pixel-bomb.png": (png_bomb(), too_large("max_pixels")),
        "11-one-pixel.png": (encoded(Image.new("RGB", (1, 1)), "PNG"), unreadable("min_side")),
        "12-strip.png": (encoded(Image.new("RGB", (3, 4000)), "PNG"), unreadable("min_side")),
        "13-long-strip.png": (encoded(Image.new("L", (10, 4000)), "PNG"), too_large("max_aspect_ratio")),
        "14-long-side.png": (png_bomb(25_000, 600), too_large("max_side")),
        "15-good-16-bit.png": (sixteen_bits(), read),
        "16-good-cmyk.jpg": (cmyk_jpeg(), read),
        "17-no-pages.pdf": (pdf_without_pages(), unreadable("no pages")),
        "18-two-thousand-pages.pdf": (pdf_of_many_pages(2000), too_large("max_pages")),
        "19-truncated.pdf": (pdf()[:200], unreadable("damaged")),
        "20-one-bad-page.pdf": (pdf_with_broken_page(), Expected("partly", "page_unreadable", "page 2", pages=2)),
        "21-huge-page.pdf": (pdf(size=(90_000, 90_000)), Expected("failed", "page_unreadable", "coarse")),
        "22-text-bomb.png": (png_with_text_bomb(), unreadable("damaged")),
        "23-good-huge-exif.jpg": (jpeg_with_huge_exif(), read),
        "24-good-turned.jpg": (encoded(receipt().rotate(90, expand=True), "JPEG", exif=turned, quality=95), read),
        "25-many-frames.gif": (animation, read),
        "26-circle.tiff": (tiff_with_circle(), Expected("read", pages=2)),
        "27-cut-directory.tiff": (b"II*\0\xff\xff\xff\x7f" + b"\0" * 40, unreadable("damaged")),
        "28-zeros.pdf": (b"\0" * 4096, Expected("failed", "input_unsupported", "zero bytes")),
        "29-new\nline.png": (good, read),
        "30-percent%0A.png": (good, read),
        "31-good-transparent.png": (encoded(receipt().convert("RGBA"), "PNG"), read),
        "32-good-one-bit.tif": (encoded(receipt().convert("1"), "TIFF", compression="group4"), read),
        "33-good.webp": (encoded(receipt(), "WEBP", lossless=True), read),
        "34-good.bmp": (encoded(receipt(), "BMP"), read),
        "35-good.pdf": (pdf(), read),
        "36-long-" + "n" * 240 + ".png": (good, read),
        "same.png": (good, read),
        "same.jpg": (jpeg, read),
        "same.pdf": (pdf(), read),
        "sub/same.png": (good, read),
        "same.png.json/same.png": (good, read),
        "folder.png/inside.PNG": (good, read),
        ".hidden.png": (good, Expected("skipped", reason="hidden")),
        "notes.txt": (b"not a document", Expected("skipped", reason="not_a_document")),
        "scan.avif": (b"\0\0\0\x18ftypavif", Expected("skipped", reason="not_a_document")),
    }  # fmt: skip


def make_hostile_folder(root: Path) -> dict[str, Expected]:
    """Fill `root`, and return what each entry must come to, by the path that results show."""
    root.mkdir(parents=True, exist_ok=True)
    expected: dict[str, Expected] = {}
    for name, (data, outcome) in _files().items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        expected[_shown(name)] = outcome
    good = encoded(receipt(), "PNG")

    with open(os.path.join(os.fsencode(root), b"37-not-utf8-\xff.png"), "wb") as file:
        file.write(good)
    expected["37-not-utf8-%FF.png"] = Expected("read", pages=1)

    os.mkfifo(root / "40-pipe.png")
    expected["40-pipe.png"] = Expected("skipped", reason="special_file")
    here = os.getcwd()
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(root)  # the path of a socket may have 107 bytes
        try:
            server.bind("41-socket.pdf")
        finally:
            os.chdir(here)
    expected["41-socket.pdf"] = Expected("skipped", reason="special_file")

    (root / "42-circle.png").symlink_to("42-circle.png")
    expected["42-circle.png"] = Expected("failed", "input_unreadable", "circle")
    (root / "43-broken-link.png").symlink_to("gone.png")
    expected["43-broken-link.png"] = Expected("failed", "input_unreadable", "does not exist")
    (root / "44-link.png").symlink_to("00-good.png")
    expected["44-link.png"] = Expected("read", pages=1)
    (root / "sub" / "loop").symlink_to("..")
    expected["sub/loop"] = Expected("skipped", reason="link_into_input")
    (root / "45-outside").symlink_to("/")
    expected["45-outside"] = Expected("skipped", reason="link_out_of_input")
    (root / "46-device.png").symlink_to("/dev/zero")
    expected["46-device.png"] = Expected("skipped", reason="link_out_of_input")

    if os.geteuid() != 0:  # nothing is unreadable to root
        (root / "47-forbidden.png").write_bytes(good)
        (root / "47-forbidden.png").chmod(0)
        expected["47-forbidden.png"] = Expected("failed", "input_unreadable", "permission")
        (root / "48-forbidden").mkdir(mode=0)
        expected["48-forbidden"] = Expected("failed", "input_unreadable", "listed")
    return expected


def _shown(name: str) -> str:
    return name.replace("%0A", "%250A").replace("\n", "%0A")


if __name__ == "__main__":
    for shown, outcome in make_hostile_folder(Path(sys.argv[1])).items():
        print(f"{shown[:60]:60} {outcome}")


def widget(
    body: bytes, rect: bytes = b"200 345 380 365", *, flags: int = 4, name: int = 1, appearance: bool = False
) -> bytes:
    """Return a form field with its place; `appearance` gives it that of `form_pdf`."""
    shown = b"/AP << /N 7 0 R >>" if appearance else b""
    return b"<< /Type /Annot /Subtype /Widget /T (f%d) /F %d /Rect [%s] /DA (/Helv 12 Tf 0 g) %s %s >>" % (
        name, flags, rect, body, shown,
    )  # fmt: skip


FORM_TERMS = tuple(
    f"{n}. Goods remain the property of the seller until they are paid for in full." for n in range(1, 6)
)


def form_pdf(*annotations: bytes, form: bytes = b"", appearance: bytes = b"", resources: bytes = b"") -> bytes:
    """Return a page that prints `Invoice number` and some terms, and carries annotations; object 7 is an appearance."""
    terms = b"".join(b"0 -14 Td (%s) Tj " % line.encode() for line in FORM_TERMS)
    content = b"BT /Helv 12 Tf 40 350 Td (Invoice number) Tj ET BT /Helv 9 Tf 40 90 Td %s ET" % terms
    refs = b" ".join(b"%d 0 R" % n for n in range(8, 8 + len(annotations)))
    fields = b" ".join(b"%d 0 R" % n for n, body in enumerate(annotations, 8) if b"/Widget" in body)
    fonts = b"/Font << /Helv 5 0 R >>"
    return pdf_of_objects(
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] /DR << %s >> %s >> >>" % (fields, fonts, form),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R /Annots [%s] /Resources << %s >> >>"
        % (refs, fonts),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"null",
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 180 20] /Resources << %s %s >> /Length %d >>\n"
        b"stream\n%s\nendstream" % (fonts, resources, len(appearance), appearance),
        *annotations,
    )
