"""Counts what the filters of a PDF's streams unpack to (ISO 32000-1, 7.4), a piece at a time, keeping nothing.

Each filter finds its own end, so bytes that follow a stream do no harm, and no length that a file states is believed.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial

PIECE = 1 << 16
MOST_LZW_CODES = 1 << 18
"""Codes of LZW that are counted; about 0.1 s. No program has packed attachments so for twenty years."""
MOST_RUNS = 1 << 18
LATE_LZW = "LZWDecode, EarlyChange 0"
RATIO = {"FlateDecode": 1040, "LZWDecode": 2731, LATE_LZW: 2731, "RunLengthDecode": 64}
"""No more bytes than this come out of one byte: RFC 1951; a code of 12 bits stands for 4,096 bytes; 128 of two."""
SHORT = {
    "Fl": "FlateDecode", "LZW": "LZWDecode", "RL": "RunLengthDecode", "A85": "ASCII85Decode", "AHx": "ASCIIHexDecode",
}  # fmt: skip
_FIRST_CODE, _CLEAR, _END = 258, 256, 257
_MOST_BITS, _FEWEST_BITS = 12, 9
_END_OF_RUNS = 128

Pieces = Iterator[bytes]


class Uncounted(Exception):
    """A stream of which counting takes too long."""


def pieces_of(data: memoryview) -> Pieces:
    """Yield bytes a piece at a time."""
    return (bytes(data[n : n + PIECE]) for n in range(0, len(data), PIECE))


def unpacked_size(data: memoryview, filters: Sequence[str], bound: int) -> int:
    """Return the most bytes that come out of any of a stream's filters, counted to a little over the bound.

    What is none of a filter's own ends the count there, as PDFium keeps what came before.

    Raises:
        Uncounted: that would take too long.
    """
    counts = [0] * len(filters)
    pieces = pieces_of(data)
    for n, name in enumerate(filters):
        pieces = _count(FILTERS[name](pieces), counts, n)
    for _ in pieces:
        if max(counts) > bound:
            break
    return max(counts, default=0)


def _count(pieces: Pieces, counts: list[int], at: int) -> Pieces:
    for piece in pieces:
        counts[at] += len(piece)
        yield piece


def _inflate(pieces: Pieces) -> Pieces:
    unpacker = zlib.decompressobj()
    for piece in pieces:
        left = piece
        while left:
            try:
                yield unpacker.decompress(left, PIECE)
            except zlib.error:
                return
            if unpacker.eof:
                return
            left = unpacker.unconsumed_tail
    yield unpacker.flush()


def _lzw(pieces: Pieces, early: int = 1) -> Pieces:
    """Yield as many zero bytes as LZW's codes stand for: only lengths are kept. `early`: the file's `EarlyChange`."""
    lengths: list[int] = []
    bits = held = codes = 0
    wide, before, out = _FEWEST_BITS, 0, 0
    for piece in pieces:
        for byte in piece:
            held, bits = (held << 8 | byte) & 0xFFFFFF, bits + 8
            if bits < wide:
                continue
            bits -= wide
            code = (held >> bits) & ((1 << wide) - 1)
            codes += 1
            if codes > MOST_LZW_CODES:
                raise Uncounted
            if code == _END:
                yield bytes(out)
                return
            if code == _CLEAR:
                lengths, wide, before = [], _FEWEST_BITS, 0
                continue
            size = 1 if code < _CLEAR else _length_of(code, lengths, before)
            if before and len(lengths) < (1 << _MOST_BITS) - _FIRST_CODE:
                lengths.append(before + 1)
            before = size
            out += size
            wide = min(_MOST_BITS, max(_FEWEST_BITS, (len(lengths) + _FIRST_CODE + early).bit_length()))
            if out >= PIECE:
                yield bytes(out)
                out = 0
    yield bytes(out)


def _length_of(code: int, lengths: Sequence[int], before: int) -> int:
    at = code - _FIRST_CODE
    return lengths[at] if at < len(lengths) else before + 1


def _runs(pieces: Pieces) -> Pieces:
    data = bytearray()
    runs = 0
    for piece in pieces:
        data += piece
        at, out = 0, bytearray()
        while at < len(data):
            length = data[at]
            if length == _END_OF_RUNS:
                yield bytes(out)
                return
            need = 2 + length if length < _END_OF_RUNS else 2
            if at + need > len(data):
                break
            out += data[at + 1 : at + need] if length < _END_OF_RUNS else data[at + 1 : at + 2] * (257 - length)
            at += need
            runs += 1
            if runs > MOST_RUNS:
                raise Uncounted
            if len(out) >= PIECE:
                yield bytes(out)
                out.clear()
        yield bytes(out)
        del data[:at]


def _from_text(pieces: Pieces, end: bytes, decode: Callable[[bytes], bytes], group: int) -> Pieces:
    """Yield bytes that are written as text, in whole groups of characters."""
    left = b""
    for piece in pieces:
        text, found, _ = piece.partition(end)
        left += b"".join(text.split())
        whole = len(left) if found else len(left) // group * group
        try:
            yield decode(left[:whole])
        except ValueError:
            return
        left = left[whole:]
        if found:
            return


def _hex(text: bytes) -> bytes:
    return bytes.fromhex((text + b"0" * (len(text) % 2)).decode("ascii"))


def _base85(pieces: Pieces) -> Pieces:
    return _from_text((piece.replace(b"z", b"!!!!!") for piece in pieces), b"~", base64.a85decode, 5)


FILTERS: dict[str, Callable[[Pieces], Pieces]] = {
    "FlateDecode": _inflate,
    "LZWDecode": _lzw,
    LATE_LZW: partial(_lzw, early=0),
    "RunLengthDecode": _runs,
    "ASCII85Decode": _base85,
    "ASCIIHexDecode": lambda pieces: _from_text(pieces, b">", _hex, 2),
    "Crypt": lambda pieces: pieces,
}
"""Name -> what unpacks pieces. Filters of pictures are left out: PDFium unpacks no attachment by them."""
