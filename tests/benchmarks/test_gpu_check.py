"""`make gpu-check`, part by part, on a made-up GPU: what it shows, and what it calls a failure."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from docpipe.config import load_config
from docpipe.errors import ModelError
from docpipe.runtime import gpu as nvml_reader
from docpipe.testing import FakeRuntime

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MB = 1 << 20
REFUSED = "CUDA_ERROR_OUT_OF_MEMORY (2): out of memory"


@pytest.fixture
def check(monkeypatch):
    """The script as a module; its own folder is where it looks for its neighbours."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gpu_check

    return gpu_check


class Device:
    """A GPU of 16 GiB: NVML's readings, and a driver that gives memory and refuses too much."""

    def __init__(self, refusal: str = REFUSED, leaks: int = 0) -> None:
        self.used = 3000
        self.refusal, self.leaks = refusal, leaks

    @contextmanager
    def holding(self, megabytes: int):
        self.used += megabytes + 300
        yield
        self.used -= megabytes + 300 - self.leaks

    def exceed(self) -> str:
        return self.refusal

    def nvml(self) -> SimpleNamespace:
        return SimpleNamespace(
            NVMLError=OSError,
            nvmlInit=lambda: None,
            nvmlDeviceGetCount=lambda: 1,
            nvmlDeviceGetHandleByIndex=lambda index: index,
            nvmlDeviceGetName=lambda handle: "made-up device",
            nvmlDeviceGetMemoryInfo=lambda handle: SimpleNamespace(used=self.used * MB, total=16384 * MB),
            nvmlSystemGetDriverVersion=lambda: "570.86",
            nvmlSystemGetCudaDriverVersion=lambda: 12080,
        )


@pytest.fixture
def device(monkeypatch):
    made = Device()
    monkeypatch.setattr(nvml_reader, "_started_nvml", made.nvml)
    return made


def test_readings_are_shown(check, device):
    first, second = check.read_device(check.Gpu(0, device))
    assert first == "made-up device, 16384 MB, driver 570.86, CUDA up to 12.8"
    assert second == "NVML 3000 MB, no pool of Paddle's"
    with pytest.raises(check.Failed, match="no gpu:1"):
        list(check.read_device(check.Gpu(1, device)))


def test_builds_that_cannot_drive_the_device_are_named(check, device):
    """With the engines that are installed here, which are built for the processor."""
    said = list(check.list_builds(check.Gpu(0, device)))
    assert len(said) == 2
    assert all("cannot drive gpu:0" in line for line in said)


def test_a_neighbours_memory_is_seen(check, device):
    (said,) = check.follow_neighbour(check.Gpu(0, device))
    assert said == "3000 MB, with 1024 MB taken by another process 4324 MB, given back 3000 MB"


def test_a_reading_that_does_not_follow_is_a_failure(check, device):
    device.leaks = 2000
    with pytest.raises(check.Failed, match=r"did not come back: \+2000 MB"):
        list(check.follow_neighbour(check.Gpu(0, device)))


def test_the_drivers_words_are_taken_for_out_of_memory(check, device):
    said = list(check.translate_driver_error(check.Gpu(0, device)))
    assert said[1].startswith("docpipe says: OutOfMemory: a model: memory ran out: CUDA_ERROR_OUT_OF_MEMORY")
    device.refusal = "CUDA_ERROR_UNKNOWN (999): unknown error"
    with pytest.raises(check.Failed, match="not translated"):
        list(check.translate_driver_error(check.Gpu(0, device)))


def test_the_policy_goes_one_rung_down(check):
    (said,) = check.step_down(load_config("invoice-gpu"))
    assert said.startswith("after 1 such errors: text_detection main -> server, ")


class Loading(FakeRuntime):
    """A runtime whose models take 500 MB of the device, which Paddle's pool keeps when they are freed."""

    def __init__(self, device: Device, unusable: str) -> None:
        super().__init__({}, fail={unusable: ModelError("its files are missing")})
        self.device, self.free_mb = device, 0

    def load(self, ref):
        new = ref not in self._loaded
        loaded = super().load(ref)
        if new:
            taken = min(self.free_mb, 500)
            self.free_mb -= taken
            self.device.used += 500 - taken
        return loaded

    def infer(self, ref, images, options=None, limit_s=None):
        return [{} for _ in images]

    def free(self, ref):
        self.free_mb += 500 if ref in self._loaded else 0
        return super().free(ref)


def test_each_rung_says_what_it_takes(check, device):
    ticks = iter(range(1000))
    config = load_config("invoice-gpu")
    runtime = Loading(device, "PP-OCRv6_medium_det")
    said = list(check.measure_rungs(check.Gpu(0, device), config, runtime, lambda: next(ticks) / 100))
    assert said[0] == "text_detection.main: PP-OCRv6_medium_det unusable: its files are missing"
    assert any(
        line.startswith("text_detection.server: PP-OCRv5_server_det on onnxruntime, +500 MB by NVML, 10.0 ms a call")
        for line in said
    )
    assert "key_fields.main: docpipe-key-fields stays on the processor" in said
    assert {line.split(".")[0] for line in said} == {
        "text_detection", "text_recognition", "table_structure", "key_fields"
    }  # fmt: skip


def test_a_swap_shows_that_the_pool_keeps_what_was_freed(check, device):
    refs = [ref for ref in load_config("invoice-gpu").models() if ref.task != "key_fields"]
    gpu = check.Gpu(0, device)
    said = [line.split(": ")[1] for line in check.swap(gpu, refs, Loading(device, refs[0].name))]
    assert said[0].split(",")[0] == said[1].split(",")[0], "freed: NVML does not fall"
    assert said[1].split(",")[0] == said[2].split(",")[0], "loaded: taken from the pool"
    with pytest.raises(check.NotShown):
        list(check.swap(gpu, refs[:1], FakeRuntime()))


def test_a_document_under_pressure_says_which_rung_answered(check, device):
    seen = []

    class Reader:
        def run(self, path: str):
            seen.append(device.used)
            step = SimpleNamespace(stage="text_detection", from_rung="main", to_rung="light", trigger="out_of_memory")
            return SimpleNamespace(status="degraded", degradations=[step], errors=[])

    (said,) = check.read_under_pressure(check.Gpu(0, device), Reader(), Path("a.png"))
    assert said == "a.png: degraded; text_detection main -> light, out_of_memory"
    assert 16384 - seen[0] < 1000, "the neighbour left next to nothing"
    assert device.used == 3000


def test_a_failed_check_is_counted_and_the_others_go_on(check, capsys):
    def fails():
        yield "a line"
        raise check.Failed("no good")

    def lacks():
        raise check.NotShown("no engine")
        yield ""

    assert check.run(iter([("one", fails()), ("two", lacks()), ("three", iter(["fine"]))])) == 1
    out = capsys.readouterr().out
    assert "FAILED: no good" in out
    assert "not shown: no engine" in out
    assert "   fine\n" in out


def test_without_an_engine_for_it_the_drivers_part_is_checked_alone(check, device, capsys):
    gpu = check.Gpu(0, device)
    assert check.run(check.checks(gpu, check.load_on(gpu, "invoice-gpu"), Path("a.png"))) == 0
    out = capsys.readouterr().out
    assert "text_detection main -> server" in out
    assert "rungs, a swap, a document under pressure: not shown, no engine drives gpu:0" in out


@pytest.mark.skipif(bool(nvml_reader.gpus()), reason="this machine has a GPU: make gpu-check shows it")
def test_without_a_gpu_it_says_so_and_ends_well():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARKS / "gpu_check.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("NVML shows 0 GPUs: nothing to check for gpu:0.")


def test_the_driver_says_what_it_cannot_do():
    """A real run of the other process: without a driver it says that its library is missing."""
    if nvml_reader.gpus():
        pytest.skip("this machine has a driver")
    command = [sys.executable, str(BENCHMARKS / "cuda_driver.py"), "exceed", "0"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "libcuda.so.1" in said or "CUDA_ERROR" in said
