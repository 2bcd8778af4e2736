"""Reads labelled documents with chosen rungs, into a folder for each combination; what is there is not read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from docpipe.batch.run import Reporter, RunOptions, Summary, run_batch
from docpipe.batch.serving import start_serving
from docpipe.config import PipelineConfig
from docpipe.control.controller import PolicyControl
from docpipe.errors import NothingToDo
from docpipe.inputs.source import Source
from docpipe.lab.evaluation.combinations import Combination
from docpipe.lab.evaluation.labels import LabelledSet
from docpipe.lab.evaluation.readings import ResultFolder
from docpipe.result import Result


def documents_of(sets: Sequence[LabelledSet]) -> tuple[list[Source], list[Path]]:
    """Return the labelled documents that are there, and the files that are not.

    Raises:
        NothingToDo: none is there.
    """
    sources = [labelled.source(label) for labelled in sets for label in labelled.labels]
    missing = [source.file for source in sources if source.file and not source.file.is_file()]
    found = [source for source in sources if source.file not in set(missing)]
    if not found:
        names = ", ".join(str(file) for file in missing[:3]) or "the labels name no `file`"
        raise NothingToDo(
            f"no labelled document is there ({names}); `file` in the labels is relative to the folder of labels.jsonl. "
            "To score results without the documents, add --results"
        )
    return found, missing


def count_strays(results: ResultFolder, combination: Combination) -> dict[str, int]:
    """Return for each stage how many documents another rung than the pinned one served, as happens after a fault."""
    elsewhere: Counter[str] = Counter()
    for result in results:
        for stage, rung in combination.pins.items():
            with suppress(LookupError, TypeError):
                elsewhere[stage] += result["stages"][stage]["rung"] != rung
    return {stage: count for stage, count in elsewhere.items() if count}


def run_combination(
    config: PipelineConfig,
    combination: Combination,
    sources: Sequence[Source],
    out: Path,
    reporter: Reporter,
    *,
    announce: Callable[[str], None],
    force: bool = False,
) -> Summary:
    """Read what is not yet in `out` with this content, configuration and combination, each stage pinned to its rung.

    Models are loaded only when something is left to read.

    Raises:
        ModelError: a stage has no rung whose model can be loaded.
    """

    def serve(left: Iterable[Source]) -> Generator[tuple[Source, Result], None, None]:
        left = list(left)
        if not left:
            return
        policy = PolicyControl(config, pins=combination.pins)
        with policy, start_serving(config, policy, announce) as read:
            yield from read(left)

    options = RunOptions(
        out=out,
        config_sha256=config.sha256(combination.pins),
        max_bytes=config.input.max_bytes,
        resume=not force,
        force=force,
    )
    return run_batch(sources, serve, options, reporter)
