"""docpipe's own sample documents, and the questions about them that both engines must answer alike.

The pictures and their labels are those of `tests/samples`; a wheel carries them as `docpipe/samples`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from docpipe.document import Image
from docpipe.errors import ModelError
from docpipe.files.shipped import shipped_folder
from docpipe.runtime.protocol import Input, Prediction, Task

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

RECEIPTS = ("receipt_cafe.jpg", "receipt_hardware.jpg", "receipt_bakery.png")
INVOICES = ("invoice_en.png", "invoice_fr.jpg", "invoice_zh.png", "invoice_zh_digital.png")
"""970 words of Latin and Chinese script, so that one word is less than the 0.2 points that may differ."""

MARGIN = 2
"""Pixels left around a labelled line."""

SEED = 20
ELEMENTS = 40
"""How many elements a side has that a network of docpipe's own leaves open."""

CJK = "\u2e80-\u2fdf\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{CJK}]|[^\s{CJK}]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said of one sample."""

    words: Sequence[str] = ()
    """Labelled words that were read, each with its line."""
    boxes: Sequence[Box] = ()
    said: Sequence[str] = ()
    """All that it said in small pieces, each with its place: characters, HTML tags, labels, classes."""


@dataclass(frozen=True, slots=True)
class Question:
    """Inputs of one call, its options, and how to read the answers."""

    inputs: Sequence[Input]
    read: Callable[[Sequence[Prediction]], Answer]
    truth: Answer | None = None
    """What is labelled; None where no label says what is right."""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sample:
    image: Image
    texts: Sequence[str]
    boxes: Sequence[Box]


def questions(task: Task, about: Mapping[str, Any]) -> list[Question]:
    """Return what a model of a task is asked; `about` is what a network of docpipe's own says of itself.

    Raises:
        ModelError: the samples are missing, or nothing is known to ask.
    """
    if task == "tensor_network":
        return [_tensors(about)]
    ask = {"text_detection": _detection, "text_recognition": _recognition, "table_structure": _table,
           "text_orientation": _orientation}.get(task)  # fmt: skip
    if ask is None:
        raise ModelError(f"nothing is known to compare two engines by that run a model for {task}")
    names = (*RECEIPTS, *INVOICES) if task in ("text_detection", "text_recognition") else INVOICES
    return [ask(sample) for sample in _samples(names)]


def words_read(labels: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return the words of labelled lines that stand in what was read, each with its line and place.

    A Chinese or Japanese character is a word. Case does not count, nor do spaces in what was read: `text_recognition`
    sets those anew by the gaps that the page shows.
    """
    found = []
    for number, (label, text) in enumerate(zip(labels, texts, strict=True)):
        read = "".join(_fold(text).split())
        wanted = enumerate(WORD.findall(_fold(label)))
        found += [f"{number} {place} {word}" for place, word in wanted if word in read]
    return found


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _samples(names: Sequence[str]) -> Iterator[_Sample]:
    import cv2

    folder = shipped_folder("samples")
    try:
        lines = (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError as e:
        raise ModelError(f"{folder / 'labels.jsonl'} cannot be read: reinstall docpipe") from e
    labels = {label["file"]: label["lines"] for label in map(json.loads, lines)}
    for name in names:
        image = cv2.imread(str(folder / "images" / name))
        if image is None:
            raise ModelError(f"{folder / 'images' / name} cannot be read: reinstall docpipe")
        found = labels[f"images/{name}"]
        boxes = [_box(np.array(line["polygon"], dtype=np.float64)) for line in found]
        yield _Sample(np.asarray(image, dtype=np.uint8), [line["text"] for line in found], boxes)


def _box(points: Any) -> Box:
    left, top = points.reshape(-1, 2).min(axis=0).tolist()
    right, bottom = points.reshape(-1, 2).max(axis=0).tolist()
    return left, top, right, bottom


def _cut(image: Image, box: Box) -> Image:
    left, top = (max(0, int(side) - MARGIN) for side in box[:2])
    right, bottom = (int(side) + 1 + MARGIN for side in box[2:])
    return np.ascontiguousarray(image[top:bottom, left:right])


def _detection(sample: _Sample) -> Question:
    def read(found: Sequence[Prediction]) -> Answer:
        return Answer(boxes=[_box(polygon) for polygon in found[0]["dt_polys"]])

    options = {"limit_side_len": 1280, "limit_type": "max", "box_thresh": 0.55, "unclip_ratio": 1.6}
    return Question([sample.image], read, Answer(boxes=sample.boxes), options)


def _recognition(sample: _Sample) -> Question:
    def read(found: Sequence[Prediction]) -> Answer:
        texts = [str(line["rec_text"]) for line in found]
        said = [f"{number} {sign}" for number, text in enumerate(texts) for sign in _fold(text) if not sign.isspace()]
        return Answer(words_read(sample.texts, texts), said=said)

    truth = Answer(words_read(sample.texts, sample.texts))
    return Question([_cut(sample.image, box) for box in sample.boxes], read, truth)


def _orientation(sample: _Sample) -> Question:
    def read(found: Sequence[Prediction]) -> Answer:
        return Answer(said=[f"{number} {label['label_names'][0]}" for number, label in enumerate(found)])

    crops = [_cut(sample.image, box) for box in sample.boxes]
    return Question([*crops, *(np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops)], read)


def _table(sample: _Sample) -> Question:
    def read(found: Sequence[Prediction]) -> Answer:
        boxes = [_box(np.array(box, dtype=np.float64)) for box in found[0]["bbox"]]
        return Answer(boxes=boxes, said=[f"{number} {tag}" for number, tag in enumerate(found[0]["structure"])])

    height = len(sample.image)
    return Question([np.ascontiguousarray(sample.image[height // 4 : 3 * height // 4])], read)


def _tensors(about: Mapping[str, Any]) -> Question:
    """Ask about noise: what the numbers mean is known to the stage alone, and both engines must say the same of it."""
    wanted: Mapping[str, tuple[str, Sequence[int]]] = about.get("inputs") or {}
    if not wanted:
        raise ModelError("about.json does not say what the network takes, so two engines cannot be compared by it")
    random = np.random.default_rng(SEED)
    tensors: dict[str, Any] = {}
    for name, (kind, shape) in wanted.items():
        size = [ELEMENTS if side < 1 else side for side in shape]
        noise = random.standard_normal(size) if "float" in kind else random.integers(0, 2, size)
        tensors[name] = noise.astype(kind)

    def read(found: Sequence[Prediction]) -> Answer:
        outputs = [found[0][key] for key in sorted(found[0]) if key.isdigit()]
        best = [output.argmax(axis=-1).ravel().tolist() for output in outputs]
        said = [f"{number} {place} {value}" for number, row in enumerate(best) for place, value in enumerate(row)]
        return Answer(said=said)

    return Question([tensors], read)
