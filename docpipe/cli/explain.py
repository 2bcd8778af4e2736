"""`docpipe explain`: why a result says what it says: which rung, which rule, which text, where on the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docpipe.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from docpipe.result import FieldResult, Result

EXAMPLES = (
    "docpipe explain results/a.png.json   ·   docpipe explain results/a.png.json total_gross   ·   "
    "docpipe explain results/a.png.json --log events.log"
)


def explain(
    result: Annotated[Path, typer.Argument(help="The JSON file of one result.")],
    field: Annotated[str | None, typer.Argument(help="One field, such as total_gross or seller.name.")] = None,
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
        _one_field(console, loaded, field)
        return
    _document(console, loaded)
    _stages(console, loaded)
    if log is not None:
        _reasons(console, log, loaded.document.id or loaded.document.path)
    _fields(console, loaded)
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
        raise UsageError(f"{path}: this is no result of docpipe: {where}: {first['msg']}") from e


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
    from docpipe.policy.audit.explain import why
    from docpipe.policy.audit.replay import BadLog

    try:
        sentences = why(log, path)
    except (BadLog, KeyError) as e:
        raise UsageError(str(e.args[0])) from e
    for sentence in sentences:
        console.print(f"  {sentence}", markup=False)


def _fields(console: Console, result: Result) -> None:

    for path, field in result.found():
        console.print(
            f"  {path} = {field.value}  [dim]{field.source} {field.source_id}, {_place(field)}[/]", markup=True
        )


def _place(field: FieldResult) -> str:
    if field.bbox is None:
        return "no place on the page"
    x1, y1, x2, y2 = field.bbox
    return f"page {field.page} at ({x1:g}, {y1:g})–({x2:g}, {y2:g}), confidence {field.confidence:g}"


def _rule(source_id: str | None) -> str | None:
    from docpipe.stages.key_fields.rule_text import rule_text

    return rule_text(source_id) if source_id else None


def _one_field(console: Console, result: Result, path: str) -> None:
    try:
        field = result.field(path)
    except KeyError as e:
        raise UsageError(str(e.args[0])) from e
    if field.value is None:
        stage = result.stages.key_fields
        console.print(
            f"{path}: not found. key_fields ran on rung {stage.rung}, served by {stage.served_by}.", markup=False
        )
        return
    console.print(f"{path} = {field.value}", markup=False)
    console.print(f"  found by {field.source}: {field.source_id}", markup=False)
    if rule := _rule(field.source_id):
        console.print(f"  the rule: {rule}", markup=False)
    console.print(f"  as printed: {field.raw}", markup=False)
    console.print(f"  {_place(field)}", markup=False)
    for page in result.pages:
        for line in page.lines:
            if line.id in field.line_ids:
                console.print(
                    f"  line {line.id} ({line.source}, confidence {line.confidence:g}): {line.text}", markup=False
                )
    for check in result.validations:
        if path in check.fields and check.outcome != "not_checked":
            console.print(f"  check {check.rule}: {check.outcome}. {check.message}", markup=False)
