"""Denormal weights are set to 0 when a model is prepared, whatever the engine, and the stamp says so."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest

from docpipe.runtime.denormals import LEAST, flush
from docpipe.runtime.flush_gain import flush_gains
from docpipe.runtime.manifest import load_manifest
from docpipe.runtime.prepare import STAMP, check_prepared, prepare_package, source_file
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve
from docpipe.runtime.settings import RuntimeSettings

DETECTOR = "PP-OCRv6_small_det"


def _denormals(path) -> int:
    graph = onnx.load(str(path)).graph
    arrays = [onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer]
    return sum(int(((np.abs(a) < LEAST) & (a != 0)).sum()) for a in arrays if a.dtype == np.float32)


def test_the_shipped_detector_is_prepared_without_its_denormals(tmp_path):
    entry = load_manifest().get(DETECTOR)
    assert _denormals(source_file(entry, entry.files[0])) == 255_958
    prepared = prepare_package(entry, tmp_path)
    assert _denormals(prepared.dir / "inference.onnx") == 0
    assert prepared.flushed == 255_958
    assert prepared.sha256 == entry.files[0].sha256  # it is still the same network
    stamp = json.loads((prepared.dir / STAMP).read_text(encoding="utf-8"))
    assert stamp["flushed"] == {"inference.onnx": {"weights": 255_958, "sha256": entry.files[0].sha256}}
    assert check_prepared(prepared.dir, entry) == []


@pytest.mark.models
def test_the_flushed_detector_gives_the_same_map_to_the_last_bit(tmp_path):
    import onnxruntime

    entry = load_manifest().get(DETECTOR)
    flushed = prepare_package(entry, tmp_path).dir / "inference.onnx"
    page = np.random.default_rng(20).standard_normal((1, 3, 320, 256), dtype=np.float32)
    before, after = (
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"x": page})[0]
        for path in (source_file(entry, entry.files[0]), flushed)
    )
    assert np.array_equal(before, after)


def test_a_damaged_flushed_copy_is_found_out(tmp_path):
    entry = load_manifest().get(DETECTOR)
    prepared = prepare_package(entry, tmp_path)
    with (prepared.dir / "inference.onnx").open("ab") as file:
        file.write(b"!")
    assert "inference.onnx has sha256" in check_prepared(prepared.dir, entry)[0]
    assert prepare_package(entry, tmp_path) == prepared
    assert check_prepared(prepared.dir, entry) == []


def test_a_copy_made_from_another_file_than_the_manifests_is_found_out(tmp_path):
    entry = load_manifest().get(DETECTOR)
    prepared = prepare_package(entry, tmp_path)
    stamp = prepared.dir / STAMP
    stamp.write_text(stamp.read_text(encoding="utf-8").replace(entry.files[0].sha256, "0" * 64), encoding="utf-8")
    assert check_prepared(prepared.dir, entry) != []


def test_weights_in_constants_and_inner_graphs_are_flushed_too():
    tensor = onnx.numpy_helper.from_array(np.array([1e-40, 1.0], dtype=np.float32))
    inner = onnx.helper.make_graph(
        [onnx.helper.make_node("Constant", [], ["c"], value=tensor)], "inner", [],
        [onnx.helper.make_tensor_value_info("c", onnx.TensorProto.FLOAT, [2])],
    )  # fmt: skip
    node = onnx.helper.make_node("If", ["p"], ["y"], then_branch=inner, else_branch=inner)
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "outer", [], []))
    content, count = flush("inference.onnx", model.SerializeToString())
    assert count == 2
    assert flush("inference.onnx", content) == (content, 0)


def _paddle_tensor(values) -> bytes:
    """Lay a tensor out as Paddle's `SerializeToStream` does."""
    kind = 5 if values.dtype == np.float32 else 3
    description = bytes([0x08, kind]) + b"".join(b"\x10" + _varint(side) for side in values.shape)
    head = (0).to_bytes(4, "little") + (0).to_bytes(8, "little") + (0).to_bytes(4, "little")
    return head + len(description).to_bytes(4, "little") + description + values.tobytes()


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def test_paddles_parameters_are_flushed_in_place():
    floats = np.array([[1e-40, -1e-39, 0.0], [2.0, -LEAST, 3e-38]], dtype=np.float32)
    whole = np.full(300, 7, dtype=np.int64)
    content = _paddle_tensor(floats) + _paddle_tensor(whole)
    flushed, count = flush("inference.pdiparams", content)
    assert count == 2
    clean = np.where(np.abs(floats) < LEAST, np.float32(0), floats)
    assert flushed == _paddle_tensor(clean) + _paddle_tensor(whole)


@pytest.mark.parametrize("content", [b"no tensors at all", b"", b"\x00" * 40])
def test_an_unknown_layout_is_left_alone(content):
    assert flush("inference.pdiparams", content) == (content, 0)


@pytest.mark.parametrize("name", ["PP-OCRv4_mobile_det", "PP-OCRv4_mobile_rec", "docpipe-key-fields"])
def test_the_layout_of_real_parameters_is_understood(name, caplog):
    settings = RuntimeSettings()
    entry = load_manifest().get(name)
    with caplog.at_level("INFO", logger="docpipe.runtime"):
        prepared = resolve(ModelRef(entry.task, name), settings)
        weights = prepared.dir / "inference.pdiparams"
        if weights.is_file():
            assert flush("inference.pdiparams", weights.read_bytes())[1] == 0
    assert "unknown_layout" not in caplog.text


@pytest.mark.models
def test_a_directory_of_the_users_own_is_flushed_into_the_cache(tmp_path):
    entry = load_manifest().get(DETECTOR)
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(source_file(entry, entry.files[0]), own / "inference.onnx")
    (own / "inference.yml").write_text(f"Global: {{model_name: {DETECTOR}}}\n", encoding="utf-8")
    before = (own / "inference.onnx").read_bytes()
    settings = RuntimeSettings(cache_dir=str(tmp_path / "cache"), model_dirs={DETECTOR: str(own)})
    prepared = resolve(ModelRef("text_detection", DETECTOR), settings)
    assert prepared.flushed == 255_958
    assert _denormals(prepared.dir / "inference.onnx") == 0
    assert prepared.sha256 == entry.files[0].sha256
    assert (own / "inference.onnx").read_bytes() == before
    assert resolve(ModelRef("text_detection", DETECTOR), settings) == prepared
    (own / "inference.yml").write_text(f"Global: {{model_name: {DETECTOR}}}\nHpi: {{}}\n", encoding="utf-8")
    changed = resolve(ModelRef("text_detection", DETECTOR), settings)
    assert "Hpi" in (changed.dir / "inference.yml").read_text(encoding="utf-8")


@pytest.mark.models
def test_doctor_measures_what_flushing_gains_here(tmp_path):
    settings = RuntimeSettings(cache_dir=str(tmp_path))
    (gain,) = flush_gains([ModelRef("text_detection", DETECTOR), ModelRef("table_structure", "SLANet_plus")], settings)
    assert (gain.name, gain.weights) == (DETECTOR, 255_958)
    assert gain.before_ms
    assert gain.after_ms


@pytest.mark.models
def test_prepared_models_are_served_without_the_onnx_package(tmp_path):
    """It changes graphs when a model is prepared, and is not there when one is served."""
    serve = (
        "import sys; from docpipe.runtime.paddle import PaddleRuntime; "
        "from docpipe.runtime.protocol import ModelRef; from docpipe.runtime.settings import RuntimeSettings\n"
        f"runtime = PaddleRuntime(RuntimeSettings(cache_dir={str(tmp_path)!r}))\n"
        "runtime.load(ModelRef('text_recognition', 'PP-OCRv6_small_rec_latin')); runtime.close()\n"
        "print('onnx' in sys.modules)"
    )
    said = [
        subprocess.run([sys.executable, "-W", "ignore", "-c", serve], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert [text.split()[-1] for text in said] == ["True", "False"]  # the first one prepares
