"""How docpipe's text stages gain by threads and workers, beside what the machine itself gains by two processes.

Every load runs in one and two processes, with one and two threads each, on pictures that the processes share out. The
pure engine is the detector's network on one fixed page, over and over: nothing but arithmetic. What two processes of
it reach is all that the machine has to give, and docpipe's two workers are held against that.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

ENGINE_RUNS = 24
"""Of the pure engine, shared out among the processes: a few seconds."""
ENGINE_PAGE = (1, 3, 960, 704)
COMBINATIONS = ((1, 1), (1, 2), (2, 1), (2, 2))
"""Threads and processes."""

Spent = tuple[float, float, float]
"""Begin and end by the machine's clock, and CPU seconds between."""


@dataclass(frozen=True)
class ScalingRow:
    """One load: seconds; `gain` is its pace over that of one process with one thread."""

    load: str
    threads: int
    processes: int
    per_s: float
    gain: float
    cpu_s: float


def measure(files: Sequence[str], config: str) -> list[ScalingRow]:
    """Run both loads in all combinations, one after the other."""
    rows: list[ScalingRow] = []
    for load, units in (("engine", ENGINE_RUNS), ("docpipe", len(files))):
        single = 0.0
        for threads, processes in COMBINATIONS:
            spent = _run(load, threads, processes, files, config)
            pace = units / (max(end for _, end, _ in spent) - min(begin for begin, _, _ in spent))
            single = single or pace
            rows.append(ScalingRow(load, threads, processes, pace, pace / single, sum(s[2] for s in spent) / units))
    return rows


def describe_rows(rows: Sequence[ScalingRow]) -> str:
    """Return the rows as a table."""
    head = f"{'load':10}{'threads':>9}{'processes':>11}{'per s':>9}{'gain':>7}{'CPU s each':>12}"
    lines = (
        f"{r.load:10}{r.threads:9}{r.processes:11}{r.per_s:9.2f}{r.gain:7.2f}{r.cpu_s:12.3f}"
        for r in rows
    )  # fmt: skip
    return "\n".join([head, *lines])


def _run(load: str, threads: int, processes: int, files: Sequence[str], config: str) -> list[Spent]:
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(processes), context.SimpleQueue()
    os.environ["OMP_NUM_THREADS"] = str(threads)
    children = [
        context.Process(
            target=_work, args=(load, threads, list(files[n::processes]), config, processes, start, answers)
        )
        for n in range(processes)
    ]
    for child in children:
        child.start()
    found = [answers.get() for _ in children]
    for child in children:
        child.join()
    return found


def _work(
    load: str, threads: int, files: Sequence[str], config: str, processes: int, start: Barrier, answers: Any
) -> None:
    """Get ready, wait for the others, do this process's share, and say how long it took."""
    import cv2

    cv2.setNumThreads(threads)
    todo = _engine(threads, ENGINE_RUNS // processes) if load == "engine" else _docpipe(threads, files, config)
    todo[0]()
    start.wait()
    begin, cpu = time.monotonic(), time.process_time()
    for step in todo:
        step()
    answers.put((begin, time.monotonic(), time.process_time() - cpu))


def _engine(threads: int, runs: int) -> list[Callable[[], object]]:
    import numpy as np
    from readers import prepared

    from docpipe.runtime.ort.network import OrtNetwork

    network = OrtNetwork(prepared("text_detection", "PP-OCRv6_small_det") / "inference.onnx", "cpu", threads)
    page = np.zeros(ENGINE_PAGE, dtype=np.float32)
    return [lambda: network.run({network.inputs[0]: page})] * runs


def _docpipe(threads: int, files: Sequence[str], config: str) -> list[Callable[[], object]]:
    from readers import docpipe_text

    read = docpipe_text(threads, config)
    return [lambda file=file: read(file) for file in files]  # type: ignore[misc]
