"""Image files, by Pillow: one page each, but for TIFF, where every full image is a page.

The plugin for the format that was sniffed is called itself. `Image.open` would try others, and would first look at
Pillow's global bound on pixels, which belongs to the program that docpipe is part of.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

import PIL.Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from docpipe.document import Image, Page
from docpipe.errors import ExtraMissing, InputError, InputTooLarge, InputUnreadable, PageUnreadable
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.pixels import pixels_of_image
from docpipe.inputs.sniff import HEIC

READERS: dict[str, type[ImageFile]] = {
    "image/png": PngImageFile,
    "image/jpeg": JpegImageFile,
    "image/tiff": TiffImageFile,
    "image/webp": WebPImageFile,
    "image/bmp": BmpImageFile,
    "image/gif": GifImageFile,
}

MOST_FRAMES = 10_000
"""How far the pages of a TIFF are counted, at least: a file of 256 MiB may claim millions."""

_REDUCED_OR_MASK = 0b101
"""Bits of TIFF's NewSubfileType: a thumbnail of another image, or its transparency mask. Neither is a page."""

_LEAST_DPI = 100
"""Below this a density is 72 or 96: what programs write who know none."""

_HEADER_LOCK = threading.Lock()


class ImagePages:
    """The pages of an image file. Holds the compressed bytes; decodes one page at a time."""

    def __init__(self, path: str, data: bytes, media_type: str, limits: InputLimits) -> None:
        """Read the header, and check the first page's size.

        Raises:
            InputUnreadable: damaged.
            InputTooLarge: over a bound.
        """
        self._path, self._limits = path, limits
        self.notes: tuple[str, ...] = ()
        if media_type == "image/webp" and (size := _webp_size(data)):
            limits.check_size(path, *size)  # Pillow sets the whole canvas up at once
        reader = reader_of(media_type, path)
        with header_errors(path):
            self._image = reader(BytesIO(data))
            self._frames = self._find_frames()
        self.selected = limits.choose_pages(path, len(self._frames), more=len(self._frames) > self._most_frames)
        self.page_count = len(self._frames)
        if self.page_count == 1:
            limits.check_size(path, *self._image.size)
        if getattr(self._image, "is_animated", False) and not isinstance(self._image, TiffImageFile):
            self.notes = ("animated; only the first frame is read",)

    @property
    def _most_frames(self) -> int:
        return max(self._limits.max_pages, MOST_FRAMES)

    def _find_frames(self) -> list[int]:
        """Return the frames that are pages. Where TIFF directories run in a circle, Pillow ends at the first repeat."""
        if not isinstance(self._image, TiffImageFile):
            return [0]
        frames: list[int] = []
        frame = 0
        while len(frames) <= self._most_frames:
            try:
                self._image.seek(frame)
            except EOFError:
                break
            if not int(self._image.tag_v2.get(254, 0)) & _REDUCED_OR_MASK:
                frames.append(frame)
            frame += 1
        self._image.seek(0)
        return frames or [0]

    def read(self, number: int) -> Page:
        """Return the page of that number (from 1).

        Raises:
            PageUnreadable: damaged or over a bound; chained to what it was. A file of one page raises that itself.
        """
        name = self._path if self.page_count == 1 else f"{self._path}, page {number}"
        try:
            pixels, dpi = self._decode(self._frames[number - 1], name)
        except InputError as e:
            if self.page_count == 1:
                raise
            raise PageUnreadable(str(e), number) from e
        height, width = pixels.shape[:2]
        return Page(number, width, height, image=pixels, dpi=dpi, text_layer_reason="an image has no text layer")

    def _decode(self, frame: int, name: str) -> tuple[Image, float | None]:
        with header_errors(name):
            if isinstance(self._image, TiffImageFile):
                self._image.seek(frame)
        self._limits.check_size(name, *self._image.size)
        dpi = _density(self._image)
        try:
            self._image.load()
            return pixels_of_image(self._image), dpi
        except MemoryError:
            raise
        except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as e:
            raise InputTooLarge(_host_bound(name, e)) from e
        except Exception as e:
            raise InputUnreadable(f"{name}: {_explain(e)}. Copy or scan it again.") from e

    def close(self) -> None:
        """Let go of the file's bytes."""
        self._image.close()


def reader_of(media_type: str, path: str) -> Callable[[BinaryIO], ImageFile]:
    """Return what opens an image of a media type. HEIC's reader is an extra: photographs of telephones, patents.

    Raises:
        InputUnsupported: the extra is not installed.
    """
    if media_type != HEIC:
        return READERS[media_type]
    try:
        from pillow_heif import HeifImageFile
    except ImportError as e:
        raise ExtraMissing(
            f"{path}: a HEIC image (a photograph of a telephone), which needs the extra: pip install 'docpipe[heic]'. "
            "Or save it as JPEG."
        ) from e
    reader: Callable[[BinaryIO], ImageFile] = HeifImageFile
    return reader


@contextmanager
def header_errors(name: str) -> Iterator[None]:
    """Turn what Pillow raises at a damaged header into one error, and keep its warnings about odd tags to itself.

    Python's filters for warnings are one per process: the lock keeps two threads from restoring each other's.
    """
    try:
        with _HEADER_LOCK, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (InputError, MemoryError):
        raise
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as e:
        raise InputTooLarge(_host_bound(name, e)) from e
    except Exception as e:  # struct.error, KeyError, SyntaxError and more, according to the format
        raise InputUnreadable(f"{name}: {_explain(e)}. Copy or scan it again.") from e


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Return the canvas of a WebP file from its header (RFC 9649), None where the header is damaged."""
    kind = data[12:16]
    if len(data) < 30:
        return None
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _host_bound(name: str, error: Exception) -> str:
    return f"{name}: {error}. It is within docpipe's bounds but over Pillow's; raise PIL.Image.MAX_IMAGE_PIXELS."


def _explain(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    if "truncated" in text or "broken data stream" in text or "unrecognized data stream" in text:
        return f"the image is cut short or damaged ({text})"
    return f"the image is damaged ({text or type(error).__name__})"


def _density(image: PIL.Image.Image) -> float | None:
    """Return the dots per inch that the file states, None where it states none that can be meant."""
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    plausible = _LEAST_DPI <= x <= 2400 and abs(x - y) <= 0.01 * x
    return round(x, 2) if plausible else None
