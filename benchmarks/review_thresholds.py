"""How sure a sum must be to pass without a person: on made-up documents as a recogniser would read them.

    python benchmarks/review_thresholds.py --count 240 --rung main --target 0.005

Prints, for each amount: values, wrong ones, wrong ones that nothing lists; the threshold under which at most the
target's share of the values is wrong and passes; what passes in each fifth of the documents under the threshold of the
other four; and the share that a person is asked about. Every document is a company of its own.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from decimal import Decimal

from machine import describe
from made_up_reading import open_reader

from docpipe.lab.evaluation.review_target import FOLDS, Value, choose_threshold
from docpipe.lab.synth import make
from docpipe.stages.key_fields.pack import FIELD_TYPES
from docpipe.values.amounts import to_decimal

KINDS = ("invoice", "receipt")
LANGUAGES = ("en", "de", "fr")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--count", type=int, default=240)
    options.add_argument("--seed", type=int, default=90_000)
    options.add_argument("--rung", default="main")
    options.add_argument("--target", type=float, default=0.005)
    args = options.parse_args()
    print(
        describe(args.seed, f"{args.count} made-up {' and '.join(KINDS)} in {', '.join(LANGUAGES)}; rung {args.rung}")
    )
    values = read(args.count, args.seed, args.rung)
    for path, found in sorted(values.items()):
        threshold = choose_threshold(found, args.target)
        held_out = 0
        for fold in range(FOLDS):
            other = choose_threshold([v for v in found if v.fold != fold], args.target)
            held_out += sum(v.silent_at(other) for v in found if v.fold == fold)
        silent = sum(v.silent_at(0.0) for v in found)
        asked = sum(v.asked_at(threshold) for v in found) / len(found)
        print(
            f"{path:16} values {len(found):4} wrong {sum(v.wrong for v in found):3} unlisted {silent:3} "
            f"threshold {threshold:.3f} held out {held_out / len(found):.3f} asked {asked:.3f}"
        )


def read(count: int, seed: int, rung: str) -> dict[str, list[Value]]:
    """Return the values of each amount, read by a rung of key_fields."""
    values: dict[str, list[Value]] = defaultdict(list)
    with open_reader(rung) as read_one:
        for number in range(count):
            made = make(seed=seed + number, kind=KINDS[number % 2], language=LANGUAGES[number // 2 % 3])
            result = read_one(made, seed + number)
            listed = {item.field for item in result.needs_review if item.reason != "low_confidence"}
            for path, kind in FIELD_TYPES.items():
                label = made.fields.get(path)
                if kind != "amount" or label is None or (want := to_decimal(label.value)) is None:
                    continue
                found = result.field(path)
                got = to_decimal(found.value)
                wrong = got is not None and abs(got - want) > Decimal("0.005")
                confidence = found.confidence if got is not None else None
                values[path].append(Value(confidence, wrong, path in listed, number % FOLDS))
    return values


if __name__ == "__main__":
    main()
