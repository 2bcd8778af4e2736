"""A real neighbour on a GPU: which stages give way, what that gives back, and how they return.

    python benchmarks/gpu_pressure.py [--gpu 0] [--fake]

The policy runs as in production, with a monitor that reads NVML every half second. Its models are stand-ins: each
rung of each stage holds the device memory that it declares, by the CUDA driver. Another process takes 90 % of the
device, holds it, and gives it back. Needs Python, pydantic and NVIDIA's driver; no engine, no CUDA toolkit. Without a
GPU, or with --fake, the device is made up: a file of megabytes in place of driver and NVML. Takes about a minute and
a half.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from docpipe.policy import EventKind, Kind, Outcome, Plan, PolicyEngine, PolicySpec, Sample, StagePolicy, Trigger
from docpipe.policy.core.effects import Effect, EffectKind
from docpipe.policy.core.values import Event
from docpipe.policy.live.monitor import GpuReading, SignalMonitor

MB = 1 << 20
TARGET = 0.90
FAKE_TOTAL_MB = 16_384
NEEDS = {
    "text_detection": {"main": 1200.0, "light": 300.0},
    "text_recognition": {"main": 800.0, "light": 200.0},
    "table_structure": {"main": 400.0, "off": 400.0},
    "key_fields": {"rules": 0.0, "skip": 0.0},
}
"""Megabytes of each rung. Tables have nothing smaller to go to, key fields hold nothing."""
POLICY = {
    "gpu_used": {"degrade_above": 0.85, "recover_below": 0.70},
    "ooms": {},
    "degrade_after_s": 1.0,
    "recover_after_s": 4.0,
    "cool_down_s": {"first": 4.0},
    "probes": {"count": 3, "pass": 2, "per_s": 5.0, "lease_s": 10.0},
    "ramp": {"shares": [0.5], "min_samples": 5, "min_s": 1.0, "max_s": 20.0},
}
LIMIT_S = 60.0
CONTEXT_MB = 1024
"""What a CUDA context and rounding may take beside what was asked for."""


class FakeDevice:
    """A file of megabytes by owner stands for the device; shared with the neighbour's process."""

    total_mb, context_mb = float(FAKE_TOTAL_MB), 0.0

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder, self._file = folder, folder / owner
        self._held: dict[str, float] = {}

    def used_mb(self) -> float:
        """Return what all owners hold."""
        return sum(float(file.read_text() or 0) for file in self._folder.iterdir() if file.suffix != ".part")

    def take(self, name: str, megabytes: float) -> bool:
        """Take memory; False where there is not enough."""
        if self.used_mb() + megabytes > self.total_mb:
            return False
        self._write({**self._held, name: megabytes})
        return True

    def free(self, name: str) -> None:
        """Give memory back."""
        self._write({k: v for k, v in self._held.items() if k != name})

    def _write(self, held: dict[str, float]) -> None:
        self._held = held
        part = self._file.with_suffix(".part")
        part.write_text(str(sum(held.values())))
        os.replace(part, self._file)


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class Device:
    """A GPU through NVIDIA's driver alone: memory by `cuMemAlloc`, readings by NVML."""

    def __init__(self, index: int) -> None:
        self._cuda, self._nvml = ctypes.CDLL("libcuda.so.1"), ctypes.CDLL("libnvidia-ml.so.1")
        device, self._context, self._handle = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
        self._places: dict[str, ctypes.c_uint64] = {}
        self._lock = threading.Lock()
        if self._nvml.nvmlInit_v2() or self._nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(self._handle)):
            raise OSError("NVML does not answer")
        before = self.used_mb()
        if self._cuda.cuInit(0) or self._cuda.cuDeviceGet(ctypes.byref(device), index):
            raise OSError("the CUDA driver does not answer")
        if self._cuda.cuCtxCreate_v2(ctypes.byref(self._context), 0, device):
            raise OSError("no CUDA context")
        self.context_mb = max(self.used_mb() - before, 0.0)
        self.total_mb = self._read().total / MB

    def _read(self) -> _Memory:
        memory = _Memory()
        if self._nvml.nvmlDeviceGetMemoryInfo(self._handle, ctypes.byref(memory)):
            raise OSError("NVML does not answer")
        return memory

    def used_mb(self) -> float:
        """Return what NVML says that all programs hold."""
        return self._read().used / MB

    def take(self, name: str, megabytes: float) -> bool:
        """Take memory; False where the driver says that there is not enough."""
        place = ctypes.c_uint64()
        with self._lock:
            self._cuda.cuCtxSetCurrent(self._context)
            failed = self._cuda.cuMemAlloc_v2(ctypes.byref(place), ctypes.c_size_t(int(megabytes * MB)))
        if not failed:
            self._places[name] = place
        return not failed

    def free(self, name: str) -> None:
        """Give memory back."""
        place = self._places.pop(name, None)
        if place is not None:
            with self._lock:
                self._cuda.cuCtxSetCurrent(self._context)
                self._cuda.cuMemFree_v2(place)


class Models:
    """Stand-ins that hold what their rungs need, and do what the policy wants done."""

    def __init__(self, device: Device | FakeDevice) -> None:
        self.device = device
        self.held: dict[tuple[str, str], float] = {}
        self.engine: PolicyEngine | None = None
        for stage, rungs in NEEDS.items():
            for rung, need in rungs.items():
                if need and not self._load(stage, rung):
                    sys.exit(f"the device has no room for {stage}.{rung}")

    def _load(self, stage: str, rung: str) -> bool:
        if self.device.take(f"{stage}.{rung}", NEEDS[stage][rung]):
            self.held[stage, rung] = NEEDS[stage][rung]
            return True
        return False

    def carry_out(self, effect: Effect) -> None:
        """Free or load what an effect names."""
        if effect.kind is EffectKind.FREE:
            self.device.free(f"{effect.stage}.{effect.rung}")
            self.held.pop((effect.stage, effect.rung), None)
        elif effect.kind is EffectKind.LOAD and self.engine is not None and self._load(effect.stage, effect.rung):
            self.engine.set_available(effect.stage, effect.rung, True, "loaded again")

    def reading(self) -> GpuReading:
        """Return the device as the monitor sees it; all that the stand-ins hold is in use."""
        ours = sum(self.held.values()) + self.device.context_mb
        return GpuReading(self.device.total_mb, self.device.used_mb(), ours, ours)


def make_device(gpu: int, fake: str, owner: str) -> Device | FakeDevice:
    """Return the device of this process."""
    return FakeDevice(Path(fake), owner) if fake else Device(gpu)


def hold(device: Device | FakeDevice, megabytes: float) -> None:
    """Take memory as a neighbour, say how much, and hold it until standard input ends."""
    while megabytes > 0 and not device.take("neighbour", megabytes):
        megabytes -= 256
    print(f"{megabytes:.0f}", flush=True)
    sys.stdin.read()
    device.free("neighbour")


def serve_until(engine: PolicyEngine, levels: dict[str, int], served: list[int]) -> float:
    """Send documents until the stages stand on these levels; return the seconds that it took."""
    began = time.monotonic()
    while {stage.stage: stage.level for stage in engine.state().stages} != levels:
        if time.monotonic() - began > LIMIT_S:
            sys.exit(f"not {levels} within {LIMIT_S:.0f} s:\n{engine.state()}")
        served[0] += 1
        assignment = engine.assign(f"document {served[0]}")
        for c in assignment.choices:
            engine.record(Sample(c.stage, c.rung, c.epoch, Outcome.OK, 20_000_000, c.kind, lease=c.lease))
        engine.release(assignment)
        time.sleep(0.05)
    return time.monotonic() - began


def pressed(gpu: int, fake: str) -> None:
    """Make pressure and take it away; check who moved, what it gave back, and that all is well again."""
    models = Models(make_device(gpu, fake, "docpipe"))
    device, events, served = models.device, list[Event](), [0]
    began = time.monotonic()

    def tell(event: Event) -> None:
        events.append(event)
        way = f"{event.stage}: {event.from_rung} -> {event.to_rung}"
        print(f"{time.monotonic() - began:6.1f} s  {event.kind.value} {way}, {event.reason}", flush=True)

    stages = {name: (list(rungs), StagePolicy()) for name, rungs in NEEDS.items()}
    plan = Plan.build(PolicySpec.model_validate(POLICY), stages, device_mb=NEEDS, memory_floor={"key_fields": "rules"})
    engine = models.engine = PolicyEngine(plan, on_event=tell)
    engine.on_effect = models.carry_out
    monitor = SignalMonitor({"gpu": models.reading}, engine.tick, every_s=0.5)
    monitor.start()
    calm = dict.fromkeys(NEEDS, 0)
    serve_until(engine, calm, served)
    wanted = device.total_mb * TARGET - device.used_mb()
    command = [sys.executable, __file__, "--gpu", str(gpu), "--hold", str(wanted), *(["--fake", fake] if fake else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        print(f"a neighbour takes {float(other.stdout.readline()):.0f} MB: {device.used_mb():.0f} of "
              f"{device.total_mb:.0f} MB used", flush=True)  # fmt: skip
        down_s = serve_until(engine, calm | {"text_detection": 1, "text_recognition": 1}, served)
        given_back = sum(NEEDS[s]["main"] for s in ("text_detection", "text_recognition"))
        print(f"gave way in {down_s:.1f} s: {device.used_mb():.0f} MB used after {given_back:.0f} MB were freed")
        neighbours_oom(engine, device)
        for _ in range(200):  # the pressure stays for ten seconds: nothing more may be given up
            serve_until(engine, calm | {"text_detection": 1, "text_recognition": 1}, served)
            time.sleep(0.05)
        other.stdin.close()
        other.wait()
    print(f"it gave the memory back: {device.used_mb():.0f} MB used", flush=True)
    up_s = serve_until(engine, calm, served)
    monitor.stop()
    check(events)
    print(f"back on top in {up_s:.1f} s; {served[0]} documents, key fields on rules for each of them")


def neighbours_oom(engine: PolicyEngine, device: Device | FakeDevice) -> None:
    """Run out of memory for the neighbour's sake, by a real allocation: the rung is not closed for it."""
    if device.take("too much", device.total_mb / 2):
        sys.exit("half the device could be taken beside a neighbour that holds most of it")
    engine.tick()
    choice = engine.assign("out of memory")["table_structure"]
    engine.record(Sample(choice.stage, choice.rung, choice.epoch, Outcome.OOM, 10_000_000, Kind.SERVED, "oom"))
    closed = engine.state()["table_structure"].closed
    print(f"out of memory beside a neighbour: closed rungs {closed or 'none'}")
    if closed:
        sys.exit("a neighbour's greed closed a rung")
    engine.pin("table_structure", "main", None, "the rest of the run looks at pressure alone")
    engine.unpin("table_structure")


def check(events: list[Event]) -> None:
    """Say what was not as it must be, and end."""
    downs = [e for e in events if e.kind is EventKind.DOWN and e.stage != "table_structure"]
    assert sorted((e.stage, e.trigger) for e in downs) == [
        ("text_detection", Trigger.GPU_MEMORY),
        ("text_recognition", Trigger.GPU_MEMORY),
    ], downs
    assert not [e for e in events if e.stage == "key_fields"], "key fields hold no device memory"
    assert [e.stage for e in events if e.kind is EventKind.NO_RELIEF].count("table_structure") >= 1
    assert not [e for e in events if e.kind is EventKind.CLOSED]


def main() -> None:
    """Run as the policy, or as the neighbour."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--gpu", type=int, default=0)
    arguments.add_argument("--fake", nargs="?", const="new", default="", help="a made-up device")
    arguments.add_argument("--hold", type=float, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.hold is not None:
        hold(make_device(given.gpu, given.fake, "neighbour"), given.hold)
        return
    with tempfile.TemporaryDirectory() as folder:
        fake = folder if given.fake else ""
        if not fake:
            try:
                ctypes.CDLL("libcuda.so.1")
            except OSError:
                print("no GPU here: the device is made up")
                fake = folder
        name = "made-up device" if fake else "GPU by NVIDIA's driver"
        print(f"{platform.platform()}, Python {platform.python_version()}; {name}; no seed, nothing is drawn")
        pressed(given.gpu, fake)


if __name__ == "__main__":
    main()
