"""What a run shows: a progress bar and tables on a terminal, JSON lines on stderr anywhere else.

Standard output holds results only, so that they can be piped.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from docpipe.batch.run import Summary
from docpipe.batch.stopping import STOPPING
from docpipe.cli.shown_fields import SHOWN, STYLES
from docpipe.config.durations import shown_duration
from docpipe.errors import DocpipeError
from docpipe.inputs.discover import SKIP_TEXTS, Skipped
from docpipe.inputs.source import Source
from docpipe.result import Result
from docpipe.scheduling.finish_plan import Forecast

if TYPE_CHECKING:
    from docpipe.cli.screen import Screen

MOST_LISTED = 20
FORECAST_EVERY_S = 5.0
"""How often a run that must end in time says again when it will."""


class Terminal(AbstractContextManager["Terminal"]):
    """Reports one run. A context manager for the time in which documents are read."""

    def __init__(self, *, to_stdout: bool = False) -> None:
        self._screen = _open_screen()
        self._rich = self._screen is not None
        self._to_stdout = to_stdout
        self._started = monotonic()
        self._counts: Counter[str] = Counter()
        self._ask_forecast: Callable[[], Forecast | None] | None = None
        self._forecast_at, self._plan_text = 0.0, ""
        self._models: Collection[str] = ()
        self._copies = self._loaded = 0
        self._left: int | None = None

    def __enter__(self) -> Self:
        if self._screen is not None:
            self._screen.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._screen is not None:
            self._screen.stop()

    def _say(self, event: str, **facts: Any) -> None:
        if not self._rich:
            print(json.dumps({"event": event, **facts}, ensure_ascii=False), file=sys.stderr, flush=True)

    def _print(self, text: str, **how: Any) -> None:
        if self._screen is not None:
            self._screen.console.print(text, **how)

    def _update(self, **facts: Any) -> None:
        if self._screen is not None:
            self._screen.update(**facts)

    def expect(self, models: Collection[str], copies: int) -> None:
        """Take down which rungs load their models before the first document, in how many processes each."""
        self._models, self._copies = models, copies
        self._update(description="loading models", completed=0, total=len(models) * copies)

    def on_loading(self, name: str) -> None:
        """Say that the models of a rung, or a worker, are ready."""
        of = len(self._models) * self._copies
        if name not in self._models or self._loaded == of:  # a worker, or one that took another's place
            self._say("loaded", name=name)
            return
        self._loaded += 1
        self._update(description="loading models", completed=self._loaded, total=of, last=name)
        self._say("loaded", name=name, number=self._loaded, of=of)

    def metrics(self, address: str) -> None:
        """Say where Prometheus finds the metrics."""
        self._say("metrics", address=address)
        if self._rich:
            self._print(f"[dim]Metrics: {_escape(address)}")

    def say_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Name what was found and is no document."""
        for reason, count in sorted(Counter(skip.reason for skip in skipped).items()):
            names = [skip.path for skip in skipped if skip.reason == reason][:MOST_LISTED]
            self._say("left_out", reason=str(reason), count=count, files=names)
            if self._rich:
                self._print(f"[dim]{count} left out: {SKIP_TEXTS[reason]} ({_escape(', '.join(names[:3]))})")

    def on_planned(self, left: int, done: int) -> None:
        """Begin to count documents."""
        self._left = left
        self.start_timing()
        self._say("planned", documents=left, done_before=done)

    def start_timing(self) -> None:
        """Begin to time documents: the models are loaded."""
        self._started = monotonic()
        self._update(description="reading", total=self._left, completed=0, last="")

    def plan(self, forecast: Forecast, ask: Callable[[], Forecast | None]) -> None:
        """Say how a run that must end in time will end; `ask` tells it again while documents are read."""
        self._ask_forecast = ask
        self._forecast_at = monotonic()
        self._say("finish_within", **_plan_facts(forecast))
        ends, left = shown_duration(forecast.ends_ms / 1000), shown_duration(forecast.left_ms / 1000)
        if not forecast.possible:
            late = shown_duration((forecast.ends_ms - forecast.left_ms) / 1000)
            text = f"Too little time: even on the cheapest rungs the last document ends in {ends}, {late} too late."
            if self._rich:
                self._print(f"[yellow]{text}")
        elif self._rich:
            self._print(
                f"Planned to end in {ends} of {left}, expected accuracy {forecast.accuracy:.1%} of the best rungs'."
            )

    def _follow_plan(self) -> str:
        """Return what the progress bar says of the plan, worked out again every few seconds."""
        if self._ask_forecast is None:
            return ""
        if monotonic() - self._forecast_at >= FORECAST_EVERY_S and (forecast := self._ask_forecast()) is not None:
            self._forecast_at = monotonic()
            self._say("forecast", **_plan_facts(forecast))
            ends, left = shown_duration(forecast.ends_ms / 1000), shown_duration(forecast.left_ms / 1000)
            self._plan_text = f"; ends in {ends} of {left}"
        return self._plan_text

    def on_finished(self, source: Source, result: Result, output: Path) -> None:
        """Count one document."""
        self._counts[result.status] += 1
        parts = (f"{self._counts[status]} {status}" for status in STYLES if self._counts[status])
        self._update(advance=1, last=", ".join(parts) + self._follow_plan())
        facts: dict[str, Any] = {"path": result.document.path, "status": result.status, "output": str(output)}
        if result.degradations:
            facts["degraded"] = {d.stage: f"{d.to_rung} ({d.trigger})" for d in result.degradations}
        if result.errors:
            facts["error"] = result.errors[0].message
        self._say("finished", **facts, ms=result.timings.total_ms)

    def stream(self, results: Iterator[tuple[Source, Result]], line_of: Callable[[Result], str]) -> Summary:
        """Print results on standard output, each as the line that `line_of` makes of it."""
        summary = Summary()
        self._update(description="reading")
        try:
            for _, result in results:
                sys.stdout.write(line_of(result) + "\n")
                sys.stdout.flush()
                summary.add(result)
        except KeyboardInterrupt:
            summary.interrupted = True
        return summary

    def show(self, results: Iterable[Result]) -> None:
        """Show the key fields of every document; what needs a second look is marked."""
        if self._screen is not None:
            from docpipe.cli.cards import print_cards

            print_cards(self._screen.console, results)
            return
        for result in results:
            fields = {path: result.field(path).value for path in SHOWN}
            review = [item.field for item in result.needs_review]
            self._say("fields", path=result.document.path, status=result.status, fields=fields, needs_review=review)

    def say_stopping(self) -> None:
        """Say, at the first interrupt, that the run finishes what it has."""
        self._say("stopping", message=STOPPING)
        if self._rich:
            self._print(STOPPING)

    def say_failed(self, error: DocpipeError) -> None:
        """Say why the run ends here."""
        self._say("error", message=str(error), exit_code=int(error.exit_code))
        if self._rich:
            self._print(f"docpipe: {error}", style="red", markup=False, highlight=False, soft_wrap=True)

    def place(self, out: Path) -> None:
        """Say where the results are."""
        self._say("results", out=str(out))
        if self._rich:
            self._print(f"Results: {_escape(str(out))}")

    def report(self, page: Path) -> None:
        """Say where the report is."""
        self._say("report", page=str(page))
        if self._rich:
            self._print(f"Report: {_escape(str(page))}", soft_wrap=True)

    def summary(self, summary: Summary) -> None:
        """Say how the run went: documents, pages a second, what was degraded and why, what failed and why."""
        seconds = max(monotonic() - self._started, 1e-9)
        self._say(
            "summary",
            documents=summary.documents,
            done_before=summary.skipped,
            statuses=dict(sorted(summary.statuses.items())),
            pages=summary.pages,
            pages_per_s=round(summary.pages / seconds, 2),
            degraded=[
                {"stage": s, "rung": r, "trigger": t, "documents": n}
                for (s, r, t), n in sorted(summary.degraded.items())
            ],
            failed=[{"path": p, "code": c, "message": m} for p, c, m in summary.failed],
            needs_review=summary.review,
            to_review=[{"path": path, "fields": fields} for path, fields in summary.to_review],
            interrupted=summary.interrupted,
        )
        if not self._rich:
            return
        told = ", ".join(f"[{style}]{summary.statuses[s]} {s}[/]" for s, style in STYLES.items() if summary.statuses[s])
        before = f" ({summary.skipped} of them in an earlier run)" if summary.skipped else ""
        pages = (
            f"; {_count_of(summary.pages, 'page')}, {summary.pages / seconds:.2f} pages/s" if summary.documents else ""
        )
        self._print(f"{_count_of(summary.documents + summary.skipped, 'document')}{before}: {told or 'none'}{pages}")
        for (stage, rung, trigger), count in sorted(summary.degraded.items()):
            self._print(f"  [yellow]degraded[/] {stage} -> {rung}: {trigger} ({_count_of(count, 'document')})")
        if summary.review:
            self._print(f"  [yellow]needs review[/]: {_count_of(summary.review, 'document')}")
            for path, fields in summary.to_review:
                self._print(f"    {_escape(path)}: {_escape(', '.join(fields))}", soft_wrap=True)
            if summary.review > len(summary.to_review):
                self._print(f"    … and {summary.review - len(summary.to_review)} more; `needs_review` says which")
        self._list("failed", "red", summary.failed)
        self._list("incomplete", "yellow", summary.warned)
        if summary.interrupted:
            self._print("Interrupted. What is finished is kept; the same command with --resume goes on.")

    def _list(self, word: str, style: str, errors: Sequence[tuple[str, str, str]]) -> None:
        for path, code, message in errors[:MOST_LISTED]:
            self._print(f"  [{style}]{word}[/] {_escape(path)}: {code}: {_escape(message)}", soft_wrap=True)
        if len(errors) > MOST_LISTED:
            self._print(f"  … and {len(errors) - MOST_LISTED} more; the run journal lists them all")


def _open_screen() -> Screen | None:
    """Return what to draw on, or None where standard error is no terminal: then nothing of rich is imported."""
    forced = "FORCE_COLOR" in os.environ or "TTY_COMPATIBLE" in os.environ  # rich decides what they mean
    if not forced and (sys.stderr is None or not sys.stderr.isatty()):
        return None
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        return None
    from docpipe.cli.screen import Screen

    return Screen(console)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _plan_facts(forecast: Forecast) -> dict[str, Any]:
    return {
        "documents": forecast.documents,
        "ends_in_s": round(forecast.ends_ms / 1000, 1),
        "left_s": round(forecast.left_ms / 1000, 1),
        "possible": forecast.possible,
        "accuracy": round(forecast.accuracy, 4),
        "times_over_profile": round(forecast.correction, 2),
    }


def _count_of(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
