"""What another policy file means, in words and directions."""

from __future__ import annotations

import pytest

from docpipe.policy import Plan, PolicySpec, StagePolicy
from docpipe.policy.audit.diff import describe
from tests.policy.play import plan_of

P95 = {"degrade_above": 600, "recover_below": 420}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"degrade_above": 500}},
            "gives way sooner: P95 time above 500 ms instead of 600 ms",
        ),
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"degrade_above": 800}},
            "gives way later: P95 time above 800 ms instead of 600 ms",
        ),
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"recover_below": 300}},
            "may come back later: P95 time below 300 ms instead of 420 ms",
        ),
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"recover_below": 500}},
            "may come back sooner: P95 time below 500 ms instead of 420 ms",
        ),
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"degrade_after_s": 1}},
            "gives way more quickly: P95 time held 1 s instead of 5 s",
        ),
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"degrade_after_s": 9}},
            "gives way more slowly: P95 time held 9 s instead of 5 s",
        ),
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"recover_after_s": 30}},
            "comes back more quickly: P95 time calm for 30 s instead of 60 s",
        ),
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"recover_after_s": 90}},
            "comes back more slowly: P95 time calm for 90 s instead of 60 s",
        ),
        (
            {"p95_ms": P95},
            {"p95_ms": P95 | {"window_s": 30}},
            "judges the P95 time over 30 s and at least 5 samples instead of 15 s and 5",
        ),
        ({"p95_ms": P95}, {}, "no longer looks at the P95 time"),
        ({}, {"gpu_used": {"degrade_above": 0.9}}, "now gives way when the used GPU memory is above 0.9 for 5 s"),
        ({}, {"error_ratio": {"degrade_above": 0.1}}, "now gives way when the part of failed calls is above 0.1"),
        ({"ooms": {}}, {}, "no longer counts out-of-memory errors"),
        (
            {},
            {"ooms": {"degrade_at": 3, "in_a_row": True}},
            "closes a rung after 3 out-of-memory errors in a row within 60 s",
        ),
        (
            {"ooms": {"in_a_row": True}},
            {"ooms": {"degrade_at": 3}},
            "closes a rung after 3 out-of-memory errors within 60 s; before: 1 within 60 s in a row",
        ),
        ({}, {"probes": {"count": 3, "pass": 3}}, "needs 3 of 3 probes instead of 4 of 5"),
        ({}, {"probes": {"per_s": 1, "lease_s": 5}}, "probes every 1 s instead of 2 s"),
        ({}, {"probes": {"lease_s": 5}}, "gives up on a probe after 5 s instead of 30 s"),
        (
            {},
            {"ramp": {"shares": [0.5]}},
            "comes back over 50 %, 100 % of the documents instead of 10 %, 30 %, 60 %, 100 %",
        ),
        ({}, {"ramp": {"min_samples": 5}}, "judges a share by 5 samples, 10 s to 120 s, instead of 20, 10 s to 120 s"),
        ({}, {"cool_down_s": {"first": 10}}, "cools down 10 s up to 600 s instead of 30 s up to 600 s"),
        ({}, {"recover_after_s": 30}, "holds 30 s instead of 60 s before it comes back"),
    ],
)
def test_a_difference_in_words(before, after, expected):
    assert f"table: {expected}." in describe(plan_of(before), plan_of(after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a", "b"], ["a", "c"], "loses b; a stage standing there moves to the rung of the same level"),
        (["a", "b"], ["a", "c"], "gains c: now a > c"),
        (["a", "b"], ["b", "a"], "has its rungs in another order: b > a"),
        (["a"], (["a"], {"weight": 2.0}), "counts 2 instead of 1 when several stages could climb"),
        (["a"], (["a"], {"pin": {"rung": "a", "until": "2030-01-01T00:00:00Z", "reason": "r"}}), "is pinned to a (r)"),
        (
            (["a"], {"pin": {"rung": "a", "until": "2030-01-01T00:00:00Z", "reason": "r"}}),
            ["a"],
            "is no longer pinned by the file",
        ),
    ],
)
def test_a_difference_of_a_stage(before, after, expected):
    assert f"table: {expected}." in describe(plan_of(table=before), plan_of(table=after))


def test_differences_of_the_whole_file():
    before, after = (
        plan_of({"seed": 1}, a=["x"], b=["x"]),
        plan_of({"gap_s": 60}, b=["x"], a=["x"]),
    )
    assert describe(before, after) == [
        "The seed is 0 instead of 1: other jitter, nothing else.",
        "A gap between ticks clears the windows after 60 s instead of 30 s.",
        "The stages stand in another order.",
    ]


def test_stages_that_come_and_go():
    assert describe(plan_of(a=["x"]), plan_of(b=["x", "y"])) == ["a: the stage is gone.", "b: a new stage, with x > y."]


def test_another_profile_is_said_so():
    policy, stages = PolicySpec(), {"t": (["a", "b"], StagePolicy())}
    other = Plan.build(policy, stages, priced={"t": {"a": (100.0, 1.0), "b": (50.0, 0.9)}})
    assert describe(Plan.build(policy, stages), other) == [
        "t: has other times or accuracies in its profile, which may change the stage that climbs first."
    ]


def test_the_same_file_has_nothing_to_say():
    assert describe(plan_of({"p95_ms": P95, "ooms": {}}), plan_of({"p95_ms": P95, "ooms": {}})) == []
