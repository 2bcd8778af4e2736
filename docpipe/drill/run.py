"""Runs a drill: the real pipeline reads real documents while a script makes trouble, in real time."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docpipe.config import PipelineConfig
from docpipe.control import PolicyControl, Readers, readers_of
from docpipe.drill.script import Script, Step
from docpipe.drill.verdict import Seen, Verdict, judge
from docpipe.executor import Execution
from docpipe.faults import Faults
from docpipe.inputs.source import Source
from docpipe.pipeline import Pipeline
from docpipe.policy.plan import NS
from docpipe.policy.signals import GpuReading
from docpipe.policy.values import Assignment, Event

Say = Callable[[float, str], None]
"""Is told what happens: the second of the drill, and a sentence."""

LOG = "events.log"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a drill."""

    seen: Seen
    verdicts: tuple[Verdict, ...]
    log: Path

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return all(verdict.met for verdict in self.verdicts)


@dataclass
class Pressure:
    """Readers of slow signals that a script can put another value on."""

    real: Readers
    values: dict[str, float] = field(default_factory=dict)

    def readers(self) -> Readers:
        """Return a reader for each signal that a script may set; the machine's own where it sets none."""
        return {"host_used": lambda: self._read("host_used"), "gpu": self._gpu}

    def _read(self, name: str) -> Any:
        return self.values[name] if name in self.values else self._real(name)

    def _real(self, name: str) -> Any:
        return self.real[name]() if name in self.real else None

    def _gpu(self) -> Any:
        if "gpu_used" in self.values:
            return GpuReading(total_mb=100.0, used_mb=100.0 * self.values["gpu_used"])
        return self._real("gpu")


@dataclass
class _Watcher:
    """Keeps what the drill is judged by."""

    events: list[Event] = field(default_factory=list)
    documents: int = 0
    failed: int = 0
    degraded: int = 0
    say: Callable[[Event], None] = lambda event: None

    def decided(self, event: Event) -> None:
        self.events.append(event)
        self.say(event)

    def finished(self, assignment: Assignment, execution: Execution) -> None:
        self.documents += 1
        self.failed += execution.result.status == "failed"
        self.degraded += execution.result.status == "degraded"


def run_drill(
    config: PipelineConfig,
    script: Script,
    sources: Sequence[Source],
    out: Path,
    *,
    say: Say = lambda seconds, text: None,
    clock: Callable[[], int] = time.monotonic_ns,
) -> Outcome:
    """Load the models, then make trouble and read documents until the script is over.

    Raises:
        ConfigError, ModelError: the pipeline could not start.
    """
    watcher, faults, pressure = _Watcher(), Faults(config.faults), Pressure(readers_of(config))
    log = out / LOG
    policy = PolicyControl(config, event_log=log, observers=[watcher], readers=pressure.readers())
    stop = threading.Event()
    with policy, Pipeline(config, policy=policy, faults=faults) as pipeline:
        for source in sources[:1]:
            pipeline.run(source)  # warm, before the clock of the drill starts
        watcher.events.clear()
        watcher.documents = watcher.failed = watcher.degraded = 0
        start = clock()
        watcher.say = lambda event: say((event.time_ns - start) / NS, f"{event.kind.value} {_told(event)}")
        trouble = threading.Thread(
            target=_play,
            args=(script.steps, faults, pressure, stop, start, clock, say),
            name="docpipe-drill",
            daemon=True,
        )
        trouble.start()
        try:
            for source in itertools.cycle(sources):
                if (clock() - start) / NS >= script.for_s:
                    break
                pipeline.run(source)
        finally:
            stop.set()
            trouble.join()
        end = clock()
    seen = Seen(start, end, tuple(watcher.events), watcher.documents, watcher.failed, watcher.degraded)
    return Outcome(seen, tuple(judge(script, seen)), log)


def _play(
    steps: Sequence[Step],
    faults: Faults,
    pressure: Pressure,
    stop: threading.Event,
    start: int,
    clock: Callable[[], int],
    say: Say,
) -> None:
    for step in steps:
        if stop.wait(max(0.0, step.at_s - (clock() - start) / NS)):
            return
        for target, fault in step.fault.items():
            faults.set(target, fault)
            say(step.at_s, f"fault {target}: {fault.kind if fault else 'none'}")
        for name in ("host_used", "gpu_used"):
            if name in step.model_fields_set:
                value = getattr(step, name)
                if value is None:
                    pressure.values.pop(name, None)
                else:
                    pressure.values[name] = value
                say(step.at_s, f"{name}: {'read from the machine' if value is None else value}")


def _told(event: Event) -> str:
    return f"{event.stage}: {event.from_rung} -> {event.to_rung}, {event.reason}"
