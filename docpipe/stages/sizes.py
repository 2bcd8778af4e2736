"""How large a page or document is, in the unit that the time of a stage grows with (`docpipe.profiles.model.UNITS`)."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from docpipe.document import Document, Page, TextRegion
from docpipe.runtime.manifest import load_manifest
from docpipe.stages.text_detection import TextDetectionSettings, network_size, side_limit
from docpipe.stages.text_lines.crops import TALL
from docpipe.stages.text_recognition import TextRecognitionSettings

NETWORK_HEIGHT = 48
"""Recognisers see every crop this high (PaddleOCR's `image_shape`)."""
WIDTH = 320
"""One unit of recognition: a crop of this width at the network's height, to which PaddleOCR pads narrower ones."""


def units_of(stage: str, settings: Any, document: Document, seen: Document | None = None) -> float:
    """Return the size of what a rung of a stage is given.

    Args:
        settings: the rung's own: what it sees depends on them.
        document: what is handed to the stage.
        seen: for tables, the same after the stage's best rung: nobody knows their cells before.
    """
    if stage == "text_detection":
        return sum(megapixels(page, settings) for page in document.pages)
    if stage == "text_recognition":
        return sum(crops(region, settings) for page in document.pages for region in page.regions)
    if stage == "table_structure":
        return float(sum(len(table.cells) for table in (seen or document).tables))
    return float(len(document.lines))


def megapixels(page: Page, settings: TextDetectionSettings) -> float:
    """Return the millions of pixels that the detector's network sees of a page."""
    limit = side_limit(page.width, page.height, settings)
    width, height = network_size(page.width, page.height, limit, settings.limit_type)
    return width * height / 1e6


def crops(region: TextRegion, settings: TextRecognitionSettings) -> float:
    """Return what a region costs to read: its width at the network's height, as it is padded, over 320 pixels."""
    a, b, c, d = region.polygon
    width, height = max(math.dist(a, b), math.dist(d, c)), max(math.dist(a, d), math.dist(b, c))
    if height >= TALL * width:
        width, height = height, width
    seen = NETWORK_HEIGHT * width / max(height, 1.0) * settings.squeeze
    return max(seen, least_width(settings)) / WIDTH


@lru_cache(maxsize=64)
def least_width(settings: TextRecognitionSettings) -> int:
    """Return the width to which a rung's model pads narrower crops, by the manifest; else PaddleOCR's own."""
    known = next((entry for entry in load_manifest().models if entry.name == settings.model_name), None)
    spec = None if known is None or settings.model_dir else known.inference
    return WIDTH if spec is None or spec.image_shape is None else spec.image_shape[2]
