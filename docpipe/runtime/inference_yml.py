"""Writes the `inference.yml` that PaddleOCR wants beside a model's weights.

What each operator must be was read in PaddleX 3.7 (`text_detection`, `text_recognition` and
`table_structure_recognition` predictors): table operators are taken by position, a missing `unclip_ratio` would become
2.0, and a recogniser's `image_shape` gives a minimum width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from docpipe.errors import ModelError
from docpipe.runtime.engines import explain_missing
from docpipe.runtime.manifest import InferenceSpec

FILE_NAME = "inference.yml"

_IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "order": "hwc"}


def inference_yml(spec: InferenceSpec, paddle_name: str, characters: Sequence[str]) -> str:
    """Return the text of the file; the same arguments give the same text."""
    build = {
        "db_detection": _db_detection,
        "line_orientation": _line_orientation,
        "ctc_recognition": _ctc_recognition,
        "slanet": _slanet,
    }[spec.template]
    content = {"Global": {"model_name": paddle_name}, **build(spec, list(characters))}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1 << 30)


def read_characters(path: Path) -> list[str]:
    """Return a dictionary: the lines of a text file, or of the metadata key `character` of an ONNX file.

    Raises:
        ModelError: the ONNX file has no such key, or onnxruntime is not installed.
    """
    if path.suffix != ".onnx":
        return path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    metadata = _metadata(path)
    if "character" not in metadata:
        raise ModelError(f"{path}: no `character` among its metadata ({', '.join(sorted(metadata)) or 'none'})")
    # by "\n" alone: the dictionaries hold other characters that str.splitlines takes for line ends
    return str(metadata["character"]).rstrip("\n").split("\n")


def _metadata(path: Path) -> Mapping[str, str]:
    """Return the metadata of an ONNX file. The engine that will run it reads them, so nothing else is needed."""
    if lacking := explain_missing("onnxruntime"):
        raise ModelError(lacking)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    found: Mapping[str, str] = session.get_modelmeta().custom_metadata_map
    return found


def _db_detection(spec: InferenceSpec, characters: list[str]) -> dict[str, Any]:
    return {
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"DetResizeForTest": {"resize_long": 960}},
                {"NormalizeImage": {**_IMAGENET, "scale": "1./255."}},
                {"ToCHWImage": None},
                {"KeepKeys": {"keep_keys": ["image", "shape"]}},
            ]
        },
        "PostProcess": {
            "name": "DBPostProcess",
            "thresh": 0.3,
            "box_thresh": 0.6,
            "unclip_ratio": 1.5,
            "max_candidates": 1000,
        },
    }


def _line_orientation(spec: InferenceSpec, characters: list[str]) -> dict[str, Any]:
    return {
        "PreProcess": {
            "transform_ops": [
                {"ResizeImage": {"size": [192, 48]}},
                {"NormalizeImage": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "scale": 1 / 255}},
                {"ToCHWImage": None},
            ]
        },
        "PostProcess": {"Topk": {"topk": 1, "label_list": ["0_degree", "180_degree"]}},
    }


def _ctc_recognition(spec: InferenceSpec, characters: list[str]) -> dict[str, Any]:
    return {
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"MultiLabelEncode": {"gtc_encode": "NRTRLabelEncode"}},
                {"RecResizeImg": {"image_shape": list(spec.image_shape or (3, 48, 320))}},
                {"KeepKeys": {"keep_keys": ["image", "label_ctc", "label_gtc", "length"]}},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": _dictionary(characters)},
    }


def _dictionary(characters: list[str]) -> list[str] | str:
    """Return one string where that is the same to PaddleX, which takes `list()` of it.

    PaddleX reads the file twice with PyYAML's own parser: 18,708 scalars take it 2.8 s, one scalar 0.03 s.
    """
    return "".join(characters) if all(len(character) == 1 for character in characters) else characters


def _slanet(spec: InferenceSpec, characters: list[str]) -> dict[str, Any]:
    return {
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"TableLabelEncode": {"learn_empty_box": False, "merge_no_span_structure": True}},
                {"TableBoxEncode": {"in_box_format": "xyxyxyxy", "out_box_format": "xyxyxyxy"}},
                {"ResizeTableImage": {"max_len": 488}},
                {"NormalizeImage": {**_IMAGENET, "scale": "1./255."}},
                {"PaddingTableImage": {"size": [488, 488]}},
                {"ToCHWImage": None},
                {"KeepKeys": {"keep_keys": ["image", "structure", "bboxes", "bbox_masks", "shape"]}},
            ]
        },
        "PostProcess": {"name": "TableLabelDecode", "merge_no_span_structure": True, "character_dict": characters},
    }
