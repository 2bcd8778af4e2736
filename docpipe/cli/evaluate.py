"""`docpipe evaluate`: how well labelled documents are read, on which rungs, and what each step down costs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docpipe.cli.command_options import command_of
from docpipe.cli.lab_extra import require_lab
from docpipe.cli.run import EInvoice, TextLayer, apply_options
from docpipe.errors import ExitCode, NothingToDo, UsageError

if TYPE_CHECKING:
    from docpipe.config import PipelineConfig
    from docpipe.lab.evaluation.labels import LabelledSet
    from docpipe.lab.evaluation.readings import ResultFolder
    from docpipe.lab.evaluation.review_target import ReviewPlan
    from docpipe.lab.evaluation.scoring import Group, Grouping

EXAMPLES = (
    "docpipe evaluate receipts/labels.jsonl   ·   "
    "docpipe evaluate receipts/ invoices/ --rungs all --report report.html   ·   "
    "docpipe evaluate receipts/ --rungs main --rungs text_detection=light,text_recognition=light   ·   "
    "docpipe evaluate receipts/ --results results --by scanned   ·   "
    "docpipe evaluate receipts/ --results before --results after --json scores.json   ·   "
    "docpipe evaluate receipts/ invoices/ --results results --review-target 0.005"
)

MOST_LISTED = 10


@dataclass(frozen=True)
class EvaluationOptions:
    """What the command line says."""

    labels: Annotated[list[Path], typer.Argument(metavar="LABELS…", help="labels.jsonl files, or their folders.")]
    config: Annotated[str, typer.Option("--config", "-c", help="A pipeline file, or the name of a shipped one.")] = (
        "invoice"
    )
    rungs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHICH",
            help="main, all, lowest, or STAGE=RUNG,…; repeatable. all is main, each lower rung alone, and the lowest.",
        ),
    ] = None
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Where results go, a folder a combination; kept ones are not read again."),
    ] = Path("docpipe-evaluation")
    results: Annotated[
        list[Path] | None,
        typer.Option(
            "--results", "-r", metavar="DIR", help="Score results that are there, and read nothing; repeatable."
        ),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Read everything again, replacing results in --out.")] = False
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that read side by side.")] = None
    text_layer: Annotated[TextLayer | None, typer.Option(help="Whether a PDF's own text is used.")] = None
    einvoice: Annotated[
        EInvoice | None,
        typer.Option(help="Whether the XML of an e-invoice is used; ignore where labels were made from it."),
    ] = None
    first: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N documents of each set.")] = (
        None
    )
    by: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Also score each value of a label key apart; repeatable.")
    ] = None
    train: Annotated[
        list[Path] | None,
        typer.Option(metavar="LABELS", help="Labels that a model learned from, for --by-company; repeatable."),
    ] = None
    by_company: Annotated[
        bool,
        typer.Option("--by-company", help="Score apart the companies that occur in --train, and those that do not."),
    ] = False
    conventions: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="NAME", help="How labels are meant; FOLDER=NAME for one set; repeatable."),
    ] = None
    day_first: Annotated[
        bool | None, typer.Option("--day-first/--month-first", help="How labels mean 03/04; else as their set has it.")
    ] = None
    reliability: Annotated[
        bool, typer.Option("--reliability", help="Also print how often values of a confidence are right, by field.")
    ] = False
    review_target: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="Print review thresholds that let at most so many wrong values pass."
        ),
    ] = None
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all scores as JSON.")] = None
    details: Annotated[bool, typer.Option("--details", help="Add every document to the JSON.")] = False
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a report: charts, and the worst documents pictured.")
    ] = None
    worst: Annotated[int, typer.Option(min=0, max=200, metavar="N", help="How many documents the report pictures.")] = (
        12
    )
    seed: Annotated[int, typer.Option(min=0, help="Of the draws behind the intervals.")] = 0
    resamples: Annotated[int, typer.Option(min=100, max=100_000, help="How many draws.")] = 2000
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is loaded and decided.")] = False


def run_evaluation(options: EvaluationOptions) -> None:
    """Read labelled documents with chosen rungs and print how well; or score results that are there.

    Exit codes: 0 scored, 2 configuration or usage, 3 no document, 130 interrupted.
    """
    require_lab("evaluate")
    from docpipe.cli.log_lines import set_up_logging
    from docpipe.config import load_config
    from docpipe.lab.evaluation.labels import read_sets
    from docpipe.lab.evaluation.scoring import score_set

    set_up_logging(options.verbose)
    _check_options(options)
    sets = [
        found.first(options.first)
        for found in read_sets(options.labels, conventions=options.conventions or (), day_first=options.day_first)
    ]
    _doubt_dates(sets)
    config = apply_options(load_config(options.config), options.workers, None, options.text_layer, options.einvoice)
    if options.results:
        _check_results(options.results, sets)
        folders = _name_folders(options.results)
    else:
        folders = _read(config, sets, options)
    groups = [
        group
        for found in sets
        for group in score_set(
            found, folders, _groupings(found, options), resamples=options.resamples, seed=options.seed
        )
    ]
    plan = _review_plan(groups, sets, options.review_target)
    _print(groups, plan, options)
    _doubts(folders)
    if options.json_file:
        _write_json(options.json_file, groups, folders, plan, options)
    if options.report:
        from docpipe.lab.evaluation.report.page import write_report

        write_report(options.report, sets, groups, config.input, worst=options.worst)
        typer.echo(f"report: {options.report}", err=True)


evaluate = command_of(run_evaluation, EvaluationOptions)


def _check_options(options: EvaluationOptions) -> None:
    if options.results and options.rungs:
        raise UsageError("--rungs says what to read with and --results reads nothing; leave one of them out")
    if options.by_company and not options.train:
        raise UsageError("--by-company needs --train LABELS: the labels whose companies count as known")


def _review_plan(groups: list[Group], sets: list[LabelledSet], target: float | None) -> ReviewPlan | None:
    """Return thresholds for the first column of all sets together."""
    if target is None:
        return None
    from docpipe.lab.evaluation.review_target import propose

    conventions = {labelled.name: labelled.conventions for labelled in sets}
    return propose(
        [
            (document, conventions[group.set_name])
            for group in groups
            if not group.name
            for document in group.columns[0].documents
        ],
        target,
    )


def _print(groups: list[Group], plan: ReviewPlan | None, options: EvaluationOptions) -> None:
    from docpipe.lab.evaluation.review_target import text_of_plan
    from docpipe.lab.evaluation.summary import reliability_text, text_of

    for group in groups:
        typer.echo(text_of(group) + "\n")
        if options.reliability:
            typer.echo(reliability_text(group.columns[0]) + "\n")
    if plan is not None:
        typer.echo(text_of_plan(plan))


def _check_results(results: list[Path], sets: list[LabelledSet]) -> None:
    """See that there is something to score: all documents wrong, as none was read, is seldom what was meant.

    Raises:
        NothingToDo: no result belongs to a labelled document.
    """
    from docpipe.lab.evaluation.readings import ResultFolder

    files = [label.file for labelled in sets for label in labelled.labels]
    if not any(folder.raw(file) for folder in map(ResultFolder, results) for file in files):
        raise NothingToDo(
            f"no result in {', '.join(map(str, results))} belongs to a labelled document; "
            "a result belongs where its `document.path` ends in the labels' `file`"
        )


def _doubt_dates(sets: list[LabelledSet]) -> None:
    """Say where the dates of a set can only be meant the other way than its conventions have it."""
    from docpipe.lab.evaluation.labels import contradicted_order

    for labelled in sets:
        date = contradicted_order(labelled)
        if date:
            order, other = ("day", "month") if labelled.conventions.day_first else ("month", "day")
            told = f"dates are read {order} first, but {date!r} is not; if the labels mean it so, add --{other}-first"
            typer.echo(f"{labelled.name}: {told}", err=True)


def _doubts(folders: dict[str, ResultFolder]) -> None:
    """Say what in a folder was passed over, or may not be what was meant."""
    for name, folder in folders.items():
        if folder.unreadable:
            names = ", ".join(folder.unreadable[:MOST_LISTED])
            typer.echo(f"{name}: {len(folder.unreadable)} JSON files are no results: {names}", err=True)
        if folder.repeated:
            told = f"{len(folder.repeated)} documents have several results, such as {folder.repeated[0]}"
            typer.echo(f"{name}: {told}; the first one counts. Give each run's folder its own --results", err=True)


def _name_folders(folders: list[Path]) -> dict[str, ResultFolder]:
    """Return folders of results, each under the shortest end of its path that tells it from the others."""
    from docpipe.lab.evaluation.readings import ResultFolder

    paths = list(dict.fromkeys(folder.resolve() for folder in folders))
    parts = max((len(path.parts) for path in paths), default=1)
    for length in range(1, parts + 1):
        names = ["/".join(path.parts[-length:]) for path in paths]
        if len(set(names)) == len(names):
            break
    return {name: ResultFolder(path) for name, path in zip(names, paths, strict=True)}


def _read(config: PipelineConfig, sets: list[LabelledSet], options: EvaluationOptions) -> dict[str, ResultFolder]:
    """Read the documents with every combination; return each one's results."""
    from docpipe.cli.console import Terminal
    from docpipe.lab.evaluation.combinations import combinations
    from docpipe.lab.evaluation.readings import ResultFolder
    from docpipe.lab.evaluation.running import count_strays, documents_of, run_combination

    chosen = combinations(options.rungs or ["main"], config)
    sources, missing = documents_of(sets)
    for file in missing[:MOST_LISTED]:
        typer.echo(f"missing, counted as wrong: {file}", err=True)
    if len(missing) > MOST_LISTED:
        typer.echo(f"… and {len(missing) - MOST_LISTED} more are missing", err=True)
    folders = {}
    for number, combination in enumerate(chosen, 1):
        typer.echo(f"[{number}/{len(chosen)}] {combination.name}", err=True)
        folder = options.out / combination.name
        terminal = Terminal()
        with terminal:
            summary = run_combination(
                config, combination, sources, folder, terminal, announce=terminal.on_loading, force=options.force
            )
        terminal.summary(summary)
        if summary.interrupted:
            typer.echo("interrupted; the same command goes on where it stopped", err=True)
            sys.exit(ExitCode.INTERRUPTED)
        folders[combination.name] = ResultFolder(folder)
        for stage, count in count_strays(folders[combination.name], combination).items():
            told = f"{stage} ran {count} times on another rung than {combination.pins[stage]}, as after a fault"
            typer.echo(f"{combination.name}: {told}; the results say why", err=True)
    return folders


def _groupings(found: LabelledSet, options: EvaluationOptions) -> list[Grouping]:
    from docpipe.lab.evaluation.companies import by_company
    from docpipe.lab.evaluation.labels import FILE, read_labels, stated_conventions
    from docpipe.lab.evaluation.scoring import by_key

    groupings = [by_key(key) for key in options.by or []]
    if options.by_company and options.train:
        files = [path / FILE if path.is_dir() else path for path in options.train]
        learned = [
            (label, stated_conventions(file)) for file in files for label in read_labels(file, without_file=True)
        ]
        groupings.append(by_company(learned, found.conventions))
    return groupings


def _write_json(
    file: Path,
    groups: list[Group],
    folders: dict[str, ResultFolder],
    plan: ReviewPlan | None,
    options: EvaluationOptions,
) -> None:
    import json

    from docpipe.files.atomic import write_atomic
    from docpipe.lab.evaluation.review_target import data_of_plan
    from docpipe.lab.evaluation.summary import data_of

    data = {
        "seed": options.seed,
        "resamples": options.resamples,
        "results": {name: str(folder.root) for name, folder in folders.items()},
        "sets": data_of(groups, details=options.details),
    }
    if plan is not None:
        data["review"] = data_of_plan(plan)
    write_atomic(file, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
