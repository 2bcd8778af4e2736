"""What each detector and recogniser costs on this machine, in alternation on the same images.

Wall time is what a caller waits; CPU time says more where the machine is shared. Each figure is the median over rounds.
The images are rendered by docpipe itself; another directory of pages can be given for detection.

    python benchmarks/model_speed.py [--threads 2] [--rounds 7] [--pages DIR] [--out FILE]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from itertools import islice
from pathlib import Path

from docpipe.document import Image
from docpipe.runtime.calibration import text_crops, text_pages
from docpipe.runtime.doctor import examine
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.settings import RuntimeSettings

SEED = 20
DETECTION = [(name, side) for name in ("PP-OCRv6_small_det", "PP-OCRv4_mobile_det") for side in (960, 736, 640)]
RECOGNITION = [
    ("PP-OCRv6_small_rec", 1.0),
    ("PP-OCRv6_small_rec", 0.8),
    ("PP-OCRv6_small_rec", 0.65),
    ("PP-OCRv6_small_rec_int8", 1.0),
    ("PP-OCRv6_small_rec_int8", 0.8),
    ("PP-OCRv4_mobile_rec", 1.0),
]
"""A model, and how far its crops are squeezed in width."""


def read_pages(directory: Path | None) -> list[Image]:
    """Return the pages to detect on: rendered ones, or up to five of a directory."""
    if directory is None:
        return text_pages(3, SEED, width=480, height=1000)
    import cv2

    read = (cv2.imread(str(path)) for path in sorted(directory.iterdir()))
    return [page.astype("uint8") for page in islice((page for page in read if page is not None), 5)]


def squeezed(crop: Image, share: float) -> Image:
    """Return a crop made narrower."""
    import cv2

    size = (max(4, round(crop.shape[1] * share)), crop.shape[0])
    return crop if share == 1.0 else cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype("uint8")


def measure(runtime: PaddleRuntime, rounds: int, pages: list[Image]) -> dict[str, tuple[float, float]]:
    """Return the medians of wall and CPU milliseconds: of a page for detectors, of a crop for recognisers."""
    crops = text_crops(24, SEED)
    tasks = [
        (f"{name} {side}", ModelRef("text_detection", name), pages, {"limit_side_len": side, "limit_type": "max"})
        for name, side in DETECTION
    ] + [
        (f"{name} width x {share:g}", ModelRef("text_recognition", name), [squeezed(c, share) for c in crops], {})
        for name, share in RECOGNITION
    ]
    for _, ref, _, _ in tasks:
        runtime.load(ref)
    found: dict[str, list[tuple[float, float]]] = {label: [] for label, *_ in tasks}
    for turn in range(rounds + 1):
        for label, ref, images, options in tasks:
            wall, cpu = time.perf_counter(), time.process_time()
            for image in images:
                runtime.infer(ref, [image], options)
            spent = (time.perf_counter() - wall, time.process_time() - cpu)
            if turn:  # the first round meets each shape for the first time
                found[label].append((1000 * spent[0] / len(images), 1000 * spent[1] / len(images)))
    return {
        label: (statistics.median(w for w, _ in values), statistics.median(c for _, c in values))
        for label, values in found.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=options.threads))
    found = measure(runtime, options.rounds, read_pages(options.pages))
    report = examine(runtime.settings)
    shown = ("paddleocr", "paddlepaddle", "onnxruntime")
    lines = [
        f"machine   {report.processor}, {report.cores} cores, {platform.platform()}",
        f"versions  Python {report.python}, " + ", ".join(f"{name} {report.packages[name]}" for name in shown),
        f"seed      {SEED}, {options.threads} threads, median of {options.rounds} rounds in alternation",
        f"load      {os.getloadavg()[1]:.1f} on average over five minutes; where it is high, compare CPU time",
        "",
        f"{'ms a page, or a crop':<40} {'wall':>8} {'ratio':>7} {'CPU':>8} {'ratio':>7}",
    ]
    base = (1.0, 1.0)
    for label, (wall, cpu) in found.items():
        if label in (f"{DETECTION[0][0]} {DETECTION[0][1]}", f"{RECOGNITION[0][0]} width x 1"):
            base = (wall, cpu)
        lines.append(f"{label:<40} {wall:>8.1f} {wall / base[0]:>7.2f} {cpu:>8.1f} {cpu / base[1]:>7.2f}")
    print("\n".join(lines))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    runtime.close()


if __name__ == "__main__":
    main()
