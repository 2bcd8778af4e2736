"""A Paddle program that takes arrays and no pictures: docpipe's own networks, run by Paddle Inference.

Without oneDNN: measured four to five times slower there on networks of a few small layers.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from docpipe.runtime.about import about_of
from docpipe.runtime.protocol import Prediction, Tensors


class TensorPredictor:
    """A program of a directory; not thread-safe, as any predictor."""

    def __init__(self, directory: Path, threads: int, device: str) -> None:
        """Load the program.

        Raises:
            ModelError: `about.json` is there and is no JSON object.
        """
        inference = importlib.import_module("paddle.inference")
        graph = next((p for p in (directory / "inference.json", directory / "inference.pdmodel") if p.is_file()), None)
        config = inference.Config(str(graph), str(directory / "inference.pdiparams"))
        if device.startswith("gpu"):
            config.enable_use_gpu(64, int(device.partition(":")[2] or 0))
        else:
            config.disable_gpu()
            config.set_cpu_math_library_num_threads(threads)
            if hasattr(config, "disable_mkldnn"):
                config.disable_mkldnn()
        if hasattr(config, "enable_new_ir"):
            config.enable_new_ir(True)
        if hasattr(config, "enable_new_executor"):
            config.enable_new_executor()
        config.disable_glog_info()
        self._predictor = inference.create_predictor(config)
        self.about = about_of(directory)

    def predict(self, inputs: Sequence[Tensors], **_: object) -> list[Prediction]:
        """Return for each input its outputs by position (`0`, `1`, …) and `about`.

        Raises:
            ValueError: an input of the program is missing.
        """
        return [self._run(entry) for entry in inputs]

    def warm(self) -> None:
        """Run once on the smallest input, where `about.json` says under `inputs` what the program takes."""
        inputs: Mapping[str, tuple[str, Sequence[int]]] = self.about.get("inputs") or {}
        if inputs:
            self._run(
                {name: np.zeros([max(size, 1) for size in shape], kind) for name, (kind, shape) in inputs.items()}
            )

    def _run(self, entry: Tensors) -> Prediction:
        names = self._predictor.get_input_names()
        missing = sorted(set(names) - set(entry))
        if missing:
            raise ValueError(f"the program also takes {', '.join(missing)}")
        for name in names:
            handle = self._predictor.get_input_handle(name)
            array = np.ascontiguousarray(entry[name])
            handle.reshape(array.shape)
            handle.copy_from_cpu(array)
        self._predictor.run()
        outputs = [self._predictor.get_output_handle(name).copy_to_cpu() for name in self._predictor.get_output_names()]
        return {**{str(number): output for number, output in enumerate(outputs)}, "about": self.about}
