"""Status, explain and what-if say of each trigger how much evidence it has, and what is missing."""

from __future__ import annotations

from docpipe.policy import Outcome, Sample, Signals
from docpipe.policy.audit.explain import explain_document
from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.whatif import what_if
from tests.policy.play import Player, plan_of, steady

BANDS = {
    "p95_ms": {"degrade_above": 600, "min_samples": 20},
    "error_ratio": {"degrade_above": 0.5, "min_samples": 4},
    "ooms": {"degrade_at": 3},
    "host_used": {"degrade_above": 0.9},
    "worker_deaths": None,
}
LADDER = ["main", "light"]


def test_status_tells_each_trigger():
    player = Player(plan_of(BANDS, table=LADDER))
    player.run(3, per_s=1)
    assert [str(each) for each in player.engine.state()["table"].evidence] == [
        "p95_ms: not enough evidence: 3 of 20 samples",
        "host_used: no reading",
        "error_ratio: not enough evidence: 3 of 4 samples",
        "ooms: 0 of 3 within 60 s",
    ]
    choice = player.engine.assign("x")["table"]
    player.engine.record(Sample("table", choice.rung, choice.epoch, Outcome.OOM, 1))
    player.run(17, per_s=1, signals=Signals(host_used=0.5))
    assert [str(each) for each in player.engine.state()["table"].evidence] == [
        "p95_ms: 80.896, gives way above 600",
        "host_used: 0.5, gives way above 0.9",
        "error_ratio: 0, gives way above 0.5",
        "ooms: 1 of 3 within 60 s",
    ]
    player.run(1, signals=Signals(lost=("host_used",)))
    assert player.engine.state()["table"].undecided == ("host_used: the signal is lost",)


def test_explain_says_what_could_not_decide_yet(tmp_path):
    with EventLog(tmp_path / "log") as log:
        Player(plan_of(BANDS, table=LADDER), log=log).run(4, per_s=1)
    assert explain_document(tmp_path / "log", "document 4")[1:3] == [
        "  table: rung main, the best; nothing was given up",
        "    p95_ms: not enough evidence: 3 of 20 samples",
    ]


def test_what_if_says_which_trigger_of_the_other_file_never_had_enough(tmp_path):
    with EventLog(tmp_path / "log") as log:
        Player(plan_of(BANDS, table=LADDER), log=log).run(10, steady(), per_s=1)
    report = what_if(tmp_path / "log", plan_of(BANDS, table=LADDER))
    assert report.undecided == ("table: p95_ms never had enough evidence: at most 10 of 20 samples",)
    assert report.undecided[0] in str(report)
    less = BANDS | {"p95_ms": {"degrade_above": 600, "min_samples": 5}}
    assert what_if(tmp_path / "log", plan_of(less, table=LADDER)).undecided == ()
