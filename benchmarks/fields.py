"""Measures the rules of key_fields on labelled lines: counts by field, and milliseconds a document on this machine.

    python benchmarks/fields.py path/to/labels.jsonl... [--pack auto|NAME|FILE.yaml] [--mistakes]

Labels hold `lines` and `fields` (docs/rules.md). Texts count when letters and digits are equal. It needs no OCR; for
end-to-end numbers run `docpipe run` and score its results.
"""

from __future__ import annotations

import argparse
import platform
import time
from pathlib import Path

from docpipe.stages.key_fields.compiled_pack import load_pack, shipped_packs
from docpipe.stages.key_fields.evaluate import evaluate, labelled_documents
from docpipe.stages.key_fields.extract import read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--pack", default="auto")
    parser.add_argument("--mistakes", action="store_true")
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, rules {shipped_packs().sha256[:8]}")
    for labels in options.labels:
        result = evaluate(options.pack, labels)
        print(f"{labels}: {result.documents} documents, micro F1 {result.f1:.3f}, {milliseconds(labels, options.pack)}")
        for path in result.labelled:
            right, found, wanted = result.right.get(path, 0), result.found[path], result.labelled[path]
            print(f"  {path:<18} {right:>4} right of {found} found, {wanted} labelled")
        for m in result.mistakes if options.mistakes else ():
            print(f"    {m.document} {m.field}: {m.expected!r} expected, {m.got!r} by {m.rule}")


def milliseconds(labels: Path, pack: str) -> str:
    """Return the time to read a document, without the time to load packs and labels."""
    documents = [document for document, _ in labelled_documents(labels)]
    if not documents:
        return "no document with lines"
    if pack.endswith((".yaml", ".yml")):
        load_pack(Path(pack))
        pack = "auto"
    packs = shipped_packs()
    times = []
    for document in documents:
        start = time.process_time()
        read(document, packs, pack)
        times.append((time.process_time() - start) * 1000)
    times.sort()
    return f"{times[len(times) // 2]:.1f} ms a document in the middle, {times[-1]:.1f} ms at most (CPU time)"


if __name__ == "__main__":
    main()
