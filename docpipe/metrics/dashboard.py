"""The Grafana dashboard, as JSON: one panel per metric of the table, in the rows that it names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from docpipe.metrics.definitions import DEFINITIONS, ROWS, ChartStyle, Definition, Graph

UID, TITLE = "docpipe", "docpipe"
SCHEMA_VERSION = 39
"""Grafana 10.4; later ones bring it up to date when they load it."""

COLUMNS, WIDTH, HEIGHT = 24, 8, 8
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_SELECT = '{job=~"$job", instance=~"$instance"}'
_QUANTILES = (0.5, 0.95, 0.99)
_PANELS = {ChartStyle.STATE: "state-timeline", ChartStyle.TABLE: "table"}
"""Grafana's panel for what is not drawn as lines."""
_GOOD_AT_ONE = {"docpipe_rung_usable"}


def dashboard() -> str:
    """Return the text of a dashboard file, ready to be imported or provisioned."""
    board = {
        "uid": UID,
        "title": TITLE,
        "tags": ["docpipe"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": list(_variables())},
        "panels": list(_panels()),
    }
    return json.dumps(board, indent=2) + "\n"


def queries(metric: Definition, graph: Graph) -> list[tuple[str, str]]:
    """Return the queries of a metric's panel, each with what its lines are called."""
    legend = " ".join(f"{{{{{label}}}}}" for label in graph.by)
    by = f" by ({', '.join(graph.by)})" if graph.by else ""
    if graph.drawn is ChartStyle.RATE:
        return [(f"sum{by} (rate({metric.full}{_SELECT}[$__rate_interval]))", legend or metric.full)]
    if graph.drawn is ChartStyle.COUNT:
        return [(f"sum{by} (increase({metric.full}{_SELECT}[$__rate_interval]))", legend or metric.full)]
    if graph.drawn is ChartStyle.QUANTILES:
        buckets = f"sum by ({', '.join(('le', *graph.by))}) (rate({metric.full}_bucket{_SELECT}[$__rate_interval]))"
        return [(f"histogram_quantile({q:g}, {buckets})", f"{legend} P{q * 100:g}".strip()) for q in _QUANTILES]
    return [(f"{metric.full}{_SELECT}", f"{{{{instance}}}} {legend}".strip())]


def _variables() -> Iterator[dict[str, Any]]:
    yield {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus", "hide": 0}
    known = DEFINITIONS[0].series[-1]
    for name in ("job", "instance"):
        where = known if name == "job" else f'{known}{{job=~"$job"}}'
        yield {
            "name": name,
            "label": name.capitalize(),
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": f"label_values({where}, {name})", "refId": name},
            "refresh": 2,
            "includeAll": True,
            "multi": True,
            "current": {"text": "All", "value": "$__all"},
            "sort": 1,
        }


def _panels() -> Iterator[dict[str, Any]]:
    number, y = 1, 0
    for row in ROWS:
        drawn = [(metric, metric.graph) for metric in DEFINITIONS if metric.graph and metric.graph.row == row]
        place = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
        yield {"id": number, "type": "row", "title": row, "collapsed": False, "gridPos": place, "panels": []}
        number, y = number + 1, y + 1
        for index, (metric, graph) in enumerate(drawn):
            column, line = index % (COLUMNS // WIDTH), index // (COLUMNS // WIDTH)
            place = {"x": column * WIDTH, "y": y + line * HEIGHT, "w": WIDTH, "h": HEIGHT}
            yield _panel(number, metric, graph, place)
            number += 1
        y += -(-len(drawn) // (COLUMNS // WIDTH)) * HEIGHT


def _panel(number: int, metric: Definition, graph: Graph, place: dict[str, int]) -> dict[str, Any]:
    table = graph.drawn is ChartStyle.TABLE
    targets = [
        {
            "refId": chr(ord("A") + index),
            "datasource": _SOURCE,
            "expr": expr,
            "legendFormat": legend,
            "instant": table,
            "range": not table,
            "format": "table" if table else "time_series",
        }
        for index, (expr, legend) in enumerate(queries(metric, graph))
    ]
    return {
        "id": number,
        "type": _PANELS.get(graph.drawn, "timeseries"),
        "title": graph.title,
        "description": metric.help,
        "datasource": _SOURCE,
        "gridPos": place,
        "targets": targets,
        "fieldConfig": {"defaults": _field(metric, graph), "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}}
        if graph.drawn is not ChartStyle.TABLE
        else {},
        "transformations": [{"id": "labelsToFields"}] if table else [],
    }


def _field(metric: Definition, graph: Graph) -> dict[str, Any]:
    field: dict[str, Any] = {"unit": graph.unit, "min": 0}
    if graph.drawn is ChartStyle.TABLE:
        del field["min"]
    if graph.drawn is ChartStyle.STATE:
        at_zero, above = ("red", "green") if metric.full in _GOOD_AT_ONE else ("green", "orange")
        steps = [{"color": at_zero, "value": None}, {"color": above, "value": 1}]
        if not metric.full.endswith(("_usable", "_lost")):
            steps.append({"color": "red", "value": 2})
        field |= {
            "custom": {"fillOpacity": 70, "lineWidth": 0},
            "color": {"mode": "thresholds"},
            "thresholds": {"mode": "absolute", "steps": steps},
        }
    elif graph.drawn is ChartStyle.COUNT:
        field["custom"] = {"drawStyle": "bars", "fillOpacity": 60}
    return field
