"""Breaks the policy on purpose, one patch at a time, and expects its tests to notice each.

    python tests/mutants/run.py [NAME...]

Every `*.toml` beside this file is a bug of the published code or of its obvious repairs: what it does wrong, which
tests must fail, and edits of text that stands exactly once in a file. A copy of the package and its tests is made in a
temporary folder, the tests are seen to pass there, the edits are made, and the tests are run again. Ends with 1 where a
mutant survives or does not fit the code; `test_fit.py` beside it checks the fit at every run of the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMIT_S = 300
"""A mutant whose tests hang is killed, which counts as noticed."""


@dataclass(frozen=True)
class Edit:
    """A text that stands once in a file, and what takes its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """One bug, and the tests that must notice it."""

    name: str
    what: str
    tests: tuple[str, ...]
    edits: tuple[Edit, ...]

    def misfits(self, root: Path) -> list[str]:
        """Return a line for each edit whose text does not stand exactly once in its file under `root`."""
        counts = [(edit, (root / edit.file).read_text(encoding="utf-8").count(edit.old)) for edit in self.edits]
        return [f"{edit.file}: stands {n} times: {edit.old.strip()!r}" for edit, n in counts if n != 1]

    def apply(self, root: Path) -> None:
        """Make the edits in the copy under `root`."""
        for edit in self.edits:
            path = root / edit.file
            path.write_text(path.read_text(encoding="utf-8").replace(edit.old, edit.new), encoding="utf-8")


def mutants() -> list[Mutant]:
    """Return all mutants, by name."""
    return [_mutant(path) for path in sorted(HERE.glob("*.toml"))]


def _mutant(path: Path) -> Mutant:
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    edits = tuple(Edit(edit["file"], edit["old"], edit["new"]) for edit in read["edit"])
    return Mutant(path.stem, read["what"], tuple(read["tests"]), edits)


def copied(folder: Path) -> None:
    """Copy what the policy's tests need."""
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    shutil.copytree(ROOT / "docpipe", folder / "docpipe", ignore=ignored)
    shutil.copytree(ROOT / "tests" / "policy", folder / "tests" / "policy", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)


def passes(folder: Path, tests: list[str], limit_s: int = LIMIT_S) -> tuple[bool, str]:
    """Run tests in a copy; return whether all passed, and the line that says what failed first."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"did not end within {limit_s} s"
    if done.returncode not in (0, 1):
        raise SystemExit(f"pytest could not run {tests}:\n{done.stdout}{done.stderr}")
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    return done.returncode == 0, failed[0].removeprefix("FAILED ").split(" - ")[0] if failed else ""


def verdict(mutant: Mutant) -> tuple[str, bool, str]:
    """Return a mutant's name, whether it was noticed, and by what."""
    with tempfile.TemporaryDirectory(prefix="docpipe-mutant-") as name:
        folder = Path(name)
        copied(folder)
        if misfits := mutant.misfits(folder):
            return mutant.name, False, "does not fit the code: " + "; ".join(misfits)
        mutant.apply(folder)
        survived, by = passes(folder, list(mutant.tests))
        return mutant.name, not survived, by or "no test failed"


def main(names: list[str]) -> int:
    """Run all mutants, or those named."""
    chosen = [mutant for mutant in mutants() if not names or mutant.name in names]
    if not chosen:
        raise SystemExit(f"no such mutant; there are {', '.join(mutant.name for mutant in mutants())}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="docpipe-mutant-") as name:
        copied(Path(name))
        clean, by = passes(Path(name), sorted({test for mutant in chosen for test in mutant.tests}), 4 * LIMIT_S)
        if not clean:
            raise SystemExit(f"the tests fail without any mutant: {by}")
    survivors = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for name, noticed, by in pool.map(verdict, chosen):
            survivors += not noticed
            print(f"{'noticed ' if noticed else 'SURVIVED'}  {name:26} {by}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants noticed in {time.monotonic() - began:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
