"""Breaks the policy on purpose, one patch at a time, and expects its tests to notice each.

    python tests/mutants/run.py [NAME...]

Every `*.patch` beside this file is a bug of the published code or of its obvious repairs. Its head says what it does
wrong and which tests must fail. A copy of the package and its tests is made in a temporary folder, the tests are seen to pass
there, the patch is applied, and the tests are run again. Ends with 1 where a mutant survives or a patch does not apply.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMIT_S = 300
"""A mutant whose tests hang is killed, which counts as noticed."""


def tests_of(patch: Path) -> list[str]:
    """Return the tests that a patch's head names."""
    for line in patch.read_text(encoding="utf-8").splitlines():
        if line.startswith("Tests: "):
            return line.removeprefix("Tests: ").split()
    raise SystemExit(f"{patch.name}: its head names no tests")


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


def verdict(patch: Path) -> tuple[str, bool, str]:
    """Return a mutant's name, whether it was noticed, and by what."""
    with tempfile.TemporaryDirectory(prefix="docpipe-mutant-") as name:
        folder = Path(name)
        copied(folder)
        applied = subprocess.run(
            ["git", "apply", "-p1", str(patch)],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if applied.returncode:
            return patch.stem, False, f"the patch does not apply:\n{applied.stdout}{applied.stderr}"
        survived, by = passes(folder, tests_of(patch))
        return patch.stem, not survived, by or "no test failed"


def main(names: list[str]) -> int:
    """Run all mutants, or those named."""
    patches = [p for p in sorted(HERE.glob("*.patch")) if not names or p.stem in names]
    if not patches:
        raise SystemExit(f"no such mutant; there are {', '.join(p.stem for p in sorted(HERE.glob('*.patch')))}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="docpipe-mutant-") as name:
        copied(Path(name))
        clean, by = passes(Path(name), sorted({test for patch in patches for test in tests_of(patch)}), 4 * LIMIT_S)
        if not clean:
            raise SystemExit(f"the tests fail without any mutant: {by}")
    survivors = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for mutant, noticed, by in pool.map(verdict, patches):
            survivors += not noticed
            print(f"{'noticed ' if noticed else 'SURVIVED'}  {mutant:26} {by}", flush=True)
    print(f"{len(patches) - survivors} of {len(patches)} mutants noticed in {time.monotonic() - began:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
