"""Measures table_structure on labelled table pictures: similarity of structure, of structure and text, and time.

    python benchmarks/tables.py path/to/labels.jsonl... [--rungs main rules] [--lines FOLDER] [--each]

Labels hold `file` and `table_html`; pictures lie beside them. Lines are read by the main rungs of detection and
recognition, or taken from `--lines` (one `<picture>.json` each, with `lines` of `text` and `polygon`), which is written
where it is missing. TEDS is 1 - tree edit distance / nodes of the larger tree (Zhong et al. 2020); TEDS-Struct leaves
texts out. Only rows and cells count; of several tables found the largest is scored, and none found is 0.

Needs the `bench` extra (apted, lxml).
"""

from __future__ import annotations

import argparse
import json
import platform
import time
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import mean, median

import cv2
import lxml.html
import numpy as np
from apted import APTED, Config
from rapidfuzz.distance import Levenshtein

from docpipe.document import Document, Page, TextLine
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages import STAGES

Node = tuple[str, object, list["Node"]]

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
    stage = STAGES["table_structure"]
    settings = stage.settings.model_validate(RUNGS[rung])
    for ref in settings.models():
        runtime.load(ref)
    structure, whole, ms = [], [], []
    for entry, document in zip(entries, documents, strict=True):
        start = time.perf_counter()
        found = stage.run(document, settings, runtime)
        ms.append((time.perf_counter() - start) * 1000)
        want = tree(entry["table_html"])
        got = max((tree(t.html) for t in found.tables), key=size, default=None)
        structure.append(teds(want, got, texts=False))
        whole.append(teds(want, got, texts=True))
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
        settings = STAGES[name].settings.model_validate(use)
        for ref in settings.models():
            runtime.load(ref)
        document = STAGES[name].run(document, settings, runtime)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        items = [{"text": x.text, "confidence": x.confidence, "polygon": x.polygon} for x in document.lines]
        kept.write_text(json.dumps({"lines": items}, ensure_ascii=False), encoding="utf-8")
    return document


def line_of(number: int, item: Mapping[str, object]) -> TextLine:
    a, b, c, d = ((float(x), float(y)) for x, y in item["polygon"])  # type: ignore[attr-defined]
    return TextLine(f"1-{number}", str(item["text"]), float(item.get("confidence", 1.0)), (a, b, c, d))  # type: ignore[arg-type]


def tree(html: str) -> Node:
    """Return a table as a tree of rows and cells; a cell carries its spans and its text."""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    table = next(root.iter("table"), root)
    rows: list[Node] = []
    for row in table.xpath("tr|*/tr"):
        cells: list[Node] = [("td", (*spans(td), plain(td.text_content())), []) for td in row.xpath("td|th")]
        rows.append(("tr", None, cells))
    return ("table", None, rows)


def spans(td: lxml.html.HtmlElement) -> tuple[int, int]:
    return int(td.get("rowspan", 1)), int(td.get("colspan", 1))


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def size(node: Node | None) -> int:
    """Return the nodes of a tree, its root left out."""
    return sum(1 + len(cells) for _, _, cells in node[2]) if node else 0


class Costs(Config):  # type: ignore[misc]
    """1 to insert or delete; 1 to rename, or for cells of equal spans the distance of their texts."""

    def __init__(self, texts: bool) -> None:
        self.texts = texts

    def rename(self, a: Node, b: Node) -> float:
        if a[1] is None or b[1] is None:
            return float(a[0] != b[0])
        (*at, x), (*bt, y) = a[1], b[1]  # type: ignore[misc]
        if at != bt:
            return 1.0
        return float(Levenshtein.normalized_distance(x, y)) if self.texts else 0.0

    def children(self, node: Node) -> Iterable[Node]:
        return node[2]


def teds(want: Node, got: Node | None, *, texts: bool) -> float:
    if got is None or not size(got):
        return 0.0
    return 1.0 - float(APTED(want, got, Costs(texts)).compute_edit_distance()) / max(size(want), size(got))


if __name__ == "__main__":
    main()
