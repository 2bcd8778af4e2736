"""One run over many documents: what is already done, what is left, and the files that it leaves behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from docpipe.batch.corrections import Corrections
from docpipe.batch.duplicates import duplicates_of
from docpipe.batch.journal import Entry, Journal, read_result
from docpipe.batch.tables import DIALECTS, WRITERS
from docpipe.errors import ExitCode, OutputError, UsageError
from docpipe.files.atomic import remove_unfinished, write_atomic
from docpipe.inputs.identity import content_sha256
from docpipe.inputs.names import output_name
from docpipe.inputs.source import Source
from docpipe.result import Result

Serve = Callable[[Iterable[Source]], Generator[tuple[Source, Result], None, None]]
"""Reads documents and gives each one back with its result, in any order."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Where results go, and what to do with those of an earlier run."""

    out: Path
    config_sha256: str
    max_bytes: int
    formats: Sequence[str] = ("json",)
    resume: bool = False
    force: bool = False
    fail_fast: bool = False
    csv_dialect: str = "unix"
    report: bool = False
    """Whether a report is written afterwards, so that tables may link to it."""
    against: Sequence[Path] = ()
    """Output folders of earlier runs that duplicates are looked for in, too."""


@dataclass
class Summary:
    """What came of a run."""

    documents: int = 0
    skipped: int = 0
    """Finished by an earlier run, with the same content and configuration."""
    pages: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    degraded: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Documents by (stage, rung, trigger)."""
    failed: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, code and message of every failed document."""
    warned: list[tuple[str, str, str]] = field(default_factory=list)
    """The same for errors in documents that were read all the same."""
    review: int = 0
    """Documents with something that a person should look at; failed ones are counted as failed only."""
    to_review: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Path, and the fields to look at, of the first `MOST_NAMED` of them."""
    interrupted: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """130 when interrupted, 1 when a document failed, else 0."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return ExitCode.SOME_FAILED if self.statuses["failed"] else ExitCode.OK

    def add(self, result: Result, *, earlier: bool = False) -> None:
        """Count one result, of this run or of an `earlier` one."""
        if earlier:
            self.skipped += 1
        else:
            self.documents += 1
            self.pages += result.document.pages_read
        self.statuses[result.status] += 1
        self.degraded.update({(d.stage, d.to_rung, d.trigger): 1 for d in result.degradations})
        if result.needs_review and result.status != "failed":
            self.review += 1
            if len(self.to_review) < MOST_NAMED:
                fields = tuple(dict.fromkeys(item.field for item in result.needs_review))
                self.to_review.append((result.document.path, fields))
        to = self.failed if result.status == "failed" else self.warned
        to.extend((result.document.path, error.code, error.message) for error in result.errors[:1])

    def recount(self, before: Result, after: Result) -> None:
        """Count a result again, whose list of what to look at has changed at the end of the run."""
        if after.status == "failed":
            return
        self.review += bool(after.needs_review) - bool(before.needs_review)
        path, fields = after.document.path, tuple(dict.fromkeys(item.field for item in after.needs_review))
        self.to_review = [entry for entry in self.to_review if entry[0] != path]
        if fields and len(self.to_review) < MOST_NAMED:
            self.to_review.append((path, fields))


MOST_NAMED = 20
"""Documents that a summary names where a person should look; however many there are, it stays small."""
PROBE = ".docpipe-write-test"
PROBE_BYTES = 1 << 16
"""About as much as one result: a folder with less room is full."""


class Reporter(Protocol):
    """Shows how a run goes."""

    def on_planned(self, left: int, done: int) -> None:
        """Say how many documents are left to read, and how many an earlier run has read."""

    def on_finished(self, source: Source, result: Result, output: Path) -> None:
        """Say that one document is done."""


def check_output(options: RunOptions) -> None:
    """See that results may be written where they should go, before a model is loaded for them.

    Raises:
        UsageError: the folder holds results, and neither `resume` nor `force` was asked for; or it is no folder,
            or it is read-only or full.
    """
    if options.out.exists() and not options.out.is_dir():
        raise UsageError(f"{options.out} is a file; name a folder with --out")
    if Journal(options.out).path.exists() and not (options.resume or options.force):
        raise UsageError(
            f"{options.out} holds an earlier run; add --resume to go on with it, --force to read everything again, "
            "or name another folder with --out"
        )
    is_new = not options.out.exists()
    try:
        write_atomic(options.out / PROBE, " " * PROBE_BYTES)
        (options.out / PROBE).unlink()
        if is_new:  # a run that does not start leaves nothing behind
            options.out.rmdir()
    except OSError as e:
        raise UsageError(f"{options.out} cannot be written: {e.strerror}; name another folder with --out") from e


def run_batch(sources: Sequence[Source], serve: Serve, options: RunOptions, reporter: Reporter) -> Summary:
    """Read every document that is not done yet, and write each result as soon as it is there.

    Raises:
        UsageError: the folder holds results, and neither `resume` nor `force` was asked for.
        OutputError: results cannot be written any more; those written so far are whole, and `resume` goes on.
    """
    check_output(options)
    remove_unfinished(options.out)
    journal = Journal(options.out)
    summary = Summary()
    known = journal.entries() if options.resume else {}
    left = []
    for source in sources:
        entry = options.resume and journal.find_finished(
            known, _output(source), content_sha256(source, options.max_bytes), options.config_sha256
        )
        if not entry:
            left.append(source)
            continue
        for name in entry.outputs:
            if (before := read_result(options.out / name)) is not None:
                summary.add(before, earlier=True)
    reporter.on_planned(len(left), summary.skipped)
    try:
        with closing(serve(left) if left else _read_nothing()) as results:
            for source, result in results:
                output = options.out / _output(source)
                try:
                    output = options.out / _write(source, result, options.out, journal)
                except OSError as e:
                    raise OutputError(
                        f"{output} cannot be written: {e.strerror}; {summary.documents} results are kept. "
                        "Make room, then go on with --resume"
                    ) from e
                for each in result.parts or (result,):
                    summary.add(each)
                reporter.on_finished(source, result, output)
                if options.fail_fast and result.status == "failed":
                    break
    except KeyboardInterrupt:
        summary.interrupted = True
    _mark_duplicates(sources, options, summary)
    _write_tables(sources, options)
    return summary


def _mark_duplicates(sources: Sequence[Source], options: RunOptions, summary: Summary) -> None:
    """Say in the results which documents repeat another: at the end and in the documents' order, as workers race."""
    index = duplicates_of(options.against)
    for output, result in kept_results(sources, options.out):
        found = index.add(result)
        if found is result:
            continue
        write_atomic(options.out / output, found.to_json(indent=1) + "\n")
        summary.recount(result, found)


def _read_nothing() -> Generator[tuple[Source, Result], None, None]:
    """Yield no document: where none is left, no model is loaded."""
    yield from ()


def _write(source: Source, result: Result, out: Path, journal: Journal) -> str:
    """Write a document's result, or those of the documents that a file was split into, and then its journal line.

    Returns the output, the first one of several.
    """
    parts = tuple(f"{output_name(part.document.path)}.json" for part in result.parts)
    for part, output in zip(result.parts, parts, strict=True):
        write_atomic(out / output, part.to_json(indent=1) + "\n")
    if parts:
        (out / _output(source)).unlink(missing_ok=True)  # of an earlier run that did not split
    else:
        write_atomic(out / _output(source), result.to_json(indent=1) + "\n")
    entry = replace(Entry.of(result, _output(source), str(source.file or "")), parts=parts)
    journal.append(entry)
    return entry.outputs[0]


def _output(source: Source) -> str:
    return f"{source.output}.json"


def _write_tables(sources: Sequence[Source], options: RunOptions) -> None:
    dialect = replace(DIALECTS[options.csv_dialect], report_comes=options.report)
    for name in options.formats:
        for file, write in WRITERS[name]:
            write(options.out / file, results_of(sources, options.out, corrected=True), dialect)


def kept_results(sources: Sequence[Source], out: Path) -> Iterator[tuple[str, Result]]:
    """Yield the outputs and their results, in the order of the documents, one at a time."""
    known = Journal(out).entries()
    for source in sources:
        entry = known.get(_output(source))
        for output in entry.outputs if entry else (_output(source),):
            result = read_result(out / output)
            if result is not None:
                yield output, result


def results_of(sources: Sequence[Source], out: Path, *, corrected: bool = False) -> Iterator[Result]:
    """Read the results back, in the order of the documents, one at a time; with `corrected` as people left them."""
    corrections = Corrections(out)
    for output, result in kept_results(sources, out):
        yield corrections.apply(result, output) if corrected else result
