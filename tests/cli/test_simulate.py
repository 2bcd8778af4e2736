"""`docpipe simulate` on a pipeline of rules with a made-up profile."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.scheduling.arrivals import read_arrivals, steady
from tests.control.test_deadline_routes import configured
from tests.profiles.making import invoice_without_profile

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A document takes 403 ms at the best, 13 ms at a lighter one; the deadline is 600 ms."""
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(configured(tmp_path, deadline_ms=600).to_data()), encoding="utf-8")
    return str(path)


def simulate(*arguments: str) -> str:
    answer = CliRunner().invoke(app, ["simulate", *arguments])
    assert answer.exit_code == 0, answer.exception
    return answer.stdout


def edge(text: str, words: str) -> float:
    return float(next(line for line in text.splitlines() if line.startswith(words)).split("above ")[1].split()[0])


def test_it_says_from_where_on_stages_yield_and_documents_are_refused(config: str, tmp_path: Path) -> None:
    picture = tmp_path / "p.svg"
    quiet = simulate(config, "--rate", "0.1", "--for", "20m", "--deadline-ms", "2000", "--picture", str(picture))
    assert "2.48 documents/s on the best rungs" in quiet
    assert 0.1 < edge(quiet, "first stage yields") < 2.48
    assert edge(quiet, "first stage yields") < edge(quiet, "first document refused")
    assert float(quiet.splitlines()[-2].split()[2].rstrip("%")) > 90
    assert ET.fromstring(picture.read_text(encoding="utf-8")).tag.endswith("svg")
    busy = simulate(config, "--rate", "20", "--for", "1m")
    assert float(busy.splitlines()[-1].split()[2].rstrip("%")) < 50
    assert simulate(config, "--rate", "20", "--for", "1m") == busy


def test_a_trace_is_played_as_it_is(config: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text("arrival_s,size\n10,1\n12,1\n11,2.0\n", encoding="utf-8")
    assert [(a.at_s, a.size) for a in read_arrivals(trace, 0.35, 1)] == [(0, 1), (1, 2), (2, 1)]
    assert "all" in simulate(config, "--trace", str(trace))
    dated = tmp_path / "dated.csv"
    dated.write_text("TIMESTAMP,x\n2023-11-16 18:15:46.680590,3\n2023-11-16 18:15:50.9951690,3\n", encoding="utf-8")
    assert [round(a.at_s, 2) for a in read_arrivals(dated, 0.35, 1)] == [0, 4.31]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column"),
        ("when\n1\n", "no column"),
        ("arrival_s\n", "no document"),
        ("arrival_s\nsoon\n", "line 2: 'soon' is no moment"),
        ("arrival_s\ninf\n", "line 2"),
        ("arrival_s,size\n1,-1\n", "line 2"),
        ("arrival_s,size\n1\n", "line 2: '' is no size"),
        ("arrival_s,size\n1,big\n", "line 2: 'big' is no size"),
        ("TIMESTAMP\n2023-13-45\n", "line 2: '2023-13-45' is no moment"),
    ],
)
def test_a_broken_trace_is_said_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_arrivals(trace, 0.35, 1)


def test_the_same_seed_gives_the_same_traffic() -> None:
    assert steady(5, 60, 0.35, 1) == steady(5, 60, 0.35, 1) != steady(5, 60, 0.35, 2)
    with pytest.raises(ValueError, match="more than"):
        steady(1e9, 60, 0.35, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "either --trace"),
        (("--rate", "1", "--deadline-ms", "5"), "cheapest"),
        (("--rate", "1", "--for", "x"), "length of time"),
    ],
)
def test_a_question_without_an_answer_is_a_wrong_command(config: str, arguments: tuple[str, ...], said: str) -> None:
    answer = CliRunner().invoke(app, ["simulate", config, *arguments])
    assert answer.exit_code != 0
    assert said in str(answer.exception)


def test_without_a_profile_nothing_can_be_simulated(tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text(invoice_without_profile(), encoding="utf-8")
    answer = CliRunner().invoke(app, ["simulate", str(tmp_path / "bare.yaml"), "--rate", "1"])
    assert "needs a profile" in str(answer.exception)
