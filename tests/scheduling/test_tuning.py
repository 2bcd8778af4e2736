"""Changes are taken only where they win on traffic that they were not found on."""

from __future__ import annotations

import random

import pytest

from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.arrivals import draw_sizes
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Arrival
from docpipe.scheduling.tuning import LEAST_GAIN, PARTS, Tuner, parts_of

STAGES = (
    StageOptions("detect", (Option("main", 60, 1.0), Option("light", 20, 0.98))),
    StageOptions("read", (Option("main", 100, 1.0), Option("light", 30, 0.95))),
)


def bursts(seconds: float = 240, seed: int = 1) -> list[Arrival]:
    """Return 10 documents a second, and for 2 s of each 10 s eight times as many: more than any rungs can do."""
    rng, at, moments = random.Random(seed), 0.0, []
    while (at := at + rng.expovariate(80 if at % 10 < 2 else 10)) < seconds:
        moments.append(at)
    return draw_sizes(moments, 0.35, seed)


def test_under_bursts_refusing_the_costliest_first_is_found_and_holds() -> None:
    tuner = Tuner(STAGES, SchedulerSettings(2, 600, "only_hopeless"), 600)
    trials = list(tuner.tune(parts_of(bursts())))
    first = next(trial for trial in trials if trial.taken)
    assert str(first.change) == "refuse: costliest_first"
    assert min(first.found, first.held_out) >= LEAST_GAIN
    assert tuner.setting.refuse == "costliest_first"
    assert not [trial for trial in trials if trial.taken and min(trial.found, trial.held_out) < LEAST_GAIN]


def test_on_a_quiet_day_nothing_is_changed() -> None:
    quiet = draw_sizes([n / 2 for n in range(400)], 0.35, 1)
    tuner = Tuner(STAGES, SchedulerSettings(2, 600), 600)
    trials = list(tuner.tune(parts_of(quiet)))
    assert {str(trial.change) for trial in trials} == {
        "refuse: only_hopeless", "detect without light", "read without light",
    }  # fmt: skip
    assert not [trial for trial in trials if trial.taken]


def test_what_the_user_forbids_is_not_done() -> None:
    tuner = Tuner(STAGES, SchedulerSettings(2, 600, "only_hopeless"), 600, most_unserved=0.0)
    trials = list(tuner.tune(parts_of(bursts(80)), kept=("detect.light", "read.light")))
    assert {str(trial.change) for trial in trials} <= {"refuse: costliest_first", "refuse: only_hopeless"}
    worse = [trial for trial in trials if "refused or late" in trial.why]
    assert all(not trial.taken for trial in worse)


def test_parts_are_of_equal_time_and_begin_at_nought() -> None:
    parts = parts_of(bursts(160))
    assert len(parts) == PARTS
    assert all(0 <= part[0].at_s < 2 and part[-1].at_s < 21 for part in parts)
    with pytest.raises(ValueError, match="too little"):
        parts_of(bursts(160)[:2])
