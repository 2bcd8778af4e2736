"""What docpipe's predictors say on OpenVINO is what they say on ONNX Runtime."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from docpipe.config import PipelineConfig
from docpipe.errors import StageError
from docpipe.pipeline import Pipeline
from docpipe.runtime.openvino.predictors import WIDTH_STEP
from docpipe.runtime.protocol import ModelRef
from docpipe.stages.text_lines.crops import cut_out

SAMPLES = Path(__file__).parents[2] / "samples" / "images"
PAGE = "receipt_cafe.jpg"

pytestmark = pytest.mark.models


def page(name=PAGE):
    return np.asarray(cv2.imread(str(SAMPLES / name)), dtype=np.uint8)


def both(runtime, task, name, images, options=None):
    """Return the answers of ONNX Runtime and of OpenVINO. Loading compares the engines on the samples."""
    answers = []
    for engine in ("onnxruntime", "openvino"):
        ref = ModelRef(task, name, engine=engine)
        loaded = runtime.load(ref)
        assert loaded.engine == engine
        answers.append(runtime.infer(ref, images, options))
    return answers


@pytest.fixture(scope="module")
def crops(runtime):
    ref = ModelRef("text_detection", "PP-OCRv6_small_det")
    runtime.load(ref)
    (found,) = runtime.infer(ref, [page()], {"limit_side_len": 960})
    return [cut_out(page(), tuple(map(tuple, polygon.tolist()))).image for polygon in found["dt_polys"]]


@pytest.mark.parametrize("name", ["PP-OCRv6_small_det", "PP-OCRv6_tiny_det"])
def test_of_detection(runtime, name):
    (theirs,), (ours,) = both(runtime, "text_detection", name, [page()], {"limit_side_len": 960})
    assert len(theirs["dt_polys"]) > 15
    assert np.abs(theirs["dt_polys"].astype(int) - ours["dt_polys"].astype(int)).max() <= 1
    assert np.allclose(theirs["dt_scores"], ours["dt_scores"], atol=1e-3)


@pytest.mark.parametrize("name", ["PP-OCRv6_small_rec_latin", "PP-OCRv6_tiny_rec"])
def test_of_recognition_at_widths_that_are_whole_steps(runtime, crops, name):
    """There both engines see the same pixels; a cut head and its full head run on OpenVINO, too."""
    whole = [
        cv2.resize(crop, (WIDTH_STEP * math.ceil(3 * crop.shape[1] / crop.shape[0]), 48)) for crop in crops
    ] + [cv2.resize(page("invoice_zh.png")[40:90, 500:1000], (480, 48))]  # fmt: skip
    options = {"return_word_box": True}
    theirs, ours = both(runtime, "text_recognition", name, whole, options)
    assert [line["rec_text"] for line in ours] == [line["rec_text"] for line in theirs]
    assert np.allclose([line["rec_score"] for line in ours], [line["rec_score"] for line in theirs], atol=1e-3)


def test_of_orientation(runtime, crops):
    turned = [np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops]
    theirs, ours = both(runtime, "text_orientation", "ch_ppocr_mobile_v2.0_cls", [*crops, *turned], {"batch_size": 4})
    assert [list(one["label_names"]) for one in ours] == [list(one["label_names"]) for one in theirs]


def test_of_tables(runtime):
    """OpenVINO takes no loop that carries weights along, so the graph is changed first."""
    table = page("invoice_en.png")[600:1200].copy()
    (theirs,), (ours,) = both(runtime, "table_structure", "SLANet_plus", [table])
    assert len(theirs["bbox"]) > 10
    assert ours["structure"] == theirs["structure"]
    assert np.abs(np.array(ours["bbox"]) - np.array(theirs["bbox"])).max() <= 1


def test_of_key_fields(runtime):
    random = np.random.default_rng(7)
    lines = 23
    tensors = {
        "ids": np.zeros((1, lines, 48), np.int64),
        "dense": random.standard_normal((1, lines, 297)).astype(np.float32),
        "near": np.zeros((1, lines, 8), np.int64),
        "relation": np.zeros((1, lines, lines), np.int64),
    }
    (theirs,), (ours,) = both(runtime, "tensor_network", "docpipe-key-fields", [tensors])
    for output in "0123":
        assert np.allclose(ours[output], theirs[output], atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (2, 90), (31, 20), (40, 3000)])
def test_of_detection_on_odd_pages(runtime, shape):
    blank = np.full((*shape, 3), 200, np.uint8)
    (theirs,), (ours,) = both(runtime, "text_detection", "PP-OCRv6_tiny_det", [blank])
    assert len(ours["dt_polys"]) == len(theirs["dt_polys"])


def test_odd_crops_are_read_and_what_is_no_picture_is_refused(runtime):
    ref = ModelRef("text_recognition", "PP-OCRv6_tiny_rec", engine="openvino")
    runtime.load(ref)
    long = np.full((40, 9000, 3), 255, np.uint8)
    odd = [np.full(shape, 255, np.uint8) for shape in ((1, 1, 3), (40, 1, 3), (1, 40, 3), (48, 321, 3))]
    assert len(runtime.infer(ref, [*odd, long], {"batch_size": 2, "return_word_box": True})) == 5
    assert runtime.infer(ref, []) == []
    for wrong in (np.zeros((40, 40), np.uint8), np.zeros((0, 40, 3), np.uint8)):
        with pytest.raises(StageError, match="must be height x width x 3"):
            runtime.infer(ref, [wrong])


def test_a_result_names_the_engine_that_served_each_stage(settings):
    use = {"model_name": "PP-OCRv6_tiny_det", "engine": "openvino"}
    read = {"model_name": "PP-OCRv6_tiny_rec", "engine": "openvino", "batch_size": 1}
    ladders = {
        "text_detection": [{"name": "main", "use": use}],
        "text_recognition": [{"name": "main", "use": read}],
        "table_structure": [{"name": "rules", "use": {"rules": "lines"}}],
        "key_fields": [{"name": "rules", "use": {"rules": "auto"}}],
    }
    made = PipelineConfig.model_validate({
        "runtime": {"cache_dir": str(settings.cache()), "state_dir": False, "cpu_threads": 1},
        "stages": {name: {"ladder": ladder} for name, ladder in ladders.items()},
    })  # fmt: skip
    with Pipeline(made) as pipeline:
        result = pipeline.run(SAMPLES / PAGE)
    assert result.stages.text_detection.runtime == result.stages.text_recognition.runtime == "openvino"
    assert any("LANTERN" in line.text for each in result.pages for line in each.lines)
