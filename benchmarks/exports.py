"""CPU time and memory of the workbook and the report of many documents.

    python benchmarks/exports.py out/demo --documents 1000

The folder holds results of `docpipe run`; they are repeated under other names until there are so many.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from machine import describe

from docpipe.batch.results_folder import open_results
from docpipe.batch.workbook import write_workbook
from docpipe.report.write import write_report


def repeat(given: Path, out: Path, documents: int) -> None:
    """Write so many results, each with a name of its own."""
    for number, result in enumerate(itertools.islice(itertools.cycle(list(open_results(given))), documents)):
        name = f"{number:05}-{Path(result.document.path).name}"
        (out / f"{name}.json").write_text(result.with_path(name).to_json(), encoding="utf-8")


def measure(work: Callable[[Path], object], out: Path) -> None:
    """Print what one piece of work takes, in a process of its own."""
    start = time.process_time()
    work(out)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{work.__name__}: {time.process_time() - start:.1f} s of CPU, {peak_mb:.0f} MB at the most", flush=True)


def workbook(out: Path) -> None:
    """Write the workbook."""
    write_workbook(out / "documents.xlsx", open_results(out))


def report(out: Path) -> None:
    """Write the report without pictures, which take what decoding the documents takes."""
    write_report(out, pictures=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("given", type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    arguments = parser.parse_args()
    print(describe(), f"{arguments.documents} documents", sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        repeat(arguments.given, Path(folder), arguments.documents)
        for work in (workbook, report):
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(work, Path(folder)))
            process.start()
            process.join()
