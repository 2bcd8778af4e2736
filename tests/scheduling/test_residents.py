"""What is loaded where memory is short: the lightest always, then what wins most for its memory at the load to come."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.arrivals import draw_sizes, steady
from docpipe.scheduling.ladder import JointLadder, build_ladder
from docpipe.scheduling.price import NS_PER_MS
from docpipe.scheduling.residents import Footprint, ResidentPlan, RungKey
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Harness, PricePolicy

STAGES = (
    StageOptions("detect", (Option("main", 60, 1.0), Option("light", 22, 0.985))),
    StageOptions("read", (Option("main", 100, 1.0), Option("light", 35, 0.983))),
    StageOptions("tables", (Option("main", 80, 1.0), Option("light", 30, 0.985), Option("skip", 0, 0.93))),
    StageOptions("fields", (Option("main", 40, 1.0), Option("rules", 2, 0.95))),
)
MB = {
    ("detect", "main"): 400, ("detect", "light"): 100, ("read", "main"): 900, ("read", "light"): 200,
    ("tables", "main"): 700, ("tables", "light"): 300, ("fields", "main"): 500,
}  # fmt: skip
ALL = frozenset((stage.stage, option.rung) for stage in STAGES for option in stage.options)
WORKING = ALL - {("tables", "skip")}
LIGHTEST = {("detect", "light"), ("read", "light"), ("tables", "light"), ("fields", "rules")}


def plan(limit_mb: float, shared: bool = False) -> ResidentPlan:
    footprints = {
        key: Footprint("gpu:0", frozenset({"one" if shared else key}), mb, call_mb=50) for key, mb in MB.items()
    }
    return ResidentPlan(STAGES, footprints, WORKING, {"gpu:0": limit_mb}, workers=2)


def models(rungs: frozenset[RungKey]) -> set[RungKey]:
    return {key for key in rungs if key in MB}


def test_with_room_for_all_all_that_helps_is_loaded() -> None:
    assert plan(5000).best(0.004, ALL).rungs >= set(MB)


def test_the_lightest_working_rungs_are_loaded_even_without_room() -> None:
    assert models(plan(100).best(0.004, ALL).rungs) == {key for key in LIGHTEST if key in MB}


def test_what_wins_most_for_its_memory_comes_first() -> None:
    chosen = models(plan(1200).best(0.0, ALL).rungs) - LIGHTEST
    assert chosen == {("fields", "main")}  # .05 for 500 MB, before .015 for 400


def test_models_that_are_shared_cost_once() -> None:
    assert plan(1000, shared=True).best(0.0, ALL).rungs >= set(MB)


def test_rungs_that_cannot_serve_are_left_out_and_pinned_ones_stay() -> None:
    p = plan(5000)
    assert ("read", "main") not in p.best(0.0, ALL - {("read", "main")}).rungs
    assert ("tables", "main") in plan(100).best(0.0, ALL, always=[("tables", "main")]).rungs


def test_a_plan_is_taken_only_if_loading_pays_back() -> None:
    p = plan(5000)
    rate = 0.004
    new, old = p.best(rate, ALL), p.worth(LIGHTEST, rate)
    assert p.pays_back(new, old, rate, load_ms=2000, within_ms=60_000)
    assert not p.pays_back(new, old, rate, load_ms=2000, within_ms=600)
    assert not p.pays_back(old, new, rate, load_ms=0, within_ms=60_000)
    assert p.pays_back(new, old, 0.0, load_ms=2000, within_ms=60_000)  # nobody waits for it


@given(st.floats(0, 4000), st.floats(0, 0.05), st.frozensets(st.sampled_from(sorted(MB)), max_size=4))
def test_a_plan_fits_or_is_the_least_and_more_room_is_never_worse(
    limit_mb: float, rate: float, closed: frozenset[RungKey]
) -> None:
    usable = ALL - closed
    p = plan(limit_mb)
    found = p.best(rate, usable)
    least = models(p._lightest(usable))
    assert p.fits(found.rungs) or models(found.rungs) == least
    assert models(found.rungs) >= least
    assert found.rungs <= usable
    assert p.best(rate, usable).rungs == found.rungs
    assert plan(10_000).best(rate, usable).accuracy >= found.accuracy - 1e-9


THREE = (StageOptions("read", (Option("main", 250, 1.0), Option("light", 90, 0.97), Option("tiny", 30, 0.8))),)
THREE_MB = {"main": 900, "light": 800, "tiny": 100}


def three(limit_mb: float) -> ResidentPlan:
    """One stage whose two better rungs do not fit together below 1,850 MB."""
    footprints = {("read", name): Footprint("gpu:0", frozenset({name}), mb, 50) for name, mb in THREE_MB.items()}
    return ResidentPlan(THREE, footprints, frozenset(footprints), {"gpu:0": limit_mb}, workers=2)


class Planned(PricePolicy):
    """The scheduler of a pipeline on the rungs that are loaded, planned again every 30 s; loading takes 2 s a rung."""

    def __init__(self, plan: ResidentPlan, replan: bool) -> None:
        self.plan, self.replan, self.all = plan, replan, frozenset(plan.footprints)
        self.loaded = plan.best(0.0, self.all)
        super().__init__(self._ladder(self.loaded.rungs), SchedulerSettings(2, 600.0))
        self.next_ms, self.seen, self.changes = 30_000.0, 0.0, []
        self.loads: list[frozenset[RungKey]] = []

    def _ladder(self, rungs: frozenset[RungKey]) -> JointLadder:
        return build_ladder(
            [replace(s, options=tuple(o for o in s.options if (s.stage, o.rung) in rungs)) for s in self.plan.stages]
        )

    def arrive(self, now: int, number: int, seen_size: float) -> bool:
        ms = now / NS_PER_MS
        while self.changes and self.changes[0][0] <= ms:
            self.scheduler.replace_ladder(self._ladder(self.changes.pop(0)[1]))
        if self.replan and ms >= self.next_ms:
            self._plan(ms)
        self.seen += seen_size
        return super().arrive(now, number, seen_size)

    def _plan(self, ms: float) -> None:
        rate, self.seen, self.next_ms = self.seen / 30_000, 0.0, ms + 30_000
        new, old = self.plan.best(rate, self.all), self.plan.worth(self.loaded.rungs, rate)
        missing = new.rungs - old.rungs
        if self.plan.pays_back(new, old, rate, 2000 * len(missing), 60_000):
            # what goes away goes first: there is no room for both
            self.changes = [(ms, old.rungs & new.rungs), (ms + 2000 * len(missing), new.rungs)]
            self.loaded = new
            self.loads.append(missing)


def test_planned_again_a_pipeline_short_of_memory_follows_its_load() -> None:
    """Quiet, a crowd of ten times as many, quiet; ten minutes each."""
    quiet = [document.at_s for document in steady(1.5, 600, 0.0, 1)]
    crowd = [600 + document.at_s for document in steady(16, 600, 0.0, 2)]
    documents = draw_sizes([*quiet, *crowd, *(1200 + at for at in quiet)], 0.35, 3)
    harness = Harness(THREE, 1.0, 2, 600.0)

    def play(limit_mb: float, replan: bool) -> tuple[float, Planned]:
        policy = Planned(three(limit_mb), replan)
        return harness.play(policy, documents).per_document, policy

    still, planned, unlimited = play(1100, False)[0], play(1100, True), play(5000, False)[0]
    assert planned[1].loads == [{("read", "light")}, {("read", "main")}]
    assert still + 0.05 < planned[0] < unlimited
    assert planned[0] > 0.98 * unlimited
