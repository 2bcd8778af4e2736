"""Draws docs/pictures/report.png: the report of the sample documents, as a browser shows it.

    python benchmarks/report_picture.py out/demo

The folder is one that `docpipe run tests/samples/images --out out/demo` wrote. Needs Chromium, and a font with Chinese.
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from docpipe.report.write import write_report

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "report.png"
WIDTH, HEIGHT = 1180, 500
COLOURS = 96


def draw(out: Path, document: str) -> Image.Image:
    """Return the report's first page over the page of one document that is to be reviewed."""
    write_report(out)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", color_scheme="light")
        page.goto(f"file://{out.resolve()}/report.html")
        first = page.screenshot()
        card = page.get_by_text(document, exact=True) if document else page.locator(".card.review a").first
        card.click()
        page.keyboard.press("n")
        page.wait_for_selector("#tip:visible")
        page.evaluate("scrollTo(0, 0)")
        second = page.screenshot()
        browser.close()
    whole = Image.new("RGB", (WIDTH, 2 * HEIGHT))
    for number, data in enumerate((first, second)):
        whole.paste(Image.open(io.BytesIO(data)), (0, number * HEIGHT))
    return whole


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--document", default="", help="shown below; the first one to review by default")
    given = parser.parse_args()
    draw(given.out, given.document).quantize(COLOURS).save(PICTURE, optimize=True)
    print(PICTURE, PICTURE.stat().st_size, "bytes")
