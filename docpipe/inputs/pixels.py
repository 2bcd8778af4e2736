"""Turns whatever holds pixels into what the models see: height x width x 3, BGR, 8 bits, alpha laid on white paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from docpipe.document import Image
from docpipe.errors import InputUnreadable, InputUnsupported

_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_ALPHA_MODES = ("RGBA", "LA", "PA", "La", "RGBa")

VISIBLE = 32
"""Grey levels (of 255) between the darkest and the brightest pixel below which a picture shows nothing."""

_UPRIGHT = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
"""EXIF orientation to what turns the stored image into the one that viewers show (EXIF 2.32, tag 274)."""


def pixels_of_image(image: PIL.Image.Image) -> Image:
    """Return the pixels of a decoded Pillow image of any mode, turned as its EXIF orientation says."""
    turn = _UPRIGHT.get(_orientation(image))
    if turn is not None:
        image = image.transpose(turn)
    if image.mode in _DEEP_MODES:
        deep = np.asarray(image)
        grey = _deep_to_8_bits(deep)
        clear = image.info.get("transparency")  # the one grey level of a PNG that is no ink
        return _grey_to_bgr(np.where(deep == clear, 255, grey).astype(np.uint8) if isinstance(clear, int) else grey)
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        image = _on_paper(image.convert("RGBA"))
    elif image.mode in ("1", "L"):
        return _grey_to_bgr(np.asarray(image.convert("L")))
    return _swap_channels(np.asarray(image.convert("RGB")))


def _on_paper(image: PIL.Image.Image) -> PIL.Image.Image:
    """Return a picture laid on white; on black where it is white itself, and white paper would show nothing of it."""
    alpha = image.getchannel("A")
    for colour in ("white", "black"):
        paper = PIL.Image.new("RGB", image.size, colour)
        paper.paste(image, mask=alpha)
        if _shows_something(paper) or not np.ptp(np.asarray(alpha)):
            return paper
    return PIL.Image.new("RGB", image.size, "white")


def _shows_something(image: PIL.Image.Image) -> bool:
    return int(np.ptp(np.asarray(image.convert("L")))) >= VISIBLE


def pixels_of_array(array: NDArray[Any], name: str = "array") -> Image:
    """Return the pixels of an array: H x W grey, H x W x 1, H x W x 3 BGR or H x W x 4 BGRA, as OpenCV has them.

    uint8 is taken as it is (and not copied where it already fits), uint16 from 0 to 65535, bool as black and white,
    floats from 0 to 1 where none is above 1, else from 0 to 255, and other integers from 0 to 255.

    Raises:
        InputUnsupported: another shape or type.
        InputUnreadable: NaN or infinite values, or no pixels at all.
    """
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise InputUnsupported(
            f"{name}: an array of shape {array.shape}. Pass height x width, or height x width x 3 (BGR) or 4 (BGRA)."
        )
    if array.size == 0:
        raise InputUnreadable(f"{name}: an array of shape {array.shape} has no pixels.")
    grey_or_colour = _to_8_bits(array, name)
    if grey_or_colour.ndim == 2:
        return _grey_to_bgr(grey_or_colour)
    if grey_or_colour.shape[2] == 4:
        alpha = grey_or_colour[:, :, 3:].astype(np.uint16)
        blended = (grey_or_colour[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255
        return blended.astype(np.uint8)
    return np.ascontiguousarray(grey_or_colour)


def _orientation(image: PIL.Image.Image) -> int:
    """Return the EXIF orientation, 1 (as stored) where there is none or the EXIF data is damaged."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # damaged EXIF raises whatever its parser trips over; the pixels are good all the same
        return 1


def _to_8_bits(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint16:
        return (array // 257).astype(np.uint8)
    if array.dtype.kind in "iu":
        return np.clip(array, 0, 255).astype(np.uint8)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise InputUnreadable(f"{name}: the array holds NaN or infinite values.")
        scale = 255.0 if array.max() <= 1.0 else 1.0
        return np.clip(array * scale + 0.5, 0, 255).astype(np.uint8)
    raise InputUnsupported(f"{name}: an array of {array.dtype}. Pass uint8, uint16, bool or floats.")


def _deep_to_8_bits(grey: NDArray[Any]) -> NDArray[np.uint8]:
    """Bring 12, 16 and 32 bits and floats to 8, by the smallest range that holds the brightest pixel.

    Cameras and scanners store 12 bits in 16; dividing by 257 would make such a page black.
    """
    if grey.dtype.kind == "f":
        grey = np.nan_to_num(grey, posinf=0.0, neginf=0.0)
    top = float(grey.max(initial=0))
    full = next((full for full in (1.0, 255.0, 4095.0, 65535.0) if top <= full), top)
    if grey.dtype.kind != "f" and full == 1.0:
        full = 255.0  # whole numbers up to 1 are a black page, not fractions
    return np.clip(grey.astype(np.float32) * (255.0 / full) + 0.5, 0, 255).astype(np.uint8)


def _grey_to_bgr(grey: NDArray[np.uint8]) -> Image:
    return np.repeat(grey[:, :, None], 3, axis=2)


def _swap_channels(rgb: NDArray[np.uint8]) -> Image:
    bgr = np.empty_like(rgb)
    bgr[:, :, 0], bgr[:, :, 1], bgr[:, :, 2] = rgb[:, :, 2], rgb[:, :, 1], rgb[:, :, 0]
    return bgr
