"""Which rungs are loaded: the declared resident set at start, the others in the background, never on a request.

Rungs that run on Paddle load in the background, too, where the best rungs do without it: importing Paddle takes seconds
and 250 MB, for which the first answer should not wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from docpipe.config import PipelineConfig
from docpipe.control.resident_rungs import NO_ROOM, without_room
from docpipe.errors import DocpipeError, ModelError
from docpipe.runtime.protocol import BackgroundRuntime, ModelRef
from docpipe.runtime.resolve import normal, runs_on_paddle

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


def models_only_of(config: PipelineConfig, stage: str, rung: str) -> list[ModelRef]:
    """Return the models that no other rung of any ladder runs on."""
    others = [
        normal(ref, config.runtime)
        for name, ladder in config.each_stage()
        for other in ladder.ladder
        if (name, other.name) != (stage, rung)
        for ref in other.use.models()
    ]
    return [ref for ref in config.stage(stage).rung(rung).use.models() if normal(ref, config.runtime) not in others]


def load_residents(
    config: PipelineConfig,
    runtime: BackgroundRuntime,
    announce: Callable[[str], None] = lambda name: None,
    wanted: Collection[RungKey] = (),
    processes: int = 1,
) -> list[Unusable]:
    """Load and warm the models of every resident rung, and of those in `wanted`; return the rungs that cannot serve.

    Where the file limits memory, which so many `processes` share, only what fits is loaded.

    Raises:
        ModelError: a stage is left without a rung.
    """
    at_once, no_room = _at_once(config, wanted), without_room(config, processes, wanted)
    unusable: list[Unusable] = []
    for name, stage in config.each_stage():
        lost: list[Unusable] = []
        for rung in stage.ladder:
            if (name, rung.name) in no_room:
                lost.append(Unusable(name, rung.name, NO_ROOM, cold=False))
            elif (name, rung.name) not in at_once and rung.use.models():
                lost.append(Unusable(name, rung.name, "not loaded yet", cold=True))
            elif reason := _load(config, runtime, name, rung.name, announce):
                lost.append(Unusable(name, rung.name, reason, cold=False))
        if len(lost) == len(stage.ladder):  # then even those that could wait must come now
            lost = [
                replace(one, reason=reason, cold=False)
                for one in lost
                if (reason := _load(config, runtime, name, one.rung, announce) if one.cold else one.reason)
            ]
        if len(lost) == len(stage.ladder):
            raise ModelError(
                f"{name} has no rung that can serve ({_reasons(lost)}). `docpipe doctor` says what is missing"
            )
        unusable += lost
    return unusable


def first_loaded(config: PipelineConfig, wanted: Collection[RungKey] = (), processes: int = 1) -> tuple[str, ...]:
    """Return the rungs, as `stage.rung`, whose models `load_residents` loads and announces where nothing goes wrong."""
    at_once = _at_once(config, wanted) - without_room(config, processes, wanted)
    rungs = ((name, rung) for name, stage in config.each_stage() for rung in stage.ladder if rung.use.models())
    return tuple(f"{name}.{rung.name}" for name, rung in rungs if (name, rung.name) in at_once)


def _at_once(config: PipelineConfig, wanted: Collection[RungKey]) -> frozenset[RungKey]:
    """Return the rungs that the first document waits for."""
    behind = _paddle_behind(config, wanted)
    resident = {(name, rung.name) for name, stage in config.each_stage() for rung in stage.ladder if rung.resident}
    return frozenset(resident - behind) | frozenset(wanted)


def _load(
    config: PipelineConfig, runtime: BackgroundRuntime, stage: str, rung: str, announce: Callable[[str], None]
) -> str:
    """Load the models of a rung and return nothing, or why it cannot serve."""
    try:
        for ref in config.stage(stage).rung(rung).use.models():
            runtime.load(ref)
    except DocpipeError as e:
        log.error("docpipe.rung_unusable stage=%s rung=%s reason=%r", stage, rung, e)
        return str(e)
    announce(f"{stage}.{rung}")
    return ""


def _paddle_behind(config: PipelineConfig, wanted: Collection[RungKey]) -> frozenset[RungKey]:
    """Return the rungs that need Paddle, where no stage's first rung and none of `wanted` does."""
    need = {
        (name, rung.name)
        for name, stage in config.each_stage()
        for rung in stage.ladder
        if any(runs_on_paddle(ref, config.runtime) for ref in rung.use.models())
    }
    first = {(name, stage.ladder[0].name) for name, stage in config.each_stage()}
    return frozenset() if need & (first | set(wanted)) else frozenset(need)


def _reasons(lost: Sequence[Unusable]) -> str:
    """Return why each rung cannot serve; what several have in common, such as a missing engine, once."""
    rungs: dict[str, list[str]] = {}
    for one in lost:
        rungs.setdefault(one.reason, []).append(one.rung)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in rungs.items())
