"""`docpipe simulate`: what a pipeline would do under some traffic, in virtual time, by its profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docpipe.cli.traffic_options import (
    DeadlineOption,
    ProfileOption,
    SpreadOption,
    WorkersOption,
    load_with_profile,
)
from docpipe.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docpipe.config import PipelineConfig
    from docpipe.policy.core.frontier import StageOptions
    from docpipe.scheduling.ladder import JointLadder

EXAMPLES = (
    "docpipe simulate my.yaml --rate 5   ·   docpipe simulate my.yaml --trace monday.csv --picture monday.svg   ·   "
    "docpipe simulate my.yaml --rate 5 --workers 4 --deadline-ms 2000"
)


def simulate(
    config: Annotated[str, typer.Argument(help="A pipeline file, or the name of a shipped one.")] = "invoice",
    trace: Annotated[
        Path | None,
        typer.Option(help="CSV with a column arrival_s (seconds) or TIMESTAMP, and size (1 is ordinary) if known."),
    ] = None,
    rate: Annotated[float | None, typer.Option(min=1e-6, help="Documents a second, at random moments.")] = None,
    lasts: Annotated[str, typer.Option("--for", metavar="10m", help="How long --rate goes on.")] = "10m",
    profile: ProfileOption = None,
    deadline_ms: DeadlineOption = None,
    workers: WorkersOption = None,
    spread: SpreadOption = 0.35,
    seed: Annotated[int, typer.Option(help="Of the random moments and sizes.")] = 1,
    picture: Annotated[Path | None, typer.Option(help="Write the traffic over time there, as SVG.")] = None,
) -> None:
    """Play traffic against the scheduler that a pipeline uses, without reading a document.

    Says how many documents a second are served on the best rungs, from where on the first stage yields, and from where
    on the first document is refused; then how the given traffic goes, over time.
    """
    from docpipe.cli.simulation_report import draw, edges, over_time, table
    from docpipe.config.durations import parse_duration
    from docpipe.control.deadline_routes import scheduler_settings
    from docpipe.files.atomic import write_atomic
    from docpipe.scheduling.arrivals import read_arrivals, steady
    from docpipe.scheduling.simulation import Harness, PricePolicy

    if (trace is None) == (rate is None):
        raise UsageError("say either --trace FILE or --rate DOCUMENTS_A_SECOND")
    loaded = load_with_profile(config, profile)
    stages, ladder = priced_ladder(loaded)
    promise_ms = deadline_ms or loaded.deadline_ms or 600.0
    settings = scheduler_settings(loaded, workers, promise_ms)
    cheapest, best = ladder.configurations[0], ladder.configurations[-1]
    if cheapest.ms > promise_ms:
        raise UsageError(
            f"an ordinary document takes {cheapest.ms:.0f} ms even on the cheapest rungs, more than the deadline of "
            f"{promise_ms:g} ms; say another one with --deadline-ms"
        )
    try:
        if trace is not None:
            documents = read_arrivals(trace, spread, seed)
        else:
            documents = steady(rate or 1.0, parse_duration(lasts), spread, seed)
    except (OSError, ValueError) as e:
        raise UsageError(f"{trace or '--for'}: {e}") from e
    harness = Harness(stages, 1.0, settings.workers, promise_ms)
    typer.echo(f"{settings.workers} workers, deadline {promise_ms:g} ms, an ordinary document takes "
               f"{best.ms:.0f} ms on the best rungs and {cheapest.ms:.0f} ms on the cheapest; seed {seed}")  # fmt: skip
    for line in edges(harness, ladder, settings, spread, seed):
        typer.echo(line)
    outcome = harness.play(PricePolicy(ladder, settings), documents)
    parts = over_time(outcome)
    typer.echo()
    for line in table(outcome, parts):
        typer.echo(line)
    if picture is not None:
        write_atomic(picture, draw(parts, title=str(trace.name if trace else f"{rate:g} documents a second")))
        typer.echo(f"picture: {picture}")


def priced_ladder(config: PipelineConfig) -> tuple[Sequence[StageOptions], JointLadder]:
    """Return what each stage offers by the profile, and the joint ladder of it.

    Raises:
        UsageError: there is no profile, or it does not know every stage.
    """
    from docpipe.policy.core.frontier import Option, StageOptions
    from docpipe.profiles.prices import options_of
    from docpipe.scheduling.ladder import build_ladder

    measured = config.load_profile()
    if measured is None:
        raise UsageError("this needs a profile: `docpipe profile LABELS` measures one; name it with --profile")
    stages = []
    for ladder in config.ladders():
        known = options_of(measured, ladder)
        if ladder.rungs[0].name not in known:  # what else is known, such as `skip`, must not win for that
            raise UsageError(f"the profile does not know {ladder.stage} with the settings of this file: measure again")
        options = tuple(Option(rung.name, *known[rung.name]) for rung in ladder.rungs if rung.name in known)
        stages.append(StageOptions(ladder.stage, options, config.stage(ladder.stage).weight))
    return stages, build_ladder(stages)
