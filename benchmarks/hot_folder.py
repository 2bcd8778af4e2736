"""`docpipe watch` over a folder in trouble: slow copies, renames, overwriting, and two kills.

    python benchmarks/hot_folder.py [--files 500]

Made-up e-invoices (XML, so that the folder and not the models are measured) are written in pieces, some under a `.part`
name that is taken away when they are whole. Every tenth is written over with another document after it was read, every
tenth renamed. The process is killed (SIGKILL) after a third and after two thirds. Printed: readings by the run journal
against what must be read, and the resident memory early and at the end.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from machine import describe

from docpipe.lab.synth.einvoice import has_xml, invoice_xml
from docpipe.lab.synth.make import make

ROOT = Path(__file__).resolve().parents[1]


def invoices(count: int) -> list[bytes]:
    """Return different invoices in UBL, from seed 0 on."""
    found: list[bytes] = []
    seed = 0
    while len(found) < count:
        document = make(seed, "invoice", ("de", "fr", "en")[seed % 3])
        seed += 1
        if has_xml(document, "ubl"):
            found.append(invoice_xml(document, "ubl"))
    return found


class Watch:
    """The process under test."""

    def __init__(self, inbox: Path, out: Path) -> None:
        self._command = [sys.executable, "-W", "ignore", "-m", "docpipe", "watch", str(inbox), "--out", str(out)]
        self._command += ["--workers", "0", "--settle", "0.5"]
        self.start()

    def start(self) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def rss_mb(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 2**20


def readings(out: Path) -> collections.Counter[str]:
    """Return how often each content was read, by the run journal."""
    path = out / "docpipe-run.jsonl"
    if not path.exists():
        return collections.Counter()
    lines = path.read_text(encoding="utf-8").splitlines()
    return collections.Counter(json.loads(line)["sha256"] for line in lines)


def wait_for(out: Path, count: int, limit_s: float = 240) -> None:
    until = time.monotonic() + limit_s
    while sum(readings(out).values()) < count and time.monotonic() < until:
        time.sleep(0.2)


def put(path: Path, data: bytes, number: int) -> None:
    """Write a file in three pieces, every other one under a name that is taken away at the end."""
    to = path.with_name(path.name + ".part") if number % 2 else path
    with to.open("wb") as file:
        for at in range(0, len(data), len(data) // 3 + 1):
            file.write(data[at : at + len(data) // 3 + 1])
            file.flush()
            time.sleep(0.01)
    if to != path:
        os.rename(to, path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=500)
    count = parser.parse_args().files
    print(describe(0, f"{count} made-up invoices in UBL"))
    fresh = invoices(count + count // 10)
    with tempfile.TemporaryDirectory() as folder:
        inbox, out = Path(folder) / "in", Path(folder) / "out"
        inbox.mkdir()
        watch = Watch(inbox, out)
        expected = memory = 0.0
        for number in range(count):
            put(inbox / f"{number:04d}.xml", fresh[number], number)
            expected += 1
            if number in (count // 3, 2 * count // 3):
                watch.kill()
                watch.start()
            if number == count // 6:
                wait_for(out, int(expected))
                memory = watch.rss_mb()
        wait_for(out, int(expected))
        for number in range(0, count, 10):
            put(inbox / f"{number:04d}.xml", fresh[count + number // 10], 0)
            os.rename(inbox / f"{number + 5:04d}.xml", inbox / f"{number + 5:04d}-renamed.xml")
            expected += 1
        wait_for(out, int(expected))
        time.sleep(3)
        found = readings(out)
        end = watch.rss_mb()
        watch.kill()
    twice = sum(times - 1 for times in found.values())
    print(f"files {count}, written over {count // 10}, renamed {count // 10}, killed 2")
    print(f"read {len(found)} of {int(expected)}, read twice {twice}")
    print(f"resident after a sixth {memory:.0f} MB, at the end {end:.0f} MB")


if __name__ == "__main__":
    main()
