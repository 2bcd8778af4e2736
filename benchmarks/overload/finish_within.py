"""`docpipe run --finish-within` on real models: does it end in time, and does it give up less than a fixed rung?

    python -m benchmarks.overload.finish_within FOLDER --profile PROFILE [--documents 100] [--shares 0.5 0.7]

Copies of the folder's documents are read with the command line, in a process of its own each time: all on main before,
after and between the others, with a budget that is a share of the time that main took before, and by the fixed
configurations of the joint ladder that may make it. Seconds are wall-clock time of the whole command, the loading of
models included, as the budget counts that too. Whether a fixed configuration makes a budget is judged by its share of
the mean of main just before and after it, as the machine may have changed meanwhile; how much main drifted is printed
at the end. Accuracy is the product of the profile's factors of the rungs that answered, as a mean over the documents.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from benchmarks.machine import describe
from docpipe.config import load_config
from docpipe.control.controller import PolicyControl
from docpipe.control.deadline_routes import Ladders
from docpipe.files.shipped import find
from docpipe.profiles.prices import options_of
from docpipe.scheduling.ladder import Configuration, JointLadder

MOST_END, MOST_DRIFT = 1.05, 0.05


def read(
    documents: Path, config: Path, factors: Mapping[tuple[str, str], float], *arguments: str
) -> tuple[float, float, int]:
    """Read the folder with the command line; return seconds, mean accuracy, and documents without an answer."""
    with tempfile.TemporaryDirectory() as out:
        began = time.monotonic()
        command = [sys.executable, "-W", "ignore", "-m", "docpipe", "run", str(documents), "--out", out]
        done = subprocess.run([*command, "--config", str(config), *arguments], capture_output=True, text=True)
        took_s = time.monotonic() - began
        results = [json.loads(file.read_text("utf-8")) for file in Path(out).rglob("*.json")]
    answers = [r for r in results if r.get("status") in ("ok", "degraded")]
    if not answers:
        raise SystemExit(f"nothing was read: {done.stderr[-2000:]}")
    return took_s, mean(_accuracy(r["stages"], factors) for r in answers), len(list(documents.iterdir())) - len(answers)


def main() -> int:
    """Print one row a run; 1 where a budget is overrun by more than 5 %, or fixed rungs that make it do as well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--config", default="invoice")
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.5, 0.7])
    options = parser.parse_args()
    images = sorted(p for p in options.folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    print(describe(sample=f"{options.documents} copies of {len(images)} documents of {options.folder.name}"))
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder) / "documents"
        documents.mkdir()
        for number, image in zip(range(options.documents), itertools.cycle(images), strict=False):
            shutil.copy(image, documents / f"{number:04}{image.suffix}")
        config = Path(folder) / "pipeline.yaml"
        text = find("configs", options.config).read_text(encoding="utf-8")
        text = re.sub(r"^profile:.*\n", "", text, flags=re.MULTILINE)
        config.write_text(f"profile: {options.profile.absolute()}\n{text}", encoding="utf-8")
        return _compare(documents, config, options.shares)


def _compare(documents: Path, config: Path, shares: Sequence[float]) -> int:
    loaded = load_config(config)
    profile = loaded.load_profile()
    assert profile is not None
    factors = {
        (ladder.stage, rung): factor
        for ladder in loaded.ladders()
        for rung, (_, factor) in options_of(profile, ladder).items()
    }
    ladder = Ladders(loaded, PolicyControl(loaded).router)()
    if not ladder.top:
        raise SystemExit("the profile does not know the rungs of this file: measure again with `docpipe profile`")
    best = ladder.configurations[-1]
    mains: list[float] = []
    print(f"{'run':24} seconds  of main  budget  accuracy  unanswered", flush=True)

    def run(name: str, *arguments: str, budget_s: float | None = None) -> tuple[float, float]:
        took_s, accuracy, unanswered = read(documents, config, factors, *arguments)
        of_main = took_s / mains[-1] if mains else 1.0
        of_budget = f"{took_s / budget_s:7.1%}" if budget_s else f"{'':7}"
        print(f"{name:24} {took_s:7.1f} {of_main:8.1%} {of_budget} {accuracy:9.4f} {unanswered:11}", flush=True)
        return took_s, accuracy

    def pins(rungs: Sequence[str]) -> list[str]:
        return [f"--pin={stage}={rung}" for stage, rung in zip(ladder.stages, rungs, strict=True)]

    def run_main() -> None:
        mains.append(run("main", *pins(best.rungs))[0])

    run_main()
    planned = []
    for share in shares:
        budget_s = share * mains[-1]
        took_s, accuracy = run(f"finish within {share:.0%}", f"--finish-within={budget_s:.1f}s", budget_s=budget_s)
        planned.append((share, took_s / budget_s, accuracy))
        run_main()
    fixed = []
    for one in _candidates(ladder, shares):
        took_s, accuracy = run("/".join(one.rungs), *pins(one.rungs))
        run_main()
        fixed.append((took_s / mean(mains[-2:]), accuracy))
    missed = False
    for share, end, accuracy in planned:
        fits = [value for of_main, value in fixed if of_main <= share]
        by_fixed = f"the best fixed rungs that make it {1 - max(fits):.4f}" if fits else "no fixed rungs make it"
        print(f"{share:.0%}: ends at {end:.1%} of the budget; gives up {1 - accuracy:.4f}, {by_fixed}")
        missed |= end > MOST_END or bool(fits and max(fits) >= accuracy)
    drifts = [after / before - 1 for before, after in itertools.pairwise(mains)]
    drift = max(drifts, key=abs)
    void = ": over 5 %, no exact figures" if abs(drift) > MOST_DRIFT else ""
    print(
        f"main: {', '.join(f'{s:.1f}' for s in mains)} s; from one to the next it drifted by {drift:+.0%} at most{void}"
    )
    print("missed" if missed else f"held: each ends by {MOST_END:.0%} of its budget and gives up less than fixed rungs")
    return int(missed)


def _candidates(ladder: JointLadder, shares: Sequence[float]) -> list[Configuration]:
    """Return the fixed configurations that may be the best ones to make a budget: by the profile, and one above."""
    main_ms = ladder.configurations[-1].ms
    found: set[int] = set()
    for share in shares:
        fits = [at for at, one in enumerate(ladder.configurations[:-1]) if one.ms <= share * main_ms]
        found.update(at for at in (*fits[-2:], len(fits)) if at < ladder.top)
    return [ladder.configurations[at] for at in sorted(found)]


def _accuracy(stages: Mapping[str, Mapping[str, str]], factors: Mapping[tuple[str, str], float]) -> float:
    product = 1.0
    for stage, served in stages.items():
        product *= factors[stage, served["rung"]]
    return product


if __name__ == "__main__":
    raise SystemExit(main())
