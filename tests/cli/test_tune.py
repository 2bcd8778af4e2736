"""`docpipe tune` on a pipeline of rules with a made-up profile: what it takes it writes, comments and all."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from docpipe import Pipeline
from docpipe.cli.app import app
from docpipe.config import load_config
from docpipe.control.controller import PolicyControl
from docpipe.errors import UsageError
from docpipe.testing import FakeClock, FakeRuntime
from tests.control.test_deadline_routes import SAMPLE, configured
from tests.scheduling.test_tuning import bursts

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A document takes 403 ms at the best, 13 ms at a lighter one; refusing is left to what is hopeless."""
    path = tmp_path / "p.yaml"
    data = configured(tmp_path, deadline_ms=600).to_data()
    path.write_text(f"# tellers\nrefuse: only_hopeless  # until Monday\n{yaml.safe_dump(data)}", encoding="utf-8")
    return path


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.csv"
    rows = [f"{one.at_s:.3f},{one.size * 2:.4f}" for one in bursts(120)]
    path.write_text("\n".join(["arrival_s,size", *rows]) + "\n", encoding="utf-8")
    return path


def tune(*arguments: str | Path) -> str:
    answer = CliRunner().invoke(app, ["tune", *map(str, arguments)])
    assert answer.exit_code == 0, answer.exception
    return answer.stdout


def test_what_is_taken_is_written_and_everything_else_stays(config: Path, trace: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "tuned.yaml", tmp_path / "report.txt"
    said = tune(config, trace, "--out", out, "--report", report)
    taken = next(line for line in said.splitlines() if line.startswith("taken: "))
    before, after = config.read_text(encoding="utf-8"), out.read_text(encoding="utf-8")
    assert "refuse: costliest_first" in taken
    assert "refuse: costliest_first  # until Monday" in after
    assert after.startswith("# tellers\n")
    changed = set(before.splitlines()) ^ set(after.splitlines())
    assert all("refuse" in line or "skip" in line or "core" in line for line in changed)
    assert load_config(out).refuse == "costliest_first"
    assert report.read_text(encoding="utf-8").strip() in said
    assert tune(config, trace, "--out", out, "--report", report) == said


def test_a_file_in_another_folder_names_the_same_profile(config: Path, trace: Path, tmp_path: Path) -> None:
    out = tmp_path / "a folder" / "below: it" / "tuned.yaml"
    named = yaml.safe_load(config.read_text(encoding="utf-8"))["profile"]
    beside = Path(named).name
    config.write_text(config.read_text(encoding="utf-8").replace(str(named), beside), encoding="utf-8")
    (tmp_path / beside).write_bytes((config.parent / named).read_bytes())
    out.parent.mkdir(parents=True)
    assert "written" in tune(config, trace, "--out", out)
    assert yaml.safe_load(out.read_text(encoding="utf-8"))["profile"] == f"../../{beside}"
    assert load_config(out).profile is not None


def test_quiet_traffic_changes_nothing(config: Path, tmp_path: Path) -> None:
    trace, out = tmp_path / "quiet.csv", tmp_path / "tuned.yaml"
    trace.write_text("arrival_s,size\n" + "".join(f"{3 * n},1\n" for n in range(80)), encoding="utf-8")
    assert "nothing is worth a change" in tune(config, trace, "--out", out)
    assert not out.exists()


def test_a_policy_log_is_traffic_too(config: Path, tmp_path: Path) -> None:
    log, loaded, clock = tmp_path / "events.log", load_config(config), FakeClock()
    with (
        PolicyControl(loaded, event_log=log, clock=clock, readers={}) as policy,
        Pipeline(loaded, policy=policy, runtime=FakeRuntime()) as pipeline,
    ):
        for number in range(24):
            clock.advance(1)
            pipeline.run(SAMPLE.read_bytes() + b"\n" * number)
    assert tune(config, log).startswith("24 documents in 8 parts")


@pytest.mark.parametrize(
    ("text", "said"), [("x\n1\n", "no column"), ("arrival_s\n1\n2\n", "too little"), ("{}\n", "log"), ("", "no column")]
)
def test_traffic_that_is_none_is_named(config: Path, tmp_path: Path, text: str, said: str) -> None:
    trace = tmp_path / "t"
    trace.write_text(text, encoding="utf-8")
    answer = CliRunner().invoke(app, ["tune", str(config), str(trace)])
    assert isinstance(answer.exception, UsageError)
    assert said in str(answer.exception)


def test_a_rung_that_there_is_not_cannot_be_kept(config: Path, trace: Path) -> None:
    answer = CliRunner().invoke(app, ["tune", str(config), str(trace), "--keep", "key_fields.best"])
    assert isinstance(answer.exception, UsageError)
