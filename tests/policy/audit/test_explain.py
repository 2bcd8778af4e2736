"""Why a document ran on its rungs, told from an event log."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.policy import Outcome
from docpipe.policy.audit.explain import explain_document, plan_of, replay_facts
from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.replay import BadLog
from tests.policy.play import QUICK, Player, steady
from tests.policy.play import plan_of as made

OOMS = {"ooms": {"degrade_at": 1}, "recover_after_s": 5, "probes": {"count": 2, "pass": 2, "per_s": 1}} | QUICK


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Documents 1-5 on main, 6 runs out of memory there, the next ones on light; then probes and a ramp."""
    path = tmp_path / "run.log"
    with EventLog(path) as written:
        player = Player(made(OOMS, table=["main", "light"], fields=["main"]), log=written)
        player.run(1)
        player.run(
            1,
            lambda choice, second: (
                Outcome.OOM if choice.stage == "table" and choice.rung == "main" else Outcome.OK,
                50,
            ),
            per_s=1,
        )
        player.run(40, steady())
    return path


def test_on_the_best_rung_nothing_was_given_up(log: Path) -> None:
    assert explain_document(log, "document 1") == [
        "document 1 came at 2023-11-14 22:13:21 UTC, config epoch 0",
        "  table: rung main, the best; nothing was given up",
        "  fields: rung main, the best; nothing was given up",
        "  table: main answered after 80 ms",
        "  fields: main answered after 80 ms",
    ]


def test_a_failed_call_is_told_with_what_it_set_off_and_its_fallback(log: Path) -> None:
    told = explain_document(log, "document 6")
    assert told[3:6] == [
        "  table: main ran out of memory after 50 ms",
        "    so the policy decided: down main -> light by out_of_memory: 1 out of memory",
        "  table: light answered after 50 ms; it was taken after a rung above it had failed on this document",
    ]


def test_a_lower_rung_is_told_with_its_cause_and_when_that_was(log: Path) -> None:
    assert explain_document(log, "document 8")[1:3] == [
        "  table: rung light (level 1), because",
        "    down main -> light by out_of_memory: 1 out of memory, 1.0 s before",
    ]


def test_probes_and_trial_documents_are_told_as_such(log: Path) -> None:
    told = [line for n in range(1, 200) for line in explain_document(log, f"document {n}")[1:2]]
    assert "  table: rung main (level 0), as a probe of the better rung" in told
    assert "  table: rung main (level 0), in the share that tries the better rung" in told
    assert told[-1] == "  table: rung main, the best; nothing was given up"


def test_a_document_that_the_log_does_not_have_gives_nothing(log: Path) -> None:
    assert explain_document(log, "another") == []


def test_a_document_that_came_twice_is_told_twice(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    with EventLog(path) as written:
        player = Player(made(table=["main"]), log=written)
        player.engine.assign("a")
        player.clock.advance(5)
        player.engine.assign("a")
    assert [line for line in explain_document(path, "a") if "came at" in line] == [
        "a came at 2023-11-14 22:13:20 UTC, config epoch 0",
        "a came at 2023-11-14 22:13:25 UTC, config epoch 0",
    ]


def test_a_pin_of_the_file_is_there_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    pin = {"pin": {"rung": "light", "until": "2999-01-01T00:00:00+00:00", "reason": "under review"}}
    with EventLog(path) as written:
        Player(made(table=(["main", "light"], pin)), log=written).engine.assign("a")
    assert explain_document(path, "a")[2] == "    down main -> light by operator: under review, 0.0 s before"


def test_the_plan_of_a_log_is_what_it_starts_with(log: Path) -> None:
    assert plan_of(log) == made(OOMS, table=["main", "light"], fields=["main"])
    assert len(list(replay_facts(log))) > 100


@pytest.mark.parametrize(
    "text", ["", "[]\n", '{"kind":"ticked","t":1,"signals":null}\n', '{"kind":"start","schema":99}\n']
)
def test_what_is_no_log_has_no_plan(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text(text)
    with pytest.raises(BadLog, match=r"x\.log"):
        plan_of(path)
