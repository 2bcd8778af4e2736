"""Threads of one process are its workers: what one of them proves says nothing of another, whatever they are called."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from docpipe.errors import OutOfMemory
from docpipe.pipeline import Pipeline
from docpipe.runtime.protocol import ModelRef, Prediction
from tests.batch.stand_in import StandIn, config_of

PAGE = np.full((64, 64, 3), 0, np.uint8)


class FullForSome(StandIn):
    """Main runs out of memory on threads that say so."""

    def __init__(self) -> None:
        super().__init__()
        self.full = threading.local()

    def infer(self, ref: ModelRef, *more: Any, **named: Any) -> list[Prediction]:
        if ref.name == "PP-OCRv6_medium_det" and getattr(self.full, "now", False):
            raise OutOfMemory("device")
        return super().infer(ref, *more, **named)


def test_in_a_row_is_counted_by_thread_even_where_threads_share_a_name():
    """Out of memory on one thread, a success on another one after each: three in a row all the same."""
    runtime = FullForSome()
    config = config_of(policy={"ooms": {"degrade_at": 3, "within_s": 600, "in_a_row": True}})
    with (
        Pipeline(config, runtime=runtime) as pipeline,
        ThreadPoolExecutor(1, "reader") as full,
        ThreadPoolExecutor(1, "reader") as well,
    ):

        def read(now: bool) -> str:
            runtime.full.now = now
            return pipeline.run(PAGE).stages["text_detection"].rung

        rungs = []
        for _ in range(3):
            rungs.append(full.submit(read, True).result())
            rungs.append(well.submit(read, False).result())
        assert rungs == ["light", "main", "light", "main", "light", "light"]
        assert pipeline.policy.state["text_detection"].causes[-1].reason == "3 out of memory in a row"


def test_a_success_of_the_same_thread_starts_the_row_anew():
    runtime = FullForSome()
    config = config_of(policy={"ooms": {"degrade_at": 3, "within_s": 600, "in_a_row": True}})
    with Pipeline(config, runtime=runtime) as pipeline:
        for now in (True, True, False, True, True):
            runtime.full.now = now
            pipeline.run(PAGE)
        assert pipeline.policy.state["text_detection"].rung == "main"
