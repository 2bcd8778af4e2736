"""What each rung of the text stages costs and saves: every rung reads the same labelled pictures, in turns.

    python benchmarks/text_rungs.py path/to/labels.jsonl --out FOLDER [--first N] [--threads 1]
        [--scorer path/to/score.py] [--config invoice]

Detection's rungs are each followed by recognition's best, recognition's rungs each read what detection's best found.
Labels are as in `benchmarks/peers.py`. Rungs take turns on each picture, in an order that moves on by one with every
picture, after one picture that is not counted. Besides wall time, which other work on the machine lengthens, CPU time
is given. `said` is the share of labelled totals and dates whose letters and digits stand in one of the lines.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

import cv2
import numpy as np
from machine import describe
from peers import score, write

from docpipe.config import load_config
from docpipe.document import Document, Image, Page
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.text_detection import TextDetection
from docpipe.stages.text_recognition import TextRecognition

SAID = ("total", "date")


@dataclass
class Tally:
    """What one rung took on each picture, in seconds, and how many labelled values its lines hold."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    said: int = 0
    asked: int = 0


def main() -> None:
    options = _options()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    print(describe(sample=f"{options.labels.parent.name}, first {options.first or 'all'}, {options.threads} threads"))
    stages = load_config(options.config).stages
    detectors = {rung.name: rung.use for rung in stages.text_detection.ladder}
    recognisers = {rung.name: rung.use for rung in stages.text_recognition.ladder}
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=options.threads))
    for settings in (*detectors.values(), *recognisers.values()):
        for ref in settings.models():
            runtime.load(ref)
    tallies = {f"detection {name}": Tally() for name in detectors} | {f"recognition {n}": Tally() for n in recognisers}
    entries = [json.loads(text) for text in options.labels.read_text(encoding="utf-8").split("\n") if text.strip()]
    for turn, entry in enumerate([entries[0], *entries[: options.first]]):
        image = cv2.imread(str(options.labels.parent / entry["file"]))
        if image is None:
            print(f"left out, not a picture: {entry['file']}")
            continue
        document = _document(np.asarray(image, dtype=np.uint8))
        best: Document | None = None
        for name in _turned(list(detectors), turn):
            found = _timed(tallies[f"detection {name}"], TextDetection(), document, detectors[name], runtime)
            if name == next(iter(detectors)):
                best = found
                continue
            read = TextRecognition().run(found, recognisers["main"], runtime)
            _keep(options.out / f"detection {name}", entry, read, tallies[f"detection {name}"])
        assert best is not None
        for name in _turned(list(recognisers), turn):
            read = _timed(tallies[f"recognition {name}"], TextRecognition(), best, recognisers[name], runtime)
            _keep(options.out / f"recognition {name}", entry, read, tallies[f"recognition {name}"])
            if name == "main":
                _keep(options.out / "detection main", entry, read, tallies["detection main"])
        if turn == 0:
            for name in tallies:
                tallies[name] = Tally()
    for name, tally in tallies.items():
        print(
            f"{name:22} {len(tally.wall)} pictures, s a picture: CPU mean {mean(tally.cpu):.3f}, "
            f"wall mean {mean(tally.wall):.3f}, median {median(tally.wall):.3f}; said {tally.said} of {tally.asked}"
        )
        if options.scorer:
            score(options.scorer, options.labels, options.out / name, options.first)


def _turned(names: list[str], turn: int) -> list[str]:
    at = turn % len(names)
    return names[at:] + names[:at]


def _timed(tally: Tally, stage: Any, document: Document, settings: Any, runtime: PaddleRuntime) -> Document:
    wall, cpu = time.perf_counter(), time.process_time()
    result: Document = stage.run(document, settings, runtime)
    tally.wall.append(time.perf_counter() - wall)
    tally.cpu.append(time.process_time() - cpu)
    return result


def _document(image: Image) -> Document:
    height, width = image.shape[:2]
    return Document("", "", "", "", 0, 1, (Page(1, width, height, image),))


def _keep(folder: Path, entry: dict[str, Any], read: Document, tally: Tally) -> None:
    page = read.pages[0]
    assert page.image is not None
    lines = [(line.text, line.confidence, [list(point) for point in line.polygon]) for line in read.lines]
    write(folder / f"{Path(entry['file']).name}.json", entry["file"], page.image, lines)
    texts = [_bare(text) for text, _, _ in lines]
    for name in SAID:
        value = _bare(str(entry.get("fields", {}).get(name) or ""))
        if value:
            tally.asked += 1
            tally.said += any(value in text for text in texts)


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--config", default="invoice")
    return parser.parse_args()


if __name__ == "__main__":
    main()
