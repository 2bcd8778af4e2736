"""What an `inference.yml` says: the operators before a network, by name, and what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from docpipe.errors import ModelError


def read_config(path: Path) -> Mapping[str, Any]:
    """Return an `inference.yml`.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
    except (OSError, ValueError, yaml.YAMLError) as e:
        raise ModelError(f"{path} cannot be read: {' '.join(str(e).split())[:200]}") from e
    return content if isinstance(content, dict) else {}


def operators_of(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the arguments of each operator before the network, by its name.

    Raises:
        KeyError, TypeError, AttributeError: the file has no such list.
    """
    return {name: args or {} for entry in config["PreProcess"]["transform_ops"] for name, args in entry.items()}


def number(value: Any) -> float:
    """Return a number of the file, where 1/255 may be written as a division: `1./255.`.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, str):
        over, _, under = value.partition("/")
        return float(over) / float(under) if under else float(over)
    return float(value)
