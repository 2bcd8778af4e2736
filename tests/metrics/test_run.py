"""`docpipe run` on real documents with real models under an injected fault, watched by a real Prometheus."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.request import urlopen

import psutil
import pytest
import yaml

from docpipe.errors import ExitCode
from docpipe.files.shipped import find
from docpipe.metrics.alerts import alert_rules
from tests.metrics.prometheus import BETWEEN_S, DEADLINE_S, needed, scraping
from tests.metrics.reader import value_in

T = TypeVar("T")

pytestmark = pytest.mark.models

SAMPLES = Path(__file__).parents[1] / "samples" / "images"
DIGITAL, SCANNED = SAMPLES / "invoice_de.pdf", SAMPLES / "receipt_bakery.png"
FAULTS = "table_structure.main: oom; text_detection.main: stuck"
"""The digital invoice needs no detection, so it is done, one rung lower; the scanned receipt then waits."""
ENDS_S = 60


def config_file(folder: Path) -> Path:
    config = yaml.safe_load(find("configs", "invoice").read_text(encoding="utf-8"))
    config["policy"] = {**config.get("policy", {}), "ooms": {"degrade_at": 1, "within_s": 60}}
    path = folder / "pipeline.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@contextmanager
def running(folder: Path, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run `docpipe run` in a process of its own; it is interrupted at the end, as by Ctrl-C, if it still runs."""
    errors = folder / "stderr.jsonl"
    command = [sys.executable, "-m", "docpipe", "run", *map(str, arguments)]
    environment = {**os.environ, "DOCPIPE_FAULTS": FAULTS}

    def listen() -> None:
        """Hear interrupts: a shell starts what it runs in the background deaf to them, and children inherit that."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with (
        errors.open("w", encoding="utf-8") as written,
        subprocess.Popen(command, env=environment, stderr=written, text=True, preexec_fn=listen) as process,
    ):
        try:
            yield process, errors
        finally:
            process.kill()


def said(errors: Path, event: str) -> list[dict[str, str]]:
    """Return what a run has said of one kind so far."""
    lines = [json.loads(line) for line in errors.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    return [line for line in lines if line["event"] == event]


def until(process: subprocess.Popen[str], errors: Path, happened: Callable[[], T | None]) -> T:
    """Ask again and again while a run lasts, until something has happened."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        found = happened()
        if found:
            return found
        with suppress(subprocess.TimeoutExpired):
            process.wait(BETWEEN_S)
            break
    raise AssertionError(f"it did not happen: {errors.read_text(encoding='utf-8')}")


def address_of(process: subprocess.Popen[str], errors: Path) -> str:
    """Return where a run serves its metrics, once it says so."""
    return until(process, errors, lambda: said(errors, "metrics"))[0]["address"]


def stop_at_once(process: subprocess.Popen[str], errors: Path) -> None:
    """Interrupt a run twice: after one interrupt it would wait for the document whose stage is stuck."""
    process.send_signal(signal.SIGINT)
    with suppress(AssertionError):  # a run that still loads models ends at the first
        until(process, errors, lambda: "once more stops at once" in errors.read_text(encoding="utf-8"))
        process.send_signal(signal.SIGINT)
    assert process.wait(ENDS_S) == ExitCode.INTERRUPTED


def test_prometheus_sees_a_real_run_give_way(tmp_path: Path) -> None:
    needed("prometheus")
    config = config_file(tmp_path)
    options = ["--config", config, "--watch", "--out", tmp_path / "out", "--metrics-port", 0]
    with running(tmp_path, DIGITAL, SCANNED, *options) as (process, errors):
        target = address_of(process, errors).removeprefix("http://").removesuffix("/metrics")
        with scraping(target, tmp_path, alert_rules()) as prometheus:
            levels = {(name,): 0.0 for name in ("text_detection", "text_recognition", "key_fields")}
            prometheus.until("docpipe_level", {**levels, ("table_structure",): 1.0}, "stage")
            prometheus.until("docpipe_documents_total > 0", {("degraded",): 1.0}, "outcome")
            prometheus.until("docpipe_ooms_total > 0", {("table_structure", "main"): 1.0}, "stage", "rung")
            fallbacks = {("table_structure", "out_of_memory"): 1.0}
            prometheus.until("docpipe_fallbacks_total > 0", fallbacks, "stage", "reason")
            prometheus.until("docpipe_decision_seconds_count", {(): 2.0})
            prometheus.until("sum(docpipe_reloads_total)", {(): 0.0})
            config.write_text("policy: {p95_ms: wrong}", encoding="utf-8")
            prometheus.until("docpipe_reloads_total > 0", {("refused",): 1.0}, "outcome")
            prometheus.until('ALERTS{alertstate="firing"}', {("DocpipeReloadRefused",): 1.0}, "alertname")
        stop_at_once(process, errors)


def page_of(address: str) -> str:
    with urlopen(address) as answer:
        return str(answer.read().decode())


def both_loaded(process: subprocess.Popen[str]) -> list[psutil.Process] | None:
    """Return a run's two workers once each has loaded Python with its libraries."""
    workers = [child for child in psutil.Process(process.pid).children() if child.memory_info().rss > 100e6]
    return workers if len(workers) == 2 else None


def test_the_memory_of_workers_is_told_and_the_death_of_one(tmp_path: Path) -> None:
    options = ["--config", config_file(tmp_path), "--out", tmp_path / "out", "--metrics-port", 0, "--workers", 2]
    other = tmp_path / "another.png"
    shutil.copy(SCANNED, other)
    with running(tmp_path, SCANNED, other, *options) as (process, errors):  # one of them keeps the run alive
        address = address_of(process, errors)
        until(process, errors, lambda: said(errors, "planned"))
        workers = until(process, errors, lambda: both_loaded(process))
        page = page_of(address)
        for worker in ("main", "1", "2"):
            rss = value_in(page, "docpipe_worker_rss_bytes", {"worker": worker})
            assert rss is not None
            assert rss > 50e6, f"{worker} has loaded Python with its libraries"
        died = {"reason": "died"}
        assert value_in(page, "docpipe_recycles_total", died) == 0
        workers[0].kill()
        until(process, errors, lambda: value_in(page_of(address), "docpipe_recycles_total", died))
        stop_at_once(process, errors)


def test_a_taken_port_ends_the_run_before_it_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with running(tmp_path, DIGITAL, "--out", tmp_path / "out", "--metrics-port", port) as (process, errors):
            assert process.wait(ENDS_S) == ExitCode.CONFIG
    assert f"127.0.0.1:{port}" in errors.read_text(encoding="utf-8")
    assert not (tmp_path / "out").exists()
