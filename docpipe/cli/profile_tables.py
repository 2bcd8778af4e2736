"""Profiles as tables: one alone, two side by side, and the prices of a pipeline file's ladders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from docpipe.policy.core.frontier import Option, StageOptions, joint_ladder
from docpipe.profiles import Ladder, Profile, match_rungs, options_of
from docpipe.profiles.model import Accuracy, RungProfile

NONE = "–"
NOISY = 1.25
"""From this ratio of wall to CPU time on, with one thread, something else was running."""


def console() -> Console:
    """Return where tables go: standard output, wide enough for them also in a pipe."""
    out = Console(highlight=False)
    if not out.is_terminal:
        out.width = max(out.width, 140)
    return out


def say_profile(profile: Profile) -> None:
    """Print all that a profile says."""
    out = console()
    _head(out, profile)
    table = _table("stage", "rung", "unit", "fixed ms", "ms/unit", "ms*", "±", "P99/P50", "MB", "resident", "peak",
                   "accuracy", "of")  # fmt: skip
    for stage, found in profile.stages.items():
        for name, rung in found.rungs.items():
            cost = profile.cost(rung)
            table.add_row(
                stage, escape(name), found.unit, f"{cost.fixed_ms:.1f}", f"{cost.ms_per_unit:.2f}",
                f"{profile.ms(rung):.0f}", f"{cost.error_ms:.0f}", f"{cost.p99_over_p50:.2f}", *_memory(rung),
                *_accuracy(rung),
            )  # fmt: skip
    out.print(table)
    out.print(f"* one call at the mean size measured ({_sizes(profile)}); ± half its 95 % interval", soft_wrap=True)
    if all(not rung.accuracy for stage in profile.stages.values() for rung in stage.rungs.values()):
        out.print("No accuracy: the documents had no labels.")
    if profile.clock == "wall" and profile.machine.threads == 1 and (profile.measured.wall_over_cpu or 0) > NOISY:
        out.print(
            f"[yellow]Wall times are {profile.measured.wall_over_cpu:g} x the CPU times: other work ran meanwhile. "
            "Measure on an idle machine, or with --clock cpu.",
            soft_wrap=True,
        )


def say_both(one: Profile, other: Profile) -> None:
    """Print two profiles side by side, rung by rung."""
    out = console()
    _head(out, one)
    _head(out, other)
    table = _table("stage", "rung", one.machine.name, other.machine.name, "ratio", "accuracy", "accuracy", "MB", "MB")
    names = {(stage, rung): None for profile in (one, other) for stage, s in profile.stages.items() for rung in s.rungs}
    for stage, name in names:
        a, b = one.rung(stage, name), other.rung(stage, name)
        ms = [p.ms(r) if r else None for p, r in ((one, a), (other, b))]
        ratio = f"{ms[1] / ms[0]:.2f}" if ms[0] and ms[1] is not None else NONE
        table.add_row(
            stage, escape(name), *(NONE if v is None else f"{v:.0f} ms" for v in ms), ratio,
            *(_accuracy(r)[0] if r else NONE for r in (a, b)), *(_mb(r.peak_mb) if r else NONE for r in (a, b)),
        )  # fmt: skip
    out.print(table)
    out.print("Times at each profile's own mean size; MB at the peak of the largest call.")


def say_prices(profile: Profile, ladders: list[Ladder]) -> None:
    """Print what each rung of a pipeline file costs, and what each step down saves and gives up."""
    out = console()
    _head(out, profile)
    table = _table("stage", "rung", "ms", "MB", "accuracy", "of", "saves ms", "loses points", "points/s")
    for ladder in ladders:
        rungs = match_rungs(profile, ladder)
        above: RungProfile | None = None
        for rung in ladder.rungs:
            found = rungs.get(rung.name)
            if found is None:
                table.add_row(ladder.stage, escape(rung.name), *["not measured", *[NONE] * 6])
                continue
            table.add_row(
                ladder.stage, escape(rung.name), f"{profile.ms(found):.0f}", _mb(found.peak_mb), *_accuracy(found),
                *_price(profile, above, found),
            )  # fmt: skip
            above = found
    out.print(table)
    out.print(
        "Each step beside the rung above it; points of accuracy lost for each second that it saves. "
        f"One call at the mean size measured: {_sizes(profile)}.",
        soft_wrap=True,
    )
    out.print(_side_by_side([rung for ladder in ladders for rung in match_rungs(profile, ladder).values()]))


def say_joint(profile: Profile, ladders: list[Ladder], weights: dict[str, float]) -> None:
    """Print the joint ladder of all stages: the combinations worth taking, slowest first."""
    out = console()
    stages = []
    for ladder in ladders:
        options = tuple(Option(name, *price) for name, price in options_of(profile, ladder).items())
        if any(option.rung == ladder.rungs[0].name for option in options):
            stages.append(StageOptions(ladder.stage, options, weights[ladder.stage]))
    without = [ladder.stage for ladder in ladders if ladder.stage not in [stage.stage for stage in stages]]
    if not stages:
        out.print("No joint ladder: of no stage the best rung has both a time and an accuracy.")
        return
    table = _table("ms", "accuracy", *(stage.stage for stage in stages), "gives way first", "points/s")
    points = joint_ladder(stages)
    for point in reversed(points):
        loss = NONE if point.slope is None else f"{1e5 * point.slope:.1f}"
        table.add_row(f"{point.ms:.0f}", f"{point.accuracy:.3f}", *map(escape, point.rungs), point.gained or NONE, loss)
    out.print(table)
    out.print("From the top down: the stage that gives way next is the one that saves most time for what it loses.")
    if without:
        out.print(f"Without {', '.join(without)}: the best rung has no time, or no accuracy.")


def _head(out: Console, profile: Profile) -> None:
    machine, measured = profile.machine, profile.measured
    sets = ", ".join(f"{s.documents} of {s.name} ({s.labelled} labelled)" for s in measured.sets)
    out.print(
        f"{machine.name}: {machine.processor}, {machine.cores} cores, {machine.device}, threads {machine.threads}; "
        f"{profile.clock} time; {measured.config} on {sets}, {measured.repeats} repeats; "
        f"docpipe {profile.versions.get('docpipe')}",
        soft_wrap=True,
    )


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        left = heading in ("stage", "rung", "unit", "of", "gives way first")
        table.add_column(heading, justify="left" if left else "right", no_wrap=True)
    return table


def _sizes(profile: Profile) -> str:
    """Say how large the mean page is, as the first rung of each stage sees it."""
    firsts = {name: next(iter(stage.rungs.values())) for name, stage in profile.stages.items() if stage.rungs}
    return ", ".join(f"{first.units.reference:.3g} {profile.stages[name].unit}" for name, first in firsts.items())


def _side_by_side(rungs: Sequence[RungProfile]) -> str:
    """Say what all models of a pipeline file take in one process."""
    models = {tuple(sorted(rung.models.items())): rung for rung in rungs if rung.models}
    loaded = sum(rung.resident_mb or 0 for rung in models.values())
    calls = max(((rung.peak_mb or 0) - (rung.resident_mb or 0) for rung in models.values()), default=0.0)
    return f"All models side by side: {loaded:.0f} MB for each worker, up to {calls:.0f} MB more during a call."


def _memory(rung: RungProfile) -> Iterator[str]:
    yield from (_mb(rung.weights_mb), _mb(rung.resident_mb), _mb(rung.peak_mb))


def _mb(value: float | None) -> str:
    return NONE if value is None else f"{value:.0f}"


def _accuracy(rung: RungProfile) -> tuple[str, str]:
    if not rung.accuracy:
        return NONE, "nothing labelled"
    first: Accuracy = rung.accuracy[0]
    return f"{first.factor:.3f} ({first.low:.3f}–{first.high:.3f})", f"{first.documents} {first.measure}"


def _price(profile: Profile, above: RungProfile | None, rung: RungProfile) -> tuple[str, str, str]:
    if above is None:
        return NONE, NONE, NONE
    saved = profile.ms(above) - profile.ms(rung)
    if above.factor is None or rung.factor is None:
        return f"{round(saved)}", NONE, NONE
    lost = 100 * (above.factor - rung.factor)
    return f"{round(saved)}", f"{lost:.1f}", f"{1000 * lost / saved:.2f}" if saved > 0 else NONE
