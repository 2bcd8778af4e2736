"""Lines of labelled documents that name only a file: read by the pipeline once, and kept beside the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from docpipe.batch.run import Reporter
from docpipe.config import PipelineConfig
from docpipe.lab.evaluation.combinations import combinations
from docpipe.lab.evaluation.labels import FILE, LabelledSet, read_sets, stated_conventions
from docpipe.lab.evaluation.readings import ResultFolder
from docpipe.lab.evaluation.running import documents_of, run_combination
from docpipe.lab.evaluation.typed import document_of_lines
from docpipe.lab.training.labelled_documents import Labelled, fields_of, read_entry, training_entries


def read_all(
    paths: Sequence[Path], config: PipelineConfig, kept: Path, reporter: Reporter, announce: Callable[[str], None]
) -> list[Labelled]:
    """Return the labelled documents of some sets, each with its typed lines, or else with those the pipeline reads.

    Results lie below `kept`, and what lies there is not read again.

    Raises:
        ConfigError: a labels file is not there or holds something else.
        NothingToDo: documents must be read, and none of them is there.
    """
    found: list[Labelled] = []
    for path in paths:
        file = path / FILE if path.is_dir() else path
        entries, conventions = training_entries(file), stated_conventions(file)
        found += [read_entry(entry, file, number, conventions) for number, entry in entries if entry.get("lines")]
        pictures = [entry for _, entry in entries if not entry.get("lines") and entry.get("file")]
        if pictures:
            names = {str(entry["file"]) for entry in pictures}
            (whole,) = read_sets([file])
            wanted = replace(whole, labels=tuple(label for label in whole.labels if label.file in names))
            found += _read(pictures, wanted, config, kept, reporter, announce)
    return found


def _read(
    entries: Sequence[Mapping[str, Any]],
    wanted: LabelledSet,
    config: PipelineConfig,
    kept: Path,
    reporter: Reporter,
    announce: Callable[[str], None],
) -> list[Labelled]:
    sources, _ = documents_of([wanted])
    (main,) = combinations(["main"], config)
    run_combination(config, main, sources, kept, reporter, announce=announce)
    results = ResultFolder(kept)
    found = []
    for entry in entries:
        result = results.raw(f"{wanted.name}/{entry['file']}")
        if result is None or not result["pages"]:
            continue
        lines = [
            {**line, "page": number, "polygon": line["polygon"]}
            for number, page in enumerate(result["pages"])
            for line in page["lines"]
        ]
        sizes = [(page["width"], page["height"]) for page in result["pages"]]
        document = document_of_lines(lines, sizes, str(entry["file"]))
        found.append(Labelled(str(entry["file"]), document, fields_of(entry, wanted.conventions)))
    return found
