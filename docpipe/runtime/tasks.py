"""What models are for: PaddleOCR's class for each task, the options it takes, and the picture a model is tried with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docpipe.runtime.protocol import Task


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """How models of one task are built and called."""

    options: frozenset[str]
    """What `predict` takes."""
    paddleocr_class: str | None = None
    """Of the package `paddleocr`. None: a network of docpipe's own, which takes arrays by name and not pictures."""
    blank: tuple[int, int] = (640, 480)
    """Height and width of the picture that a model is tried and warmed with."""

    @property
    def takes_pictures(self) -> bool:
        """Whether its inputs are pictures; else they are arrays by name."""
        return self.paddleocr_class is not None


TASKS: Mapping[Task, TaskSpec] = {
    "text_detection": TaskSpec(
        frozenset(
            {"limit_side_len", "limit_type", "thresh", "box_thresh", "unclip_ratio", "max_side_limit", "batch_size"}
        ),
        "TextDetection",
    ),
    "text_orientation": TaskSpec(frozenset({"topk", "batch_size"}), "TextLineOrientationClassification", (48, 192)),
    "text_recognition": TaskSpec(frozenset({"return_word_box", "batch_size"}), "TextRecognition", (48, 320)),
    "layout_detection": TaskSpec(frozenset({"threshold", "batch_size"}), "LayoutDetection"),
    "table_structure": TaskSpec(frozenset({"batch_size"}), "TableStructureRecognition", (320, 480)),
    "tensor_network": TaskSpec(frozenset({"batch_size"})),
}
