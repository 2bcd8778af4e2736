"""Rungs that load in the background: told when they are there, and waited for by a document that has no other left."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, wait

from docpipe.config import PipelineConfig
from docpipe.control.preload import RungKey, Unusable
from docpipe.runtime.protocol import BackgroundRuntime, LoadedModel

log = logging.getLogger("docpipe.control.preload")

MOST_WAIT_S = 120.0
"""How long a document without a deadline waits for a rung that loads; less than a worker may go without progress."""

Ready = Callable[[str, str], None]
"""Is told of each rung that can serve now, on another thread: stage and rung."""


class ColdRungs:
    """Loads the cold rungs of a start, beside the documents. Safe from any thread."""

    def __init__(
        self, config: PipelineConfig, runtime: BackgroundRuntime, unusable: Collection[Unusable], ready: Ready
    ) -> None:
        """Start loading and return at once."""
        self._config, self._ready = config, ready
        self._loading: dict[RungKey, list[Future[LoadedModel]]] = {}
        for cold in unusable:
            if cold.cold:
                models = config.stage(cold.stage).rung(cold.rung).use.models()
                self._loading[cold.stage, cold.rung] = [runtime.load_in_background(ref) for ref in models]
        for key, futures in self._loading.items():
            futures[-1].add_done_callback(lambda _, key=key: self._on_loaded(*key))  # type: ignore[misc]

    def lower(self, stage: str, rung: str, within_s: float = MOST_WAIT_S) -> str | None:
        """Return the next rung below `rung` that was cold at the start, once it is loaded; None if none comes in time.

        Those that were loaded from the start are not among them: the policy has decided about them.
        """
        until = time.monotonic() + within_s
        ladder = self._config.stage(stage)
        for lower in ladder.ladder[ladder.level(rung) + 1 :]:
            futures = self._loading.get((stage, lower.name))
            if futures is None:
                continue
            if not all(future.done() for future in futures):
                log.warning("docpipe.rung_awaited stage=%s rung=%s after=%s", stage, lower.name, rung)
            wait(futures, timeout=max(until - time.monotonic(), 0.0))
            if all(_is_loaded(future) for future in futures):
                return lower.name
        return None

    def _on_loaded(self, stage: str, rung: str) -> None:
        futures = self._loading[stage, rung]
        if all(_is_loaded(future) for future in futures):
            self._ready(stage, rung)
            return
        ended = [future for future in futures if future.done() and not future.cancelled()]
        for error in [error for future in ended if (error := future.exception())][:1]:
            log.error("docpipe.rung_unusable stage=%s rung=%s reason=%r", stage, rung, error)


def _is_loaded(future: Future[LoadedModel]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
