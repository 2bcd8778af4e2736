"""Chooses what reads the documents of a run: this process, or several workers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from docpipe.batch.run import Serve
from docpipe.batch.waiting_workers import WaitingWorker
from docpipe.batch.workers import WorkerPool
from docpipe.config import PipelineConfig
from docpipe.control.controller import PolicyControl
from docpipe.inputs.source import Source
from docpipe.pipeline import Pipeline
from docpipe.result import Result


@dataclass(frozen=True)
class Serving:
    """What reads documents; call it with some."""

    serve: Serve
    look: Callable[[], None] = lambda: None
    """To be called now and then while there is no document: workers are heard, and what the policy wants is done."""

    def __call__(self, sources: Iterable[Source]) -> Generator[tuple[Source, Result], None, None]:
        """Yield every document with its result, as it is finished."""
        return self.serve(sources)


@contextmanager
def start_serving(
    config: PipelineConfig,
    policy: PolicyControl,
    announce: Callable[[str], None],
    waiting: Sequence[WaitingWorker] = (),
) -> Iterator[Serving]:
    """Load the models and yield what reads documents, in `config.workers` processes; 0 is this one.

    `waiting` are workers that were forked for this before; see `docpipe.batch.waiting_workers`.

    Raises:
        ModelError: a stage has no rung whose model can be loaded.
    """
    if config.workers:
        with WorkerPool(config, policy=policy, announce=announce, waiting=waiting) as pool:
            yield Serving(pool.run, pool.look)
        return
    with Pipeline(config, policy=policy, announce=announce) as pipeline:

        def serve(sources: Iterable[Source]) -> Generator[tuple[Source, Result], None, None]:
            for source in sources:
                yield source, pipeline.run(source)

        yield Serving(serve)
