"""Memory of `docpipe run` over many receipts: peak and flatness of the process that reads, and of its parent.

    python benchmarks/memory_run.py FOLDER [--documents 100] [--config invoice]

The pictures of FOLDER are copied again and again until there are enough, each with other bytes behind its end so that
none is taken for another. One worker reads them. Resident memory is read from /proc each time another tenth is done;
the peak is the kernel's own (VmHWM). Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from machine import describe

PICTURES = {".jpg", ".jpeg", ".png"}
POLL_S = 0.2
STEPS = 10
ROWS = ("VmRSS", "VmHWM")


@dataclass(frozen=True)
class Memory:
    """Megabytes of one process now, and at most so far."""

    resident: float
    peak: float


def memory_of(process: int) -> Memory:
    """Return a process's memory; zeros where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return Memory(0.0, 0.0)
    kb = {name: float(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines) if name in ROWS}
    return Memory(kb.get("VmRSS", 0.0) / 1024, kb.get("VmHWM", 0.0) / 1024)


def children_of(process: int) -> Iterator[int]:
    """Yield the processes that one has started, theirs included."""
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = file.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in map(int, found):
            yield child
            yield from children_of(child)


def copies(folder: Path, count: int, into: Path) -> None:
    """Write so many pictures, each of other bytes."""
    pictures = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES)
    if not pictures:
        raise SystemExit(f"{folder}: no pictures")
    for n in range(count):
        picture = pictures[n % len(pictures)]
        (into / f"{n:04}{picture.suffix.lower()}").write_bytes(picture.read_bytes() + n.to_bytes(4, "big"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--config", default="invoice")
    options = parser.parse_args()
    print(describe(sample=f"{options.documents} copies of {options.folder.name}, one worker, {options.config}"))
    with tempfile.TemporaryDirectory(prefix="memory-run-") as scratch:
        given, out = Path(scratch, "in"), Path(scratch, "out")
        given.mkdir()
        copies(options.folder, options.documents, given)
        command = [sys.executable, "-W", "ignore", "-m", "docpipe", "run", str(given), "--out", str(out)]
        command += ["--config", options.config, "--workers", "1"]
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
        parent = worker = Memory(0.0, 0.0)
        said = 0
        while run.poll() is None:
            seen = [memory_of(child) for child in children_of(run.pid)]
            parent = max(parent, memory_of(run.pid), key=lambda m: m.peak)
            now = max(seen, key=lambda m: m.resident, default=Memory(0.0, 0.0))
            worker = max(worker, now, key=lambda m: m.peak)
            done = sum(1 for _ in out.glob("*.json")) if out.is_dir() else 0
            if done * STEPS >= (said + 1) * options.documents:
                said = done * STEPS // options.documents
                print(f"{done:5} documents: worker {now.resident:6.0f} MB now, {worker.peak:6.0f} at most", flush=True)
            time.sleep(POLL_S)
    print(f"peak: worker {worker.peak:.0f} MB, parent {parent.peak:.0f} MB; exit code {run.returncode}")
    if run.returncode:
        raise SystemExit(run.returncode)


if __name__ == "__main__":
    main()
