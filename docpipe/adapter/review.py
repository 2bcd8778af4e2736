"""What a person should look at: fields that are missing, read with little confidence, or refuted by a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from docpipe.result import CORE_PATHS, FIELD_PATHS, FieldResult, Fields, LineItem, ReviewItem, Validation

Share = Annotated[float, Field(ge=0, le=1)]

NOT_ON_RECEIPTS = ("invoice_number", "buyer.name")
"""Core fields that a receipt does without."""


def _known(path: str) -> str:
    if path not in FIELD_PATHS:
        raise ValueError(f"{path!r} is no field; docs/result.md lists them")
    return path


class ReviewSettings(BaseModel):
    """When a value is worth a second look. A threshold is a confidence, which is calibrated where labels allow it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    below: Share = 0.5
    """Core fields that were found with less confidence than this are listed."""
    others_below: Share = 0.2
    """The same for all other fields and for rows of line items."""
    fields: Mapping[Annotated[str, AfterValidator(_known)], Share] = Field(default_factory=dict)
    """Thresholds of single fields: `total_gross: 0.95`. One that is named here is listed when it is missing, too."""
    missing: bool = True
    """Whether core fields that were not found are listed."""
    checks: bool = True
    """Whether values that failed a validation are listed."""


def review(
    settings: ReviewSettings, fields: Fields, line_items: Sequence[LineItem], validations: Sequence[Validation]
) -> tuple[ReviewItem, ...]:
    """Return what to look at, in the order of the schema: each field once, then rows of line items by number from 0."""
    found = {path: _at(fields, path) for path in FIELD_PATHS}
    kind = found["document_type"].value
    expected = set(settings.fields)
    if settings.missing:
        expected |= {path for path in CORE_PATHS if kind != "receipt" or path not in NOT_ON_RECEIPTS}
    refuted = _refuted(validations) if settings.checks else {}
    listed = (
        _judge(path, field, _threshold(settings, path), path in expected, refuted.get(path, ()))
        for path, field in found.items()
    )
    return (*(item for item in listed if item is not None), *_rows(settings, line_items, refuted))


def _threshold(settings: ReviewSettings, path: str) -> float:
    return settings.fields.get(path, settings.below if path in CORE_PATHS else settings.others_below)


def _at(fields: Fields, path: str) -> FieldResult:
    node: object = fields
    for part in path.split("."):
        node = getattr(node, part)
    assert isinstance(node, FieldResult)
    return node


def _refuted(validations: Sequence[Validation]) -> Mapping[str, tuple[str, ...]]:
    """Return for each field, and each column of the line items, the rules that failed on it."""
    rules: dict[str, tuple[str, ...]] = {}
    for check in validations:
        if check.outcome == "fail":
            for path in check.fields:
                rules[path] = (*rules.get(path, ()), check.rule)
    return rules


def _judge(path: str, field: FieldResult, threshold: float, expected: bool, rules: Sequence[str]) -> ReviewItem | None:
    if field.value is None:
        missing = ReviewItem(field=path, reason="missing", confidence=0.0, threshold=threshold, rules=())
        return missing if expected else None
    if rules:
        return ReviewItem(
            field=path, reason="failed_check", confidence=field.confidence, threshold=threshold, rules=tuple(rules)
        )
    if field.confidence < threshold:
        return ReviewItem(
            field=path, reason="low_confidence", confidence=field.confidence, threshold=threshold, rules=()
        )
    return None


def _rows(
    settings: ReviewSettings, line_items: Sequence[LineItem], refuted: Mapping[str, tuple[str, ...]]
) -> Iterator[ReviewItem]:
    """Yield a row's least confident cell where it is below the threshold, and the list where a sum failed on it."""
    for number, item in enumerate(line_items):
        cells = [(cell, getattr(item, cell)) for cell in type(item).model_fields]
        cell, weakest = min(
            ((cell, field) for cell, field in cells if field.value is not None),
            key=lambda entry: entry[1].confidence,
            default=("", FieldResult(confidence=1.0)),
        )
        if weakest.confidence < settings.others_below:
            yield ReviewItem(
                field=f"line_items[{number}].{cell}", reason="low_confidence", confidence=weakest.confidence,
                threshold=settings.others_below, rules=(),
            )  # fmt: skip
    rules = dict.fromkeys(rule for path, failed in refuted.items() if path.startswith("line_items") for rule in failed)
    if rules:
        yield ReviewItem(
            field="line_items",
            reason="failed_check",
            confidence=0.0,
            threshold=settings.others_below,
            rules=tuple(rules),
        )
