"""The event log beside the documents: nothing waits for it, and what it had to drop it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading

import pytest

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


def test_a_log_whose_folder_is_deleted_goes_on_in_a_new_one(tmp_path, caplog):
    folder = tmp_path / "logs"
    log = BackgroundLog(EventLog(folder / "log.jsonl"))
    player = Player(plan_of({"ooms": {}}), log=log)
    player.run(20)
    wait_for(log)
    shutil.rmtree(folder)
    player.run(20)
    player.oom()
    player.run(20)
    log.close()
    report = replay(folder / "log.jsonl")
    assert report.identical, str(report)
    assert report.history.documents == 200  # those of the deleted file are gone
    assert caplog.text.count("event_log_failed") == 1
    assert f"event_log_dropped facts={log.dropped}" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="a tmpfs needs root")
def test_a_log_on_a_full_disk_says_so_once_and_goes_on_when_there_is_room(tmp_path, caplog):
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=False).returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        log = BackgroundLog(EventLog(tmp_path / "log.jsonl"))
        player = Player(plan_of({"ooms": {}}), log=log)
        for _ in range(5):  # far more than there is room for
            player.run(20)
            wait_for(log)
        assert log.dropped
        player.run(20)
        wait_for(log)
        assert caplog.text.count("event_log_failed") == 1
        subprocess.run(["mount", "-o", "remount,size=8m", str(tmp_path)], check=True)
        player.oom()
        player.run(20)
        log.close()
        assert f"event_log_dropped facts={log.dropped}" in caplog.text
        report = replay(tmp_path / "log.jsonl")
        assert report.identical, str(report)
        assert report.history.documents > 0
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=False)


def wait_for(log):
    """Wait until what was told is written, or could not be."""
    while log._waiting:
        pass
