"""Key fields of made-up documents of unseen seeds, by kind and language: what is right, and what is wrong in silence.

    python benchmarks/synthetic.py [--documents 30] [--seed 7000000] [--kinds receipt invoice] [--rules]

Documents are read as a recogniser would (`as_ocr`), so that no picture is drawn; key fields are those of the shipped
configuration's main rung, or of its rules, and the adapter says what needs review. Training draws its seeds from 0 up
and others below a few million.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

from machine import describe
from made_up_reading import Reader, open_reader

from docpipe.lab.evaluation.conventions import Conventions
from docpipe.lab.evaluation.labels import read_label
from docpipe.lab.evaluation.readings import read_result
from docpipe.lab.evaluation.scoring import score_document
from docpipe.lab.evaluation.tallies import Tally
from docpipe.lab.synth import make
from docpipe.lab.synth.make import ALL_LANGUAGES

KINDS = ("receipt", "invoice", "parties", "national")
SHOWN = ("fields", "fields fuzzy", "field seller.name fuzzy", "field buyer.name fuzzy", "field seller.address fuzzy",
         "field buyer.address fuzzy", "field total_gross", "silent", "silent amounts", "silent documents",
         "review asked", "line items")  # fmt: skip

HEADS = {
    "fields fuzzy": "alike", "field seller.name fuzzy": "seller", "field buyer.name fuzzy": "buyer",
    "field seller.address fuzzy": "address", "field buyer.address fuzzy": "buyer's", "field total_gross": "total",
    "silent amounts": "amounts", "silent documents": "documents", "review asked": "asked", "line items": "items",
}  # fmt: skip
"""Short headings; `alike` and all names and addresses count from 0.9 similarity."""


def measure(read: Reader, kind: str, language: str, seeds: range) -> Iterator[dict[str, Tally]]:
    """Yield the tallies of each document."""
    for seed in seeds:
        made = make(seed, kind, language)
        result = read(made, seed).model_dump(mode="json")
        entry: dict[str, object] = {
            "file": "a", "fields": {path: label.value for path, label in made.fields.items()},
        }  # fmt: skip
        if made.line_items:
            entry["line_items"] = [{name: cell.value for name, cell in row.items()} for row in made.line_items]
        yield dict(score_document(read_label(entry), read_result(result), Conventions()).tallies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=30, help="of each kind and language")
    parser.add_argument("--seed", type=int, default=7_000_000)
    parser.add_argument("--rules", action="store_true", help="the rules alone, without the model")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.documents)
    rung = "rules" if options.rules else "main"
    print(describe(options.seed, f"{options.documents} documents of each kind and language, rung {rung}"))
    print(f"{'':<12}" + "".join(f"{HEADS.get(name, name):>10}" for name in SHOWN))
    with open_reader(rung) as read:
        for kind in options.kinds:
            for language in ALL_LANGUAGES:
                total: dict[str, Tally] = {}
                try:
                    for tallies in measure(read, kind, language, seeds):
                        for name, tally in tallies.items():
                            total[name] = total[name] + tally if name in total else tally
                except ValueError:
                    continue  # not every kind is made in every language
                shares = [total[name].share if name in total else None for name in SHOWN]
                print(
                    f"{kind + ' ' + language:<12}" + "".join(f"{'–' if s is None else f'{s:.3f}':>10}" for s in shares)
                )


if __name__ == "__main__":
    main()
