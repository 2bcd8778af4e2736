"""What holds on every run: worse signals never help, nothing swings, every fall is followed by a recovery."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docpipe.policy import EventKind, Kind, Outcome, Signals
from docpipe.policy.core.facts import Loaded, Ticked
from docpipe.policy.core.step import step
from tests.policy.play import GPU, P95, Player, plan_of

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

POLICY = {
    "p95_ms": P95 | {"degrade_after_s": 3, "min_samples": 10},
    "gpu_used": GPU | {"degrade_after_s": 2},
    "host_used": GPU | {"degrade_after_s": 2},
    "queue_wait_ms": {"degrade_above": 150, "recover_below": 50, "degrade_after_s": 1},
    "ooms": {"degrade_at": 2},
    "error_ratio": {"degrade_above": 0.3, "min_samples": 10},
    "recover_after_s": 5,
    "probes": {"count": 3, "pass": 2, "per_s": 2, "lease_s": 5},
    "ramp": {"shares": [0.3, 0.6], "min_samples": 4, "min_s": 1, "max_s": 20},
    "cool_down_s": {"first": 4, "factor": 2, "max": 16},
}
STAGES = {"a": ["x", "y", "z"], "b": ["x", "y"]}

share = st.floats(0, 1)
signals = st.builds(
    Signals,
    gpu_used=st.none() | share,
    host_used=st.none() | share,
    queue_wait_ms=st.none() | st.floats(0, 400),
)
outcomes = st.sampled_from([Outcome.OK] * 6 + list(Outcome))
seconds = st.lists(st.tuples(outcomes, st.floats(1, 1500), signals), min_size=1, max_size=25)


def after(script) -> Player:
    """Play a script in which every second has its own outcome, speed and signals, for the better rungs."""
    player = Player(plan_of(POLICY, **STAGES))
    for outcome, ms, seen in script:
        player.run(1, lambda c, s, o=outcome, m=ms: (o, m) if c.level == 0 else (Outcome.OK, m / 10), signals=seen)
    return player


@SLOW
@given(seconds, signals, st.floats(0, 10), st.data())
def test_worse_signals_never_raise_a_level(script, seen, wait_s, data):
    """From the same state at the same moment, more pressure never ends higher up, and never starts a climb."""
    player = after(script)
    plan, state = player.engine.raw_state()
    now = player.clock() + round(wait_s * 1e9)

    def worse(value: float | None, top: float) -> float | None:
        return None if value is None else data.draw(st.floats(value, max(value, top)))

    pressed = Signals(worse(seen.gpu_used, 1), worse(seen.host_used, 1), worse(seen.queue_wait_ms, 500))
    better = step(plan, state, Ticked(now, seen)).state.stages
    harder = step(plan, state, Ticked(now, pressed)).state.stages
    for before, one, two in zip(state.stages, better, harder, strict=True):
        assert two.level >= one.level >= before.level or before.trial is not None
        assert two.level >= one.level
        if one.trial is None and before.trial is None:
            assert two.trial is None or any(stage.trial is not None for stage in better)


@SLOW
@given(st.lists(st.floats(1, 1500), min_size=3, max_size=3), share, share, st.floats(0, 400))
def test_constant_input_never_swings(speeds, gpu, host, queue):
    """Each rung always equally fast, signals always the same: a stage may go down, and then it stays."""
    player = Player(plan_of(POLICY, a=["x", "y", "z"]))
    fast = dict(zip("xyz", speeds, strict=True))
    seen = Signals(gpu_used=gpu, host_used=host, queue_wait_ms=queue)
    player.run(150, lambda c, s: (Outcome.OK, fast[c.rung]), signals=seen)
    assert player.told(EventKind.UP) == []
    assert len(player.told(EventKind.DOWN)) <= 2


@SLOW
@given(seconds)
def test_every_fall_is_followed_by_a_recovery(script):
    """Whatever happened: once the fault is over, all stages are back on their best rungs in bounded time."""
    player = after(script)
    calm = Signals(gpu_used=0.1, host_used=0.1, queue_wait_ms=0)
    levels = sum(status.level for status in player.engine.state().stages)
    # a cool-down at its cap with its jitter, both holds, and for each level probes, shares and a hold of its own
    player.run(30 + 18 + 2 * 5 + levels * (5 + 5 + 20), lambda c, s: (Outcome.OK, 50.0), signals=calm)
    assert [status.level for status in player.engine.state().stages] == [0, 0]
    assert all(status.causes == () for status in player.engine.state().stages)


@SLOW
@given(seconds)
def test_a_reload_twice_is_a_reload_once(script):
    """The same file again changes nothing, from any state."""
    player = after(script)
    plan, state = player.engine.raw_state()
    other = plan_of(POLICY | {"seed": 9, "recover_after_s": 7}, a=["x", "z"], b=["w", "x", "y"], c=["n"])
    fact = Loaded(player.clock(), other, 5)
    once = step(plan, state, fact)
    twice = step(once.plan, once.state, fact)
    assert (twice.state, twice.plan, twice.events) == (once.state, once.plan, ())
    for spec, stage in zip(once.plan.stages, once.state.stages, strict=True):
        assert stage.choice.rung == spec.rungs[stage.level]
        assert len(stage.rungs) == len(spec.rungs)
        assert len(stage.holds) == len(spec.bands)


@SLOW
@given(st.floats(0.01, 0.99), st.lists(st.integers(0, 60), max_size=200))
def test_shares_are_exact_and_sides_kept_for_any_arrivals(part, arrivals):
    """New documents split exactly after every prefix; one that comes again stays where it was."""
    ramp = {"shares": [part], "min_samples": 100_000, "min_s": 0}
    policy = {"ooms": {}, "recover_after_s": 0, "degrade_after_s": 0, "cool_down_s": {"first": 0}}
    player = Player(plan_of(policy | {"ramp": ramp, "probes": {"count": 1, "pass": 1}}))
    player.oom()
    player.run(2, per_s=1)
    assert player.told(EventKind.RAMPING)
    sides: dict[int, Kind] = {}
    for document in arrivals:
        kind = player.engine.assign(f"again {document}")["table"].kind
        assert sides.setdefault(document, kind) is kind
        taken = list(sides.values()).count(Kind.TRIAL)
        assert abs(taken - part * len(sides)) < 1 + 1e-5


@SLOW
@given(seconds)
def test_a_step_changes_no_older_state(script):
    """States are values: going on from one does not alter it."""
    player = after(script)
    plan, state = player.engine.raw_state()
    kept = repr(state)
    after(script[:3])
    player.run(3)
    step(plan, state, Ticked(player.clock(), Signals(gpu_used=1.0)))
    assert repr(state) == kept
