"""What the policy has learned outlives its process: in a file that is read when the next one starts."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from docpipe.config import PipelineConfig
from docpipe.control.controller import PolicyControl
from docpipe.control.kept_state import KeptState, kept_state, reset, state_dir
from docpipe.policy import Outcome, Sample
from docpipe.policy.audit.replay import replay
from docpipe.testing import FakeClock
from tests.batch.stand_in import config_of
from tests.policy.play import UNIX_NS

S = 1_000_000_000
STAGE = "text_detection"


class Process:
    """A policy as one process has it, on a clock of its own, as each boot of a machine has."""

    def __init__(self, folder: Path, unix_s: float = 0.0, *, config: PipelineConfig | None = None, **more: Any) -> None:
        self.config = config or config_of()
        self.clock = FakeClock(int(unix_s * 7 * S) + S)
        self.unix_ns = UNIX_NS + int(unix_s * S)
        kept = KeptState(folder, self.config.sha256(), unix_clock=lambda: self.unix_ns)
        self.policy = PolicyControl(self.config, clock=self.clock, kept=kept, **more)

    def oom(self) -> None:
        choice = self.policy.engine.assign("oom")[STAGE]
        self.policy.engine.record(Sample(STAGE, choice.rung, choice.epoch, Outcome.OOM, 1, worker="w"))

    @property
    def stage(self):
        return self.policy.state[STAGE]


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING, "docpipe.policy")
    return caplog


def test_the_next_process_starts_where_the_last_one_stood_and_says_why(tmp_path, complaints):
    before = Process(tmp_path)
    before.oom()
    assert before.stage.rung == "light"
    wait_s = before.stage.cool_down_s
    after = Process(tmp_path, unix_s=10)
    assert (after.stage.rung, after.stage.closed) == ("light", ("main",))
    assert after.stage.cool_down_s == pytest.approx(wait_s - 10)
    assert [cause.reason for cause in after.stage.causes] == ["kept over a restart: 1 out of memory"]
    assert after.policy.wanted == [(STAGE, "light")]
    assert sum("policy_state_restored" in line for line in complaints.messages) == 1


def test_what_is_kept_is_kept_over_every_restart_and_counts_on(tmp_path):
    for number in range(4):
        process = Process(tmp_path, unix_s=number)
        if not number:
            process.oom()
        process.policy.engine.tick()
    assert [cause.reason for cause in process.stage.causes] == ["kept over a restart: 1 out of memory"]


def test_a_replay_of_the_later_process_comes_out_the_same(tmp_path):
    Process(tmp_path / "state").oom()
    log = tmp_path / "policy.jsonl"
    process = Process(tmp_path / "state", unix_s=5, event_log=log)
    with process.policy:
        process.oom()
    assert replay(log).identical


def test_what_is_too_old_is_ignored_with_one_line(tmp_path, complaints):
    before = Process(tmp_path)
    before.oom()
    longest_s = before.config.policy.cool_down_s.max
    assert Process(tmp_path, unix_s=longest_s).stage.rung == "light"
    complaints.clear()
    after = Process(tmp_path, unix_s=3 * longest_s)
    assert (after.stage.rung, after.stage.failures) == ("main", 0)
    assert len(complaints.messages) == 1
    assert "too old" in complaints.messages[0]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda text: "", id="empty"),
        pytest.param(lambda text: text[: len(text) // 2], id="torn"),
        pytest.param(lambda text: "\0" * 4096, id="zeros"),
        pytest.param(lambda text: "[" * 100_000, id="deep"),
        pytest.param(lambda text: "[]", id="no object"),
        pytest.param(lambda text: " " * (2 << 20), id="huge"),
        pytest.param(lambda text: json.dumps(json.loads(text) | {"stages": 7}), id="no stages"),
        pytest.param(lambda text: json.dumps(json.loads(text) | {"unix_ns": "x"}), id="no moment"),
        pytest.param(lambda text: json.dumps(json.loads(text) | {"unix_ns": float("inf")}), id="no end"),
        pytest.param(lambda text: json.dumps(json.loads(text) | {"machine": "other"}), id="other machine"),
        pytest.param(lambda text: json.dumps(json.loads(text) | {"config": "other"}), id="other file"),
        pytest.param(lambda text: json.dumps(json.loads(text) | {"schema": 99}), id="later version"),
    ],
)
def test_what_is_damaged_or_foreign_is_ignored_with_one_line(tmp_path, complaints, damage):
    Process(tmp_path).oom()
    (file,) = tmp_path.iterdir()
    file.write_text(damage(file.read_text()))
    complaints.clear()
    assert Process(tmp_path).stage.rung == "main"
    assert len(complaints.messages) == 1
    assert str(file) in complaints.messages[0]


def test_another_configuration_starts_on_its_own(tmp_path):
    Process(tmp_path).oom()
    other = config_of(policy={"ooms": {}, "recover_after_s": 61})
    assert Process(tmp_path, config=other).stage.rung == "main"


def test_no_file_of_a_stage_that_is_well_and_no_harm_where_none_can_be_written(tmp_path, complaints):
    Process(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a file").touch()
    blocked = Process(tmp_path / "a file" / "folder")
    blocked.oom()
    assert blocked.stage.rung == "light"
    assert sum("policy_state_unwritten" in line for line in complaints.messages) == 1


def test_a_pin_of_the_file_is_announced_before_anything_is_kept(tmp_path, caplog):
    """The engine tells of it while it is made."""
    data = config_of().to_data()
    data["stages"][STAGE]["pin"] = {"rung": "light", "until": "2999-01-01T00:00:00Z", "reason": "under review"}
    process = Process(tmp_path, config=PipelineConfig.model_validate(data))
    assert process.stage.rung == "light"
    assert "hook_failed" not in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_chosen_or_switched_off(tmp_path, monkeypatch):
    def folder(**runtime: object) -> Path | None:
        return state_dir(config_of(runtime=runtime))

    assert folder() is None  # tests switch it off for all
    monkeypatch.setenv("DOCPIPE_STATE", str(tmp_path))
    assert folder() == tmp_path
    assert folder(state_dir=False) is None
    assert folder(state_dir="off") is None
    assert folder(state_dir="/other") == Path("/other")
    monkeypatch.delenv("DOCPIPE_STATE")
    assert folder(cache_dir=str(tmp_path)) == tmp_path / "policy"
    assert kept_state(config_of(faults={f"{STAGE}.main": "oom"})) is None


def test_reset_forgets_one_configuration_or_all(tmp_path):
    other = config_of(policy={"ooms": {}, "recover_after_s": 61})
    Process(tmp_path).oom()
    Process(tmp_path, config=other).oom()
    (tmp_path / "mine.json").touch()
    assert len(list(reset(tmp_path, other))) == 1
    assert Process(tmp_path).stage.rung == "light"
    assert Process(tmp_path, config=other).stage.rung == "main"
    assert len(list(reset(tmp_path))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]


PROCESS = """
import os, signal
from docpipe.errors import OutOfMemory
from docpipe.pipeline import Pipeline
from tests.batch.stand_in import StandIn, config_of

class Full(StandIn):
    def infer(self, ref, images, *more, **named):
        if ref.name == "PP-OCRv6_medium_det":
            raise OutOfMemory("device")
        return super().infer(ref, images, *more, **named)

config = config_of(policy={"ooms": {"degrade_at": 3, "within_s": 60}})
with Pipeline(config, runtime=Full()) as pipeline:
    for number in range(4):
        result = pipeline.run(IMAGE, name=str(number))
        print([step.scope for step in result.degradations], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_embedding_process_that_its_host_kills_does_not_run_out_of_memory_again(tmp_path):
    """A real process runs out of memory three times, is killed, and starts again: not one call of it on main."""
    source = PROCESS.replace("IMAGE", "__import__('numpy').full((64, 64, 3), 0, 'uint8')")
    environment = os.environ | {"DOCPIPE_STATE": str(tmp_path)}

    def lived() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", source], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        return done.stdout.split("\n")[:4]

    first = lived()
    assert first[0] == "['document']" or "process" not in first[0]
    assert first[3] == "['process']"
    assert lived() == ["['process']"] * 4
