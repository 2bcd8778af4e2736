"""Word lists of values, kept as data: names of months, and what the world calls its money.

They decide what is read just as rule packs do, so `rules_sha256` covers them, too (`list_bytes`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
LISTS = ("months.json", "currencies.json")


def load_list(name: str) -> Any:
    """Return what a list holds; `name` is one of `LISTS`."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def words_of(lines: list[str] | str) -> frozenset[str]:
    """Return the words of a list, which stand in one line or in several."""
    return frozenset(" ".join([lines] if isinstance(lines, str) else lines).split())


def list_bytes() -> bytes:
    """Return the bytes of all lists, one after the other, to be hashed."""
    return b"".join((FOLDER / name).read_bytes() for name in LISTS)
