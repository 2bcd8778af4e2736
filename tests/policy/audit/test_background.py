"""The event log beside the documents: nothing waits for it, and what it had to drop it says."""

from __future__ import annotations

import re
import threading

from docpipe.policy.audit.background import BackgroundLog
from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.replay import replay
from tests.policy.play import Player, plan_of


def test_what_is_written_beside_replays(tmp_path):
    log = BackgroundLog(EventLog(tmp_path / "log.jsonl"))
    player = Player(plan_of({"ooms": {}}), log=log)
    player.run(20)
    player.oom()
    player.run(20)
    log.close()
    report = replay(tmp_path / "log.jsonl")
    assert report.identical, str(report)
    assert report.history.documents == player.engine.state().documents
    assert log.dropped == 0


def test_a_slow_disk_drops_lines_and_says_so_and_no_document_waits(tmp_path, caplog):
    """The disk stands still while 100 documents come; what follows replays from the state of its moment."""
    release = threading.Event()

    class Slow(EventLog):
        def write_fact(self, fact, after):
            release.wait(60)
            super().write_fact(fact, after)

    log = BackgroundLog(Slow(tmp_path / "log.jsonl"), most_waiting=50)
    player = Player(plan_of({"ooms": {}}), log=log)
    player.run(20)  # returns: nothing waits for the disk
    assert log.dropped > 0
    release.set()
    while log._waiting:
        pass
    player.run(20)
    log.close()
    said = [int(n) for n in re.findall(r"event_log_dropped facts=(\d+)", caplog.text)]
    assert sum(said) == log.dropped
    report = replay(tmp_path / "log.jsonl")
    assert report.identical, str(report)
