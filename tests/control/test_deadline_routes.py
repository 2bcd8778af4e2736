"""Requests with deadlines through a pipeline of rules: degraded or refused in time, and told so. Needs no model."""

from __future__ import annotations

import asyncio
import io
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
import yaml

from docpipe import Pipeline
from docpipe.config import PipelineConfig, load_config
from docpipe.config.callers import Caller
from docpipe.control.controller import PolicyControl, readers_of
from docpipe.control.deadline_routes import AllowedLadders, Ladders
from docpipe.errors import ConfigError, UsageError
from docpipe.profiles.model import to_yaml
from docpipe.result import Result
from docpipe.testing import FakeClock, FakeRuntime
from tests.profiles.making import profile, rung

SAMPLE = Path(__file__).parents[1] / "samples" / "images" / "invoice_de.pdf"
RULES = {
    "text_detection": [{"name": "main", "use": {}}],
    "text_recognition": [{"name": "main", "use": {}}],
    "table_structure": [{"name": "rules", "use": {"rules": "lines"}}, {"name": "skip", "mode": "disable", "use": {}}],
    "key_fields": [
        {"name": "rules", "use": {"rules": "auto"}},
        {"name": "core", "mode": "rules", "use": {"rules": "minimal", "fields": "core"}},
    ],
}


def configured(folder: Path, *, per_call: bool = False, **more: Any) -> PipelineConfig:
    """Return a pipeline of rules whose key fields take 400 ms by the profile, or 10 ms on `core`.

    For each unit, or with `per_call` for a whole document.
    """
    data = {
        "input": {"text_layer": "require"},
        "stages": {name: {"ladder": ladder} for name, ladder in RULES.items()},
    } | more
    digests = {
        (stage.stage, r.name): r.settings
        for stage in PipelineConfig.model_validate(data).ladders()
        for r in stage.rungs
    }
    prices = {
        "text_detection": {"main": (1, 1.0)},
        "text_recognition": {"main": (1, 1.0)},
        "table_structure": {"rules": (1, 1.0), "skip": (0, 0.5)},
        "key_fields": {"rules": (400, 1.0), "core": (10, 0.8)},
    }
    made = {
        stage: {name: rung(ms, factor, settings=digests[stage, name]) for name, (ms, factor) in rungs.items()}
        for stage, rungs in prices.items()
    }
    for one in [one for rungs in made.values() for one in rungs.values() if per_call]:
        one["wall"] = {**one["wall"], "fixed_ms": one["wall"]["ms_per_unit"], "ms_per_unit": 0}
    measured = profile(made)
    path = folder / "profile.yaml"
    path.write_text(to_yaml(measured), encoding="utf-8")
    return PipelineConfig.model_validate({**data, "profile": str(path)})


class Blocked(io.BytesIO):
    """A document whose reading waits until it is told to go on."""

    def __init__(self) -> None:
        super().__init__(SAMPLE.read_bytes())
        self.begun, self.go = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        if size:  # looking whether it gives bytes reads nothing
            self.begun.set()
            assert self.go.wait(60)
        return super().read(size)


@contextmanager
def busy(config: PipelineConfig, clock: FakeClock) -> Iterator[tuple[Pipeline, Callable[[], None]]]:
    """Yield a pipeline whose only worker is busy, and what sets it free."""
    blocked = Blocked()
    with (
        PolicyControl(config, clock=clock, readers={}) as policy,
        Pipeline(config, policy=policy, runtime=FakeRuntime()) as pipeline,
    ):
        pipeline.submit(blocked)
        assert blocked.begun.wait(60)
        try:
            yield pipeline, blocked.go.set
        finally:
            blocked.go.set()


def facts(result: Result) -> dict[str, Any]:
    return result.model_dump(mode="json", exclude={"timings"})


def test_submitting_gives_what_running_gives(tmp_path: Path) -> None:
    config = configured(tmp_path)
    with Pipeline(config, runtime=FakeRuntime()) as pipeline:
        ran, submitted = pipeline.run(SAMPLE), pipeline.submit(SAMPLE).result(60)
        awaited = asyncio.run(pipeline.arun(SAMPLE))
    assert ran.status == "ok"
    assert facts(ran) == facts(submitted) == facts(awaited)


def test_what_starts_late_is_read_lighter_and_says_so(tmp_path: Path) -> None:
    clock = FakeClock()
    with busy(configured(tmp_path), clock) as (pipeline, free):
        waiting = pipeline.submit(SAMPLE, deadline_ms=600)
        clock.advance(0.3)
        free()
        result = waiting.result(60)
    assert result.status == "degraded"
    assert result.stages["key_fields"].rung == "core"
    step = next(d for d in result.degradations if d.stage == "key_fields")
    assert (step.from_rung, step.to_rung, step.trigger, step.metric) == ("rules", "core", "deadline", "price")
    assert result.timings.queue_ms == pytest.approx(300)


def test_what_waited_too_long_is_refused_with_every_key_and_a_time_to_come_back(tmp_path: Path) -> None:
    clock = FakeClock()
    with busy(configured(tmp_path), clock) as (pipeline, free):
        waiting = pipeline.submit(SAMPLE, name="a.pdf", deadline_ms=600)
        patient = pipeline.submit(SAMPLE)
        clock.advance(1)
        free()
        refused, served = waiting.result(60), patient.result(60)
    assert (refused.status, refused.document.path) == ("refused", "a.pdf")
    assert refused.retry_after_s is not None
    assert [error.code for error in refused.errors] == ["refused"]
    assert set(refused.model_dump()) == set(served.model_dump())
    assert (served.status, served.retry_after_s) == ("ok", None)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"deadline_ms": -1}, "deadline_ms"),
        ({"deadline_ms": float("inf")}, "deadline_ms"),
        ({"min_accuracy": 2}, "min_accuracy"),
        ({"priority": 1.5}, "priority"),
        ({"forbid": "key_fields.core"}, "forbid"),
    ],
)
def test_a_wish_out_of_range_is_told_in_one_line(tmp_path: Path, wish: dict[str, Any], said: str) -> None:
    with busy(configured(tmp_path), FakeClock()) as (pipeline, _):
        with pytest.raises(UsageError) as told:
            pipeline.submit(SAMPLE, **wish)
        assert re.fullmatch(rf"submit: {said}: .+", str(told.value)), told.value


def test_a_refusal_names_no_time_where_waiting_would_not_help(tmp_path: Path) -> None:
    with busy(configured(tmp_path), FakeClock()) as (pipeline, _):
        result = pipeline.submit(SAMPLE, forbid=["key_fields.rules", "key_fields.core"]).result(60)
    assert (result.status, result.retry_after_s) == ("refused", 0)
    assert "Ask again" not in result.errors[0].message


def test_what_cannot_be_in_time_is_refused_on_arrival(tmp_path: Path) -> None:
    with busy(configured(tmp_path), FakeClock()) as (pipeline, _):
        assert pipeline.submit(SAMPLE, deadline_ms=5).result(60).status == "refused"
        assert pipeline.run(SAMPLE, deadline_ms=5).status == "refused"


def test_a_cancelled_document_is_not_read(tmp_path: Path) -> None:
    with busy(configured(tmp_path), FakeClock()) as (pipeline, free):
        unwanted, wanted = pipeline.submit(SAMPLE), pipeline.submit(SAMPLE)
        assert unwanted.cancel()
        free()
        assert wanted.result(60).status == "ok"
    assert unwanted.cancelled()


def test_closing_refuses_what_still_waits(tmp_path: Path) -> None:
    with busy(configured(tmp_path), FakeClock()) as (pipeline, free):
        waiting = pipeline.submit(SAMPLE)
        closing = threading.Thread(target=pipeline.close)
        closing.start()
        assert waiting.result(60).status == "refused"
        free()
        closing.join(60)
        assert not closing.is_alive()
        with pytest.raises(UsageError, match="closed"):
            pipeline.submit(SAMPLE)


def test_callers_get_what_the_file_says_and_a_call_may_say_more(tmp_path: Path) -> None:
    callers = {"audit": {"forbid": ["key_fields.core"]}, "teller": {"deadline_ms": 5, "on_overload": "wait"}}
    clock = FakeClock()
    with busy(configured(tmp_path, callers=callers), clock) as (pipeline, free):
        audit = pipeline.submit(SAMPLE, caller="audit", deadline_ms=100_000)
        strict = pipeline.submit(SAMPLE, min_accuracy=0.999)
        teller = pipeline.submit(SAMPLE, caller="teller")
        clock.advance(0.2)
        free()
        assert audit.result(60).stages["key_fields"].rung == "rules"
        assert strict.result(60).stages["key_fields"].rung == "rules"
        assert teller.result(60).stages["key_fields"].rung == "core"
        impossible = pipeline.submit(SAMPLE, forbid=["key_fields.core", "key_fields.rules"])
        assert impossible.result(60).status == "refused"
        with pytest.raises(UsageError, match="no caller 'nobody'"):
            pipeline.submit(SAMPLE, caller="nobody")
        with pytest.raises(UsageError, match=r"no rung key_fields\.none"):
            pipeline.submit(SAMPLE, forbid=["key_fields.none"])
        with pytest.raises(UsageError, match="deadline_ms"):
            pipeline.submit(SAMPLE, deadline_ms=-1)
        with pytest.raises(TypeError, match="no document"):
            pipeline.submit(3)  # type: ignore[arg-type]


def test_sticky_treats_equal_documents_equally_and_goes_up_again_after_the_hold(tmp_path: Path) -> None:
    """What waited is read lighter; so is what comes next and has all the time, until the hold is over."""
    more = {"policy": {"recover_after_s": 80}, "deadline_ms": 1000, "identical": {"join": False}}
    cases = (("per_document", 5, "rules"), ("sticky", 5, "core"), ("sticky", 90, "rules"))
    for consistency, after_s, expected in cases:
        config = configured(tmp_path, per_call=True, consistency=consistency, **more)
        clock = FakeClock()
        with busy(config, clock) as (pipeline, free):
            waited = pipeline.submit(SAMPLE)
            clock.advance(0.95)
            free()
            assert waited.result(60).stages["key_fields"].rung == "core"
            clock.advance(after_s)
            equal = pipeline.submit(SAMPLE).result(60)
            assert equal.stages["key_fields"].rung == expected, (consistency, after_s)
            assert [step.trigger for step in equal.degradations] == (["deadline"] if expected == "core" else [])


def test_a_caller_that_forbids_an_unknown_rung_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("callers:\n  audit: {forbid: [key_fields.best]}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"callers\.audit\.forbid(\.0)?: there is no rung key_fields\.best"):
        load_config(path)


def test_without_a_profile_deadlines_are_kept_all_the_same(tmp_path: Path) -> None:
    config = configured(tmp_path).model_copy(update={"profile": None})
    clock = FakeClock()
    with busy(config, clock) as (pipeline, free):
        late, patient = pipeline.submit(SAMPLE, deadline_ms=600), pipeline.submit(SAMPLE)
        clock.advance(1)
        free()
        assert (late.result(60).status, patient.result(60).status) == ("refused", "ok")


def pages_of(count: int) -> bytes:
    """Return the sample `count` times over, as one file."""
    made, file = pdfium.PdfDocument.new(), io.BytesIO()
    with pdfium.PdfDocument(SAMPLE) as source:
        for _ in range(count):
            made.import_pages(source)
    made.save(file)
    return file.getvalue()


def test_a_file_of_many_pages_is_known_to_be_large_before_it_is_opened(tmp_path: Path) -> None:
    pages = {name: [dict(rung) for rung in ladder] for name, ladder in RULES.items()}
    config = configured(tmp_path, stages={name: {"ladder": ladder} for name, ladder in pages.items()})
    with busy(config, FakeClock()) as (pipeline, free):
        small = pipeline.submit(SAMPLE, deadline_ms=100, forbid=["key_fields.rules"])
        large = pipeline.submit(pages_of(60), deadline_ms=100, forbid=["key_fields.rules"])
        free()
        assert (small.result(60).status, large.result(60).status) == ("degraded", "refused")


def test_policy_and_metrics_see_who_waits_and_who_was_refused(tmp_path: Path) -> None:
    config = configured(tmp_path, policy={"queue_wait_ms": {"degrade_above": 150, "degrade_after_s": 0}})
    clock = FakeClock()
    with busy(config, clock) as (pipeline, free):
        metrics = pipeline.metrics.registry
        assert readers_of(config)["queue_wait_ms"]() is None
        waiting = pipeline.submit(SAMPLE, deadline_ms=600)
        pipeline.submit(SAMPLE, deadline_ms=5).result(60)
        clock.advance(0.3)
        assert metrics.get_sample_value("docpipe_queue_documents") == 1
        assert metrics.get_sample_value("docpipe_queue_oldest_seconds") == pytest.approx(0.3)
        assert (metrics.get_sample_value("docpipe_backlog_ms") or 0) > 0
        assert metrics.get_sample_value("docpipe_price") is not None
        assert metrics.get_sample_value("docpipe_time_correction_ratio") == 1.0
        assert metrics.get_sample_value("docpipe_refused_total", {"reason": "hopeless"}) == 1
        assert metrics.get_sample_value("docpipe_documents_total", {"outcome": "refused"}) == 1
        read = readers_of(config, queue=lambda: pipeline.policy._queue)["queue_wait_ms"]
        assert read() == pytest.approx(300)
        free()
        waiting.result(60)


def shared(pipeline: Pipeline, how: str) -> float:
    return pipeline.metrics.registry.get_sample_value("docpipe_shared_answers_total", {"how": how}) or 0


def test_identical_documents_in_progress_are_read_once_and_keep_their_names(tmp_path: Path) -> None:
    data = SAMPLE.read_bytes()
    with busy(configured(tmp_path), FakeClock()) as (pipeline, free):
        waiting = [pipeline.submit(data, name=name) for name in ("a.pdf", "b.pdf", "c.pdf")]
        free()
        answers = [future.result(60) for future in waiting]
        alone = pipeline.submit(data, name="b.pdf").result(60)
        assert [answer.document.path for answer in answers] == ["a.pdf", "b.pdf", "c.pdf"]
        assert facts(answers[1]) == facts(alone)
        assert shared(pipeline, "joined") == 2


def test_other_terms_are_not_joined(tmp_path: Path) -> None:
    data, clock = SAMPLE.read_bytes(), FakeClock()
    with busy(configured(tmp_path), clock) as (pipeline, free):
        hurried = pipeline.submit(data, deadline_ms=600)
        patient = pipeline.submit(data)
        strict = pipeline.submit(data, forbid=["key_fields.core"])
        clock.advance(0.3)
        free()
        assert [f.result(60).status for f in (hurried, patient, strict)] == ["degraded", "ok", "ok"]
        assert shared(pipeline, "joined") == 0


def test_who_joined_is_read_when_the_first_gives_up_or_is_refused(tmp_path: Path) -> None:
    data, clock = SAMPLE.read_bytes(), FakeClock()
    with busy(configured(tmp_path), clock) as (pipeline, free):
        first, second = pipeline.submit(data), pipeline.submit(data)
        third = pipeline.submit(data)
        early = pipeline.submit(data, deadline_ms=600)
        clock.advance(0.5)
        later = pipeline.submit(data, deadline_ms=600)
        assert first.cancel()
        assert third.cancel()
        clock.advance(0.2)
        free()
        assert second.result(60).status == "ok"
        assert (early.result(60).status, later.result(60).status) == ("refused", "degraded")


def test_full_answers_are_kept_and_degraded_ones_are_not(tmp_path: Path) -> None:
    data, clock = SAMPLE.read_bytes(), FakeClock()
    with busy(configured(tmp_path, identical={"cache": 1}), clock) as (pipeline, free):
        late = pipeline.submit(data, deadline_ms=600)
        clock.advance(0.3)
        free()
        assert late.result(60).status == "degraded"
        full = pipeline.submit(data, name="full.pdf").result(60)
        assert (full.status, shared(pipeline, "cached")) == ("ok", 0)
        again = pipeline.submit(data, name="again.pdf", deadline_ms=600).result(60)
        assert (again.document.path, again.status, shared(pipeline, "cached")) == ("again.pdf", "ok", 1)
        assert pipeline.submit(data, forbid=["key_fields.rules"]).result(60).stages["key_fields"].rung == "core"
        pipeline.submit(pages_of(2)).result(60)  # takes the only place
        pipeline.submit(data).result(60)
        assert shared(pipeline, "cached") == 1


def test_joining_can_be_left_out(tmp_path: Path) -> None:
    data = SAMPLE.read_bytes()
    with busy(configured(tmp_path, identical={"join": False}), FakeClock()) as (pipeline, free):
        waiting = [pipeline.submit(data) for _ in range(3)]
        free()
        assert {future.result(60).status for future in waiting} == {"ok"}
        assert shared(pipeline, "joined") == 0


def test_the_ladder_of_a_caller_is_worked_out_once_for_each_ladder(tmp_path: Path) -> None:
    config = configured(tmp_path)
    ladders = [Ladders(config, PolicyControl(config).router)() for _ in range(2)]
    allowed = AllowedLadders()
    caller = Caller(forbid=("key_fields.core",))
    first = allowed.of(caller)(ladders[0])
    assert first is not None
    assert {one.rungs[-1] for one in first.configurations} == {"rules"}
    assert allowed.of(Caller(forbid=("key_fields.core",), deadline_ms=5))(ladders[0]) is first
    assert allowed.of(caller)(ladders[1]) is not first
    assert allowed.of(Caller(min_accuracy=0.1))(ladders[1]) is not first


def test_a_profile_that_does_not_know_the_best_rung_sends_nobody_to_the_worst(tmp_path: Path) -> None:
    """After a change of the best rung's settings the old profile still knows the others."""
    config = configured(tmp_path)
    changed = RULES | {"key_fields": [{"name": "rules", "use": {"rules": "minimal"}}, RULES["key_fields"][1]]}
    stages = {name: {"ladder": rungs} for name, rungs in changed.items()}
    stale = PipelineConfig.model_validate(
        {"input": {"text_layer": "require"}, "stages": stages, "profile": config.profile}
    )
    ladder = Ladders(stale, PolicyControl(stale).router)()
    assert [one.rungs[-1] for one in ladder.configurations] == ["rules"]


def test_an_edited_rule_pack_takes_no_rung_away(tmp_path: Path) -> None:
    """Who adds a word to a rule pack keeps what is given way by under load, measured with the words of before."""
    config = configured(tmp_path)
    assert config.profile is not None
    file = Path(config.profile)
    measured = yaml.safe_load(file.read_text(encoding="utf-8"))
    for one in measured["stages"]["key_fields"]["rungs"].values():
        one["rules"] = "0" * 12
    file.write_text(yaml.safe_dump(measured), encoding="utf-8")
    ladder = Ladders(config, PolicyControl(config).router)()
    assert {one.rungs[-1] for one in ladder.configurations} == {"rules", "core"}


def test_requests_are_answered_while_documents_are_read(tmp_path: Path) -> None:
    """Whoever asks, is refused, looks at the queue or cancels waits for no document that is being read."""
    with busy(configured(tmp_path), FakeClock()) as (pipeline, _):
        refused = pipeline.submit(SAMPLE, deadline_ms=5).result(60)
        waiting = pipeline.submit(SAMPLE.read_bytes() + b" ", deadline_ms=60_000)
        assert refused.status == "refused"
        assert pipeline.metrics.registry.get_sample_value("docpipe_queue_documents") == 1
        assert waiting.cancel()
