"""Which way round a line stands: a small classifier of pictures, as PaddleX 3.7 runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from docpipe.document import Image
from docpipe.runtime.ort.config import number, operators_of
from docpipe.runtime.ort.network import Network
from docpipe.runtime.ort.pixels import Planes, normalise, resize
from docpipe.runtime.protocol import Prediction


class Classifier:
    """A network that gives each picture one of a few labels."""

    def __init__(self, network: Network, config: Mapping[str, Any]) -> None:
        """Take the settings of an `inference.yml`."""
        operators = operators_of(config)
        self._size: Sequence[int] = operators["ResizeImage"]["size"]
        normalise = operators["NormalizeImage"]
        self._mean, self._std = normalise["mean"], normalise["std"]
        self._scale = number(normalise.get("scale", 1 / 255))
        self._labels: Sequence[str] = config["PostProcess"]["Topk"]["label_list"]
        self._network = network

    def predict(self, images: Sequence[Image], batch_size: int = 1, topk: int = 1) -> list[Prediction]:
        """Return `class_ids`, `scores` and `label_names` of each picture, the likeliest first."""
        found: list[Prediction] = []
        for start in range(0, len(images), batch_size):
            batch = np.stack([self._planes(image) for image in images[start : start + batch_size]])
            (scores, *_) = self._network.run({self._network.inputs[0]: batch})
            for row in scores:
                best = row.argsort()[-topk:][::-1].astype(np.int32)
                names = [self._labels[i] for i in best]
                found.append({"class_ids": best, "scores": np.around(row[best], 5), "label_names": names})
        return found

    def _planes(self, image: Image) -> Planes:
        red_first = np.ascontiguousarray(image[:, :, ::-1])
        return normalise(resize(red_first, *self._size), self._mean, self._std, self._scale)
