"""What happens to paper before it reaches us: thermal print, a scanner, a fax line, a telephone's camera.

Each function takes a sheet and returns grey or RGB pixels (uint8) with the lines where they are then.
"""

from __future__ import annotations

import cv2
import numpy as np
from sheet import Line, Sheet, moved

Worn = tuple[np.ndarray, list[Line]]


def rotation(width: int, height: int, degrees: float) -> np.ndarray:
    """Return the matrix that turns a page about its middle, anticlockwise."""
    return np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), [0, 0, 1]])


def warp(pixels: np.ndarray, matrix: np.ndarray, size: tuple[int, int], border: float) -> np.ndarray:
    return cv2.warpPerspective(
        pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=(border,) * 3
    )


def as_bytes(pixels: np.ndarray) -> np.ndarray:
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)


def thermal(sheet: Sheet, rng: np.random.Generator, degrees: float, fade: float = 0.35, grain: float = 5.0) -> Worn:
    """A thermal print that has lain about: pale stripes along the paper, missing dots, a lid not quite straight."""
    ink = 255 - sheet.pixels()
    stripes = cv2.GaussianBlur(rng.uniform(0, 1, (1, sheet.width)).astype(np.float32), (0, 0), 25)[0]
    stripes = (stripes - stripes.min()) / np.ptp(stripes)
    ink *= 0.92 - fade * stripes[None, :]
    ink *= rng.uniform(0, 1, ink.shape) > 0.012
    pixels = 247 - cv2.GaussianBlur(ink, (0, 0), 0.7)
    matrix = rotation(sheet.width, sheet.height, degrees)
    pixels = warp(pixels, matrix, (sheet.width, sheet.height), 236)
    pixels += cv2.GaussianBlur(rng.normal(0, grain, pixels.shape).astype(np.float32), (0, 0), 0.6)
    return as_bytes(pixels), moved(sheet.lines, matrix)


def scan(sheet: Sheet, rng: np.random.Generator, degrees: float, grain: float = 4.0, paper: float = 246) -> Worn:
    """A flat-bed scan: off-white, soft, slightly turned, a shadow where the lid does not close, some dust."""
    pixels = cv2.GaussianBlur(sheet.pixels(), (0, 0), 0.6) * (paper / 255)
    matrix = rotation(sheet.width, sheet.height, degrees)
    pixels = warp(pixels, matrix, (sheet.width, sheet.height), paper - 6)
    shadow = np.exp(-np.arange(sheet.width) / 18.0)[::-1] * 60
    pixels -= shadow[None, :]
    for _ in range(40):
        x, y = int(rng.integers(0, sheet.width)), int(rng.integers(0, sheet.height))
        cv2.circle(pixels, (x, y), 1, float(rng.uniform(90, 190)), -1)
    pixels += cv2.GaussianBlur(rng.normal(0, grain, pixels.shape).astype(np.float32), (0, 0), 0.8)
    return as_bytes(pixels), moved(sheet.lines, matrix)


def fax(sheet: Sheet, rng: np.random.Generator, degrees: float) -> Worn:
    """Black or white, ragged edges, a few specks."""
    matrix = rotation(sheet.width, sheet.height, degrees)
    pixels = warp(cv2.GaussianBlur(sheet.pixels(), (0, 0), 0.9), matrix, (sheet.width, sheet.height), 255)
    pixels += rng.normal(0, 14, pixels.shape)
    bits = np.where(pixels > 138, 255, 0).astype(np.uint8)
    for _ in range(60):
        x, y = int(rng.integers(0, sheet.width - 2)), int(rng.integers(0, sheet.height - 2))
        bits[y : y + 2, x : x + 2] = 0
    return bits, moved(sheet.lines, matrix)


def photo(sheet: Sheet, rng: np.random.Generator, size: tuple[int, int], corners: list[tuple[float, float]]) -> Worn:
    """A snapshot: the paper lies on a table, seen a little from the side, lit from one corner, the lens not perfect.

    `corners` says where the sheet's corners come to lie in the picture, clockwise from top left.
    """
    width, height = size
    source = np.array([[0, 0], [sheet.width, 0], [sheet.width, sheet.height], [0, sheet.height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(source, np.array(corners, dtype=np.float32)).astype(float)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), sigmaX=1.2, sigmaY=45)
    wood = np.array([112, 82, 58], dtype=np.float32) + 90 * grain[..., None]
    paper = np.repeat(sheet.pixels()[..., None], 3, axis=2) * np.array([0.95, 0.94, 0.90], dtype=np.float32)
    laid = warp(paper, matrix, size, 0)
    cover = warp(np.ones(sheet.pixels().shape, dtype=np.float32), matrix, size, 0)[..., None]
    pixels = wood * (1 - cover) + laid * cover
    y, x = np.mgrid[0:height, 0:width]
    light = 1.02 - 0.30 * (0.6 * x / width + 0.4 * y / height)
    pixels = cv2.GaussianBlur(pixels * light[..., None].astype(np.float32), (0, 0), 0.8)
    pixels += rng.normal(0, 3.0, pixels.shape)
    return as_bytes(pixels), moved(sheet.lines, matrix)
