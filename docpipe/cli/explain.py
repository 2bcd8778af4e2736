"""`docpipe explain`: why a result says what it says: which rung, which rule, which text, where on the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docpipe.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from docpipe.result import FieldResult, Result

ROWS = ("line_items", "tax_breakdown")

EXAMPLES = (
    "docpipe explain results/a.png.json   ·   docpipe explain results/a.png.json total_gross   ·   "
    "docpipe explain results/a.png.json --log events.log"
)


def explain(
    result: Annotated[Path, typer.Argument(help="The JSON file of one result.")],
    field: Annotated[
        str | None, typer.Argument(help="One field, such as total_gross or line_items[0].net_amount; or line_items.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(help="The run's event log: also say why each stage ran on its rung.")
    ] = None,
) -> None:
    """Say which rung served each stage and why, and where each field was read."""
    from rich.console import Console
    from rich.markup import escape

    loaded = _load(result)
    console = Console(soft_wrap=True, highlight=False)
    if field is not None:
        _explain_asked(console, loaded, field)
        return
    _document(console, loaded)
    _stages(console, loaded)
    if log is not None:
        _reasons(console, log, loaded.document.id or loaded.document.path)
    _fields(console, loaded)
    for item in loaded.needs_review:
        rival = f" It may be {item.rival}." if item.rival and item.reason != "duplicate_of" else ""
        console.print(f"  to review, {item.field}: {item.reason}. {item.message or ''}{rival}".rstrip(), markup=False)
    for check in loaded.validations:
        if check.outcome == "fail":
            console.print(f"  [red]check {check.rule} fails[/]: {escape(check.message)}")


def _load(path: Path) -> Result:
    from pydantic import ValidationError

    from docpipe.result import Result

    try:
        return Result.model_validate_json(path.read_bytes())
    except OSError as e:
        raise UsageError(f"{path}: cannot be read: {e.strerror}") from e
    except ValidationError as e:
        first = e.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path}: this is no result of docpipe: {where}{': ' if where else ''}{first['msg']}") from e


def _document(console: Console, result: Result) -> None:
    d = result.document
    console.print(f"{d.path}: {result.status}, {d.pages_read} of {d.pages} pages, {d.media_type}", markup=False)
    for error in result.errors:
        where = f" on page {error.page}" if error.page else ""
        console.print(f"  error {error.code}{where}: {error.message}", markup=False)


def _stages(console: Console, result: Result) -> None:
    for name, stage in result.stages.items():
        by = {
            "model": f"{stage.model_name}@{stage.model_version} on {stage.runtime}",
            "rules": f"rules {stage.model_name}",
        }
        console.print(
            f"  {name}: rung {stage.rung} (level {stage.level}), served by {by.get(stage.served_by, stage.served_by)}"
        )
        for step in result.degradations:
            if step.stage != name:
                continue
            measured = "" if step.observed is None else f", {step.metric} {step.observed:g} against {step.threshold:g}"
            pages = f", pages {', '.join(map(str, step.pages))}" if step.pages else ""
            console.print(f"    {step.from_rung} -> {step.to_rung}: {step.trigger}{measured} ({step.scope}{pages})")
            if step.cause:
                console.print(f"    {step.cause}", markup=False)
            console.print(f"    {step.effect}")


def _reasons(console: Console, log: Path, path: str) -> None:
    from docpipe.policy.audit.explain import explain_document
    from docpipe.policy.audit.replay import BadLog

    try:
        sentences = explain_document(log, path)
    except (BadLog, KeyError) as e:
        raise UsageError(str(e.args[0])) from e
    for sentence in sentences:
        console.print(f"  {sentence}", markup=False)


def _fields(console: Console, result: Result) -> None:
    from docpipe.result import cells_of

    for path, field in cells_of(result):
        console.print(f"  {path} = {field.value}", markup=False, end="")
        console.print(f"  {_origin(field)}, {_rungs(result, field)}, {_place(field)}", style="dim", markup=False)


def _origin(field: FieldResult) -> str:
    return f"{field.source} {field.source_id}" if field.source_id else field.source


def _rungs(result: Result, field: FieldResult) -> str:
    """Say which rungs a value came through: of key_fields, and of those that read the text of its page."""
    page = next((page for page in result.pages if page.page == field.page), None)
    told = [f"key_fields {page.rungs.key_fields if page else result.stages.key_fields.rung}"]
    if page is not None:
        sources = {line.source for line in page.lines if line.id in field.line_ids}
        if "model" in sources:
            told.append(f"text_recognition {page.rungs.text_recognition}")
        if "text_layer" in sources:
            told.append("the PDF's own text")
    return f"rung {', '.join(told)}"


def _place(field: FieldResult) -> str:
    if field.bbox is None:
        return "no place on the page"
    x1, y1, x2, y2 = field.bbox
    return f"page {field.page} at ({x1:g}, {y1:g})–({x2:g}, {y2:g}), confidence {field.confidence:g}"


def _rule(source_id: str | None) -> str | None:
    from docpipe.stages.key_fields.rule_text import rule_text

    return rule_text(source_id) if source_id else None


def _explain_asked(console: Console, result: Result, path: str) -> None:
    """Explain a field, a cell (`line_items[0].net_amount`), a row (`line_items[0]`) or all rows (`line_items`).

    Raises:
        UsageError: the schema has no such field, or the result no such row.
    """
    from docpipe.result import cells_of

    name, _, rest = path.partition("[")
    if name not in ROWS:
        try:
            _one_field(console, result, path, result.field(path))
        except KeyError as e:
            raise UsageError(str(e.args[0])) from e
        return
    rows = getattr(result, name)
    found = [
        (cell, field) for cell, field in cells_of(result) if cell == path or cell.startswith((f"{path}.", f"{path}["))
    ]
    cells = type(rows[0]).model_fields if rows else ()
    if not found and rest and path not in {f"{name}[{n}].{cell}" for n in range(len(rows)) for cell in cells}:
        raise UsageError(f"{path}: the result has {len(rows)} {name}; write {name}, {name}[0] or {name}[0].CELL")
    if not found and not rest:
        console.print(f"{name}: none found. {_not_found(result)}", markup=False)
    elif not found:
        console.print(f"{path}: not found. {_not_found(result)}", markup=False)
    for cell, field in found:
        _one_field(console, result, cell, field)
    for check in result.validations:
        if any(one.split(".")[0] == name for one in check.fields) and check.outcome != "not_checked":
            console.print(f"  check {check.rule}: {check.outcome}. {check.message}", markup=False)


def _not_found(result: Result) -> str:
    stage = result.stages.key_fields
    return f"key_fields ran on rung {stage.rung}, served by {stage.served_by}."


def _one_field(console: Console, result: Result, path: str, field: FieldResult) -> None:
    if field.value is None:
        console.print(f"{path}: not found. {_not_found(result)}", markup=False)
    else:
        _print_field(console, result, path, field)
    for item in result.needs_review:
        if item.field == path:
            rival = f" It may be {item.rival}." if item.rival else ""
            console.print(f"  to review, {item.reason}: {item.message or ''}{rival}", markup=False)
    for check in result.validations:
        if path in check.fields and check.outcome != "not_checked":
            console.print(f"  check {check.rule}: {check.outcome}. {check.message}", markup=False)


def _print_field(console: Console, result: Result, path: str, field: FieldResult) -> None:
    console.print(f"{path} = {field.value}", markup=False)
    console.print(f"  found by {_origin(field)}", markup=False)
    if rule := _rule(field.source_id):
        console.print(f"  the rule: {rule}", markup=False)
    console.print(f"  {_rungs(result, field)}", markup=False)
    console.print(f"  as printed: {field.raw}", markup=False)
    console.print(f"  {_place(field)}", markup=False)
    for page in result.pages:
        for line in page.lines:
            if line.id in field.line_ids:
                console.print(
                    f"  line {line.id} ({line.source}, confidence {line.confidence:g}): {line.text}", markup=False
                )
