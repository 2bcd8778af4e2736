"""`docpipe watch` as a process: killed with SIGKILL it goes on where it was, and `run --watch` says its new name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from docpipe.lab.synth.einvoice import invoice_xml
from tests.inputs.einvoices import made_up

ROOT = Path(__file__).resolve().parents[2]


def start(inbox: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-m", "docpipe", "watch", str(inbox), "--out", str(out)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*command, "--workers", "0", "--settle", "0.2"], stdout=subprocess.PIPE, text=True, env=environment
    )


def read_hashes(out: Path, count: int) -> list[str]:
    """Wait until so many documents were read, and return the content of each reading."""
    until = time.monotonic() + 120
    while True:
        path = out / "docpipe-run.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if len(lines) >= count or time.monotonic() > until:
            return [json.loads(line)["sha256"] for line in lines]
        time.sleep(0.1)


@pytest.mark.models
def test_a_killed_watch_goes_on_and_reads_nothing_twice(tmp_path: Path) -> None:
    inbox, out = tmp_path / "in", tmp_path / "out"
    inbox.mkdir()
    for number in range(6):
        (inbox / f"{number}.xml").write_bytes(invoice_xml(made_up("ubl", seed=50 * number), "ubl"))
    first = start(inbox, out)
    assert len(read_hashes(out, 2)) >= 2
    first.send_signal(signal.SIGKILL)
    first.communicate()
    os.rename(inbox / "0.xml", inbox / "zero.xml")
    (inbox / "6.xml.part").write_bytes(invoice_xml(made_up("ubl", seed=400), "ubl"))
    second = start(inbox, out)
    os.rename(inbox / "6.xml.part", inbox / "6.xml")
    found = read_hashes(out, 7)
    second.send_signal(signal.SIGTERM)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert len(found) == len(set(found)) == 7
    assert {json.loads(line)["event"] for line in said.splitlines()} == {"document"}


def test_a_folder_within_the_output_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "docpipe", "watch", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 2
    assert "one may not lie in the other" in done.stderr
