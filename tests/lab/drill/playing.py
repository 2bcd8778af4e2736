"""Drills on a clock that only the drill itself moves, with a runtime whose models take a set time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from docpipe.config import load_config
from docpipe.document import Image
from docpipe.lab.drill.run import DrillResult, run_drill
from docpipe.lab.drill.script import Script, load_script
from docpipe.lab.synth.plain import draw_receipts
from docpipe.runtime.protocol import ModelRef, Prediction
from docpipe.testing import FakeClock, FakeRuntime

START_NS = 1_000_000_000_000
LINE = {"rec_text": ("TOTAL", (5, [["T", "O", "T", "A", "L"]], [[1, 3, 5, 7, 9]], ["en&num"])), "rec_score": 0.99}
FOUND = {"dt_polys": [[[12, 12], [180, 12], [180, 36], [12, 36]]], "dt_scores": [0.9]}
PREDICTIONS = {
    name: LINE if name.endswith("rec") else FOUND
    for name in ("PP-OCRv6_small_det", "PP-OCRv4_mobile_det", "PP-OCRv6_small_rec", "PP-OCRv4_mobile_rec")
}


class TimedRuntime(FakeRuntime):
    """Models that take 50 ms of the clock's time for each call."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(PREDICTIONS)
        self.clock = clock

    def infer(
        self, ref: ModelRef, images: Sequence[Image], options: Mapping[str, object] | None = None
    ) -> list[Prediction]:
        self.clock.advance(0.05)
        return super().infer(ref, images, options)


def play(out: Path, script: Script | str, config: str = "drills/quick") -> tuple[DrillResult, list[tuple[float, str]]]:
    """Play a script against a shipped pipeline file; return its outcome and what was said."""
    loaded, clock = load_config(config), FakeClock(START_NS)
    told: list[tuple[float, str]] = []
    outcome = run_drill(
        loaded,
        load_script(script, loaded) if isinstance(script, str) else script,
        list(draw_receipts(3)),
        out,
        say=lambda second, text: told.append((second, text)),
        clock=clock,
        wait=clock.advance,
        runtime=TimedRuntime(clock),
        tick_s=3600,
    )
    return outcome, told
