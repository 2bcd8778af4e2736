"""What is installed here, and what docpipe's own metadata asks for; pyproject.toml stays the one place that says it."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from functools import lru_cache

_REQUIREMENT = re.compile(r"(?P<asked>(?P<name>[\w.-]+)[^;]*?)\s*(?:;.*?extra\s*==\s*['\"](?P<extra>[\w-]+)['\"].*)?$")


@lru_cache(maxsize=64)
def installed_version(name: str) -> str | None:
    """Return the version of an installed distribution, or None. A start asks forty times: it is looked up once."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def requirement(name: str) -> str:
    """Return a distribution as docpipe asks for it, such as `rapidocr==3.10.0`; the bare name where it does not."""
    return next((asked for found, asked, _ in _requirements() if _same(found, name)), name)


def missing_of_extra(extra: str) -> Sequence[str]:
    """Return the distributions of an extra that are not installed; none where docpipe itself is not."""
    return [name for name, _, of in _requirements() if of == extra and installed_version(name) is None]


def _requirements() -> list[tuple[str, str, str | None]]:
    """Return name, requirement and extra of each line in docpipe's metadata."""
    try:
        lines = importlib.metadata.requires("docpipe") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    matches = [_REQUIREMENT.match(line) for line in lines]
    return [(m["name"], m["asked"], m["extra"]) for m in matches if m]


def _same(one: str, other: str) -> bool:
    return re.sub(r"[-_.]+", "-", one).lower() == re.sub(r"[-_.]+", "-", other).lower()
