"""Compares the rules of key_fields with invoice2data's bundled templates on documents that neither has seen.

    python benchmarks/invoice2data.py path/to/labels.jsonl... [--synth 25] [--python PATH/TO/PYTHON]

Both read the same labelled lines: docpipe with their boxes, invoice2data as text laid out by them, as `pdftotext
-layout` would give it. Labels hold `lines` and `fields` (docs/rules.md); `--synth` adds so many made-up documents of
each kind and language, read as a recogniser would. Compared are the labelled ones of the fields that invoice2data has a
name for; texts count when letters and digits are equal, a wrong value costs twice (micro F1).

invoice2data's templates are made per issuer, so that few match here. Its best case is printed as well, where there is
one: both on the documents that one of its templates matched. It needs an environment of its own:

    python -m venv i2d && i2d/bin/pip install invoice2data
    python benchmarks/invoice2data.py ... --python i2d/bin/python
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from machine import describe

from docpipe.document import Document, Page, TextLine
from docpipe.lab.evaluation.conventions import Conventions
from docpipe.lab.evaluation.fields import observe
from docpipe.lab.evaluation.labels import LabelledSet, canonical_fields, read_label, read_sets
from docpipe.lab.evaluation.packs import typed_documents
from docpipe.lab.evaluation.readings import FoundField, ReadDocument
from docpipe.lab.synth import KINDS, LANGUAGES, as_ocr, make
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from docpipe.stages.key_fields.layout import lay_out

NAMES = {
    "issuer": "seller.name", "invoice_number": "invoice_number", "date": "issue_date", "date_due": "due_date",
    "amount": "total_gross", "amount_untaxed": "total_net", "amount_tax": "total_tax", "currency": "currency",
    "vat": "seller.tax_id", "iban": "payment.iban", "bic": "payment.bic",
}  # fmt: skip
"""invoice2data's names for fields, and ours."""

WORKER = """
import json, sys, tempfile, logging
logging.disable(logging.CRITICAL)
from importlib.metadata import version
from pathlib import Path
from invoice2data import extract_data
from invoice2data.extract.loader import read_templates
templates = read_templates()
print(json.dumps({"version": version("invoice2data"), "templates": len(templates)}))
with tempfile.TemporaryDirectory() as folder:
    for number, line in enumerate(sys.stdin):
        path = Path(folder) / f"{number}.txt"
        path.write_text(json.loads(line), encoding="utf-8")
        try:
            found = extract_data(str(path), templates, "text")
        except Exception as e:
            found = {"error": repr(e)}
        plain = {k: v.isoformat()[:10] if hasattr(v, "isoformat") else v for k, v in found.items()}
        print(json.dumps(plain, default=str))
"""


@dataclass
class Tally:
    """Counts of labelled values, values found, and values right."""

    wanted: int = 0
    found: int = 0
    right: int = 0

    def add(self, expected: Mapping[str, str], got: Mapping[str, str | None]) -> None:
        reading = ReadDocument("ok", fields={path: FoundField(value) for path, value in got.items() if value})
        for seen in observe(read_label({"fields": expected}), reading, Conventions())[0]:
            self.wanted += 1
            self.found += bool(seen.found)
            self.right += seen.exact

    def __str__(self) -> str:
        f1 = 2 * self.right / (self.wanted + self.found) if self.wanted + self.found else 0.0
        return f"{self.right:>5} of {self.wanted:<5} F1 {f1:.3f}"


@dataclass
class Row:
    """A line of the table: one set of documents."""

    documents: int = 0
    matched: int = 0
    ours: Tally = field(default_factory=Tally)
    theirs: Tally = field(default_factory=Tally)
    ours_matched: Tally = field(default_factory=Tally)
    theirs_matched: Tally = field(default_factory=Tally)

    def add(self, expected: Mapping[str, str], ours: Mapping[str, str | None], theirs: Mapping[str, object]) -> None:
        values = {path: str(theirs[name]) for name, path in NAMES.items() if theirs.get(name) not in (None, "")}
        matched = "error" not in theirs and bool(theirs)
        self.documents += 1
        self.matched += matched
        self.ours.add(expected, ours)
        self.theirs.add(expected, values)
        if matched:
            self.ours_matched.add(expected, ours)
            self.theirs_matched.add(expected, values)


def as_text(document: Document) -> str:
    """Return a document's lines as text, each at the column where it stands."""
    layout = lay_out(document)
    wide = median([(c.box[2] - c.box[0]) / max(len(c.text), 1) for c in layout.cells] or [10.0])
    rows: list[str] = []
    for cells in layout.rows:
        text = ""
        for cell in cells:
            column = max(round(cell.box[0] / max(wide, 1.0)), len(text) + 2 if text else 0)
            text = text.ljust(column) + cell.text
        rows.append(text)
    return "\n".join(rows)


def typed(labelled: LabelledSet) -> Iterator[tuple[Document, dict[str, str]]]:
    """Yield labelled documents with their typed lines, and their fields by canonical path."""
    for label, document in typed_documents(labelled):
        yield document, canonical_fields(label, labelled.conventions)


def made_up(kind: str, language: str, count: int) -> Iterator[tuple[Document, dict[str, str]]]:
    """Yield made-up documents as a recogniser would read them, and their fields."""
    for seed in range(count):
        made = make(10_000_000 + seed, kind, language)
        lines: dict[int, list[TextLine]] = {}
        first = min(run.page for run in made.runs)
        for line in as_ocr(made, seed):
            page = lines.setdefault(line.page - first + 1, [])
            page.append(TextLine(f"{line.page}-{len(page) + 1}", line.text, line.confidence, line.polygon))
        pages = tuple(
            Page(n, round(width), round(height), lines=tuple(lines.get(n, ())))
            for n, (width, height) in enumerate(made.pages, 1)
        )
        name = f"{kind} {language} {seed}"
        yield (
            Document(name, name, "", "application/octet-stream", 0, len(pages), pages),
            {path: label.value for path, label in made.fields.items()},
        )


def templates_on(python: str, texts: Sequence[str]) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Return what invoice2data says of itself, and what it reads from each text.

    Raises:
        SystemExit: it is not installed there; the message says how to install it.
    """
    fed = "".join(json.dumps(text) + "\n" for text in texts)
    run = subprocess.run([python, "-c", WORKER], input=fed, capture_output=True, text=True, check=False)
    if run.returncode:
        last = run.stderr.strip().splitlines()[-1:] or [""]
        raise SystemExit(f"invoice2data does not run with {python} ({last[0]}).\n\n{__doc__}")
    answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return answers[0], answers[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, nargs="*")
    parser.add_argument("--synth", type=int, default=0, help="made-up documents of each kind and language")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has invoice2data")
    options = parser.parse_args()
    sets: dict[str, list[tuple[Document, dict[str, str]]]] = {
        labelled.name: list(typed(labelled)) for labelled in read_sets(options.labels, without_file=True)
    }
    for kind in KINDS if options.synth else ():
        for language in LANGUAGES:
            try:
                sets[f"made up: {kind} {language}"] = list(made_up(kind, language, options.synth))
            except ValueError:
                continue  # not every kind is made in every language
    pairs = [(name, document, fields) for name, entries in sets.items() for document, fields in entries]
    about, answers = templates_on(options.python, [as_text(document) for _, document, _ in pairs])
    print(describe(sample=f"{len(pairs)} documents; invoice2data {about['version']}, {about['templates']} templates"))
    packs, table = shipped_packs(), {name: Row() for name in [*sets, "all"]}
    for (name, document, fields), theirs in zip(pairs, answers, strict=True):
        expected = {path: value for path, value in fields.items() if path in NAMES.values()}
        ours = {path: found.value for path, found in extract_fields(document, packs).fields.items()}
        for row in (table[name], table["all"]):
            row.add(expected, ours, theirs)
    print(f"{'set':<28}{'documents':>10}{'  docpipe rules':<26}{'  invoice2data':<26}{'  matched by a template':<24}")
    for name, row in table.items():
        print(f"{name:<28}{row.documents:>10}  {row.ours}  {row.theirs}  {row.matched:>3}")
    every = table["all"]
    if every.matched:
        print(f"\non the {every.matched} that a template matched: docpipe {every.ours_matched}", end="")
        print(f", invoice2data {every.theirs_matched}")


if __name__ == "__main__":
    main()
