"""Keeps the policy's closed rungs and cool-downs in a file beside the cache, for the process that comes after this one.

One file for each configuration and machine. What is damaged, foreign or too old is ignored, and the log says so.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from docpipe.config import PipelineConfig
from docpipe.files.atomic import write_atomic
from docpipe.policy.core.kept import KeptStage, after_ns
from docpipe.policy.core.plan import Plan

log = logging.getLogger("docpipe.policy")

SCHEMA = 1
MOST_BYTES = 1 << 20
FOLDER = "policy"
"""Of the cache directory; the default of `runtime.state_dir`."""
ENVIRONMENT = "DOCPIPE_STATE"
PATTERN = f"{'[0-9a-f]' * 16}-{'[0-9a-f]' * 8}.json"

_STAGES = TypeAdapter(tuple[KeptStage, ...])


class KeptState:
    """The file of one configuration on this machine. Safe from any thread; not being able to write stops nothing."""

    def __init__(self, folder: Path, config_sha256: str, *, unix_clock: Callable[[], int] = time.time_ns) -> None:
        self._of = {"schema": SCHEMA, "config": config_sha256, "machine": machine()}
        self.path = folder / f"{config_sha256[:16]}-{machine()[:8]}.json"
        self._unix_clock = unix_clock
        self._lock = threading.Lock()
        self._complained = False

    def load(self, plan: Plan) -> tuple[KeptStage, ...]:
        """Return what an earlier process left that still counts; nothing where it left nothing."""
        try:
            with self.path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return ()
        except OSError as e:
            return self._ignore(str(e.strerror))
        try:
            body = _read(data)
            if {key: body.get(key) for key in self._of} != self._of:
                return self._ignore("it belongs to another configuration, machine or version")
            stages, written = _STAGES.validate_python(body["stages"]), int(body["unix_ns"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as e:
            return self._ignore(f"it is damaged: {' '.join(str(e).split())[:100]}")
        left = after_ns(plan, stages, max(self._unix_clock() - written, 0))
        return left if left else self._ignore("it is too old")

    def save(self, stages: tuple[KeptStage, ...]) -> None:
        """Write what must be kept, or remove the file where nothing must."""
        with self._lock:
            try:
                if stages:
                    body = self._of | {
                        "unix_ns": self._unix_clock(),
                        "stages": _STAGES.dump_python(stages, mode="json"),
                    }
                    write_atomic(self.path, json.dumps(body) + "\n", durable=False)
                else:
                    self.path.unlink(missing_ok=True)
            except OSError as e:
                if not self._complained:
                    log.warning("docpipe.policy_state_unwritten path=%s reason=%r", self.path, e.strerror)
                self._complained = True

    def _ignore(self, reason: str) -> tuple[KeptStage, ...]:
        log.warning("docpipe.policy_state_ignored path=%s reason=%r", self.path, reason)
        return ()


def _read(data: bytes) -> Mapping[str, Any]:
    if len(data) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    body = json.loads(data)
    if not isinstance(body, dict):
        raise ValueError("no JSON object")
    return body


def kept_state(config: PipelineConfig, pins: Mapping[str, str] | None = None) -> KeptState | None:
    """Return where a configuration's state is kept; None where that is switched off.

    Faults on purpose prove nothing about a machine: a configuration with some keeps nothing.
    """
    folder = state_dir(config)
    return None if folder is None or config.faults else KeptState(folder, config.sha256(pins))


def state_dir(config: PipelineConfig) -> Path | None:
    """Return the folder of `runtime.state_dir`, else of `DOCPIPE_STATE`, else beside the cache; None: switched off."""
    given: str | bool | None = config.runtime.state_dir
    if given is None:
        given = os.environ.get(ENVIRONMENT) or None
    if given is False or given == "off":
        return None
    return config.runtime.cache() / FOLDER if given is None else Path(str(given)).expanduser()


def reset(folder: Path, config: PipelineConfig | None = None) -> Iterator[Path]:
    """Remove the state of a configuration without pins, or of all; yield what is removed.

    Raises:
        OSError: a file cannot be removed.
    """
    of_config = "" if config is None else config.sha256()[:16]
    for path in sorted(folder.glob(PATTERN)):
        if path.name.startswith(of_config):
            path.unlink(missing_ok=True)
            yield path


def machine() -> str:
    """Return a hash that tells this machine, or container, from others."""
    try:
        number = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        number = ""
    return blake2b(f"{platform.node()}\x1f{platform.machine()}\x1f{number}".encode(), digest_size=8).hexdigest()
