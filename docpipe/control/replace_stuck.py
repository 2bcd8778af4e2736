"""Replaces models whose call never returns: their rungs are left at once, and served again once another one is loaded.

A native call cannot be ended from outside. Its thread and memory stay until the process ends, so a model is replaced
only so many times; then its rungs stay closed and the operator is told.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator

from docpipe.config import PipelineConfig
from docpipe.execution.stage_call import Attempt
from docpipe.runtime.protocol import BackgroundRuntime, ModelRef
from docpipe.runtime.resolve import normal

log = logging.getLogger("docpipe.control.replace_stuck")

MOST = 3
"""How often one model is replaced while the process lives; each time costs its memory."""

Available = Callable[[str, str, bool, str], None]
"""Is told whether a rung can serve: stage, rung, and why."""


class StuckModelReplacer:
    """Looks at what became of each call. Safe from any thread; nothing waits in it for a model."""

    def __init__(self, config: PipelineConfig, runtime: BackgroundRuntime, available: Available) -> None:
        self._config, self._runtime, self._available = config, runtime, available
        self._replaced: dict[ModelRef, int] = {}
        self._replacing: set[ModelRef] = set()
        self._lock = threading.Lock()

    def look_at(self, attempts: Iterable[Attempt]) -> None:
        """Replace the models of rungs that timed out, where the call has still not come back."""
        for attempt in attempts:
            if attempt.outcome == "timeout":
                for model in self._config.stage(attempt.stage).rung(attempt.rung).use.models():
                    if self._is_mine(model):
                        self._replace(model)

    def _is_mine(self, model: ModelRef) -> bool:
        """Whether this thread is the one to replace a stuck model; the others of the same moment leave it alone."""
        with self._lock:
            if model in self._replacing or not self._runtime.is_stuck(model):
                return False
            self._replacing.add(model)
            self._replaced[model] = self._replaced.get(model, 0) + 1
            return True

    def _replace(self, model: ModelRef) -> None:
        for stage, rung in self._rungs_of(model):
            self._available(stage, rung, False, f"{model.name} is stuck in a call")
        self._runtime.free(model)
        if self._replaced[model] > MOST:
            log.error("docpipe.model_given_up name=%s stuck=%d advice=restart", model.name, self._replaced[model])
            return
        log.warning("docpipe.model_stuck name=%s action=reload", model.name)
        loading = self._runtime.load_in_background(model)
        loading.add_done_callback(lambda future: self._on_loaded(model, future.exception()))

    def _on_loaded(self, model: ModelRef, error: BaseException | None) -> None:
        with self._lock:
            self._replacing.discard(model)
        if error is not None:
            log.error("docpipe.model_not_replaced name=%s reason=%s", model.name, error)
            return
        for stage, rung in self._rungs_of(model):
            self._available(stage, rung, True, f"{model.name} was reloaded after a stuck call")

    def _rungs_of(self, model: ModelRef) -> Iterator[tuple[str, str]]:
        """Yield the rungs that run on this model, however each of them names it."""
        settings = self._config.runtime
        for name, stage in self._config.each_stage():
            for rung in stage.ladder:
                if normal(model, settings) in [normal(ref, settings) for ref in rung.use.models()]:
                    yield name, rung.name
