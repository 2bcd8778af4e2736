"""What can happen to a log on a disk: power lost, a file moved away, a stage that came with a reload."""

from __future__ import annotations

import pytest

from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.replay import BadLog, replay
from tests.policy.play import Player, plan_of


def test_a_tail_of_nuls_is_a_file_cut_off(tmp_path):
    """A machine that lost its power leaves the length of what was written, and nothing in it."""
    with EventLog(tmp_path / "log.jsonl") as log:
        Player(plan_of(), log=log).run(5)
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(b"\0" * 300)
    report = replay(tmp_path / "log.jsonl")
    assert report.identical, str(report)
    assert report.torn


def test_a_missing_file_between_others_is_named(tmp_path):
    with EventLog(tmp_path / "log.jsonl", max_bytes=4000, keep=5) as log:
        Player(plan_of(), log=log).run(60)
    (tmp_path / "log.jsonl.2").unlink()
    with pytest.raises(BadLog, match=r"log\.jsonl\.2: missing"):
        replay(tmp_path / "log.jsonl")


def test_a_stage_that_a_reload_adds_replays(tmp_path):
    """No event tells of it; its documents are counted all the same."""
    with EventLog(tmp_path / "log.jsonl") as log:
        player = Player(plan_of(), log=log)
        player.run(3)
        player.engine.reload(plan_of(table=["main", "light", "skip"], new=["p", "q"]))
        player.run(3)
    report = replay(tmp_path / "log.jsonl")
    assert report.identical, str(report)
    assert report.history.rungs["new"]["p"] == 15
