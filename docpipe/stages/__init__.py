"""The stages, in the order in which a document goes through them: the list to extend when one is added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docpipe.stages import key_fields, table_structure, text_detection, text_recognition
from docpipe.stages.stage_spec import StageSpec

STAGES: Mapping[str, StageSpec[Any]] = {
    spec.name: spec
    for spec in (
        text_detection.SPEC,
        text_recognition.SPEC,
        table_structure.SPEC,
        key_fields.SPEC,
    )
}
