"""A recogniser with its head cut to Latin reads what the full head reads, Chinese too, and mostly without asking it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from docpipe.errors import ModelError
from docpipe.runtime.cut_head import classes_of, write_cut
from docpipe.runtime.ort.predictors import own_predictor
from docpipe.runtime.ort.recognition import CutHead
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.text_lines.crops import cut_out

SAMPLES = Path(__file__).parents[1] / "samples" / "images"
NAME = "PP-OCRv6_small_rec_latin"
SETTINGS = RuntimeSettings()


def _predictor(task, name):
    return own_predictor(resolve(ModelRef(task, name), SETTINGS), "cpu", 1)


def _crops(name):
    page = np.asarray(cv2.imread(str(SAMPLES / name)), dtype=np.uint8)
    (found,) = _predictor("text_detection", "PP-OCRv6_small_det").predict([page], limit_side_len=1280)
    return [cut_out(page, tuple(map(tuple, polygon.tolist()))).image for polygon in found["dt_polys"]]


def test_the_cut_keeps_latin_letters_digits_and_signs():
    kept = classes_of(["", "A", "ß", "7", "€", "№", "中", "カ", "Ω", "Ж", "ch", " "])
    assert kept == [0, 1, 2, 3, 4, 5, 11]


@pytest.fixture(scope="module")
def cut():
    return _predictor("text_recognition", NAME)


@pytest.fixture(scope="module")
def whole():
    return _predictor("text_recognition", "PP-OCRv6_small_rec_narrow")


@pytest.mark.models
class TestReading:
    @pytest.mark.parametrize("name", ["invoice_zh.png", "invoice_zh_digital.png"])
    def test_no_chinese_line_is_lost(self, cut, whole, name):
        crops = _crops(name)
        assert [p["rec_text"] for p in cut.predict(crops)] == [p["rec_text"] for p in whole.predict(crops)]

    @pytest.mark.parametrize("name", ["receipt_cafe.jpg", "invoice_fr.jpg"])
    def test_latin_lines_are_read_alike_and_rarely_by_the_full_head(self, cut, whole, name, monkeypatch):
        asked = []
        head = cut._head
        monkeypatch.setattr(cut, "_head", Counted(head, asked))
        crops = _crops(name)
        ours, theirs = cut.predict(crops), whole.predict(crops)
        assert [p["rec_text"] for p in ours] == [p["rec_text"] for p in theirs]
        assert all(abs(a["rec_score"] - b["rec_score"]) < 0.02 for a, b in zip(ours, theirs, strict=True))
        assert len(asked) < len(crops) / 5

    def test_a_batch_reads_as_crops_one_by_one_do(self, cut):
        crops = sorted(_crops("invoice_zh_digital.png")[:12], key=lambda crop: crop.shape[1] / crop.shape[0])
        assert [p["rec_text"] for p in cut.predict(crops[:2], batch_size=2)] == [
            p["rec_text"] for p in cut.predict(crops[:2])
        ]

    def test_paddleocrs_classes_are_not_given_a_cut_head(self):
        with pytest.raises(ModelError, match="leave `engine` out"):
            resolve(ModelRef("text_recognition", NAME, engine="paddleocr_onnx"), SETTINGS)


class Counted:
    """A network that counts its calls."""

    def __init__(self, network, calls):
        self._network, self._calls, self.inputs = network, calls, network.inputs

    def run(self, feeds):
        self._calls.append(1)
        return self._network.run(feeds)


def test_a_graph_without_such_a_head_is_refused(tmp_path):
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    info = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy"]
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "g", info[:1], info[1:])), tmp_path / "a.onnx")
    with pytest.raises(ModelError, match="cannot be cut"):
        write_cut(tmp_path / "a.onnx", [0], tmp_path)


@pytest.mark.parametrize("content", ["", "{}", '{"classes": "x", "sure_logit": 1}', "[]"])
def test_a_damaged_cut_is_named(tmp_path, content):
    (tmp_path / "cut.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"cut\.json"):
        CutHead.read(tmp_path)
