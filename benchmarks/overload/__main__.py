"""How much accuracy within the deadline each policy returns under overload, over what the best schedule would.

    python -m benchmarks.overload [--trace CSV] [--seeds 11 12 | --commit HASH] [--only T1 T2] [--no-baselines]

Mode V: virtual time, reproducible to the bit. R = score / ceiling, the mean over seeds (worst). Traces T2 and T3 are
the Azure LLM inference traces of 2023 (CC-BY-4.0), in `traces/`. `--trace CSV` plays a trace of one's own beside.
`--profile FILE` takes the rungs of `configs/invoice.yaml` as that file measured them instead of the reference profile;
deadline and moments are then longer by as much as main is, so that the load is the same multiple of what it can do.
Refuses to run where the frozen inputs (`frozen.py`) have changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

from benchmarks.overload.ceiling import ceiling
from benchmarks.overload.frozen import TRACES, changed
from benchmarks.overload.policies import StickyPolicy, baselines
from benchmarks.overload.workload import BASE_ACCURACY, DEADLINE_MS, REFERENCE, WORKERS, read_trace, traces, with_sizes
from docpipe.config import load_config
from docpipe.control.controller import PolicyControl
from docpipe.control.deadline_routes import Ladders
from docpipe.policy.core.frontier import StageOptions
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Harness, Policy, PricePolicy, SimulationResult

GATE = {"T1": 0.985, "T2": 0.92, "T3": 0.985}


def main() -> int:
    """Run the benchmark; 1 where docpipe's own row misses the gate, or a policy is above the ceiling."""
    options = _options()
    if differing := changed():
        raise SystemExit(f"not as it was frozen: {', '.join(differing)}")
    seeds = _seeds_of(options.commit) if options.commit else options.seeds
    stages, base = (measured_stages(options.profile), 1.0) if options.profile else (REFERENCE, BASE_ACCURACY)
    ladder = build_ladder(stages, base)
    times = ladder.configurations[-1].ms / build_ladder(REFERENCE).configurations[-1].ms if options.profile else 1.0
    deadline_ms = DEADLINE_MS * times
    harness = Harness(stages, base, WORKERS, deadline_ms)
    rows: dict[str, Callable[[], Policy]] = {
        "docpipe, costliest_first": lambda: PricePolicy(ladder, SchedulerSettings(WORKERS, deadline_ms)),
        "docpipe, only_hopeless": lambda: PricePolicy(
            ladder, SchedulerSettings(WORKERS, deadline_ms, refuse="only_hopeless")
        ),
    }
    rows["docpipe, sticky"] = lambda: StickyPolicy(
        ladder, SchedulerSettings(WORKERS, deadline_ms, consistency="sticky")
    )
    if not options.no_baselines:
        rows |= baselines(ladder, deadline_ms, WORKERS)
    print(f"mode V, {WORKERS} workers, deadline {deadline_ms:g} ms, seeds {seeds}, Python {platform.python_version()}")
    kept: dict[str, dict[str, list[float]]] = {}
    failed = False
    found = dict(traces(TRACES))
    if options.trace:
        found[options.trace.stem] = lambda seed: read_trace(options.trace)
    for trace in [name for name in found if not options.only or name in options.only]:
        documents = {seed: with_sizes([at * times for at in found[trace](seed)], seed) for seed in seeds}
        tops = {seed: ceiling(documents[seed], ladder, WORKERS, deadline_ms / 1000) for seed in seeds}
        print(f"\n{trace}: {sum(map(len, documents.values()))} documents, ceiling {mean(tops.values()):.4f}")
        print(f"{'policy':32} {'R':>6} {'worst':>6}   full  degr  late refus   P50   P95   P99 ms  largest third lost")
        for name, make in rows.items():
            policies = {seed: make() for seed in seeds}
            outcomes = [harness.play(policies[seed], documents[seed]) for seed in seeds]
            ratios = [outcome.per_document / tops[seed] for outcome, seed in zip(outcomes, seeds, strict=True)]
            kept.setdefault(trace, {})[name] = ratios
            print(f"{name:32} {mean(ratios):6.3f} {min(ratios):6.3f} {_shares(outcomes)}")
            sticky = [policy for policy in policies.values() if isinstance(policy, StickyPolicy)]
            if sticky:
                swings = sum(policy.reversals() for policy in sticky)
                print(f"{'':32} moves of the price by seed: {', '.join(str(len(one.moves)) for one in sticky)}; "
                      f"down, up and down again within 60 s: {swings}")  # fmt: skip
                failed |= swings > 0
            failed |= max(ratios) > 1.0
            failed |= name == "docpipe, costliest_first" and mean(ratios) < GATE.get(trace, 0.0)
    if options.json:
        options.json.write_text(json.dumps({"seeds": seeds, "R": kept}, indent=1), encoding="utf-8")
    print("\ngate missed" if failed else "\ngate held: R >= " + ", ".join(f"{v} on {k}" for k, v in GATE.items()))
    return int(failed)


def measured_stages(profile: Path) -> Sequence[StageOptions]:
    """Return the rungs of `configs/invoice.yaml` with the times and accuracies of a profile."""
    config = load_config("invoice", measuring=True).model_copy(update={"profile": str(profile.absolute())})
    return Ladders(config, PolicyControl(config).router)().options


def _shares(outcomes: Sequence[SimulationResult]) -> str:
    total = sum(outcome.documents for outcome in outcomes)
    counts = [sum(getattr(o, key) for o in outcomes) / total for key in ("full", "degraded", "late", "refused")]
    times = [mean(outcome.percentile(share) for outcome in outcomes) for share in (0.5, 0.95, 0.99)]
    large = [outcome.served_by_size[2] for outcome in outcomes]
    unserved = 1 - sum(served for served, _ in large) / max(1, sum(offered for _, offered in large))
    return (
        " ".join(f"{100 * c:4.1f}%" for c in counts) + " " + " ".join(f"{t:5.0f}" for t in times) + f"  {unserved:8.1%}"
    )


def _seeds_of(commit: str) -> list[int]:
    """Return four seeds that nobody picks: from the hash of a commit."""
    digest = hashlib.sha256(commit.encode()).digest()
    return [int.from_bytes(digest[4 * i : 4 * i + 4], "big") for i in range(4)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trace", type=Path, help="a CSV file with a column arrival_s or TIMESTAMP")
    parser.add_argument("--profile", type=Path, help="what `docpipe profile` measured")
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13, 14])
    parser.add_argument("--commit", help="take four seeds from the hash of this text")
    parser.add_argument("--only", nargs="+", help="names of traces")
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
