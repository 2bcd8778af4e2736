"""A real Prometheus for tests: Debian's package, on a free port, with its data in a temporary folder."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

DEADLINE_S = 180.0
BETWEEN_S = 0.1

Values = dict[tuple[str, ...], float]


UNPACKED = Path(sys.prefix) / "prometheus" / "usr" / "bin"
"""Where `.ci/prometheus` unpacks the package: inside the environment that runs the tests."""


def needed(program: str) -> str:
    """Return where a program of the package is, or skip the test."""
    found = shutil.which(program) or shutil.which(program, path=str(UNPACKED))
    if found is None:
        pytest.skip(f"{program} is not installed (Debian: apt-get install prometheus)")
    return found


class Prometheus:
    """Asks a running Prometheus."""

    def __init__(self, address: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self._address, self._process, self._log = address, process, log

    def get(self, path: str, **query: str) -> Any:
        """Return the data of one answer of its HTTP API."""
        with urlopen(f"{self._address}/api/v1/{path}?{urlencode(query)}") as answer:
            return json.load(answer)["data"]

    def until(self, query: str, expected: Values, *labels: str) -> None:
        """Ask until a query gives the expected values by `labels`; fail after the deadline."""
        end = time.monotonic() + DEADLINE_S
        found: Values = {}
        while time.monotonic() < end:
            with suppress(URLError, ConnectionError):  # it is still starting
                found = self._values(query, labels)
            if found == expected:
                return
            self._wait()
        raise AssertionError(f"{query} is {found}, not {expected}, after {DEADLINE_S:g} s")

    def _values(self, query: str, labels: Sequence[str]) -> Values:
        series = self.get("query", query=query)["result"]
        return {tuple(one["metric"].get(label, "") for label in labels): float(one["value"][1]) for one in series}

    def _wait(self) -> None:
        try:
            code = self._process.wait(BETWEEN_S)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError(f"prometheus ended with {code}: {self._log.read_text()}")


@contextmanager
def scraping(target: str, folder: Path, rules: str) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes `host:port` every second and judges these alert rules."""
    program = needed("prometheus")
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    settings = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "docpipe", "static_configs": [{"targets": [target]}]}],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    log = folder / "prometheus.log"
    with log.open("wb") as written, subprocess.Popen(command, stdout=written, stderr=written) as process:
        try:
            yield Prometheus(f"http://127.0.0.1:{port}", process, log)
        finally:
            process.terminate()
