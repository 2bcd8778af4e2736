"""Runs a drill: the real pipeline reads documents while a script makes trouble."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from docpipe.config import PipelineConfig
from docpipe.control.controller import Observer, PolicyControl, readers_of
from docpipe.execution.executor import Execution
from docpipe.execution.fault_injection import Faults
from docpipe.inputs.source import Source
from docpipe.lab.drill.pressure import Pressure
from docpipe.lab.drill.script import Script, ScriptStep
from docpipe.lab.drill.verdict import DrillObservations, Verdict, judge
from docpipe.pipeline import Pipeline
from docpipe.policy.audit.log import files_of
from docpipe.policy.core.plan import NS
from docpipe.policy.core.values import Assignment, Event
from docpipe.runtime.protocol import BackgroundRuntime

Say = Callable[[float, str], None]
"""Is told what happens: the second of the drill, and a sentence."""

LOG = "events.log"
SHORTEST_S = 0.001
LOADING = -1.0
"""The second that `Say` is told while models load."""


@dataclass(frozen=True, slots=True)
class DrillResult:
    """What came of a drill."""

    seen: DrillObservations
    verdicts: tuple[Verdict, ...]
    log: Path

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return all(verdict.met for verdict in self.verdicts)


@dataclass
class _Recorder:
    """Keeps what the drill is judged by."""

    events: list[Event] = field(default_factory=list)
    documents: int = 0
    failed: int = 0
    degraded: int = 0
    say: Callable[[Event], None] = lambda event: None

    def on_decision(self, event: Event) -> None:
        self.events.append(event)
        self.say(event)

    def on_finished(self, assignment: Assignment, execution: Execution) -> None:
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
    wait: Callable[[float], object] = time.sleep,
    runtime: BackgroundRuntime | None = None,
    tick_s: float = 1.0,
    observers: Sequence[Observer] = (),
) -> DrillResult:
    """Load the models, then make trouble and read documents until the script is over.

    Trouble comes and goes between two documents. `clock`, `wait`, `runtime` and `tick_s` are for tests.

    Raises:
        ConfigError, ModelError: the pipeline could not start.
    """
    if script.infer_timeout_s is not None:
        settings = config.runtime.model_copy(update={"infer_timeout_s": script.infer_timeout_s})
        config = config.model_copy(update={"runtime": settings})
    for old in files_of(out / LOG):
        old.unlink()  # a replay reads all files of a log, and this drill is judged by its own
    recorder, pressure = _Recorder(), Pressure(readers_of(config))
    faults = Faults(config.faults, wait=wait, clock=lambda: clock() / NS)
    policy = PolicyControl(
        config,
        event_log=out / LOG,
        observers=[recorder, *observers],
        readers=pressure.readers(),
        tick_s=tick_s,
        clock=clock,
    )

    def on_loaded(name: str) -> None:
        say(LOADING, f"loaded {name}")

    with policy, Pipeline(config, policy=policy, runtime=runtime, faults=faults, announce=on_loaded) as pipeline:
        pipeline.run(sources[0])  # warm, before the clock of the drill starts
        recorder.events.clear()
        recorder.documents = recorder.failed = recorder.degraded = 0
        start = clock()
        recorder.say = lambda event: say((event.time_ns - start) / NS, _describe(event))

        def make_trouble(step: ScriptStep) -> None:
            for target, fault in step.fault.items():
                faults.set(target, fault)
            for stage, rung in step.pin.items():
                if rung == "none":
                    policy.unpin(stage)
                else:
                    policy.pin(stage, rung, reason="pinned by the drill")
            pressure.set(step.signals())
            say(step.at_s, f"script: {_describe_step(step)}")
            if step.signals():
                policy.read_signals()

        _play(script, sources, pipeline, make_trouble, lambda: (clock() - start) / NS, wait)
        end = clock()
        rungs = {stage.stage: stage.rung for stage in policy.state.stages}
    events = tuple(event for event in recorder.events if event.time_ns <= end)
    seen = DrillObservations(start, end, events, recorder.documents, recorder.failed, recorder.degraded, rungs)
    return DrillResult(seen, tuple(judge(script, seen)), out / LOG)


def _play(
    script: Script,
    sources: Sequence[Source],
    pipeline: Pipeline,
    make_trouble: Callable[[ScriptStep], None],
    second: Callable[[], float],
    wait: Callable[[float], object],
) -> None:
    steps = deque(script.steps)
    for number in itertools.count():
        due = 0.0 if script.documents_per_s is None else number / script.documents_per_s
        while True:
            now = second()
            if steps and steps[0].at_s <= now:
                make_trouble(steps.popleft())
            elif now >= script.for_s:
                return
            elif now >= due:
                break
            else:
                wait(max(min(due, script.for_s, steps[0].at_s if steps else due) - now, SHORTEST_S))
        again, which = divmod(number, len(sources))
        source = sources[which]
        pipeline.run(_as_another(source, again) if again else source)
        pipeline.policy.engine.tick()  # the drill's clock need not be the monitor's


def _as_another(source: Source, again: int) -> Source:
    """Return the same picture as another document: the policy keeps one that comes back on its side of a ramp.

    Bytes after the end of a picture or a PDF change what it is known by, and nothing else.
    """
    data = source.data if source.data is not None else (source.file or Path()).read_bytes()
    return Source(f"{source.path} {again + 1}", data=data + b"\n" * again)


def _describe(event: Event) -> str:
    return f"{event.kind.value} {event.stage}: {event.from_rung} -> {event.to_rung}, {event.reason}"


def _describe_step(step: ScriptStep) -> str:
    words = [f"{target} {fault or 'well'}" for target, fault in step.fault.items()]
    words += [f"{name} {'as the machine says' if v is None else f'{v:g}'}" for name, v in step.signals().items()]
    words += [
        f"{stage} unpinned" if rung == "none" else f"{stage} pinned to {rung}" for stage, rung in step.pin.items()
    ]
    return ", ".join(words) + (f" ({step.note})" if step.note else "")
