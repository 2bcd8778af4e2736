"""Reads the same labelled documents with docpipe's text stages and with its peers, one after the other, and times them.

    python benchmarks/peers.py path/to/labels.jsonl --out FOLDER [--readers docpipe rapidocr ...] [--first N]
        [--threads 2] [--scorer path/to/score.py] [--config invoice]

Labels are one JSON object a line with `file`, a picture beside the labels. Every reader gets the same models
(PP-OCRv6_small), the same decoded pictures and the same number of threads, and takes turns on each picture, so that a
machine that slows down slows all of them. Results are written as `FOLDER/<reader>/<picture>.json` with the lines and an
empty remainder; a scorer of labelled lines, if one is given, is called as `score.py --labels LABELS --results FOLDER`.

Peers: RapidOCR 3.10 with and without its angle classifier, and PaddleOCR's own pipeline with its default limits and
with the long side at 960; in the latter no orientation, unwarping or line orientation, as there are no such models in
the packages that docpipe installs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

import cv2
import numpy as np
from machine import describe

from docpipe.adapter.original_page import on_original_pages
from docpipe.config import load_config
from docpipe.document import Document, Image, Page
from docpipe.runtime.paddle import PaddleRuntime, import_paddle
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.text_detection import TextDetection
from docpipe.stages.text_recognition import TextRecognition

Line = tuple[str, float, list[list[float]]]
Reader = Callable[[Image], list[Line]]

DETECTION, RECOGNITION = "PP-OCRv6_small_det", "PP-OCRv6_small_rec"


def main() -> None:
    options = _options()
    print(describe(sample=f"{options.labels}, first {options.first or 'all'}, {options.threads} threads"))
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    readers = {name: READERS[name](options) for name in options.readers}
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    for file in _files(options.labels)[: options.first]:
        image = cv2.imread(str(options.labels.parent / file))
        if image is None:
            print(f"left out, not a picture: {file}")
            continue
        picture = np.asarray(image, dtype=np.uint8)
        for name, read in readers.items():
            started = time.perf_counter()
            lines = read(picture)
            seconds[name].append(time.perf_counter() - started)
            write(options.out / name / f"{Path(file).name}.json", file, picture, lines)
    for name, times in seconds.items():
        if times:
            print(f"{name:24} {len(times)} pictures, s a picture: mean {mean(times):.2f}, median {median(times):.2f}")
            if options.scorer:
                score(options.scorer, options.labels, options.out / name, options.first)


def docpipe_reader(options: argparse.Namespace) -> Reader:
    """Return docpipe's two stages on the best rungs of a pipeline file."""
    stages = load_config(options.config).stages
    detection, recognition = stages.text_detection.ladder[0].use, stages.text_recognition.ladder[0].use
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=options.threads))
    for ref in (*detection.models(), *recognition.models()):
        runtime.load(ref)

    def read(image: Image) -> list[Line]:
        height, width = image.shape[:2]
        document = Document("", "", "", "", 0, 1, (Page(1, width, height, image),))
        found = TextDetection().run(document, detection, runtime)
        lines = on_original_pages(TextRecognition().run(found, recognition, runtime)).lines
        return [(line.text, line.confidence, [list(point) for point in line.polygon]) for line in lines]

    return read


def rapidocr_reader(options: argparse.Namespace, classify: bool) -> Reader:
    """Return RapidOCR with its own defaults."""
    from rapidocr import RapidOCR

    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": options.threads}
    engine = RapidOCR(params={**threads, "Global.use_cls": classify, "Global.log_level": "error"})

    def read(image: Image) -> list[Line]:
        found: Any = engine(image)
        if found.boxes is None:
            return []
        return [
            (text, float(score), np.asarray(box, float).tolist())
            for text, score, box in zip(found.txts, found.scores, found.boxes, strict=True)
        ]

    return read


def paddleocr_reader(options: argparse.Namespace, limits: Mapping[str, object]) -> Reader:
    """Return PaddleOCR's pipeline on the model directories that docpipe prepares."""
    settings = RuntimeSettings(cpu_threads=options.threads)
    import_paddle(settings.cache(), "onnxruntime")
    from paddleocr import PaddleOCR

    engine = PaddleOCR(
        text_detection_model_name=DETECTION,
        text_detection_model_dir=str(resolve(ModelRef("text_detection", DETECTION), settings).dir),
        text_recognition_model_name=RECOGNITION,
        text_recognition_model_dir=str(resolve(ModelRef("text_recognition", RECOGNITION), settings).dir),
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        engine="onnxruntime",
        engine_config={"intra_op_num_threads": options.threads},
        device="cpu",
        **limits,
    )

    def read(image: Image) -> list[Line]:
        (found,) = engine.predict(image)
        return [
            (text, float(score), np.asarray(box, float).tolist())
            for text, score, box in zip(found["rec_texts"], found["rec_scores"], found["rec_polys"], strict=True)
        ]

    return read


READERS: Mapping[str, Callable[[argparse.Namespace], Reader]] = {
    "docpipe": docpipe_reader,
    "rapidocr": lambda options: rapidocr_reader(options, classify=True),
    "rapidocr-no-classifier": lambda options: rapidocr_reader(options, classify=False),
    "paddleocr": lambda options: paddleocr_reader(options, {}),
    "paddleocr-960": lambda options: paddleocr_reader(
        options, {"text_det_limit_type": "max", "text_det_limit_side_len": 960}
    ),
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--readers", nargs="+", choices=list(READERS), default=list(READERS))
    parser.add_argument("--first", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--config", default="invoice", help="the pipeline file whose best rungs docpipe reads by")
    return parser.parse_args()


def _files(labels: Path) -> list[str]:
    entries = [json.loads(text) for text in labels.read_text(encoding="utf-8").split("\n") if text.strip()]
    return [entry["file"] for entry in entries if entry["file"]]


def write(path: Path, file: str, image: Image, lines: Sequence[Line]) -> None:
    height, width = image.shape[:2]
    boxes = [np.asarray(polygon) for _, _, polygon in lines]
    page = {
        "page": 1,
        "width": width,
        "height": height,
        "lines": [
            {"id": f"1-{n}", "text": text, "confidence": score, "polygon": polygon,
             "bbox": [*box.min(axis=0).tolist(), *box.max(axis=0).tolist()]}
            for n, ((text, score, polygon), box) in enumerate(zip(lines, boxes, strict=True), start=1)
        ],
    }  # fmt: skip
    result = {"status": "ok", "document": {"path": file}, "pages": [page], "fields": {}, "line_items": [], "tables": []}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


def score(scorer: Path, labels: Path, results: Path, first: int | None) -> None:
    command = [sys.executable, str(scorer), "--labels", str(labels), "--results", str(results)]
    done = subprocess.run(
        command + (["--first", str(first)] if first else []), check=True, capture_output=True, text=True
    )
    print(
        "\n".join(
            f"    {row}" for row in done.stdout.splitlines() if row.strip().startswith(("words", "spot", "det", "rec"))
        )
    )


if __name__ == "__main__":
    main()
