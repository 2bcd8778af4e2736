"""A graph that takes arrays and no pictures: docpipe's own networks as ONNX files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from docpipe.runtime.about import about_of
from docpipe.runtime.ort.network import Network
from docpipe.runtime.protocol import Prediction, Tensors


class TensorNetwork:
    """The counterpart of `docpipe.runtime.paddle_tensors.TensorPredictor`."""

    def __init__(self, network: Network, directory: Path) -> None:
        """Read what the model says of itself.

        Raises:
            ModelError: `about.json` is there and is no JSON object.
        """
        self._network = network
        self.about: Mapping[str, Any] = about_of(directory)

    def predict(self, inputs: Sequence[Tensors], batch_size: int = 1) -> list[Prediction]:
        """Return for each input its outputs by position (`0`, `1`, …) and `about`.

        Raises:
            ValueError: an input of the graph is missing.
        """
        return [self._run(entry) for entry in inputs]

    def warm(self) -> None:
        """Run once on the smallest input, where `about.json` says under `inputs` what the graph takes."""
        wanted: Mapping[str, tuple[str, Sequence[int]]] = self.about.get("inputs") or {}
        if wanted:
            self._run(
                {name: np.zeros([max(side, 1) for side in shape], kind) for name, (kind, shape) in wanted.items()}
            )

    def _run(self, entry: Tensors) -> Prediction:
        missing = sorted(set(self._network.inputs) - set(entry))
        if missing:
            raise ValueError(f"the graph also takes {', '.join(missing)}")
        outputs = self._network.run({name: entry[name] for name in self._network.inputs})
        return {**{str(number): output for number, output in enumerate(outputs)}, "about": self.about}
