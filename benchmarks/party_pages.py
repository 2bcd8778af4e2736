"""Seller and buyer on pages written by hand in eight languages: what is right, wrong, and wrong in silence.

    python benchmarks/party_pages.py [--file PAGES.yaml] [--strength 0] [--wrong] [--write FOLDER]

The pages are tests/stages/key_fields/written_pages.yaml, layouts that `docpipe synth` does not draw; they are read as a
recogniser would read them (`--strength` 0 makes no errors), by the main rung of the shipped configuration. Names and
addresses are right where their letters and digits are. `silent` counts documents with a wrong name or address that
`needs_review` does not list, `asked` those with any entry about a name or an address. With `--write` the pages go into
a folder as PDFs and pictures with `labels.jsonl`, for a run with all stages.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pypdfium2
from machine import describe
from made_up_reading import open_reader

from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.pdf import digital_pdf
from docpipe.lab.synth.written import written_pages
from docpipe.values.text import letters_digits

PAGES = Path(__file__).parents[1] / "tests" / "stages" / "key_fields" / "written_pages.yaml"
PATHS = ("seller.name", "buyer.name", "seller.address", "buyer.address")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=PAGES)
    parser.add_argument("--strength", type=float, default=0.0, help="errors of the recogniser: 0 none, 1 a scan")
    parser.add_argument("--wrong", action="store_true", help="print each wrong field")
    parser.add_argument("--write", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    pages = list(written_pages(options.file))
    if options.write:
        write(pages, options.write)
        return
    print(describe(0, f"{len(pages)} pages of {options.file.name}, main rung, strength {options.strength}"))
    counts: Counter[str] = Counter()
    with open_reader("main", options.strength) as read:
        for name, made in pages:
            result = read(made, made.seed)
            listed = {entry.field for entry in result.needs_review}
            fields = result.fields.model_dump()
            wrong = []
            for path in PATHS:
                side, _, part = path.partition(".")
                found = fields[side][part]
                right = letters_digits(found["value"] or "") == letters_digits(made.fields[path].value)
                counts[path] += right
                wrong += [] if right else [(path, found)]
            counts["silent"] += any(found["value"] and path not in listed for path, found in wrong)
            counts["asked"] += any(path in listed for path in PATHS)
            counts["any review"] += bool(listed)
            for path, found in wrong if options.wrong else ():
                mark = "" if path in listed else " SILENT" if found["value"] else " not listed"
                print(f"{name}: {path}{mark}: {found['value']!r} for {made.fields[path].value!r} "
                      f"({found['confidence']:.2f} {found['source_id']})")  # fmt: skip
    for what in (*PATHS, "silent", "asked", "any review"):
        print(f"{what:16} {counts[what] / len(pages):.3f}")


def write(pages: list[tuple[str, SynthDocument]], folder: Path) -> None:
    """Write each page as a PDF and as a picture at 150 dpi, and their labels."""
    labels = []
    for kind in ("pdf", "png"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for name, made in pages:
        data, _ = digital_pdf(made)
        (folder / "pdf" / f"{name}.pdf").write_bytes(data)
        with pypdfium2.PdfDocument(data) as pdf:
            pdf[0].render(scale=150 / 72).to_pil().save(folder / "png" / f"{name}.png")
        fields = {path: found.value for path, found in made.fields.items()}
        labels += [{"file": f"{kind}/{name}.{kind}", "fields": fields} for kind in ("pdf", "png")]
    lines = "".join(json.dumps(label, ensure_ascii=False) + "\n" for label in labels)
    (folder / "labels.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
