"""Finds the files that ship with docpipe: configs, rules, models, samples; in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_IN_CHECKOUT = {"samples": "tests/samples"}
"""Where a folder has another name in a checkout."""


def shipped_folder(kind: str) -> Path:
    """Return the folder `configs`, `rules`, `models` or `samples`: in a wheel inside the package, else beside it."""
    inside = _PACKAGE / kind
    return inside if inside.is_dir() else _PACKAGE.parent / _IN_CHECKOUT.get(kind, kind)


def find(kind: str, name: str | Path) -> Path:
    """Return `name` itself where it exists, else the shipped file of that name (also written `configs/x.yaml`).

    The path is returned as given where neither exists, so that the caller's error names what was asked for.
    """
    given = Path(name)
    if given.exists() or given.is_absolute():
        return given
    parts = given.parts[1:] if given.parts[:1] == (kind,) else given.parts
    for candidate in (
        shipped_folder(kind).joinpath(*parts),
        shipped_folder(kind).joinpath(*parts).with_suffix(".yaml"),
    ):
        if candidate.is_file():
            return candidate
    return given
