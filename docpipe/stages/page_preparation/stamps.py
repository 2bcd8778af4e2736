"""Finds a stamp or seal in colour that lies over print, and shows the page without its colour.

Black print is dark in every channel; a colour is light in one of them. The lightest channel of each pixel, stretched
until the stamp's is as light as paper, has the print and not the stamp (as red seals are dropped from scans of invoices
by their red channel).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from docpipe.document import Box, Image, TextRegion, box_of

SIDE = 600
"""Pixels of the longer side at which stamps are looked for."""
COLOUR, FAINT = 60, 30
"""Grey levels (of 255) between the lightest and the darkest channel of a pixel of colour, and of one in faint ink."""
LIGHT = 110
"""What the lightest channel of a stamp has at least: else it could not be told from black print."""
LEAST_SHARE, MOST_SHARE = 0.0005, 0.1
"""Share of a page in one stamp's colour; a coloured form or photo has more."""
TALL = 2.5
"""Usual heights of a line that a stamp is high and wide at least; coloured print is lower."""
COLOURED, PRINTED = 0.03, 0.012
"""Shares of colour and of dark print in what a stamp and a line have in common, where one lies on the other."""
RULE = 260
"""Pixels at `SIDE` from which a straight run of colour, along or across the page, is a rule."""
MOST_OF_PAGE = 0.25
"""Share of the page that a stamp takes at most."""
GAP = 11
"""Pixels at `SIDE` that letters of one stamp stand apart at most."""
TINT = 15
"""Grey levels between the channels of white paper at most; more is the colour of the paper, or of the light on it."""
AROUND = 151
"""Pixels at `SIDE` over which the colour of the paper is taken; a stamp covers less than half of them."""


def find_stamps(image: Image, regions: Sequence[TextRegion]) -> tuple[Box, ...]:
    """Return the boxes of stamps in colour that lie over lines of text."""
    if not regions:
        return ()
    height, width = image.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    blue, green, red = cv2.split(small)
    light, dark = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    strength = np.asarray(cv2.subtract(light, dark), dtype=np.uint8)
    ground = colour_of_paper(strength)
    strength = np.asarray(cv2.subtract(strength, ground), dtype=np.uint8)
    for least in (COLOUR, FAINT):
        coloured = np.asarray((strength > least) & (light >= LIGHT), dtype=np.uint8)
        if float(coloured.mean()) >= LEAST_SHARE:
            break
    if not LEAST_SHARE <= float(coloured.mean()) <= MOST_SHARE:
        return ()
    for shape in ((1, RULE), (RULE, 1)):  # rules of a form printed in colour
        rules = np.asarray(cv2.morphologyEx(coloured, cv2.MORPH_OPEN, np.ones(shape, np.uint8)), dtype=np.uint8)
        coloured = coloured & ~rules
    joined = cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, np.ones((GAP, GAP), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(joined, dtype=np.uint8), connectivity=8)
    boxes = [box_of(region.polygon) for region in regions]
    usual = float(np.median([y2 - y1 for _, y1, _, y2 in boxes]))
    found = []
    for x, y, w, h, area in stats[1:]:
        box = (x / scale, y / scale, (x + w) / scale, (y + h) / scale)
        if (
            min(w, h) < TALL * usual * scale
            or area < LEAST_SHARE * coloured.size
            or w * h > MOST_OF_PAGE * coloured.size
        ):
            continue
        of_paper = int(np.median(ground[y : y + h, x : x + w]))
        if any(_lies_on(image, box, other, least + of_paper) for other in boxes):
            found.append(box)
    return tuple(found)


def colour_of_paper(strength: Image) -> Image:
    """Return, for each pixel, how strong the colour of the paper around it is; 0 where the paper is white.

    Args:
        strength: grey levels between the lightest and the darkest channel, at `SIDE`.
    """
    if float(np.median(strength)) <= TINT:
        return np.zeros_like(strength)
    around = min(AROUND, (min(strength.shape) - 1) | 1)
    ground = np.asarray(cv2.medianBlur(strength, around), dtype=np.uint8)
    return np.where(ground > TINT, ground, 0).astype(np.uint8)


def _lies_on(image: Image, stamp: Box, line: Box, least: int) -> bool:
    """Tell whether both a stamp's colour and dark print are seen where it meets a line."""
    x1, y1, x2, y2 = (round(pick(a, b)) for pick, a, b in zip((max, max, min, min), stamp, line, strict=True))
    if x1 >= x2 or y1 >= y2:
        return False
    part = image[y1:y2, x1:x2]
    light, dark = part.max(axis=2), part.min(axis=2)
    coloured, printed = (light - dark > least) & (light >= LIGHT), light < LIGHT
    return float(coloured.mean()) >= COLOURED and float(printed.mean()) >= PRINTED


def without_colour(image: Image, stamps: Sequence[Box]) -> Image:
    """Return a page in whose stamps only what is dark in every channel is left; elsewhere it is as it was."""
    clean = image.copy()
    for stamp in stamps:
        x1, y1, x2, y2 = (max(0, int(value)) for value in stamp)
        part = image[y1 : y2 + 1, x1 : x2 + 1]
        light = part.max(axis=2).astype(np.float32)
        coloured = (light - part.min(axis=2) > FAINT) & (light >= LIGHT)
        if not coloured.any():
            continue
        level = max(float(np.percentile(light[coloured], 20)), float(LIGHT))
        paper = float(np.percentile(light, 95))
        stretched = np.minimum(light * (paper / level), paper)
        clean[y1 : y2 + 1, x1 : x2 + 1] = np.where(coloured, stretched, light).astype(np.uint8)[:, :, None]
    return clean


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def merge_regions(
    seen: Sequence[TextRegion], under: Sequence[TextRegion], stamps: Sequence[Box]
) -> tuple[TextRegion, ...]:
    """Return the regions of a page as it is, and within its stamps those of the page without them.

    A region of the stamp's own letters stays where it covers none of the print's.
    """
    below = [region for region in under if any(_meet(box_of(region.polygon), stamp) for stamp in stamps)]
    boxes = [box_of(region.polygon) for region in below]

    def stays(region: TextRegion) -> bool:
        box = box_of(region.polygon)
        return not any(_meet(box, stamp) for stamp in stamps) or not any(_covers(box, other) for other in boxes)

    return (*(region for region in seen if stays(region)), *below)


def _covers(one: Box, other: Box) -> bool:
    """Tell whether two boxes share a third of the smaller one."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return wide > 0 and high > 0 and wide * high > smaller / 3
