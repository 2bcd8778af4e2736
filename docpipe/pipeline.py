"""Pipeline: one document, or many, through four stages; the one place where policy, executor and runtime meet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Self

from docpipe import __version__
from docpipe.config import PipelineConfig, load_config
from docpipe.executor import Executor
from docpipe.faults import Faults
from docpipe.inputs.open import DocumentInput
from docpipe.inputs.source import Source
from docpipe.policy.engine import PolicyEngine
from docpipe.policy.status import PolicyStatus
from docpipe.residency import load_others, load_residents
from docpipe.result import Result
from docpipe.routing import Router, pin_all, plan_of
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import BackgroundRuntime, LoadedModel
from docpipe.served import Producer


class PolicyControl:
    """What a user may see and do of the policy."""

    def __init__(self, engine: PolicyEngine) -> None:
        self._engine = engine

    @property
    def state(self) -> PolicyStatus:
        """Where every stage stands, and why."""
        return self._engine.state()

    def pin(
        self, stage: str, rung: str, *, until: datetime | None = None, reason: str = "pinned by the caller"
    ) -> None:
        """Keep a stage on a rung, until a moment (with its time zone) or until `unpin`. Faults still go below it.

        Raises:
            KeyError: there is no such stage or rung.
        """
        left = None if until is None else (until - datetime.now(UTC)) // timedelta(microseconds=1) * 1000
        self._engine.pin(stage, rung, None if left is None else time.monotonic_ns() + left, reason)

    def unpin(self, stage: str) -> None:
        """Let the policy decide about a stage again."""
        self._engine.unpin(stage)


class Pipeline:
    """Reads documents. A context manager; `run` may be called from several threads.

    >>> with Pipeline.from_config("invoice") as pipeline:          # doctest: +SKIP
    ...     result = pipeline.run("receipt.jpg")
    ...     result.field("total_gross").value
    '9.00'
    """

    def __init__(
        self,
        config: PipelineConfig,
        *,
        runtime: BackgroundRuntime | None = None,
        engine: PolicyEngine | None = None,
        faults: Faults | None = None,
        pins: Mapping[str, str] | None = None,
        announce: Callable[[str], None] = lambda name: None,
    ) -> None:
        """Load and warm the resident models, which takes seconds.

        Raises:
            PlanError: bands or holds of the policy do not fit together.
            ModelError: a stage has no rung whose model can be loaded.
        """
        self.config = config
        self.faults = faults or Faults(config.faults)
        self._engine = engine or PolicyEngine(plan_of(config))
        self._router = Router(config, self._engine)
        self.policy = PolicyControl(self._engine)
        self._runtime = runtime or PaddleRuntime(config.runtime)
        pins = dict(pins or {})
        unusable = load_residents(config, self._runtime, announce, wanted=tuple(pins.items()))
        for rung in unusable:
            self._engine.set_available(rung.stage, rung.rung, False, rung.reason)
        pin_all(self._engine, pins)
        load_others(config, self._runtime, unusable, lambda s, r: self._engine.set_available(s, r, True, "loaded"))
        self._executor = Executor(config, self._runtime, producer_of(config, pins), faults=self.faults)

    @classmethod
    def from_config(cls, path: str | Path = "invoice", *, pins: Mapping[str, str] | None = None) -> Self:
        """Build a pipeline from a YAML file, or from a shipped one by its name.

        Raises:
            ConfigError: with every complaint, each naming its line.
            ModelError: a stage has no rung whose model can be loaded.
        """
        return cls(load_config(path), pins=pins)

    def run(self, document: DocumentInput, *, name: str | None = None) -> Result:
        """Read one document: a path, a file's bytes, an array (BGR), a Pillow image, or a `Source`.

        `name` is what the result calls it. Never raises for a bad document: its result is `failed` and says why.
        """
        name = name or _name_of(document)
        assignment, route = self._router.assign(name)
        try:
            execution = self._executor.run(document, route, name=name)
        except BaseException:
            self._router.drop(assignment)
            raise
        self._router.learn(assignment, execution)
        self._engine.tick()
        return execution.result

    def run_many(self, documents: Iterable[DocumentInput]) -> Iterator[Result]:
        """Read documents one after the other, in order."""
        for document in documents:
            yield self.run(document)

    def models(self) -> list[LoadedModel]:
        """Return the resident models, with the memory and time that each took."""
        return list(self._runtime.loaded())

    def close(self) -> None:
        """Unload the models."""
        self._runtime.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _name_of(document: DocumentInput) -> str:
    if isinstance(document, Source):
        return document.path
    return Path(document).name if isinstance(document, (str, Path)) else "document"


def producer_of(config: PipelineConfig, pins: Mapping[str, str]) -> Producer:
    """Return the versions and hashes that every result of a pipeline names."""
    return Producer(
        docpipe=__version__,
        paddlepaddle=_version("paddlepaddle", "paddlepaddle-gpu"),
        paddleocr=_version("paddleocr"),
        onnxruntime=_version("onnxruntime", "onnxruntime-gpu"),
        config_sha256=config.sha256(pins),
        rules_sha256=config.stages.key_fields.ladder[0].use.rules_sha256(),
    )


def _version(*names: str) -> str | None:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None
