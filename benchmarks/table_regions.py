"""Measures where table_structure looks for tables: whole PDF pages, lines of their text layer, no model.

    python benchmarks/table_regions.py LABELS.jsonl [--each]

Labels hold `source_pdf` (relative to them), `source_page` (from 1) and `source_bbox` (points, from the page's top
left). A page with a labelled table counts whole. A labelled table is found where a region overlaps it by so much
intersection over union, each region serving one table. A region that touches no labelled table is false, though it may
be one that nobody labelled.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import numpy as np
from machine import describe
from scipy.optimize import linear_sum_assignment

from docpipe.document import Box, Page
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from docpipe.stages.table_structure.stage import find_tables

LEVELS = (0.5, 0.8)


@dataclass(slots=True)
class Count:
    """Figures over all pages."""

    pages: int = 0
    tables: int = 0
    regions: int = 0
    false: int = 0
    found: dict[float, int] = field(default_factory=lambda: dict.fromkeys(LEVELS, 0))
    ms: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--each", action="store_true", help="print every page")
    parser.add_argument("--margin", type=float, default=0.0, help="points that labels leave around the cells' texts")
    options = parser.parse_args()
    print(describe())
    wanted: dict[tuple[str, int], list[Box]] = {}
    for row in map(json.loads, options.labels.read_text(encoding="utf-8").splitlines()):
        x1, y1, x2, y2 = map(float, row["source_bbox"])
        box = (x1 + options.margin, y1 + options.margin, x2 - options.margin, y2 - options.margin)
        wanted.setdefault((row["source_pdf"], int(row["source_page"])), []).append(box)
    figures, without = Count(), 0
    for (pdf, number), boxes in sorted(wanted.items()):
        page = read(options.labels.parent / pdf, number)
        if page is None:
            without += 1
            continue
        start = time.perf_counter()
        regions = find_tables(page)
        ms = (time.perf_counter() - start) * 1000
        scale = InputLimits().pdf_dpi / 72
        labelled = [(a * scale, b * scale, c * scale, d * scale) for a, b, c, d in boxes]
        best = count(figures, labelled, [region.box for region in regions], ms)
        if options.each:
            print(f"  {pdf} page {number}: {len(boxes)} labelled, {len(regions)} found, best IoU {best}")
    recall = ", ".join(f"{hits} of {figures.tables} tables at IoU {level}" for level, hits in figures.found.items())
    print(f"{options.labels.parent.name}: {figures.pages} pages, {without} more without a text layer that can be used")
    print(f"found {recall}; {figures.regions} regions, {figures.false} of them touch no labelled table")
    print(f"median {median(figures.ms):.0f} ms a page")


def read(pdf: Path, number: int) -> Page | None:
    """Return one page with the lines of its text layer, or None where it has none that can be used."""
    with open_document(pdf, InputLimits(pages=str(number), text_layer="require")) as opened:
        for page in opened.pages():
            if isinstance(page, Page) and page.text_layer is not None:
                return replace(page, lines=page.text_layer)
    return None


def count(figures: Count, labelled: Sequence[Box], regions: Sequence[Box], ms: float) -> list[float]:
    """Add a page to the figures and return each labelled table's best overlap."""
    overlaps = np.array([[iou(a, b) for b in regions] for a in labelled]).reshape(len(labelled), len(regions))
    figures.pages += 1
    figures.tables += len(labelled)
    figures.regions += len(regions)
    figures.false += int((overlaps.max(axis=0, initial=0.0) == 0).sum())
    figures.ms.append(ms)
    for level in figures.found:
        figures.found[level] += int((overlaps >= level)[linear_sum_assignment(overlaps < level)].sum())
    return [round(float(v), 2) for v in overlaps.max(axis=1, initial=0.0)]


def iou(a: Box, b: Box) -> float:
    """Return intersection over union of two boxes."""
    common = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


if __name__ == "__main__":
    main()
