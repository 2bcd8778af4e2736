"""How long one call may take: what the file says for all, and less where the caller says so."""

from __future__ import annotations

import threading

import pytest

from docpipe.errors import StageTimeout
from docpipe.runtime import paddle
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import ModelRef
from tests.runtime.rendered import page

DET = ModelRef("text_detection", "PP-OCRv6_small_det")


class Waiting:
    """A predictor that answers when it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()

    def predict(self, images, **keywords):
        self.let.wait()
        return [{"dt_polys": [], "dt_scores": []} for _ in images]


@pytest.mark.parametrize(("of_the_file", "of_the_call"), [(None, 0.01), (600.0, 0.01), (0.01, 600.0)])
def test_the_shorter_of_both_limits_counts(settings, monkeypatch, of_the_file, of_the_call):
    predictor = Waiting()
    monkeypatch.setattr(paddle, "import_paddle", lambda *given, **named: None)
    monkeypatch.setattr(paddle, "engine_config", lambda engine, threads, mode: {})
    monkeypatch.setattr(paddle, "create", lambda prepared, device, config: predictor)
    runtime = PaddleRuntime(settings.model_copy(update={"warm": False, "infer_timeout_s": of_the_file}))
    runtime.load(DET)
    with pytest.raises(StageTimeout, match=r"0\.01"):
        runtime.infer(DET, [page("x")], None, of_the_call)
    assert runtime.is_stuck(DET)
    predictor.let.set()
    runtime.close()
