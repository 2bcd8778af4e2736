"""How much memory a long run gains: documents of mixed size in one process, and on supervised workers.

    python benchmarks/memory_slope.py [--documents 2000] [--workers 0] [--config invoice]

Reads drawn receipts of 30 to 100 % of their size between the pictures of `tests/samples/images`, in an order drawn with
a seed. Prints the resident memory of the reading processes every 100 documents, and the slope by least squares after
the first 300 in MB per 100 documents: of this process with `--workers 0`, else of the sum of the workers, recycling
counted. Bar: at most 1.
"""

from __future__ import annotations

import argparse
import io
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from machine import describe
from PIL import Image

from docpipe.batch.serving import start_serving
from docpipe.config import PipelineConfig, load_config
from docpipe.control.controller import PolicyControl
from docpipe.inputs.source import Source
from docpipe.lab.synth.plain import draw_receipts

SEED = 11
WARM, EVERY = 300, 10
SAMPLES = Path("tests/samples/images")


def mixed(count: int) -> Iterator[Source]:
    """Yield drawn receipts of several sizes, and now and then a real picture: one in twenty."""
    rng = random.Random(SEED)
    pictures = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".jpg", ".png"))
    for number, drawn in enumerate(draw_receipts(count, SEED)):
        if rng.random() < 0.05:
            picture = rng.choice(pictures)
            yield Source.of_bytes(picture.read_bytes(), f"{number}-{picture.name}")
            continue
        page = Image.open(io.BytesIO(drawn.data or b""))
        scale = rng.uniform(0.3, 1.0)
        data = io.BytesIO()
        page.resize((max(int(page.width * scale), 64), max(int(page.height * scale), 64))).save(data, "PNG")
        yield Source.of_bytes(data.getvalue(), drawn.path)


def reading_mb(workers: int) -> float:
    """Return the resident memory of the processes that read, in MB of 2**20 bytes."""
    me = psutil.Process()
    processes = [child for child in me.children() if "spawn_main" in " ".join(child.cmdline())] if workers else [me]
    return sum(process.memory_info().rss for process in processes) / 2**20


def slope(points: list[tuple[int, float]]) -> float:
    """Return MB per 100 documents by least squares."""
    return 100 * statistics.linear_regression(*zip(*points, strict=True)).slope


def run(config: PipelineConfig, documents: int) -> list[tuple[int, float]]:
    """Read all documents; return how many were read and the memory then, every so often."""
    points: list[tuple[int, float]] = []
    started, failed = time.monotonic(), 0
    with PolicyControl(config) as policy, start_serving(config, policy, lambda name: None) as serve:
        for number, (_, result) in enumerate(serve(mixed(documents)), start=1):
            failed += result.status == "failed"
            if number % EVERY == 0:
                points.append((number, reading_mb(config.workers)))
            if number % 100 == 0:
                print(f"{number:5} documents {points[-1][1]:7.0f} MB {time.monotonic() - started:6.0f} s", flush=True)
    print(f"failed: {failed}")
    return points


def main() -> None:
    """Run and print the slope."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--documents", type=int, default=2000)
    arguments.add_argument("--workers", type=int, default=0)
    arguments.add_argument("--config", default="invoice")
    given = arguments.parse_args()
    config = load_config(given.config).model_copy(update={"workers": given.workers})
    print(describe(SEED, f"{given.documents} drawn receipts of mixed size, 1 in 20 a picture of {SAMPLES}"))
    points = [point for point in run(config, given.documents) if point[0] > WARM]
    gained = slope(points)
    print(f"slope after {WARM}: {gained:+.2f} MB per 100 documents ({given.workers} workers); bar 1")
    sys.exit(gained > 1)


if __name__ == "__main__":
    main()
