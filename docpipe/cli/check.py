"""`docpipe check` and `docpipe schema`: is a file right, and what may a result hold."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from docpipe.errors import UsageError

EXAMPLES = "docpipe check invoice   ·   docpipe check my/pipeline.yaml"


def check(
    config: Annotated[
        str | None, typer.Argument(help="A pipeline file, or the name of a shipped one. None lists those.")
    ] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Show also the joint ladder: which stage should give way next.")
    ] = False,
) -> None:
    """Say whether a pipeline file is valid, without loading a model. Every complaint names its line.

    Warn of what cannot have an effect in this file. With a profile in the file, show what each rung costs and gives
    up, and warn of what does not fit together.
    """
    from docpipe.files.shipped import shipped_folder

    if config is None:
        for path in sorted(shipped_folder("configs").glob("*.yaml")):
            typer.echo(f"{path.stem:<16} {path}")
        return
    from docpipe.config.all_complaints import check_file
    from docpipe.config.pipeline_file import load_config
    from docpipe.errors import ConfigError
    from docpipe.files.shipped import find

    file, checked = find("configs", config), check_file(config)
    warnings = [f"warning: {file}:{each.line}: {each.key}: {each.message}" for each in checked.warnings]
    if checked.complaints:
        for line in warnings:
            typer.echo(line)
        raise ConfigError(file, checked.complaints)
    loaded = load_config(config)
    for name, stage in loaded.each_stage():
        typer.echo(
            f"{name}: " + " > ".join(f"{r.name} ({r.mode})" if r.mode != "none" else r.name for r in stage.ladder)
        )
    measured = loaded.load_profile()
    if measured is None:
        for line in warnings:
            typer.echo(line)
        if profile:
            raise UsageError(f"{config} names no profile: `docpipe profile LABELS` measures one, `profile:` names it")
        return
    from docpipe.cli.profile_tables import say_joint, say_prices

    typer.echo()
    say_prices(measured, loaded.ladders())
    if profile:
        typer.echo()
        say_joint(measured, loaded.ladders(), {name: stage.weight for name, stage in loaded.each_stage()})
    for line in warnings:
        typer.echo(line)


def schema(
    ocr_view: Annotated[bool, typer.Option(help="The plain view of a bare OCR service instead.")] = False,
) -> None:
    """Print the JSON Schema of a result."""
    from docpipe.result import Result

    data = Result.model_json_schema(mode="serialization")
    if ocr_view:
        data = OCR_VIEW
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


OCR_VIEW = {
    "title": "OcrView",
    "type": "object",
    "required": ["results", "model_version"],
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["text", "bbox", "confidence"],
                "properties": {
                    "text": {"type": "string"},
                    "bbox": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
                    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                },
            },
        },
        "model_version": {"type": "string"},
    },
}
