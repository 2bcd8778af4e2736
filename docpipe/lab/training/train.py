"""Trains a key-field model: hold out, weigh against the rules, fit the final networks, write a model directory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docpipe.errors import InputError
from docpipe.lab.evaluation.groups import alike, folds, issuers
from docpipe.lab.training.card import card
from docpipe.lab.training.cases import Case, labelled_case, made_case
from docpipe.lab.training.held_out import Judged, judge, settle
from docpipe.lab.training.labelled_documents import Labelled
from docpipe.lab.training.training_plan import Say, Trained, TrainingPlan
from docpipe.stages.key_fields.compiled_pack import PackSet
from docpipe.stages.key_fields.learned.about import COLUMNS, PATHS, About
from docpipe.stages.key_fields.learned.features import rule_width, width

HELD_OUT = 0.15
"""Share of the made-up documents that no network of the held-out measuring sees."""


def train(
    labelled: Sequence[Labelled],
    packs: PackSet,
    plan: TrainingPlan,
    out: Path,
    *,
    exclude: Sequence[Labelled] = (),
    say: Say = lambda what, done, all_: None,
) -> Trained:
    """Train on labelled documents and write a model directory.

    `exclude` are documents whose issuers must not be learned: training documents alike to one of them are left out.

    Raises:
        InputError: nothing is left to train on.
    """
    kept = [one for one in labelled if not any(alike(one.fields, other.fields) for other in exclude)]
    if not kept and not plan.made_up:
        raise InputError("no labelled document is left to train on: give more, or --synth")
    from docpipe.lab.training.export import export, load_members  # brings Paddle along
    from docpipe.lab.training.fit import Examples, FitSettings, fit, predict
    from docpipe.lab.training.network import Size

    shown = _cases(kept, packs, plan, say)
    made = []
    for number in range(plan.made_up):
        made.append(made_case(plan.seed * 10**6 + number, packs))
        say("making documents", number + 1, plan.made_up)
    base = About.read(plan.base) if plan.base else About()
    size = Size(width(PATHS), len(PATHS), len(COLUMNS))
    groups = issuers([one.fields for one in kept])
    fold_of = folds(groups, plan.folds) if plan.folds else []
    split = len(made) - int(HELD_OUT * len(made)) if plan.folds else len(made)
    rounds = (plan.folds + plan.members) * plan.epochs
    done = 0

    def fit_member(indices: Sequence[int], extra: Sequence[Case], seed: int, member: int):  # type: ignore[no-untyped-def]
        nonlocal done
        start = None
        if plan.base:
            before = load_members(plan.base, size)
            start = before[member % len(before)]

        def progress(epoch: int, loss: float) -> None:
            nonlocal done
            done += 1
            say(f"training, loss {loss:.3f}", done, rounds)

        examples = Examples([[case.example for case in shown[i]] for i in indices], [case.example for case in extra])
        settings = FitSettings(
            PATHS,
            size,
            rule_width(PATHS),
            plan.epochs,
            seed,
            plan.made_up_an_epoch,
            5e-4 if start is not None else 2e-3,
            plan.threads,
        )
        return fit(examples, settings, start, progress)

    judged: list[Judged] = []
    for fold in range(plan.folds):
        inside = [i for i, f in enumerate(fold_of) if f != fold]
        net = fit_member(inside, made[:split], plan.seed * 100 + 50 + fold, fold)
        for i, f in enumerate(fold_of):
            if f == fold:
                for case in shown[i][:2]:
                    judged += judge(case, predict(net, case.example))
        if fold == 0:
            for case in made[split:]:
                judged += judge(case, predict(net, case.example))
    about, tallies = settle(judged, base)
    members = [fit_member(range(len(kept)), made, plan.seed * 100 + 1 + n, n) for n in range(plan.members)]
    about = about.model_copy(
        update={
            "trained_on": {
                "documents": len(kept), "issuers": len(set(groups)), "made_up": plan.made_up, "epochs": plan.epochs,
                "members": plan.members, "seed": plan.seed, "base": plan.base.name if plan.base else "none",
            }
        }
    )  # fmt: skip
    trained = Trained(len(kept), len(set(groups)), len(labelled) - len(kept), tallies, about)
    files = export(members, about, out, card(trained, plan))
    return Trained(trained.documents, trained.issuers, trained.left_out, tallies, about, files)


def _cases(kept: Sequence[Labelled], packs: PackSet, plan: TrainingPlan, say: Say) -> list[list[Case]]:
    """Return each document as it is, and as it might have been misread."""
    cases = []
    for number, one in enumerate(kept):
        seeds = [None, *(plan.seed * 1000 + n for n in range(plan.variants))]
        cases.append([labelled_case(one, packs, seed) for seed in seeds])
        say("reading documents", number + 1, len(kept))
    return cases
