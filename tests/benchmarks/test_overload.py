"""The overload benchmark: frozen inputs, the same bits twice, and nothing above the ceiling."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("scipy")

from benchmarks.overload import batch, certificate, faults, frozen, report, retries
from benchmarks.overload.ceiling import best, ceiling
from benchmarks.overload.policies import Static, StickyPolicy
from benchmarks.overload.real_models import Answer, Run, tally
from benchmarks.overload.server import FAULT_S, Fault, Server, reversals
from benchmarks.overload.workload import (
    BASE_ACCURACY,
    DEADLINE_MS,
    REFERENCE,
    WORKERS,
    overload,
    poisson_bursts,
    with_sizes,
)
from docpipe.policy import EventKind
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Harness, PricePolicy

pytestmark = pytest.mark.slow


LADDER = build_ladder(REFERENCE, BASE_ACCURACY)


def test_the_inputs_are_as_they_were_frozen() -> None:
    assert frozen.changed() == []


def test_a_minute_of_bursts_twice_is_the_same_and_close_to_the_ceiling() -> None:
    documents = with_sizes(poisson_bursts(1, 100.0), 1)
    harness = Harness(REFERENCE, BASE_ACCURACY, WORKERS, DEADLINE_MS)
    first, second = (
        harness.play(PricePolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS)), documents) for _ in "12"
    )
    assert first == second
    assert first.full + first.degraded + first.late + first.refused == len(documents) == len(first.fates)
    most = ceiling(documents, LADDER, WORKERS, DEADLINE_MS / 1000)
    assert 0.97 < first.per_document / most <= 1.0
    main = harness.play(Static(LADDER, DEADLINE_MS, LADDER.top), documents)
    assert main.per_document < 0.7 * first.per_document


def test_a_held_price_moves_seldom_never_swings_and_stays_near_the_ceiling() -> None:
    documents = with_sizes(poisson_bursts(1, 200.0), 1)
    policy = StickyPolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS, consistency="sticky"))
    played = Harness(REFERENCE, BASE_ACCURACY, WORKERS, DEADLINE_MS).play(policy, documents)
    assert 0.9 < played.per_document / ceiling(documents, LADDER, WORKERS, DEADLINE_MS / 1000) < 1.0
    assert played.late <= 0.002 * played.documents
    assert 2 <= len(policy.moves) <= 20
    assert policy.reversals() == 0


@pytest.mark.parametrize("share", [0.8, 0.5])
def test_a_folder_by_a_certain_time_is_close_to_the_most_possible(share: float) -> None:
    documents = batch.sizes(600, 3)
    budget_ms = share * sum(size for size, _ in documents) * LADDER.configurations[-1].ms / WORKERS
    reached, end = batch.play(LADDER, documents, budget_ms, lambda done: 1.3)
    assert end <= 1.0
    assert reached / batch.most(LADDER, [size * 1.3 for size, _ in documents], budget_ms * WORKERS) > 0.98


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.name)
def test_no_fault_under_load_loses_a_document_or_makes_a_stage_swing(fault: Fault) -> None:
    documents = [one for one in faults.documents_of(fault, 5) if one.at_s < 150]
    run, again = (Server(fault, documents).play() for _ in "12")
    assert run.ended == run.offered == len(documents)
    assert run == again
    assert reversals(run.events) == 0
    moved = {event.stage for event in run.events if event.kind in (EventKind.DOWN, EventKind.CLOSED)}
    assert moved <= (
        {fault.rung[0]} if fault.rung else {"text_detection", "text_recognition", "table_structure", "key_fields"}
    )
    if fault.name == "out of memory, recognition main, 30 s":
        assert moved == {"text_recognition"}
        assert run.best_again is not None


def test_load_alone_moves_no_level() -> None:
    """Load is answered document by document; the bands on a stage's own time stay calm."""
    run = Server(Fault("none", FAULT_S), with_sizes([n / 14 for n in range(1400)], 1)).play()
    assert not [event for event in run.events if event.kind in (EventKind.DOWN, EventKind.CLOSED)]
    assert run.late <= 0.005 * run.offered


def test_the_overload_ends_when_its_cause_does_though_clients_ask_again() -> None:
    documents = with_sizes(overload(5.0, 7), 7)
    most = best(documents, LADDER, WORKERS, DEADLINE_MS / 1000)
    ours = retries.play(PricePolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS)), documents, 7)
    waits = retries.play(Static(LADDER, DEADLINE_MS, LADDER.top), documents, 7)
    back = retries.back_s(documents, ours, most)
    assert back is not None
    assert back <= retries.BACK_S
    assert retries.back_s(documents, waits, most) is None


def test_an_interruption_is_a_stretch_of_arrivals_that_nobody_answered_in_time() -> None:
    outcomes = ["full", "late", "late", "refused", "degraded", "late", "full"]
    answers = [Answer(4.0 * n, outcome, 100.0, float(outcome == "full")) for n, outcome in enumerate(outcomes)]
    row = tally(1.5, "docpipe", [Run(answers, 3.0, -0.02), Run(answers, 1.0, 0.01)], 10.0)
    assert (row.interruptions, row.longest_s) == (2, 12.0)
    assert (row.offered, row.in_time, row.accuracy) == (14, pytest.approx(3 / 7), pytest.approx(2 / 7))
    assert (row.lag_ms, row.drift) == (3.0, 0.02)


def test_a_ramp_under_load_costs_no_deadline() -> None:
    """Recognition's main rung comes back in the middle of 1.5 times what main can do."""
    out_of_memory = faults.FAULTS[1]
    run = Server(out_of_memory, with_sizes([n / 10.7 for n in range(2400)], 1)).play()
    kinds = [event.kind for event in run.events if event.stage == "text_recognition"]
    assert EventKind.RAMPING in kinds
    assert EventKind.UP in kinds
    assert run.late <= 0.002 * run.offered
    assert run.ended == run.offered


def test_a_real_schedule_comes_close_to_the_ceiling_and_never_above() -> None:
    documents = [one for one in with_sizes(poisson_bursts(2, 80.0), 2) if one.at_s >= 60][:25]
    top = ceiling(documents, LADDER, WORKERS, DEADLINE_MS / 1000)
    levels = certificate.schedule(documents, LADDER)
    reached = certificate.check(documents, levels, LADDER)
    assert 0.98 * top < reached <= top
    with pytest.raises(ValueError, match="late"):
        certificate.check(documents, [LADDER.top] * len(documents), LADDER)


def test_the_report_has_every_picture_and_nobody_above_the_ceiling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "report.html"
    monkeypatch.setattr(sys, "argv", ["report", str(out), "--real", "0.99"])
    assert report.main() == 0
    page = out.read_text(encoding="utf-8")
    assert page.count("<polyline") == 5 + 3 + 2 * 4
    assert all(
        part in page for part in ("the future", "sizes are guesses", "levels that hold", "overhead in real time")
    )
    assert "nan" not in page
