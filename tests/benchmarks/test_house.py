"""The shape of the package stays: rooms with names, imports in one direction, nothing written twice at length."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

house = import_module("house")
BLOCK = [f"value_{n} = {n}" for n in range(6)]


def test_no_module_stands_loose_at_the_root():
    assert set(house.root_modules(ROOT / "docpipe")) <= house.NAMED


def test_no_modules_import_each_other_in_a_circle():
    assert house.circle(house.imports_of(ROOT / "docpipe")) == []


@pytest.mark.parametrize(("first", "second", "runs"), [
    pytest.param(BLOCK, BLOCK, [6], id="six-lines-twice"),
    pytest.param(BLOCK[:5], BLOCK[:5], [], id="five-lines-are-few"),
    pytest.param(BLOCK, ["if True:", *(f"    {line}" for line in BLOCK)], [6], id="indented-elsewhere"),
    pytest.param(["import os", *BLOCK[:5]], ["import os", *BLOCK[:5]], [], id="imports-do-not-count"),
    pytest.param([*BLOCK, "x = 1", *BLOCK], [], [6], id="twice-in-one-file"),
    pytest.param([*BLOCK, "last = 1"], [*BLOCK, "last = 1"], [7], id="one-run-not-two"),
])  # fmt: skip
def test_runs_of_equal_lines_are_counted_once(tmp_path, first, second, runs):
    for name, lines in (("a.py", first), ("b.py", second)):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [size for _, _, size in house.repeated_runs(tmp_path)] == runs
