"""Carries out what the policy wants done where documents are read in this very process."""

from __future__ import annotations

import logging

from docpipe.config import PipelineConfig
from docpipe.control.canary import Canary
from docpipe.control.preload import models_only_of
from docpipe.policy.core.effects import Effect, EffectKind
from docpipe.policy.live.engine import PolicyEngine
from docpipe.runtime.protocol import BackgroundRuntime

log = logging.getLogger("docpipe.control")


class InProcessEffects:
    """Frees and loads models, and has canaries read. What concerns worker processes is left to those who have some."""

    def __init__(
        self, config: PipelineConfig, runtime: BackgroundRuntime, engine: PolicyEngine, canary: Canary
    ) -> None:
        self._config, self._runtime, self._engine, self._canary = config, runtime, engine, canary

    def __call__(self, effect: Effect) -> None:
        """Do one thing; returns at once, apart from unloading."""
        if effect.kind is EffectKind.CANARY:
            self._canary.ask(effect)
        elif effect.kind is EffectKind.FREE:
            for model in models_only_of(self._config, effect.stage, effect.rung):
                self._runtime.free(model)
            log.info("docpipe.rung_freed stage=%s rung=%s reason=%s", effect.stage, effect.rung, effect.reason)
        elif effect.kind is EffectKind.LOAD:
            self._load(effect.stage, effect.rung)

    def _load(self, stage: str, rung: str) -> None:
        loading = [self._runtime.load_in_background(m) for m in self._config.stage(stage).rung(rung).use.models()]

        def on_loaded(_: object) -> None:
            if all(future.done() and future.exception() is None for future in loading):
                self._engine.set_available(stage, rung, True, "loaded again")

        for future in loading:
            future.add_done_callback(on_loaded)
