"""Table regions from a layout model (PP-DocLayout and similar ones), and how they meet those that geometry finds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from docpipe.document import Box, Image
from docpipe.runtime.protocol import ModelRef, Runtime

LABEL = "table"
"""What every layout model of PaddleOCR calls a table; the older ones write it with a capital."""
SAME = 0.5
"""Share of the smaller of two boxes that both cover: from here on they are two views of one table."""


def layout_boxes(image: Image, ref: ModelRef, threshold: float, runtime: Runtime) -> list[Box]:
    """Return where a layout model sees tables, in the page's pixels, top to bottom.

    Of boxes that mostly cover each other the surest stays: detectors see a table and a part of it at once.

    Args:
        image: the page, BGR.
        ref: a model of the task `layout_detection`.
        threshold: least score of a box, above 0 and below 1.
        runtime: where the model is loaded.

    Raises:
        OutOfMemory, StageError: from the model.
    """
    (seen,) = runtime.infer(ref, [image], {"threshold": float(threshold)})
    height, width = image.shape[:2]
    scored = [
        (float(item["score"]), box)
        for item in seen.get("boxes", ())
        if str(item["label"]).lower() == LABEL and float(item["score"]) >= threshold
        if (box := _on_page(item["coordinate"], width, height)) is not None
    ]
    kept: list[Box] = []
    for _, box in sorted(scored, key=lambda found: (-found[0], found[1])):
        if not any(_share(box, other) >= SAME for other in kept):
            kept.append(box)
    return sorted(kept, key=lambda b: (b[1], b[0]))


def merge_boxes(seen: Sequence[Box], geometric: Sequence[Box]) -> list[Box]:
    """Return the model's boxes, and those of geometry that mostly lie outside all of them; top to bottom.

    A geometric region over several of the model's boxes goes, and so does a part of one. What only geometry shows
    stays: the goods of a till receipt have no frame, layout models do not call them a table, and line items are read
    from there.
    """
    own = [box for box in geometric if not any(_share(box, other) >= SAME for other in seen)]
    return sorted([*seen, *own], key=lambda b: (b[1], b[0]))


def _share(a: Box, b: Box) -> float:
    """Return how much of the smaller box the other covers."""
    common = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return common / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def _on_page(coordinate: Sequence[Any], width: int, height: int) -> Box | None:
    """Return a box cut to the page, or None where less than a pixel of it is left."""
    x1, y1, x2, y2 = (float(v) for v in coordinate)
    if not all(map(math.isfinite, (x1, y1, x2, y2))):
        return None
    x1, y1, x2, y2 = max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2)
    return (x1, y1, x2, y2) if x2 - x1 >= 1 and y2 - y1 >= 1 else None
