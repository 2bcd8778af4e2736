"""A pipeline file that is swapped again and again, and what may be seen of it: for the test and the benchmark.

Version n pins all four stages: an even one to the best rungs, an odd one a level lower. A document that got two
stages of different levels was decided on a mixed configuration.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import Any

import yaml

from docpipe.control.controller import PolicyControl
from docpipe.files.shipped import find
from docpipe.policy.core.values import Assignment, Outcome, Sample

INVALID_EVERY = 5
FOR_EVER = "2999-01-01T00:00:00+00:00"


def is_valid(version: int) -> bool:
    """Whether a version is one that must be taken."""
    return version % INVALID_EVERY != 0 or version == 0


def text_of(version: int) -> str:
    """Return the file's text; every fifth version is wrong, each time in another way."""
    data: dict[str, Any] = yaml.safe_load(find("configs", "drills/quick").read_text(encoding="utf-8"))
    for stage in data["stages"].values():
        rung = stage["ladder"][version % 2]["name"]
        stage["pin"] = {"rung": rung, "until": FOR_EVER, "reason": f"version {version}"}
    if not is_valid(version):
        wrong = version // INVALID_EVERY % 4
        if wrong == 0:
            return yaml.safe_dump(data) + "policy: [torn"
        if wrong == 1:
            data["policy"]["p95_ms"] = {"degrade_above": 600, "recover_below": 650}
        elif wrong == 2:
            data["stages"]["key_fields"]["pin"]["rung"] = "no such rung"
        else:
            data["stages"]["text_detection"]["ladder"].pop()
            del data["stages"]["text_detection"]["pin"]
    return yaml.safe_dump(data)


class Replaced:
    """A plain file, written beside itself and renamed over."""

    def __init__(self, root: Path) -> None:
        self.file = root / "pipeline.yaml"

    def swap(self, version: int) -> None:
        """Put a version in place."""
        beside = self.file.with_suffix(".new")
        beside.write_text(text_of(version), encoding="utf-8")
        os.replace(beside, self.file)


class ConfigMap:
    """A file as the kubelet mounts it: a link into `..data`, a link itself that is swapped by a rename."""

    def __init__(self, root: Path) -> None:
        self.root, self.file = root, root / "pipeline.yaml"

    def swap(self, version: int) -> None:
        """Put a version in place."""
        data = self.root / f"..2026_{version}"
        data.mkdir()
        (data / "pipeline.yaml").write_text(text_of(version), encoding="utf-8")
        (self.root / "..tmp").symlink_to(data.name)
        os.replace(self.root / "..tmp", self.root / "..data")
        if not self.file.is_symlink():
            self.file.symlink_to("..data/pipeline.yaml")


class Load:
    """One caller that asks for rungs and reports samples without a pause; keeps what it may not see."""

    def __init__(self, control: PolicyControl, name: str) -> None:
        self.control, self.name = control, name
        self.documents = 0
        self.mixed: list[Assignment] = []
        self.crashed: BaseException | None = None
        self.epochs: dict[int, int] = {}
        """Level by configuration epoch, as seen by this caller."""

    def run(self, done: Any) -> None:
        """Ask until `done` is set."""
        try:
            while not done.is_set():
                self.one()
        except BaseException as e:
            self.crashed = e

    def one(self) -> None:
        """Take one document through its assignment and back."""
        assignment, route = self.control.router.assign(f"{self.name}-{self.documents}")
        self.documents += 1
        levels = {choice.level for choice in assignment.choices}
        known = self.epochs.setdefault(assignment.config_epoch, min(levels))
        if len(levels) > 1 or known not in levels or len(route) != 4:
            self.mixed.append(assignment)
        for choice in assignment.choices:
            sample = Sample(choice.stage, choice.rung, choice.epoch, Outcome.OK, 1_000_000, worker=self.name)
            self.control.engine.record(sample)
        self.control.router.drop(assignment)


class Heard(logging.Handler):
    """Notes what the watcher said last."""

    def __init__(self) -> None:
        super().__init__()
        self.said = threading.Event()
        self.refused = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a refusal and wake whoever waits."""
        if record.msg.startswith(("docpipe.policy_refused", "docpipe.policy_loaded")):
            self.refused += "refused" in record.msg
            self.said.set()
