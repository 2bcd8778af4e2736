"""The pages of an OFD file: their own text as text layer, drawn as far as that is simple, and the invoice inside.

Ruled lines and pictures are drawn; characters are not, as the files name fonts and hardly ever bring them (a report has
the browser write them). The text layer therefore always serves, and `text_layer: ignore` finds nothing to read.
"""

from __future__ import annotations

import logging
import warnings
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import PIL.Image

from docpipe.document import Image, Page, StructuredInvoice
from docpipe.errors import InputError, InputTooLarge, InputUnreadable, InputUnsupported, PageUnreadable
from docpipe.inputs.einvoice.elements import all_at, local_name, text_at, text_of
from docpipe.inputs.einvoice.syntaxes import read_invoice
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.ofd.content import Content, numbers, read_content
from docpipe.inputs.ofd.package import ROOT, Package, resolve_path
from docpipe.inputs.text_layer import lines_of

log = logging.getLogger("docpipe.inputs")

MM_PER_INCH = 25.4
A4 = (210.0, 297.0)
MOST_ATTACHMENTS = 20
INK = (60, 60, 60)
SAYS = "an OFD file says its text itself"
Placed = tuple[str, Any]
"""The path of a part, and the element that names it."""


class OfdPages:
    """The pages of an OFD file; one is drawn at a time."""

    notes: tuple[str, ...] = ("an OFD file: its characters are taken from the file and not drawn; seals are left out",)

    def __init__(self, path: str, data: bytes, limits: InputLimits) -> None:
        """Open the file and find its pages and its invoice.

        Raises:
            InputUnreadable: damaged, or without pages.
            InputUnsupported: `text_layer: ignore`.
            InputTooLarge: over a bound.
        """
        if limits.text_layer == "ignore" and limits.einvoice == "ignore":
            raise InputUnsupported(f"{path}: {SAYS}, and input.text_layer is ignore. Use auto to have it read.")
        self._path, self._limits = path, limits
        self._package = Package(path, data)
        try:
            self._open()
        except Exception:
            self.close()
            raise

    def _open(self) -> None:
        root = self._package.xml(ROOT)
        self._document = resolve_path(text_at(root, "DocBody/DocRoot"), ROOT)
        self._tree = self._package.xml(self._document)
        self._pages = [
            resolve_path(page.get("BaseLoc", ""), self._document) for page in all_at(self._tree, "Pages/Page")
        ]
        self._templates = {
            page.get("ID"): resolve_path(page.get("BaseLoc", ""), self._document)
            for page in all_at(self._tree, "CommonData/TemplatePage")
        }
        self.page_count = len(self._pages)
        self.selected = self._limits.choose_pages(self._path, self.page_count)
        self.invoice, self.invoice_problem = (None, "") if self._limits.einvoice == "ignore" else self._find_invoice()

    def _find_invoice(self) -> tuple[StructuredInvoice | None, str]:
        """Return the invoice that is attached, and why there is none although XML is attached."""
        problem = ""
        for name in self._attachments():
            try:
                return read_invoice(self._package.read(name), name.rpartition("/")[2][:80]), ""
            except InputUnsupported:
                continue
            except InputError as e:
                problem = problem or str(e)
            except Exception as e:  # a file inside must not cost the pages
                log.exception("docpipe.einvoice_failed file=%s", name)
                problem = problem or f"{name}: {type(e).__name__}: {e}. Please report this."
        return None, problem

    def _attachments(self) -> list[str]:
        index = text_at(self._tree, "Attachments")
        if not index or not self._package.has(index := resolve_path(index, self._document)):
            return []
        try:
            listed = all_at(self._package.xml(index), "Attachment")
        except InputError:
            return []
        names = [resolve_path(text_at(each, "FileLoc"), index) for each in listed[:MOST_ATTACHMENTS]]
        return [name for name in names if name.lower().endswith(".xml")]

    def read(self, number: int) -> Page:
        """Return the page of that number (from 1).

        Raises:
            PageUnreadable: damaged, over a bound, or without text where `text_layer` is require.
        """
        name = f"{self._path}, page {number}"
        try:
            return self._read(number, name)
        except InputError as e:
            raise PageUnreadable(str(e), number) from e

    def _read(self, number: int, name: str) -> Page:
        part = self._pages[number - 1]
        root = self._package.xml(part)
        wide, high = self._size(root)
        dpi = float(self._limits.pdf_dpi)
        scale = dpi / MM_PER_INCH
        width, height = max(1, round(wide * scale)), max(1, round(high * scale))
        self._limits.check_size(name, width, height)
        content = Content()
        for template in all_at(root, "Template"):
            at = self._templates.get(template.get("TemplateID"))
            if at is not None and self._package.has(at):
                read_content(self._package.xml(at), scale, content)
        read_content(root, scale, content)
        lines = tuple(each.line for each in lines_of(content.glyphs, number))
        image = np.full((height, width, 3), 255, np.uint8)
        self._draw(image, content)
        served = lines if lines and self._limits.text_layer != "ignore" else None
        if served is None and self._limits.text_layer == "require":
            raise InputUnreadable(f"{name}: the page has no text, and input.text_layer is require.")
        reason = SAYS if served else "the page has no text of its own that may be used"
        return Page(number, width, height, image=image, dpi=dpi, text_layer=served, text_layer_reason=reason)

    def _size(self, root: Any) -> tuple[float, float]:
        """Return width and height in millimetres: the page's own, the document's, else A4."""
        for text in (text_at(root, "Area/PhysicalBox"), text_at(self._tree, "CommonData/PageArea/PhysicalBox")):
            box = numbers(text)
            if len(box) == 4 and box[2] > 0 and box[3] > 0:
                return box[2], box[3]
        return A4

    def _draw(self, image: Image, content: Content) -> None:
        height, width = image.shape[:2]
        for run, thickness in content.strokes:
            points = np.array(run).clip(-width - height, 2 * (width + height)).round().astype(np.int32)
            cv2.polylines(image, [points], False, INK, max(1, min(round(thickness), 20)))
        files = self._resources() if content.pictures else {}
        for resource, box in content.pictures:
            picture = self._picture(files.get(resource))
            x1, y1, x2, y2 = (round(value) for value in box)
            if picture is None or not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
                continue
            image[y1:y2, x1:x2] = cv2.resize(picture, (x2 - x1, y2 - y1), interpolation=cv2.INTER_AREA)

    def _resources(self) -> dict[str, str]:
        """Return the parts that hold pictures, by resource."""
        found: dict[str, str] = {}
        for kind in ("PublicRes", "DocumentRes"):
            for named in all_at(self._tree, f"CommonData/{kind}"):
                at = resolve_path(text_of(named), self._document)
                if not self._package.has(at):
                    continue
                try:
                    root = self._package.xml(at)
                except InputError:
                    continue
                base = resolve_path(root.get("BaseLoc", ".") + "/x", at)
                for media in root.iter():
                    if local_name(media) == "MultiMedia" and media.get("ID"):
                        found[media.get("ID")] = resolve_path(text_at(media, "MediaFile"), base)
        return found

    def _picture(self, part: str | None) -> Image | None:
        """Return a picture as BGR; None where it cannot be drawn simply."""
        if part is None or not self._package.has(part):
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with PIL.Image.open(BytesIO(self._package.read(part)), formats=("PNG", "JPEG", "BMP")) as image:
                    if image.width * image.height > self._limits.max_pixels:
                        raise InputTooLarge("a picture over the bound")
                    grey = PIL.Image.new("RGB", image.size, "white")
                    grey.paste(image.convert("RGBA"), mask=image.convert("RGBA").getchannel("A"))
                    return np.ascontiguousarray(np.asarray(grey)[:, :, ::-1])
        except Exception:
            return None

    def close(self) -> None:
        """Free the file's bytes."""
        self._package.close()
