"""Graphs that are kept as ONNX Runtime optimised them: the same numbers, and never one that is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from docpipe.runtime.ort import optimised
from docpipe.runtime.ort.network import OrtNetwork
from docpipe.runtime.protocol import ModelRef, Task
from docpipe.runtime.resolve import resolve
from docpipe.runtime.settings import RuntimeSettings

pytestmark = pytest.mark.models

MODELS: tuple[tuple[Task, str, tuple[int, ...]], ...] = (
    ("text_detection", "PP-OCRv6_small_det", (1, 3, 96, 160)),
    ("text_recognition", "PP-OCRv6_small_rec_latin", (2, 3, 48, 100)),
    ("table_structure", "SLANet_plus", (1, 3, 488, 488)),
)


def graph_of(task: Task, name: str) -> Path:
    return resolve(ModelRef(task, name), RuntimeSettings()).dir / "inference.onnx"


def noise(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(7).standard_normal(shape).astype(np.float32)


def answers(network: OrtNetwork, shape: tuple[int, ...]) -> list[np.ndarray]:
    return network.run({network.inputs[0]: noise(shape)})


def twins(cache: Path) -> list[Path]:
    return sorted((cache / optimised.FOLDER).glob("*.onnx"))


@pytest.mark.parametrize(("task", "name", "shape"), MODELS)
def test_it_answers_the_same_to_the_last_bit(tmp_path: Path, task: Task, name: str, shape: tuple[int, ...]) -> None:
    graph = graph_of(task, name)
    plain = answers(OrtNetwork(graph, "cpu", 1), shape)
    for _ in range(2):  # made, then found
        kept = answers(OrtNetwork(graph, "cpu", 1, tmp_path), shape)
        assert all(np.array_equal(a, b) for a, b in zip(plain, kept, strict=True))
    assert len(twins(tmp_path)) == 1


def test_the_second_start_optimises_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of("text_orientation", "ch_ppocr_mobile_v2.0_cls")
    OrtNetwork(graph, "cpu", 1, tmp_path)
    (twin,) = twins(tmp_path)
    made = twin.stat().st_ino
    OrtNetwork(graph, "cpu", 1, tmp_path)
    assert twin.stat().st_ino == made
    monkeypatch.setattr(optimised, "_environment", lambda: "another processor")
    OrtNetwork(graph, "cpu", 1, tmp_path)
    assert len(twins(tmp_path)) == 2


@pytest.mark.parametrize("damage", ["a bit", "cut short", "without its hash", "another graph"])
def test_a_damaged_one_is_made_again(tmp_path: Path, damage: str) -> None:
    graph, shape = graph_of("text_orientation", "ch_ppocr_mobile_v2.0_cls"), (1, 3, 48, 192)
    expected = answers(OrtNetwork(graph, "cpu", 1, tmp_path), shape)
    (twin,) = twins(tmp_path)
    content = bytearray(twin.read_bytes())
    if damage == "a bit":
        content[len(content) // 2] ^= 64
        twin.write_bytes(content)
    elif damage == "cut short":
        twin.write_bytes(content[:1000])
    elif damage == "without its hash":
        twin.with_suffix(".sha256").unlink()
    else:
        twin.write_bytes(graph_of("text_detection", "PP-OCRv6_tiny_det").read_bytes())
    found = answers(OrtNetwork(graph, "cpu", 1, tmp_path), shape)
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))
    assert twin.read_bytes() != bytes(content) or damage == "without its hash"
    assert twin.with_suffix(".sha256").is_file()


def test_where_it_cannot_be_kept_the_graph_is_loaded_as_it_came(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("", encoding="utf-8")
    graph, shape = graph_of("text_orientation", "ch_ppocr_mobile_v2.0_cls"), (1, 3, 48, 192)
    found = answers(OrtNetwork(graph, "cpu", 1, tmp_path / "no-folder"), shape)
    assert all(np.array_equal(a, b) for a, b in zip(answers(OrtNetwork(graph, "cpu", 1), shape), found, strict=True))
