"""Detectors and recognisers in every pairing, beside each other: CPU seconds, words, spotting, paired by document.

    python benchmarks/detector_candidates.py LABELS --out FOLDER [--first N] [--config invoice]
        --detectors PP-OCRv6_small_det@1280 PP-OCRv6_tiny_det@960

A detector is MODEL@LONG_SIDE; all else of its settings is that of the pipeline file's best detection rung. Each finds
the lines of a picture once, and every recognition rung of the pipeline file reads what it found. Detectors take turns
on each picture, in an order that moves on by one with every picture. Every reading is kept in FOLDER: what is there is
not done again, so that candidates and pictures can be added. Seconds of one run compare, those of runs apart do not.

`beaten by` names, for words and for spotting, the best of the pairings that cost less: by how much it is better, with
the 95 % interval of the difference (bootstrap over documents, both read the same ones). Where that is below 0 the
pairing lies on the frontier.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import cv2
import numpy as np
from machine import describe

sys.path.insert(0, str(Path(__file__).parent / "throughput"))

from frontier import MEASURES, rivals
from readers import result_of

from docpipe.adapter.original_page import on_original_pages
from docpipe.config import load_config
from docpipe.document import Document, Page
from docpipe.lab.evaluation.labels import LabelledSet, read_sets
from docpipe.lab.evaluation.readings import ResultFolder
from docpipe.lab.evaluation.scoring import score_set
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.text_detection import TextDetection
from docpipe.stages.text_recognition import TextRecognition


def main() -> None:
    options = _options()
    os.environ["OMP_NUM_THREADS"] = "1"
    cv2.setNumThreads(1)
    (labelled,) = read_sets([options.labels])
    labelled = labelled.first(options.first)
    print(describe(seed=0, sample=f"{labelled.name}, {len(labelled.labels)} documents, 1 thread"))
    costs = read_all(labelled, options.detectors, options.config, options.out)
    report(labelled, costs, options.out)


def read_all(labelled: LabelledSet, detectors: Sequence[str], config: str, out: Path) -> Mapping[str, list[float]]:
    """Read every picture by every pairing that has no reading yet; return the CPU seconds of all, by pairing."""
    stages = load_config(config).stages
    best = stages.text_detection.ladder[0].use
    uses = {name: best.model_copy(update=_model_and_side(name)) for name in detectors}
    recognisers = {rung.name: rung.use for rung in stages.text_recognition.ladder}
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=1))
    for use in (*uses.values(), *recognisers.values()):
        for ref in use.models():
            runtime.load(ref)
    costs: dict[str, list[float]] = {f"{d}/{r}": [] for r in recognisers for d in detectors}
    warm: set[str] = set()
    for turn, label in enumerate(labelled.labels):
        file = labelled.folder / label.file
        at = turn % len(detectors)
        for name in [*detectors[at:], *detectors[:at]]:
            kept = {r: out / f"{name}+{r}" / f"{file.name}.json" for r in recognisers}
            if not all(path.exists() for path in kept.values()):
                image = np.asarray(cv2.imread(str(file)), dtype=np.uint8)
                for _ in range(1 if name in warm else 2):  # the first reading of a process is not counted
                    read = _read(file, image, uses[name], recognisers, runtime)
                warm.add(name)
                for r, answer in read.items():
                    kept[r].parent.mkdir(parents=True, exist_ok=True)
                    kept[r].write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
            for r, path in kept.items():
                costs[f"{name}/{r}"].append(json.loads(path.read_text(encoding="utf-8"))["cpu_s"])
    return costs


def _read(
    file: Path, image: Any, detection: Any, recognisers: Mapping[str, Any], runtime: PaddleRuntime
) -> Mapping[str, Mapping[str, Any]]:
    height, width = image.shape[:2]
    document = Document("", "", "", "", 0, 1, (Page(1, width, height, image),))
    started = time.process_time()
    found = TextDetection().run(document, detection, runtime)
    detecting = time.process_time() - started
    answers = {}
    for name, use in recognisers.items():
        started = time.process_time()
        lines = on_original_pages(TextRecognition().run(found, use, runtime)).lines
        spent = detecting + time.process_time() - started
        rows = [(line.text, line.confidence, [list(p) for p in line.polygon]) for line in lines]
        answers[name] = {**result_of(str(file), image, rows), "cpu_s": spent, "detection_cpu_s": detecting}
    return answers


def report(labelled: LabelledSet, costs: Mapping[str, list[float]], out: Path) -> None:
    """Print one line for each pairing, the dearest first, and by what it is beaten."""
    folders = {name: ResultFolder(out / name.replace("/", "+")) for name in costs}
    (whole, *_) = score_set(labelled, folders, resamples=20)
    columns = {column.name: column for column in whole.columns}
    spent = {name: mean(seconds) for name, seconds in costs.items()}
    found = {measure: rivals(spent, columns, measure) for measure in MEASURES}
    print(f"{'pairing':36} {'CPU s':>6} {'ratio':>6} {'words':>6} {'spotting':>8}   beaten by")
    for name in sorted(spent, key=lambda n: -spent[n]):
        words, spotting = (columns[name].scores[measure].value or 0.0 for measure in MEASURES)
        beaten = "; ".join(f"{measure} {found[measure][name]}" for measure in MEASURES if name in found[measure])
        ratio = spent[name] / max(spent.values())
        print(f"{name:36} {spent[name]:6.3f} {ratio:6.3f} {words:6.4f} {spotting:8.4f}   {beaten}")


def _model_and_side(name: str) -> dict[str, object]:
    model, _, side = name.rpartition("@")
    return {"model_name": model, "limit_side_len": int(side)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--detectors", nargs="+", required=True, metavar="MODEL@LONG_SIDE")
    parser.add_argument("--first", type=int)
    parser.add_argument("--config", default="invoice")
    return parser.parse_args()


if __name__ == "__main__":
    main()
