"""How far the streams of a PDF unpack, told before PDFium unpacks one: it does so whole, whatever anybody asks for."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

MOST_OF_ANY = 256 << 20
"""Bytes of any stream: a page's picture may be as large, and nothing tells it from an attachment that lies."""
_RATIO = 1040
"""No more bytes than this come out of one byte of DEFLATE (RFC 1951)."""
_STREAM = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
_DICTIONARY = 2000
_PIECE = 1 << 16
_MOST_LAYERS = 3
"""Filters in a row that are followed."""


def unpacks_to_more(data: bytes, most: int) -> bool:
    """Tell whether a stream of a PDF unpacks to more than bounds allow: `most` bytes for what calls itself embedded.

    Reads each stream that could, in pieces, so that no more memory is taken than for one piece. What is encrypted or
    packed by LZW is passed over; PDF/A, and so an e-invoice, has neither.
    """
    left = 2 * MOST_OF_ANY
    for described, packed in _streams(data):
        bound = most if b"/EmbeddedFile" in described else MOST_OF_ANY
        layers = _MOST_LAYERS if b"#" in described or described.count(b"/Fl") != 1 else 1
        if layers == 1 and len(packed) * _RATIO <= bound:
            continue
        size = _unpacked_size(_plain(described, packed), layers, bound)
        left -= size
        if size > bound or left < 0:
            return True
    return False


def _streams(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield each stream's dictionary and bytes."""
    whole = memoryview(data)
    for match in _STREAM.finditer(data):
        start = match.start()
        described = data[max(0, start - _DICTIONARY) : start].rpartition(b"obj")[2]
        end = data.find(b"endstream", match.end())
        yield described, whole[match.end() : end if end >= 0 else len(data)]


def _plain(described: bytes, packed: memoryview) -> bytes | memoryview:
    """Return bytes from their text, where they are written as text."""
    try:
        if b"/ASCII85Decode" in described or b"/A85" in described:
            return base64.a85decode(bytes(packed).split(b"~>")[0].strip())
        if b"/ASCIIHexDecode" in described or b"/AHx" in described:
            return binascii.unhexlify(b"".join(bytes(packed).split(b">")[0].split()))
    except ValueError:
        pass
    return packed


def _unpacked_size(packed: bytes | memoryview, layers: int, bound: int) -> int:
    """Return the most bytes that any layer of DEFLATE unpacks to, counted to a little over the bound."""
    pieces: Iterator[bytes] = (bytes(packed[n : n + _PIECE]) for n in range(0, len(packed), _PIECE))
    counts = [0] * layers
    for layer in range(layers):
        pieces = _inflated(pieces, counts, layer)
    for _ in pieces:
        if max(counts) > bound:
            break
    return max(counts)


def _inflated(pieces: Iterator[bytes], counts: list[int], layer: int) -> Iterator[bytes]:
    """Yield what pieces unpack to, and count it; nothing more from where they are no DEFLATE, while others count."""
    unpacker = zlib.decompressobj()
    done = False
    for piece in pieces:
        if done:
            yield b""
        while piece and not done:
            try:
                out = unpacker.decompress(piece, _PIECE)
            except zlib.error:
                out, done = b"", True
            counts[layer] += len(out)
            yield out
            piece = unpacker.unconsumed_tail
            done = done or unpacker.eof
