"""Pipeline: one document, or many, through its stages; the one place where policy, executor and runtime meet."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Self

from docpipe import __version__
from docpipe.config import PipelineConfig, load_config
from docpipe.control.controller import PolicyControl
from docpipe.control.preload import load_others, load_residents
from docpipe.control.replace_stuck import StuckModelReplacer
from docpipe.errors import UsageError
from docpipe.execution.executor import Executor
from docpipe.execution.fault_injection import Faults
from docpipe.inputs.accepted import DocumentInput, check_accepted, name_of
from docpipe.inputs.source import Source
from docpipe.metrics.record import Metrics
from docpipe.result import Result
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import BackgroundRuntime, LoadedModel
from docpipe.trace import Producer


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
        policy: PolicyControl | None = None,
        runtime: BackgroundRuntime | None = None,
        faults: Faults | None = None,
        announce: Callable[[str], None] = lambda name: None,
    ) -> None:
        """Load and warm the resident models, which takes seconds.

        `policy` decides about rungs; by default one of the pipeline's own, which ends with it. `announce` is told the
        name of every rung that is ready.

        Raises:
            PlanError: bands or holds of the policy do not fit together.
            ConfigError: a rule pack is wrong.
            ModelError: a stage has no rung whose model can be loaded.
        """
        self.config = config
        self._made_in = os.getpid()
        self._closed = False
        self.faults = faults or Faults(config.faults)
        self.policy = policy or PolicyControl(config)
        self._stack = ExitStack()
        self._runtime = runtime or PaddleRuntime(config.runtime)
        self._stack.callback(self._runtime.close)
        try:
            if policy is None:
                self._stack.enter_context(self.policy)
            producer = producer_of(config, self.policy.pins)
            unusable = load_residents(config, self._runtime, announce, wanted=tuple(self.policy.pins.items()))
        except BaseException:
            self._stack.close()
            raise
        available = self.policy.engine.set_available
        for rung in unusable:
            available(rung.stage, rung.rung, False, rung.reason)
        load_others(config, self._runtime, unusable, lambda stage, rung: available(stage, rung, True, "loaded"))
        self._stuck_models = StuckModelReplacer(config, self._runtime, available)
        self._numbers = itertools.count(1)
        self._executor = Executor(config, self._runtime, producer, faults=self.faults, clock=self.policy.clock)

    @classmethod
    def from_config(cls, path: str | Path = "invoice", *, pins: Mapping[str, str] | None = None) -> Self:
        """Build a pipeline from a YAML file, or from a shipped one by its name.

        Raises:
            ConfigError: with every complaint, each naming its line.
            ModelError: a stage has no rung whose model can be loaded.
        """
        config = load_config(path)
        return cls(config) if not pins else cls(config, policy=PolicyControl(config, pins=pins))

    def run(self, document: DocumentInput, *, name: str | None = None) -> Result:
        """Read one document: a path, bytes, a binary stream, an array (BGR), a Pillow image, or a `Source`.

        `name` is what the result calls it. Never raises for a bad document: its result is `failed` and says why.

        Raises:
            TypeError: no document at all, such as None, a number or a stream of text.
            UsageError: the pipeline is closed, or this is a forked copy of the process that made it.
        """
        self._check_usable()
        check_accepted(document)
        assignment, route = self.policy.router.assign(name or _policy_id(document, next(self._numbers)))
        name = name or name_of(document)
        try:
            execution = self._executor.run(document, route, name=name)
        except BaseException:
            self.policy.router.drop(assignment)
            raise
        self.policy.learn(assignment, execution)
        self._stuck_models.look_at(execution.attempts)
        return execution.result

    def run_many(self, documents: Iterable[DocumentInput]) -> Iterator[Result]:
        """Read documents one after the other, in order."""
        for document in documents:
            yield self.run(document)

    @property
    def metrics(self) -> Metrics:
        """What the pipeline counts and times; serve its `registry`, or read it."""
        return self.policy.metrics

    def models(self) -> list[LoadedModel]:
        """Return the resident models, with the memory and time that each took."""
        return list(self._runtime.loaded())

    def close(self) -> None:
        """Unload the models and end the policy's threads; a second call, or one in a forked copy, does nothing."""
        if os.getpid() == self._made_in:  # a fork copies no threads: there is nothing to end, and waiting never ends
            self._closed = True
            self._stack.close()

    def _check_usable(self) -> None:
        if os.getpid() != self._made_in:
            raise UsageError(
                f"this pipeline was made in process {self._made_in}, and this is a fork of it (process {os.getpid()}): "
                "its threads and models did not come along. Make a Pipeline in the child, or start children with "
                "multiprocessing's `spawn`"
            )
        if self._closed:
            raise UsageError("this pipeline is closed; make another one, or run documents before close()")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _policy_id(document: DocumentInput, number: int) -> str:
    """Return what tells a document without a given name from others to the policy, which tries each of them once.

    A file is told by its whole path, so that a retry falls on the same side of a ramp; what is in memory by its number.
    """
    if isinstance(document, Source):
        return document.path
    return str(Path(document).absolute()) if isinstance(document, (str, Path)) else f"document#{number}"


def producer_of(config: PipelineConfig, pins: Mapping[str, str]) -> Producer:
    """Return the versions and hashes that every result of a pipeline names."""
    return Producer(
        docpipe=__version__,
        paddlepaddle=_version("paddlepaddle", "paddlepaddle-gpu"),
        paddleocr=_version("paddleocr"),
        onnxruntime=_version("onnxruntime", "onnxruntime-gpu"),
        config_sha256=config.sha256(pins),
        rules_sha256=rules_sha256(config),
    )


def rules_sha256(config: PipelineConfig) -> str:
    """Return the hash of the rules that the best rungs read by; of several stages' the hash of all."""
    hashes = [found for _, stage in config.each_stage() if (found := stage.ladder[0].use.rules_sha256()) is not None]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def _version(*names: str) -> str | None:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None
