"""Which rungs are loaded: the declared resident set at start, the others in the background, never on a request."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from docpipe.config import PipelineConfig
from docpipe.errors import DocpipeError, ModelError
from docpipe.runtime.protocol import BackgroundRuntime

log = logging.getLogger("docpipe.control.preload")

RungKey = tuple[str, str]
"""Stage and rung."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A rung that cannot serve (yet), and why."""

    stage: str
    rung: str
    reason: str
    cold: bool
    """True where it is only not loaded yet."""


def load_residents(
    config: PipelineConfig,
    runtime: BackgroundRuntime,
    announce: Callable[[str], None] = lambda name: None,
    wanted: Collection[RungKey] = (),
) -> list[Unusable]:
    """Load and warm the models of every resident rung, and of those in `wanted`; return the rungs that cannot serve.

    Raises:
        ModelError: a stage is left without a rung.
    """
    unusable = []
    for name, stage in config.each_stage():
        for rung in stage.ladder:
            if not (rung.resident or (name, rung.name) in wanted) and rung.use.models():
                unusable.append(Unusable(name, rung.name, "not loaded yet", cold=True))
                continue
            try:
                for ref in rung.use.models():
                    runtime.load(ref)
                announce(f"{name}.{rung.name}")
            except DocpipeError as e:
                log.error("docpipe.rung_unusable stage=%s rung=%s reason=%s", name, rung.name, e)
                unusable.append(Unusable(name, rung.name, str(e), cold=False))
        lost = [u for u in unusable if u.stage == name]
        if len(lost) == len(stage.ladder):
            raise ModelError(
                f"{name} has no rung that can serve ({_reasons(lost)}). `docpipe doctor` says what is missing"
            )
    return unusable


def _reasons(lost: Sequence[Unusable]) -> str:
    """Return why each rung cannot serve; what several have in common, such as a missing engine, once."""
    rungs: dict[str, list[str]] = {}
    for one in lost:
        rungs.setdefault(one.reason, []).append(one.rung)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in rungs.items())


def load_others(
    config: PipelineConfig,
    runtime: BackgroundRuntime,
    unusable: Collection[Unusable],
    ready: Callable[[str, str], None],
) -> None:
    """Start loading the cold rungs and return at once; `ready(stage, rung)` is called, on another thread, for each."""
    for cold in [u for u in unusable if u.cold]:
        futures = [runtime.load_in_background(ref) for ref in config.stage(cold.stage).rung(cold.rung).use.models()]

        def done(_: object, cold: Unusable = cold, futures: list = futures) -> None:  # type: ignore[type-arg]
            if not all(future.done() for future in futures):
                return
            failed = next((future.exception() for future in futures if future.exception()), None)
            if failed:
                log.error("docpipe.rung_unusable stage=%s rung=%s reason=%s", cold.stage, cold.rung, failed)
            else:
                ready(cold.stage, cold.rung)

        futures[-1].add_done_callback(done)
