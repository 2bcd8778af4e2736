"""Reads again what was read degraded, the largest loss first, and records what changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from docpipe.batch.corrections import Corrections
from docpipe.batch.journal import NAME, Entry, Journal, read_result
from docpipe.batch.run import Serve
from docpipe.batch.tables import WRITERS, dialect_of
from docpipe.config import PipelineConfig
from docpipe.errors import OutputError, UsageError
from docpipe.files.atomic import write_atomic
from docpipe.inputs.identity import content_sha256
from docpipe.inputs.source import Source
from docpipe.profiles.prices import options_of
from docpipe.result import Result

RECORD = "docpipe-upgrades.jsonl"
FACTOR_UNKNOWN = 0.9
"""What a step down is taken for where no profile says what it costs."""


@dataclass(frozen=True, slots=True)
class Change:
    """What reading a document again changed. Losses are shares of accuracy, 0 to 1, by the profile."""

    path: str
    output: str
    outcome: str
    """`better`, `same` (still as degraded as before), or `failed`; only a better result replaces the one before."""
    loss_before: float
    loss_after: float
    rungs: Mapping[str, tuple[str, str]]
    """Stage -> the rung before, the rung now, where they differ."""
    fields: Mapping[str, tuple[str | None, str | None]]
    """Field -> its value before, its value now, where they differ."""


@dataclass(frozen=True, slots=True)
class Degraded:
    """A document worth reading again."""

    source: Source
    entry: Entry
    loss: float


class Losses:
    """How much accuracy a result gave up, by the profile's factors."""

    def __init__(self, config: PipelineConfig) -> None:
        """Read the profile, where there is one.

        Raises:
            ConfigError: the profile cannot be read.
        """
        profile = config.load_profile()
        ladders = config.ladders() if profile is not None else []
        self._factors = {ladder.stage: options_of(profile, ladder) for ladder in ladders if profile is not None}
        self._weights = {name: stage.weight for name, stage in config.each_stage()}

    def of(self, result: Result) -> float:
        """Return 1 less the product of the factors of the rungs that it was stepped down to."""
        kept = 1.0
        for stage in {degradation.stage for degradation in result.degradations}:
            rung = next(served.rung for name, served in result.stages.items() if name == stage)
            known = self._factors.get(stage, {}).get(rung)
            kept *= (FACTOR_UNKNOWN if known is None else min(known[1], 1.0)) ** self._weights.get(stage, 1.0)
        return 1.0 - kept


def find_degraded(out: Path, config_sha256: str, losses: Losses, max_bytes: int) -> tuple[list[Degraded], list[str]]:
    """Return what was read degraded in a folder of results, the largest loss first, and what cannot be read again.

    Raises:
        UsageError: there are no results of a run in the folder, or none of this configuration.
    """
    entries = Journal(out).entries()
    if not entries:
        raise UsageError(f"{out} holds no results of `docpipe run` (there is no {NAME})")
    found: list[Degraded] = []
    problems: list[str] = []
    others = 0
    for entry in entries.values():
        result = read_result(out / entry.output) if entry.status == "degraded" else None
        if result is None:
            continue
        if entry.config_sha256 != config_sha256:
            others += 1
        elif not entry.file:
            problems.append(f"{entry.path}: where it lay is not known; run it again with --force")
        elif content_sha256(source := Source(entry.path, Path(entry.file)), max_bytes) != entry.sha256:
            problems.append(f"{entry.path}: {entry.file} is gone, or was changed since it was read")
        else:
            found.append(Degraded(source, entry, losses.of(result)))
    if others and not found:
        raise UsageError(
            f"the {others} degraded results in {out} were made by another configuration; name it with --config, "
            "and the same --pin and --pages"
        )
    return sorted(found, key=lambda one: (-one.loss, one.entry.output)), problems


def upgrade(
    out: Path, degraded: Sequence[Degraded], serve: Serve, losses: Losses, told: Callable[[Change], None]
) -> None:
    """Read documents again, in that order; replace results that got better, and write down what changed.

    Raises:
        OutputError: results cannot be written any more; those written so far are whole.
    """
    by_output = {str(one.source.output): one for one in degraded}
    journal = Journal(out)
    with closing(serve([one.source for one in degraded])) as results:
        for source, result in results:
            before = by_output[str(source.output)]
            change = compare(before, read_result(out / before.entry.output), result, losses)
            try:
                if change.outcome == "better":
                    write_atomic(out / before.entry.output, result.to_json(indent=1) + "\n")
                    journal.append(Entry.of(result, before.entry.output, before.entry.file))
                _append(out / RECORD, change)
            except OSError as e:
                raise OutputError(f"{out} cannot be written: {e.strerror}; what was read so far is kept") from e
            told(change)
    write_tables_again(out)


def compare(before: Degraded, old: Result | None, new: Result, losses: Losses) -> Change:
    """Return what reading a document again changed."""
    loss = losses.of(new)
    if new.status in ("failed", "refused"):
        outcome = "failed"
    else:
        outcome = "better" if new.status == "ok" or loss < before.loss else "same"
    was = {} if old is None else {name: served.rung for name, served in old.stages.items()}
    found_before = {} if old is None else {path: field.value for path, field in old.found()}
    found_now = {path: field.value for path, field in new.found()}
    return Change(
        before.entry.path,
        before.entry.output,
        outcome,
        round(before.loss, 6),
        round(loss, 6),
        {n: (was[n], s.rung) for n, s in new.stages.items() if n in was and was[n] != s.rung},
        {
            path: (found_before.get(path), found_now.get(path))
            for path in sorted({*found_before, *found_now})
            if found_before.get(path) != found_now.get(path)
        },
    )


def write_tables_again(out: Path) -> None:
    """Write the tables again that the run had written beside the results."""
    entries = list(Journal(out).entries().values())
    corrections = Corrections(out)

    def results() -> Iterator[Result]:
        for entry in entries:
            for output in entry.outputs:
                result = read_result(out / output)
                if result is not None:
                    yield corrections.apply(result, output)

    for writers in WRITERS.values():
        for file, write in writers:
            if (out / file).is_file():
                write(out / file, results(), dialect_of(out / file))


def _append(path: Path, change: Change) -> None:
    line = json.dumps(asdict(change), ensure_ascii=False) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(handle, line.encode("utf-8", "surrogatepass"))
    finally:
        os.close(handle)
