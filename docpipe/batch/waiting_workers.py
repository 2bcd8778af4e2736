"""Worker processes that are forked while this process has one thread, and wait to be told what to do.

A spawned worker imports docpipe again, which costs 0.7 s of processor time; a forked one finds it imported. Forking is
safe only as long as nothing else runs in the process: no thread that may hold a lock, no engine, no GPU. So it is done
once, at the start of a run; workers that come later are spawned.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from docpipe.batch.worker import die_with, work
from docpipe.batch.worker_messages import Start
from docpipe.config import PipelineConfig
from docpipe.runtime.manifest import load_manifest

ENGINES = frozenset({"paddle", "onnxruntime", "openvino"})
"""Modules that start threads of their own, which a fork loses."""


@dataclass(frozen=True, slots=True)
class WaitingWorker:
    """A forked process, and the end of its pipe that it is told by."""

    process: BaseProcess
    pipe: Connection


def fork_workers(config: PipelineConfig) -> list[WaitingWorker]:
    """Fork the workers that a run asks for; none where that is not safe, and all will be spawned."""
    if not _forks(config):
        return []
    load_manifest()  # which each of them, and this process, would read again
    context = multiprocessing.get_context("fork")
    gc.freeze()  # what is there lives as long as the process: no worker goes through it again, or copies its pages
    waiting: list[WaitingWorker] = []
    for _ in range(config.workers):
        ours, theirs = context.Pipe()
        others = (*(worker.pipe for worker in waiting), ours)
        process = context.Process(
            target=_wait, args=(theirs, os.getpid(), others), name="docpipe-worker", daemon=True
        )  # fmt: skip
        process.start()
        theirs.close()
        waiting.append(WaitingWorker(process, ours))
    return waiting


def _forks(config: PipelineConfig) -> bool:
    devices = {ref.device or config.runtime.device for ref in config.models()}
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and not ENGINES & sys.modules.keys()
        and devices <= {"cpu"}
    )


def _wait(pipe: Connection, parent: int, others: Sequence[Connection]) -> None:
    """Wait until the parent says what to do, or is gone; runs in the forked process. `others` are its parent's ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # how the parent ends workers that it never needed
    die_with(parent)
    for end in others:
        end.close()
    try:
        start = pipe.recv()
    except (EOFError, OSError):
        return
    if isinstance(start, Start):
        work(pipe, parent, start)
