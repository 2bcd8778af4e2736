"""`docpipe report`: a run to look at, as static HTML beside its results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docpipe.errors import OutputError, UsageError

if TYPE_CHECKING:
    from markupsafe import Markup

EXAMPLES = "docpipe report results   ·   docpipe report results --log events.log"


def report(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results, as `docpipe run --out` wrote it.")],
    log: Annotated[Path | None, typer.Option(help="The run's event log: also draw what the policy decided.")] = None,
    pictures: Annotated[bool, typer.Option(help="Whether pages are pictured, from the documents themselves.")] = True,
) -> None:
    """Write report.html beside the results: documents to review first, pages with boxes, totals, how the run went.

    It opens from disk, without a network, in English and Chinese. Nothing is read again.
    """
    typer.echo(str(make_report(out, log=log, pictures=pictures)))


def make_report(out: Path, *, log: Path | None = None, pictures: bool = True) -> Path:
    """Write the report of a folder and return its first page.

    Raises:
        UsageError: the folder holds no results, or the event log is none.
        OutputError: it cannot be written.
    """
    from docpipe.report.write import write_report

    timeline = None if log is None else _timeline(log)
    try:
        return write_report(out, timeline=timeline, pictures=pictures).page
    except OSError as e:
        raise OutputError(f"{out}: the report cannot be written: {e.strerror}") from e


def _timeline(log: Path) -> Markup:
    from markupsafe import Markup

    from docpipe.policy.audit.explain import plan_of
    from docpipe.policy.audit.replay import BadLog, replay
    from docpipe.policy.audit.timeline import svg_of

    try:
        return Markup(svg_of(plan_of(log), replay(log).history, "policy"))  # noqa: S704 - it escapes what it draws
    except (BadLog, OSError) as e:
        raise UsageError(f"--log {log}: {e}") from e
