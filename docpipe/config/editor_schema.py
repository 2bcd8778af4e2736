"""The JSON Schema of pipeline files for editors: completion, checks, and what each key means while it is written.

It says what a file may hold key by key. What two keys mean together (a band's ends, a ladder's order) only
`docpipe check` knows.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from docpipe.config.pipeline_file import PipelineConfig

DIALECT = "http://json-schema.org/draft-07/schema#"
"""What VS Code's YAML extension checks against; of 2020-12 it says "not yet fully supported" (vscode-yaml#726)."""

FAULT = {
    "type": "string",
    "title": "Fault",
    "description": "oom, error, stuck, slow:3x or slow:+800ms; *5 at the end: for the first five calls only.",
    "pattern": r"^(oom|error|stuck|slow:(\d+(\.\d+)?x|\+\d+ms))(\s*\*\s*\d+)?$",
    "examples": ["oom", "error*3", "slow:3x", "slow:+800ms", "stuck"],
}
"""Faults are written as text; the model behind them is an object."""

PLUGIN_STAGE = {
    "type": "object",
    "title": "Stage of a plugin",
    "description": "The ladder of a stage that `plugins` names; what its rungs may say only `docpipe check` knows.",
    "required": ["ladder"],
}


def editor_schema() -> dict[str, Any]:
    """Return the schema. Each key has a description: its own, or the one that stands below it in the code."""
    schema = PipelineConfig.model_json_schema()
    definitions = schema.pop("$defs")
    definitions["Fault"] = FAULT
    definitions["StagesConfig"]["additionalProperties"] = PLUGIN_STAGE
    for model in _models(PipelineConfig, {}):
        part = schema if model is PipelineConfig else definitions.get(_name(model, definitions))
        if part is not None:
            _describe(part, _docstrings(model))
    whole = {**schema, "title": "docpipe pipeline file", "description": PipelineConfig.__doc__}
    return {"$schema": DIALECT, **_in_dialect(whole | {"definitions": definitions})}


def _in_dialect(node: Any) -> Any:
    """Return a part of pydantic's schema (2020-12) as draft-07 has it, where keys beside a `$ref` are lost."""
    if isinstance(node, list):
        return [_in_dialect(part) for part in node]
    if not isinstance(node, dict):
        return node
    parts = {key: _in_dialect(part) for key, part in node.items()}
    target = parts.get("$ref")
    if not isinstance(target, str):
        return parts
    parts["$ref"] = target.replace("#/$defs/", "#/definitions/")
    return parts if len(parts) == 1 else {"allOf": [{"$ref": parts.pop("$ref")}], **parts}


def _models(model: type[BaseModel], seen: dict[type[BaseModel], None]) -> Iterator[type[BaseModel]]:
    """Yield a model and every model that its fields are made of, each once."""
    if model in seen:
        return
    seen[model] = None
    yield model
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            yield from _models(part, seen)


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _parts(argument)


def _name(model: type[BaseModel], definitions: Mapping[str, Any]) -> str:
    """Return the name that pydantic gives a model: `RungConfig[X]` becomes `RungConfig_X_`."""
    name = model.__name__
    return name if name in definitions else "".join(c if c.isalnum() else "_" for c in name)


def _describe(part: dict[str, Any], texts: Mapping[str, str]) -> None:
    for key, field in part.get("properties", {}).items():
        if key in texts and "description" not in field:
            field["description"] = texts[key]


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the text below each field of a model and of those it builds on."""
    texts: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, BaseModel) and cls is not BaseModel:
            texts |= _own_docstrings(cls)
    return texts


def _own_docstrings(cls: type[BaseModel]) -> dict[str, str]:
    try:
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return {}  # a class made while running, such as `RungConfig[X]`, has no source of its own
    if not isinstance(node, ast.ClassDef):
        return {}
    texts = {}
    for field, below in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            texts[field.target.id] = " ".join(below.value.value.split())
    return texts
