"""What tests need instead of the real thing: a clock that moves when told, a runtime without models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from docpipe.document import Image
from docpipe.runtime.protocol import LoadedModel, ModelRef, Prediction


class FakeClock:
    """A monotonic clock in integer nanoseconds that stands still until it is advanced."""

    def __init__(self, start_ns: int = 0) -> None:
        self.now_ns = start_ns

    def __call__(self) -> int:
        """Return the present moment in nanoseconds, as `time.monotonic_ns` does."""
        return self.now_ns

    def advance(self, seconds: float) -> int:
        """Move on by `seconds` (to the nearest nanosecond) and return the new moment.

        Raises:
            ValueError: the step is negative; a monotonic clock never goes back.
        """
        if seconds < 0:
            raise ValueError(f"a monotonic clock cannot go back by {-seconds} s")
        self.now_ns += round(seconds * 1_000_000_000)
        return self.now_ns


class FakeRuntime:
    """A runtime without models: every model loads, and every image gives the predictions it was told.

    `fail` makes models unusable from the start, by name, as if their files were missing.
    """

    def __init__(
        self,
        predictions: Mapping[str, Prediction] | None = None,
        *,
        fail: Mapping[str, Exception] | None = None,
    ) -> None:
        self._predictions = dict(predictions or {})
        self._fail = dict(fail or {})
        self._loaded: dict[ModelRef, LoadedModel] = {}
        self.calls: list[tuple[str, int]] = []
        """Every `infer`: the model's name and how many images."""

    def load(self, ref: ModelRef) -> LoadedModel:
        """Pretend to load a model; raises what `fail` says."""
        if ref.name in self._fail:
            raise self._fail[ref.name]
        return self._loaded.setdefault(
            ref, LoadedModel(ref, ref.name.encode().hex() * 4, "onnxruntime", "cpu", "fake", 0.0, 0.0)
        )

    def load_in_background(self, ref: ModelRef) -> Future[LoadedModel]:
        """Load at once; the future is done."""
        future: Future[LoadedModel] = Future()
        try:
            future.set_result(self.load(ref))
        except Exception as e:
            future.set_exception(e)
        return future

    def list_loaded(self) -> Sequence[LoadedModel]:
        """Return what was loaded, in order."""
        return list(self._loaded.values())

    def infer(
        self,
        ref: ModelRef,
        images: Sequence[Image],
        options: Mapping[str, object] | None = None,
        limit_s: float | None = None,
    ) -> list[Prediction]:
        """Return the model's prediction for each image."""
        self.calls.append((ref.name, len(images)))
        return [self._predictions[ref.name] for _ in images]

    def is_stuck(self, ref: ModelRef) -> bool:
        """No model of this runtime is ever stuck."""
        return False

    def free(self, ref: ModelRef) -> float:
        """Forget a model."""
        self._loaded.pop(ref, None)
        return 0.0

    def close(self) -> None:
        """Forget all models."""
        self._loaded.clear()
