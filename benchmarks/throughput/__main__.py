"""CPU time, memory, start-up and accuracy of docpipe and its peers, in turns on the same labelled pictures.

    python benchmarks/throughput LABELS --out FOLDER [--first 20] [--threads 1] [--config invoice] [--readers NAME ...]

LABELS is a labelled set as for `docpipe evaluate`, of pictures. Each reader lives in a process of its own and reads
one picture at a time; the order moves on by one with every picture, so that whatever else the machine does disturbs all
of them alike. The first picture is read once more beforehand, uncounted. Take CPU seconds as ratios: wall times suffer
where the machine is shared. The output is a table, the same as CSV, and `throughput.svg`: accuracy over CPU seconds.
`engines` is the share of a reader's CPU time inside the networks' own arithmetic, which nothing around them can save.
For every reader of text it says whether it lies on the frontier: whether none that costs less reads as well, and by how
much the best of those is better or worse, with the 95 % interval over documents.

Then docpipe's text stages read the first `--scaling` pictures (8; 0 leaves this out) with 1 and 2 threads in 1 and 2
workers, beside the same combinations of a pure engine load: see `scaling.py`.

Readers: `docpipe` (both text stages, best rungs), `docpipe:openvino` (the same on OpenVINO, where installed),
`docpipe:DETECTION/RECOGNITION` (other rungs), `docpipe-all` (all
four stages, best rungs), `rapidocr` as shipped and `rapidocr-flushed` (its detector without denormal weights; no
classifier in either), `paddleocr` and `paddleocr-960` (its pipeline, default limits and long side 960, on the weights
as shipped) and, where the program is installed, `tesseract`.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from frontier import MEASURES, rivals
from machine import describe
from picture import draw
from readers import ALL_STAGES, READERS, available, rungs_of, serve
from scaling import ScalingRow, describe_rows, measure

from docpipe.lab.evaluation.labels import read_sets
from docpipe.lab.evaluation.readings import ResultFolder
from docpipe.lab.evaluation.scoring import score_set


@dataclass(frozen=True)
class Row:
    """One reader. Seconds and megabytes; accuracy as F1; `ratio` is CPU time over that of RapidOCR as shipped.

    `engines` is the networks' share of the CPU time; known of docpipe's readers only.
    """

    reader: str
    cpu_s: float
    ratio: float
    engines: float
    wall_s: float
    docs_per_s: float
    start_cpu_s: float
    first_cpu_s: float
    peak_mb: float
    words: float
    spotting: float


def main() -> None:
    options = _options()
    names = options.readers or available(options.config)
    print(describe(sample=f"{options.labels.name}, first {options.first}, {options.threads} thread(s)"))
    os.environ["OMP_NUM_THREADS"] = os.environ["OMP_THREAD_LIMIT"] = str(options.threads)
    (labelled,) = read_sets([options.labels])
    labelled = labelled.first(options.first)
    files = [str(labelled.folder / label.file) for label in labelled.labels]
    context = multiprocessing.get_context("spawn")
    pipes, processes = {}, []
    for name in names:
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, name, options.threads, options.config))
        process.start()
        pipes[name] = ours
        processes.append(process)
        print(f"{name}: {ours.recv()}", file=sys.stderr)  # one after the other, so that start-ups do not disturb
    took: dict[str, list[Mapping[str, Any]]] = {name: [] for name in names}
    first = {}
    deadline = time.monotonic() + 60 * options.minutes
    for turn, file in enumerate([files[0], *files]):
        if time.monotonic() > deadline:
            labelled = labelled.first(turn - 1)
            print(f"stopped after {options.minutes} minutes: {turn - 1} documents")
            break
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            pipes[name].send(file)
            answer = pipes[name].recv()
            if turn == 0:
                first[name] = answer["since_start_cpu_s"]
                continue
            took[name].append(answer)
            target = options.out / name.replace("/", "+") / f"{Path(file).name}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(answer["result"], ensure_ascii=False), encoding="utf-8")
    last = {}
    for name, process in zip(names, processes, strict=True):
        pipes[name].send(None)
        last[name] = pipes[name].recv()
        process.join()
    folders = {name: ResultFolder(options.out / name.replace("/", "+")) for name in names}
    (whole, *_) = score_set(labelled, folders, resamples=20)
    columns = {column.name: column for column in whole.columns}
    base = mean(a["cpu_s"] for a in took["rapidocr"]) if "rapidocr" in took else float("nan")
    rows = []
    for name in names:
        cpu, wall = (mean(answer[key] for answer in took[name]) for key in ("cpu_s", "wall_s"))
        start, peak = last[name]["start_cpu_s"], last[name]["peak_mb"]
        words, spotting = (columns[name].scores[kind].value for kind in MEASURES)
        engines = mean(answer["engines_s"] for answer in took[name]) / cpu
        rows.append(Row(name, cpu, cpu / base, engines, wall, 1 / wall, start, first[name], peak, words, spotting))
    _report(rows, options.out)
    spent = {row.reader: row.cpu_s for row in rows if row.reader != ALL_STAGES}
    for kind in MEASURES:
        for name, rival in rivals(spent, columns, kind).items():
            print(f"{kind}: {name} is {'off' if rival.wins else 'on'} the frontier; best of the cheaper: {rival}")
    if options.scaling:
        scaled = measure(files[: options.scaling], options.config)
        print(describe_rows(scaled))
        _write_csv(options.out / "scaling.csv", ScalingRow, scaled)


def _report(rows: list[Row], out: Path) -> None:
    heads = [entry.name for entry in fields(Row)]
    print(f"{heads[0]:28}" + "".join(f"{head:>13}" for head in heads[1:]))
    for row in rows:
        values = list(asdict(row).values())
        print(f"{values[0]:28}" + "".join(f"{value:13.3f}" for value in values[1:]))
    _write_csv(out / "throughput.csv", Row, rows)
    draw([(row.reader, row.cpu_s, row.words, row.spotting) for row in rows], out / "throughput.svg")


def _write_csv(path: Path, kind: type, rows: Sequence[Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([entry.name for entry in fields(kind)])
        writer.writerows(asdict(row).values() for row in rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="stop after so long, with what was read by then")
    parser.add_argument("--scaling", type=int, default=8, help="pictures for threads and workers; 0 for none")
    parser.add_argument("--config", default="invoice", help="the pipeline file whose rungs docpipe reads by")
    parser.add_argument("--readers", nargs="+", metavar="NAME", help=f"of {', '.join(READERS)}, or docpipe:RUNG/RUNG")
    options = parser.parse_args()
    for name in options.readers or ():
        if name not in READERS and name not in rungs_of(options.config):
            parser.error(f"no reader {name}; there are {', '.join([*READERS, *rungs_of(options.config)])}")
    return options


if __name__ == "__main__":
    main()
