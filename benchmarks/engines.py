"""CPU time of the two text stages on ONNX Runtime and on OpenVINO, picture by picture in turns.

    python benchmarks/engines.py LABELS [--first 10] [--rounds 2] [--threads 1] [--config invoice]

LABELS is a labelled set of pictures, as for `docpipe evaluate`. Both engines live in one process; which one reads a
picture first changes with every picture. OpenVINO compiles for each shape that it meets, so the first round is shown
beside the later ones. Times are CPU seconds a picture, medians over the pictures; take them as ratios.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from machine import describe

from docpipe.config import load_config
from docpipe.document import Document, Page
from docpipe.lab.evaluation.labels import read_sets
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.text_detection import TextDetection
from docpipe.stages.text_recognition import TextRecognition

ENGINES = ("onnxruntime", "openvino")
STAGES = ("text_detection", "text_recognition")


def main() -> None:
    options = _options()
    (labelled,) = read_sets([options.labels])
    files = [str(labelled.folder / label.file) for label in labelled.first(options.first).labels]
    print(describe(sample=f"{options.labels.name}, first {len(files)}, {options.threads} thread(s)"))
    cv2.setNumThreads(options.threads)
    ladders = dict(load_config(options.config).each_stage())
    rungs = [ladders[stage].ladder[0].use for stage in STAGES]
    uses = {engine: [use.model_copy(update={"engine": engine}) for use in rungs] for engine in ENGINES}
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=options.threads))
    for engine in ENGINES:
        for use in uses[engine]:
            for ref in use.models():
                runtime.load(ref)
    for number in range(1, options.rounds + 1):
        took = _read(files, uses, runtime)
        for stage in (*STAGES, "both"):
            ours, theirs = (median(took[engine, stage]) for engine in reversed(ENGINES))
            print(
                f"round {number} {stage}: onnxruntime {theirs:.3f} s, openvino {ours:.3f} s, ratio {ours / theirs:.2f}"
            )


def _read(files: list[str], uses: dict[str, list], runtime: PaddleRuntime) -> dict[tuple[str, str], list[float]]:
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number, file in enumerate(files):
        image = np.asarray(cv2.imread(file), dtype=np.uint8)
        height, width = image.shape[:2]
        for engine in ENGINES if number % 2 else reversed(ENGINES):
            document = Document("", "", "", "", 0, 1, (Page(1, width, height, image),))
            spent = []
            for stage, name, use in zip((TextDetection(), TextRecognition()), STAGES, uses[engine], strict=True):
                started = time.process_time()
                document = stage.run(document, use, runtime)
                spent.append(time.process_time() - started)
                took[engine, name].append(spent[-1])
            took[engine, "both"].append(sum(spent))
    return took


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--first", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--config", default="invoice")
    return parser.parse_args()


if __name__ == "__main__":
    main()
