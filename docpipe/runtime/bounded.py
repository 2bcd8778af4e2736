"""A runtime whose calls may take only so long: for one document, whose size says how long is too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docpipe.runtime.protocol import LoadedModel, ModelRef, Prediction, Runtime


class Bounded:
    """The same models, with a limit of its own for each call. Implements `Runtime`."""

    def __init__(self, runtime: Runtime, limit_s: float) -> None:
        self._runtime, self._limit_s = runtime, limit_s

    def load(self, ref: ModelRef) -> LoadedModel:
        """Load a model; see `Runtime.load`."""
        return self._runtime.load(ref)

    def list_loaded(self) -> Sequence[LoadedModel]:
        """Return what is resident."""
        return self._runtime.list_loaded()

    def infer(
        self,
        ref: ModelRef,
        images: Sequence[Any],
        options: Mapping[str, object] | None = None,
        limit_s: float | None = None,
    ) -> list[Prediction]:
        """Return one prediction per image within the limit, or within `limit_s` where that is less.

        Raises:
            StageTimeout: it took longer. What else `Runtime.infer` raises.
        """
        limit_s = self._limit_s if limit_s is None else min(limit_s, self._limit_s)
        return self._runtime.infer(ref, images, options, limit_s)

    def free(self, ref: ModelRef) -> float:
        """Unload a model."""
        return self._runtime.free(ref)
