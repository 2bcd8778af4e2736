"""A limit of memory: calls start when what they need is free, or on a rung that needs less. No model, no GPU."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from docpipe.config import PipelineConfig, load_config
from docpipe.config.memory_budget import PROCESS_MB, RESERVE, RungMemory, budgets, rung_memories
from docpipe.errors import ConfigError, OutOfMemory
from docpipe.execution.executor import Executor
from docpipe.execution.memory_gate import Asked, Claim, MemoryGate
from docpipe.files.shipped import find
from docpipe.profiles.model import to_yaml
from docpipe.result import STAGE_NAMES
from docpipe.runtime.protocol import ModelRef
from docpipe.testing import FakeClock, FakeRuntime
from tests.execution.test_executor import LADDER, PAGE, PRODUCER, ROUTE, Scripted
from tests.profiles.making import profile, rung

LARGE = np.full((1000, 1000, 3), 255, np.uint8)
MAIN, LIGHT = (ModelRef("text_detection", name) for name in ("main", "light"))


def memory(model: ModelRef, mb: float, device: str = "gpu:0") -> RungMemory:
    return RungMemory(device, frozenset({model}), 50.0, mb, 1.0, 2.0, ms=1000.0)


def gate(limit_mb: float, clock: Callable[[], int], main_mb: float = 100, light_mb: float = 30) -> MemoryGate:
    """Two rungs that take 50 MB once loaded, which both are."""
    rungs = {("detect", "main"): memory(MAIN, main_mb), ("detect", "light"): memory(LIGHT, light_mb)}
    return MemoryGate(rungs, {"gpu:0": limit_mb}, lambda: frozenset({MAIN, LIGHT}), clock)


def asked(units: float = 1.0, *, limit_s: float = 10.0) -> list[Asked]:
    return [Asked("main", units, limit_s), Asked("light", units, limit_s)]


def test_what_the_loaded_models_leave_is_handed_out_and_comes_back() -> None:
    g = gate(300, FakeClock())
    first, second = g.claim("detect", asked()), g.claim("detect", asked())
    assert (first.asked.rung, second.asked.rung) == ("main", "main")
    assert g.pools["gpu:0"].free_mb == 0
    g.give_back("detect", first, ran_out=False)
    assert g.pools["gpu:0"].free_mb == 100
    g.give_back("detect", second, ran_out=False)
    assert g.claim("other", asked()).lease is None  # a stage whose memory nobody knows waits for nothing


def test_where_tokens_stay_short_a_rung_that_needs_less_takes_over() -> None:
    clock = FakeClock()
    g = gate(240, clock)
    held = g.claim("detect", asked())
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(g.claim, "detect", asked())
        while not g._lines["gpu:0"]:
            threading.Event().wait(0.001)
        assert not waiting.done()
        clock.advance(1.5)
        claim = waiting.result(30)
    assert (claim.asked.rung, claim.needs_mb, claim.free_mb) == ("light", 100, 40)
    assert held.lease is not None


def test_a_call_that_never_ends_keeps_its_memory_no_longer_than_its_lease() -> None:
    clock = FakeClock()
    g = gate(200, clock, light_mb=200)
    g.claim("detect", asked(limit_s=30))
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(g.claim, "detect", asked())
        clock.advance(31)
        assert waiting.result(30).asked.rung == "main"
    assert g.pools["gpu:0"].expired == 1


def test_an_input_larger_than_the_device_goes_to_a_smaller_rung_at_once_or_runs_alone() -> None:
    g = gate(200, FakeClock())
    assert g.claim("detect", asked(units=1.5)).asked.rung == "light"
    alone = gate(200, FakeClock(), light_mb=100)
    claim = alone.claim("detect", asked(units=1.5))
    assert claim.asked.rung == "main"
    assert alone.pools["gpu:0"].free_mb == 0


def test_what_ran_out_is_expected_to_need_more_next_time() -> None:
    g = gate(220, FakeClock())
    g.give_back("detect", g.claim("detect", asked()), ran_out=True)
    assert g.claim("detect", asked()).asked.rung == "light"  # 130 MB of 120


@pytest.mark.parametrize("seed", range(3))
def test_many_threads_neither_lock_each_other_out_nor_take_more_than_there_is(seed: int) -> None:
    g, lock, most = gate(260, FakeClock()), threading.Lock(), [0.0]
    taken: dict[int, float] = {}

    def call(number: int) -> Claim:
        draws = random.Random(f"{seed}/{number}")
        for _ in range(20):
            claim = g.claim("detect", asked(draws.uniform(0.1, 1.9)))
            with lock:
                taken[number] = claim.asked.units * (100 if claim.asked.rung == "main" else 30)
                most[0] = max(most[0], sum(taken.values()))
            with lock:
                del taken[number]
            g.give_back("detect", claim, ran_out=False)
        return claim

    with ThreadPoolExecutor(8) as threads:
        assert len([future.result(60) for future in [threads.submit(call, n) for n in range(8)]]) == 8
    assert most[0] <= 160 + 30  # one larger than the device runs alone
    pool = g.pools["gpu:0"]
    assert (pool.open, pool.free_mb, pool.expired) == (0, 160, 0)


def limited(folder: Path, limit_mb: float, **more: object) -> PipelineConfig:
    """Return the ladders of the executor's tests, whose detection needs 300 MB a call, or 20 on `light`."""
    data = {"stages": {name: {"ladder": ladder} for name, ladder in LADDER.items()}, **more}
    ladders = PipelineConfig.model_validate(data).ladders()
    digests = {(ladder.stage, r.name): r.settings for ladder in ladders for r in ladder.rungs}
    peaks = {"main": 300.0, "light": 20.0}
    rungs = {
        name: rung(10, 1.0 if name == "main" else 0.9, settings=digests["text_detection", name], weights_mb=5.0,
                   resident_mb=10.0, peak_mb_per_unit=mb)
        for name, mb in peaks.items()
    }  # fmt: skip
    path = folder / "profile.yaml"
    path.write_text(to_yaml(profile({"text_detection": rungs})), encoding="utf-8")
    return PipelineConfig.model_validate({**data, "profile": str(path), "runtime": {"memory_mb": {"cpu": limit_mb}}})


def test_a_document_is_read_on_the_rung_that_fits_and_says_why(tmp_path: Path) -> None:
    for limit_mb, expected in ((1000, "main"), (400, "light")):
        config = limited(tmp_path, limit_mb)
        stages = {name: Scripted(name) for name in STAGE_NAMES}
        executor = Executor(config, FakeRuntime(), PRODUCER, stages=stages)  # type: ignore[arg-type]
        result = executor.run(LARGE, ROUTE, name="a.png").result
        assert result.stages["text_detection"].rung == expected
        steps = [(step.trigger, step.metric, step.from_rung, step.to_rung) for step in result.degradations]
        assert steps == ([] if expected == "main" else [("out_of_memory", "free_memory_mb", "main", "light")])


def test_memory_comes_back_from_calls_that_fail(tmp_path: Path) -> None:
    config = limited(tmp_path, 1000)
    stages = {name: Scripted(name) for name in STAGE_NAMES}
    stages["text_detection"] = Scripted("text_detection", OutOfMemory("full"), ValueError("a bug"))
    executor = Executor(config, FakeRuntime(), PRODUCER, stages=stages)  # type: ignore[arg-type]
    executor.run(PAGE, ROUTE, name="a.png")
    gate = executor._caller.memory
    assert gate is not None
    pool = gate.pools["cpu"]
    assert (pool.granted, pool.returned, pool.open) == (2, 2, 0)


def test_without_a_limit_nothing_is_asked(tmp_path: Path) -> None:
    config = limited(tmp_path, 1000).model_copy(update={"runtime": PipelineConfig().runtime})
    stages = {name: Scripted(name) for name in STAGE_NAMES}
    assert Executor(config, FakeRuntime(), PRODUCER, stages=stages)._caller.memory is None  # type: ignore[arg-type]


def test_processes_share_a_limit(tmp_path: Path) -> None:
    config = limited(tmp_path, 1000)
    assert budgets(config)["cpu"] == pytest.approx(1000 * (1 - RESERVE) - PROCESS_MB)
    assert budgets(config, 2)["cpu"] == pytest.approx(500 * (1 - RESERVE) - PROCESS_MB)
    assert set(rung_memories(config)) == set(itertools.product(["text_detection"], ["main", "light"]))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("runtime: {memory_mb: {cpu: 4000}}", "has no effect: the profile knows the memory of no rung on cpu"),
        (
            "profile: {profile}\nruntime: {{memory_mb: {{gpu: 4000}}}}",
            "the profile knows the memory of no rung on gpu:0",
        ),
        (
            "profile: {profile}\nworkers: 2\nruntime: {{memory_mb: {{cpu: 700}}}}",
            "700 MB leave 95 for each of 2 processes",
        ),
        ("runtime: {memory_mb: {gpu: 4000, 'gpu:0': 3000}}", "names one device twice"),
        ("runtime: {memory_mb: {cpu: -1}}", "-1 is not above 0"),
    ],
)
def test_a_limit_that_helps_nobody_is_refused(tmp_path: Path, lines: str, why: str) -> None:
    path = tmp_path / "p.yaml"
    shipped = find("configs", "profiles/xeon-2core.yaml")
    path.write_text(lines.format(profile=shipped) if "{profile}" in lines else lines, encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        load_config(path)
