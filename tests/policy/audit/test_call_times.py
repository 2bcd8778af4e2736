"""What-if times on simulated logs whose truth is known: machines that slow down, sizes that shift, rungs never run."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable

import pytest

from docpipe.policy.audit.call_times import CallTimes, Expected
from docpipe.policy.core.values import Outcome, Sample

MS = {"main": (20.0, 90.0), "light": (6.0, 25.0)}
SECOND = 1_000_000_000


def profile(times: float = 1.0, light: float = 1.0) -> Expected:
    """Return a profile's word: the true times, by a factor, and the lower rung's by another one."""

    def expected(stage: str, rung: str, units: float | None) -> float | None:
        fixed, slope = MS[rung]
        return (fixed + slope * (units or 0.0)) * times * (light if rung == "light" else 1.0)

    return expected


class World:
    """Documents of all sizes, and a machine that is as slow as it likes at any moment."""

    def __init__(
        self, seed: int, size: Callable[[int], float], pace: Callable[[int], float], documents: int = 1200
    ) -> None:
        rng = random.Random(seed)
        self.units = [size(number) * rng.lognormvariate(0, 0.5) for number in range(documents)]
        self.luck = [rng.lognormvariate(0, 0.12) for _ in self.units]
        self.pace = pace

    def call(self, number: int, rung: str, stage: str = "text") -> Sample:
        fixed, slope = MS[rung]
        ms = (fixed + slope * self.units[number]) * self.pace(number) * self.luck[number]
        return Sample(
            stage=stage, rung=rung, epoch=1, outcome=Outcome.OK, duration_ns=round(ms * 1e6), document_id=f"{number}",
            started_ns=number * SECOND, worker="w", units=self.units[number],
        )  # fmt: skip

    def off(self, ran: Callable[[int], str], wanted: str, expected: Expected | None = None) -> float:
        """Return how far the predicted sum of all calls on a rung is off, in parts of the truth."""
        calls: dict[tuple[str, str], list[Sample]] = {}
        for number in range(len(self.units)):
            calls.setdefault(("text", ran(number)), []).append(self.call(number, ran(number)))
        times = CallTimes.fit(calls, expected or (lambda stage, rung, units: None))
        predicted, truth = 0.0, 0.0
        for number in range(len(self.units)):
            true = self.call(number, wanted).duration_ns / 1e6
            truth += true
            if ran(number) == wanted:
                predicted += true
            else:
                drawn = times.draw("text", wanted, self.call(number, ran(number)))
                assert drawn is not None
                predicted += drawn.ms
        return predicted / truth - 1


def steady(number: int) -> float:
    return 1.0


def slower_later(number: int) -> float:
    return 1.3 if number >= 600 else 1.0


def larger_later(number: int) -> float:
    return 2.0 if number >= 600 else 0.7


def seldom_light(number: int) -> str:
    return "light" if number % 10 == 1 else "main"


def light_early(number: int) -> str:
    return "light" if number % 4 == 1 and number < 600 else "main"


def light_late(number: int) -> str:
    return "main" if number < 600 else "light"


@pytest.mark.parametrize("wanted", ["main", "light"])
@pytest.mark.parametrize(
    ("size", "pace", "ran"),
    [
        pytest.param(steady, steady, seldom_light, id="mixed sizes, few calls of light"),
        pytest.param(larger_later, steady, light_early, id="large documents came when light did not run"),
        pytest.param(steady, slower_later, light_early, id="a machine 1.3 times as slow when light did not run"),
        pytest.param(larger_later, slower_later, light_early, id="both"),
    ],
)
def test_a_prediction_is_within_five_percent_whatever_the_machine_and_the_sizes_do(wanted, size, pace, ran):
    off = [World(seed, size, pace).off(ran, wanted) for seed in range(6)]
    assert abs(statistics.fmean(off)) < 0.02, off
    assert max(map(abs, off)) < 0.05, off


def test_a_profile_tells_a_light_rung_from_a_quick_hour():
    """Main ran in the slow half alone, light in the quick one: the log cannot tell, a profile of any day can."""
    for seed in range(4):
        world = World(seed, steady, lambda number: 1.3 if number < 600 else 1.0)
        alone, helped = (abs(world.off(light_late, "light", given)) for given in (None, profile(times=1.7)))
        assert helped < 0.05
        assert helped < alone


@pytest.mark.parametrize("times", [0.7, 1.0, 2.5])
def test_a_rung_that_never_ran_is_drawn_from_the_profile_at_this_machines_pace(times):
    """The profile is of the same machine on another day: its slowness falls out by the rungs that did run."""
    off = [World(seed, larger_later, slower_later).off(lambda _: "main", "light", profile(times)) for seed in range(4)]
    assert max(map(abs, off)) < 0.05, off


def test_a_rung_that_neither_log_nor_profile_knows_is_unknown():
    call = World(0, steady, steady).call(0, "main")
    assert CallTimes.fit({("text", "main"): [call]}).draw("text", "light", call) is None


def test_the_interval_holds_what_it_promises():
    """Nineteen of twenty sums should lie within the interval; a seventh of the worlds may miss it."""
    inside = 0
    for seed in range(40):
        world = World(seed, steady, steady, documents=100)
        calls = {("text", "main"): [], ("text", "light"): []}
        for number in range(100):
            calls["text", seldom_light(number)].append(world.call(number, seldom_light(number)))
        times = CallTimes.fit(calls)
        asked = [number for number in range(100) if seldom_light(number) == "main"]
        drawn = sum(times.draw("text", "light", world.call(number, "main")).ms for number in asked)
        truth = sum(world.call(number, "light").duration_ns / 1e6 for number in asked)
        inside += abs(drawn - truth) <= times.error_ms()
    assert inside >= 34


def test_the_luck_of_calls_is_kept_and_not_only_their_mean():
    world = World(3, steady, steady)
    calls = {("text", rung): [world.call(number, rung) for number in range(1200)] for rung in MS}
    times = CallTimes.fit(calls)
    drawn = sorted(times.draw("text", "light", world.call(number, "main")).ms for number in range(1200))
    true = sorted(world.call(number, "light").duration_ns / 1e6 for number in range(1200))
    assert drawn[1140] == pytest.approx(true[1140], rel=0.1)
    assert drawn[60] == pytest.approx(true[60], rel=0.1)
