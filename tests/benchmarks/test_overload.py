"""The overload benchmark: frozen inputs, the same bits twice, and nothing above the ceiling."""

from __future__ import annotations

import pytest

pytest.importorskip("scipy")

from benchmarks.overload import batch, frozen
from benchmarks.overload.ceiling import ceiling
from benchmarks.overload.policies import Static
from benchmarks.overload.workload import BASE_ACCURACY, DEADLINE_MS, REFERENCE, WORKERS, poisson_bursts, with_sizes
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Harness, PricePolicy

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


@pytest.mark.parametrize("share", [0.8, 0.5])
def test_a_folder_by_a_certain_time_is_close_to_the_most_possible(share: float) -> None:
    documents = batch.sizes(600, 3)
    budget_ms = share * sum(size for size, _ in documents) * LADDER.configurations[-1].ms / WORKERS
    reached, end = batch.play(LADDER, documents, budget_ms, 1.3)
    assert end <= 1.0
    assert reached / batch.most(LADDER, [size * 1.3 for size, _ in documents], budget_ms * WORKERS) > 0.98
