"""docpipe's own predictors answer what PaddleOCR's classes answer, bit for bit, on the sample documents."""

from __future__ import annotations

import subprocess
import sys
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pytest

from docpipe.runtime.ort.config import number
from docpipe.runtime.ort.network import shared_network
from docpipe.runtime.ort.predictors import known_kind, own_predictor
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.text_lines.crops import cut_out

SAMPLES = Path(__file__).parents[1] / "samples" / "images"
PAGES = ("receipt_cafe.jpg", "invoice_zh_digital.png", "invoice_fr.jpg")
LIMITS = {"limit_side_len": 960, "limit_type": "max", "box_thresh": 0.55, "unclip_ratio": 1.6}


@pytest.fixture(scope="module")
def runtime() -> PaddleRuntime:
    return PaddleRuntime(RuntimeSettings(cpu_threads=1))


def _both(runtime, task, name, images, options):
    answers = []
    for engine in ("onnxruntime", "paddleocr_onnx"):
        ref = ModelRef(task, name, engine=engine)
        runtime.load(ref)
        answers.append(runtime.infer(ref, images, options))
    return zip(*answers, strict=True)


def _page(name):
    return np.asarray(cv2.imread(str(SAMPLES / name)), dtype=np.uint8)


def _crops(runtime, page):
    ref = ModelRef("text_detection", "PP-OCRv6_small_det", engine="onnxruntime")
    runtime.load(ref)
    (found,) = runtime.infer(ref, [page], LIMITS)
    return [cut_out(page, tuple(map(tuple, polygon.tolist()))).image for polygon in found["dt_polys"]]


@pytest.mark.models
class TestParity:
    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.parametrize("options", [{}, LIMITS, {"limit_side_len": 736, "limit_type": "min"}])
    def test_of_detection(self, runtime, name, options):
        page = _page(name)
        page = page if options != {"limit_side_len": 736, "limit_type": "min"} else page[:300, :400].copy()
        for ours, theirs in _both(runtime, "text_detection", "PP-OCRv6_small_det", [page], options):
            assert ours["dt_polys"].dtype == theirs["dt_polys"].dtype
            assert np.array_equal(ours["dt_polys"], theirs["dt_polys"])
            assert ours["dt_scores"] == theirs["dt_scores"]
            assert len(ours["dt_polys"])

    @pytest.mark.parametrize("shape", [(1, 1), (2, 90), (31, 20), (40, 3000), (300, 300)])
    def test_of_detection_on_odd_pages(self, runtime, shape):
        blank = np.full((*shape, 3), 200, np.uint8)
        for ours, theirs in _both(runtime, "text_detection", "PP-OCRv6_small_det", [blank], LIMITS):
            assert np.array_equal(ours["dt_polys"], theirs["dt_polys"])

    @pytest.mark.parametrize("name", ["PP-OCRv6_small_rec", "PP-OCRv6_small_rec_narrow"])
    @pytest.mark.parametrize("batch_size", [1, 6])
    def test_of_recognition(self, runtime, name, batch_size):
        crops = [*_crops(runtime, _page(PAGES[1]))[:30], np.full((40, 1, 3), 255, np.uint8)]
        options = {"batch_size": batch_size, "return_word_box": True}
        for ours, theirs in _both(runtime, "text_recognition", name, crops, options):
            assert ours["rec_score"] == theirs["rec_score"]
            (text, (_, words, places, _)), (text_2, (_, words_2, places_2, _)) = ours["rec_text"], theirs["rec_text"]
            assert text == text_2
            assert list(chain(*words)) == list(chain(*words_2))
            assert list(chain(*places)) == list(chain(*places_2))

    def test_of_recognition_without_places(self, runtime):
        crops = _crops(runtime, _page(PAGES[0]))[:5]
        for ours, theirs in _both(runtime, "text_recognition", "PP-OCRv6_small_rec", crops, {}):
            assert dict(ours) == dict(theirs)

    def test_of_orientation(self, runtime):
        crops = _crops(runtime, _page(PAGES[0]))[:6]
        crops += [np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops]
        options = {"batch_size": 4, "topk": 2}
        for ours, theirs in _both(runtime, "text_orientation", "ch_ppocr_mobile_v2.0_cls", crops, options):
            assert list(ours["label_names"]) == list(theirs["label_names"])
            assert np.array_equal(ours["scores"], theirs["scores"])

    def test_of_tables(self, runtime):
        page = _page(PAGES[2])
        crops = [page[300:900, 40:-40].copy(), page[:200].copy()]
        for ours, theirs in _both(runtime, "table_structure", "SLANet_plus", crops, {}):
            assert ours["structure"] == theirs["structure"]
            assert ours["bbox"] == theirs["bbox"]
            assert ours["structure_score"] == theirs["structure_score"]

    def test_two_names_of_the_same_weights_share_a_session(self, tmp_path):
        settings = RuntimeSettings()
        made = [
            own_predictor(resolve(ModelRef("text_recognition", name), settings), "cpu", 1)
            for name in ("PP-OCRv6_small_rec", "PP-OCRv6_small_rec_narrow")
        ]
        assert made[0]._network is made[1]._network
        path = resolve(ModelRef("text_recognition", "PP-OCRv6_small_rec"), settings).dir / "inference.onnx"
        assert shared_network(path, "another", "cpu", 1) is not made[0]._network


@pytest.mark.models
def test_packaged_onnx_models_run_without_importing_paddleocr():
    code = (
        "import sys, numpy as np\n"
        "from docpipe.runtime.paddle import PaddleRuntime\nfrom docpipe.runtime.protocol import ModelRef\n"
        "r = PaddleRuntime()\n"
        "for task, name in (('text_detection', 'PP-OCRv6_small_det'), ('text_recognition', 'PP-OCRv6_small_rec'),\n"
        "                   ('text_orientation', 'ch_ppocr_mobile_v2.0_cls'), ('table_structure', 'SLANet_plus')):\n"
        "    r.load(ModelRef(task, name))\n"
        "print([m for m in ('paddle', 'paddleocr', 'paddlex', 'onnx') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


@pytest.mark.parametrize(
    ("config", "name"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"PreProcess": {"transform_ops": [{"DecodeImage": None}, {"RecResizeImg": None}, {"New": {}}]},
                      "PostProcess": {"name": "CTCLabelDecode"}}, "", id="unknown-operator"),
        pytest.param({"PreProcess": {"transform_ops": [{"DecodeImage": None}, {"RecResizeImg": None}]},
                      "PostProcess": {"name": "CTCLabelDecode"}}, "arabic_PP-OCRv5_mobile_rec", id="right-to-left"),
        pytest.param({"PreProcess": {"transform_ops": [{"DecodeImage": {"img_mode": "RGB"}}, {"RecResizeImg": None}]},
                      "PostProcess": {"name": "CTCLabelDecode"}}, "", id="red-first"),
        pytest.param({"PreProcess": {"transform_ops": "text"}, "PostProcess": {"name": "CTCLabelDecode"}}, "",
                     id="damaged"),
    ],
)  # fmt: skip
def test_what_a_file_asks_beyond_the_known_is_left_to_paddleocr(config, name):
    assert known_kind(config, name) is None


@pytest.mark.parametrize(("text", "value"), [("1./255.", 1 / 255), ("0.5", 0.5), (1, 1.0)])
def test_numbers_may_be_written_as_a_division(text, value):
    assert number(text) == value
