"""Models made on this machine: the same every time, from the project's own pixels, and still reading."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from docpipe.errors import ModelError
from docpipe.runtime.calibration import text_crops, text_pages
from docpipe.runtime.manifest import load_manifest
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.quantize import calibration_inputs, prepare_derived, quantise_static, raise_opset
from docpipe.runtime.resolve import prepare
from docpipe.runtime.settings import RuntimeSettings
from tests.runtime.rendered import line

INT8 = ModelRef("text_recognition", "PP-OCRv6_small_rec_int8")
BASE = ModelRef("text_recognition", "PP-OCRv6_small_rec")


def test_calibration_images_are_the_same_every_time():
    for first, second in zip(text_crops(12), text_crops(12), strict=True):
        assert np.array_equal(first, second)
    assert np.array_equal(text_pages(1)[0], text_pages(1)[0])
    assert not np.array_equal(text_pages(1, seed=1)[0], text_pages(1, seed=2)[0])


def test_calibration_images_vary_and_are_images():
    crops = text_crops(60)
    assert {crop.dtype for crop in crops} == {np.dtype(np.uint8)}
    assert {crop.shape[2] for crop in crops} == {3}
    heights = [crop.shape[0] for crop in crops]
    assert min(heights) < 24 < 36 < max(heights)
    means = [float(np.median(crop)) for crop in crops]
    assert min(means) < 100 < 200 < max(means)  # light on dark, and dark on light


@pytest.mark.models
class TestWithModels:
    def test_the_int8_recogniser_reads_what_its_base_reads(self, runtime):
        loaded = runtime.load(INT8)
        base = runtime.load(BASE)
        assert loaded.sha256 != base.sha256
        texts = ["123.45", "INVOICE", "31/12/2024", "Total (RM):", "Rechnung Nr. 4711"]
        crops = [line(text) for text in texts]
        assert [p["rec_text"] for p in runtime.infer(INT8, crops)] == texts
        assert [p["rec_text"] for p in runtime.infer(BASE, crops)] == texts

    def test_it_is_made_alike_wherever_it_is_made(self, settings, tmp_path, capfd):
        handlers = list(logging.root.handlers)
        entry = load_manifest().get(INT8.name)
        first = prepare(entry, settings)
        second = prepare(entry, RuntimeSettings(cache_dir=str(tmp_path)))
        assert first.sha256 == second.sha256
        assert first.dir.name == second.dir.name
        assert first.mb < 0.75 * prepare(load_manifest().get(BASE.name), settings).mb
        assert logging.root.handlers == handlers
        out, err = capfd.readouterr()
        assert out == ""
        assert "Quantization parameters" not in err

    def test_a_static_detector_can_be_made_and_run(self, settings, tmp_path):
        import onnxruntime

        base = prepare(load_manifest().get("PP-OCRv6_small_det"), settings)
        raise_opset(base.dir / "inference.onnx", tmp_path / "raised.onnx")
        pages = [page[:, :, :160, :160] for page in calibration_inputs("text_detection")[:2]]
        quantise_static(tmp_path / "raised.onnx", tmp_path / "inference.onnx", pages)
        session = onnxruntime.InferenceSession(str(tmp_path / "inference.onnx"), providers=["CPUExecutionProvider"])
        (probability,) = session.run(None, {"x": pages[0]})
        assert probability.shape == (1, 1, 160, 160)
        assert 0 <= probability.min() <= probability.max() <= 1

    def test_a_paddle_model_cannot_be_quantised(self, settings):
        paddle_model = prepare(load_manifest().get("PP-OCRv4_mobile_rec"), settings)
        with pytest.raises(ModelError, match="only ONNX models can be quantised"):
            prepare_derived(load_manifest().get(INT8.name), paddle_model, settings.cache())


def test_there_are_no_calibration_tables():
    with pytest.raises(ModelError, match="no calibration images for table_structure"):
        calibration_inputs("table_structure")
