"""Runs that must end in time, through a pipeline of rules. Needs no model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from docpipe import Pipeline
from docpipe.cli.app import app
from docpipe.config.durations import parse_duration, shown_duration
from docpipe.control.controller import PolicyControl
from docpipe.control.finish_in_time import FinishInTime
from docpipe.control.router import document_id_of
from docpipe.errors import ExitCode, UsageError
from docpipe.inputs.source import Source
from docpipe.result import Result
from docpipe.testing import FakeClock, FakeRuntime
from tests.control.test_deadline_routes import SAMPLE, configured

MS = 1_000_000


def sources(folder: Path, count: int) -> list[Source]:
    found = []
    for number in range(count):
        file = folder / f"{number:02}.pdf"
        file.write_bytes(SAMPLE.read_bytes() + b"%" * number)  # another content, so another document
        found.append(Source.of_file(file))
    return found


def test_documents_are_read_lighter_where_the_time_asks_for_it(tmp_path: Path) -> None:
    config, clock = configured(tmp_path), FakeClock()
    with PolicyControl(config, clock=clock, readers={}) as policy:
        in_time = FinishInTime(config, policy.router, clock() + 10 * 220 * MS, clock)
        policy.router.limit = in_time.limit
        policy.observe(in_time)
        with Pipeline(config, policy=policy, runtime=FakeRuntime()) as pipeline:
            given = sources(tmp_path, 10)
            before = pipeline.run(given[0])
            forecast = in_time.plan(given)
            assert forecast.possible
            assert 0.8 < forecast.accuracy < 1.0
            light = pipeline.run(given[1])  # the first one is planned for the best rungs
            ids = [document_id_of(source, config.input.max_bytes) for source in (given[0], *given[2:])]
            routes = [policy.router.assign(document_id)[1] for document_id in ids]
            left = in_time.forecast()
    assert before.status == "ok"
    assert {route["key_fields"].rungs[0] for route in routes} == {"rules", "core"}
    step = next(d for d in light.degradations if d.stage == "key_fields")
    assert (light.status, light.stages["key_fields"].rung) == ("degraded", "core")
    assert (step.from_rung, step.trigger, step.metric) == ("rules", "deadline", "finish_within")
    assert left is not None
    assert left.documents == 0


def test_without_a_profile_nobody_can_promise_a_time() -> None:
    from docpipe.config import PipelineConfig

    config = PipelineConfig.model_validate({})
    with PolicyControl(config, readers={}) as policy, pytest.raises(UsageError, match="docpipe profile"):
        FinishInTime(config, policy.router, 0, FakeClock())


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("90s", 90), (45, 45), ("1.5h", 5400)]
)
def test_lengths_of_time_are_read_as_written(text: object, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "0", "0s", "-5m", "m30", "30 days", "1e999", float("inf"), float("nan"), None]
)
def test_what_is_no_length_of_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="length of time"):
        parse_duration(text)


def test_lengths_of_time_are_shown_as_people_say_them() -> None:
    assert [shown_duration(s) for s in (8, 750, 3900, -1)] == ["8 s", "12 min 30 s", "1 h 05 min", "0 s"]


def run(folder: Path, *more: str) -> tuple[int, list[dict[str, object]], str]:
    answer = CliRunner().invoke(app, ["run", str(folder / "in"), "-c", str(folder / "p.yaml"), *more])
    events = [json.loads(line) for line in answer.stderr.splitlines() if line.startswith("{")]
    return answer.exit_code, events, answer.stderr + str(answer.exception or "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config = configured(tmp_path, workers=0)
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(config.to_data()), encoding="utf-8")
    (tmp_path / "in").mkdir()
    for source in sources(tmp_path, 3):
        assert source.file is not None
        shutil.move(source.file, tmp_path / "in")
    return tmp_path


def test_too_little_time_is_said_at_once_and_the_cheapest_rungs_read(folder: Path) -> None:
    code, events, _ = run(folder, "--out", str(folder / "out"), "--finish-within", "0.001s")
    planned = next(event for event in events if event["event"] == "finish_within")
    assert (code, planned["documents"], planned["possible"]) == (ExitCode.OK, 3, False)
    assert [e["event"] for e in events].index("finish_within") < [e["event"] for e in events].index("finished")
    for file in sorted((folder / "out").glob("*.pdf.json")):
        result = Result.model_validate_json(file.read_bytes())
        assert (result.status, result.stages["key_fields"].rung) == ("degraded", "core")


def test_with_time_enough_nothing_is_given_up(folder: Path) -> None:
    code, events, _ = run(folder, "--out", str(folder / "out"), "--finish-within", "1h")
    summary = next(event for event in events if event["event"] == "summary")
    assert (code, summary["statuses"]) == (ExitCode.OK, {"ok": 3})


def test_a_wrong_length_of_time_is_a_wrong_command(folder: Path) -> None:
    code, _, text = run(folder, "--out", str(folder / "out"), "--finish-within", "soon")
    assert code != ExitCode.OK
    assert "no length of time" in text
