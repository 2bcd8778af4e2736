"""Which rungs are loaded under a limit of memory: a first choice at the start, another one later where that pays.

Rungs that go are first closed to new documents and freed at the next look; only then are others loaded, in the
background. A document never waits for a load.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future

from docpipe.config import PipelineConfig
from docpipe.config.memory_budget import budgets, device_of, rung_memories
from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.policy.live.engine import PolicyEngine
from docpipe.profiles.prices import options_of
from docpipe.runtime.protocol import BackgroundRuntime, LoadedModel, ModelRef
from docpipe.runtime.resolve import normal
from docpipe.scheduling.residents import Footprint, ResidentPlan, Residents, RungKey

log = logging.getLogger("docpipe.control.resident_rungs")

EVERY_S = 30.0
USUAL_LOAD_MS = 2000.0
"""Of a rung that was not loaded yet."""
NO_ROOM = "not loaded: `runtime.memory_mb` has no room for it beside the others"


def resident_plan(config: PipelineConfig, processes: int) -> ResidentPlan | None:
    """Return what chooses the rungs that are loaded in one of several processes; None without a limit of memory.

    Raises:
        ConfigError: the profile cannot be read.
    """
    profile = config.load_profile() if config.runtime.memory_mb else None
    if profile is None:
        return None
    stages = []
    for ladder in config.ladders():
        priced = options_of(profile, ladder)
        options = tuple(Option(rung.name, *priced[rung.name]) for rung in ladder.rungs if rung.name in priced)
        if options and options[0].rung == ladder.rungs[0].name:
            stages.append(StageOptions(ladder.stage, options, config.stage(ladder.stage).weight))
    footprints = {
        key: Footprint(one.device, one.models, one.weights_mb, one.peak_mb_per_unit * one.reference_units)
        for key, one in rung_memories(config).items()
    }
    working = frozenset(
        (name, rung.name) for name, stage in config.each_stage() for rung in stage.ladder if rung.mode != "disable"
    )
    return ResidentPlan(tuple(stages), footprints, working, budgets(config, processes), max(config.workers, 1))


def without_room(config: PipelineConfig, processes: int, wanted: Collection[RungKey]) -> frozenset[RungKey]:
    """Return the rungs that are not loaded at the start, when nobody knows yet how many documents will come."""
    plan = resident_plan(config, processes)
    if plan is None:
        return frozenset()
    priced = {(stage.stage, option.rung) for stage in plan.stages for option in stage.options}
    return frozenset(priced - plan.best(0.0, priced, [key for key in wanted if key in priced]).rungs)


class ResidentRungs:
    """Plans again while a pipeline runs. Safe from any thread."""

    def __init__(
        self, config: PipelineConfig, runtime: BackgroundRuntime, engine: PolicyEngine, plan: ResidentPlan,
        pinned: Collection[RungKey], clock: Callable[[], int], every_s: float = EVERY_S,
    ) -> None:  # fmt: skip
        """`start` begins to look every so many seconds; `look` does it once."""
        self._config, self._runtime, self._engine, self._plan = config, runtime, engine, plan
        self._pinned, self._clock, self._every_s = frozenset(pinned), clock, every_s
        self._priced = frozenset((stage.stage, option.rung) for stage in plan.stages for option in stage.options)
        self._away = set(without_room(config, 1, pinned))
        """Rungs that this plan closed, and no fault."""
        self._next: Residents | None = None
        self._asked, self._lock, self._ended = 0.0, threading.Lock(), threading.Event()
        self._looked_at = clock()
        self._thread = threading.Thread(target=self._run, name="docpipe-residents", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End it; a load that has begun goes on."""
        self._ended.set()
        self._thread.join()

    def count_request(self, size: float) -> None:
        """Count a document; 1 is an ordinary one."""
        with self._lock:
            self._asked += size

    def look(self) -> None:
        """Carry out the change that was begun last time, or begin one if that pays back."""
        now = self._clock()
        with self._lock:
            asked, self._asked = self._asked, 0.0
        elapsed_ms, self._looked_at = (now - self._looked_at) / 1e6, now
        if self._next is not None:
            self._carry_out(self._next)
            self._next = None
        elif elapsed_ms > 0:
            self._begin(asked / elapsed_ms)

    def _begin(self, rate_per_ms: float) -> None:
        usable = self._usable()
        old = self._plan.worth(usable - self._away, rate_per_ms)
        new = self._plan.best(rate_per_ms, usable, (self._pinned | self._pinned_now()) & usable)
        missing = new.rungs & self._away
        if not missing:
            return
        within_ms = 1000 * self._config.policy.recover_after_s
        if not self._plan.pays_back(new, old, rate_per_ms, sum(map(self._load_ms, missing)), within_ms):
            return
        self._next = new
        for stage, rung in sorted(old.rungs - new.rungs):
            self._away.add((stage, rung))
            self._engine.set_available(stage, rung, False, NO_ROOM)
        words = "docpipe.residents_planned per_s=%.3g load=%s accuracy=%.4f before=%.4f"
        names = ",".join(sorted(".".join(key) for key in missing))
        log.info(words, rate_per_ms * 1000, names, new.accuracy, old.accuracy)

    def _carry_out(self, new: Residents) -> None:
        """Free what went away and load what is missing."""
        kept = {model for key in self._all_rungs() if key not in self._away for model in self._models(key)}
        for key in sorted(self._away - new.rungs):
            for model in self._models(key):
                if model not in kept:
                    self._runtime.free(model)
        for key in sorted(self._away & new.rungs):
            loading = [self._runtime.load_in_background(model) for model in self._models(key)]
            for future in loading:
                future.add_done_callback(lambda _, key=key, loading=loading: self._finish_load(key, loading))  # type: ignore[misc]

    def _finish_load(self, key: RungKey, loading: list[Future[LoadedModel]]) -> None:
        if key not in self._away or not all(future.done() for future in loading):
            return
        if error := next((error for future in loading if (error := future.exception())), None):
            log.error("docpipe.rung_unusable stage=%s rung=%s reason=%r", *key, error)
            return
        self._away.discard(key)
        self._engine.set_available(*key, True, "loaded: it is worth its memory now")

    def _usable(self) -> frozenset[RungKey]:
        """Return the rungs that serve, or would if they were loaded: those that no fault has closed."""
        plan, state = self._engine.raw_state()
        found = set()
        for spec, stage in zip(plan.stages, state.stages, strict=True):
            for name, rung in zip(spec.rungs, stage.rungs, strict=True):
                key = spec.name, name
                if key in self._away or (rung.available and rung.closed_until is None and not rung.cold):
                    found.add(key)
        return frozenset(found & self._priced)

    def _pinned_now(self) -> frozenset[RungKey]:
        plan, state = self._engine.raw_state()
        stages = zip(plan.stages, state.stages, strict=True)
        return frozenset((spec.name, spec.rungs[stage.pin.level]) for spec, stage in stages if stage.pin is not None)

    def _load_ms(self, key: RungKey) -> float:
        known: Mapping[ModelRef, float] = {
            normal(model.ref, self._config.runtime): model.load_s * 1000 for model in self._runtime.list_loaded()
        }
        return sum(known.get(normal(model, self._config.runtime), USUAL_LOAD_MS) for model in self._models(key))

    def _models(self, key: RungKey) -> tuple[ModelRef, ...]:
        limited = self._plan.limits_mb
        models = self._config.stage(key[0]).rung(key[1]).use.models()
        return tuple(model for model in models if device_of(model, self._config.runtime.device) in limited)

    def _all_rungs(self) -> list[RungKey]:
        return [(name, rung.name) for name, stage in self._config.each_stage() for rung in stage.ladder]

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            try:
                self.look()
            except Exception:
                log.exception("docpipe.residents_not_planned")
