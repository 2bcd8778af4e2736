"""The engines that models run on: which distributions bring each, and what to install where none does.

docpipe's own package brings no engine, as two builds of one (for the processor, for a GPU) write the same folder and
spoil each other. Which one is wanted is said at install: by the extra `cpu`, or as docs/gpu.md says.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docpipe.errors import ModelError
from docpipe.files.distributions import installed_version
from docpipe.runtime.openvino.library import import_openvino
from docpipe.runtime.protocol import ONNX_ENGINES, EngineName


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: the module that is imported, and every distribution that writes this module's folder."""

    name: EngineName
    module: str
    builds: tuple[str, ...]
    """The build for the processor first."""
    optional: bool = False
    """Whether nothing that docpipe ships asks for it, so that only who names it misses it."""

    def list_installed(self) -> Mapping[str, str]:
        """Return the builds that are installed here, with their versions."""
        found = {build: installed_version(build) for build in self.builds}
        return {build: version for build, version in found.items() if version is not None}

    def version(self) -> str:
        """Return the version of the build that is installed; `?` where it came under a name that is not known here."""
        return next(iter(self.list_installed().values()), "?")

    def present(self) -> bool:
        """Say whether the module can be found; imports nothing. A folder without a module, as left over, is none."""
        try:
            found = importlib.util.find_spec(self.module)
        except (ImportError, ValueError):
            return False
        return found is not None and found.origin is not None


ENGINES: Mapping[str, Engine] = {
    "paddle_static": Engine(
        "paddle_static", "paddle", ("paddlepaddle", "paddlepaddle-gpu", "paddlepaddle-xpu", "paddlepaddle-dcu")
    ),
    "onnxruntime": Engine(
        "onnxruntime",
        "onnxruntime",
        ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml"),
    ),
    "openvino": Engine("openvino", "openvino", ("openvino",), optional=True),
}


def engine_of(name: EngineName) -> Engine:
    """Return what must be installed for an engine: PaddleOCR's classes over ONNX files need ONNX Runtime, too."""
    return ENGINES["onnxruntime" if name == "paddleocr_onnx" else name]


def explain_missing(name: EngineName) -> str:
    """Return one line that says what to install where an engine is not there, else nothing."""
    engine = engine_of(name)
    if not engine.present():
        if engine.optional:
            return f"{engine.module} is not installed: pip install 'docpipe[{engine.name}]'"
        return f"{engine.module} is not installed: pip install 'docpipe[cpu]', or for a GPU as docs/gpu.md says"
    return explain_missing("onnxruntime") if name == "openvino" else ""  # its readings are compared with those


def side_by_side(name: str) -> str:
    """Return what is wrong, and the commands that repair it, where several builds of an engine are installed.

    They write one folder: what is imported is a mixture, in which the build that was unpacked last decides.
    """
    engine = ENGINES[name]
    found = engine.list_installed()
    if len(found) < 2:
        return ""
    builds = " and ".join(f"{build} {version}" for build, version in found.items())
    ways = [f"`pip install --no-deps {build}=={version}`{_source(build)}" for build, version in found.items()]
    return (
        f"{builds} are installed side by side and overwrite each other's folder {engine.module}. Remove them with "
        f"`pip uninstall -y {' '.join(found)}`, then install the one you want: {', or '.join(ways)}"
    )


def require_engine(name: EngineName, device: str) -> None:
    """Import an engine and see that its build can drive a device.

    Raises:
        ModelError: it is not installed, or was built for something else.
        ImportError: it is there and cannot be imported.
    """
    if lacking := explain_missing(name):
        raise ModelError(lacking)
    engine = engine_of(name)
    kind = device.partition(":")[0]
    if name == "openvino":
        if kind != "cpu":
            raise ModelError(f"docpipe runs openvino on the processor only, not on {device}: add `device: cpu`")
        import_openvino()
        return
    module = importlib.import_module(engine.module)
    if name in ONNX_ENGINES:
        # what fails is raised as well; in its own words on stderr ONNX Runtime says it a second time
        module.set_default_logger_severity(4)
    if kind != "cpu" and kind not in devices(name, module):
        build = next(iter(engine.list_installed()), engine.module)
        raise ModelError(f"{build} {engine.version()} cannot drive {device}: docs/gpu.md says which build can")
    if kind == "gpu" and hasattr(module, "preload_dlls"):
        module.preload_dlls()  # CUDA's libraries as pip installs them, which ONNX Runtime does not look for by itself


def check_provider(session: Any, device: str) -> None:
    """See that a session of ONNX Runtime runs where it was asked to: without CUDA's libraries it takes the processor.

    Raises:
        ModelError: it does not.
    """
    if device.startswith("gpu") and "CUDAExecutionProvider" not in session.get_providers():
        raise ModelError(
            f"onnxruntime {ENGINES['onnxruntime'].version()} found no CUDA and cuDNN that fit it and would run on the "
            "processor: docs/gpu.md says which fit"
        )


def devices(name: EngineName, module: Any) -> frozenset[str]:
    """Return the kinds of device, in PaddleOCR's words, that an imported engine was built for."""
    if name in ONNX_ENGINES:
        return frozenset({"cpu", "gpu"} if "CUDAExecutionProvider" in module.get_available_providers() else {"cpu"})
    built = {
        "gpu": module.device.is_compiled_with_cuda(),
        "dcu": module.device.is_compiled_with_rocm(),
        "xpu": module.device.is_compiled_with_xpu(),
    }
    found = {kind for kind, there in built.items() if there}
    return frozenset({"cpu", *found, *module.device.get_all_custom_device_type()})


def _source(build: str) -> str:
    return " from its vendor's index, see docs/gpu.md" if build.startswith("paddlepaddle-") else ""
