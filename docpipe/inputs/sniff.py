"""What a file is, by its first bytes; its name is ignored."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

HEAD_BYTES: Final = 1024
"""How much of a file is looked at. Readers find a PDF's header within the first 1,024 bytes."""

PDF: Final = "application/pdf"
XML: Final = "application/xml"
HEIC: Final = "image/heic"
OFD: Final = "application/ofd"
SUPPORTED: Final = "PDF, OFD, PNG, JPEG, TIFF, WebP, BMP, GIF and the XML of e-invoices"

SUFFIXES: Final = {
    ".pdf": PDF,
    ".png": "image/png",
    ".apng": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpe": "image/jpeg",
    ".jfif": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".dib": "image/bmp",
    ".gif": "image/gif",
    ".heic": HEIC,
    ".heif": HEIC,
    ".xml": XML,
    ".ofd": OFD,
}
"""The suffixes (lower case) that a directory walk takes for documents, and what they promise."""

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
)

_OTHERS: Final = (
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document or an e-mail"),
    (b"%!PS", "PostScript"),
    (b"AT&TFORM", "a DjVu document"),
    (b"8BPS", "a Photoshop image"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "a rich-text document"),
)
_HEIF: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def sniff(head: bytes) -> str | None:
    """Return the media type of a file that docpipe reads, from its first `HEAD_BYTES`; None for any other file."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    # two letters are too few: an information header of a plausible length must follow
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124):
        return "image/bmp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return HEIC
    if b"%PDF-" in head[:HEAD_BYTES]:
        return PDF
    return XML if _is_xml(head) else None


def _is_xml(head: bytes) -> bool:
    """Tell XML by its declaration, or by an element that is no web page and no drawing; in UTF-8 or UTF-16."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0?\0", b"\0<\0?"))
    start = (head.replace(b"\0", b"").lstrip(b"\xff\xfe") if wide else head).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start or start.startswith((b"<!doctype html", b"<html")):
        return False
    return start.startswith(b"<?xml") or re.match(rb"<(?:!--|!doctype\s|[a-z_][\w.-]*[:\s>])", start) is not None


def describe_unsupported(head: bytes) -> str:
    """Return what an unsupported file seems to be, with its article, for an error message."""
    for magic, name in _OTHERS:
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "an AVIF image" if brand == b"avif" else "a video"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:256].lower()
    if b"<svg" in start:
        return "an SVG drawing"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if not any(head[:64]):
        return "nothing but zero bytes, as a broken copy leaves"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as e:
        if e.start < len(head) - 4:
            return "of no known format"
    return "a text file" if b"\0" not in head else "of no known format"


def suffix_note(name: str, media_type: str) -> str | None:
    """Return a remark where a file's suffix promises something else than its content, which is what counts."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix and SUFFIXES.get(suffix, media_type) != media_type:
        return f"named {suffix}, but its content is {media_type} and is read as that"
    return None
