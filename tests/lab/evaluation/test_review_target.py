"""Review thresholds for a declared target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.lab.evaluation.review_target import Value, choose_threshold
from tests.lab.evaluation.making import entry, field, result, write_labels, write_results


def value(confidence: float | None, wrong: bool, listed: bool = False, fold: int = 0) -> Value:
    return Value(confidence, wrong, listed, fold)


def test_the_threshold_is_the_lowest_that_lets_no_more_pass_than_asked() -> None:
    values = [value(0.9, True), value(0.8, True), value(0.95, False), value(None, False)] + [value(0.99, False)] * 6
    assert choose_threshold(values, 0.0) == 0.901
    assert choose_threshold(values, 0.1) == 0.801
    assert choose_threshold(values, 0.2) == 0.0
    assert choose_threshold(values, 0.0, margin=0.05) == 0.951
    assert choose_threshold([value(1.0, True)], 0.0) == 1.0
    assert choose_threshold([value(0.57, True)], 0.0) == 0.571


def test_what_is_listed_for_another_reason_needs_no_threshold() -> None:
    assert choose_threshold([value(0.99, True, listed=True), value(0.4, False)], 0.0) == 0.0


VALUES = st.lists(
    st.builds(Value, st.none() | st.floats(0, 0.998), st.booleans(), st.booleans(), st.just(0)), min_size=1, max_size=30
)


@given(VALUES, st.floats(0, 1))
def test_no_more_than_the_target_passes_and_a_lower_threshold_would_let_more(
    values: list[Value], target: float
) -> None:
    threshold = choose_threshold(values, target)
    passing = [sum(v.silent_at(t) for v in values) for t in (threshold, threshold - 0.0011)]
    assert passing[0] <= target * len(values) + 1e-9
    assert threshold == 0 or passing[1] > target * len(values) + 1e-9 - 1


def test_the_command_prints_thresholds_that_hold_for_companies_it_did_not_choose_on(tmp_path: Path) -> None:
    """Totals of .80 are wrong at every second shop, surer ones never; dates are always right."""
    shops = ("Paper Lantern", "Blue Harbour", "Oak Mill", "Fen Dairy", "Zebra Tools", "Quince Foods")
    entries, results = [], []
    for n in range(36):
        shop = shops[n % 6]
        wrong, sure = n < 12 and n % 2 == 0, 0.8 if n < 12 else 0.97
        entries.append(entry(f"{n}.png", fields={"company": shop, "total": "9.00", "date": "2018-03-05"}))
        fields = {
            "seller.name": field(shop, 0.9),
            "total_gross": field("1.00" if wrong else "9.00", sure),
            "issue_date": field("2018-03-05", 0.6),
        }
        results.append(result(f"{n}.png", fields=fields))
    labels, folder = write_labels(tmp_path / "set", entries), write_results(tmp_path / "r", results)
    arguments = ["evaluate", str(labels), "-r", str(folder), "--review-target", "0.05", "--reliability"]
    done = CliRunner().invoke(app, [*arguments, "--json", str(tmp_path / "s.json")])
    assert done.exit_code == 0
    printed = yaml.safe_load(done.stdout[done.stdout.index("review:\n") :])
    assert printed == {"review": {"thresholds": {"total_gross": 0.801}}}
    assert "36 documents of 6 companies" in done.stdout
    assert "total_gross: 0.801  # 6 of 36 wrong; silent 0.000, held out 0.000; asked 0.33" in done.stdout
    review = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["review"]
    assert review["thresholds"] == {"total_gross": 0.801}
    assert review["fields"]["issue_date"]["reached"]
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("  total  ")]
    assert row.split() == ["total", "rule", "0.833", "0.913", "0.120", "6/12", "24/24"]


def test_a_target_that_is_not_kept_is_said(tmp_path: Path) -> None:
    entries = [entry(f"{n}.png", fields={"company": f"{'ABCDE'[n] * 9}", "total": "9.00"}) for n in range(5)]
    results = [result(f"{n}.png", fields={"total_gross": field("1.00", 0.3 + 0.15 * n)}) for n in range(5)]
    labels, folder = write_labels(tmp_path / "set", entries), write_results(tmp_path / "r", results)
    done = CliRunner().invoke(app, ["evaluate", str(labels), "-r", str(folder), "--review-target", "0.005"])
    assert "the target is NOT kept held out" in done.stdout
    assert "no threshold: seller.name, 0 of 5 wrong; silent 0.000, held out 0.000; asked 0.00; too few" in done.stdout


@pytest.mark.parametrize("share", ["-0.1", "1.5", "x"])
def test_a_target_is_a_share(tmp_path: Path, share: str) -> None:
    labels = write_labels(tmp_path / "set", [entry()])
    assert CliRunner().invoke(app, ["evaluate", str(labels), "--review-target", share]).exit_code == 2
