"""The alert rules for Prometheus, as text. Each refers to definitions, so that a metric renamed is renamed here too."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from docpipe.errors import InputError
from docpipe.metrics import definitions as d

OBJECTIVE = 0.9995
"""The share of readable documents that must be answered."""
DOCS = "docs/operations.md"

_PAIRS = (("1h", "5m", 14.4), ("6h", "30m", 6.0))
"""Long and short window, and how many times faster than sustainable the error budget of 30 days burns in both: 2 % of
it in an hour, 5 % in six (Google, The Site Reliability Workbook, chapter 5, table 5-8)."""


@dataclass(frozen=True)
class Alert:
    """One rule. `section` is the heading in docs/operations.md that says what it means and what to do."""

    name: str
    expr: str
    lasts: str
    severity: str
    summary: str
    section: str


def _input_codes() -> str:
    return "|".join(sorted({InputError.code, *(kind.code for kind in InputError.__subclasses__())}))


def _burns(window: str) -> str:
    """Return the share of answers that failed for another reason than their input, by process."""
    failed = f'sum by (job, instance) (rate({d.FAILURES.full}{{reason!~"{_input_codes()}"}}[{window}]))'
    return f"{failed} / sum by (job, instance) (rate({d.DOCUMENTS.full}[{window}]))"


def _burn_rate() -> str:
    budget = 1 - OBJECTIVE
    windows = [
        f"(({_burns(long)}) > {factor * budget:.6g} and ({_burns(short)}) > {factor * budget:.6g})"
        for long, short, factor in _PAIRS
    ]
    return " or ".join(windows)


ALERTS = (
    Alert(
        "DocpipeFailingDocuments",
        _burn_rate(),
        "1m",
        "critical",
        "{{ $labels.instance }} fails {{ $value | humanizePercentage }} of its documents",
        "failing-documents",
    ),
    Alert(
        "DocpipeReversal",
        f"increase({d.REVERSALS.full}[15m]) > 0",
        "0m",
        "warning",
        "{{ $labels.stage }} on {{ $labels.instance }} went down, up and down again within a minute",
        "reversal",
    ),
    Alert(
        "DocpipeDegraded",
        f"{d.LEVEL.full} > 0 unless on (job, instance, stage) {d.PINNED.full} == 1",
        "30m",
        "warning",
        "{{ $labels.stage }} on {{ $labels.instance }} is at level {{ $value }}, below its best rung for 30 minutes",
        "degraded",
    ),
    Alert(
        "DocpipeLeaseExpired",
        f'increase({d.LEASES.full}{{outcome="expired"}}[15m]) > 0',
        "0m",
        "warning",
        "a document that tried a better rung of {{ $labels.stage }} on {{ $labels.instance }} never came back",
        "expired-lease",
    ),
    Alert(
        "DocpipeReloadRefused",
        f'increase({d.RELOADS.full}{{outcome="refused"}}[15m]) > 0',
        "0m",
        "warning",
        "{{ $labels.instance }} refused a changed pipeline file and goes on with the one before",
        "refused-reload",
    ),
    Alert(
        "DocpipeSignalLost",
        f"{d.SIGNAL_LOST.full} == 1",
        "1m",
        "warning",
        "{{ $labels.instance }} cannot read {{ $labels.signal }} any more; its bands are ignored",
        "lost-signal",
    ),
    Alert(
        "DocpipePinnedPastItsEnd",
        f"time() - {d.PIN_UNTIL.full} > 60",
        "0m",
        "warning",
        "the pin of {{ $labels.stage }} on {{ $labels.instance }} is over, but the stage is still pinned",
        "overdue-pin",
    ),
    Alert(
        "DocpipeSlowerThanProfile",
        f"{d.TIME_CORRECTION.full} > 1.2 or {d.TIME_CORRECTION.full} < 0.8",
        "10m",
        "warning",
        "documents on {{ $labels.instance }} take {{ $value }} times what the profile says",
        "slower-than-its-profile",
    ),
    Alert(
        "DocpipeWorkerRecycled",
        f"increase({d.RECYCLES.full}[10m]) >= 2",
        "0m",
        "warning",
        "{{ $labels.instance }} replaced workers {{ $value | humanize }} times in 10 minutes ({{ $labels.reason }})",
        "recycled-workers",
    ),
)


def alert_rules(docs: str = DOCS) -> str:
    """Return the rules file; `docs` is where the reader of an alert finds docs/operations.md."""
    rules = [
        {
            "alert": alert.name,
            "expr": alert.expr,
            "for": alert.lasts,
            "labels": {"severity": alert.severity},
            "annotations": {"summary": alert.summary, "runbook_url": f"{docs}#{alert.section}"},
        }
        for alert in ALERTS
    ]
    text = yaml.safe_dump({"groups": [{"name": "docpipe", "rules": rules}]}, sort_keys=False, width=1000)
    return f"# Made by `docpipe metrics alerts`.\n{text}"
