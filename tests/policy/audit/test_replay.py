"""The event log: bounded files that each replay byte for byte, in another process too, and what-ifs over them."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise

import pytest

from docpipe.errors import UsageError
from docpipe.policy import EventKind, Outcome, Sample, Signals
from docpipe.policy.audit.codec import load_start
from docpipe.policy.audit.log import EventLog, files_of
from docpipe.policy.audit.replay import BadLog, replay
from docpipe.policy.audit.whatif import what_if
from tests.policy.play import GPU, QUICK, UNIX_NS, Player, plan_of, steady

POLICY = {
    "ooms": {},
    "gpu_used": GPU,
    "p95_ms": {"degrade_above": 600, "degrade_after_s": 5},
    "error_ratio": {"degrade_above": 0.5},
    "recover_after_s": 10,
} | QUICK
PIN = {"pin": {"rung": "q", "until": "2023-11-14T22:20:00Z", "reason": "review"}}


def eventful(path, **log):
    """Write a log in which everything happens that can, and return its player."""
    with EventLog(path, **log) as events:
        player = Player(plan_of(POLICY, table=["main", "light", "skip"], other=["a", "b"]), log=events)
        engine = player.engine
        player.run(5)
        player.oom()
        player.run(70, lambda c, s: (Outcome.OK, 80.0 + s % 7))
        player.run(20, steady(main=1200), signals=Signals(gpu_used=0.5, host_used=0.25))
        lost = engine.assign("lost \ud83d\ud83d \udcff ümlaut")
        engine.begin("table", "main", lost["table"].epoch, worker="w", document_id="lost")
        player.sample(lost["table"], Outcome.ERROR, worker="w")
        died = Sample("table", "light", lost["table"].epoch, Outcome.WORKER_DIED, 7, worker="v")
        engine.lose_worker("v", Outcome.WORKER_DIED, exit_code=-9, document_id="d", sample=died, reason="killed")
        engine.assign("d", (("table", "light"),))
        engine.tick()
        engine.pin("other", "b", player.clock() + 10**10, "because")
        player.run(5, signals=Signals(gpu_used=0.99))
        engine.unpin("other")
        engine.set_available("table", "skip", False, "evicted")
        engine.reload(
            plan_of(POLICY | {"seed": 5}, table=["main", "light", "skip"], other=["a", "b", "c"], new=(["p", "q"], PIN))
        )
        player.run(60, lambda c, s: (Outcome.OOM if c.rung == "main" else Outcome.OK, 80.0))
        player.clock.advance(3600)
        player.run(40)
        engine.release(engine.assign("never ran"))
    return player


def test_a_log_replays_byte_for_byte(tmp_path):
    player = eventful(tmp_path / "log.jsonl")
    report = replay(tmp_path / "log.jsonl")
    assert report.identical, str(report)
    assert not report.torn
    assert report.lines == len((tmp_path / "log.jsonl").read_text().splitlines())
    assert report.history.events == tuple(player.events)
    assert report.history.documents == player.engine.state().documents
    assert {e.kind for e in report.history.events} == set(EventKind) - {
        EventKind.CLOSED,
        EventKind.INCONCLUSIVE,
        EventKind.RELOADED,
        EventKind.NO_RELIEF,
        EventKind.INPUT_TOO_LARGE,
    }
    assert "all the same" in str(report)


def test_a_log_replays_in_another_process(tmp_path):
    """Another hash seed, another process: the same bytes."""
    path = tmp_path / "log.jsonl"
    eventful(path)
    code = (
        "import sys; from pathlib import Path; from docpipe.policy.audit.replay import replay\n"
        "print(replay(Path(sys.argv[1])).identical)"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        assert done.stdout == "True\n"


def test_the_same_facts_write_the_same_log(tmp_path):
    eventful(tmp_path / "a")
    eventful(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_files_are_bounded_and_each_replays(tmp_path):
    """Old files go, and what is left starts with its own state."""
    path = tmp_path / "log.jsonl"
    eventful(path, max_bytes=60_000, keep=3)
    files = files_of(path)
    assert [f.name for f in files] == ["log.jsonl.3", "log.jsonl.2", "log.jsonl.1", "log.jsonl"]
    assert all(f.stat().st_size < 120_000 for f in files)
    assert replay(path).identical
    for file in files:
        alone = tmp_path / f"alone {file.name}"
        alone.write_bytes(file.read_bytes())
        assert replay(alone).identical, file.name


def test_no_old_files_may_be_kept(tmp_path):
    eventful(tmp_path / "log", max_bytes=60_000, keep=0)
    assert [f.name for f in files_of(tmp_path / "log")] == ["log"]
    assert replay(tmp_path / "log").identical


def test_another_process_goes_on_beside_what_is_there(tmp_path):
    """A restart begins a file of its own; both replay, one after the other."""
    first = eventful(tmp_path / "log")
    second = eventful(tmp_path / "log")
    report = replay(tmp_path / "log")
    assert report.identical, str(report)
    assert report.history.documents == first.engine.state().documents + second.engine.state().documents
    assert len(files_of(tmp_path / "log")) == 2


@pytest.mark.parametrize(
    ("change", "line"),
    [
        pytest.param(
            lambda body: body.get("event") == "down" and body.update(to_rung="skip"), "event", id="a-decision"
        ),
        pytest.param(
            lambda body: body["kind"] == "ended" and body["sample"].update(duration_ns=1), "ended", id="a-sample"
        ),
        pytest.param(lambda body: body["kind"] == "arrived" and body.update(rungs={}), "arrived", id="an-assignment"),
    ],
)
def test_the_first_difference_is_named(tmp_path, change, line):
    path = tmp_path / "log"
    eventful(path)
    bodies = [json.loads(text) for text in path.read_text().splitlines()]
    at = next(
        i for i, body in enumerate(bodies) if body["kind"] == line and (line != "event" or body["event"] == "down")
    )
    change(bodies[at])
    path.write_text("".join(json.dumps(body, separators=(",", ":")) + "\n" for body in bodies))
    report = replay(path)
    assert not report.identical
    assert report.difference.line >= at + 1
    assert f"{path}:{report.difference.line}: differs" in str(report)
    assert "not the same" in str(report)


def test_a_lost_decision_is_a_difference(tmp_path):
    path = tmp_path / "log"
    eventful(path)
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, text in enumerate(lines) if '"kind":"event"' in text)
    path.write_text("".join(lines[:at] + lines[at + 1 :]))
    assert replay(path).difference.line == at + 1
    path.write_text("".join(lines[:at]))
    report = replay(path)
    assert (report.difference.found, report.difference.line) == ("(the end of the log)", at + 1)


def test_a_cut_off_last_line_is_no_difference(tmp_path):
    """A killed process leaves half a line."""
    path = tmp_path / "log"
    eventful(path)
    path.write_bytes(path.read_bytes()[:-20])
    report = replay(path)
    assert (report.identical, report.torn) == (True, True)
    assert "cut off" in str(report)


def test_a_file_cut_off_by_a_killed_process_does_not_end_the_log(tmp_path):
    """The next process began a file with its own state; only what the first one lost is missing."""
    path, quiet = tmp_path / "log", plan_of(table=["main", "light"])
    eventful(path)
    path.write_bytes(path.read_bytes()[:-20])
    before = replay(path)
    with EventLog(path) as log:
        second = Player(quiet, log=log)
        second.run(5)
    report = replay(path)
    assert report.identical, str(report)
    assert report.cut == (tmp_path / "log.1",)
    assert f"the last line of {tmp_path / 'log.1'} is cut off" in str(report)
    assert report.history.documents == before.history.documents + second.engine.state().documents
    assert report.lines == before.lines + len(path.read_text().splitlines())
    assert what_if(path, quiet).was.documents == report.history.documents


def test_decisions_lost_with_the_end_of_an_earlier_file_are_no_difference(tmp_path):
    """A killed process may have written a fact, and of the event that followed only half."""
    path = tmp_path / "log"
    eventful(path)
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, text in enumerate(lines) if '"kind":"event"' in text)
    path.write_text("".join(lines[:at]) + lines[at][:30])
    eventful(path)
    report = replay(path)
    assert (report.identical, report.cut) == (True, (tmp_path / "log.1",)), str(report)


@pytest.mark.parametrize("name", ["log", "log.1", "log.4"])
def test_a_log_takes_no_place_of_something_else(tmp_path, name):
    """Files are renamed and in the end deleted: only its own. Nothing has moved when it refuses."""
    eventful(tmp_path / "log")
    before = (tmp_path / "log").read_bytes()
    (tmp_path / name).write_text("a person's notes\n")
    with pytest.raises(UsageError, match=f"{name}: holds something else"):
        Player(plan_of(), log=EventLog(tmp_path / "log"))
    assert (tmp_path / name).read_text() == "a person's notes\n"
    assert name == "log" or (tmp_path / "log").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == len({"log", name})


def test_a_log_takes_no_place_of_a_folder(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    with pytest.raises(UsageError, match="results: not a file"):
        Player(plan_of(), log=EventLog(folder))
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_a_log_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="log: an event log cannot be written there"):
        Player(plan_of(), log=EventLog(tmp_path / "file" / "log"))


def test_an_empty_file_may_be_written_over(tmp_path):
    (tmp_path / "log").touch()
    with EventLog(tmp_path / "log") as log:
        Player(plan_of(), log=log)
    assert [file.name for file in files_of(tmp_path / "log")] == ["log"]
    assert replay(tmp_path / "log").identical


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\xff\n", b"\xff\n", b"[" * 100_000 + b"\n"])
def test_a_binary_file_is_no_log(tmp_path, content):
    (tmp_path / "log").write_bytes(content)
    for read in (replay, lambda path: what_if(path, plan_of())):
        with pytest.raises(BadLog, match="log:1: not JSON"):
            read(tmp_path / "log")


def test_a_folder_is_no_log(tmp_path):
    for read in (replay, lambda path: what_if(path, plan_of())):
        with pytest.raises(BadLog, match="cannot be read: Is a directory"):
            read(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{]\n", ":1: not JSON"),
        ("[]\n", ":1: not a line of a policy log"),
        ('{"kind":"start","schema":99}\n', "schema 99; this version of docpipe reads 2"),
        ('{"kind":"start","schema":2}\n', ":1: "),
    ],
)
def test_what_is_no_log_is_said_so(tmp_path, text, expected):
    path = tmp_path / "log"
    path.write_text(text)
    with pytest.raises(BadLog, match=expected.replace("[", "\\[")):
        replay(path)


def test_a_missing_log_is_said_so(tmp_path):
    with pytest.raises(BadLog, match="no such log"):
        replay(tmp_path / "none")


@pytest.mark.parametrize("text", ['{"seq":1,"kind":"ticked","t":1,"signals":null}\n', '{"seq":1,"kind":"event"}\n'])
def test_a_log_without_its_start_is_a_difference(tmp_path, text):
    path = tmp_path / "log"
    path.write_text(text)
    report = replay(path)
    assert "start of a file" in report.difference.expected


@pytest.mark.parametrize("line", ['{"seq":2,"kind":"nonsense","t":1}\n', '{"seq":2,"kind":"arrived","t":1}\n'])
def test_a_damaged_fact_is_named(tmp_path, line):
    path = tmp_path / "log"
    eventful(path)
    start = path.read_text().splitlines(keepends=True)[0]
    path.write_text(start + line)
    with pytest.raises(BadLog, match=":2: not a line of a policy log"):
        replay(path)
    with pytest.raises(BadLog, match=":2: not a line of a policy log"):
        what_if(path, plan_of())


def test_an_empty_log_replays_to_nothing(tmp_path):
    path = tmp_path / "log"
    path.write_text("")
    report = replay(path)
    assert (report.lines, report.identical, report.history.documents) == (0, True, 0)
    with pytest.raises(BadLog, match="an empty log"):
        what_if(path, plan_of())


def test_history_tells_levels_over_time(tmp_path):
    player = eventful(tmp_path / "log")
    history = replay(tmp_path / "log").history
    spans = [s for s in history.spans if s.stage == "table"]
    assert all(a.to_ns == b.from_ns for a, b in pairwise(spans))
    assert spans[0].from_ns == history.from_ns
    assert spans[-1].to_ns == history.to_ns == player.clock()
    assert history.seconds_at("table", "main") == pytest.approx(
        sum(s.to_ns - s.from_ns for s in spans if s.rung == "main") / 1e9
    )
    assert {p.key for p in history.points} == {"gpu_used", "p95_ms"}
    assert sum(history.rungs["table"].values()) == history.documents
    assert 0 < history.degraded < history.documents


def test_what_if_with_the_same_plan_is_what_was(tmp_path):
    plan = plan_of(POLICY, table=["main", "light"])
    with EventLog(tmp_path / "log") as log:
        player = Player(plan, log=log)
        player.run(30, steady(main=1200))
        player.oom()
        player.run(200)
    found = what_if(tmp_path / "log", plan)
    assert [(e.kind, e.time_ns) for e in found.would_be.events] == [(e.kind, e.time_ns) for e in player.events]
    assert found.would_be.rungs == found.was.rungs
    assert (found.borrowed, found.unknown) == (0, 0)
    assert found.was_busy_ms == found.would_be_busy_ms


def test_what_if_thresholds_were_higher(tmp_path):
    """No step down, more time spent, fewer documents degraded; what never ran is borrowed and said so."""
    with EventLog(tmp_path / "log") as log:
        player = Player(plan_of(POLICY, table=["main", "light"]), log=log)
        player.run(40, steady(main=1200))
    found = what_if(tmp_path / "log", plan_of({"p95_ms": {"degrade_above": 5000}}, table=["main", "light"]))
    assert found.was.degraded > 0
    assert found.would_be.degraded == 0
    assert found.would_be_busy_ms > found.was_busy_ms
    assert found.borrowed == found.was.degraded
    assert found.measured + found.borrowed == found.was.documents
    text = str(found)
    assert "as it was" in text
    assert "borrowed" in text


def test_what_if_thresholds_were_lower(tmp_path):
    """A rung that never ran proves nothing: its samples are counted as unknown."""
    with EventLog(tmp_path / "log") as log:
        player = Player(plan_of({}, table=["main", "light"]), log=log)
        player.run(40, steady(main=500))
    found = what_if(tmp_path / "log", plan_of({"p95_ms": {"degrade_above": 300}}, table=["main", "light"]))
    assert found.would_be.degraded > 0
    assert found.unknown == found.would_be.degraded


def test_what_if_follows_fallbacks(tmp_path):
    """A hard fallback that happened is that rung's own behaviour; a failure elsewhere is not carried over."""

    def fails(choice, second):
        return (Outcome.OOM if choice.rung == "main" else Outcome.OK), 80.0

    with EventLog(tmp_path / "log") as log:
        player = Player(plan_of({}, table=["main", "light"]), log=log)
        player.run(5, fails)
    same = what_if(tmp_path / "log", plan_of({}, table=["main", "light"]))
    assert (same.measured, same.borrowed, same.unknown) == (50, 0, 0)
    other = what_if(tmp_path / "log", plan_of({"ooms": {}}, table=["main", "light"]))
    assert other.would_be.degraded == 24
    assert other.measured == 2 + 24
    tall = what_if(tmp_path / "log", plan_of({"ooms": {}}, table=["main", "tiny", "light"]))
    assert tall.unknown == 24


def test_what_if_over_everything_that_can_happen(tmp_path):
    """Pins, reloads, restarts, stages that the other plan lacks: it answers and adds up."""
    eventful(tmp_path / "log", max_bytes=60_000)
    eventful(tmp_path / "log", max_bytes=60_000)
    for plan in (plan_of(POLICY, table=["main", "skip"]), plan_of(POLICY, other=["a", "b"], new=["p", "q"])):
        found = what_if(tmp_path / "log", plan)
        assert found.would_be.documents == found.was.documents > 0


def test_a_log_can_be_closed_twice_and_is_silent_then(tmp_path):
    log = EventLog(tmp_path / "deep" / "log")
    player = Player(plan_of(), log=log)
    log.close()
    log.close()
    player.engine.tick()
    assert len((tmp_path / "deep" / "log").read_text().splitlines()) == 1


def test_the_wall_clock_stands_in_the_log(tmp_path):
    """So that a person can say when; decisions never read it but for the ends of pins."""
    with EventLog(tmp_path / "log") as log:
        Player(plan_of(), log=log)
    assert json.loads((tmp_path / "log").read_text())["unix_ns"] == UNIX_NS


def test_what_if_a_stage_has_no_samples_its_leases_are_given_back(tmp_path):
    """A document that never reached the stage fails no trial of the other policy either."""
    quick = {"ooms": {}, "recover_after_s": 10} | QUICK | {"probes": {"lease_s": 2}}
    with EventLog(tmp_path / "log") as log:
        player = Player(plan_of({}, table=["main", "light"]), log=log)
        player.oom()
        player.run(60, stages=[])
    found = what_if(tmp_path / "log", plan_of(quick, table=["main", "light"]))
    assert found.would_be.rungs["table"]["main"] > 1
    assert not [e for e in found.would_be.events if e.kind is EventKind.TRIAL_ENDED]


def test_what_if_leaves_out_what_the_other_plan_does_not_have(tmp_path):
    """Pins and rungs by names that it lacks, and samples of documents that never came."""
    with EventLog(tmp_path / "log") as log:
        player = Player(plan_of({}, table=["main", "light"]), log=log)
        player.engine.pin("table", "light")
        player.engine.unpin("table")
        player.engine.set_available("table", "main", False, "evicted")
        player.sample(player.engine.assign("x")["table"], document_id="never came")
    other = what_if(tmp_path / "log", plan_of({}, other=["a", "b"]))
    assert (other.would_be.events, other.measured) == ((), 0)
    same = what_if(tmp_path / "log", plan_of({}, table=["main", "light"]))
    assert len(same.would_be.events) == len(player.events)


def test_what_if_goes_on_over_a_restart(tmp_path):
    """Each process of a log starts both sides again."""
    plan = plan_of(POLICY, table=["main", "light"])
    for _ in range(2):
        with EventLog(tmp_path / "log") as log:
            player = Player(plan, log=log)
            player.run(3)
            player.oom()
    found = what_if(tmp_path / "log", plan)
    assert [e.kind for e in found.would_be.events] == [EventKind.DOWN] * 2
    assert found.would_be.documents == found.was.documents == 32


def test_only_a_start_line_holds_plan_and_state():
    with pytest.raises(ValueError, match="does not begin with a `start` line"):
        load_start({"kind": "ticked"})
