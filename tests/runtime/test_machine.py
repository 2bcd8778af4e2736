"""What is read off the machine: memory, GPUs, OpenCV builds, and what doctor makes of it."""

from __future__ import annotations

import platform
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest

from docpipe.errors import ModelError
from docpipe.runtime import gpu, memory
from docpipe.runtime.doctor import cache_problem, examine, opencv_problem, packaged_models
from docpipe.runtime.memory import cgroup_limit_mb, host_memory, host_used, oom_kills, rss_mb, trim
from docpipe.runtime.protocol import LoadedModel, ModelRef
from docpipe.runtime.settings import RuntimeSettings, available_cores, default_cache

REF = ModelRef("text_detection", "PP-OCRv6_small_det")


def group(root: Path, **files: object) -> Path:
    """Write a control group's files; `memory__x` stands for version 1's `memory/x`."""
    for name, content in files.items():
        folder, _, rest = name.rpartition("__")
        path = root / folder / rest.replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n", encoding="ascii")
    return root


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"memory_dot_max": 512 << 20}, 512.0),
        ({"memory_dot_max": "max"}, None),
        ({"memory__memory_dot_limit_in_bytes": 256 << 20}, 256.0),
        ({"memory__memory_dot_limit_in_bytes": 9223372036854771712}, None),
        ({}, None),
    ],
)
def test_the_limit_of_a_container_is_read_in_both_versions(tmp_path, files, limit):
    assert cgroup_limit_mb(group(tmp_path, **files)) == limit


def test_a_nearly_full_container_counts_more_than_its_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(total=1 << 30, available=1 << 28))
    full = group(
        tmp_path, memory_dot_max=1 << 20, memory_dot_current=(1 << 20) - 4096, memory_dot_stat="anon 9\ninactive_file 0"
    )
    assert host_used(full) == pytest.approx(1 - 4096 / (1 << 20))
    cache = group(tmp_path, memory_dot_stat=f"inactive_file {(1 << 20) - 8192}")
    assert host_used(cache) == host_used(tmp_path / "no group") == 0.75


@pytest.mark.parametrize(
    ("line", "folder", "files"),
    [
        ("0::/system.slice/x.service", "system.slice/x.service", ("memory.max", "memory.current", "memory.events")),
        (
            "4:memory:/pods/x",
            "memory/pods/x",
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control"),
        ),
    ],
    ids=["version 2", "version 1"],
)
def test_a_service_of_the_host_is_held_to_its_own_group(tmp_path, monkeypatch, line, folder, files):
    """Its group lies below what is mounted; the root's files say nothing of it. A group above it may allow less."""
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(total=1 << 40, available=1 << 39))
    own, said = tmp_path / folder, tmp_path / "cgroup"
    own.mkdir(parents=True)
    said.write_text(f"9:name=systemd:/\n{line}\n", encoding="ascii")
    limit, usage, kills = files
    (own / limit).write_text(f"{100 << 20}\n")
    (own / usage).write_text(f"{90 << 20}\n")
    (own / "memory.stat").write_text("anon 9\n")
    (own / kills).write_text("low 0\noom_kill 3\n")
    assert cgroup_limit_mb(tmp_path, said) == 100.0
    assert host_used(tmp_path, said) == pytest.approx(0.9)
    assert oom_kills(tmp_path, said) == 3
    (own.parent / limit).write_text(f"{50 << 20}\n")
    assert cgroup_limit_mb(tmp_path, said) == 50.0


def test_memory_figures_fit_together():
    now = host_memory()
    assert 0 < now.rss_mb < now.total_mb
    assert 0 < now.available_mb <= now.total_mb
    assert 0 < host_used() < 1


class Cycle:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.itself = self


def test_trimming_collects_garbage_first_and_then_hands_all_pages_back(monkeypatch):
    """How much comes back is the C library's business; that it is asked, for all there is, when nothing holds on any
    more, is ours."""
    alive = weakref.ref(Cycle())
    readings = iter([300.0, 180.0])
    asked: list[tuple[int, bool]] = []
    library = SimpleNamespace(malloc_trim=lambda pad: asked.append((pad, alive() is None)))
    monkeypatch.setattr(memory, "_libc", lambda: library)
    monkeypatch.setattr(memory, "rss_mb", lambda: next(readings))
    assert trim() == 120.0
    assert asked == [(0, True)]


def test_without_glibc_only_garbage_is_collected(monkeypatch):
    monkeypatch.setattr(memory, "_libc", lambda: None)
    alive = weakref.ref(Cycle())
    trim()
    assert alive() is None


def test_the_c_library_that_is_here_can_be_asked():
    """The real call: it takes no harm, and gives the figure as a number."""
    library = memory._libc()
    assert (library is not None) == (platform.libc_ver()[0] == "glibc")
    assert isinstance(trim(), float)
    assert rss_mb() > 0


class NVMLError(Exception):
    pass


def nvml(used: int = 40, total: int = 80, **changes: object) -> SimpleNamespace:
    """Return a stand-in for pynvml with one GPU; `used` and `total` in GiB."""
    made = SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetName=lambda handle: b"NVIDIA A100",
        nvmlDeviceGetMemoryInfo=lambda handle: SimpleNamespace(used=used << 30, total=total << 30),
        nvmlSystemGetDriverVersion=lambda: "570.00",
    )
    vars(made).update(changes)
    return made


@pytest.fixture
def with_nvml(monkeypatch):
    def install(module) -> None:
        gpu._started_nvml.cache_clear()
        monkeypatch.setattr(gpu.importlib, "import_module", lambda name: module)

    yield install
    gpu._started_nvml.cache_clear()


def test_a_gpu_is_read_through_nvml(with_nvml):
    with_nvml(nvml())
    found = gpu.gpu_memory("gpu:0")
    assert found is not None
    assert (found.name, found.total_mb, found.used) == ("NVIDIA A100", 81920.0, 0.5)
    assert gpu.gpu_memory("gpu") == found
    assert gpu.gpu_memory("gpu:1") is None
    assert gpu.gpu_memory("cpu") is None
    assert gpu.driver_version() == "570.00"


def fail(*args: object) -> None:
    raise NVMLError("Driver/library version mismatch")


@pytest.mark.parametrize(
    "module", [nvml(nvmlInit=fail), nvml(nvmlDeviceGetCount=fail, nvmlSystemGetDriverVersion=fail)]
)
def test_a_driver_that_does_not_answer_means_no_gpu(with_nvml, module):
    with_nvml(module)
    assert gpu.gpus() == ()
    assert gpu.gpu_memory("gpu:0") is None
    assert gpu.driver_version() is None


def test_this_machine_is_asked_without_a_warning():
    gpu._started_nvml.cache_clear()
    assert all(0 <= found.used <= 1 for found in gpu.gpus())


@pytest.mark.parametrize(
    ("imported", "distributions", "problem"),
    [
        ("4.10.0", {"opencv-contrib-python": "4.10.0.84", "opencv-python": "4.10.0.84"}, ""),
        (
            "5.0.0",
            {"opencv-contrib-python": "4.10.0.84", "opencv-python": "5.0.0.93"},
            "opencv-contrib-python 4.10.0.84",
        ),
        (None, {"opencv-contrib-python": "4.10.0.84"}, "has no version"),
        ("4.10.0", {"opencv-python-headless": "4.10.0.84"}, "PaddleX looks for the distribution opencv-contrib-python"),
    ],
)
def test_mixed_opencv_builds_are_found(imported, distributions, problem):
    found = opencv_problem(imported, distributions)
    assert problem in found if problem else found == ""


def test_a_cache_that_cannot_be_written_is_found(tmp_path):
    assert cache_problem(tmp_path / "not" / "there" / "yet") == ""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "cannot be written" in cache_problem(tmp_path / "file" / "cache")


class Loads:
    """A runtime of which one model loads and the others do not."""

    def load(self, ref: ModelRef) -> LoadedModel:
        if ref != REF:
            raise ModelError("its files are missing")
        return LoadedModel(ref, "0" * 64, "onnxruntime", "cpu", "onnxruntime", 1.5, 80.0)


def test_doctor_reports_what_works_and_what_does_not(tmp_path):
    settings = RuntimeSettings(cache_dir=str(tmp_path))
    other = ModelRef("text_recognition", "PP-OCRv6_small_rec")
    report = examine(settings, Loads(), [REF, other])
    assert report.packages["paddleocr"] is not None
    assert report.engines[0].loaded is not None
    assert report.engines[0].loaded.memory_mb == 80.0
    assert list(report.problems) == ["PP-OCRv6_small_rec: its files are missing"]
    assert list(examine(settings).problems) == []


def test_doctor_tries_whatever_needs_no_download(settings):
    names = [ref.name for ref in packaged_models(settings)]
    assert "PP-OCRv6_small_rec_int8" in names
    assert "PP-OCRv5_server_det" not in names


def test_settings_share_the_cores_among_workers(monkeypatch):
    monkeypatch.setattr("docpipe.runtime.settings.available_cores", lambda: 8)
    assert [RuntimeSettings().threads(workers) for workers in (1, 2, 3, 20)] == [8, 4, 2, 1]
    assert RuntimeSettings(cpu_threads=3).threads(4) == 3
    assert available_cores() >= 1


def test_the_cache_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("DOCPIPE_CACHE", raising=False)
    assert default_cache() == tmp_path / "xdg" / "docpipe"
    monkeypatch.setenv("DOCPIPE_CACHE", str(tmp_path / "own"))
    assert default_cache() == tmp_path / "own"
    monkeypatch.delenv("DOCPIPE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache() == Path.home() / ".cache" / "docpipe"
    assert RuntimeSettings(cache_dir="~/models").cache() == Path.home() / "models"
