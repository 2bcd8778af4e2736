"""Invoices written by hand as HTML, drawn as pictures of pages, for a run with all stages.

    python benchmarks/written_invoices.py --write FOLDER [--batch first|second| ... |eighth] [--chromium PATH]
    docpipe run FOLDER/images --out OUT && docpipe evaluate FOLDER/labels.jsonl --results OUT

Letterheads, windows, boxes, bills of utilities, hotels and workshops in German, French, Italian and English; the fourth
to eighth batch are in eight languages, by people who saw neither the rules nor the other pages; the sixth to eighth are
labelled with every field that a page prints. Some are turned a little, with noise and as JPEG, some are PDF with a text
layer; the same Chromium and fonts give the same pictures.
"""

from __future__ import annotations

import argparse
import json
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml
from PIL import Image, ImageFilter
from playwright.sync_api import sync_playwright

PAGES = sorted((Path(__file__).parent / "written").glob("invoices*.yaml"))
BATCHES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
WIDE, HIGH = 794, 1123
"""An A4 page in CSS pixels."""
DPI = 165
STYLE = """<style>*{box-sizing:border-box}body{margin:0;width:794px;min-height:1123px;background:#fff;position:relative;
font:13px "Liberation Sans",Arial,sans-serif}td,th{padding:3px 5px;vertical-align:top;text-align:left}
table{border-collapse:collapse}.r{text-align:right!important}.a{position:absolute}</style>"""


PRINTED = "<style>@page{size:A4;margin:0}html,body{print-color-adjust:exact}body{height:1120px;overflow:hidden}</style>"


def wear_out(picture: Image.Image, name: str, skew: float, noise: float) -> Image.Image:
    """Return a scan of a page: turned by `skew` degrees, greyer, with noise of so many grey levels, blurred."""
    turned = picture.rotate(skew, fillcolor=(250, 250, 247), resample=Image.Resampling.BICUBIC)
    levels = np.asarray(turned).astype(float)
    rng = np.random.default_rng(Random(name).getrandbits(32))
    levels = levels * 0.94 + 8 + rng.normal(0, noise, levels.shape)
    return Image.fromarray(levels.clip(0, 255).astype("uint8")).filter(ImageFilter.GaussianBlur(0.6))


def save_page(png: bytes, name: str, wear: dict[str, float] | None, folder: Path) -> tuple[Path, tuple[int, int]]:
    """Write a page's picture, worn or as it is; return its file and its size in pixels."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    if wear is None:
        file = folder / f"{name}.png"
        picture.save(file)
    else:
        file = folder / f"{name}.jpg"
        worn = wear_out(picture, name, wear.get("skew", 0.0), wear.get("noise", 6.0))
        worn.save(file, quality=int(wear.get("q", 60)))
    return file, picture.size


def draw(pages: dict[str, dict[str, Any]], chromium: str, out: Path) -> None:
    """Draw every page into `out`/images, and write its labels into `out`/labels.jsonl."""
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, (out / "labels.jsonl").open("w", encoding="utf-8") as labels:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, page in pages.items():
            scale = page.get("dpi", DPI) / 96
            tab = browser.new_page(viewport={"width": WIDE, "height": HIGH}, device_scale_factor=scale)
            tab.set_content(STYLE + (PRINTED if page.get("pdf") else "") + page["html"])
            file, (width, height) = save_page(tab.screenshot(full_page=True), name, page.get("wear"), images)
            if page.get("pdf"):
                file.unlink()
                file = file.with_suffix(".pdf")
                tab.pdf(path=str(file), prefer_css_page_size=True, print_background=True)
            tab.close()
            label = {"file": f"images/{file.name}", "width": width, "height": height, "language": page["language"]}
            label |= {"fields": page["fields"], "line_items": page["line_items"]}
            print(json.dumps(label, ensure_ascii=False), file=labels)
        browser.close()


def main() -> None:
    """Draw the pages of one batch, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--batch", choices=BATCHES)
    parser.add_argument("--chromium", default="/usr/bin/chromium", metavar="PATH")
    options = parser.parse_args()
    pages = {name: page for file in PAGES for name, page in yaml.safe_load(file.read_text(encoding="utf-8")).items()}
    draw({name: p for name, p in pages.items() if options.batch in (None, p["batch"])}, options.chromium, options.write)


if __name__ == "__main__":
    main()
