"""Table structure by SLANet: a picture of a table in, HTML tokens and a place for each cell out.

Steps as in PaddleX 3.7 (`ResizeByLong`, `Pad`, `TableLabelDecode`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Image
from docpipe.runtime.ort.config import operators_of
from docpipe.runtime.ort.network import Network
from docpipe.runtime.ort.pixels import IMAGENET_MEAN, IMAGENET_STD, normalise, resize
from docpipe.runtime.protocol import Prediction

CELLS = frozenset({"<td>", "<td", "<td></td>"})
"""Tokens that begin a cell, so have a place on the picture."""


class TableReader:
    """A network that writes a table's HTML token by token."""

    def __init__(self, network: Network, config: Mapping[str, Any]) -> None:
        """Take the settings of an `inference.yml`."""
        operators = operators_of(config)
        self._longest = int(operators["ResizeTableImage"]["max_len"])
        self._width, self._height = operators["PaddingTableImage"]["size"]
        tokens = list(config["PostProcess"]["character_dict"])
        if operators["TableLabelEncode"]["merge_no_span_structure"]:
            tokens += [] if "<td></td>" in tokens else ["<td></td>"]
            tokens = [name for name in tokens if name != "<td>"]
        self._tokens = ["sos", *tokens, "eos"]
        self._network = network

    def predict(self, images: Sequence[Image], batch_size: int = 1) -> list[Prediction]:
        """Return `bbox` (8 whole numbers a cell, pixels), `structure` and `structure_score` of each picture."""
        return [self._read(image) for image in images]

    def warm(self) -> None:
        """Run the network once on a picture far smaller than any that is read, which is padded to the full size."""
        self._network.run({self._network.inputs[0]: np.zeros((1, 3, 32, 32), dtype=np.float32)})

    def _read(self, image: Image) -> Prediction:
        height, width = image.shape[:2]
        scale = self._longest / max(height, width)
        small = resize(image, round(width * scale), round(height * scale))
        padded = np.zeros((1, 3, self._height, self._width), dtype=np.float32)
        padded[0, :, : small.shape[0], : small.shape[1]] = normalise(small, IMAGENET_MEAN, IMAGENET_STD)
        boxes, steps = self._network.run({self._network.inputs[0]: padded})
        ratio = min(self._width / width, self._height / height)
        return self._decode(boxes[0], steps[0], (self._width / ratio, self._height / ratio))

    def _decode(self, boxes: NDArray[np.float32], steps: NDArray[np.float32], size: tuple[float, float]) -> Prediction:
        """Return what the steps say up to the end token; boxes are shares of `size`, width and height."""
        end = len(self._tokens) - 1
        tokens, cells, shares = [], [], []
        for number, (best, share) in enumerate(zip(steps.argmax(axis=1).tolist(), steps.max(axis=1), strict=True)):
            if number > 0 and best == end:
                break
            if best in (0, end):
                continue
            tokens.append(self._tokens[best])
            shares.append(share)
            if self._tokens[best] in CELLS:
                cells.append(boxes[number])
        places = np.multiply(np.array(cells), np.array(size * 4)).astype(int).tolist() if cells else []
        html = ["<html>", "<body>", "<table>", *tokens, "</table>", "</body>", "</html>"]
        return {"bbox": places, "structure": html, "structure_score": np.mean(shares) if shares else 0.0}
