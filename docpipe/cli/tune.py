"""`docpipe tune`: changes of a pipeline file under which recorded traffic would have got more accuracy in time."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from docpipe.cli.traffic_options import (
    DeadlineOption,
    ProfileOption,
    SpreadOption,
    WorkersOption,
    load_with_profile,
)
from docpipe.errors import UsageError

if TYPE_CHECKING:
    from docpipe.scheduling.simulation import Arrival
    from docpipe.scheduling.tuning import Change

EXAMPLES = (
    "docpipe tune my.yaml monday.csv   ·   docpipe tune my.yaml events.log --out tuned.yaml   ·   "
    "docpipe tune my.yaml monday.csv --keep key_fields.rules --most-unserved 0.01"
)


def tune(
    config: Annotated[str, typer.Argument(help="A pipeline file, or the name of a shipped one.")],
    traffic: Annotated[
        Path, typer.Argument(help="A CSV trace as for simulate, or a log of `docpipe run --event-log`.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write the changed pipeline file there; comments and order stay.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write what was tried there, too, as text.")] = None,
    profile: ProfileOption = None,
    deadline_ms: DeadlineOption = None,
    workers: WorkersOption = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="STAGE.RUNG", help="A rung that stays in its ladder; repeatable.")
    ] = None,
    most_unserved: Annotated[
        float, typer.Option(min=0, max=1, help="Share of documents that a change may leave refused or late.")
    ] = 1.0,
    spread: SpreadOption = 0.35,
    seed: Annotated[int, typer.Option(help="Of sizes.")] = 1,
) -> None:
    """Try changes of a pipeline file against recorded traffic, in virtual time, without reading a document.

    Tried are the other way to refuse, and each ladder without one of its lower rungs. A change is taken only if
    accuracy within the deadline grows by 0.001 on every second eighth of the traffic and again on the eighths between.
    """
    from docpipe.cli.simulate import priced_ladder
    from docpipe.config import load_config
    from docpipe.control.deadline_routes import scheduler_settings
    from docpipe.scheduling.tuning import PARTS, Tuner, parts_of

    loaded = load_with_profile(config, profile)
    rungs = {f"{name}.{rung.name}" for name, stage in loaded.each_stage() for rung in stage.ladder}
    if unknown := [name for name in keep or () if name not in rungs]:
        raise UsageError(f"--keep: there is no rung {unknown[0]}")
    stages, _ = priced_ladder(loaded)
    promise_ms = deadline_ms or loaded.deadline_ms or 600.0
    settings = scheduler_settings(loaded, workers, promise_ms)
    documents = _documents(traffic, spread, seed)
    try:
        parts = parts_of(documents)
    except ValueError as e:
        raise UsageError(f"{traffic}: {e}") from e
    tuner = Tuner(stages, settings, promise_ms, most_unserved)
    lines = [
        f"{len(documents)} documents in {PARTS} parts, {settings.workers} workers, deadline {promise_ms:g} ms, "
        f"seed {seed}",
        f"{'change':42} {'found on':>9} {'held out':>9}",
    ]
    taken: list[Change] = []
    typer.echo("\n".join(lines))
    for trial in tuner.tune(parts, keep or ()):
        lines.append(
            f"{trial.change!s:42} {trial.found:+9.4f} {trial.held_out:+9.4f}  {'TAKEN' if trial.taken else trial.why}"
        )
        typer.echo(lines[-1])
        taken += [trial.change] if trial.taken else []
    lines.append(
        f"taken: {', '.join(map(str, taken))}" if taken else "nothing is worth a change: the file stays as it is"
    )
    typer.echo(lines[-1])
    if report is not None:
        _write(report, "\n".join(lines) + "\n")
    if out is not None and taken:
        _write(out, _with_profile_from(out, _edit_file(config, loaded, taken), config))
        load_config(out, measuring=profile is not None)  # says so at once where it no longer fits together
        typer.echo(f"written: {out}")


def _documents(traffic: Path, spread: float, seed: int) -> list[Arrival]:
    """Return the documents of a trace, or of a policy log.

    Raises:
        UsageError: it cannot be read as either.
    """
    from docpipe.policy.audit.replay import BadLog
    from docpipe.policy.audit.whatif import pools_of
    from docpipe.scheduling.arrivals import draw_sizes, read_arrivals

    try:
        with traffic.open("rb") as file:
            is_log = file.read(1) == b"{"
        if not is_log:
            return read_arrivals(traffic, spread, seed)
        moments = sorted(pools_of(traffic).arrivals.values())
    except (OSError, ValueError, BadLog) as e:
        raise UsageError(f"{traffic}: {e}") from e
    if not moments:
        raise UsageError(f"{traffic}: no document arrives in this log")
    return draw_sizes([(moment - moments[0]) / 1e9 for moment in moments], spread, seed)


def _edit_file(config: str, loaded: Any, taken: Sequence[Change]) -> str:
    """Return the text of the pipeline file with the changes.

    Raises:
        UsageError: one cannot be made in place.
    """
    from docpipe.files.shipped import find
    from docpipe.files.yaml_edit import NotEditable, set_top_level, without_item

    text = find("configs", config).read_text(encoding="utf-8")
    ladders: Mapping[str, list[str]] = {name: [r.name for r in stage.ladder] for name, stage in loaded.each_stage()}
    try:
        for change in taken:
            if change.refuse:
                text = set_top_level(text, "refuse", change.refuse)
            else:
                index = ladders[change.stage].index(change.rung)
                text = without_item(text, ("stages", change.stage, "ladder"), index)
                ladders[change.stage].pop(index)
    except NotEditable as e:
        raise UsageError(f"{config}: {e}; make the changes above by hand") from e
    return text


def _with_profile_from(out: Path, text: str, config: str) -> str:
    """Return the text with its profile's path, which is relative to the file, seen from another folder.

    One that ships with docpipe, or is absolute, stays as it is.
    """
    from docpipe.files.shipped import find
    from docpipe.files.yaml_edit import set_top_level

    named = yaml.safe_load(text).get("profile")
    beside = find("configs", config).absolute().parent
    if named is None or Path(named).is_absolute() or not (beside / named).is_file() or beside == out.absolute().parent:
        return text
    try:
        seen = Path(
            os.path.relpath(os.path.realpath(beside / named), os.path.realpath(out.absolute().parent))
        ).as_posix()
    except ValueError:  # on another drive
        seen = str(beside / named)
    return set_top_level(text, "profile", json.dumps(seen, ensure_ascii=False))


def _write(path: Path, text: str) -> None:
    from docpipe.files.atomic import write_atomic

    write_atomic(path, text)
