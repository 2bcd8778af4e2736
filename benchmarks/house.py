"""The shape of the package, measured: root modules, import circles, layers, repeated lines; and clean installs.

    python benchmarks/house.py --against ef8933d        # the tree as it stands, beside an earlier commit
    python benchmarks/house.py --install FOLDER         # builds the wheel and installs it into new environments there

A run of repeated lines is a longest stretch of equal lines that stands in two places, blank lines left out and the rest
without indentation. Imports and lone brackets do not count towards its length, as two modules may well import the same.
The installs need a package index and about 2 GB.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from machine import describe

ROOT = Path(__file__).resolve().parents[1]
NAMED = {"__init__", "__main__", "document", "errors", "pipeline", "result", "testing", "trace"}
LEAST = 6
"""So many lines that say something make a run."""

Line = tuple[str, int, str, bool]
"""File, number, text, and whether it counts."""


def root_modules(package: Path) -> list[str]:
    """Return the modules that stand loose at the root of a package."""
    return sorted(path.stem for path in package.glob("*.py"))


def code_lines(package: Path) -> Iterator[list[Line]]:
    """Yield each file's lines, without indentation and without blank ones. Imports and lone brackets do not count."""
    for path in sorted(package.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        imports = {
            number
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        yield [
            (str(path), number, line.strip(), number not in imports and any(letter.isalnum() for letter in line))
            for number, line in enumerate(source.splitlines(), 1)
            if line.strip()
        ]


def repeated_runs(package: Path) -> list[tuple[Line, Line, int]]:
    """Return the runs that stand twice: where each begins, and how many lines of it count."""
    lines = [
        line for file in code_lines(package) for line in (*file, ("", 0, f"end of {file[0][0] if file else ''}", False))
    ]
    texts = [line[2] for line in lines]
    places = defaultdict(list)
    for at in range(len(texts) - LEAST + 1):
        places[tuple(texts[at : at + LEAST])].append(at)
    runs, seen = [], set()
    for starts in places.values():
        for i, first in enumerate(starts):
            for second in starts[i + 1 :]:
                if (first - 1, second - 1) in seen or (first and texts[first - 1] == texts[second - 1]):
                    seen.add((first, second))
                    continue  # goes on from an earlier line: not a run of its own
                seen.add((first, second))
                size = 0
                while (
                    first + size < second and second + size < len(texts) and texts[first + size] == texts[second + size]
                ):
                    size += 1
                counted = sum(line[3] for line in lines[first : first + size])
                if counted >= LEAST:
                    runs.append((lines[first], lines[second], counted))
    return runs


def imports_of(package: Path) -> dict[str, set[str]]:
    """Return which module of the package imports which at run time."""
    import grimp

    graph = grimp.build_graph(package.name, exclude_type_checking_imports=True, cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def circle(imports: dict[str, set[str]]) -> list[str]:
    """Return one circle of imports, or nothing."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as e:
        return list(e.args[1])
    return []


def run(command: Sequence[str | Path], **options: object) -> tuple[int, str]:
    """Run a command; return its exit code and all that it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )  # type: ignore[call-overload]
    return done.returncode, done.stdout


def show_shape(against: str | None) -> None:
    """Print what can be read off the sources."""
    package = ROOT / "docpipe"
    modules = root_modules(package)
    beyond = [name for name in modules if name not in NAMED]
    print(f"root modules: {len(modules)}: {', '.join(modules)}; beyond those named: {', '.join(beyond) or 'none'}")
    imports = imports_of(package)
    print(f"modules: {len(imports)}; a circle of imports: {' -> '.join(circle(imports)) or 'none'}")
    code, said = run([Path(sys.executable).parent / "lint-imports", "--no-logo"], cwd=ROOT)
    print(f"lint-imports: exit {code}; " + said.strip().splitlines()[-1])
    show_runs("here", package, listed=True)
    if against:
        archive = subprocess.run(["git", "archive", against, "docpipe"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tree:
                tree.extractall(folder, filter="data")
            before = root_modules(Path(folder) / "docpipe")
            print(f"root modules at {against}: {len(before)}")
            show_runs(against, Path(folder) / "docpipe")


def show_runs(name: str, package: Path, listed: bool = False) -> None:
    """Print how many runs stand twice and how many lines they hold; with `listed` each of them, too."""
    runs = repeated_runs(package)
    size = sum(len(file) for file in code_lines(package))
    print(f"runs of {LEAST} or more equal lines that stand twice, {name}: {len(runs)} in {size} lines")
    for first, second, counted in runs if listed else ():
        places = " = ".join(
            f"{Path(file).relative_to(package.parent)}:{number}" for file, number, *_ in (first, second)
        )
        print(f"  {counted} lines: {places}")


def show_installs(folder: Path) -> None:
    """Build the wheel and print what it says and reads in new environments, away from the checkout."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    code, said = run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT])
    if code:
        raise SystemExit(said)
    wheel = max(folder.glob("docpipe-*.whl"), key=lambda path: path.stat().st_mtime)
    samples = ROOT / "tests" / "samples" / "images"
    constraints = ROOT / ".ci" / "constraints.txt"
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH" and not k.startswith("DOCPIPE_")}
    for name, wanted in (("base", f"{wheel}"), ("cpu", f"{wheel}[cpu]")):
        home = folder / name
        docpipe = home / "bin" / "docpipe"
        environment = {**clean, "XDG_CACHE_HOME": str(folder / f"{name}-cache"), "COLUMNS": "200"}
        options = {"cwd": folder, "env": environment}
        run([sys.executable, "-m", "venv", home])
        code, said = run([home / "bin" / "pip", "install", "-q", "-c", constraints, wanted], **options)
        print(f"{name}: pip install exit {code}")
        code, said = run([docpipe, "--version"], **options)
        print(f"{name}: docpipe --version: exit {code}: {said.strip()}")
        code, said = run([docpipe, "run", samples, "--out", folder / f"{name}-out", "--force"], **options)
        print(f"{name}: docpipe run tests/samples/images: exit {code}: " + "\n  ".join(said.strip().splitlines()[-4:]))
    site = next((folder / "cpu" / "lib").glob("python*/site-packages"))
    stand_in = site / "paddlepaddle_gpu-3.2.2.dist-info"
    stand_in.mkdir(exist_ok=True)
    (stand_in / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: paddlepaddle-gpu\nVersion: 3.2.2\n", encoding="utf-8"
    )
    code, said = run([folder / "cpu" / "bin" / "docpipe", "doctor"], cwd=folder, env={**clean, "COLUMNS": "400"})
    named = [line.strip() for line in said.splitlines() if "paddlepaddle-gpu" in line]
    print(f"cpu, a stand-in of paddlepaddle-gpu beside paddlepaddle: doctor exit {code}: " + "\n  ".join(named))
    for path in stand_in.iterdir():
        path.unlink()
    stand_in.rmdir()


def main() -> None:
    """Print everything that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="COMMIT", help="count repeated lines at this commit, too")
    parser.add_argument("--install", metavar="FOLDER", type=Path, help="install the wheel into environments made here")
    options = parser.parse_args()
    print(describe())
    if options.install:
        show_installs(options.install)
    else:
        show_shape(options.against)


if __name__ == "__main__":
    main()
