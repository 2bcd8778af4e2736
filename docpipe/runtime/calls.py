"""What a call to a model may look like: its options, its images, and the blank page it is tried with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from docpipe.document import Image
from docpipe.errors import StageError
from docpipe.runtime.protocol import Input, Task
from docpipe.runtime.tasks import TASKS


def check_options(task: Task, name: str, options: Mapping[str, object]) -> dict[str, object]:
    """Return keywords for `predict`. `batch_size` is always among them, as PaddleOCR keeps the last one given.

    Raises:
        StageError: an option that the task does not take, or a 0: PaddleOCR joins by `value or default`.
    """
    known = TASKS[task].options
    unknown = sorted(set(options) - known)
    if unknown:
        raise StageError(f"{name}: {task} takes no {', '.join(unknown)}; it takes {', '.join(sorted(known))}")
    given = {key: value for key, value in options.items() if value is not None}
    zero = sorted(key for key, value in given.items() if value == 0 and value is not False)
    if zero:
        raise StageError(f"{name}: {', '.join(zero)} cannot be 0: PaddleOCR would take its own default instead")
    return {"batch_size": 1, **given}


def check_inputs(task: Task, name: str, inputs: Sequence[Input]) -> list[Any]:
    """Return the inputs of a call as a list: pictures, or arrays by name where the task takes those.

    Raises:
        StageError: one is something else.
    """
    if TASKS[task].takes_pictures:
        return check_images(name, inputs)
    for number, tensors in enumerate(inputs):
        if not isinstance(tensors, Mapping):
            raise StageError(f"{name}: input {number} must be arrays by name, not {type(tensors).__name__}")
    return list(inputs)


def check_images(name: str, images: Sequence[Input]) -> list[Image]:
    """Return the images as a list, each height x width x 3, BGR, 8 bits.

    Raises:
        StageError: one is something else; PaddleX would skip it, or fail without naming it.
    """
    for number, image in enumerate(images):
        if isinstance(image, Mapping):
            raise StageError(f"{name}: image {number} must be a picture, not arrays by name")
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
            found = f"{'x'.join(map(str, image.shape))} of {image.dtype}"
            raise StageError(f"{name}: image {number} must be height x width x 3 of uint8, not {found}")
    return [image for image in images if not isinstance(image, Mapping)]


def blank(task: Task) -> Image:
    """Return the page that a model is tried and warmed with: white, with one bar as dark as text."""
    height, width = TASKS[task].blank
    page = np.full((height, width, 3), 255, dtype=np.uint8)
    page[height // 2 - 8 : height // 2 + 8, width // 4 : width // 2] = 0
    return page
