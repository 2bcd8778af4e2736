"""`docpipe run`: read documents, write one result each, and say at the end how it went."""

from __future__ import annotations

import gc
import sys
from contextlib import ExitStack, closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from docpipe.errors import ConfigError, DocpipeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from docpipe.config import PipelineConfig
    from docpipe.control.controller import PolicyControl
    from docpipe.control.finish_in_time import FinishInTime
    from docpipe.inputs.source import Source
    from docpipe.result import Result

EXAMPLES = (
    "docpipe run invoices/ --out results   ·   docpipe run 'scans/**/*.pdf' --pages 1-3 --format csv   ·   "
    "docpipe run invoices/ --out results --resume   ·   docpipe run - < scan.png   ·   "
    "docpipe run invoices/ --pin table_structure=skip   ·   docpipe run invoices/ -c my.yaml --finish-within 30m"
)


class Format(StrEnum):
    """What a run can write beside the JSON file of each document."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"
    COMPACT = "compact"
    AZURE = "azure"
    SHARES = "shares"


class CsvDialect(StrEnum):
    """How CSV files are written: for programs, for Excel, for Excel where a comma is the decimal sign."""

    UNIX = "unix"
    EXCEL = "excel"
    EXCEL_SEMICOLON = "excel-semicolon"


class EInvoice(StrEnum):
    """Whether the XML of an e-invoice is used."""

    AUTO = "auto"
    IGNORE = "ignore"
    REQUIRE = "require"


class TextLayer(StrEnum):
    """Whether a PDF's own text is used."""

    AUTO = "auto"
    IGNORE = "ignore"
    REQUIRE = "require"


def run(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT…", help="Files, folders, globs, @LIST files, or - for standard input.")
    ],
    config: Annotated[
        str, typer.Option("--config", "-c", help="A pipeline file, or the name of a shipped one.")
    ] = "invoice",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Where results go: they mirror the input folder. - prints JSON Lines instead."
        ),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(metavar="N|auto", help="Processes side by side; 0: this one; auto: by cores and memory."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an earlier run into --out stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Read everything again, replacing results in --out.")] = False,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", "-f", help="Also write results.jsonl, CSV, a workbook, views; repeatable."),
    ] = None,
    csv_dialect: Annotated[CsvDialect, typer.Option(help="How CSV files are written.")] = CsvDialect.UNIX,
    pages: Annotated[str | None, typer.Option(help="Which pages to read, such as 1-3,5,8-.")] = None,
    text_layer: Annotated[TextLayer | None, typer.Option(help="Whether a PDF's own text is used.")] = None,
    einvoice: Annotated[
        EInvoice | None, typer.Option(help="Whether the XML of an e-invoice (Factur-X, ZUGFeRD, UBL …) is used.")
    ] = None,
    pin: Annotated[
        list[str] | None, typer.Option(metavar="STAGE=RUNG", help="Keep a stage on one rung for this run; repeatable.")
    ] = None,
    finish_within: Annotated[
        str | None,
        typer.Option(metavar="30m", help="End within this time, with the least accuracy given up; needs a profile."),
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first document that fails.")] = False,
    event_log: Annotated[
        Path | None, typer.Option(help="Write everything the policy sees and decides there, for `docpipe replay`.")
    ] = None,
    watch_config: Annotated[
        bool, typer.Option("--watch-config", help="Reload the policy when the pipeline file changes.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", hidden=True)] = False,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="OUT", help="Also name duplicates of what an earlier run left in this folder; repeatable."
        ),
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Serve metrics for Prometheus on this port of 127.0.0.1; 0 takes a free one."
        ),
    ] = None,
    report: Annotated[bool, typer.Option("--report", help="At the end, write report.html beside the results.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the key fields that were found, at the end.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is loaded and decided.")] = False,
) -> None:
    """Read documents and write one JSON result each, whatever happens to them.

    Exit codes: 0 all read, 1 some failed, 2 configuration or usage, 3 nothing to do, 5 the output could not be
    written, 130 interrupted: the first SIGINT or SIGTERM finishes the documents in hand, a second one stops at once.
    """
    gc.disable()  # an import leaves nothing to collect, and looking for it takes a twentieth of its time
    try:
        from docpipe.batch.duplicates import check_against
        from docpipe.batch.run import RunOptions, check_output, results_of, run_batch
        from docpipe.batch.serving import start_serving
        from docpipe.batch.stopping import Stopping, stop_by_signals
        from docpipe.batch.tables import line_of
        from docpipe.batch.waiting_workers import fork_workers
        from docpipe.cli.console import Terminal
        from docpipe.cli.log_lines import set_up_logging
        from docpipe.config import load_config
        from docpipe.control.controller import PolicyControl
        from docpipe.control.kept_state import kept_state
        from docpipe.control.preload import first_loaded
        from docpipe.files.shipped import find
        from docpipe.inputs.discover import Discovery
        from docpipe.policy.live.clock import now_ns
    finally:
        gc.freeze()  # modules live as long as the process: the first collection need not go through them
        gc.enable()

    set_up_logging(verbose)
    if watch:
        print("docpipe: --watch is called --watch-config now; `docpipe watch` reads a folder", file=sys.stderr)
    started = now_ns()
    to_stdout = str(out) == "-" or (out is None and inputs == ["-"])
    _check_together(resume, force, to_stdout, formats or [], report)
    loaded = load_config(config)
    loaded = apply_options(loaded, _worker_count(workers, loaded), pages, text_layer, einvoice)
    pins = dict(_pin(text, loaded) for text in pin or [])
    waiting = fork_workers(loaded)  # before anything starts a thread
    found = Discovery(inputs, loaded.input)
    sources = list(found)
    terminal = Terminal(to_stdout=to_stdout)
    terminal.say_skipped(found.skipped)
    options = RunOptions(
        out=out or Path("docpipe-results"),
        config_sha256=loaded.sha256(pins),
        max_bytes=loaded.input.max_bytes,
        formats=[f.value for f in formats or [Format.JSON]],
        resume=resume,
        force=force,
        fail_fast=fail_fast,
        csv_dialect=csv_dialect.value,
        report=report,
        against=tuple(against or ()),
    )
    check_against(options.against, options.out)
    if not to_stdout:
        check_output(options)
    policy = PolicyControl(
        loaded,
        pins=pins,
        event_log=event_log,
        watch=find("configs", config) if watch or watch_config else None,
        kept=kept_state(loaded, pins),
    )
    budget_s = _budget_s(finish_within, loaded)
    in_time = None if budget_s is None else _in_time(loaded, policy, started, budget_s)
    stopping = Stopping(terminal.say_stopping)

    def plan_left(left: Iterable[Source]) -> Iterator[Source]:
        """Return the documents that are left, once it is planned how they end in time."""
        if in_time is not None:
            left = list(left)
            terminal.plan(in_time.plan(left), in_time.forecast)
        return stopping.drain(left)

    def read(left: Iterable[Source]) -> Generator[tuple[Source, Result], None, None]:
        """Load the models, then read; where nothing is left this is never asked for."""
        each = max(loaded.workers, 1)
        terminal.expect(first_loaded(loaded, tuple(pins.items()), each), each)
        serve = stack.enter_context(start_serving(loaded, policy, terminal.on_loading, waiting))
        terminal.start_timing()
        yield from serve(plan_left(left))

    try:
        with terminal, ExitStack() as stack:
            stack.enter_context(stop_by_signals(stopping))
            if metrics_port is not None:
                from docpipe.metrics.server import serve_metrics

                terminal.metrics(stack.enter_context(serve_metrics(policy.metrics.registry, metrics_port)))
            stack.enter_context(policy)
            if to_stdout:
                with closing(read(sources)) as results:
                    summary = terminal.stream(results, line_of(formats[0].value if formats else "jsonl"))
            else:
                summary = run_batch(sources, read, options, terminal)
            summary.interrupted |= stopping.asked
    except DocpipeError as e:
        terminal.say_failed(e)
        sys.exit(e.exit_code)
    if not to_stdout:
        if show:
            terminal.show(results_of(sources, options.out))
        terminal.place(options.out)
        if report and summary.documents + summary.skipped:
            from docpipe.cli.report import make_report

            terminal.report(make_report(options.out, log=event_log))
    terminal.summary(summary)
    sys.exit(summary.exit_code)


def _check_together(resume: bool, force: bool, to_stdout: bool, formats: Sequence[Format], report: bool) -> None:
    """See that options that were given fit together.

    Raises:
        UsageError: one contradicts another.
    """
    if resume and force:
        raise UsageError("--resume goes on with an earlier run, --force reads everything again: give one of them")
    if to_stdout and report:
        raise UsageError("--report writes files, and --out - prints JSON Lines: name a folder with --out")
    tables = [f.value for f in formats if f in (Format.CSV, Format.XLSX)]
    if to_stdout and len(formats) > 1:
        raise UsageError("--out - prints one format: give --format once, or name a folder with --out")
    if to_stdout and tables:
        raise UsageError(f"--format {tables[0]} writes files, and --out - prints JSON Lines: name a folder with --out")


def _budget_s(text: str | None, config: PipelineConfig) -> float | None:
    """Return the seconds in which the run should end: the command line's, else the file's, else None.

    Raises:
        UsageError: it is no length of time.
    """
    from docpipe.config.durations import parse_duration

    try:
        return config.batch.finish_within if text is None else parse_duration(text)
    except ValueError as e:
        raise UsageError(f"--finish-within {e}") from e


def _in_time(config: PipelineConfig, policy: PolicyControl, started: int, budget_s: float) -> FinishInTime:
    """Return what holds the run to its time, counted from its start; it is told of every document."""
    from docpipe.control.finish_in_time import FinishInTime

    in_time = FinishInTime(config, policy.router, started + int(budget_s * 1e9), policy.clock)
    policy.router.limit = in_time.limit
    policy.observe(in_time)
    return in_time


def _worker_count(text: str | None, config: PipelineConfig) -> int | None:
    """Return how many workers the command line asks for.

    Raises:
        UsageError: it is neither `auto` nor a number from 0 to 64.
    """
    if text == "auto":
        from docpipe.batch.worker_count import count_workers, worker_mb
        from docpipe.runtime.memory import host_memory
        from docpipe.runtime.settings import available_cores

        return count_workers(worker_mb(config), available_cores(), host_memory())
    if text is None or (text.isascii() and text.isdigit() and int(text) <= 64):
        return None if text is None else int(text)
    raise UsageError(f"--workers {text!r}: write a number from 0 to 64, or auto")


def apply_options(
    config: PipelineConfig,
    workers: int | None,
    pages: str | None,
    text_layer: TextLayer | None,
    einvoice: EInvoice | None = None,
) -> PipelineConfig:
    """Return the configuration as the command line changes it, checked as the file was."""
    from pydantic import ValidationError

    from docpipe.config import PipelineConfig
    from docpipe.files.yaml_file import complaints_of

    data = config.to_data()
    changes: dict[str, Any] = {}
    if workers is not None:
        data["workers"] = workers
    if pages is not None:
        changes["pages"] = pages
    if text_layer is not None:
        changes["text_layer"] = text_layer.value
    if einvoice is not None:
        changes["einvoice"] = einvoice.value
    if workers is None and not changes:
        return config
    data["input"] = {**data.get("input", {}), **changes}
    try:
        return PipelineConfig.model_validate(data)
    except ValidationError as e:
        raise ConfigError("command line", complaints_of(e, None, PipelineConfig, data)) from e


def _pin(text: str, config: PipelineConfig) -> tuple[str, str]:
    stage, equals, rung = text.partition("=")
    ladders = {name: [r.name for r in ladder.ladder] for name, ladder in config.each_stage()}
    if not equals or stage not in ladders:
        wrong = f"{text!r}: write STAGE=RUNG with one of {', '.join(ladders)}"
        raise UsageError(f"--pin {wrong}")
    if rung not in ladders[stage]:
        wrong = f"{stage} has no rung {rung!r}; it has {', '.join(ladders[stage])}"
        raise UsageError(f"--pin {wrong}")
    return stage, rung
