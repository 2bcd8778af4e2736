"""What each step of page preparation brings and costs: labelled pages, as they are and spoiled, with and without it.

    python benchmarks/page_preparation.py path/to/labels.jsonl --variants plain rot90 skew3 fade10
        --steps none orientation deskew normalise [--every 10] [--first N] [--threads 1] [--config invoice]

Every page is read by the best rungs, once for each variant and step; the steps take turns on each page. Scores are
those of `docpipe evaluate`; CPU is the whole reading's, and its ratio is to the step named first. `turned` counts the
pages that were turned, `level_page` those that were levelled.

Variants: `plain`; `rot90`, `rot180`, `rot270`, turned clockwise by so many degrees; `skewN` and `skew-N`, leaning by
N degrees; `contrastN`, ink at N per cent of its contrast, with noise; `greyN`, the same on dark paper; `fadeN`, as
thermal paper fades, in bands down to N per cent; `smallN`, shrunk to N per cent. All but the turned ones are then kept
as JPEG.

Steps: `none`; `orientation`, `deskew`, joined by `+`, as a rung's `prepare` has them; and what was tried for faint
pages, done to the picture before it is read: `stretch`, `normalise`, `clahe`. docs/design/text.md says what was kept.

With `--turns` nothing is read: text is found on every page as it is and turned three ways, and the turn that the page
would be given is counted.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from machine import describe

from docpipe.config import PipelineConfig, load_config
from docpipe.document import Document, Image, Page
from docpipe.inputs.open import open_document
from docpipe.lab.evaluation.labels import Label, LabelledSet, read_sets
from docpipe.lab.evaluation.readings import read_result
from docpipe.lab.evaluation.scoring import score_document
from docpipe.lab.evaluation.tallies import Tally
from docpipe.pipeline import Pipeline
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.stages.page_preparation.turning import TURNS, level_page
from docpipe.stages.text_detection import TextDetection

METRICS = ("words", "fields", "fields fuzzy", "line items", "TEDS", "TEDS-Struct")
SEED = 7


@dataclass
class Count:
    """What one step did to one variant, over all pages."""

    pages: int = 0
    cpu: float = 0.0
    turned: int = 0
    level_page: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)


def main() -> None:
    options = _options()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    config = load_config(options.config)
    config = config.model_copy(
        update={
            "runtime": config.runtime.model_copy(update={"cpu_threads": options.threads, "infer_timeout_s": None}),
            "input": config.input.model_copy(update={"text_layer": "ignore"}),
        }
    )
    (labelled,) = read_sets([options.labels])
    labels = labelled.labels[:: options.every][: options.first]
    print(describe(SEED, f"{labelled.name}, every {options.every}th, {options.threads} threads"))
    runtime = PaddleRuntime(config.runtime)
    if options.turns:
        _turns(config, runtime, labelled, labels)
        return
    pipelines = {steps: Pipeline(_with(config, steps), runtime=runtime) for steps in map(_prepared, options.steps)}
    counts = {(variant, step): Count() for variant in options.variants for step in options.steps}
    number = 0
    for label, image in _pages(labelled, labels, config):
        for variant in options.variants:
            spoiled = spoil(image, variant)
            for step in _in_turn(options.steps, number):
                given = FAINT[step](spoiled) if step in FAINT else spoiled
                if number < len(options.steps):
                    pipelines[_prepared(step)].run(given)  # once for nothing: buffers, caches
                started = time.process_time()
                result = pipelines[_prepared(step)].run(given)
                count = counts[variant, step]
                count.cpu += time.process_time() - started
                count.pages += 1
                _add(count, label, labelled, result.model_dump(mode="json"))
            number += 1
    _print(options, counts)
    for pipeline in pipelines.values():
        pipeline.close()


def _add(count: Count, label: Label, labelled: LabelledSet, result: dict[str, Any]) -> None:
    for page in result["pages"]:
        count.turned += page["rotation"] != 0
        count.levelled += any(abs(v - round(v)) > 1e-6 for v in page["transform"][:4])
    for name, tally in score_document(label, read_result(result), labelled.conventions).tallies.items():
        count.tallies[name] = count.tallies.get(name, Tally.of(hits=0, want=0, got=0)) + tally


def _print(options: argparse.Namespace, counts: dict[tuple[str, str], Count]) -> None:
    print(f"{'variant':12}{'step':22}{'pages':>6}{'turned':>7}{'levelled':>9}" + "".join(f"{m:>14}" for m in METRICS)
          + f"{'CPU s':>8}{'ratio':>7}")  # fmt: skip
    for (variant, step), count in counts.items():
        shares = [count.tallies[m].share if m in count.tallies else None for m in METRICS]
        cells = "".join(f"{share:14.4f}" if share is not None else f"{'-':>14}" for share in shares)
        first = counts[variant, options.steps[0]]
        print(f"{variant:12}{step:22}{count.pages:6}{count.turned:7}{count.levelled:9}{cells}"
              f"{count.cpu / max(count.pages, 1):8.2f}{count.cpu / max(first.cpu, 1e-9):7.3f}")  # fmt: skip


def _turns(config: PipelineConfig, runtime: PaddleRuntime, labelled: LabelledSet, labels: tuple[Label, ...]) -> None:
    settings = _with(config, ("orientation",)).stages.text_detection.ladder[0].use
    for ref in settings.models():
        runtime.load(ref)
    plain = settings.model_copy(update={"prepare": ()})
    wrong: list[str] = []
    right, times = 0, {True: 0.0, False: 0.0}
    for label, image in _pages(labelled, labels, config):
        for degrees in (0, 90, 180, 270):
            lying = np.ascontiguousarray(cv2.rotate(image, TURNS[degrees]) if degrees else image, dtype=np.uint8)
            height, width = lying.shape[:2]
            document = Document("", "", "", "", 0, 1, (Page(1, width, height, lying),))
            started = time.process_time()
            found = TextDetection().run(document, settings, runtime).pages[0]
            times[True] += (time.process_time() - started) * (degrees == 0)
            if degrees == 0:
                started = time.process_time()
                TextDetection().run(document, plain, runtime)
                times[False] += time.process_time() - started
            if found.rotation == (360 - degrees) % 360:
                right += 1
            else:
                wrong.append(f"{label.file}, turned by {degrees}: would be turned by {found.rotation}")
    print(f"right {right}, wrong {len(wrong)}; finding text on the pages as they are took {times[False]:.1f} s of CPU, "
          f"{times[True]:.1f} s with orientation")  # fmt: skip
    print("\n".join(wrong))


def _pages(labelled: LabelledSet, labels: tuple[Label, ...], config: PipelineConfig) -> Iterator[tuple[Label, Image]]:
    """Yield the documents of one page, drawn."""
    for label in labels:
        if label.pages == 1:
            with open_document(labelled.folder / label.file, config.input, name=label.file) as opened:
                for page in opened.pages():
                    if isinstance(page, Page) and page.image is not None:
                        yield label, page.image


def _prepared(step: str) -> tuple[str, ...]:
    return () if step == "none" or step in FAINT else tuple(step.split("+"))


def _with(config: PipelineConfig, prepare: tuple[str, ...]) -> PipelineConfig:
    """Return a configuration of the best rungs alone, where text detection prepares a page in this way."""
    stages = {}
    for name in ("text_detection", "text_recognition", "table_structure", "key_fields"):
        stage = getattr(config.stages, name)
        rung = stage.ladder[0]
        if name == "text_detection":
            rung = rung.model_copy(update={"use": rung.use.model_copy(update={"prepare": prepare})})
        stages[name] = stage.model_copy(update={"ladder": (rung,)})
    return config.model_copy(update={"stages": config.stages.model_copy(update=stages)})


def spoil(image: Image, variant: str) -> Image:
    """Return a page as a variant has it; the same page and name give the same pixels."""
    match = re.fullmatch(r"(plain|rot|skew|contrast|grey|fade|small)(-?[0-9.]*)", variant)
    if match is None:
        raise SystemExit(f"no such variant: {variant}")
    kind, by = match[1], float(match[2] or 0)
    if kind == "plain":
        return image
    if kind == "rot":
        return np.ascontiguousarray(cv2.rotate(image, TURNS[int(by)]), dtype=np.uint8)
    height, width = image.shape[:2]
    if kind == "skew":
        spoiled = level_page(Page(1, width, height, image), -math.radians(by)).image
        assert spoiled is not None
        return _jpeg(spoiled, 90)
    if kind == "small":
        return _jpeg(cv2.resize(image, None, fx=by / 100, fy=by / 100, interpolation=cv2.INTER_AREA), 80)
    share, paper = np.full(height, by / 100), 160.0 if kind == "grey" else 255.0
    if kind == "fade":
        share += (1 - by / 100) * 0.5 * (1 + np.cos(np.linspace(0, 3 * np.pi, height)))
    noise = np.random.default_rng(SEED).normal(0, 2, (height, width, 1))
    pale = paper - (255.0 - image.astype(np.float64)) * share[:, None, None] + noise
    return _jpeg(np.clip(pale, 0, 255).astype(np.uint8), 75)


def _jpeg(image: Any, quality: int) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


def _stretch(image: Image) -> Image:
    """Let the darkest hundredth be black and the paper white."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    dark, paper = (float(v) for v in np.percentile(grey[::2, ::2], (1, 60)))
    table = np.clip((np.arange(256) - dark) * 255 / max(paper - dark, 1), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table), dtype=np.uint8)


def _normalise(image: Image) -> Image:
    """Divide by the paper behind the ink, then let the darkest hundredth be black."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    step = max(1, max(height, width) // 400)
    small = cv2.resize(grey, (max(1, width // step), max(1, height // step)), interpolation=cv2.INTER_AREA)
    paper = cv2.resize(cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 15), (width, height))
    share = np.clip(grey / np.maximum(paper.astype(np.float32), 1), 0, 1)
    dark = float(np.percentile(share[::2, ::2], 1))
    even = (np.clip((share - dark) / max(1 - dark, 0.02), 0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(even, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def _clahe(image: Image) -> Image:
    """Equalise the lightness within tiles, within limits (Zuiderveld 1994)."""
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), dtype=np.uint8)


FAINT: dict[str, Callable[[Image], Image]] = {"stretch": _stretch, "normalise": _normalise, "clahe": _clahe}


def _in_turn(steps: list[str], number: int) -> list[str]:
    at = number % len(steps)
    return steps[at:] + steps[:at]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--variants", nargs="+", default=["plain"])
    parser.add_argument("--steps", nargs="+", default=["none", "orientation"])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--config", default="invoice")
    parser.add_argument("--turns", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
