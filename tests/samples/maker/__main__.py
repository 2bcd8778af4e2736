"""Draw the project's own sample documents again: `python tests/samples/maker [FOLDER]`.

Every party, number and address is invented; tax numbers and bank accounts have valid check digits. The same seed and
the same versions of the typefaces, Pillow, OpenCV and reportlab give the same bytes. Writes `images/` and
`labels.jsonl` into FOLDER, by default the folder above this one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import chinese
import digital
import invoices
import multipage
import numpy as np
import receipts
import wear
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from sheet import Line

SEED = 20260122
ROTATED = 6  # EXIF: turn clockwise by 90 degrees to view


def label(
    file: str, lines: Iterable[tuple[int | None, Line]], fields: Any, line_items: Any, **size: Any
) -> dict[str, Any]:
    """One line of labels.jsonl; `page`, from 0, only where a document has several."""
    drawn = [
        {"text": line.text, "polygon": [[round(float(c), 1) for c in point] for point in line.polygon]}
        | ({} if page is None else {"page": page})
        for page, line in lines
    ]
    return {"file": f"images/{file}", **size, "fields": fields, "line_items": line_items, "lines": drawn}


def numbered(pages: list[list[Line]], scale: float = 1.0) -> list[tuple[int | None, Line]]:
    return [(k, Line(line.text, line.polygon * scale)) for k, lines in enumerate(pages) for line in lines]


def single(folder: Path, file: str, worn: wear.Worn, fields: Any, items: Any, **save: Any) -> dict[str, Any]:
    """Write one image; `save` goes to Pillow."""
    pixels, lines = worn
    Image.fromarray(pixels).save(folder / file, **save)
    height, width = pixels.shape[:2]
    return label(file, [(None, line) for line in lines], fields, items, width=width, height=height)


def snapshot(folder: Path, file: str, drawn: receipts.Drawn, rng: np.random.Generator) -> dict[str, Any]:
    """A photograph taken with the telephone held sideways: the pixels lie, the EXIF tag says how to turn them."""
    size = (1100, 1500)
    worn = wear.photo(drawn.sheet, rng, size, [(215, 120), (905, 175), (860, 1395), (165, 1330)])
    picture = Image.fromarray(worn[0]).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = ROTATED
    picture.save(folder / file, quality=82, exif=exif)
    lines = [(None, line) for line in worn[1]]
    return label(file, lines, drawn.fields, drawn.line_items, width=size[0], height=size[1])


def scanned_pdf(folder: Path, file: str, made: invoices.Pages, rng: np.random.Generator) -> dict[str, Any]:
    """A PDF with nothing but a picture on each page."""
    worn = [wear.scan(sheet, rng, degrees) for sheet, degrees in zip(made.sheets, (0.5, -0.35), strict=True)]
    canvas = Canvas(str(folder / file), pagesize=A4, invariant=1)
    for pixels, _ in worn:
        jpeg = BytesIO()
        Image.fromarray(pixels).save(jpeg, "JPEG", quality=58)
        canvas.drawImage(ImageReader(jpeg), 0, 0, width=A4[0], height=A4[1])
        canvas.showPage()
    canvas.save()
    lines = numbered([lines for _, lines in worn], A4[0] / made.sheets[0].width)
    points = [round(side, 1) for side in A4]
    return label(file, lines, made.fields, made.line_items, pages=len(worn), page_sizes=[points] * len(worn))


def fax_tiff(folder: Path, file: str, made: invoices.Pages, rng: np.random.Generator) -> dict[str, Any]:
    """A TIFF with one bit a pixel and several pages."""
    worn = [wear.fax(sheet, rng, degrees) for sheet, degrees in zip(made.sheets, (-0.4, 0.3), strict=True)]
    first, *others = [Image.fromarray(pixels).convert("1") for pixels, _ in worn]
    first.save(folder / file, save_all=True, append_images=others, compression="group4", dpi=(150, 150))
    lines = numbered([lines for _, lines in worn])
    sizes = [[sheet.width, sheet.height] for sheet in made.sheets]
    return label(file, lines, made.fields, made.line_items, pages=len(worn), page_sizes=sizes)


def clean(made: invoices.Pages) -> wear.Worn:
    return np.asarray(made.sheets[0].image), made.sheets[0].lines


def make(folder: Path) -> list[dict[str, Any]]:
    """Write every sample below `folder`; return the labels."""

    def rng(number: int) -> np.random.Generator:
        return np.random.default_rng([SEED, number])

    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    cafe, hardware, bakery = receipts.cafe(), receipts.hardware(), receipts.bakery()
    ruled, french = invoices.ruled_english(), invoices.facture()
    coded, plain = chinese.with_code(rng(7)), chinese.fully_digital()
    german = digital.rechnung()
    (images / "invoice_de.pdf").write_bytes(german.data)
    points = [round(side, 1) for side in A4]
    return [
        single(
            images, "receipt_cafe.jpg", wear.thermal(cafe.sheet, rng(0), 0.8), cafe.fields, cafe.line_items, quality=72
        ),
        single(
            images,
            "receipt_hardware.jpg",
            wear.thermal(hardware.sheet, rng(1), -1.1, fade=0.5),
            hardware.fields,
            hardware.line_items,
            quality=70,
        ),
        single(
            images,
            "receipt_bakery.png",
            (np.asarray(bakery.sheet.image), bakery.sheet.lines),
            bakery.fields,
            bakery.line_items,
            optimize=True,
        ),
        snapshot(images, "receipt_market.jpg", receipts.market(), rng(3)),
        single(images, "invoice_en.png", clean(ruled), ruled.fields, ruled.line_items, optimize=True),
        label(
            "invoice_de.pdf", numbered([german.lines]), german.fields, german.line_items, pages=1, page_sizes=[points]
        ),
        single(
            images,
            "invoice_fr.jpg",
            wear.scan(french.sheets[0], rng(6), -0.6),
            french.fields,
            french.line_items,
            quality=60,
        ),
        single(images, "invoice_zh.png", clean(coded), coded.fields, coded.line_items, optimize=True),
        single(images, "invoice_zh_digital.png", clean(plain), plain.fields, plain.line_items, optimize=True),
        scanned_pdf(images, "invoice_us.pdf", multipage.two_pages(), rng(9)),
        fax_tiff(images, "invoice_fax.tiff", multipage.faxed(), rng(10)),
    ]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    labels = make(folder)
    text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in labels)
    (folder / "labels.jsonl").write_text(text, encoding="utf-8")
    print(f"{len(labels)} documents in {folder}")


if __name__ == "__main__":
    main()
