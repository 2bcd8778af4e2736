"""How well the text layer of digital PDFs is read, and on how many pages `auto` uses it.

    python benchmarks/text_layer.py LABELS.jsonl...

Each line of a label file has `file` (relative to it) and, where labelled, `lines` of `text` and `page`. Words are
compared page by page as multisets, after NFKC and without case; documents without `lines` count for the pages only.
"""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from machine import describe

from docpipe.document import Page
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document


def words(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in unicodedata.normalize("NFKC", text).lower().split())


def measure(labels: Path) -> str:
    """Return one line of figures for a set."""
    hits = found = wanted = documents = pages = used = 0
    for row in map(json.loads, labels.read_text(encoding="utf-8").splitlines()):
        with open_document(labels.parent / row["file"], InputLimits()) as opened:
            served = [isinstance(page, Page) and page.text_layer is not None for page in opened.pages()]
        pages += len(served)
        used += sum(served)
        if not row.get("lines"):
            continue
        documents += 1
        with open_document(labels.parent / row["file"], InputLimits(text_layer="require")) as opened:
            for page in opened.pages():
                assert isinstance(page, Page), page
                got = words(line.text for line in page.text_layer or ())
                want = words(line["text"] for line in row["lines"] if line.get("page", 0) == page.number - 1)
                hits += (got & want).total()
                found += got.total()
                wanted += want.total()
    score = 2 * hits / (found + wanted) if found + wanted else 0.0
    return f"{labels.parent.name}: words {score:.3f} on {documents} documents; auto used on {used} of {pages} pages"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, nargs="+")
    arguments = parser.parse_args()
    print(describe())
    for path in arguments.labels:
        print(measure(path))
