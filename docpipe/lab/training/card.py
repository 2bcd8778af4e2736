"""The model card that a training writes beside its weights."""

from __future__ import annotations

from collections import defaultdict

from docpipe.lab.training.held_out import ChoiceTally
from docpipe.lab.training.training_plan import Trained, TrainingPlan


def card(trained: Trained, plan: TrainingPlan) -> str:
    """Return the card as Markdown: data, held-out scores, who decides, how to use it."""
    lines = [
        "# docpipe-key-fields",
        "",
        "A key-field model for docpipe, written by `docpipe train key-fields`.",
        "",
        f"Labelled documents: {trained.documents}, issuers: {trained.issuers}"
        + (f" ({trained.left_out} left out as alike to excluded ones)" if trained.left_out else "")
        + f"; made-up ones: {plan.made_up}.",
        f"Networks averaged: {plan.members}; epochs: {plan.epochs}; seed: {plan.seed}.",
        "",
        f"## Held out: {plan.folds} folds, no issuer in both training and measuring",
        "",
        "Right values (each labelled document counts as it is, and once misread on purpose). `possible`: the right",
        "value was among the options. The rules are the same in every round, and may have been written with these",
        "documents in view.",
        "",
        *_table([t for t in trained.tallies if not t.made_up]),
        "",
        "Made-up documents that no network of the measuring saw:",
        "",
        *_table(_join([t for t in trained.tallies if t.made_up])),
        "",
        "## Who decides",
        "",
        "Model and rules together (`both`) where that was no worse on labelled documents, or clearly better on made-up",
        "ones where there are no others; the rules alone for everything else.",
        "",
        *(
            f"- `{pack}`: " + (", ".join(f"`{p}`" for p, who in sorted(paths.items()) if who == "both") or "nothing")
            for pack, paths in sorted(trained.about.speaks.items())
        ),
        "",
        "## Use",
        "",
        "```yaml",
        "stages:",
        "  key_fields:",
        "    ladder:",
        "      - {name: main, use: {model_dir: THIS DIRECTORY}}",
        "      - {name: rules, mode: rules, use: {rules: auto}}",
        "```",
        "",
    ]
    return "\n".join(lines)


def _table(tallies: list[ChoiceTally]) -> list[str]:
    rows = [
        "| documents like | field | n | rules | model | both | possible |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows += [
        f"| {t.pack} | `{t.path}` | {t.documents} | {t.rules} | {t.model} | {t.both} | {t.possible} |" for t in tallies
    ]
    return rows


def _join(tallies: list[ChoiceTally]) -> list[ChoiceTally]:
    by_path: dict[str, list[ChoiceTally]] = defaultdict(list)
    for tally in tallies:
        by_path[tally.path].append(tally)
    return [
        ChoiceTally(
            path, "all", True, sum(t.documents for t in ts), sum(t.rules for t in ts), sum(t.model for t in ts),
            sum(t.both for t in ts), sum(t.possible for t in ts),
        )
        for path, ts in sorted(by_path.items())
    ]  # fmt: skip
