"""Reads a YAML file by the safe loader and checks it against a pydantic model; every complaint knows its line.

The idea of walking the composed nodes along pydantic's error locations is Dagster's (source positions of YAML).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from docpipe.errors import Complaint, ConfigError
from docpipe.files.partial_model import describe_errors
from docpipe.files.plain_yaml import plain_data

M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 4 << 20
"""A configuration larger than this is refused: it is no configuration."""


DEEPEST = 10_000
"""Signs that may open a level of nesting, up to which libyaml reads a text: far deeper ones end the process there."""


class _RefuseDuplicates:
    """A safe loader, which would silently keep the last of two equal keys, made to refuse them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen and key.value != "<<":
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key.value!r} stands here twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)  # type: ignore[misc]
        return made


class _NoDuplicates(_RefuseDuplicates, yaml.SafeLoader):
    """PyYAML's own parser, which says best what is wrong."""


_FAST: Any = getattr(yaml, "CSafeLoader", None)
"""libyaml's parser, ten times as fast; None where PyYAML was built without it."""
_FastNoDuplicates: Any = type("_FastNoDuplicates", (_RefuseDuplicates, _FAST), {}) if _FAST else None


def read_yaml(path: Path) -> tuple[Any, yaml.Node | None]:
    """Return the data of a YAML file and its root node, which still knows the lines.

    Raises:
        ConfigError: the file is missing, not readable, too large, not UTF-8 or not YAML.
    """
    return parse_yaml(read_text(path), path)


def read_text(path: Path) -> str:
    """Return the text of a configuration.

    Raises:
        ConfigError: the file is missing, not readable, too large or not UTF-8.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(path, [Complaint(1, "", f"larger than {MAX_BYTES >> 20} MiB, which no configuration is")])
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(path, [Complaint(1, "", "no such file; `docpipe check` lists the shipped ones")]) from None
    except UnicodeDecodeError as e:
        raise ConfigError(path, [Complaint(1, "", f"not UTF-8 text ({e.reason} at byte {e.start})")]) from e
    except OSError as e:
        raise ConfigError(path, [Complaint(1, "", f"cannot be read: {e.strerror}")]) from e


def parse_yaml(text: str, path: object) -> tuple[Any, yaml.Node | None]:
    """Like `read_yaml`, for a text that is already at hand; `path` only names it in complaints."""
    if _is_fast(text):
        try:
            return _read_fast(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            pass  # PyYAML's parser says what is wrong, below
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.load(text, Loader=_NoDuplicates)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        message = " ".join(part for part in (e.context, e.problem) if part) or "not YAML"
        raise ConfigError(path, [Complaint(mark.line + 1 if mark else 1, "", message)]) from e
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        raise ConfigError(path, [Complaint(1, "", f"not YAML: {e}")]) from e
    return data, root


def _read_fast(text: str) -> tuple[Any, yaml.Node | None]:
    loader = _FastNoDuplicates(text)
    try:
        root = loader.get_single_node()
        data = None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()
    # keys merged by `<<` were written into the nodes, where they do not stand
    return data, yaml.compose(text, Loader=_FAST) if "<<" in text else root


def line_of(root: yaml.Node | None, loc: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest node along `loc` that the file really has."""
    line, node = 1, root
    if node is not None:
        line = node.start_mark.line + 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                continue  # a union's tag or a field that the file leaves out
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def complaints_of(
    error: ValidationError, root: yaml.Node | None, model: type[BaseModel], data: object, at: tuple[int | str, ...] = ()
) -> list[Complaint]:
    """Turn pydantic's errors into complaints with lines, in the order of the file.

    Args:
        error: what pydantic found.
        root: the file's root node, which knows the lines.
        model: what the data were checked against.
        data: what was checked.
        at: where in the file the data stand.
    """
    found = []
    for place, text in describe_errors([dict(item) for item in error.errors(include_url=False)], data, model):
        loc = at + place
        found.append(Complaint(line_of(root, loc), ".".join(str(part) for part in loc), text))
    return sorted(found, key=lambda c: c.line)


def load_model(model: type[M], path: Path, context: Mapping[str, object] | None = None) -> M:
    """Read `path` and check it against `model`; `context` is what the model's validators get to know.

    Raises:
        ConfigError: with every complaint at once.
    """
    return check_model(model, path, read_text(path), context)


def check_model(model: type[M], path: Path, text: str, context: Mapping[str, object] | None = None) -> M:
    """Check the text of `path` against `model`; see `load_model`.

    Raises:
        ConfigError: with every complaint at once.
    """
    data = _data_of(text, path)
    try:
        return model.model_validate({} if data is None else data, context=context)
    except ValidationError as e:
        data, root = parse_yaml(text, path)
        raise ConfigError(path, complaints_of(e, root, model, {} if data is None else data)) from e


def _data_of(text: str, path: Path) -> Any:
    if _is_fast(text):
        with suppress(yaml.YAMLError, ValueError, RecursionError):  # the full loader says what is wrong
            return plain_data(text)
    return parse_yaml(text, path)[0]


def _is_fast(text: str) -> bool:
    return bool(_FAST) and sum(text.count(sign) for sign in "[{-?:") <= DEEPEST
