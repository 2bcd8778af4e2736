"""The key-field networks as ONNX answer what Paddle answers, the shipped ones and freshly made ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.key_fields.learned.about import MODEL_NAME
from docpipe.stages.key_fields.learned.features import NEAR, RELATIONS
from docpipe.stages.key_fields.learned.texts import BUCKETS, GRAMS, WORDS


def _inputs(cells: int, dense: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(cells)
    return {
        "ids": random.integers(0, BUCKETS, (1, cells, WORDS + GRAMS)),
        "dense": random.standard_normal((1, cells, dense), dtype=np.float32),
        "near": random.integers(0, cells + 1, (1, cells, NEAR)),
        "relation": random.integers(0, RELATIONS, (1, cells, cells)),
    }


@pytest.mark.models
@pytest.mark.parametrize("cells", [1, 5, 90])
def test_the_shipped_networks_answer_alike_on_both_engines(cells):
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=1))
    answers = []
    for engine in ("onnxruntime", "paddle_static"):
        ref = ModelRef("tensor_network", MODEL_NAME, engine=engine)
        assert runtime.load(ref).engine == engine
        about = runtime.infer(ref, [_inputs(1, 297)])[0]["about"]
        answers += runtime.infer(ref, [_inputs(cells, about["inputs"]["dense"][1][2])])
    ours, theirs = answers
    assert set(ours) == set(theirs) == {"0", "1", "2", "3", "about"}
    for output in "0123":
        assert ours[output].shape == theirs[output].shape
        assert np.abs(ours[output] - theirs[output]).max() < 1e-4
    runtime.close()


@pytest.mark.models
def test_what_training_writes_is_what_it_trained(tmp_path):
    import onnxruntime
    import paddle

    from docpipe.lab.training.network import KeyFieldNet, Size
    from docpipe.lab.training.onnx_graph import write_onnx

    paddle.disable_static()  # PaddleX, where another test ran it, has switched to static graphs
    paddle.seed(3)
    size = Size(dense=6, fields=4, columns=3, width=16, heads=2, layers=1, text=8)
    net = KeyFieldNet(size)
    net.eval()
    for parameter in net.parameters():  # biases start at 0, and would hide a mistake
        parameter.set_value(paddle.randn(parameter.shape) * 0.3)
    path = Path(tmp_path) / "a.onnx"
    write_onnx([{key: value.numpy() for key, value in net.named_parameters()}], size.heads, path)
    given = _inputs(7, size.dense)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    expected = net(*(paddle.to_tensor(given[name]) for name in given), paddle.zeros([1, 7]))
    for ours, theirs in zip(session.run(None, given), expected, strict=True):
        assert np.abs(ours - theirs.numpy()).max() < 1e-4
