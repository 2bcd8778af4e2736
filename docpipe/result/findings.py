"""What a result says of itself: steps down, checks between fields, what a person should look at, errors."""

from __future__ import annotations

from typing import Literal

from docpipe.result.by_stage import Action
from docpipe.result.frozen import Frozen

CheckOutcome = Literal["pass", "fail", "not_checked"]


class Degradation(Frozen):
    """One step down that touched this document, and what is lost by it."""

    stage: str
    from_rung: str
    to_rung: str
    action: Action
    trigger: str
    metric: str | None
    threshold: float | None
    observed: float | None
    scope: Literal["page", "document", "process"]
    pages: tuple[int, ...] | None
    effect: str
    cause: str | None = None
    """What the error said, or what the policy compared; None in results of schema 1.1 and before."""


class Validation(Frozen):
    """One check between fields. It never changes a value."""

    rule: str
    outcome: CheckOutcome
    fields: tuple[str, ...]
    expected: str | None
    actual: str | None
    tolerance: str | None
    message: str


class ReviewItem(Frozen):
    """What a person should look at.

    `field` is a dotted path, `line_items[<row from 0>].<cell>`, `line_items`, or `document` for all of it.
    """

    field: str
    reason: str
    """`missing`, `low_confidence`, `failed_check`, `contradiction` …; the list is open."""
    confidence: float
    threshold: float
    rules: tuple[str, ...]
    """The validations that failed on it."""
    message: str | None = None
    """The reason in one plain sentence; null in results of schema 1.1."""
    rival: str | None = None
    """Another value that the document itself speaks for, normalised as the field's own; null where there is none."""


class ErrorResult(Frozen):
    """What went wrong, where, and what to do next."""

    code: str
    message: str
    stage: str | None = None
    page: int | None = None
    fatal: bool = False
