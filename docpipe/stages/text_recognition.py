"""Text recognition: reads the regions of a page and puts them in reading order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from pydantic import Field

from docpipe.document import Box, Document, Image, Page, Polygon, TextLine, TextRegion, box_of
from docpipe.runtime.manifest import load_manifest
from docpipe.runtime.protocol import EngineChoice, ModelRef, Prediction, Runtime
from docpipe.stages.protocol import StageSettings
from docpipe.stages.stage_spec import StageSpec
from docpipe.stages.text_lines.characters import RecognisedText, reading_of, text_of
from docpipe.stages.text_lines.crops import TALL, Crop, readings_of, squeeze
from docpipe.stages.text_lines.fullwidth import narrow_fullwidth
from docpipe.stages.text_lines.ink_boxes import fit_to_ink
from docpipe.stages.text_lines.reading_order import reading_order
from docpipe.stages.text_lines.spacing import gaps, set_spaces
from docpipe.stages.text_lines.splitting import LinePart, parts

NETWORK_HEIGHT = 48
"""Recognisers see every crop this high (PaddleOCR's `image_shape`)."""
WIDTH = 320
"""One unit of recognition: a crop of this width at the network's height, to which PaddleOCR pads narrower ones."""


class TextRecognitionSettings(StageSettings):
    """What a rung of text recognition may say; the model's own keys under PaddleOCR's names."""

    model_name: str = "PP-OCRv6_small_rec"
    model_dir: str | None = None
    engine: EngineChoice | None = None
    device: str | None = None
    batch_size: int = Field(default=6, ge=1, le=64)
    """Crops read at once. They are sorted by shape first, as a batch is as wide as its widest."""
    squeeze: float = Field(default=1.0, gt=0.2, le=1)
    """Share of its width that a crop keeps: reading time follows the width."""
    min_confidence: float = Field(default=0.5, ge=0, le=1)
    """Lines read with less are left out: stamps, logos and rules that look like text."""
    restore_spaces: bool = True
    """Whether spaces that the page shows and the model did not read are put back."""
    split_columns: bool = True
    """Whether a region is parted where two columns stand in it."""
    fit_boxes: bool = True
    """Whether a line's box is drawn at a steady distance from its ink."""

    def models(self) -> Sequence[ModelRef]:
        return (ModelRef("text_recognition", self.model_name, self.model_dir, self.engine, self.device),)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    confidence: float
    polygon: Polygon
    detection_confidence: float


class TextRecognition:
    """Fills `page.lines` from `page.regions`, in reading order."""

    name: ClassVar[str] = "text_recognition"
    settings: type[TextRecognitionSettings] = TextRecognitionSettings

    def run(self, document: Document, settings: TextRecognitionSettings, runtime: Runtime) -> Document:
        """Return the document with the lines of every page that has an image.

        Raises:
            OutOfMemory: memory ran out.
            StageError: the engine failed.
        """
        return document.with_pages([_recognise(page, settings, runtime) for page in document.pages])


def _recognise(page: Page, settings: TextRecognitionSettings, runtime: Runtime) -> Page:
    if page.image is None or not page.regions:
        return replace(page, lines=())
    crops = [_looks(page, page.image, region.polygon) for region in page.regions]
    flat = [crop for several in crops for crop in several]
    read = iter(zip(flat, _read(flat, settings, runtime), strict=True))
    lines: list[_Line] = []
    boxes = [box_of(region.polygon) for region in page.regions]
    for region, several in zip(page.regions, crops, strict=True):
        crop, prediction = max((next(read) for _ in several), key=lambda pair: float(pair[1]["rec_score"]))
        reading = reading_of(prediction, crop, settings.squeeze)
        lines.extend(_lines(crop, reading, region, boxes, settings))
    texts = narrow_fullwidth([line.text for line in lines])
    lines = [replace(line, text=text) for line, text in zip(lines, texts, strict=True)]
    if settings.fit_boxes:
        lines = [replace(line, polygon=fit_to_ink(page.image, line.polygon)) for line in lines]
    order = reading_order([line.polygon for line in lines])
    return replace(
        page,
        lines=tuple(
            TextLine(f"{page.number}-{n}", line.text, line.confidence, line.polygon, line.detection_confidence)
            for n, line in enumerate((lines[i] for i in order), start=1)
        ),
    )


def _looks(page: Page, image: Image, polygon: Polygon) -> list[Crop]:
    """Return the crops that a region may be read from, those of the page's other picture included."""
    crops = readings_of(image, polygon)
    second = page.second_look
    if second is None:
        return crops
    x1, y1, x2, y2 = box_of(polygon)
    if not any(a < x2 and x1 < c and b < y2 and y1 < d for a, b, c, d in second.boxes):
        return crops
    return [*crops, *readings_of(second.image, polygon)]


def _read(crops: Sequence[Crop], settings: TextRecognitionSettings, runtime: Runtime) -> list[Prediction]:
    """Return one prediction a crop, in order; the model sees them narrow ones first."""
    order = sorted(range(len(crops)), key=lambda i: crops[i].aspect)
    images: list[Image] = [squeeze(crops[i].image, settings.squeeze) for i in order]
    options = {"batch_size": settings.batch_size, "return_word_box": True}
    by_place = dict(zip(order, runtime.infer(settings.models()[0], images, options), strict=True))
    return [by_place[i] for i in range(len(crops))]


def _lines(
    crop: Crop, reading: RecognisedText, region: TextRegion, boxes: Sequence[Box], settings: TextRecognitionSettings
) -> Iterator[_Line]:
    """Yield the lines of a region: none where nothing sure was read, several where it holds several columns."""
    characters = reading.characters
    if not characters or reading.confidence < settings.min_confidence:
        return
    measured = gaps(crop, characters) if settings.restore_spaces or settings.split_columns else []
    if settings.restore_spaces:
        characters = set_spaces(characters, measured)
    width = float(crop.image.shape[1])
    found = [LinePart(characters, 0.0, width)]
    if settings.split_columns and crop.polygon == region.polygon:
        found = parts(characters, measured, box_of(region.polygon), int(width), boxes)
    for part in found:
        polygon = crop.slice(part.start, part.end) if len(found) > 1 else region.polygon
        yield _Line(text_of(part.characters), reading.confidence, polygon, region.score)


def crops(region: TextRegion, settings: TextRecognitionSettings) -> float:
    """Return what a region costs to read: its width at the network's height, as it is padded, over 320 pixels."""
    a, b, c, d = region.polygon
    width, height = max(math.dist(a, b), math.dist(d, c)), max(math.dist(a, d), math.dist(b, c))
    if height >= TALL * width:
        width, height = height, width
    seen = NETWORK_HEIGHT * width / max(height, 1.0) * settings.squeeze
    return max(seen, least_width(settings)) / WIDTH


@lru_cache(maxsize=64)
def least_width(settings: TextRecognitionSettings) -> int:
    """Return the width to which a rung's model pads narrower crops, by the manifest; else PaddleOCR's own."""
    known = next((entry for entry in load_manifest().models if entry.name == settings.model_name), None)
    spec = None if known is None or settings.model_dir else known.inference
    return WIDTH if spec is None or spec.image_shape is None else spec.image_shape[2]


def _size(settings: TextRecognitionSettings, document: Document, done: Document | None) -> float:
    return sum(crops(region, settings) for page in document.pages for region in page.regions)


SPEC = StageSpec(
    TextRecognition(),
    per="page",
    effects={
        "swap_model": "A lighter recogniser ran: single characters may be misread.",
        "reduce_input": "Lines were read at a smaller size: single characters may be misread.",
        "disable": "No line was read from the image; only the page's text layer was used.",
    },
    replaced_by_text_layer=True,
    reads_regions=True,
    needed=True,
    unit="crops",  # each counts its width at the network's height, as it is padded, over 320 pixels
    size=_size,
    measures=("fields", "words", "line_items", "tables"),
    default_ladder=(
        {"name": "main", "use": {"model_name": "PP-OCRv6_small_rec_latin", "batch_size": 1}},
        {"name": "light", "mode": "swap_model", "use": {"model_name": "PP-OCRv6_tiny_rec", "batch_size": 1}},
    ),
)
