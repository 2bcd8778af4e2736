"""GPU memory: NVML against nvidia-smi, and what another process's allocations do to the stages that watch it.

    python benchmarks/gpu_pressure.py [--gpu 0] [--fake]

Another process takes memory of the GPU until 96 % are in use, holds it, and gives it back. The two text stages declare
`gpu_used`, the other two do not: only the first may move, and they must come back. No model is loaded: documents are
samples of 20 ms. Without a GPU (or with --fake) the same script runs on a made-up device: a module in place of NVML's
and a program in place of nvidia-smi, which both read a file that the other process writes.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import yaml
from machine import describe

from docpipe.config import PipelineConfig
from docpipe.control.controller import PolicyControl
from docpipe.files.shipped import find
from docpipe.policy.core.values import Event, EventKind, Outcome, Sample
from docpipe.runtime.gpu import GpuMemory, gpus

MB = 1 << 20
FAKE_MB, FAKE_USED_MB = 16_384, 3_000
TARGET = 0.96
TOLERANCE_MB = 64
"""Other programs allocate between the two readings."""
WATCHERS = ("text_detection", "text_recognition")
LIMIT_S = 120.0


def fake_device(root: Path) -> None:
    """Put a made-up GPU in place, whose used megabytes stand in a file."""
    held = root / "held"
    held.write_text("0")
    os.environ["FAKE_GPU"] = str(held)
    module = ModuleType("pynvml")
    module.NVMLError = type("NVMLError", (Exception,), {})  # type: ignore[attr-defined]
    values: dict[str, Any] = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda handle: b"made-up device",
        "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(total=FAKE_MB * MB, used=used_mb(held) * MB),
        "nvmlSystemGetDriverVersion": lambda: "none",
    }
    for name, value in values.items():
        setattr(module, name, value)
    sys.modules["pynvml"] = module
    program = root / "nvidia-smi"
    program.write_text(f'#!/bin/sh\necho "{FAKE_MB}, $(({FAKE_MB - FAKE_USED_MB} - $(cat {held})))"\n')
    program.chmod(0o755)
    os.environ["PATH"] = f"{root}{os.pathsep}{os.environ['PATH']}"


def used_mb(held: Path) -> int:
    """Return what is in use of the made-up device."""
    return FAKE_USED_MB + int(held.read_text() or 0)


def neighbour(gpu: int, megabytes: int) -> None:
    """Take memory, say so, and hold it until standard input ends. Runs in a process of its own."""
    fake = os.environ.get("FAKE_GPU")
    if fake:
        Path(fake).write_text(str(megabytes))
    else:
        cuda, device, context = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(), ctypes.c_void_p()
        place = ctypes.c_uint64()
        for code in (
            cuda.cuInit(0),
            cuda.cuDeviceGet(ctypes.byref(device), gpu),
            cuda.cuCtxCreate_v2(ctypes.byref(context), 0, device),
            cuda.cuMemAlloc_v2(ctypes.byref(place), ctypes.c_size_t(megabytes * MB)),
        ):
            if code:
                sys.exit(f"CUDA error {code}")
    print("held", flush=True)
    sys.stdin.read()
    if fake:
        Path(fake).write_text("0")


def agreement(gpu: int) -> str:
    """Compare one reading of NVML with one of nvidia-smi; anything but agreement ends the benchmark."""
    ours = gpus()[gpu]
    command = ["nvidia-smi", f"--id={gpu}", "--query-gpu=memory.total,memory.free", "--format=csv,noheader,nounits"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    total, free = (float(part) for part in told.strip().split(","))
    theirs = total - free  # its own `memory.used` leaves out what the driver reserves, NVML's does not
    words = f"used {ours.used_mb:.0f} of {ours.total_mb:.0f} MB by NVML, {theirs:.0f} of {total:.0f} by nvidia-smi"
    if abs(ours.used_mb - theirs) > TOLERANCE_MB or abs(ours.total_mb - total) > TOLERANCE_MB:
        sys.exit(f"they do not agree: {words}")
    return words


def watching(gpu: int) -> PipelineConfig:
    """Return the pipeline with short holds, in which only the text stages look at the GPU's memory."""
    data = yaml.safe_load(find("configs", "drills/quick").read_text(encoding="utf-8"))
    band = data["policy"].pop("gpu_used")
    for name in ("host_used", "p95_ms", "queue_wait_ms"):
        del data["policy"][name]
    for name in WATCHERS:
        data["stages"][name]["gpu_used"] = band
    data["runtime"]["device"] = f"gpu:{gpu}"
    return PipelineConfig.model_validate(data)


class Told:
    """Prints what the policy decides, and keeps it."""

    def __init__(self) -> None:
        self.start = time.monotonic_ns()
        self.events: list[Event] = []

    def decided(self, event: Event) -> None:
        """Take note of one decision."""
        self.events.append(event)
        second = (event.time_ns - self.start) / 1e9
        print(
            f"{second:6.1f} s  {event.kind.value} {event.stage}: {event.from_rung} -> {event.to_rung}, {event.reason}"
        )

    def finished(self, assignment: object, execution: object) -> None:
        """Nothing is read here."""


def serve_until(control: PolicyControl, levels: dict[str, int]) -> None:
    """Send documents until the stages stand on these levels."""
    end = time.monotonic() + LIMIT_S
    while {stage.stage: stage.level for stage in control.state.stages} != levels:
        if time.monotonic() > end:
            sys.exit(f"not {levels} within {LIMIT_S:.0f} s:\n{control.state}")
        assignment, _ = control.router.assign(f"document {control.state.documents}")
        for choice in assignment.choices:
            control.engine.record(
                Sample(choice.stage, choice.rung, choice.epoch, Outcome.OK, 20_000_000, choice.kind, lease=choice.lease)
            )
        time.sleep(0.1)


def pressed(gpu: int) -> None:
    """Make pressure and take it away; the watching stages must follow, the others must stay."""
    memory: GpuMemory = gpus()[gpu]
    megabytes = int(memory.total_mb * TARGET - memory.used_mb)
    calm = {"text_detection": 0, "text_recognition": 0, "table_structure": 0, "key_fields": 0}
    told = Told()
    with PolicyControl(watching(gpu), observers=[told]) as control:
        serve_until(control, calm)
        command = [sys.executable, __file__, "--gpu", str(gpu), "--hold", str(megabytes)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            if other.stdout.readline() != "held\n":
                sys.exit("the other process could not take the memory")
            print(f"another process holds {megabytes} MB: {agreement(gpu)}")
            serve_until(control, calm | dict.fromkeys(WATCHERS, 1))
            assert other.stdin is not None
            other.stdin.close()
            other.wait()
            print(f"it gave the memory back: {agreement(gpu)}")
        serve_until(control, calm)
    moves = [e for e in told.events if e.kind in (EventKind.DOWN, EventKind.UP)]
    assert {e.stage for e in moves} == set(WATCHERS)
    assert [e.kind for e in moves] == [EventKind.DOWN] * 2 + [EventKind.UP] * 2
    print("the text stages gave way and came back, one after the other; the other two stayed")


def main() -> None:
    """Measure, on the real device where there is one."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--gpu", type=int, default=0)
    arguments.add_argument("--fake", action="store_true")
    arguments.add_argument("--hold", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.hold is not None:
        neighbour(given.gpu, given.hold)
        return
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        if given.fake or not gpus():
            fake_device(Path(folder))
            gpus.__globals__["_started_nvml"].cache_clear()
        print(f"device: {gpus()[given.gpu].name}; {agreement(given.gpu)}")
        pressed(given.gpu)


if __name__ == "__main__":
    main()
