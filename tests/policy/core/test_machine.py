"""A model of the live engine under any interleaving of what people, documents, faults and time can do."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from docpipe.policy import Assignment, EventKind, Kind, Outcome, Signals
from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.replay import replay
from docpipe.policy.core import state as core
from tests.policy.core.test_properties import POLICY, signals
from tests.policy.play import Player, plan_of

PLANS = [
    plan_of(POLICY, a=["x", "y", "z"], b=["x", "y"]),
    plan_of(POLICY | {"ooms": {"degrade_at": 1, "in_a_row": True}}, a=["x", "z"], b=(["x", "y", "w"], {"weight": 2.0})),
]


class EngineMachine(RuleBasedStateMachine):
    """Documents run, die, are given back; time passes; rungs load and fail; files change. The books must balance."""

    running = Bundle("running")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="docpipe-test-"))
        self.log = EventLog(self.folder / "log", max_bytes=200_000, keep=50)
        self.player = Player(PLANS[0], log=self.log)
        self.engine = self.player.engine
        self.told = 0
        self.level = {"a": "x", "b": "x"}
        self.epoch = {"a": 0, "b": 0}
        self.granted: list[int] = []
        self.unavailable: set[tuple[str, str]] = set()

    @rule(target=running, document=st.integers(0, 30))
    def arrive(self, document: int) -> Assignment:
        assignment = self.engine.assign(f"document {document}")
        for choice in assignment.choices:
            spec, stage = self._core(choice.stage)
            assert choice.rung == spec.rungs[choice.level]
            assert (choice.lease > 0) == (choice.kind is not Kind.SERVED)
            if choice.kind is Kind.SERVED:
                assert choice.level == stage.level
            else:
                assert choice.level < stage.level
                self.granted.append(choice.lease)
            if stage.usable(choice.level, self.player.clock()) is False and choice.kind is Kind.SERVED:
                assert all(not rung.available or rung.closed_until for rung in stage.rungs)
            if choice.causes:
                assert choice.causes[-1].to_rung == choice.rung
            assert bool(choice.causes) == (choice.level > 0)
        assert len(set(self.granted)) == len(self.granted)
        return assignment

    @rule(
        assignment=consumes(running),
        outcome=st.sampled_from(list(Outcome)),
        ms=st.floats(1, 1500),
        worker=st.sampled_from("pq"),
    )
    def finish(self, assignment: Assignment, outcome: Outcome, ms: float, worker: str) -> None:
        for choice in assignment.choices:
            self.player.sample(choice, outcome, ms, worker=worker, document_id=assignment.document_id)
        self.engine.release(assignment)

    @rule(assignment=consumes(running))
    def die(self, assignment: Assignment) -> None:
        """The worker is gone with everything it held: nothing comes back, ever."""

    @rule(assignment=running)
    def come_back_twice(self, assignment: Assignment) -> None:
        self.player.sample(assignment.choices[0])

    @rule(assignment=consumes(running))
    def give_back(self, assignment: Assignment) -> None:
        self.engine.release(assignment)

    @rule(wait_s=st.floats(0, 8), seen=st.none() | signals)
    def time_passes(self, wait_s: float, seen: Signals | None) -> None:
        self.player.clock.advance(wait_s)
        self.engine.tick(seen)

    @rule(count=st.integers(1, 40))
    def calm_seconds(self, count: int) -> None:
        self.player.run(count, per_s=4, signals=Signals(gpu_used=0.1))

    @rule(stage=st.sampled_from("ab"), index=st.integers(0, 2), for_s=st.none() | st.floats(0, 20))
    def pin(self, stage: str, index: int, for_s: float | None) -> None:
        rungs = self.engine.plan.stage(stage).rungs
        until = None if for_s is None else self.player.clock() + round(for_s * 1e9)
        self.engine.pin(stage, rungs[index % len(rungs)], until)

    @rule(stage=st.sampled_from("ab"))
    def unpin(self, stage: str) -> None:
        self.engine.unpin(stage)

    @rule(stage=st.sampled_from("ab"), index=st.integers(0, 2), works=st.booleans())
    def load_or_lose(self, stage: str, index: int, works: bool) -> None:
        rungs = self.engine.plan.stage(stage).rungs
        self.engine.set_available(stage, rungs[index % len(rungs)], works, "the test says so")

    @rule(which=st.integers(0, 1))
    def reload(self, which: int) -> None:
        changed = self.engine.plan != PLANS[which]
        assert self.engine.reload(PLANS[which]) is changed
        if changed:
            for status in self.engine.state().stages:
                self.level[status.stage] = status.rung

    @rule(assignment=running)
    def fall_back(self, assignment: Assignment) -> None:
        for choice in assignment.choices:
            below = self.engine.fall_back(choice.stage, choice.rung)
            spec, stage = self._core(choice.stage)
            level = spec.level_of(choice.rung)
            if below is not None:
                assert spec.level_of(below) > level
                assert stage.usable(spec.level_of(below), self.player.clock())

    @invariant()
    def books_balance(self) -> None:
        state = self.engine.state()
        for status in state.stages:
            assert status.granted == status.returned + status.expired + status.open_leases
        climbing = [s for s in state.stages if s.phase in (core.Phase.PROBING, core.Phase.RAMPING)]
        assert len(climbing) <= 1
        assert [s.stage for s in climbing] == ([] if state.token_holder is None else [state.token_holder])

    @invariant()
    def moves_are_told_in_order(self) -> None:
        """Every change of level is one event, from where the stage was, and its epoch is the next one."""
        for event in self.player.events[self.told :]:
            if event.kind in (EventKind.DOWN, EventKind.UP):
                assert event.from_rung == self.level[event.stage] or self.engine.state().config_epoch
                assert event.epoch > self.epoch[event.stage]
                self.level[event.stage], self.epoch[event.stage] = event.to_rung, event.epoch
        self.told = len(self.player.events)
        for status in self.engine.state().stages:
            assert status.rung == self.level[status.stage]
            assert status.epoch >= self.epoch[status.stage]

    @invariant()
    def causes_explain_the_rung(self) -> None:
        for status in self.engine.state().stages:
            assert bool(status.causes) == (status.level > 0)
            if status.causes:
                assert status.causes[-1].to_rung == status.rung
            if status.trying is not None:
                assert self.engine.plan.stage(status.stage).level_of(status.trying) < status.level

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.log.close()
            report = replay(self.folder / "log")
            shutil.rmtree(self.folder)
            assert report.identical, str(report)

    def _core(self, name: str):
        plan, state = self.engine.raw_state()
        return next((s, t) for s, t in zip(plan.stages, state.stages, strict=True) if s.name == name)


EngineMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking such long runs takes many minutes
)
TestEngine = EngineMachine.TestCase
