"""What a person should look at: fields that are missing, read with little confidence, or refuted by a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from docpipe.adapter.review_thresholds import name_source, thresholds_for
from docpipe.document import Doubt
from docpipe.result import CORE_PATHS, FIELD_PATHS, FieldResult, Fields, LineItem, ReviewItem, Validation
from docpipe.values.identifiers import is_vat, vat_country


def _no_switch(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is no number")  # YAML's `yes` would be 1, and nothing be listed
    return value


Share = Annotated[float, BeforeValidator(_no_switch), Field(ge=0, le=1)]

NOT_ON = {
    "receipt": frozenset({"invoice_number", "buyer.name"}),
    "order": frozenset({"invoice_number"}),
    "other": frozenset({"invoice_number", "total_gross"}),
}
"""Core fields that a document of a kind does without."""
TITLED = 0.9
"""How sure the kind of a document is that its title names."""
DOCUMENT, ROWS = "document", "line_items"
"""What an entry names that is about no single field."""
COUNTRY_FIRST = "BR-CO-09"
"""The rule that a tax number begins with its country's letters."""


def _check_path(path: str) -> str:
    if path not in FIELD_PATHS:
        raise ValueError(f"{path!r} is no field; docs/result.md lists them")
    return path


Path = Annotated[str, AfterValidator(_check_path)]


class ReviewSettings(BaseModel):
    """When a value is worth a second look. A threshold is a confidence, which is calibrated where labels allow it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wrong_at_most: Share = 0.005
    """The share of amounts that may be wrong and pass unlisted; chooses calibrated thresholds of single fields."""
    thresholds: Mapping[Path, Share] = Field(default_factory=dict)
    """Thresholds of single fields in place of the calibrated ones: `total_gross: 0.9`."""
    below: Share = 0.5
    """Core fields without a threshold of their own are listed below this. Where a file says so, it counts for all core
    fields, calibrated or not."""
    others_below: Share = 0.2
    """The same for all other fields and for rows of line items."""
    fields: Mapping[Path, Share] = Field(default_factory=dict)
    """As `thresholds`; one that is named here is listed when it is missing, too."""
    missing: bool = True
    """Whether core fields that were not found are listed."""
    checks: bool = True
    """Whether values that failed a validation are listed."""


def review(
    settings: ReviewSettings,
    fields: Fields,
    line_items: Sequence[LineItem],
    validations: Sequence[Validation],
    doubts: Sequence[Doubt] = (),
) -> tuple[ReviewItem, ...]:
    """Return what to look at, each field once and in the order of the schema.

    The document as a whole comes first, rows of line items (by number from 0) last. What a stage doubts is listed
    whatever the thresholds say.
    """
    found = {path: _at(fields, path) for path in FIELD_PATHS}
    kind = found["document_type"].value
    expected = set(settings.fields)
    if settings.missing:
        expected |= set(CORE_PATHS) - _not_asked_for(found["document_type"])
    refuted = _failed_checks(validations) if settings.checks else {}
    doubted = {doubt.field: doubt for doubt in reversed(doubts)}  # the first one about a field counts
    whole = [
        _Judged(doubt.field, FieldResult(), 0.0).item_of_doubt(doubt)
        for doubt in doubts
        if doubt.field.split(".")[0] == DOCUMENT
    ]
    rows = tuple(_rows(settings, line_items, refuted, doubted.get(ROWS)))
    known = thresholds_for(settings.wrong_at_most, kind)
    sources = {path: name_source(field.source, field.source_id) for path, field in found.items()}

    def list_items(*, beside: bool) -> tuple[ReviewItem, ...]:
        judged = (
            _judge(
                _Judged(
                    path,
                    field,
                    _threshold(settings, path, known.threshold(path, sources[path], beside=beside)),
                    _speaking(refuted.get(path, ()), field),
                ),
                path in expected,
                doubted.get(path),
            )
            for path, field in found.items()
        )
        return tuple(item for item in judged if item is not None)

    alone = (*whole, *list_items(beside=False), *rows)
    return (*whole, *list_items(beside=True), *rows) if alone else ()


def _threshold(settings: ReviewSettings, path: str, known: float | None) -> float:
    """Return how sure a field must be; `known` is the calibrated number, where there is one."""
    name = "below" if path in CORE_PATHS else "others_below"
    general: float = getattr(settings, name)
    own = settings.fields.get(path, settings.thresholds.get(path))
    if own is not None:
        return own
    return general if known is None or name in settings.model_fields_set else max(known, general)


def _at(fields: Fields, path: str) -> FieldResult:
    node: object = fields
    for part in path.split("."):
        node = getattr(node, part)
    assert isinstance(node, FieldResult)
    return node


def _failed_checks(validations: Sequence[Validation]) -> Mapping[str, tuple[Validation, ...]]:
    """Return for each field, and each column of the line items, the checks that failed on it."""
    failed: dict[str, tuple[Validation, ...]] = {}
    for check in validations:
        if check.outcome == "fail":
            for path in check.fields:
                failed[path] = (*failed.get(path, ()), check)
    return failed


def _speaking(failed: Sequence[Validation], field: FieldResult) -> Sequence[Validation]:
    """Return the failed checks that speak against a value.

    The rule that a tax number begins with its country's letters does not, where the number has them, or is one of
    a country that prints none at home and its check digits hold: nothing is wrong with what was read.
    """
    number = str(field.value or "")
    return [c for c in failed if c.rule != COUNTRY_FIRST or not (vat_country(number) or is_vat(number))]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A field, or a list of rows, with what it is judged by."""

    path: str
    field: FieldResult
    threshold: float
    failed: Sequence[Validation] = ()
    """The checks that failed on it."""

    def item(self, reason: str, message: str, rival: str | None = None) -> ReviewItem:
        """Return the entry for it in the list."""
        return ReviewItem(
            field=self.path,
            reason=reason,
            confidence=self.field.confidence,
            threshold=self.threshold,
            rules=tuple(dict.fromkeys(check.rule for check in self.failed)),
            message=message,
            rival=rival,
        )

    def item_of_doubt(self, doubt: Doubt) -> ReviewItem:
        """Return the entry for what a stage doubts about it."""
        return self.item(doubt.reason, doubt.message, doubt.rival)


def _not_asked_for(kind: FieldResult) -> frozenset[str]:
    """Return what a document of a kind may lack; of a packing list or an estimate only a title makes that sure."""
    if kind.value == "other" and kind.confidence < TITLED:
        return frozenset()
    return NOT_ON.get(kind.value or "", frozenset())


def _judge(judged: _Judged, expected: bool, doubt: Doubt | None) -> ReviewItem | None:
    field, failed = judged.field, judged.failed
    if doubt is not None:
        return judged.item_of_doubt(doubt)
    if field.value is None:
        nothing = replace(judged, failed=())  # a check that failed because there is no value says nothing more
        return nothing.item("missing", f"No {judged.path} was found.") if expected else None
    if failed:
        rival = next((c.expected for c in failed if c.fields[0] == judged.path and c.tolerance is not None), None)
        return judged.item("failed_check", _sentences(failed), rival)
    if field.confidence < judged.threshold:
        return judged.item("low_confidence", _low(field, judged.threshold))
    return None


def _low(field: FieldResult, threshold: float) -> str:
    """Return a sentence in which the one number is below the other as they are written, too: 0.9782 and 0.98."""
    shown = f"{field.confidence:.2f}"
    if float(shown) >= threshold:
        shown = f"{field.confidence:.4f}"
    return f"It was found with a confidence of {shown}, which is below {threshold:g}."


def _sentences(failed: Sequence[Validation]) -> str:
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in dict.fromkeys(check.message for check in failed))


def _rows(
    settings: ReviewSettings,
    line_items: Sequence[LineItem],
    refuted: Mapping[str, tuple[Validation, ...]],
    doubt: Doubt | None,
) -> Iterator[ReviewItem]:
    """Yield a row's least confident cell where it is below the threshold, and the list where a sum failed on it."""
    least = settings.others_below
    for number, item in enumerate(line_items):
        cells = [(cell, getattr(item, cell)) for cell in type(item).model_fields]
        cell, weakest = min(
            ((cell, field) for cell, field in cells if field.value is not None),
            key=lambda entry: entry[1].confidence,
            default=("", FieldResult(confidence=1.0)),
        )
        if weakest.confidence < least:
            yield _Judged(f"{ROWS}[{number}].{cell}", weakest, least).item("low_confidence", _low(weakest, least))
    failed = [check for path, checks in refuted.items() if path.startswith(f"{ROWS}.") for check in checks]
    whole = _Judged(ROWS, FieldResult(), least, failed)
    if doubt is not None:
        yield whole.item_of_doubt(doubt)
    elif failed:
        yield whole.item("failed_check", _sentences(failed))
