"""Sizes for the scheduler: by pixels before a document starts, by the boxes found afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from docpipe.config import PipelineConfig
from docpipe.control.sizes import DocumentSizes
from docpipe.document import Document, Page, TextRegion
from docpipe.files.shipped import find
from docpipe.profiles.model import read_profile, to_yaml


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> DocumentSizes:
    """By the shipped profile, taken for one of this very configuration."""
    config = PipelineConfig.model_validate({})
    data = read_profile(find("configs", "profiles/xeon-2core.yaml")).model_dump(mode="json")
    for ladder in config.ladders():
        for rung in ladder.rungs:
            if rung.name in data["stages"][ladder.stage]["rungs"]:
                data["stages"][ladder.stage]["rungs"][rung.name]["settings"] = rung.settings
    file = tmp_path_factory.mktemp("profile") / "profile.yaml"
    file.write_text(to_yaml(type(read_profile(find("configs", "profiles/xeon-2core.yaml"))).model_validate(data)))
    return DocumentSizes(config.model_copy(update={"profile": str(file)}))


def page_with(lines: int) -> Document:
    regions = tuple(
        TextRegion(((10.0, 20.0 * n), (400.0, 20.0 * n), (400.0, 20.0 * n + 16), (10.0, 20.0 * n + 16)), 0.9)
        for n in range(lines)
    )
    return Document("", "", "", "", 0, 1).with_pages([Page(1, 800, 2400, regions=regions)])


def test_more_pixels_and_more_pages_are_larger(sizes: DocumentSizes, tmp_path: Path) -> None:
    small, large = np.zeros((200, 300, 3), np.uint8), np.zeros((1000, 900, 3), np.uint8)
    assert 0 < sizes.before(small) < sizes.before(large)
    assert sizes.before(tmp_path / "missing") == 1.0


def test_boxes_found_say_how_much_is_left(sizes: DocumentSizes) -> None:
    few, many = sizes.rest("text_recognition", page_with(5), 1.0), sizes.rest("text_recognition", page_with(100), 1.0)
    assert few is not None
    assert many is not None
    assert few < 1.0 < many
    assert many > 5 * few


def test_pages_that_are_still_to_come_count(sizes: DocumentSizes) -> None:
    from dataclasses import replace

    document = replace(page_with(50), page_count=10)
    first, last = sizes.rest("text_recognition", document, 1.0), sizes.rest("text_recognition", document, 0.1)
    assert first is not None
    assert last is not None
    assert first > 8 * last


def test_without_a_profile_pages_are_all_that_is_known() -> None:
    sizes = DocumentSizes(PipelineConfig.model_validate({}))
    assert sizes.before(np.zeros((1000, 900, 3), np.uint8)) == 1.0
    assert sizes.rest("text_recognition", page_with(100), 1.0) is None
