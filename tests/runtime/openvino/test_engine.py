"""OpenVINO as an engine: what is said where it is missing, what `auto` takes, what is kept, and how it fails."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import ConfigError, ModelError, StageTimeout
from docpipe.files.shipped import find
from docpipe.runtime import selftest
from docpipe.runtime.doctor import engine_problems, examine
from docpipe.runtime.failures import is_out_of_memory
from docpipe.runtime.openvino import network as networks
from docpipe.runtime.openvino.blobs import read_blob
from docpipe.runtime.openvino.measuring import measure_engines
from docpipe.runtime.openvino.network import shared_openvino
from docpipe.runtime.openvino.records import place_of, recall, remember
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve, runs_on_paddle
from docpipe.runtime.selftest import OPENVINO_BF16, OPENVINO_F32, modes_for
from tests.runtime.openvino.conftest import ALIKE, CLASSIFIER

AUTO = replace(CLASSIFIER, engine="auto")
PICTURES = [np.full((40, width, 3), 255, np.uint8) for width in (30, 100, 333)]


@pytest.fixture
def without_openvino(monkeypatch):
    find_spec = importlib.util.find_spec

    def found(name: str, package: str | None = None):
        return None if name.split(".")[0] == "openvino" else find_spec(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", found)


class TestMissing:
    def test_a_rung_says_what_to_install(self, without_openvino, settings):
        with pytest.raises(ModelError, match=r"^openvino is not installed: pip install 'docpipe\[openvino\]'$"):
            PaddleRuntime(settings).load(CLASSIFIER)

    def test_doctor_misses_it_only_where_it_is_named(self, without_openvino):
        assert [line for line in engine_problems([]) if "openvino" in line] == []
        assert engine_problems([AUTO]) == []
        assert engine_problems([CLASSIFIER]) == ["openvino is not installed: pip install 'docpipe[openvino]'"]

    def test_auto_goes_on_without_it_and_says_so(self, without_openvino, settings, caplog):
        caplog.set_level("INFO", "docpipe.runtime")
        assert resolve(AUTO, settings).engine == "onnxruntime"
        assert "docpipe.engine_chosen name=ch_ppocr_mobile_v2.0_cls engine=onnxruntime" in caplog.text
        assert "openvino is not installed" in caplog.text
        (measured,) = measure_engines([AUTO], settings)
        assert "pip install 'docpipe[openvino]'" in str(measured)

    def test_check_warns_of_the_rung_at_its_line(self, without_openvino, tmp_path):
        shown = CliRunner().invoke(app, ["check", str(with_engine(tmp_path, "openvino"))])
        assert "text_detection.ladder.0.use.engine: rung 'main' cannot start: openvino is not installed" in shown.output
        assert shown.exit_code == 0


def with_engine(folder: Path, engine: str, **use: str) -> Path:
    """Return a pipeline file whose detector names an engine."""
    data = yaml.safe_load(find("configs", "invoice").read_text(encoding="utf-8"))
    data.pop("profile", None)
    data["stages"]["text_detection"]["ladder"][0]["use"] |= {"engine": engine, **use}
    path = folder / "pipeline.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return path


class TestCheck:
    @pytest.mark.parametrize("engine", ["openvino", "auto", "onnxruntime"])
    def test_takes_engines_over_the_same_files(self, tmp_path, engine):
        assert CliRunner().invoke(app, ["check", str(with_engine(tmp_path, engine))]).exit_code == 0

    @pytest.mark.parametrize(
        ("engine", "use", "tell"),
        [
            ("openvino", {"model_name": "PP-OCRv4_mobile_det"}, "comes as files for paddle_static, not for openvino"),
            ("paddle_static", {}, "comes as files for onnxruntime, not for paddle_static"),
            ("openvino", {"device": "npu:0"}, "engine openvino serves the processor, not npu:0"),
        ],
    )
    def test_refuses_what_cannot_run(self, tmp_path, engine, use, tell):
        error = CliRunner().invoke(app, ["check", str(with_engine(tmp_path, engine, **use))]).exception
        assert isinstance(error, ConfigError)
        assert tell in str(error)


class TestAuto:
    def measured(self, settings, ours, theirs, **changes):
        found = replace(ALIKE, openvino_ms=ours, onnxruntime_ms=theirs, **changes)
        remember(place_of(resolve(CLASSIFIER, settings), OPENVINO_F32, settings.cache()), found)
        return resolve(AUTO, settings).engine

    def test_takes_what_was_measured_as_faster_and_logs_the_figures(self, settings, caplog):
        caplog.set_level("INFO", "docpipe.runtime")
        assert self.measured(settings, 60, 100) == "openvino"
        assert "engine=openvino reason='60 ms of CPU on the samples by openvino, 100 by onnxruntime'" in caplog.text
        assert self.measured(settings, 93, 100) == "onnxruntime"
        assert self.measured(settings, 60, 100, alike=0.5) == "onnxruntime"

    def test_takes_nothing_unmeasured_and_warns(self, settings, caplog):
        assert self.measured(settings, 0, 0) == "onnxruntime"
        assert "not measured here: `docpipe models prepare` or `docpipe doctor` does" in caplog.text

    def test_leaves_files_of_paddle_to_paddle(self, settings):
        ref = ModelRef("text_detection", "PP-OCRv4_mobile_det", engine="auto")
        assert resolve(ref, settings).engine == "paddle_static"
        assert runs_on_paddle(ref, settings)
        assert not runs_on_paddle(AUTO, settings)

    @pytest.mark.models
    def test_measuring_decides_and_is_kept(self, settings):
        (measured,) = measure_engines([AUTO, AUTO, ModelRef("text_detection", "PP-OCRv6_tiny_det")], settings)
        assert measured.comparison is not None
        assert measured.comparison.openvino_ms > 0 < measured.comparison.onnxruntime_ms
        place = place_of(resolve(CLASSIFIER, settings), OPENVINO_F32, settings.cache())
        assert recall(place) == measured.comparison
        assert f"`engine: auto` takes {resolve(AUTO, settings).engine}" in str(measured)

    @pytest.mark.models
    def test_doctor_measures_before_it_loads(self, fresh):
        report = examine(fresh.settings, fresh, [AUTO])
        (measured,), (engine,) = report.measured, report.engines
        assert engine.loaded is not None
        assert f"`engine: auto` takes {engine.loaded.engine}" in str(measured)

    def test_a_damaged_record_is_none(self, settings, on_openvino):
        place = place_of(on_openvino, OPENVINO_F32, settings.cache())
        for content in ("{torn", "[]", json.dumps({**place.about, "comparison": {"alike": "x"}}),
                        json.dumps({**place.about, "mode": "other", "comparison": {}})):  # fmt: skip
            place.path.write_text(content, encoding="utf-8")
            assert recall(place) is None
        remember(place, ALIKE)


@pytest.mark.models
class TestBlobs:
    def blob(self, settings):
        (found,) = (settings.cache() / "openvino").glob("*.blob")
        return found

    def test_the_next_process_compiles_nothing(self, fresh, monkeypatch):
        answer = self.answer(fresh)
        monkeypatch.setattr(networks, "readable", lambda path: pytest.fail("it was compiled before"))
        assert self.answer(fresh) == answer

    def answer(self, runtime):
        place = place_of(resolve(CLASSIFIER, runtime.settings), OPENVINO_F32, runtime.settings.cache())
        remember(place, ALIKE)
        runtime.load(CLASSIFIER)
        found = [list(one["scores"]) for one in runtime.infer(CLASSIFIER, PICTURES)]
        runtime.free(CLASSIFIER)
        gc.collect()
        return found

    @pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:500] + b"\0\1\2" + b[503:], lambda b: b""])
    def test_a_damaged_one_is_compiled_again(self, fresh, caplog, damage):
        answer = self.answer(fresh)
        blob = self.blob(fresh.settings)
        blob.write_bytes(damage(blob.read_bytes()))
        assert self.answer(fresh) == answer
        assert "docpipe.blob_damaged" in caplog.text
        assert read_blob(blob)

    def test_what_openvino_does_not_take_is_compiled_again(self, fresh, caplog):
        answer = self.answer(fresh)
        networks.write_blob(self.blob(fresh.settings), b"of another version")
        assert self.answer(fresh) == answer
        assert "docpipe.blob_refused" in caplog.text

    def test_a_changed_model_file_has_another(self, fresh, tmp_path):
        """A directory of one's own whose weights change under the same name."""
        given = tmp_path / "own"
        given.mkdir()
        source = resolve(CLASSIFIER, fresh.settings).dir
        for path in source.iterdir():
            (given / path.name).write_bytes(path.read_bytes())
        (given / "docpipe-model.json").unlink()
        ref = replace(CLASSIFIER, model_dir=str(given))
        first = fresh.load(ref)
        fresh.free(ref)
        model = onnx.load(str(given / "inference.onnx"))
        model.producer_version = "another"
        onnx.save(model, str(given / "inference.onnx"))
        second = fresh.load(ref)
        assert first.sha256 != second.sha256
        assert len(list((fresh.settings.cache() / "openvino").glob("*.blob"))) == 2

    def test_a_cache_that_cannot_be_written_costs_time_alone(self, fresh, caplog):
        resolve(CLASSIFIER, fresh.settings)
        (fresh.settings.cache() / "openvino").write_text("no folder", encoding="utf-8")
        assert fresh.load(CLASSIFIER).engine == "openvino"
        assert len(fresh.infer(CLASSIFIER, PICTURES)) == 3
        assert "docpipe.blob_not_saved" in caplog.text
        assert "docpipe.comparison_not_saved" in caplog.text


@pytest.mark.models
class TestSharing:
    def test_two_runtimes_at_once_read_alike_and_leave_nothing_behind(self, settings, on_openvino):
        runtimes = [PaddleRuntime(settings), PaddleRuntime(settings)]
        for each in runtimes:
            each.load(CLASSIFIER)
        held = runtimes[0]._residents, runtimes[1]._residents
        first, second = (next(iter(residents.values())).predictor[0]._network for residents in held)
        assert first is second
        alone = [one["scores"].tolist() for one in runtimes[0].infer(CLASSIFIER, PICTURES)]
        found: list[list[list[float]]] = []

        def read(runtime):
            found.extend([one["scores"].tolist() for one in runtime.infer(CLASSIFIER, PICTURES)] for _ in range(10))

        threads = [threading.Thread(target=read, args=(runtime,)) for runtime in runtimes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [alone] * 20
        del first, second, held
        for each in runtimes:
            each.close()
        gc.collect()
        assert not [key for key in networks._shared if "ch_ppocr" in key[0] or on_openvino.sha256 in key[0]]

    def test_a_call_that_is_given_up_ends_with_its_runtime(self, settings, on_openvino):
        runtime = PaddleRuntime(settings)
        runtime.load(CLASSIFIER)
        with pytest.raises(StageTimeout, match="no answer within"):
            runtime.infer(CLASSIFIER, PICTURES * 200, limit_s=0.001)
        thread = next(iter(runtime._residents.values())).owner._thread
        runtime.close()
        assert runtime.list_loaded() == []
        thread.join(60)
        assert not thread.is_alive()

    def test_two_names_of_the_same_weights_share_a_network_with_the_threads_asked_for(self, settings, on_openvino):
        path = on_openvino.dir / "inference.onnx"
        one, two, other = (
            shared_openvino(path, "sha", OPENVINO_F32, threads, settings.cache()) for threads in (1, 1, 2)
        )
        assert one is two
        assert one is not other
        assert [made._compiled.get_property("INFERENCE_NUM_THREADS") for made in (one, other)] == [1, 2]
        assert one._compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name() == "f32"

    def test_a_graph_without_a_known_rest_is_refused(self, fresh, tmp_path):
        given = tmp_path / "own"
        given.mkdir()
        source = resolve(CLASSIFIER, fresh.settings).dir
        (given / "inference.onnx").write_bytes((source / "inference.onnx").read_bytes())
        text = (source / "inference.yml").read_text(encoding="utf-8").replace("ResizeImage", "CropImage")
        (given / "inference.yml").write_text(text, encoding="utf-8")
        with pytest.raises(ModelError, match="only PaddleOCR's classes do, and those do not run on OpenVINO"):
            fresh.load(replace(CLASSIFIER, model_dir=str(given)))

    def test_another_device_is_refused(self, fresh):
        with pytest.raises(ModelError, match="openvino on the processor only, not on gpu:0"):
            fresh.load(replace(CLASSIFIER, device="gpu:0"))

    def test_a_damaged_graph_says_what_openvino_says(self, fresh, tmp_path, on_openvino):
        path = tmp_path / "inference.onnx"
        path.write_bytes((on_openvino.dir / "inference.onnx").read_bytes()[:200_000])
        with pytest.raises(Exception, match=r"inference\.onnx|parsing"):
            shared_openvino(path, "damaged", OPENVINO_F32, 1, tmp_path)


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.models
def test_memory_that_runs_out_is_an_error_and_never_the_last_answer(settings, on_openvino):
    """`InferRequest.infer` of OpenVINO 2026.4 returns the last call's outputs then."""
    said = run(f"""
import resource
import numpy as np
from pathlib import Path
from docpipe.runtime.failures import translate_error
from docpipe.runtime.openvino.network import OpenVinoNetwork
from docpipe.runtime.resolve import resolve
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.selftest import OPENVINO_F32
from docpipe.runtime.settings import RuntimeSettings
settings = RuntimeSettings(cache_dir={str(settings.cache())!r})
model = resolve(ModelRef("text_detection", "PP-OCRv6_tiny_det"), settings)
network = OpenVinoNetwork(model.dir / "inference.onnx", OPENVINO_F32, 1, settings.cache())
network.run({{"x": np.zeros((1, 3, 64, 64), np.float32)}})
page = np.zeros((1, 3, 2048, 2048), np.float32)
held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + (40 << 20), resource.RLIM_INFINITY))
try:
    print([output.shape for output in network.run({{"x": page}})])
except Exception as e:
    print(type(translate_error(e, "m")).__name__)
""")
    assert said == "OutOfMemory"


def test_what_openvino_says_of_memory_is_known():
    said = (
        "Exception from src/inference/src/cpp/infer_request.cpp:246:\nCaught exception: [CPU] Concat node with name "
        "'Concat.0' Check 'ptr' failed at src/plugins/intel_cpu/src/cpu_memory.cpp:257:\n"
        "Failed to allocate 201326592 bytes of memory\n"
    )
    assert is_out_of_memory(RuntimeError(said))


def test_importing_it_sends_nothing_and_writes_nothing(tmp_path):
    """The package tells its makers of each import, unless the module that does so cannot be imported."""
    said = run(
        "import sys\nfrom docpipe.runtime.openvino.library import import_openvino\nm = import_openvino()\n"
        "print(hasattr(m, 'Core'), [name for name in sys.modules if name.startswith('openvino_telemetry')])",
        HOME=str(tmp_path),
    )
    assert said == "True []"
    assert list(tmp_path.iterdir()) == []


def test_docpipe_imports_it_only_for_a_model():
    said = run("import sys, docpipe, docpipe.pipeline, docpipe.cli.app, docpipe.runtime.doctor\n"
               "print([name for name in sys.modules if name.split('.')[0].startswith('openvino')])")  # fmt: skip
    assert said == "[]"


@pytest.mark.parametrize(
    ("amx", "modes"), [(True, (OPENVINO_BF16, OPENVINO_F32)), (False, (OPENVINO_F32,))], ids=["amx", "none"]
)
def test_sixteen_bits_are_tried_where_the_processor_multiplies_matrices_of_them(monkeypatch, amx, modes):
    monkeypatch.setattr(selftest, "has_amx_bf16", lambda: amx)
    assert tuple(modes_for("openvino", "cpu")) == modes
