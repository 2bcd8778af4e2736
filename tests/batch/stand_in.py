"""Worker processes with stand-ins for models, so that they start in a moment: real processes, real signals, real pipes.

A document is a small picture whose first pixel says what happens when a model looks at it: see `DO`. What happens once
only leaves a mark in the folder that `DOCPIPE_STAND_IN` names.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image as PillowImage

from docpipe.config import PipelineConfig
from docpipe.errors import ModelError
from docpipe.inputs.source import Source
from docpipe.runtime.protocol import BackgroundRuntime, ModelRef, Prediction
from docpipe.testing import FakeRuntime

MARKS = "DOCPIPE_STAND_IN"
HOG_MB = 1536
"""What a document that asks for much memory takes."""
DO = ("read", "die", "die_on_main", "die_once", "stop_on_main", "hang_on_main", "spin_on_main", "slow", "hog_on_main")
"""By the first pixel's blue: what a document does. `hang` keeps the interpreter's lock, `spin` lets it go."""


class StandIn(FakeRuntime):
    """Finds nothing on any page, after what the page asks for."""

    def __init__(self) -> None:
        super().__init__({})

    def infer(self, ref: ModelRef, images: Sequence[Any], *more: Any, **named: Any) -> list[Prediction]:
        if ref.task == "text_detection":
            wish = int(images[0][0, 0, 0]) // 8  # a page of somebody else's asks for nothing
            act(DO[wish] if wish < len(DO) else "read", ref.name == "PP-OCRv6_medium_det", int(images[0][0, 0, 1]))
        return [{"dt_polys": [], "dt_scores": []} for _ in images]


def act(what: str, main: bool, number: int) -> None:
    """Do to this process what a document asks for."""
    if what == "slow":
        time.sleep(0.05)
    if what == "hog_on_main" and main:
        np.ones(HOG_MB << 17)
    if what == "die" or (what == "die_on_main" and main):
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "die_once":
        mark = Path(os.environ[MARKS]) / f"{number}"
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if what == "stop_on_main" and main:
        os.kill(os.getpid(), signal.SIGSTOP)
    if what == "hang_on_main" and main:
        ctypes.PyDLL(None).pause()
    if what == "spin_on_main" and main:
        ctypes.CDLL(None).pause()


def stand_in(config: PipelineConfig) -> BackgroundRuntime:
    """Make the stand-in in a worker."""
    return StandIn()


def little_memory(config: PipelineConfig) -> BackgroundRuntime:
    """Make the stand-in in a process that may take no more than a little beyond what it has: a hog fails in it."""
    limit = psutil.Process().memory_info().vms + (HOG_MB << 19)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    return StandIn()


def starts_no_more(config: PipelineConfig) -> BackgroundRuntime:
    """Make the stand-in in the first process; in all others its models are missing."""
    mark = Path(os.environ[MARKS]) / "started"
    if mark.exists():
        return FakeRuntime(fail=dict.fromkeys(("PP-OCRv6_medium_det", "PP-OCRv6_small_det"), ModelError("it is gone")))
    mark.touch()
    return StandIn()


def dies_at_first(config: PipelineConfig) -> BackgroundRuntime:
    """Kill the first process that loads models, as the kernel does for memory; make the stand-in in the others."""
    act("die_once", main=True, number=0)
    return StandIn()


def dies_always(config: PipelineConfig) -> BackgroundRuntime:
    """Kill every process that loads models."""
    act("die", main=True, number=0)
    return StandIn()


def config_of(workers: int = 2, **changes: Any) -> PipelineConfig:
    """Return a pipeline whose detection has two rungs; the other stages need no model."""
    data = {
        "workers": workers,
        "runtime": {"infer_timeout_s": 1},
        "policy": {"ooms": {}, "error_ratio": {"degrade_above": 0.9}},
        "stages": {
            "text_detection": {
                "ladder": [
                    {"name": "main", "use": {"model_name": "PP-OCRv6_medium_det"}},
                    {"name": "light", "mode": "swap_model", "use": {"model_name": "PP-OCRv6_small_det"}},
                ]
            },
            "text_recognition": {"ladder": [{"name": "main", "use": {}}]},
            "table_structure": {"ladder": [{"name": "main", "use": {"rules": "lines"}}]},
            "key_fields": {"ladder": [{"name": "main", "use": {"rules": "minimal"}}]},
        },
    }
    return PipelineConfig.model_validate(data | changes)


def document(folder: Path, name: str, what: str = "read", number: int = 0) -> Source:
    """Draw a document that does `what` where a model looks at it; `number` tells documents apart."""
    pixels = np.full((64, 64, 3), 255, np.uint8)
    pixels[:, :, 2] = 8 * DO.index(what)  # Pillow is RGB, the pipeline BGR
    pixels[:, :, 1] = number % 256
    pixels[32:, :, 0] = number // 256
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(file)
    return Source(name, file.absolute())
