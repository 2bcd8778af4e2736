"""What a pipeline file may say under `runtime:`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Device = Annotated[str, StringConstraints(pattern=r"^(cpu|(gpu|npu|xpu|dcu|mlu|gcu)(:\d+)?)$")]
"""PaddleOCR's device string; one device each, as PaddleOCR runs several in lock-step."""


class RuntimeSettings(BaseModel):
    """Where models run, on how many threads, and where their files come from."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    device: Device = "cpu"
    cpu_threads: int | None = Field(default=None, ge=1, le=256)
    """Threads of one predictor; None shares the machine's cores among the workers."""
    allow_download: bool = False
    """Whether a `hub` model may be fetched from the network. Nothing else ever contacts it."""
    cache_dir: str | None = None
    """Where prepared models live; None takes `DOCPIPE_CACHE`, else the user's cache directory."""
    state_dir: str | Literal[False] | None = None
    """Where closed rungs and cool-downs are kept for the next process; None takes `DOCPIPE_STATE`, else the folder
    `policy` of the cache directory. `off` keeps nothing."""
    model_dirs: Mapping[str, str] = Field(default_factory=dict)
    """Directories of the user's own by model name; they take the place of the manifest's source."""
    warm: bool = True
    """Run each model once on a blank image while it loads."""
    infer_timeout_s: float | None = Field(default=None, gt=0)
    """How long one call may take before it is given up as `StageTimeout`; None waits for ever."""

    memory_mb: Mapping[Device, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    """Megabytes by device (`cpu`, `gpu:0`) that models and calls may take, all processes together; needs a profile."""
    recycle_above_mb: float | None = Field(default=None, gt=0)
    """A worker process that holds more memory than this is replaced, its successor warmed first; None: never."""
    recycle_after_documents: int | None = Field(default=None, ge=1)
    """A worker process that has read so many documents is replaced; None: never."""

    def cache(self) -> Path:
        """Return the cache directory; it need not exist yet."""
        return Path(self.cache_dir).expanduser() if self.cache_dir else default_cache()

    def threads(self, workers: int = 1) -> int:
        """Return the threads of one predictor where `workers` processes share this machine."""
        return self.cpu_threads or max(1, available_cores() // max(1, workers))


def default_cache() -> Path:
    """Return `$DOCPIPE_CACHE`, else `$XDG_CACHE_HOME/docpipe`, else `~/.cache/docpipe`."""
    if given := os.environ.get("DOCPIPE_CACHE"):
        return Path(given).expanduser()
    xdg = os.environ.get("XDG_CACHE_HOME")
    return (Path(xdg) if xdg else Path.home() / ".cache") / "docpipe"


def available_cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
