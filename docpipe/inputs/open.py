"""Opens a document, whatever it comes as, and hands out its pages one at a time."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
import PIL.Image

from docpipe.document import Document, Doubt, Image, Page, StructuredInvoice
from docpipe.errors import InputError, InputUnreadable, InputUnsupported, PageUnreadable
from docpipe.inputs.accepted import DocumentInput, check_accepted, read_stream
from docpipe.inputs.images import ImagePages
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.names import printable
from docpipe.inputs.pixels import pixels_of_array, pixels_of_image
from docpipe.inputs.sniff import HEAD_BYTES, OFD, PDF, SUPPORTED, XML, describe_unsupported, sniff, suffix_note
from docpipe.inputs.source import Source

PIXELS = "image/x-pixels"
"""The media type of documents that come as pixels; their `sha256` is of shape and pixels."""


class Pages(Protocol):
    """The pages of one format."""

    page_count: int
    selected: tuple[int, ...]
    notes: tuple[str, ...]

    def read(self, number: int) -> Page: ...

    def close(self) -> None: ...


class OpenedDocument:
    """A document that was found good as a whole. A context manager; close it to free the file's bytes."""

    def __init__(
        self, path: str, sha256: str, media_type: str, size: int, pages: Pages, notes: tuple[str, ...]
    ) -> None:
        self.path = path
        self.sha256 = sha256
        self.media_type = media_type
        self.bytes = size
        self.notes = notes + pages.notes
        """Remarks such as a wrong suffix; for the log and for `explain`."""
        self.doubts: tuple[Doubt, ...] = getattr(pages, "doubts", ())
        """What a person should be told of the file as a whole."""
        self.invoice: StructuredInvoice | None = getattr(pages, "invoice", None)
        """What the file's own XML says, where it is an e-invoice and `input.einvoice` allows it."""
        self.invoice_problem: str = getattr(pages, "invoice_problem", "")
        """Why XML that the file has cannot be used."""
        self._pages = pages

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of `sha256`: equal content, equal id."""
        return self.sha256[:16]

    @property
    def page_count(self) -> int:
        """Pages of the document, read or not."""
        return self._pages.page_count

    @property
    def selected(self) -> tuple[int, ...]:
        """Numbers (from 1) of the pages that `pages` yields: all, or those that `input.pages` selects."""
        return self._pages.selected

    def document(self) -> Document:
        """Return the document without its pages."""
        return Document(
            self.id,
            self.path,
            self.sha256,
            self.media_type,
            self.bytes,
            self.page_count,
            doubts=self.doubts,
            invoice=self.invoice,
            invoice_problem=self.invoice_problem,
        )

    def pages(self) -> Iterator[Page | PageUnreadable]:
        """Yield each selected page, or what is wrong with it; a bad page does not end the iteration.

        Only the page that was yielded last holds memory of this document's pixels, and only while the caller keeps it.

        Raises:
            InputError: the only page of a single-page image is damaged; then there is no document.
        """
        for number in self.selected:
            try:
                yield self._pages.read(number)
            except PageUnreadable as e:
                yield e

    def close(self) -> None:
        """Free the file's bytes. May be called more than once."""
        self._pages.close()

    def __enter__(self) -> OpenedDocument:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_document(
    given: DocumentInput,
    limits: InputLimits | None = None,
    *,
    name: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> OpenedDocument:
    """Open one document. `name` is what results call it, but for a source, which has its own; `clock` times drawing.

    Raises:
        InputUnreadable: missing, not permitted, empty, cut short or damaged.
        InputEncrypted: a PDF that asks for a password.
        InputTooLarge: over a bound on bytes, pixels, side, aspect ratio or pages.
        InputUnsupported: another format, no ordinary file, or an image where a text layer is required.
        TypeError: no document at all, such as None, a number or a stream of text.
    """
    check_accepted(given)
    limits = limits or InputLimits()
    if isinstance(given, np.ndarray):
        name = name or "array"
        return _open_pixels(partial(pixels_of_array, given, name), given.shape, limits, name)
    if isinstance(given, PIL.Image.Image):
        return _open_pixels(partial(pixels_of_image, given), (given.height, given.width), limits, name or "image")
    if isinstance(given, (bytes, bytearray, memoryview)):
        given = Source.of_bytes(given, name or "document")
    elif isinstance(given, (str, Path)):
        file = Path(given).absolute()
        given = Source(printable(name or file.name or "/"), file)
    elif not isinstance(given, Source):
        given = read_stream(given, name or "document", limits)
    path = given.path
    data = _read(given, path, limits)
    digest = hashlib.sha256(data).hexdigest()
    head = data[:HEAD_BYTES]
    media_type = sniff(head) or (OFD if _is_ofd(data) else None)
    if media_type is None:
        raise InputUnsupported(f"{path}: {describe_unsupported(head)}. docpipe reads {SUPPORTED}; convert it to one.")
    note = suffix_note(path, media_type)
    pages = _pages_of(media_type, path, data, limits, clock)
    opened = OpenedDocument(path, digest, media_type, len(data), pages, (note,) if note else ())
    if limits.einvoice == "require" and opened.invoice is None:
        opened.close()
        raise InputUnsupported(f"{path}: {opened.invoice_problem or NO_INVOICE} {REQUIRED}")
    return opened


ZIP = b"PK\x03\x04"
NO_INVOICE = "there is no e-invoice inside."
REQUIRED = "input.einvoice is require; use auto to have the print read."


def _is_ofd(data: bytes) -> bool:
    if not data.startswith(ZIP):
        return False
    from docpipe.inputs.ofd.package import is_ofd

    return is_ofd(data)


def _pages_of(media_type: str, path: str, data: bytes, limits: InputLimits, clock: Callable[[], float]) -> Pages:
    """Return the pages of a file; what reads a format is imported with its first document, as few runs need all."""
    if media_type == PDF:
        from docpipe.inputs.pdf import PdfPages

        return PdfPages(path, data, limits, clock=clock)
    if media_type == XML:
        from docpipe.inputs.einvoice.file import InvoiceFile

        return InvoiceFile(path, data, limits)
    if media_type == OFD:
        from docpipe.inputs.ofd.pages import OfdPages

        return OfdPages(path, data, limits)
    _refuse_without_text_layer(path, limits)
    return ImagePages(path, data, media_type, limits)


class _PixelPage:
    """The one page of a document that came as pixels."""

    page_count: int = 1
    selected: tuple[int, ...] = (1,)
    notes: tuple[str, ...] = ()

    def __init__(self, image: Image) -> None:
        self._image = image

    def read(self, number: int) -> Page:
        height, width = self._image.shape[:2]
        return Page(number, width, height, image=self._image, text_layer_reason="an image has no text layer")

    def close(self) -> None:
        """Nothing to free: the pixels are the caller's."""


def _open_pixels(
    convert: Callable[[], Image], shape: tuple[int, ...], limits: InputLimits, name: str
) -> OpenedDocument:
    path = printable(name)
    _refuse_without_text_layer(path, limits)
    if limits.einvoice == "require":
        raise InputUnsupported(f"{path}: {NO_INVOICE} {REQUIRED}")
    limits.choose_pages(path, 1)
    if len(shape) in (2, 3) and all(shape):
        limits.check_size(path, shape[1], shape[0])  # before anything is copied
    try:
        image = convert()
    except (InputError, MemoryError):
        raise
    except Exception as e:  # a lazy Pillow image decodes now
        raise InputUnreadable(f"{path}: the image cannot be decoded ({e}).") from e
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return OpenedDocument(path, digest.hexdigest(), PIXELS, image.nbytes, _PixelPage(image), ())


def _refuse_without_text_layer(path: str, limits: InputLimits) -> None:
    if limits.text_layer == "require":
        raise InputUnsupported(
            f"{path}: an image has no text layer, and input.text_layer is require. Use auto to have it read."
        )


def _read(source: Source, path: str, limits: InputLimits) -> bytes:
    """Return the bytes of a source. Never waits: pipes, sockets and devices are refused."""
    if source.problem:
        raise InputUnreadable(f"{path}: {source.problem}.")
    if source.data is not None:
        limits.check_bytes(path, len(source.data), at_least=len(source.data) == limits.max_bytes + 1)
        return source.data
    if source.file is None:
        raise InputUnreadable(f"{path}: neither a file nor data.")
    try:
        with open(source.file, "rb", opener=_without_waiting) as file:
            info = os.fstat(file.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise InputUnsupported(f"{path}: {_KINDS.get(stat.S_IFMT(info.st_mode), 'no ordinary file.')}")
            limits.check_bytes(path, info.st_size)
            data = file.read(min(info.st_size, limits.max_bytes) + 1)
    except OSError as e:
        raise InputUnreadable(f"{path}: {_why(e, source.file)}") from e
    except ValueError as e:  # a NUL in the name
        raise InputUnreadable(f"{path}: {e}.") from e
    limits.check_bytes(path, len(data), at_least=len(data) > limits.max_bytes)
    return data


_KINDS = {
    stat.S_IFIFO: "a named pipe. Give its content on standard input, as `docpipe run -`.",
    stat.S_IFCHR: "a device, not a document.",
    stat.S_IFBLK: "a device, not a document.",
}


def _without_waiting(path: str, flags: int) -> int:
    """Open a file so that a named pipe without a writer does not block."""
    return os.open(path, flags | os.O_NONBLOCK)


def _why(error: OSError, file: Path) -> str:
    if error.errno == errno.ENOENT:
        return "a link to a file that does not exist." if os.path.islink(file) else "no such file."
    if error.errno == errno.EISDIR:
        return "a folder, not a document."
    if error.errno == errno.ELOOP:
        return "a link that leads round in a circle."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "no permission to read the file. Change its mode, or run docpipe as its owner."
    if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):
        return "a socket or a device without a driver, not a document."
    return f"the file cannot be read ({error.strerror})."
