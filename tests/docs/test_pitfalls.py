"""Every pitfall that docs/design/pitfalls.md lists names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_pitfall_names_a_test_that_exists() -> None:
    defined = {
        name
        for file in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"^ *def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    rows = [
        line for line in (ROOT / "docs/design/pitfalls.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith(("| Pitfall", "| ---"))
    ]  # fmt: skip
    assert len(rows) >= 20
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row.rsplit("|", 2)[1])
        assert named, row
        assert set(named) <= defined, row
