"""Finds sheets of paper that lie apart on one ground, such as two receipts photographed side by side."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from docpipe.document import Box, Image, TextRegion, box_of

SIDE = 400
"""Pixels of the longer side at which papers are looked for."""
GROUND = 30
"""Grey levels (of 255) in any channel up to which a pixel has the colour of the ground."""
AT_THE_EDGE = 0.8
"""Share of the picture's edge that must be ground; else papers are cut off, or the ground is no ground."""
LEAST_AREA = 0.03
"""Share of the picture that a paper takes at least."""
STRAIGHT = 0.8
"""Share of the smallest (turned) rectangle around a paper that it fills at least."""
FEWEST_REGIONS = 4
"""Runs of text on each paper."""


def find_papers(image: Image, regions: Sequence[TextRegion]) -> tuple[Box, ...]:
    """Return the upright boxes of two or more papers with text, from left to right; none where there are fewer."""
    if len(regions) < 2 * FEWEST_REGIONS:
        return ()
    height, width = image.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ring = np.concatenate([small[:3].reshape(-1, 3), small[-3:].reshape(-1, 3), small[:, :3].reshape(-1, 3),
                           small[:, -3:].reshape(-1, 3)]).astype(np.int16)  # fmt: skip
    ground = np.median(ring, axis=0)
    if float((np.abs(ring - ground).max(axis=1) <= GROUND).mean()) < AT_THE_EDGE:
        return ()
    off = cv2.absdiff(small, np.broadcast_to(ground.astype(np.uint8), small.shape))
    blue, green, red = cv2.split(off)
    apart = np.asarray(cv2.max(cv2.max(blue, green), red) > GROUND, dtype=np.uint8)
    apart = np.asarray(cv2.morphologyEx(apart, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    outlines, _ = cv2.findContours(apart, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    middles = [_middle(region) for region in regions]
    papers = []
    for outline in outlines:
        area = float(cv2.contourArea(outline))
        _, sides, _ = cv2.minAreaRect(outline)
        if area < LEAST_AREA * apart.size or area < STRAIGHT * sides[0] * sides[1]:
            continue
        x, y, w, h = (value / scale for value in cv2.boundingRect(outline))
        if sum(x <= a <= x + w and y <= b <= y + h for a, b in middles) >= FEWEST_REGIONS:
            papers.append((x, y, min(x + w, float(width)), min(y + h, float(height))))
    return tuple(sorted(papers)) if len(papers) > 1 else ()


def _middle(region: TextRegion) -> tuple[float, float]:
    x1, y1, x2, y2 = box_of(region.polygon)
    return (x1 + x2) / 2, (y1 + y2) / 2
