"""What invoices cost, stage by stage: CPU milliseconds a document, on one thread, engines included.

    python benchmarks/invoice_cost.py FOLDER [FOLDER ...] [--first N] [--runs K] [--text-layer auto|ignore]
    python benchmarks/invoice_cost.py FOLDER --against CHECKOUT    # in turns with another checkout of docpipe

Time is the process's own (`time.process_time`), so that other work on the machine falls out of it as far as it can;
each document is read K times and the cheapest reading counts. With `--against` both checkouts read each folder in
turns in processes of their own, and the ratios of their times are given: of the medians of documents, and of sums.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

MODULES = (
    ("docpipe.execution.executor", "docpipe.executor"),
    ("docpipe.execution.document_run", "docpipe.course"),
)
"""What opens documents, and what takes them through stages: where they stand today, and where they stood in 0.1."""
QUIET_S = 0.6
"""Seconds without work of other threads after which everything that loads in the background has been loaded."""
PART = 0.05
"""Share of `QUIET_S` that may be busy all the same."""
THREADS = "1"
WAYS = (("DocumentRun", "run_stage"), ("DocumentRun", "read_quietly"), ("Course", "take"))
"""What takes a document through a stage: classes of `document_run` and their methods, of today and of 0.1."""


def timed(call: Callable[..., Any], spent: dict[str, float], part: Callable[..., str]) -> Callable[..., Any]:
    """Wrap a call so that its CPU milliseconds are added to the part that `part` names from its arguments."""

    def run(*arguments: Any, **keywords: Any) -> Any:
        started = time.process_time()
        try:
            return call(*arguments, **keywords)
        finally:
            name = part(*arguments, **keywords)
            spent[name] = spent.get(name, 0.0) + 1000 * (time.process_time() - started)

    return run


def first_module(*names: str) -> Any:
    """Return the first of some modules that there is."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError(f"none of {', '.join(names)}")


def watch(spent: dict[str, float]) -> None:
    """Have the opening of documents, the reading of pages and every stage note their time."""
    executor, document_run = (first_module(*names) for names in MODULES)
    open_document = timed(executor.open_document, spent, lambda *_, **__: "inputs")

    def opened(*arguments: Any, **keywords: Any) -> Any:
        document = open_document(*arguments, **keywords)
        document._pages.read = timed(document._pages.read, spent, lambda *_: "inputs")
        return document

    executor.open_document = opened  # type: ignore[assignment]
    for kind, name in WAYS:
        run = getattr(document_run, kind, None)
        if hasattr(run, name):
            setattr(run, name, timed(getattr(run, name), spent, lambda _, stage, *__, **___: stage))


def documents_of(folder: Path, first: int) -> list[Path]:
    """Return the first few documents of a folder, as `docpipe run` finds them there."""
    from docpipe.inputs.discover import Discovery

    return [source.file for source in islice(Discovery([str(folder)]), first) if source.file]


def wait_until_quiet() -> None:
    """Return when nothing is loaded in the background any more."""
    while True:
        started = time.process_time()
        time.sleep(QUIET_S)
        if time.process_time() - started < PART * QUIET_S:
            return


def measure(paths: Sequence[Path], runs: int, text_layer: str) -> dict[str, dict[str, float]]:
    """Return each document's cheapest reading: stage -> CPU milliseconds, and `all` of them."""
    from docpipe.config import load_config
    from docpipe.pipeline import Pipeline

    config = load_config("invoice")
    config = config.model_copy(update={"input": config.input.model_copy(update={"text_layer": text_layer})})
    spent: dict[str, float] = {}
    watch(spent)
    cheapest: dict[str, dict[str, float]] = {}
    with Pipeline(config) as pipeline:
        pipeline.run(paths[0])
        wait_until_quiet()
        for path in [p for _ in range(runs) for p in paths]:
            spent.clear()
            started = time.process_time()
            result = pipeline.run(path)
            if result.status == "failed":
                raise RuntimeError(f"{path.name}: {result.errors}")
            spent["all"] = 1000 * (time.process_time() - started)
            if str(path) not in cheapest or spent["all"] < cheapest[str(path)]["all"]:
                cheapest[str(path)] = dict(spent)
    return cheapest


def in_process(checkout: Path, paths: Sequence[Path], options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Measure a checkout in a process of its own."""
    command = [sys.executable, "-W", "ignore", str(Path(__file__).resolve()), "--json", "--runs", str(options.runs)]
    command += ["--text-layer", options.text_layer, "--", *map(str, paths)]
    environment = dict(os.environ, PYTHONPATH=str(checkout), OMP_NUM_THREADS=THREADS)
    done = subprocess.run(command, env=environment, cwd=checkout, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(cost: dict[str, dict[str, float]]) -> str:
    """Return one line for each stage: median and mean over the documents."""
    stages = sorted({stage for each in cost.values() for stage in each} - {"all"})
    lines = [f"{'stage':18} {'median ms':>10} {'mean ms':>10}"]
    for stage in [*stages, "all"]:
        values = [each.get(stage, 0.0) for each in cost.values()]
        lines.append(f"{stage:18} {statistics.median(values):10.0f} {statistics.fmean(values):10.0f}")
    return "\n".join(lines)


def compare(folder: Path, options: argparse.Namespace) -> None:
    """Print what both checkouts cost, and their ratios."""
    here = Path(__file__).resolve().parents[1]
    paths = documents_of(folder, options.first)
    kept: list[dict[str, dict[str, float]]] = []
    for checkout in (options.against.resolve(), here):
        kept.append(in_process(checkout, paths, options))
        print(f"\n{folder.name}, {len(kept[-1])} documents, {'this checkout' if checkout == here else 'the other'}")
        print(table(kept[-1]), flush=True)
    before, after = kept
    ratios = [after[name]["all"] / before[name]["all"] for name in before if name in after]
    whole = sum(each["all"] for each in after.values()) / sum(each["all"] for each in before.values())
    print(f"ratio: median of documents {statistics.median(ratios):.2f}, of the sums {whole:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--first", type=int, default=12, help="documents of each folder")
    parser.add_argument("--runs", type=int, default=2, help="times each document is read")
    parser.add_argument("--text-layer", choices=("auto", "ignore"), default="auto")
    parser.add_argument("--against", type=Path, help="another checkout of docpipe")
    parser.add_argument("--json", action="store_true", help="take documents instead of folders; print their figures")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", THREADS)
    if options.json:
        print(json.dumps(measure(options.folders, options.runs, options.text_layer)), flush=True)
        return
    sys.path.insert(0, str(Path(__file__).parent))
    from machine import describe

    print(describe(sample=f"the first {options.first} documents of each folder, text layer: {options.text_layer}"))
    for folder in options.folders:
        if options.against:
            compare(folder, options)
            continue
        cost = measure(documents_of(folder, options.first), options.runs, options.text_layer)
        print(f"\n{folder.name}\n{table(cost)}", flush=True)


if __name__ == "__main__":
    main()
