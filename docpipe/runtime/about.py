"""What a network of docpipe's own says of itself: `about.json` beside its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docpipe.errors import ModelError

ABOUT = "about.json"
"""Handed back with every prediction, under the key `about`."""


def about_of(directory: Path) -> Mapping[str, Any]:
    """Return what a model directory says of itself; nothing where it says nothing.

    Raises:
        ModelError: the file is no JSON object.
    """
    path = directory / ABOUT
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as e:
        raise ModelError(f"{path} is damaged: {e}") from e
    if not isinstance(content, dict):
        raise ModelError(f"{path} must hold a JSON object")
    return content
