"""Text recognition by connectionist temporal classification (CTC): crops of lines in, texts out.

Preprocessing and decoding are PaddleX 3.7's (`OCRReisizeNormImg`, `CTCLabelDecode`), bit for bit. docpipe's
own is the *cut head* that a recogniser may come with, see `CutHead`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Image
from docpipe.errors import ModelError
from docpipe.runtime.ort.config import operators_of
from docpipe.runtime.ort.network import Network
from docpipe.runtime.ort.pixels import Planes, resize, stack_padded
from docpipe.runtime.protocol import Prediction

WIDEST = 3200
"""Pixels of the network's input: a wider crop is squeezed."""
BLANK = 0

CUT_FILE, HEAD_FILE = "cut.json", "head.onnx"

Steps = tuple[NDArray[np.int64], NDArray[np.float32]]
"""For each step along a crop its most probable class, and that probability."""


@dataclass(frozen=True, slots=True)
class CutHead:
    """The classes that a recogniser's cut head knows, and when it is believed.

    The cut graph gives for each step the best of these classes, its probability among them, its raw score (logit), and
    the features that the head works on. A class that the cut head lacks leaves every logit low: where the best one of
    any step is below `sure_logit`, the full head reads the features of that crop again.
    """

    classes: NDArray[np.int64]
    sure_logit: float

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read `cut.json` of a prepared directory.

        Raises:
            ModelError: it is missing or damaged.
        """
        try:
            content = json.loads((directory / CUT_FILE).read_text(encoding="utf-8"))
            return cls(np.array(content["classes"], dtype=np.int64), float(content["sure_logit"]))
        except (OSError, ValueError, KeyError, TypeError) as e:
            raise ModelError(f"{directory / CUT_FILE} cannot be used: {e}") from e


class Recogniser:
    """A CTC network with what goes before and after it."""

    def __init__(
        self,
        network: Network,
        config: Mapping[str, Any],
        head: Network | None = None,
        cut: CutHead | None = None,
        width_step: int = 1,
    ) -> None:
        """Take the settings of an `inference.yml`; `cut` says that the network ends in a cut head.

        Crops are padded to a multiple of `width_step` pixels, for an engine that compiles each width it meets.
        """
        operators = operators_of(config)
        _, self._height, self._least_width = operators["RecResizeImg"]["image_shape"]
        self._characters = ["", *config["PostProcess"]["character_dict"], " "]
        self._network, self._head, self._cut = network, head, cut
        self._width_step = width_step

    def predict(self, images: Sequence[Image], batch_size: int = 1, return_word_box: bool = False) -> list[Prediction]:
        """Return `rec_text` and `rec_score` of each crop, in order.

        With `return_word_box` the text comes as PaddleOCR gives it, beside the number of steps and, in one word, each
        character with the step at which it begins.
        """
        found: list[Prediction] = []
        for start in range(0, len(images), batch_size):
            batch = stack_padded([self._planes(image) for image in images[start : start + batch_size]])
            found.extend(self._decode(classes, shares, return_word_box) for classes, shares in self._read(batch))
        return found

    def _planes(self, image: Image) -> Planes:
        """Return a crop at the network's height, padded with 0 on the right to the least width and a whole step."""
        height, width = image.shape[:2]
        room = int(self._height * max(self._least_width / self._height, width / height))
        scaled = min(math.ceil(self._height * (width / float(height))), room, WIDEST)
        planes: Planes = resize(image, scaled, self._height).astype(np.float32).transpose(2, 0, 1)
        planes /= 255
        planes -= 0.5
        planes /= 0.5
        steps = math.ceil(min(room, WIDEST) / self._width_step)
        padded = np.zeros((3, self._height, steps * self._width_step), dtype=np.float32)
        padded[:, :, :scaled] = planes
        return padded

    def _read(self, batch: Planes) -> list[Steps]:
        outputs = self._network.run({self._network.inputs[0]: batch})
        if self._cut is None or self._head is None:
            return _best(outputs[0])
        classes, shares, logits, features = outputs
        steps = list(zip(self._cut.classes[classes], shares, strict=True))
        unsure = np.flatnonzero(logits.min(axis=1) < self._cut.sure_logit)
        for place in unsure.tolist():
            (full,) = self._head.run({self._head.inputs[0]: features[place : place + 1]})
            (steps[place],) = _best(full)
        return steps

    def _decode(self, classes: NDArray[np.int64], shares: NDArray[np.float32], places: bool) -> Prediction:
        """Return the text of a crop: of equal classes in a row the first, and no blanks."""
        kept = classes != BLANK
        kept[1:] &= classes[1:] != classes[:-1]
        at = np.flatnonzero(kept)
        characters = [self._characters[i] for i in classes[at]]
        text = "".join(characters)
        score = float(np.mean(shares[at]).tolist()) if len(at) else 0.0
        if not places:
            return {"rec_text": text, "rec_score": score}
        words = [characters] if characters else []
        return {"rec_text": (text, [len(classes), words, [at.tolist()] if words else [], ["line"] if words else []]),
                "rec_score": score}  # fmt: skip


def _best(probabilities: NDArray[np.float32]) -> list[Steps]:
    """Return the best class of each step and its probability; numpy is faster at it than ONNX Runtime's ArgMax."""
    return list(zip(probabilities.argmax(axis=-1), probabilities.max(axis=-1), strict=True))
