"""The real Prometheus and its promtool: they take our page, our rules, and what both say is right."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from docpipe.metrics.alerts import ALERTS, alert_rules
from docpipe.metrics.dashboard import dashboard
from docpipe.metrics.server import serve_metrics
from tests.metrics.prometheus import needed, scraping
from tests.metrics.reader import Reader

pytestmark = pytest.mark.slow


SERIES = 'job="docpipe", instance="a"'


def promtool(*arguments: str, given: str = "") -> None:
    done = subprocess.run([needed("promtool"), *arguments], input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr.strip(), done.stderr


def test_promtool_finds_nothing_wrong_with_the_rules(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(alert_rules(), encoding="utf-8")
    promtool("check", "rules", str(rules))


def test_promtool_finds_nothing_wrong_with_the_page() -> None:
    reader = Reader(policy={"gpu_used": {"degrade_above": 0.9}})
    reader.read(text_detection__main="oom")
    reader.metrics.chose(20_000)
    promtool("check", "metrics", given=reader.text())


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    """Grafana's variables stand for a range and patterns; promtool checks the rest as recording rules."""
    queries = [t["expr"] for panel in json.loads(dashboard())["panels"] for t in panel.get("targets", ())]
    assert queries
    plain = [
        query.replace("$__rate_interval", "1m").replace("$job", ".*").replace("$instance", ".*") for query in queries
    ]
    groups = [{"name": "board", "rules": [{"record": f"q{i}", "expr": query} for i, query in enumerate(plain)]}]
    (tmp_path / "board.yml").write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
    promtool("check", "rules", str(tmp_path / "board.yml"))


STAGE = f'{{{SERIES}, stage="table_structure"}}'
FIRES: dict[str, tuple[dict[str, str], str]] = {
    "DocpipeReversal": ({f"docpipe_reversals_total{STAGE}": "0 0 0 1x60"}, "5m"),
    "DocpipeDegraded": ({f"docpipe_level{STAGE}": "1x60", f"docpipe_pinned{STAGE}": "0x60"}, "31m"),
    "DocpipeLeaseExpired": (
        {f'docpipe_leases_total{{{SERIES}, stage="table_structure", outcome="expired"}}': "0 0 1x60"},
        "5m",
    ),
    "DocpipeReloadRefused": ({f'docpipe_reloads_total{{{SERIES}, outcome="refused"}}': "0 0 1x60"}, "5m"),
    "DocpipeSignalLost": ({f'docpipe_signal_lost{{{SERIES}, signal="gpu_used"}}': "0 1x60"}, "3m"),
    "DocpipePinnedPastItsEnd": ({f"docpipe_pin_until_timestamp_seconds{STAGE}": "120x60"}, "4m"),
    "DocpipeSlowerThanProfile": ({f"docpipe_time_correction_ratio{{{SERIES}}}": "1.5x60"}, "12m"),
    "DocpipeWorkerRecycled": ({f'docpipe_recycles_total{{{SERIES}, reason="died"}}': "0 0 1 1 2x60"}, "6m"),
    "DocpipeFailingDocuments": (
        {
            f'docpipe_documents_total{{{SERIES}, outcome="ok"}}': "0+100x400",
            f'docpipe_documents_total{{{SERIES}, outcome="failed"}}': "0+1x400",
            f'docpipe_failures_total{{{SERIES}, reason="worker_died"}}': "0+1x400",
        },
        "70m",
    ),
}
SILENT: list[tuple[str, dict[str, str], str]] = [
    ("DocpipeReversal", {f"docpipe_reversals_total{STAGE}": "3x60"}, "5m"),
    ("DocpipeDegraded", {f"docpipe_level{STAGE}": "1x29 0 1x60", f"docpipe_pinned{STAGE}": "0x90"}, "45m"),
    ("DocpipeDegraded", {f"docpipe_level{STAGE}": "1x60", f"docpipe_pinned{STAGE}": "1x60"}, "45m"),
    (
        "DocpipeLeaseExpired",
        {f'docpipe_leases_total{{{SERIES}, stage="table_structure", outcome="returned"}}': "0+5x60"},
        "5m",
    ),
    ("DocpipeReloadRefused", {f'docpipe_reloads_total{{{SERIES}, outcome="applied"}}': "0+1x60"}, "5m"),
    ("DocpipeSignalLost", {f'docpipe_signal_lost{{{SERIES}, signal="gpu_used"}}': "0 1 0 1 0 1 0"}, "6m"),
    ("DocpipePinnedPastItsEnd", {f"docpipe_pin_until_timestamp_seconds{STAGE}": "600x60"}, "4m"),
    ("DocpipeWorkerRecycled", {f'docpipe_recycles_total{{{SERIES}, reason="died"}}': "0 0 1x60"}, "5m"),
    (
        "DocpipeFailingDocuments",  # as many failures, but unreadable files: nobody's service is at fault
        {
            f'docpipe_documents_total{{{SERIES}, outcome="ok"}}': "0+100x400",
            f'docpipe_failures_total{{{SERIES}, reason="input_encrypted"}}': "0+1x400",
        },
        "70m",
    ),
    (
        "DocpipeFailingDocuments",  # within the objective
        {
            f'docpipe_documents_total{{{SERIES}, outcome="ok"}}': "0+10000x400",
            f'docpipe_failures_total{{{SERIES}, reason="internal"}}': "0+5x400",
        },
        "70m",
    ),
    (
        "DocpipeFailingDocuments",  # it was bad, and is over: the short window says so
        {
            f'docpipe_documents_total{{{SERIES}, outcome="ok"}}': "0+100x400",
            f'docpipe_failures_total{{{SERIES}, reason="internal"}}': "0+1x30 30x400",
        },
        "70m",
    ),
]


def rule_test(alert: str, series: dict[str, str], at: str, fires: bool) -> dict[str, Any]:
    given = [{"series": name, "values": values} for name, values in series.items()]
    query = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}})'
    samples = [{"labels": "{}", "value": 1}] if fires else []
    return {
        "interval": "1m",
        "input_series": given,
        "promql_expr_test": [{"expr": query, "eval_time": at, "exp_samples": samples}],
    }


def test_every_alert_fires_when_it_should_and_only_then(tmp_path: Path) -> None:
    assert set(FIRES) == {alert.name for alert in ALERTS}
    (tmp_path / "rules.yml").write_text(alert_rules(), encoding="utf-8")
    tests = [rule_test(alert, series, at, True) for alert, (series, at) in FIRES.items()]
    tests += [rule_test(alert, series, at, False) for alert, series, at in SILENT]
    script = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(script), encoding="utf-8")
    promtool("test", "rules", str(tmp_path / "tests.yml"))


def test_a_real_prometheus_follows_a_stage_down_and_back(tmp_path: Path) -> None:
    reader = Reader()
    quiet = dict.fromkeys(((name,) for name, _ in reader.config.each_stage()), 0.0)
    with (
        serve_metrics(reader.metrics.registry, 0) as address,
        scraping(address.removeprefix("http://").removesuffix("/metrics"), tmp_path, alert_rules()) as prometheus,
    ):
        prometheus.until("docpipe_level", quiet, "stage")
        reader.read(text_detection__main="oom")
        prometheus.until("docpipe_level", {**quiet, ("text_detection",): 1.0}, "stage")
        prometheus.until("docpipe_ooms_total > 0", {("text_detection", "main"): 1.0}, "stage", "rung")
        prometheus.until("docpipe_fallbacks_total > 0", {("text_detection", "out_of_memory"): 1.0}, "stage", "reason")
        reader.until_back("text_detection")
        prometheus.until("docpipe_level", quiet, "stage")
        prometheus.until("docpipe_moves_total > 0", {("down",): 1.0, ("up",): 1.0}, "direction")
        reader.metrics.count_refused_file(ValueError("wrong"))
        prometheus.until('ALERTS{alertstate="firing"}', {("DocpipeReloadRefused",): 1.0}, "alertname")
