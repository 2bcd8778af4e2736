"""How much memory each model takes, and how much comes back when it is freed.

Each model runs in a fresh process: loaded, run on pages of several sizes, freed; then loaded, run and freed again, to
see whether the second round finds the memory of the first. Prints the machine, the versions and a table.

    python benchmarks/memory_release.py [--rounds 2] [--out FILE] [MODEL ...]
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SEED = 20
SIZES = ((640, 480), (960, 704), (960, 480))
"""Height and width of the pages that a detector or a table model runs on."""


def measure(name: str, rounds: int) -> list[dict[str, float]]:
    """Load, run and free one model in this process; return MB of resident memory at each step of each round."""
    from docpipe.runtime.calibration import text_crops, text_pages
    from docpipe.runtime.manifest import load_manifest
    from docpipe.runtime.memory import rss_mb
    from docpipe.runtime.paddle import PaddleRuntime, import_paddle
    from docpipe.runtime.protocol import ModelRef
    from docpipe.runtime.settings import RuntimeSettings

    entry = load_manifest().get(name)
    settings = RuntimeSettings()
    if entry.task == "text_recognition":
        images = text_crops(20, SEED)
    else:
        images = [text_pages(1, SEED + n, width=width, height=height)[0] for n, (height, width) in enumerate(SIZES)]
    import_paddle(settings.cache(), entry.engine)
    runtime, ref = PaddleRuntime(settings), ModelRef(entry.task, name)
    found = []
    for _ in range(rounds):
        step = {"before": rss_mb()}
        loaded = runtime.load(ref)
        step["loaded"] = rss_mb()
        for image in images:
            runtime.infer(ref, [image])
        step["used"] = rss_mb()
        runtime.free(ref)
        found.append({**step, "freed": rss_mb(), "load_s": loaded.load_s})
    return found


def table(results: Sequence[tuple[str, list[dict[str, float]]]]) -> list[str]:
    """Return lines: one per model, over the first round, and what the last round still holds."""
    lines = [
        f"{'model':<26} {'load s':>7} {'loads':>7} {'in use':>7} {'given back':>11} {'of that':>8} "
        f"{'kept, round 1':>14} {'kept, last':>11}"
    ]
    for name, rounds in results:
        first, last = rounds[0], rounds[-1]
        took = first["used"] - first["before"]
        back = first["used"] - first["freed"]
        lines.append(
            f"{name:<26} {first['load_s']:>7.2f} {first['loaded'] - first['before']:>7.0f} {took:>7.0f} {back:>11.0f} "
            f"{back / took:>8.0%} {first['freed'] - first['before']:>14.0f} {last['freed'] - first['before']:>11.0f}"
        )
    return lines


def main() -> None:
    """Run the models one after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.rounds)))
        return

    from docpipe.runtime.doctor import examine, packaged_models
    from docpipe.runtime.settings import RuntimeSettings

    report = examine(RuntimeSettings())
    names = options.models or [ref.name for ref in packaged_models(RuntimeSettings())]
    results = []
    for name in names:
        command = [sys.executable, __file__, "--one", name, "--rounds", str(options.rounds)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        results.append((name, json.loads(done.stdout)))
        print(name, done.stdout.strip(), file=sys.stderr, flush=True)
    shown = ("paddleocr", "paddlex", "paddlepaddle", "onnxruntime", "numpy")
    lines = [
        f"machine   {report.processor}, {report.cores} cores, {report.memory.total_mb:.0f} MB, {platform.platform()}",
        f"versions  Python {report.python}, " + ", ".join(f"{name} {report.packages[name]}" for name in shown),
        f"seed      {SEED}, {options.rounds} rounds; MB of resident memory, without the import of the engine itself",
        "",
        *table(results),
    ]
    print("\n".join(lines))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
