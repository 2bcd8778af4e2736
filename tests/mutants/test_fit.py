"""Every mutant still fits the code, so that an edit of the policy does not silently disarm one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent


def _runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docpipe_mutants", HERE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


RUNNER = _runner()


@pytest.mark.parametrize("mutant", RUNNER.mutants(), ids=lambda mutant: mutant.name)
def test_the_mutant_fits_the_code(mutant: object) -> None:
    assert mutant.misfits(RUNNER.ROOT) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("mutant", RUNNER.mutants(), ids=lambda mutant: mutant.name)
def test_the_tests_it_names_exist(mutant: object) -> None:
    files = {test.partition("::")[0] for test in mutant.tests}  # type: ignore[attr-defined]
    assert [file for file in files if not (RUNNER.ROOT / file).exists()] == []
