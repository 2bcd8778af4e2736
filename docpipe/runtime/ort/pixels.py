"""Pictures as networks take them: the arithmetic of PaddleX's operators, step by step, so that no bit differs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Image

Planes = NDArray[np.float32]

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def normalise(image: Image, mean: Sequence[float], std: Sequence[float], scale: float = 1 / 255) -> Planes:
    """Return channels x height x width: each channel times `scale / std`, less `mean / std`.

    As `NormalizeImage` of PaddleX does.
    """
    planes = np.empty((image.shape[2], *image.shape[:2]), dtype=np.float32)
    for channel, plane in enumerate(planes):
        plane[...] = image[:, :, channel]
        plane *= scale / std[channel]
        plane += -mean[channel] / std[channel]
    return planes


def resize(image: Image, width: int, height: int) -> Image:
    """Return an image at another size, by linear interpolation."""
    import cv2

    if image.shape[:2] == (height, width):
        return image
    return np.asarray(cv2.resize(image, (width, height)), dtype=np.uint8)


def stack_padded(planes: Sequence[Planes]) -> Planes:
    """Return pictures of equal height as one batch, padded with 0 on the right to the widest."""
    channels, height, _ = planes[0].shape
    batch = np.zeros((len(planes), channels, height, max(p.shape[2] for p in planes)), dtype=np.float32)
    for place, plane in zip(batch, planes, strict=True):
        place[:, :, : plane.shape[2]] = plane
    return batch
