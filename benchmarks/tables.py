"""Measures table_structure on labelled table pictures: similarity of structure, of structure and text, and time.

    python benchmarks/tables.py path/to/labels.jsonl... [--rungs main rules] [--lines FOLDER] [--each]

Labels hold `file` and `table_html`; pictures lie beside them. Lines are read by the main rungs of detection and
recognition, or taken from `--lines` (one `<picture>.json` each, with `lines` of `text` and `polygon`), which is written
where it is missing. TEDS is 1 - tree edit distance / nodes of the larger tree (Zhong et al. 2020); TEDS-Struct leaves
texts out. Only rows and cells count; of several tables found the largest is scored, and none found is 0.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import mean, median

import cv2
import numpy as np

from docpipe.document import Document, Page, TextLine
from docpipe.lab.evaluation.table_scores import cells_in, grid_of_html, teds
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages import STAGES

RUNGS: Mapping[str, Mapping[str, str]] = {"main": {"model_name": "SLANet_plus"}, "rules": {"rules": "lines"}}
READERS = (
    ("text_detection", {"model_name": "PP-OCRv6_small_det", "limit_side_len": 960}),
    ("text_recognition", {"model_name": "PP-OCRv6_small_rec"}),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--rungs", nargs="+", choices=sorted(RUNGS), default=sorted(RUNGS))
    parser.add_argument("--lines", type=Path, help="folder of lines read before, or to be written")
    parser.add_argument("--each", action="store_true", help="print every table's scores")
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, 1 thread")
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=1))
    try:
        for labels in options.labels:
            entries = [json.loads(text) for text in labels.read_text(encoding="utf-8").splitlines() if text.strip()]
            documents = [read_lines(labels.parent / e["file"], options.lines, runtime) for e in entries]
            for rung in options.rungs:
                report(f"{labels.parent.name}, {rung}", entries, documents, rung, runtime, options.each)
    finally:
        runtime.close()


def report(
    title: str, entries: list[dict[str, str]], documents: list[Document], rung: str, runtime: PaddleRuntime, each: bool
) -> None:
    stage = STAGES["table_structure"].stage
    settings = stage.settings.model_validate(RUNGS[rung])
    for ref in settings.models():
        runtime.load(ref)
    structure, whole, ms = [], [], []
    for entry, document in zip(entries, documents, strict=True):
        start = time.perf_counter()
        found = stage.run(document, settings, runtime)
        ms.append((time.perf_counter() - start) * 1000)
        want = grid_of_html(entry["table_html"])
        got = max((grid_of_html(t.html) for t in found.tables), key=cells_in, default=())
        structure.append(teds(want, got, texts=False))
        whole.append(teds(want, got))
        if each:
            print(f"  {entry['file']:<40} TEDS-Struct {structure[-1]:.3f}  TEDS {whole[-1]:.3f}  {ms[-1]:.0f} ms")
    print(
        f"{title}: {len(entries)} tables, TEDS-Struct {mean(structure):.4f}, TEDS {mean(whole):.4f}, "
        f"median {median(ms):.0f} ms, longest {max(ms):.0f} ms"
    )


def read_lines(picture: Path, folder: Path | None, runtime: PaddleRuntime) -> Document:
    """Return a picture as a document with its lines, from the folder where they are there."""
    image = np.asarray(cv2.imread(str(picture)), dtype=np.uint8)
    height, width = image.shape[:2]
    document = Document(picture.stem, picture.name, "", "image/png", 0, 1, (Page(1, width, height, image),))
    kept = folder / f"{picture.name}.json" if folder else None
    if kept and kept.exists():
        lines = tuple(
            line_of(k, item) for k, item in enumerate(json.loads(kept.read_text(encoding="utf-8"))["lines"], 1)
        )
        return document.with_pages([Page(1, width, height, image, lines=lines)])
    for name, use in READERS:
        stage = STAGES[name].stage
        settings = stage.settings.model_validate(use)
        for ref in settings.models():
            runtime.load(ref)
        document = stage.run(document, settings, runtime)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        items = [{"text": x.text, "confidence": x.confidence, "polygon": x.polygon} for x in document.lines]
        kept.write_text(json.dumps({"lines": items}, ensure_ascii=False), encoding="utf-8")
    return document


def line_of(number: int, item: Mapping[str, object]) -> TextLine:
    a, b, c, d = ((float(x), float(y)) for x, y in item["polygon"])  # type: ignore[attr-defined]
    return TextLine(f"1-{number}", str(item["text"]), float(item.get("confidence", 1.0)), (a, b, c, d))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
