"""The facts behind `docpipe doctor`: versions, OpenCV builds, engines, GPUs, memory, models. The CLI renders them."""

from __future__ import annotations

import importlib
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docpipe.errors import DocpipeError
from docpipe.files.distributions import installed_version
from docpipe.runtime.engines import ENGINES, engine_of, explain_missing, side_by_side
from docpipe.runtime.flush_gain import FlushGain, flush_gains
from docpipe.runtime.gpu import GpuMemory, cuda_version, driver_version, gpus
from docpipe.runtime.inventory import ModelStatus, verify_models
from docpipe.runtime.manifest import load_manifest
from docpipe.runtime.memory import HostMemory, host_memory
from docpipe.runtime.openvino.measuring import Measured, measure_engines
from docpipe.runtime.processor import processor
from docpipe.runtime.protocol import LoadedModel, ModelRef, Runtime
from docpipe.runtime.settings import RuntimeSettings, available_cores

PACKAGES = (
    "docpipe", "paddleocr", "paddlex", *(build for engine in ENGINES.values() for build in engine.builds), "onnx",
    "numpy", "pillow", "pypdfium2", "pydantic", "PyYAML", "rapidocr", "rapidocr-paddle", "rapid-table",
)  # fmt: skip
"""Shown with their versions where installed; those in `NEEDED` are missed where not."""

NEEDED = frozenset({"paddleocr", "paddlex", "numpy", "pillow", "pypdfium2", "pydantic", "PyYAML"})

OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
"""Four distributions that all write the same `cv2` folder; the one unpacked last decides what `cv2` is."""


@dataclass(frozen=True, slots=True)
class OpenCv:
    """What `cv2` says it is, and what the installed distributions say."""

    imported: str | None
    distributions: Mapping[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class EngineTest:
    """One model loaded and run on a blank image, or why that failed."""

    ref: ModelRef
    loaded: LoadedModel | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Everything `docpipe doctor` shows. `problems` is empty where all is well."""

    python: str
    system: str
    processor: str
    cores: int
    packages: Mapping[str, str | None]
    opencv: OpenCv
    cache: Path
    cache_problem: str
    memory: HostMemory
    driver: str | None
    cuda: str | None
    """The newest CUDA that the driver can serve."""
    gpus: Sequence[GpuMemory]
    models: Sequence[ModelStatus]
    builds: Sequence[str]
    """What is wrong with the engines as they are installed: one missing, or two builds of one side by side."""
    engines: Sequence[EngineTest]
    needed: frozenset[str]
    """The models that the pipeline file names: that another one's package is missing is no problem."""
    measured: Sequence[Measured] = ()
    """The models that the pipeline file runs on OpenVINO or leaves to `auto`, compared with ONNX Runtime now."""
    flushed: Sequence[FlushGain] = ()
    """The models of `engines` that came with denormal weights, and what setting them to 0 gains on this processor."""

    @property
    def problems(self) -> Sequence[str]:
        """Return what should be put right, one line each."""
        absent = [f"{name} is not installed" for name in sorted(NEEDED) if self.packages.get(name) is None]
        damaged = {
            m.entry.name: m.note
            for m in self.models
            if m.status == "damaged" or (m.status == "missing package" and m.entry.name in self.needed)
        }
        failed = {test.ref.name: test.problem for test in self.engines if test.problem not in ("", *self.builds)}
        models = [text if name in text else f"{name}: {text}" for name, text in {**failed, **damaged}.items()]
        return [*absent, *self.builds, *filter(None, (self.opencv.problem, self.cache_problem)), *models]


def examine(settings: RuntimeSettings, runtime: Runtime | None = None, refs: Sequence[ModelRef] = ()) -> DoctorReport:
    """Return the facts. With a runtime, load each of `refs` and let it run once; without, no engine is started."""
    measured = () if runtime is None else measure_engines(refs, settings)  # first, as `auto` chooses by it
    engines = [] if runtime is None else [try_model(runtime, ref) for ref in refs]
    return DoctorReport(
        python=platform.python_version(),
        system=platform.platform(),
        processor=processor(),
        cores=available_cores(),
        packages={name: installed_version(name) for name in PACKAGES},
        opencv=opencv(),
        cache=settings.cache(),
        cache_problem=cache_problem(settings.cache()),
        memory=host_memory(),
        driver=driver_version(),
        cuda=cuda_version(),
        gpus=gpus(),
        models=verify_models(settings),
        builds=engine_problems(refs),
        engines=engines,
        needed=frozenset(ref.name for ref in refs),
        measured=measured,
        flushed=() if runtime is None else flush_gains(refs, settings),
    )


def engine_problems(refs: Sequence[ModelRef]) -> Sequence[str]:
    """Return one line for each engine that `refs` need (all, where none is given) and that is not there or mixed up."""
    known = {entry.name: entry.engine for entry in load_manifest().models}
    named = {known.get(ref.name) if ref.engine is None or ref.engine == "auto" else ref.engine for ref in refs}
    wanted = {engine_of(name).name for name in named if name}
    needed = wanted if refs else {engine.name for engine in ENGINES.values() if not engine.optional}
    lacking = [explain_missing(engine.name) for engine in ENGINES.values() if engine.name in needed]
    return [line for line in (*lacking, *map(side_by_side, ENGINES)) if line]


def packaged_models(settings: RuntimeSettings) -> Sequence[ModelRef]:
    """Return a reference for each model that can be loaded here without a download: what `doctor` tries by default."""
    return [ModelRef(m.entry.task, m.entry.name) for m in verify_models(settings) if m.usable]


def try_model(runtime: Runtime, ref: ModelRef) -> EngineTest:
    """Load a model and say how it went."""
    try:
        return EngineTest(ref, runtime.load(ref))
    except DocpipeError as e:
        return EngineTest(ref, None, str(e))


def opencv() -> OpenCv:
    """Compare every installed OpenCV distribution with `cv2.__version__`."""
    found = {name: version for name in OPENCV if (version := installed_version(name)) is not None}
    try:
        imported = getattr(importlib.import_module("cv2"), "__version__", None)
    except ImportError as e:
        return OpenCv(None, found, f"cv2 cannot be imported: {e} (on Debian: apt install libgl1 libglib2.0-0)")
    return OpenCv(imported, found, opencv_problem(imported, found))


def opencv_problem(imported: str | None, distributions: Mapping[str, str]) -> str:
    """Return what is wrong with an OpenCV installation, or nothing.

    A distribution counts a rebuild of the same release as a fourth number: 4.10.0.84 is cv2 4.10.0.
    """
    if imported is None:
        return "cv2 has no version: a distribution was uninstalled from under another; reinstall all of them"
    releases = {name: ".".join(re.findall(r"\d+", version)[:3]) for name, version in distributions.items()}
    differing = [f"{name} {distributions[name]}" for name, release in releases.items() if release != imported]
    if differing:
        return f"cv2 is {imported}, but installed are {', '.join(differing)}: pin them all to one version and reinstall"
    if "opencv-contrib-python" not in distributions:
        return "PaddleX looks for the distribution opencv-contrib-python, which is not installed"
    return ""


def cache_problem(cache: Path) -> str:
    """Say why the cache cannot be written, or nothing. Creates nothing."""
    there = cache
    while not there.exists():
        there = there.parent
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return ""
    return f"{there} cannot be written: set DOCPIPE_CACHE (or `runtime.cache_dir`) to a directory that can"
