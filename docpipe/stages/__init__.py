"""The stages, in the order in which a document goes through them: the list to extend when one is added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docpipe.stages.key_fields import KeyFields
from docpipe.stages.protocol import Stage
from docpipe.stages.table_structure import TableStructure
from docpipe.stages.text_detection import TextDetection
from docpipe.stages.text_recognition import TextRecognition

STAGES: Mapping[str, Stage[Any]] = {
    stage.name: stage for stage in (TextDetection(), TextRecognition(), TableStructure(), KeyFields())
}
