"""Boxes on a page that leans, in whole pixels as a detector gives them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from docpipe.document import Polygon


def leaning(polygons: Sequence[Polygon], degrees: float) -> list[Polygon]:
    """Return polygons turned about (400, 400), so that level ones run downwards to the right by `degrees`."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned = []
    for polygon in polygons:
        a, b, c, d = (
            (
                float(round((x - 400) * cosine - (y - 400) * sine + 400)),
                float(round((x - 400) * sine + (y - 400) * cosine + 400)),
            )
            for x, y in polygon
        )
        turned.append((a, b, c, d))
    return turned
