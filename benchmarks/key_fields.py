"""Key fields by rules, by the model alone, and by both, on labelled documents; time a document on one core; size.

    docpipe run receipts/images --out read --text-layer ignore       # once: the lines, as this docpipe reads them
    python benchmarks/key_fields.py receipts/ --results read
    python benchmarks/key_fields.py receipts/ --results read --train train.jsonl --work out     # no measured issuer
    python benchmarks/key_fields.py --folds --train train.jsonl receipts/labels.jsonl --work out  # by groups of shops

Each SET is a folder with `labels.jsonl`. Without --results, lines are those that the labels type. `--train` trains
without any issuer alike to a measured one and measures that (a quarter of an hour); `--folds` trains on all the
documents with five rounds of held-out measuring and prints the card.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

from machine import describe

from docpipe.document import Document
from docpipe.lab.evaluation.fields import field_tallies, observe
from docpipe.lab.evaluation.labels import LabelledSet, read_sets
from docpipe.lab.evaluation.readings import FoundField, ReadDocument, ResultFolder
from docpipe.lab.evaluation.tallies import Tally
from docpipe.lab.evaluation.typed import document_of, document_of_lines
from docpipe.lab.training.labelled_documents import read_labels
from docpipe.runtime.paddle import PaddleRuntime, import_paddle
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.key_fields import KeyFields, KeyFieldsSettings
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.learned.about import About

SEED = 0


class OnlyModel:
    """A runtime whose key-field model is asked alone: the rules' marks of an option count nothing."""

    def __init__(self, inner: PaddleRuntime) -> None:
        self.inner = inner
        self.abouts: dict[int, Mapping[str, object]] = {}

    def infer(self, *args: object, **kwargs: object) -> list[dict[str, object]]:
        found = []
        for prediction in self.inner.infer(*args, **kwargs):  # type: ignore[arg-type]
            about = About.model_validate(prediction["about"])
            alone = about.model_copy(update={"weights": dict.fromkeys(about.weights, (1.0, 0.0, 0.0, 0.0, 0.0))})
            kept = self.abouts.setdefault(id(prediction["about"]), alone.model_dump())
            found.append({**prediction, "about": kept})
        return found


def documents(labelled: LabelledSet, results: ResultFolder | None) -> list[Document | None]:
    """Return each document with its lines, None where there is no result for it."""
    found: list[Document | None] = []
    for label in labelled.labels:
        if results is None:
            found.append(document_of(label.keys, label.file))
            continue
        result = results.raw(f"{labelled.name}/{label.file}")
        if result is None or not result["pages"]:
            found.append(None)
            continue
        lines = [{**line, "page": n} for n, page in enumerate(result["pages"]) for line in page["lines"]]
        sizes = [(page["width"], page["height"]) for page in result["pages"]]
        found.append(document_of_lines(lines, sizes, label.file))
    return found


def measure(
    labelled: LabelledSet, lines: Sequence[Document | None], settings: KeyFieldsSettings, runtime: object
) -> tuple[dict[str, Tally], float]:
    """Return the tallies of a rung on a set, and the median milliseconds of processor time a document."""
    stage, total, times = KeyFields(), dict[str, Tally](), []
    for label, document in zip(labelled.labels, lines, strict=True):
        fields = {}
        if document is not None:
            started = time.process_time()
            read = stage.run(document, settings, runtime)  # type: ignore[arg-type]
            times.append(1000 * (time.process_time() - started))
            fields = {path: FoundField(f.value, f.confidence) for path, f in read.fields.items() if f.value}
        observed, _ = observe(label, ReadDocument("ok", fields=fields), labelled.conventions)
        for name, tally in field_tallies(observed).items():
            total[name] = total[name] + tally if name in total else tally
    return total, median(times) if times else 0.0


def trained(train: Path, sets: Sequence[Path], work: Path, folds: int) -> Path:
    """Train without the measured issuers, unless that was done before; return the directory."""
    from docpipe.lab.training.train import train as fit
    from docpipe.lab.training.training_plan import TrainingPlan

    out = work / "without-measured-issuers"
    if not (out / "about.json").is_file():
        import_paddle(RuntimeSettings().cache(), "paddle_static", pictures=False)
        exclude = [one for path in sets for one in read_labels(path / "labels.jsonl")]
        plan = TrainingPlan(made_up=1200, folds=folds, seed=SEED)
        made = fit(read_labels(train), shipped_packs(), plan, out, exclude=exclude)
        print(f"trained without measured issuers: {made.documents} documents left, {made.left_out} left out")
    return out


def folded(files: Sequence[Path], work: Path) -> None:
    """Print the held-out counts of five folds over all labelled documents."""
    from docpipe.lab.training.train import train as fit
    from docpipe.lab.training.training_plan import TrainingPlan

    import_paddle(RuntimeSettings().cache(), "paddle_static", pictures=False)
    every = [one for file in files for one in read_labels(file)]
    fit(every, shipped_packs(), TrainingPlan(made_up=1200, folds=5, members=1, seed=SEED), work / "folds")
    print((work / "folds" / "README.md").read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--model", type=Path, help="a model directory in place of the shipped one")
    parser.add_argument("--train", type=Path)
    parser.add_argument("--work", type=Path, default=Path("key-fields-benchmark"))
    parser.add_argument("--folds", action="store_true")
    options = parser.parse_args()
    print(describe(SEED, ", ".join(str(path) for path in options.sets)))
    if options.folds:
        folded([*options.sets, *([options.train] if options.train else [])], options.work)
        return
    model = options.model or (trained(options.train, options.sets, options.work, 3) if options.train else None)
    results = ResultFolder(options.results) if options.results else None
    use = KeyFieldsSettings(model_dir=str(model)) if model else KeyFieldsSettings(model_name="docpipe-key-fields")
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=1))
    assert use.ref is not None
    loaded = runtime.load(use.ref)
    print(
        f"model: {use.ref.name} {loaded.sha256[:8]}, {loaded.memory_mb} MB resident; "
        f"lines: {options.results or 'typed'}"
    )
    for labelled in read_sets(options.sets):
        lines = documents(labelled, results)
        there = [line for line in lines if line is not None]
        measure(
            replace(labelled, labels=labelled.labels[:2]), lines[:2], use, runtime
        )  # patterns compiled, program warm
        rungs = {
            "rules": measure(labelled, lines, KeyFieldsSettings(), runtime),
            "model": measure(labelled, lines, use, OnlyModel(runtime)),
            "both": measure(labelled, lines, use, runtime),
        }
        print(f"\n{labelled.name}: {len(there)} of {len(lines)} documents have lines")
        print(f"{'':<28}" + "".join(f"{name:>10}" for name in rungs))
        for metric in rungs["rules"][0]:
            shares = [tallies[metric].share or 0.0 for tallies, _ in rungs.values()]
            print(
                f"{metric:<28}"
                + "".join(f"{share:>10.4f}" for share in shares)
                + f"   of {rungs['rules'][0][metric].want:g}"
            )
        print(f"{'ms a document, median':<28}" + "".join(f"{ms:>10.1f}" for _, ms in rungs.values()))
    runtime.close()


if __name__ == "__main__":
    main()
