"""The list of stages: what a result promises is in it, and nothing else of docpipe names a stage."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import docpipe
from docpipe.result import STAGE_NAMES
from docpipe.runtime.tasks import TASKS
from docpipe.stages import STAGES
from docpipe.stages.stage_spec import in_running_order

ROOT = Path(docpipe.__file__).parent
ROOMS = ("adapter", "batch", "config", "control", "execution", "metrics", "policy", "profiles")
MODULES = sorted(
    [*(path for room in ROOMS for path in (ROOT / room).rglob("*.py")), ROOT / "pipeline.py", ROOT / "trace.py"]
)


def test_the_stages_of_every_result_are_those_of_the_list() -> None:
    assert tuple(STAGES) == STAGE_NAMES == tuple(spec.name for spec in in_running_order(tuple(STAGES.values())))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_room_names_a_stage(path: Path) -> None:
    """Texts that explain may give examples; code may not depend on a name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    named += [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    named += [node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert [name for name in named if name in STAGE_NAMES] == []


def test_the_runtime_knows_tasks_of_models_and_no_stage() -> None:
    """A plugin's network is run as docpipe's own: by what it takes, not by whose it is."""
    assert [task for task, spec in TASKS.items() if not spec.takes_pictures] == ["tensor_network"]
    for path in (ROOT / "runtime").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert "key_fields" not in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
