"""Text detection: where on the page runs of text stand, as four-cornered regions in the page's own pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from docpipe.document import Document, Image, Page, Polygon, SecondLook, TextRegion
from docpipe.runtime.protocol import EngineChoice, ModelRef, Prediction, Runtime
from docpipe.stages.page_preparation.dots import join_dots, join_page_of_dots
from docpipe.stages.page_preparation.lean import lean
from docpipe.stages.page_preparation.orientation import runs_across, upright_turn
from docpipe.stages.page_preparation.papers import find_papers
from docpipe.stages.page_preparation.stamps import find_stamps, merge_regions, without_colour
from docpipe.stages.page_preparation.turning import level_page, turn_page
from docpipe.stages.protocol import StageSettings
from docpipe.stages.stage_spec import StageSpec

STRIDE = 32
"""The network's input sides are multiples of this (PaddleX, `DetResizeForTest`)."""
LONGEST_SIDE = 4000
"""No side of a network's input is longer, however extreme the page; PaddleX's own `max_side_limit`."""


LEAST_LEAN = math.radians(0.5)
"""A page that leans less is read as it is."""

Step = Literal["orientation", "deskew"]


class TextDetectionSettings(StageSettings):
    """What a rung of text detection may say, under PaddleOCR's own names."""

    model_name: str = "PP-OCRv6_small_det"
    model_dir: str | None = None
    engine: EngineChoice | None = None
    device: str | None = None
    limit_side_len: int = Field(default=1280, ge=STRIDE, le=LONGEST_SIDE)
    limit_type: Literal["max", "min"] = "max"
    thresh: float = Field(default=0.3, gt=0, lt=1)
    box_thresh: float = Field(default=0.55, gt=0, lt=1)
    unclip_ratio: float = Field(default=1.6, gt=0, le=4)
    limit_aspect: float = Field(default=3.0, ge=1)
    """Up to this ratio of sides the limit is the long side's. A page still longer, such as a till roll, gets a longer
    one in proportion, as it would else be shrunk by its length until its letters are gone."""

    prepare: tuple[Step, ...] = ()
    """`orientation` turns the page until its text stands upright, `deskew` levels it. The stages that follow see the
    page as turned; results give places on the original page."""
    orientation_model: str = "ch_ppocr_mobile_v2.0_cls"
    """Tells whether a line stands on its head."""
    orientation_model_dir: str | None = None

    def models(self) -> Sequence[ModelRef]:
        detector = ModelRef("text_detection", self.model_name, self.model_dir, self.engine, self.device)
        return (detector, self.orientation_ref) if "orientation" in self.prepare else (detector,)

    def input_limit(self) -> tuple[str, int] | None:
        return ("limit_side_len", self.limit_side_len) if self.limit_type == "max" else None

    @property
    def orientation_ref(self) -> ModelRef:
        """The network that is asked where `prepare` names `orientation`."""
        return ModelRef("text_orientation", self.orientation_model, self.orientation_model_dir, device=self.device)


class TextDetection:
    """Fills `page.regions`, in the order the network gives them; reading order comes with the text."""

    name: ClassVar[str] = "text_detection"
    settings: type[TextDetectionSettings] = TextDetectionSettings

    def run(self, document: Document, settings: TextDetectionSettings, runtime: Runtime) -> Document:
        """Return the document with the regions of every page that has an image.

        Raises:
            OutOfMemory: memory ran out.
            StageError: the engine failed.
        """
        return document.with_pages([_prepare_page(page, settings, runtime) for page in document.pages])


def _prepare_page(page: Page, settings: TextDetectionSettings, runtime: Runtime) -> Page:
    """Return a page with its regions, turned upright and levelled where the settings ask for it."""
    found = _detect(page, settings, runtime)
    if not found.regions and found.image is not None and (dots := join_page_of_dots(found.image)) is not None:
        found = replace(found, regions=_detect(replace(page, image=dots), settings, runtime).regions)
    joined = None if found.image is None else join_dots(found.image, found.regions)
    if "orientation" in settings.prepare:
        found = _upright(found, joined, settings, runtime)
    if "deskew" in settings.prepare:
        leaning = lean([region.polygon for region in found.regions])
        found = level_page(found, leaning) if abs(leaning) >= LEAST_LEAN else found
    image = found.image
    if image is None:
        return found
    found = replace(found, papers=find_papers(image, found.regions))
    if joined is None:
        return _without_stamps(found, image, settings, runtime)
    joined = join_dots(image, found.regions)  # the page may have been turned or levelled since
    whole = (0.0, 0.0, float(found.width), float(found.height))
    return found if joined is None else replace(found, second_look=SecondLook(joined, (whole,)))


def _without_stamps(page: Page, image: Image, settings: TextDetectionSettings, runtime: Runtime) -> Page:
    """Return a page with a second picture of it without its stamps, and with the text found under them."""
    stamps = find_stamps(image, page.regions)
    if not stamps:
        return page
    clean = without_colour(image, stamps)
    under = _detect(replace(page, image=clean), settings, runtime).regions
    return replace(page, regions=merge_regions(page.regions, under, stamps), second_look=SecondLook(clean, stamps))


def _upright(found: Page, joined: Image | None, settings: TextDetectionSettings, runtime: Runtime) -> Page:
    """Return a page turned until its text stands upright, with what was found on the turned page.

    Of dots alone the network sees no letters: where print is dotted it is asked about the picture with joined dots.
    """

    def ask(lines: Sequence[Image]) -> list[float]:
        answers = runtime.infer(settings.orientation_ref, lines, {"batch_size": len(lines), "topk": 1})
        return [_on_head(answer) for answer in answers]

    if found.image is None:
        return found
    degrees = upright_turn(found.image if joined is None else joined, found.regions, ask)
    if degrees == 0:
        return found
    upright = _detect(turn_page(found, degrees), settings, runtime)
    return upright if runs_across(upright.regions) else found


def _on_head(answer: Prediction) -> float:
    """Return how surely a line stands on its head, from 0 to 1."""
    score = float(answer["scores"][0])
    return score if str(answer["label_names"][0]).startswith("180") else 1 - score


def _detect(page: Page, settings: TextDetectionSettings, runtime: Runtime) -> Page:
    if page.image is None or 0 in page.image.shape:
        return replace(page, regions=())
    limit = side_limit(page.width, page.height, settings)
    options = {
        "limit_side_len": limit,
        "limit_type": settings.limit_type,
        "max_side_limit": LONGEST_SIDE,
        "thresh": settings.thresh,
        "box_thresh": settings.box_thresh,
        "unclip_ratio": settings.unclip_ratio,
    }
    (prediction,) = runtime.infer(settings.models()[0], [page.image], options)
    return replace(page, regions=regions_of(prediction, page.image, limit, settings.limit_type))


def side_limit(width: int, height: int, settings: TextDetectionSettings) -> int:
    """Return the side limit for a page of this size, in pixels of the network's input."""
    if settings.limit_type == "min":
        return settings.limit_side_len
    aspect = max(width, height) / max(min(width, height), 1)
    return min(round(settings.limit_side_len * max(1.0, aspect / settings.limit_aspect)), LONGEST_SIDE)


def network_size(width: int, height: int, limit: int, limit_type: str) -> tuple[int, int]:
    """Return the width and height that PaddleX shrinks or stretches a page to before the network sees it."""
    side = max(width, height) if limit_type == "max" else min(width, height)
    scaled = side > limit if limit_type == "max" else side < limit
    ratio = limit / side if scaled else 1.0
    w, h = int(width * ratio), int(height * ratio)
    if max(w, h) > LONGEST_SIDE:
        ratio = LONGEST_SIDE / max(w, h)
        w, h = int(w * ratio), int(h * ratio)
    return max(round(w / STRIDE) * STRIDE, STRIDE), max(round(h / STRIDE) * STRIDE, STRIDE)


def regions_of(prediction: Prediction, image: Image, limit: int, limit_type: str) -> tuple[TextRegion, ...]:
    """Return what the network found, in pixels of the page.

    PaddleX takes the indices of the network's pixels for their places. A pixel covers the square from its index to the
    next, so every box stands half a network pixel too far left and too high; the half is put back here.
    """
    height, width = image.shape[:2]
    polygons = np.asarray(prediction["dt_polys"], dtype=np.float64).reshape(-1, 4, 2)
    columns, rows = network_size(width, height, limit, limit_type)
    polygons += (0.5 * width / columns, 0.5 * height / rows)
    polygons = np.clip(polygons, 0, (width, height))
    return tuple(
        TextRegion(_polygon(points), float(score))
        for points, score in zip(polygons.tolist(), prediction["dt_scores"], strict=True)
    )


def _polygon(points: list[list[float]]) -> Polygon:
    (a, b), (c, d), (e, f), (g, h) = points
    return ((a, b), (c, d), (e, f), (g, h))


def megapixels(page: Page, settings: TextDetectionSettings) -> float:
    """Return the millions of pixels that the detector's network sees of a page."""
    limit = side_limit(page.width, page.height, settings)
    width, height = network_size(page.width, page.height, limit, settings.limit_type)
    return width * height / 1e6


def _size(settings: TextDetectionSettings, document: Document, done: Document | None) -> float:
    return sum(megapixels(page, settings) for page in document.pages)


_PREPARE = ("orientation", "deskew")

SPEC = StageSpec(
    TextDetection(),
    per="page",
    effects={
        "swap_model": "A lighter detector ran: faint or small lines may be missing.",
        "reduce_input": "The page was searched at a smaller size: small print may be missing.",
        "disable": "No text was searched for; only the page's text layer was read.",
    },
    replaced_by_text_layer=True,
    needed=True,
    unit="megapixels",  # of the network's input
    size=_size,
    measures=("fields", "words", "line_items", "tables"),
    default_ladder=(
        {"name": "main", "use": {"prepare": _PREPARE}},
        {
            "name": "light",
            "mode": "swap_model",
            "use": {"model_name": "PP-OCRv6_tiny_det", "limit_side_len": 1024, "prepare": _PREPARE},
        },
    ),
)
