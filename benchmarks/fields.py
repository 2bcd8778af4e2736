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

from docpipe.lab.evaluation.labels import LabelledSet, read_sets
from docpipe.lab.evaluation.packs import score_pack, typed_documents
from docpipe.stages.key_fields.compiled_pack import load_pack, shipped_packs
from docpipe.stages.key_fields.extract import extract_fields


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--pack", default="auto")
    parser.add_argument("--as", dest="conventions", action="append", default=[], help="how labels are meant")
    parser.add_argument("--mistakes", action="store_true")
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, rules {shipped_packs().sha256[:8]}")
    for labelled in read_sets(options.labels, conventions=options.conventions, without_file=True):
        score = score_pack(options.pack, labelled)
        told = f"{score.documents} documents, micro F1 {score.fields.share or 0:.3f}"
        print(f"{labelled.name}: {told}, {milliseconds(labelled, options.pack)}")
        for name, tally in score.by_field.items():
            print(f"  {name:<18} {tally.hits:>4g} right of {tally.got:g} found, {tally.want:g} labelled")
        for file, seen in score.mistakes if options.mistakes else ():
            got, rule = (seen.read.value, seen.read.source_id) if seen.read else (None, "no rule")
            print(f"    {file} {seen.name}: {seen.expected!r} expected, {got!r} by {rule}")


def milliseconds(labelled: LabelledSet, pack: str) -> str:
    """Return the time to read a document, without the time to load packs and labels."""
    documents = [document for _, document in typed_documents(labelled)]
    if not documents:
        return "no document with lines"
    if pack.endswith((".yaml", ".yml")):
        load_pack(Path(pack))
        pack = "auto"
    packs = shipped_packs()
    times = []
    for document in documents:
        start = time.process_time()
        extract_fields(document, packs, pack)
        times.append((time.process_time() - start) * 1000)
    times.sort()
    return f"{times[len(times) // 2]:.1f} ms a document in the middle, {times[-1]:.1f} ms at most (CPU time)"


if __name__ == "__main__":
    main()
