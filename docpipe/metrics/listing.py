"""The list of metrics, as a Markdown table: what `docpipe metrics list` prints and docs/metrics.md holds."""

from __future__ import annotations

from docpipe.metrics.definitions import DEFINITIONS


def list_metrics() -> str:
    """Return the table, a line each, in the order of the dashboard."""
    lines = ["| Metric | Type | Labels | What it says |", "| --- | --- | --- | --- |"]
    for metric in DEFINITIONS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.full}` | {metric.type.value} | {labels} | {metric.help} |")
    return "\n".join(lines) + "\n"
