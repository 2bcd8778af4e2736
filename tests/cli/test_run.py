"""`docpipe run` as a user meets it: real files, real models, real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from docpipe.result import Result
from tests.drawing import RECEIPT, receipt_file

pytestmark = pytest.mark.models

CHILD_LIMIT_S = 300


CAFE = "tests/samples/images/receipt_cafe.jpg"


def docpipe(*arguments: object, faults: str = "", stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "docpipe", *map(str, arguments)],
        capture_output=True,
        input=stdin,
        env={**os.environ, "DOCPIPE_FAULTS": faults},
        timeout=CHILD_LIMIT_S,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def results_in(folder: Path) -> dict[str, Result]:
    return {
        path.relative_to(folder).as_posix(): Result.model_validate_json(path.read_bytes())
        for path in sorted(folder.rglob("*.json"))
    }


def events_of(stderr: str, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in stderr.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def without_timings(result: Result) -> dict[str, Any]:
    return result.model_dump(mode="json", exclude={"timings"})


@pytest.fixture(scope="module")
def receipts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("receipts")
    for number in range(3):
        lines = [line.replace("20417", str(20417 + number)) for line in RECEIPT]
        receipt_file(folder, f"{'sub/' if number else ''}r{number}.png", lines)
    return folder


def test_a_folder_is_read_and_mirrored(receipts: Path, tmp_path: Path) -> None:
    done = docpipe("run", receipts, "--out", tmp_path, "--format", "csv", "--format", "jsonl", "--show")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "results go to files, nothing else to standard output"
    results = results_in(tmp_path)
    assert list(results) == ["r0.png.json", "sub/r1.png.json", "sub/r2.png.json"]
    for number, result in enumerate(results.values()):
        assert result.status == "ok"
        assert result.field("total_gross").value == "18.40"
        assert result.field("issue_date").value == "2018-03-14"
        assert f"GH-{20417 + number}" in (result.field("invoice_number").value or "")
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 3
    assert len((tmp_path / "documents.csv").read_text().splitlines()) == 4
    (summary,) = events_of(done.stderr, "summary")
    assert summary["statuses"] == {"ok": 3}


@pytest.mark.parametrize("stage", ["text_detection", "text_recognition", "table_structure", "key_fields"])
def test_out_of_memory_in_a_main_rung_degrades_and_loses_nothing(stage: str, receipts: Path, tmp_path: Path) -> None:
    done = docpipe("run", receipts, "--out", tmp_path, faults=f"{stage}.main: oom")
    assert done.returncode == 0, done.stderr
    results = results_in(tmp_path)
    assert len(results) == 3
    for result in results.values():
        assert result.status == "degraded"
        assert {d.stage for d in result.degradations} == {stage}
        first = result.degradations[0]
        assert (first.from_rung, first.trigger) == ("main", "out_of_memory")
        assert getattr(result.stages, stage).rung == result.degradations[-1].to_rung


def test_two_workers_give_the_same_bytes_as_one(receipts: Path, tmp_path: Path) -> None:
    one = docpipe("run", receipts, "--out", tmp_path / "one")
    two = docpipe("run", receipts, "--out", tmp_path / "two", "--workers", 2)
    assert (one.returncode, two.returncode) == (0, 0), two.stderr
    first, second = results_in(tmp_path / "one"), results_in(tmp_path / "two")
    assert list(first) == list(second)
    for name, result in first.items():
        assert without_timings(result) == without_timings(second[name])


def test_a_killed_run_goes_on_where_it_stopped(receipts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "docpipe", "run", str(receipts), "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if '"finished"' in line:
            process.send_signal(signal.SIGKILL)
            break
    process.wait(CHILD_LIMIT_S)
    process.stderr.close()
    before = {path: path.read_bytes() for path in out.rglob("*.json")}
    assert before, "it was killed after its first document"
    refused = docpipe("run", receipts, "--out", out)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    done = docpipe("run", receipts, "--out", out, "--resume")
    assert done.returncode == 0, done.stderr
    (planned,) = events_of(done.stderr, "planned")
    assert planned["documents"] + planned["done_before"] == 3
    assert planned["done_before"] >= len(before)
    assert len(events_of(done.stderr, "finished")) == planned["documents"], "none is done twice"
    assert {path: path.read_bytes() for path in before} == before
    assert len(results_in(out)) == 3
    assert not list(out.rglob("*.tmp"))


def test_an_interrupt_keeps_what_is_finished(receipts: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "docpipe",
            "run",
            str(receipts),
            "--out",
            str(tmp_path),
            "--pin",
            "table_structure=skip",
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DOCPIPE_FAULTS": "key_fields.main: slow:+3000ms"},
        # A shell starts what it runs in the background deaf to interrupts, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if '"finished"' in line and len(events_of("".join(lines), "finished")) == 1:
            process.send_signal(signal.SIGINT)
    assert process.wait(CHILD_LIMIT_S) == 130, "".join(lines)
    process.stderr.close()
    (summary,) = events_of("".join(lines), "summary")
    assert summary["interrupted"] is True
    assert len(results_in(tmp_path)) == len(events_of("".join(lines), "finished")) < 3


def test_standard_input_becomes_one_line_of_json(receipts: Path) -> None:
    done = docpipe("run", "-", stdin=(receipts / "r0.png").read_bytes())
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert Result.model_validate_json(line).field("total_gross").value == "18.40"


def test_a_pinned_rung_serves_and_says_so(receipts: Path, tmp_path: Path) -> None:
    done = docpipe("run", receipts / "r0.png", "--out", tmp_path, "--pin", "key_fields=skip")
    assert done.returncode == 0, done.stderr
    (result,) = results_in(tmp_path).values()
    assert (result.status, result.stages.key_fields.rung) == ("degraded", "skip")
    assert [(d.stage, d.trigger) for d in result.degradations][-1] == ("key_fields", "operator")
    assert list(result.found()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "nowhere.png"], 3, "no such file"),
        (["run", ".", "--config", "nothing"], 2, "nothing:1: no such file"),
        (["run", ".", "--pin", "key_fields"], 2, "STAGE=RUNG"),
        (["run", ".", "--pin", "key_fields=best"], 2, "it has main, "),
        (["run", ".", "--pages", "3-1"], 2, "input.pages"),
        (["run"], 2, "Missing argument"),
        (["run", CAFE, "--against", "nowhere"], 2, "--against nowhere: there is no such folder"),
        (["run", CAFE, "--against", "tests/samples"], 2, "--against tests/samples holds no results"),
        (["run", CAFE, "--out", "tests/samples", "--against", "tests/samples/"], 2, "that is --out"),
    ],
)
def test_what_cannot_be_run_is_said_before_a_model_loads(arguments: list[str], code: int, message: str) -> None:
    done = docpipe(*arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_for_a_rung_that_is_not_there_is_refused() -> None:
    done = docpipe("run", ".", faults="key_fields.best: oom")
    assert done.returncode == 2
    assert "there is no rung key_fields.best" in done.stderr
