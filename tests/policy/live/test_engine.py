"""The engine around the core: one short lock, hooks outside it, values that travel, and threads that may hammer it."""

from __future__ import annotations

import logging
import pickle
import threading
from collections import Counter

import pytest

from docpipe.policy import Choice, EventKind, Kind, Outcome, PolicyEngine, Sample, Signals
from docpipe.policy.live import engine as engine_module
from docpipe.testing import FakeClock
from tests.policy.play import GPU, QUICK, START_NS, Player, plan_of


class WatchedLock:
    """A lock that knows who holds it."""

    def __init__(self) -> None:
        self._lock, self.holder = threading.Lock(), None

    def __enter__(self):
        self._lock.acquire()
        self.holder = threading.get_ident()

    def __exit__(self, *error):
        self.holder = None
        self._lock.release()

    @property
    def mine(self) -> bool:
        return self.holder == threading.get_ident()


def test_every_decision_is_made_under_the_lock_and_told_outside(monkeypatch):
    """State is read and written under the lock; hooks and the log run without it, in the order of the decisions."""
    held, told = [], []
    player = Player(plan_of({"ooms": {}}, a=["x", "y"], b=["x", "y"]))
    lock = player.engine._lock = WatchedLock()
    real = engine_module.step

    def watched(plan, state, fact):
        held.append(lock.mine)
        return real(plan, state, fact)

    monkeypatch.setattr(engine_module, "step", watched)
    player.engine._on_event = lambda event: told.append((lock.mine, event.stage))
    player.oom(stage="a")
    player.oom(stage="b")
    player.engine.tick()
    player.engine.state()
    assert held == [True] * 5
    assert told == [(False, "a"), (False, "b")]


def test_two_errors_at_once_are_one_move(monkeypatch):
    """Two threads run out of memory on the same rung, the second while the first decides: one move, one epoch."""
    player = Player(plan_of({"ooms": {}}))
    main = player.engine.assign("x")["table"]
    real, inside = engine_module.step, threading.Event()
    other = threading.Thread(target=lambda: (inside.wait(10), player.sample(main, Outcome.OOM)))

    def slow(plan, state, fact):
        inside.set()
        return real(plan, state, fact)

    monkeypatch.setattr(engine_module, "step", slow)
    other.start()
    player.sample(main, Outcome.OOM)
    other.join(10)
    assert [m[2:] for m in player.moves()] == [("main", "light")]
    status = player.engine.state()["table"]
    assert (status.epoch, status.stale) == (1, 1)


def test_a_hook_may_ask_the_engine():
    """Announcing waits for nobody, so a hook can read the state and even pin."""
    clock, seen = FakeClock(START_NS), []
    engine = PolicyEngine(plan_of({"ooms": {}}), clock=clock, unix_clock=clock, on_event=lambda e: hook(e))

    def hook(event):
        seen.append((event.kind, engine.state()["table"].rung))
        if event.kind is EventKind.DOWN and len(seen) == 1:
            engine.pin("table", "skip")

    engine.record(Sample("table", "main", 0, Outcome.OOM, 1))
    assert seen == [(EventKind.DOWN, "light"), (EventKind.PINNED, "skip"), (EventKind.DOWN, "skip")]


def test_a_hook_that_fails_loses_only_its_own_call(caplog):
    clock = FakeClock(START_NS)

    def broken(event):
        raise OSError("disk full")

    engine = PolicyEngine(plan_of({"ooms": {}}), clock=clock, unix_clock=clock, on_event=broken)
    with caplog.at_level(logging.ERROR, logger="docpipe.policy"):
        engine.record(Sample("table", "main", 0, Outcome.OOM, 1))
    assert engine.state()["table"].rung == "light"
    assert "docpipe.hook_failed" in caplog.text


def test_a_clock_that_goes_back_is_held():
    """Time in the core never falls, whatever the clock does."""
    clock = FakeClock(START_NS)
    engine = PolicyEngine(plan_of(), clock=clock, unix_clock=clock)
    clock.advance(5)
    engine.tick()
    clock.now_ns -= 3 * 10**9
    assert engine.assign("x").time_ns == START_NS + 5 * 10**9


def test_what_crosses_a_process_pickles():
    player = Player(plan_of({"ooms": {}, "recover_after_s": 5} | QUICK))
    player.oom()
    while not player.told(EventKind.RAMPING):
        player.run(1)
    sample = Sample("table", "main", 1, Outcome.TIMEOUT, 5, kind=Kind.TRIAL, lease=3)
    for value in (player.engine.assign("x"), sample, player.engine.state(), player.engine.plan, *player.events):
        assert pickle.loads(pickle.dumps(value)) == value


def test_many_samples_at_once_keep_their_order():
    player = Player(plan_of({"ooms": {"degrade_at": 2}}))
    samples = [Sample("table", "main", 0, Outcome.OOM, 1), Sample("table", "main", 0, Outcome.OK, 1)]
    for sample in samples + samples[:1]:
        player.engine.record(sample)
    assert player.engine.state()["table"].rung == "light"


def test_an_assignment_is_one_snapshot():
    """All stages from one state, in the order of the pipeline, whatever moves meanwhile."""
    player = Player(plan_of({"ooms": {}}, a=["x", "y"], b=["x", "y"]))
    before = player.engine.assign("one")
    player.oom(stage="a")
    after = player.engine.assign("two")
    assert (dict(before.rungs), dict(after.rungs)) == ({"a": "x", "b": "x"}, {"a": "y", "b": "x"})
    assert [c.epoch for c in after.choices] == [1, 0]


@pytest.mark.parametrize("threads", [8])
def test_hammering_from_threads_loses_nothing(threads):
    """Documents, errors, ticks, pins and reloads from many threads: counts add up, levels stay on the ladder."""
    plans = [
        plan_of(
            {"ooms": {"degrade_at": 2}, "gpu_used": GPU, "recover_after_s": 5} | QUICK, a=["x", "y", "z"], b=["x", "y"]
        ),
        plan_of({"ooms": {"degrade_at": 3}, "recover_after_s": 5} | QUICK, a=["x", "y"], b=["x", "y"]),
    ]
    clock, lock, events, failures = FakeClock(START_NS), threading.Lock(), [], []
    engine = PolicyEngine(plans[0], clock=clock, unix_clock=clock, on_event=events.append)
    start = threading.Barrier(threads)
    per_thread = 150

    def work(me: int) -> None:
        try:
            start.wait(30)
            for n in range(per_thread):
                with lock:
                    clock.advance(0.05)
                assignment = engine.assign(f"{me}/{n}")
                for choice in assignment.choices:
                    outcome = Outcome.OOM if n % 50 in (7, 8, 9) else Outcome.OK
                    engine.record(
                        Sample(
                            choice.stage,
                            choice.rung,
                            choice.epoch,
                            outcome,
                            10**7,
                            kind=choice.kind,
                            lease=choice.lease,
                            worker=str(me),
                        )
                    )
                engine.release(assignment)
                if n % 5 == 0:
                    engine.tick(Signals(gpu_used=0.95 if n % 100 < 30 else 0.1))
                if n % 40 == me:
                    engine.reload(plans[n % 2])
                if n % 60 == me:
                    engine.pin("b", "y")
                    engine.unpin("b")
        except Exception as e:
            failures.append(e)

    workers = [threading.Thread(target=work, args=(me,)) for me in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert failures == []
    state = engine.state()
    assert state.documents == threads * per_thread
    for status in state.stages:
        assert status.granted == status.returned + status.expired + status.open_leases
        assert 0 <= status.level < len(engine.plan.stage(status.stage).rungs)
    assert [e.time_ns for e in events] == sorted(e.time_ns for e in events)
    for stage in ("a", "b"):
        epochs = [e.epoch for e in events if e.stage == stage and e.kind in (EventKind.DOWN, EventKind.UP)]
        assert Counter(epochs).most_common(1)[0][1] == 1
        assert epochs == sorted(epochs)


def test_reloads_under_load_mix_nothing():
    """A hundred reloads between two ladders while documents come: every assignment is wholly of one plan."""
    plans = [plan_of(a=["x", "y"], b=["x", "y"]), plan_of(a=["p", "q"], b=["p", "q"])]
    engine = PolicyEngine(plans[0])
    done, seen = threading.Event(), []

    def ask() -> None:
        while not done.is_set():
            seen.append(engine.assign("d"))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for n in range(100):
        assert engine.reload(plans[(n + 1) % 2]) is True
    done.set()
    for thread in asking:
        thread.join(60)
    assert engine.state().config_epoch == 100
    assert {tuple(a.rungs.values()) for a in seen} <= {("x", "x"), ("p", "p")}
    assert all((a.config_epoch % 2 == 0) == (a["a"].rung == "x") for a in seen)


def test_a_choice_on_the_best_rung_says_nothing_was_given_up():
    assert Player(plan_of()).engine.assign("x")["table"] == Choice(
        "table", "main", 0, Kind.SERVED, 0, fallbacks=("light", "skip")
    )
