"""The table of metrics against what is exposed, drawn, alerted on and documented: none may drift from the other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from typer.testing import CliRunner

from docpipe.cli.metrics import app
from docpipe.metrics.alerts import ALERTS, alert_rules
from docpipe.metrics.dashboard import dashboard
from docpipe.metrics.definitions import DEFINITIONS, PREFIX, ROWS
from docpipe.metrics.listing import list_metrics
from docpipe.metrics.memory import MemoryCollector
from docpipe.metrics.queue import QueueReading
from docpipe.policy.core.values import Signals
from docpipe.runtime.gpu import GpuMemory
from tests.metrics.reader import Reader, with_models

DOCS = Path(__file__).parents[2] / "docs"
SERIES = {name for metric in DEFINITIONS for name in metric.series}
LABELS = {label for metric in DEFINITIONS for label in metric.labels}
DOCUMENT_LABELS = {"document", "document_id", "path", "file", "page", "sha256", "name", "id"}


def names_in(expr: str) -> set[str]:
    return set(re.findall(rf"\b{PREFIX}\w+", expr))


@pytest.fixture(scope="module")
def exposed() -> dict[str, Metric]:
    """Everything that a pipeline with a GPU exposes after an eventful minute, by full name."""
    bands = {"gpu_used": {"degrade_above": 0.9}}
    reader = Reader(policy=bands)
    assignment, _ = reader.policy.router.assign("a")
    execution = with_models(reader.read(), text_detection=("medium", "a" * 64))
    reader.metrics.on_finished(assignment, execution)
    reader.metrics.chose(20_000)
    reader.policy.attach_queue(lambda: QueueReading(3, 0.2, 90.0, 0.001))
    reader.policy.pin("key_fields", "light", until=None)
    reader.policy.engine.pin("table_structure", "skip", reader.clock() + 10**9, "for a second")
    reader.policy.engine.tick(Signals(gpu_used=0.1))
    reader.read(text_detection__main="oom")
    reader.policy.engine.tick(Signals(gpu_used=0.1))
    found = {metric.name: metric for metric in reader.metrics.registry.collect()}
    reader.wait(20)
    reader.read()
    found |= {metric.name: metric for metric in reader.metrics.registry.collect() if metric.samples}
    registry = CollectorRegistry()
    registry.register(MemoryCollector(lambda: [GpuMemory(0, "T4", 2.0, 1.0)]))
    found |= {metric.name: metric for metric in registry.collect()}
    return {metric.name + ("_total" if metric.type == "counter" else ""): metric for metric in found.values()}


def test_what_is_exposed_is_what_the_table_says(exposed: dict[str, Metric]) -> None:
    assert {name: (metric.type, metric.documentation) for name, metric in exposed.items()} == {
        metric.full: (metric.type.value, metric.help) for metric in DEFINITIONS
    }


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.name)
def test_a_metric_has_samples_with_its_labels(metric: object, exposed: dict[str, Metric]) -> None:
    samples = exposed[metric.full].samples  # type: ignore[attr-defined]
    assert samples, "a metric that stays empty has no place in the table"
    assert {tuple(sorted(set(sample.labels) - {"le"})) for sample in samples} == {tuple(sorted(metric.labels))}  # type: ignore[attr-defined]


def test_no_label_names_a_document() -> None:
    assert not LABELS & DOCUMENT_LABELS


def test_the_published_two_come_first() -> None:
    assert [metric.full for metric in DEFINITIONS[:2]] == [
        "docpipe_inference_latency_seconds",
        "docpipe_model_version_info",
    ]


def test_every_metric_is_drawn_and_everything_drawn_is_a_metric() -> None:
    board = json.loads(dashboard())
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    drawn = set().union(*(names_in(target["expr"]) for panel in panels for target in panel["targets"]))
    assert drawn <= SERIES
    assert {panel["description"] for panel in panels} == {metric.help for metric in DEFINITIONS}
    assert len(panels) == len(DEFINITIONS)
    assert [panel["title"] for panel in board["panels"] if panel["type"] == "row"] == list(ROWS)
    variables = " ".join(str(variable["query"]) for variable in board["templating"]["list"])
    assert names_in(variables)
    assert names_in(variables) <= SERIES


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = json.loads(dashboard())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24, "Grafana's grid"


def test_legends_name_labels_that_the_metric_has() -> None:
    for panel in json.loads(dashboard())["panels"]:
        for target in panel.get("targets", ()):
            (name,) = names_in(target["expr"])
            metric = next(metric for metric in DEFINITIONS if name in metric.series)
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= {"instance", *metric.labels}


def test_alerts_watch_metrics_and_labels_that_exist() -> None:
    for alert in ALERTS:
        names = names_in(alert.expr)
        assert names, alert.name
        assert names <= SERIES
        labels = {label for metric in DEFINITIONS if names & set(metric.series) for label in metric.labels}
        selected = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", alert.expr))
        said = set(re.findall(r"\$labels\.(\w+)", alert.summary))
        assert selected | said <= labels | {"instance", "job"}


def test_every_alert_leads_to_a_section_that_says_what_to_do() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.M)
    }
    rules = yaml.safe_load(alert_rules("https://example.org/operations.md"))["groups"][0]["rules"]
    for rule in rules:
        address, _, section = rule["annotations"]["runbook_url"].partition("#")
        assert address == "https://example.org/operations.md"
        assert section in anchors
        assert f"`{rule['alert']}`" in text
    assert len({rule["alert"] for rule in rules}) == len(rules)


def test_the_documentation_holds_the_table() -> None:
    assert list_metrics() in (DOCS / "metrics.md").read_text(encoding="utf-8"), (
        "paste what `docpipe metrics list` prints"
    )


@pytest.mark.parametrize(
    ("command", "text"), [("dashboard", dashboard), ("alerts", alert_rules), ("list", list_metrics)]
)
def test_the_command_prints_the_same(command: str, text: object) -> None:
    answer = CliRunner().invoke(app, [command])
    assert (answer.exit_code, answer.stdout) == (0, text())  # type: ignore[operator]


def test_every_latency_is_exported_as_a_histogram() -> None:
    """Percentiles of replicas cannot be averaged: none is exported, histograms can be added up."""
    latencies = {
        metric.name: metric.type
        for metric in DEFINITIONS
        if metric.name in ("inference_latency_seconds", "document_seconds", "decision_seconds")
    }
    assert len(latencies) == 3
    assert {str(kind) for kind in latencies.values()} == {"histogram"}
    assert not [metric.full for metric in DEFINITIONS if re.search(r"p\d\d|percentile|quantile", metric.full)]
