"""Text detection by differentiable binarisation (DB): a page in, four-cornered regions out.

The network gives each pixel the probability of lying in the shrunk core of a line of text; regions of it are grown back
(Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020). Every step, with its
constants and its rounding, is PaddleX 3.7's (`DetResizeForTest`, `DBPostProcess`), against which the tests hold it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Image
from docpipe.runtime.ort.config import number, operators_of
from docpipe.runtime.ort.network import Network
from docpipe.runtime.ort.pixels import IMAGENET_MEAN, IMAGENET_STD, normalise, resize
from docpipe.runtime.protocol import Prediction

STRIDE = 32
SMALLEST = 3
"""Pixels of the map: a core whose shorter side is less is no text."""

Corners = NDArray[np.float32]


class Detector:
    """A DB network with what goes before and after it."""

    def __init__(self, network: Network, config: Mapping[str, Any]) -> None:
        """Take the settings of an `inference.yml`."""
        self._network = network
        operators = operators_of(config)
        normalise = operators["NormalizeImage"]
        self._mean, self._std = normalise.get("mean", IMAGENET_MEAN), normalise.get("std", IMAGENET_STD)
        self._scale = number(normalise.get("scale", 1 / 255))
        self._side = int(operators["DetResizeForTest"].get("resize_long", 960))
        after = config["PostProcess"]
        self._thresh, self._box_thresh = float(after.get("thresh", 0.3)), float(after.get("box_thresh", 0.6))
        self._unclip, self._most = float(after.get("unclip_ratio", 2.0)), int(after.get("max_candidates", 1000))

    def predict(
        self,
        images: Sequence[Image],
        limit_side_len: int | None = None,
        limit_type: str | None = None,
        thresh: float | None = None,
        box_thresh: float | None = None,
        unclip_ratio: float | None = None,
        max_side_limit: int | None = None,
        batch_size: int = 1,
    ) -> list[Prediction]:
        """Return `dt_polys` (n x 4 x 2, int16, pixels of the page) and `dt_scores` of each page, read one by one."""
        found: list[Prediction] = []
        for image in images:
            width, height = network_size(
                image, limit_side_len or self._side, limit_type or "max", max_side_limit or 4000
            )
            page = normalise(resize(_pad(image), width, height), self._mean, self._std, self._scale)
            (maps, *_) = self._network.run({self._network.inputs[0]: page[None]})
            polygons, scores = self._regions(
                maps[0, 0], image.shape, thresh or self._thresh, box_thresh or self._box_thresh,
                unclip_ratio or self._unclip,
            )  # fmt: skip
            found.append({"dt_polys": polygons, "dt_scores": scores})
        return found

    def _regions(
        self, core: NDArray[np.float32], shape: Sequence[int], thresh: float, least: float, unclip: float
    ) -> tuple[NDArray[np.int16], list[float]]:
        """Return the regions of a map, in pixels of the page, and how sure each is."""
        import cv2

        height, width = shape[:2]
        scale_x, scale_y = width / core.shape[1], height / core.shape[0]
        mask = (core > thresh).astype(np.uint8) * 255
        contours = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]
        polygons, scores = [], []
        for contour in contours[: self._most]:
            corners, side = _corners(contour)
            if side < SMALLEST:
                continue
            score = _mean_within(core, corners)
            if score < least:
                continue
            grown = _grow(corners, unclip)
            if not len(grown):
                continue
            corners, side = _corners(grown)
            if side < SMALLEST + 2:
                continue
            polygons.append([(_clamp(x * scale_x, width), _clamp(y * scale_y, height)) for x, y in corners])
            scores.append(score)
        return np.array(polygons, dtype=np.float32).astype(np.int16), scores


def network_size(image: Image, limit: int, limit_type: str, most: int) -> tuple[int, int]:
    """Return the width and height that a page is brought to: within the limit, each a multiple of 32."""
    height, width = _pad(image).shape[:2]
    side = max(width, height) if limit_type == "max" else min(width, height)
    changes = side > limit if limit_type == "max" else side < limit
    ratio = float(limit) / side if changes else 1.0
    w, h = int(width * ratio), int(height * ratio)
    if max(w, h) > most:
        ratio = float(most) / max(w, h)
        w, h = int(w * ratio), int(h * ratio)
    return max(round(w / STRIDE) * STRIDE, STRIDE), max(round(h / STRIDE) * STRIDE, STRIDE)


def _pad(image: Image) -> Image:
    """Return a tiny page with black to its right and below, so that no side is shorter than the network's stride."""
    height, width, channels = image.shape
    if height + width >= 2 * STRIDE:
        return image
    padded = np.zeros((max(STRIDE, height), max(STRIDE, width), channels), dtype=np.uint8)
    padded[:height, :width] = image
    return padded


def _corners(points: NDArray[Any]) -> tuple[Corners, float]:
    """Return the smallest rectangle around points, from its top left corner clockwise, and its shorter side."""
    import cv2

    rectangle = cv2.minAreaRect(points)
    left, second, third, right = sorted(cv2.boxPoints(rectangle), key=lambda point: float(point[0]))
    top_left, bottom_left = (left, second) if second[1] > left[1] else (second, left)
    top_right, bottom_right = (third, right) if right[1] > third[1] else (right, third)
    return np.array([top_left, top_right, bottom_right, bottom_left]), float(min(rectangle[1]))


def _mean_within(core: NDArray[np.float32], corners: Corners) -> float:
    """Return the mean of the map within a region."""
    import cv2

    height, width = core.shape
    left, right = (_clip(side, width) for side in (math.floor(corners[:, 0].min()), math.ceil(corners[:, 0].max())))
    top, bottom = (_clip(side, height) for side in (math.floor(corners[:, 1].min()), math.ceil(corners[:, 1].max())))
    mask = np.zeros((bottom - top + 1, right - left + 1), dtype=np.uint8)
    shifted = corners - np.array([left, top], dtype=corners.dtype)
    cv2.fillPoly(mask, [shifted.astype(np.int32)], (1,))
    return float(cv2.mean(core[top : bottom + 1, left : right + 1], mask)[0])


def _grow(corners: Corners, ratio: float) -> NDArray[np.int32]:
    """Return the outline of a region grown by `area x ratio / circumference`, its corners rounded."""
    import cv2
    import pyclipper

    distance = cv2.contourArea(corners) * ratio / cv2.arcLength(corners, True)
    offset = pyclipper.PyclipperOffset()
    offset.AddPath(corners.tolist(), pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    paths = offset.Execute(distance)
    # several outlines happen where a region is degenerate; PaddleX takes all if equally long, else the first
    same = len({len(path) for path in paths}) == 1
    return np.array(paths if same else paths[:1], dtype=np.int32).reshape(-1, 1, 2)


def _clip(value: int, size: int) -> int:
    return max(0, min(value, size - 1))


def _clamp(value: float, most: int) -> int:
    return max(0, min(round(float(value)), most))
