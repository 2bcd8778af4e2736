"""How far the streams of a PDF unpack, told before PDFium unpacks one: it does so whole, whatever anybody asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docpipe.inputs.pdf_filters import FILTERS, RATIO, SHORT, Uncounted, unpacked_size

MOST_OF_ANY = 256 << 20
"""Bytes of any stream: a page's picture may be as large, and nothing tells it from an attachment that lies."""
MOST_FILTERS = 5
MOST_STREAMS = 20_000
MOST_SLOW = 8
"""Streams that are followed through more than one kind of filter, or any but DEFLATE: counting takes Python's time."""
MOST_LINE = 200
"""Bytes before the word `obj` that are looked at for what makes it a comment."""
_WINDOW = 8000
"""Bytes before a stream that are searched for its dictionary."""
_STREAM = re.compile(rb"(?<!end)stream[^\r\n]{0,1000}(?:\r\n|\n|\r)")  # PDFium passes over the rest of the line
_OBJECT = re.compile(rb"\d\s+\d+\s+$")
_BREAK = re.compile(rb"[\r\n]")
_FILTER = re.compile(r"/Filter\s*(?:\[([^\]]*)\]|(/[^\s/<>\[\]()%]+)|)")
_LENGTH = re.compile(r"/Length\s+(\d+)(\s+\d+\s+R)?")
_NAME = re.compile(r"/([^\s/<>\[\]()%]+)")
_ESCAPED_NAME = re.compile(r"#([0-9A-Fa-f]{2})")
_ESCAPED_LETTER = re.compile(r"\\.", re.DOTALL)
_PACKERS = tuple(RATIO)
_GUESSES: Sequence[Sequence[str]] = (
    *((text, "FlateDecode", "FlateDecode") for text in ("ASCII85Decode", "ASCIIHexDecode")),
    ("FlateDecode",) * MOST_FILTERS,
    *((first, second) for first in _PACKERS for second in _PACKERS),
)
"""Followed where a stream's filters are not stated plainly: what is not packed so ends at once."""


@dataclass(frozen=True, slots=True)
class _Stream:
    data: memoryview
    """From the stream's first byte to the end of the file."""
    bound: int
    filters: Sequence[str] | None
    """None where they are not stated plainly."""
    most_packed: int | None
    """Bytes that it may have, packed; None where that is not known."""

    def is_small(self) -> bool:
        """Tell whether it is within its bound whatever it holds."""
        if self.filters is None:
            return False
        ratios = [RATIO[name] for name in self.filters if name in RATIO]
        if not ratios:
            return True  # no larger than in the file
        return len(ratios) == 1 and self.most_packed is not None and self.most_packed * ratios[0] <= self.bound

    def is_slow(self) -> bool:
        """Tell whether following it takes longer than zlib."""
        return self.filters is None or any(name != "FlateDecode" for name in self.filters)


def unpacks_to_more(data: bytes, most: int, *, encrypted: bool = False) -> bool:
    """Tell whether a stream of a PDF may unpack to more than bounds allow: `most` bytes for what is called embedded.

    Follows each stream that could through its filters, a piece at a time, to its own end, whatever length or size the
    file states. What cannot be followed, as it is encrypted or takes too long, counts as more.
    """
    left, slow = 2 * MOST_OF_ANY, 0
    for number, stream in enumerate(_streams(data, most)):
        if number >= MOST_STREAMS:
            return True
        if stream.is_small():
            continue
        slow += stream.is_slow()
        if encrypted or slow > MOST_SLOW:
            return True
        chains = _GUESSES if stream.filters is None else (stream.filters,)
        try:
            size = max(unpacked_size(stream.data, chain, stream.bound) for chain in chains)
        except Uncounted:
            return True
        left -= size
        if size > stream.bound or left < 0:
            return True
    return False


def _streams(data: bytes, most: int) -> Iterator[_Stream]:
    whole = memoryview(data)
    for match in _STREAM.finditer(data):
        window = data[max(0, match.start() - _WINDOW) : match.start()]
        described = _dictionary(window)
        embedded = "/EmbeddedFile" in (described or _unescape(window))
        yield _Stream(
            whole[match.end() :],
            most if embedded else MOST_OF_ANY,
            None if described is None else _filters(described),
            None if described is None else _most_packed(described, data, match.end()),
        )


def _dictionary(window: bytes) -> str | None:
    """Return the dictionary that ends a piece of the file; None where its beginning cannot be told for sure."""
    at = window.rfind(b"obj")
    while at >= 0:
        line = _BREAK.split(window[max(0, at - MOST_LINE) : at])[-1]
        if _OBJECT.search(line[-40:]):
            break
        at = window.rfind(b"obj", 0, at)
    if at < 0 or b"%" in line:
        return None
    described = window[at + 3 :].strip(b"\0\t\n\f\r ")
    plain = _ESCAPED_LETTER.sub("", described.decode("latin-1"))
    in_string = plain.count("(") != plain.count(")")
    return None if in_string or "%" in plain or not plain.startswith("<<") else _unescape(described)


def _unescape(names: bytes) -> str:
    """Return a piece of a dictionary with `#46` in its names as the letter that it stands for."""
    return _ESCAPED_NAME.sub(lambda match: chr(int(match[1], 16)), names.decode("latin-1"))


def _filters(described: str) -> Sequence[str] | None:
    """Return the filters in the order of unpacking, up to one of pictures; None where they are not stated plainly."""
    found = list(_FILTER.finditer(described))
    if not found:
        return ()
    listed = found[0][1] or found[0][2]
    if len(found) > 1 or listed is None or "/EarlyChange" in described:
        return None  # another object, or nothing, says what they are
    names = [SHORT.get(name, name) for name in _NAME.findall(listed)]
    if len(names) > MOST_FILTERS or _NAME.sub("", listed).strip():
        return None
    known = [name in FILTERS for name in names]
    return names[: known.index(False)] if False in known else names


def _most_packed(described: str, data: bytes, start: int) -> int | None:
    """Return the bytes up to `endstream` or the stated end, whichever is later: PDFium may take either."""
    stated = _LENGTH.findall(described)
    if any(elsewhere for _, elsewhere in stated):
        return None
    end = data.find(b"endstream", start)
    return max([(end if end >= 0 else len(data)) - start, *(int(length) for length, _ in stated)])
