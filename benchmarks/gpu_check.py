"""What a GPU shows of docpipe: readings, builds, each rung's memory and time, running out of memory, a swap.

    make gpu-check                                        (python benchmarks/gpu_check.py)
    python benchmarks/gpu_check.py --gpu 1 --config my.yaml --image scan.png

Where only the driver is there, what the driver alone can show is checked; without a GPU it says so and ends with 0.
Exit codes: 0 nothing was wrong, 1 a check failed, 2 the configuration is wrong.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cuda_driver import Driver, DriverError
from machine import describe

from docpipe.errors import DocpipeError, ModelError, OutOfMemory
from docpipe.runtime.engines import ENGINES, explain_missing
from docpipe.runtime.failures import translate_error
from docpipe.runtime.gpu import cuda_version, driver_version, gpu_memory, gpus
from docpipe.runtime.paddle import import_paddle
from docpipe.runtime.pool import pool_of
from docpipe.runtime.settings import default_cache

SAMPLE = Path(__file__).parents[1] / "tests" / "samples" / "images" / "invoice_en.png"
ON_GPUS = {name: engine for name, engine in ENGINES.items() if name != "openvino"}
"""The engines that docpipe runs on GPUs."""
TAKEN_MB = 1024
CONTEXT_MB = 700
"""What a process takes of the device beside what it asks for: its context, 300 to 600 MB."""
LEFT_MB = 64
"""What a neighbour leaves free while a document is read."""
CALLS = 5


class Failed(Exception):
    """A check that did not come out as it must."""


class NotShown(Exception):
    """What a check needs is not here; not a failure."""


@dataclass(frozen=True)
class Gpu:
    """The device under test, and what is asked of the driver."""

    index: int
    driver: Any

    @property
    def device(self) -> str:
        """PaddleOCR's word for it."""
        return f"gpu:{self.index}"

    def used_mb(self) -> float:
        """Return what NVML says is in use, by all processes."""
        memory = gpu_memory(self.device)
        if memory is None:
            raise Failed("NVML no longer answers")
        return memory.used_mb

    def now(self) -> str:
        """Return NVML's and the allocator's readings of this moment."""
        pool = pool_of(self.device)
        held = (
            f"{pool.allocated_mb:.0f} of {pool.reserved_mb:.0f} MB of Paddle's pool" if pool else "no pool of Paddle's"
        )
        return f"NVML {self.used_mb():.0f} MB, {held}"


class ModelRuntime(Protocol):
    """What a check needs of a runtime."""

    def load(self, ref: Any) -> Any: ...
    def infer(self, ref: Any, images: Any) -> Any: ...
    def free(self, ref: Any) -> float: ...


def read_device(gpu: Gpu) -> Iterator[str]:
    """Say what NVML and Paddle's allocator read."""
    memory = gpu_memory(gpu.device)
    if memory is None:
        raise Failed(f"NVML shows no {gpu.device}")
    driver = f"driver {driver_version()}, CUDA up to {cuda_version() or 'unknown'}"
    yield f"{memory.name}, {memory.total_mb:.0f} MB, {driver}"
    yield gpu.now()


def list_builds(gpu: Gpu) -> Iterator[str]:
    """Say which engines are installed, and which of them can drive the device."""
    for name, engine in ON_GPUS.items():
        builds = ", ".join(f"{build} {version}" for build, version in engine.list_installed().items()) or engine.module
        try:
            import_paddle(default_cache(), name, gpu.device, pictures=False)
        except ModelError as e:
            yield f"{builds}: {e}"
        else:
            yield f"{builds}: drives {gpu.device}"


def context_mb(gpu: Gpu) -> int:
    """Return what a neighbour takes beside the memory it asks for: measured, as it differs between devices."""
    before = gpu.used_mb()
    with gpu.driver.holding(TAKEN_MB):
        return int(gpu.used_mb() - before) - TAKEN_MB


def follow_neighbour(gpu: Gpu) -> Iterator[str]:
    """See NVML's reading rise and fall with what another process takes."""
    before = gpu.used_mb()
    with gpu.driver.holding(TAKEN_MB):
        during = gpu.used_mb()
    after = gpu.used_mb()
    yield f"{before:.0f} MB, with {TAKEN_MB} MB taken by another process {during:.0f} MB, given back {after:.0f} MB"
    if not TAKEN_MB - 64 <= during - before <= TAKEN_MB + CONTEXT_MB:
        raise Failed(f"NVML rose by {during - before:.0f} MB")
    if abs(after - before) > CONTEXT_MB:
        raise Failed(f"NVML did not come back: {after - before:+.0f} MB")


def translate_driver_error(gpu: Gpu) -> Iterator[str]:
    """Let the driver refuse memory, and see that docpipe takes its words for out of memory and steps down."""
    said = gpu.driver.exceed()
    error = translate_error(RuntimeError(said), "a model")
    yield f"the driver says: {said}"
    yield f"docpipe says: {type(error).__name__}: {error}"
    if not isinstance(error, OutOfMemory):
        raise Failed("this is not translated to OutOfMemory")


def step_down(config: Any) -> Iterator[str]:
    """Tell the policy of out-of-memory errors, as a document would, until its first stage moves."""
    from docpipe.control.controller import PolicyControl
    from docpipe.policy.core.values import Event, EventKind, Outcome, Sample

    moves: list[Event] = []

    class Taken:
        def on_decision(self, event: Event) -> None:
            moves.append(event)

        def on_finished(self, assignment: object, execution: object) -> None: ...

    with PolicyControl(config, observers=[Taken()]) as control:
        for number in range(1, 11):
            assignment, _ = control.router.assign(f"document {number}")
            choice = next(iter(assignment.choices))
            control.engine.record(
                Sample(choice.stage, choice.rung, choice.epoch, Outcome.OOM, 1_000_000, choice.kind, lease=choice.lease)
            )
            down = next((event for event in moves if event.kind is EventKind.DOWN), None)
            if down is not None:
                yield f"after {number} such errors: {down.stage} {down.from_rung} -> {down.to_rung}, {down.reason}"
                return
    raise Failed("ten out-of-memory errors moved nothing")


def measure_rungs(gpu: Gpu, config: Any, runtime: ModelRuntime, clock: Callable[[], float]) -> Iterator[str]:
    """Load the models of every rung one after the other; say what each took on the device, and its time per call."""
    from docpipe.runtime.calls import blank

    for stage, ladder in config.each_stage():
        for rung in ladder.ladder:
            for ref in rung.use.models():
                if (ref.device or config.runtime.device) == "cpu" or ref.task == "tensor_network":
                    yield f"{stage}.{rung.name}: {ref.name} stays on the processor"
                    continue
                before = gpu.used_mb()
                try:
                    loaded = runtime.load(ref)
                    times = []
                    for _ in range(CALLS):
                        began = clock()
                        runtime.infer(ref, [blank(ref.task)])
                        times.append(1000 * (clock() - began))
                except DocpipeError as e:
                    yield f"{stage}.{rung.name}: {ref.name} unusable: {e}"
                    continue
                yield (
                    f"{stage}.{rung.name}: {ref.name} on {loaded.engine}, {gpu.used_mb() - before:+.0f} MB by NVML, "
                    f"{statistics.median(times):.1f} ms a call (median of {CALLS}); {gpu.now()}"
                )


def swap(gpu: Gpu, refs: Sequence[Any], runtime: ModelRuntime) -> Iterator[str]:
    """Free one model and load another: NVML keeps what Paddle's pool keeps, and the second model takes from it."""
    usable = []
    for ref in refs:
        try:
            runtime.load(ref)
        except DocpipeError:
            continue
        usable.append(ref)
    if len(usable) < 2:
        raise NotShown("fewer than two models can be loaded")
    first, second = usable[:2]
    runtime.free(second)
    yield f"{first.name} loaded: {gpu.now()}"
    runtime.free(first)
    yield f"{first.name} freed: {gpu.now()}"
    runtime.load(second)
    yield f"{second.name} loaded: {gpu.now()}"


def read_under_pressure(gpu: Gpu, pipeline: Any, image: Path) -> Iterator[str]:
    """Read a document while a neighbour leaves next to nothing; say which rung answered."""
    free = gpu_memory(gpu.device)
    assert free is not None
    with gpu.driver.holding(max(1, int(free.total_mb - free.used_mb) - context_mb(gpu) - LEFT_MB)):
        result = pipeline.run(str(image))
    yield f"{image.name}: {result.status}; " + (
        "; ".join(f"{d.stage} {d.from_rung} -> {d.to_rung}, {d.trigger}" for d in result.degradations)
        or f"no step down: what the pool held was enough, with {LEFT_MB} MB left free"
    )
    if result.status == "failed":
        raise Failed("; ".join(error.message for error in result.errors))


def drives(gpu: Gpu) -> bool:
    """Say whether one engine at least can drive the device."""
    for name in ON_GPUS:
        try:
            import_paddle(default_cache(), name, gpu.device, pictures=False)
        except ModelError:
            continue
        return True
    return False


def load_on(gpu: Gpu, name: str) -> Any:
    """Return the pipeline file, on this device."""
    from docpipe.config import load_config

    config = load_config(name)
    return config.model_copy(update={"runtime": config.runtime.model_copy(update={"device": gpu.device})})


def checks(gpu: Gpu, config: Any, image: Path) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield every check with its title; those with models only where an engine can drive the device."""
    yield "readings", read_device(gpu)
    yield "builds", list_builds(gpu)
    yield "a neighbour's memory", follow_neighbour(gpu)
    yield "out of memory, by the driver", translate_driver_error(gpu)
    yield "the policy's answer", step_down(config)
    if not drives(gpu):
        why = "; ".join(filter(None, map(explain_missing, ON_GPUS))) or "see the builds above"
        print(f"== rungs, a swap, a document under pressure: not shown, no engine drives {gpu.device} ({why})")
        return
    from docpipe.pipeline import Pipeline
    from docpipe.runtime.paddle import PaddleRuntime

    runtime = PaddleRuntime(config.runtime)
    yield "rungs", measure_rungs(gpu, config, runtime, time.perf_counter)
    yield "a swap", swap(gpu, [ref for ref in config.models() if ref.task != "tensor_network"], runtime)
    runtime.close()
    with Pipeline(config) as pipeline:
        yield "a document under pressure", read_under_pressure(gpu, pipeline, image)


def run(found: Iterator[tuple[str, Iterator[str]]]) -> int:
    """Print the checks and return how many failed."""
    failed = 0
    for title, lines in found:
        print(f"== {title}")
        try:
            for line in lines:
                print(f"   {line}", flush=True)
        except NotShown as e:
            print(f"   not shown: {e}")
        except (Failed, DriverError, DocpipeError) as e:
            failed += 1
            print(f"   FAILED: {e}")
    return failed


def main() -> int:
    """Check the device that the arguments name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gpu", type=int, default=0)
    parser.add_argument("--config", default="invoice-gpu")
    parser.add_argument("--image", type=Path, default=SAMPLE)
    given = parser.parse_args()
    print(describe())
    if not 0 <= given.gpu < len(gpus()):
        print(f"NVML shows {len(gpus())} GPUs: nothing to check for gpu:{given.gpu}. docs/gpu.md says what is needed")
        return 0
    gpu = Gpu(given.gpu, Driver(given.gpu))
    try:
        config = load_on(gpu, given.config)
    except DocpipeError as e:
        print(e)
        return int(e.exit_code)
    failed = run(checks(gpu, config, given.image))
    print(f"{failed} checks failed" if failed else "nothing was wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
