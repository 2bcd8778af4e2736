"""Seller and buyer of made-up invoices in eight languages, of unseen seeds: what is right, wrong, and wrong in silence.

    python benchmarks/parties.py [--documents 100] [--seed 7000000] [--languages en,de] [--by layout] [--model]

Documents are of the kind `national` of `docpipe synth`, read as a recogniser would read them (`as_ocr`); the rules of
the shipped configuration read the fields, and the adapter says what needs review. With `--model` the learned model
chooses names and addresses among the same candidates, each by itself. Names and addresses are right where their letters
and digits are. `silent` counts documents with a wrong name or address that `needs_review` does not list.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from machine import describe
from made_up_reading import open_reader

from docpipe.lab.synth import make
from docpipe.lab.synth.national.parties import COUNTRIES
from docpipe.stages.key_fields.learned import model
from docpipe.values.text import letters_digits

PATHS = ("seller.name", "buyer.name", "seller.address", "buyer.address", "seller.tax_id", "buyer.tax_id",
         "seller.phone", "buyer.phone")  # fmt: skip
LOUD = PATHS[:4]


class FieldByField:
    """Something with one answer changed: a pack whose parties the model may decide, a model that may decide them."""

    def __init__(self, inner: object, **changed: object) -> None:
        self._inner, self._changed = inner, changed

    def __getattr__(self, name: str) -> Any:
        return self._changed[name] if name in self._changed else getattr(self._inner, name)


def let_the_model_decide() -> None:
    """From here on the model chooses names and addresses among the rules' candidates, each field by itself."""
    decide = model.decide

    def decide_each(page: Any, candidates: Any, chosen: Any, opinion: Any, about: Any) -> Any:
        open_page = FieldByField(page, compiled=FieldByField(page.compiled, decides_parties=False))
        open_about = FieldByField(about, speaker=lambda pack, path: "both" if path in LOUD else "rules")
        return decide(open_page, candidates, chosen, opinion, open_about, LOUD)

    model.decide = decide_each


def read(
    languages: list[str], seeds: range, strength: float, rung: str
) -> Iterator[tuple[str, str, dict[str, tuple[str, str, bool]], str]]:
    """Yield language, layout, and for each field what is printed, what was read, and whether a person is asked."""
    with open_reader(rung, strength) as read_one:
        for language in languages:
            for seed in seeds:
                made = make(seed, "national", language)
                result = read_one(made, seed)
                asked = {entry.field for entry in result.needs_review}
                fields = result.fields.model_dump()
                found = {}
                for path in PATHS:
                    side, _, part = path.partition(".")
                    value = fields[side][part]["value"] or ""
                    wanted = made.fields[path].value if path in made.fields else ""
                    found[path] = (wanted, value, path in asked)
                reason = fields["seller"]["name"]["source_id"] or ""
                why = f"{seed} {reason} / {fields['buyer']['name']['source_id']}"
                yield language, made.issuer_id.split("-")[1], found, why


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100, help="of each language")
    parser.add_argument("--seed", type=int, default=7_000_000)
    parser.add_argument("--languages", default=",".join(COUNTRIES))
    parser.add_argument("--strength", type=float, default=0.5, help="errors of the recogniser: 0 none, 1 a scan")
    parser.add_argument("--model", action="store_true", help="the learned model decides names and addresses")
    parser.add_argument("--by", choices=("language", "layout"), default="language")
    parser.add_argument("--wrong", type=int, default=0, help="print so many wrong fields")
    options = parser.parse_args()
    rung = "main" if options.model else "rules"
    if options.model:
        let_the_model_decide()
    who = "the model field by field" if options.model else "rules"
    print(describe(options.seed, f"{options.documents} documents of each language, {who}, strength {options.strength}"))
    right: Counter[tuple[str, str]] = Counter()
    wanted: Counter[tuple[str, str]] = Counter()
    seeds = range(options.seed, options.seed + options.documents)
    for language, layout, found, why in read(options.languages.split(","), seeds, options.strength, rung):
        groups = (language if options.by == "language" else layout, "all")
        silent = asked = False
        for path, (want, got, flagged) in found.items():
            fine = letters_digits(want) == letters_digits(got)
            if not want and not (got and path in LOUD):
                continue
            if not fine and path in LOUD and got and not flagged:
                silent = True
            asked = asked or flagged
            if not fine and options.wrong > 0 and path in LOUD:
                options.wrong -= 1
                print(f"  {language} {layout} {path}: {want!r} read {got!r}{' (asked)' if flagged else ''} {why}")
            for group in groups:
                right[group, path] += fine
                wanted[group, path] += 1
        for group in groups:
            right[group, "silent"] += silent
            right[group, "asked"] += asked
            wanted[group, "silent"] += 1
            wanted[group, "asked"] += 1
    columns = (*PATHS, "silent", "asked")
    print(
        f"{'':<20}"
        + "".join(
            f"{name.replace('address', 'addr').replace('seller', 's').replace('buyer', 'b'):>9}" for name in columns
        )
    )
    for group in sorted({group for group, _ in wanted}, key=lambda name: (name == "all", name)):
        shares = (f"{right[group, c] / wanted[group, c]:.3f}" if wanted[group, c] else "–" for c in columns)
        print(f"{group:<20}" + "".join(f"{share:>9}" for share in shares))


if __name__ == "__main__":
    main()
