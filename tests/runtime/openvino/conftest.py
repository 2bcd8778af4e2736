"""Models on OpenVINO: tried on a cache of their own, so that what is kept there is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from docpipe.runtime.openvino.comparison import Comparison
from docpipe.runtime.openvino.records import place_of, remember
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.prepare import PreparedModel
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve
from docpipe.runtime.selftest import OPENVINO_F32
from docpipe.runtime.settings import RuntimeSettings

CLASSIFIER = ModelRef("text_orientation", "ch_ppocr_mobile_v2.0_cls", engine="openvino")
"""The smallest of the shipped networks: half a megabyte."""
ALIKE = Comparison(words_points=0, spotting_points=0, alike=1, onnxruntime_ms=0, openvino_ms=0)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[PaddleRuntime]:
    """A runtime with an empty cache."""
    made = PaddleRuntime(RuntimeSettings(cache_dir=str(tmp_path), cpu_threads=1))
    yield made
    made.close()


@pytest.fixture(scope="session")
def on_openvino(settings: RuntimeSettings) -> PreparedModel:
    """The classifier, prepared for OpenVINO and already found alike."""
    prepared = resolve(CLASSIFIER, settings)
    remember(place_of(prepared, OPENVINO_F32, settings.cache()), ALIKE)
    return prepared
