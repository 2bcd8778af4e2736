"""Turns a page, and keeps account of how: every place on the turned page can be put back on the original one."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from docpipe.document import Affine, Image, Page, TextRegion, followed_by, move_polygon

TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turn_page(page: Page, degrees: int) -> Page:
    """Return a page turned clockwise by 0, 90, 180 or 270 degrees, without regions. No pixel is lost or changed."""
    if degrees == 0 or page.image is None:
        return page
    width, height = page.width, page.height
    by: dict[int, Affine] = {
        90: (0.0, 1.0, -1.0, 0.0, float(height), 0.0),
        180: (-1.0, 0.0, 0.0, -1.0, float(width), float(height)),
        270: (0.0, -1.0, 1.0, 0.0, 0.0, float(width)),
    }
    image = np.ascontiguousarray(cv2.rotate(page.image, TURNS[degrees]), dtype=np.uint8)
    done = _with(page, image, by[degrees])
    return replace(done, rotation=(page.rotation + degrees) % 360, regions=())


def level_page(page: Page, lean: float) -> Page:
    """Return a page whose lines run downwards to the right by `lean` radians, turned back by as much about its middle.

    Its regions come along. The page grows so that no corner is lost; what was outside has the colour of its edge.
    """
    if page.image is None:
        return page
    cosine, sine = math.cos(lean), math.sin(lean)
    width = math.ceil(page.width * abs(cosine) + page.height * abs(sine))
    height = math.ceil(page.width * abs(sine) + page.height * abs(cosine))
    x, y = page.width / 2, page.height / 2
    by = (cosine, -sine, sine, cosine, width / 2 - cosine * x - sine * y, height / 2 + sine * x - cosine * y)
    done = _with(page, _warp(page.image, by, width, height), by)
    return replace(done, regions=tuple(TextRegion(move_polygon(r.polygon, by), r.score) for r in page.regions))


def _with(page: Page, image: Image, by: Affine) -> Page:
    height, width = image.shape[:2]
    return replace(
        page,
        image=image,
        width=width,
        height=height,
        transform=followed_by(page.transform, by),
        original_size=page.original_size or (page.width, page.height),
    )


def _warp(image: Image, by: Affine, width: int, height: int) -> Image:
    """Return an image moved by a map of places. OpenCV maps pixels' indices, whose places are half a pixel further."""
    a, b, c, d, e, f = followed_by(followed_by((1.0, 0.0, 0.0, 1.0, 0.5, 0.5), by), (1.0, 0.0, 0.0, 1.0, -0.5, -0.5))
    edge = np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]), axis=0)
    matrix = np.array([[a, c, e], [b, d, f]])
    filled = tuple(float(value) for value in edge)
    warped = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=filled
    )
    return np.ascontiguousarray(warped, dtype=np.uint8)
