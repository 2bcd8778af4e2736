"""Receipts written by hand, drawn as photographs of thermal print, for a run with all stages.

    python benchmarks/written_receipts.py [--file benchmarks/written/receipts_first.yaml] --write FOLDER [--seed 1]
    docpipe run FOLDER/images --out OUT && docpipe evaluate FOLDER/labels.jsonl --results shipped=OUT

Layouts that `docpipe synth` does not draw: other trades, countries and habits. Each is turned a little, lit from one
side, blurred and kept as JPEG; the same seed gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

import numpy as np
import yaml
from PIL import Image, ImageDraw, ImageFilter

from docpipe.lab.synth.fonts import load

FIRST = Path(__file__).parent / "written" / "receipts_first.yaml"
SIZE, MARGIN = 26, 34


def draw_paper(text: str, face: str, wide: int) -> Image.Image:
    """Return the print of a receipt, black on white, `wide` pixels across."""
    lines = text.rstrip("\n").split("\n")
    paper = Image.new("L", (wide, 2 * MARGIN + int(1.36 * SIZE) * (len(lines) + 3)), 255)
    pen = ImageDraw.Draw(paper)
    y = MARGIN
    for line in lines:
        large, centred = line.startswith("^^"), line.startswith("^")
        font = load(face + "-bold" if large and not face.startswith("cjk") else face, SIZE * (1.45 if large else 1.0))
        left, bar, right = line.lstrip("^").partition("|")
        room = wide - 2 * MARGIN
        if line.startswith("---"):
            left = "-" * int(room / font.getlength("-"))
        while font.getlength(left) > room:  # a head that is too wide is set smaller
            font = font.font_variant(size=font.size * 0.94)
        x = MARGIN + (room - font.getlength(left.strip())) / 2 if centred else MARGIN
        pen.text((x, y), left.rstrip(), fill=30, font=font)
        if bar:
            pen.text((wide - MARGIN - font.getlength(right.strip()), y), right.strip(), fill=30, font=font)
        y += int(font.size * 1.36)
    return paper.crop((0, 0, wide, y + MARGIN))


def photograph(paper: Image.Image, rng: Random) -> Image.Image:
    """Return a photo of it: faded, turned by up to 1.5 degrees, lit from one side, a little out of focus."""
    noise = np.random.default_rng(rng.getrandbits(32))
    ink = 1 - np.asarray(paper, np.float32) / 255
    ink *= rng.uniform(0.75, 1.0) * (0.92 + 0.08 * noise.random((ink.shape[0], 1)))  # a print head that heats unevenly
    high, wide = ink.shape
    light = 0.86 + 0.14 * np.linspace(rng.random(), rng.random(), wide)[None, :] * np.linspace(1, 0.7, high)[:, None]
    shade = np.clip((235 * light) * (1 - 0.82 * ink) + noise.normal(0, 4, ink.shape), 0, 255).astype(np.uint8)
    photo = Image.new("RGB", (wide + 120, high + 120), (96, 78, 62))
    turned = Image.fromarray(shade).convert("RGBA")
    turned = turned.rotate(rng.uniform(-1.5, 1.5), Image.Resampling.BICUBIC, expand=True)
    photo.paste(turned, (60, 60), turned)
    return photo.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 0.9)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=FIRST)
    parser.add_argument("--write", type=Path, metavar="FOLDER", required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    images = options.write / "images"
    images.mkdir(parents=True, exist_ok=True)
    written = yaml.safe_load(options.file.read_text(encoding="utf-8"))
    with (options.write / "labels.jsonl").open("w", encoding="utf-8") as out:
        for name, receipt in written.items():
            rng = Random(f"{options.seed} {name}")
            photo = photograph(draw_paper(receipt["text"], receipt["face"], rng.randint(640, 720)), rng)
            photo.save(images / f"{name}.jpg", quality=rng.randint(55, 80))
            size = {"width": photo.width, "height": photo.height}
            label = {"file": f"images/{name}.jpg", **size, "fields": receipt["fields"]}
            print(json.dumps(label, ensure_ascii=False), file=out)


if __name__ == "__main__":
    main()
