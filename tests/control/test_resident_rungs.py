"""A limit of memory that not all rungs fit: what is loaded at the start, and what takes its place as load changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe import Pipeline
from docpipe.config import PipelineConfig
from docpipe.control.controller import PolicyControl
from docpipe.control.preload import first_loaded, load_residents
from docpipe.control.resident_rungs import NO_ROOM, ResidentRungs, resident_plan
from docpipe.profiles.model import to_yaml
from docpipe.testing import FakeClock, FakeRuntime
from tests.profiles.making import profile, rung

RUNGS = {
    "main": ("PP-OCRv6_medium_det", 250, 1.0, 900),
    "light": ("PP-OCRv6_small_det", 90, 0.97, 800),
    "tiny": ("PP-OCRv6_tiny_det", 30, 0.8, 100),
}


def limited(folder: Path, limit_mb: float = 1300) -> PipelineConfig:
    """Detection has three rungs; the two better ones do not fit the device together."""
    ladder = [
        {"name": name, "mode": "none" if name == "main" else "swap_model", "use": {"model_name": model}}
        for name, (model, *_) in RUNGS.items()
    ]
    data = {
        "workers": 2,
        "input": {"text_layer": "require"},
        "stages": {
            "text_detection": {"ladder": ladder},
            "text_recognition": {"ladder": [{"name": "main", "use": {}}]},
            "table_structure": {"ladder": [{"name": "rules", "use": {"rules": "lines"}}]},
            "key_fields": {"ladder": [{"name": "rules", "use": {"rules": "auto"}}]},
        },
    }
    digests = {r.name: r.settings for r in PipelineConfig.model_validate(data).ladders()[0].rungs}
    measured = {
        name: rung(ms, factor, settings=digests[name], weights_mb=mb, resident_mb=mb, peak_mb_per_unit=20)
        for name, (_, ms, factor, mb) in RUNGS.items()
    }
    path = folder / "profile.yaml"
    path.write_text(to_yaml(profile({"text_detection": measured})), encoding="utf-8")
    limits = {"device": "gpu", "memory_mb": {"gpu": limit_mb}}
    return PipelineConfig.model_validate({**data, "profile": str(path), "runtime": limits})


def detection(runtime: FakeRuntime) -> set[str]:
    """Return the rungs of detection whose models are loaded."""
    loaded = {model.ref.name for model in runtime.list_loaded()}
    return {name for name, (model, *_) in RUNGS.items() if model in loaded}


def test_at_the_start_what_fits_is_loaded_and_the_rest_says_why(tmp_path: Path) -> None:
    for limit_mb, expected in ((1300, {"main", "tiny"}), (4000, set(RUNGS))):
        config, runtime = limited(tmp_path, limit_mb), FakeRuntime()
        unusable = load_residents(config, runtime)
        assert detection(runtime) == expected
        assert {(one.rung, one.reason, one.cold) for one in unusable} == {
            (name, NO_ROOM, False) for name in set(RUNGS) - expected
        }
        announced = {name.removeprefix("text_detection.") for name in first_loaded(config) if "detection" in name}
        assert announced == expected
    shared = FakeRuntime()
    load_residents(limited(tmp_path, 2600), shared, processes=2)
    assert detection(shared) == {"main", "tiny"}


def test_a_crowd_gets_the_rung_that_serves_it_and_the_best_comes_back_afterwards(tmp_path: Path) -> None:
    config, runtime, clock = limited(tmp_path), FakeRuntime(), FakeClock()
    plan = resident_plan(config, 1)
    assert plan is not None
    with PolicyControl(config, clock=clock, readers={}) as policy:
        for one in load_residents(config, runtime):
            policy.engine.set_available(one.stage, one.rung, False, one.reason)
        residents = ResidentRungs(config, runtime, policy.engine, plan, (), clock)

        def half_a_minute(documents: int) -> tuple[set[str], tuple[str, ...]]:
            for _ in range(documents):
                residents.count_request(1.0)
            clock.advance(30)
            residents.look()
            return detection(runtime), policy.router.usable()["text_detection"]

        assert half_a_minute(30) == ({"main", "tiny"}, ("main", "tiny"))
        # closed to new documents first, freed at the next look: one that began before may still be read on it
        assert half_a_minute(480) == ({"main", "tiny"}, ("tiny",))
        loaded, _ = half_a_minute(480)
        assert loaded == {"light", "tiny"}
        assert policy.engine.raw_state()[1].stages[0].rungs[1].available
        assert half_a_minute(480)[0] == {"light", "tiny"}
        half_a_minute(5)
        assert half_a_minute(5)[0] == {"main", "tiny"}


def test_a_rung_that_a_fault_closed_is_not_planned_for(tmp_path: Path) -> None:
    config, runtime, clock = limited(tmp_path), FakeRuntime(), FakeClock()
    plan = resident_plan(config, 1)
    assert plan is not None
    with PolicyControl(config, clock=clock, readers={}) as policy:
        for one in load_residents(config, runtime):
            policy.engine.set_available(one.stage, one.rung, False, one.reason)
        residents = ResidentRungs(config, runtime, policy.engine, plan, (), clock)
        policy.engine.set_available("text_detection", "main", False, "its worker hangs")
        for _ in range(2):
            clock.advance(30)
            residents.look()
        assert policy.engine.raw_state()[1].stages[0].rungs[1].available
        assert "light" in detection(runtime)


def test_a_pinned_rung_stays(tmp_path: Path) -> None:
    config, runtime, clock = limited(tmp_path), FakeRuntime(), FakeClock()
    with (
        PolicyControl(config, clock=clock, readers={}, pins={"text_detection": "light"}) as policy,
        Pipeline(config, policy=policy, runtime=runtime) as pipeline,
    ):
        residents = pipeline._residents
        assert residents is not None
        assert detection(runtime) == {"light", "tiny"}
        residents.count_request(1)
        for _ in range(2):
            clock.advance(30)
            residents.look()
        assert detection(runtime) == {"light", "tiny"}


@pytest.mark.parametrize("asks", ["run", "submit"])
def test_a_pipeline_counts_what_is_asked_for(tmp_path: Path, asks: str) -> None:
    config, clock = limited(tmp_path), FakeClock()
    with (
        PolicyControl(config, clock=clock, readers={}) as policy,
        Pipeline(config, policy=policy, runtime=FakeRuntime()) as pipeline,
    ):
        sample = Path(__file__).parents[1] / "samples" / "images" / "invoice_de.pdf"
        for _ in range(3):
            getattr(pipeline, asks)(sample)
        residents = pipeline._residents
        assert residents is not None
        assert residents._asked >= 3


def test_without_a_limit_nobody_plans(tmp_path: Path) -> None:
    config = limited(tmp_path).model_copy(update={"runtime": PipelineConfig().runtime})
    with Pipeline(config, runtime=FakeRuntime()) as pipeline:
        assert pipeline._residents is None
