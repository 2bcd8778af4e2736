"""`docpipe metrics`: the dashboard and the alert rules that go with what `run --metrics-port` serves."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    help="Print the Grafana dashboard, the Prometheus alert rules, or the list of metrics.", no_args_is_help=True
)


@app.command()
def dashboard() -> None:
    """Print a Grafana dashboard as JSON, ready to import."""
    from docpipe.metrics.dashboard import dashboard as text

    typer.echo(text(), nl=False)


@app.command()
def alerts(
    docs: Annotated[
        str, typer.Option(help="Address of docs/operations.md, as the alerts should link to it.")
    ] = "docs/operations.md",
) -> None:
    """Print the alert rules as YAML, for `rule_files` of Prometheus."""
    from docpipe.metrics.alerts import alert_rules

    typer.echo(alert_rules(docs), nl=False)


@app.command("list")
def list_() -> None:
    """Print every metric as a Markdown table: its name, type, labels and what it says."""
    from docpipe.metrics.listing import list_metrics

    typer.echo(list_metrics(), nl=False)
