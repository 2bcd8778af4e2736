"""Processor time of `docpipe run` on one receipt, from the process's start to its end, workers included.

    python benchmarks/start_cost.py [CHECKOUT ...] [--times 6]

Checkouts run in turns, as other work on a machine moves the figures of all: judge by the ratio. Byte code is kept in a
folder of this run, as an installed package has it; the first run of each, which makes it, is not counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from machine import describe

HERE = Path(__file__).parents[1]
RECEIPT = HERE / "tests" / "samples" / "images" / "receipt_cafe.jpg"


def main() -> None:
    """Run every checkout in turns and print medians and their ratio to the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", nargs="*", type=Path, default=[HERE])
    parser.add_argument("--times", type=int, default=6)
    options = parser.parse_args()
    took: dict[Path, list[tuple[float, float]]] = {checkout: [] for checkout in options.checkouts}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.times + 1):
            for checkout in options.checkouts:
                seconds = read_once(checkout.resolve(), Path(folder))
                if turn:
                    took[checkout].append(seconds)
    print(describe())
    base = median(map(sum, took[options.checkouts[0]]))
    for checkout, runs in took.items():
        user, system = (median(run[i] for run in runs) for i in (0, 1))
        whole = sorted(map(sum, runs))
        print(
            f"{checkout}: user {user:.2f} s, system {system:.2f} s, both {median(whole):.2f} s "
            f"({whole[0]:.2f} to {whole[-1]:.2f}), {median(whole) / base:.2f} of the first"
        )


def read_once(checkout: Path, folder: Path) -> tuple[float, float]:
    """Return the user and system seconds of one run of a checkout."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {
        "PYTHONPATH": str(checkout),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "docpipe", "run", str(RECEIPT), "--out", str(folder / "out"), "--force"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
