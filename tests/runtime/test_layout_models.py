"""Layout models: none comes with docpipe. One may be downloaded where that is allowed, or lie in a directory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import DownloadRefused, ModelError
from docpipe.runtime.inventory import list_models
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve
from docpipe.runtime.settings import RuntimeSettings

NAME = "PP-DocLayout-S"
REF = ModelRef("layout_detection", NAME)
KNOWN = (NAME, "PP-DocLayout-M", "PP-DocLayout-L", "PP-DocLayout_plus-L", "PP-DocLayoutV2", "PP-DocLayoutV3")
LABELS = ["text", "table", "image"]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A directory with the inputs, outputs and settings of PP-DocLayout-S, whose network always sees the same boxes."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    boxes = np.array([[1, 0.9, 30, 40, 200, 150], [0, 0.8, 5, 5, 20, 20], [1, 0.2, 60, 300, 90, 350]], np.float32)
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))
        for name, value in (("boxes", boxes), ("counts", np.array([3], np.int32)))
    ]
    graph = helper.make_graph(
        nodes,
        "same",
        [
            helper.make_tensor_value_info("image", TensorProto.FLOAT, [None, 3, 480, 480]),
            helper.make_tensor_value_info("scale_factor", TensorProto.FLOAT, [None, 2]),
        ],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [3, 6]),
            helper.make_tensor_value_info("counts", TensorProto.INT32, [1]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    directory = tmp_path / "own"
    directory.mkdir()
    onnx.save(model, str(directory / "inference.onnx"))
    settings = {
        "Global": {"model_name": NAME},
        "mode": "paddle",
        "draw_threshold": 0.5,
        "arch": "PicoDet",
        "Preprocess": [
            {"type": "Resize", "interp": 2, "keep_ratio": False, "target_size": [480, 480]},
            {"type": "NormalizeImage", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "is_scale": True},
            {"type": "Permute"},
        ],
        "label_list": LABELS,
    }
    (directory / "inference.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return directory


@pytest.mark.parametrize("name", KNOWN)
def test_a_download_is_refused_unless_allowed(settings: RuntimeSettings, name: str) -> None:
    with pytest.raises(DownloadRefused, match=rf"{name}.*allow_download: false.*runtime.model_dirs"):
        resolve(
            ModelRef("layout_detection", name), settings, download=lambda entry, cache: pytest.fail("asked to download")
        )


def test_a_wrong_name_lists_the_known_ones(settings: RuntimeSettings) -> None:
    with pytest.raises(ModelError, match=r"no model is called 'PP-DocLayout-XL'.*PP-DocLayout-S"):
        resolve(ModelRef("layout_detection", "PP-DocLayout-XL"), settings)
    with pytest.raises(ModelError, match="SLANet_plus is a model for table_structure, not for layout_detection"):
        resolve(ModelRef("layout_detection", "SLANet_plus"), settings)


@pytest.mark.parametrize("missing", ["inference.onnx", "inference.yml"])
def test_a_directory_that_lacks_a_file_is_refused(own: Path, settings: RuntimeSettings, missing: str) -> None:
    (own / missing).unlink()
    with pytest.raises(ModelError, match=f"PP-DocLayout-S.*{missing}"):
        resolve(ModelRef("layout_detection", NAME, str(own)), settings)


def test_a_directory_of_another_layout_model_is_refused(own: Path, settings: RuntimeSettings) -> None:
    with pytest.raises(ModelError, match=r"says Global.model_name: PP-DocLayout-S, not PP-DocLayout-L"):
        resolve(ModelRef("layout_detection", "PP-DocLayout-L", str(own)), settings)


def test_the_list_shows_them(own: Path, tmp_path: Path) -> None:
    bare = {m.entry.name: m for m in list_models(RuntimeSettings(cache_dir=str(tmp_path / "cache")))}
    assert {bare[name].status for name in KNOWN} == {"needs download"}
    given = RuntimeSettings(cache_dir=str(tmp_path / "cache"), model_dirs={NAME: str(own)})
    assert {m.entry.name: m.status for m in list_models(given)}[NAME] == "prepared"
    said = CliRunner().invoke(app, ["models", "list"], env={"COLUMNS": "200"})
    assert said.exit_code == 0, said.output
    assert all(name in said.output for name in KNOWN)
    assert "layout_detection" in said.output


@pytest.mark.models
def test_a_directory_of_the_users_own_goes_through_paddleocrs_class(own: Path, tmp_path: Path) -> None:
    """PaddleOCR's own LayoutDetection loads it, and its threshold is the one of the call."""
    from docpipe.runtime.paddle import PaddleRuntime
    from docpipe.stages.table_structure.layout_regions import layout_boxes

    runtime = PaddleRuntime(RuntimeSettings(cache_dir=str(tmp_path / "cache"), cpu_threads=1))
    ref = ModelRef("layout_detection", NAME, str(own))
    page = np.full((600, 900, 3), 255, dtype=np.uint8)
    try:
        assert runtime.load(ref).engine == "onnxruntime"
        assert layout_boxes(page, ref, 0.5, runtime) == [(30, 40, 200, 150)]
        assert layout_boxes(page, ref, 0.1, runtime) == [(30, 40, 200, 150), (60, 300, 90, 350)]
        assert layout_boxes(page, ref, 0.95, runtime) == []
    finally:
        runtime.close()
