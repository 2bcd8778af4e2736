"""What pydantic finds wrong, in docpipe's own words, with what was probably meant."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

_KINDS: Mapping[str, str] = {
    "bool": "is neither true nor false",
    "date": "is no date such as 2027-02-01",
    "datetime": "is no moment such as 2027-02-01T18:00:00+08:00",
    "timezone": "has no time zone; write for example 2027-02-01T18:00:00+08:00",
    "decimal": "is no number",
    "dict": "is no block of `key: value`",
    "finite": "is no number that can be counted with",
    "float": "is no number",
    "frozen": "is no list",
    "int": "is no whole number",
    "list": "is no list",
    "mapping": "is no block of `key: value`",
    "model": "is no block of `key: value`",
    "set": "is no list",
    "string": "is no text; put it in quotes",
    "time": "is no length of time",
    "tuple": "is no list",
}
"""By the first word of pydantic's type of an error: what the value is not."""

_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("gt", "is not above"),
    "greater_than_equal": ("ge", "is below"),
    "less_than": ("lt", "is not below"),
    "less_than_equal": ("le", "is above"),
}

_LONGEST = 60
"""Characters of a value that are shown."""


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` for the nearest known word, or "" where none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def describe_error(item: Mapping[str, Any], model: type[BaseModel]) -> str:
    """Return one of pydantic's errors as a sentence; `model` is what the whole file was checked against."""
    kind, context, loc = str(item["type"]), item.get("ctx") or {}, tuple(item["loc"])
    if kind == "extra_forbidden":
        return "unknown key" + suggest(str(loc[-1]), _keys(model, loc[:-1]))
    if kind == "missing":
        return "is missing"
    if kind in ("literal_error", "enum"):
        allowed = [part.strip(" '") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
        return f"{_shorten(item)} is none of {', '.join(allowed)}{suggest(str(item['input']), allowed)}"
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{_shorten(item)} {words} {context[bound]:g}"
    if kind == "string_pattern_mismatch":
        return f"{_shorten(item)} is not written as it must be: {context['pattern']}"
    if kind in ("too_short", "string_too_short"):
        return f"needs at least {_count(context['min_length'])}"
    if kind in ("too_long", "string_too_long"):
        return f"has more than {_count(context['max_length'])}"
    if kind in ("value_error", "assertion_error"):
        return str(item["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    known = _KINDS.get(kind.split("_")[0])
    if known and "number" in known and _is_quoted_number(item["input"]):
        known += "; leave out the quotes"
    return f"{_shorten(item)} {known}" if known else f"{_shorten(item)} does not fit here"


def _shorten(item: Mapping[str, Any]) -> str:
    value = item["input"]
    text = "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _is_quoted_number(value: object) -> bool:
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def _count(number: int) -> str:
    return f"{number} item" + ("s" if number != 1 else "")


def _keys(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Return the keys that may stand at a place of a file."""
    models = [model]
    for part in loc:
        inner = [found for each in models for found in _below(each, part)]
        models = inner or models  # a place in a list, a name of the user's own, or pydantic's name for a union's part
    return [field.alias or name for each in models for name, field in each.model_fields.items()]


def _below(model: type[BaseModel], part: int | str) -> list[type[BaseModel]]:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    field = fields.get(str(part))
    return [] if field is None else list(_models(field.annotation))


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for inner in get_args(annotation):
        yield from _models(inner)
