"""Hashes that are remembered: only while a file is the one that was hashed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from docpipe.runtime import file_hashes, prepare
from docpipe.runtime.file_hashes import FILE, SETTLED_NS, FileHashes, hashes_in, sha256_of
from docpipe.runtime.manifest import load_manifest
from docpipe.runtime.prepare import check_prepared, prepare_package


def later() -> int:
    """Return a moment at which every file that was just written has been left alone."""
    return time.time_ns() + 2 * SETTLED_NS


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are really read."""
    read: list[Path] = []
    real = file_hashes.sha256_of
    monkeypatch.setattr(file_hashes, "sha256_of", lambda path: (read.append(path), real(path))[1])
    return read


def test_a_file_that_stays_is_read_once_by_all_processes(tmp_path: Path, hashed: list[Path]) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    first = FileHashes(tmp_path, later).sha256_of(file)
    assert FileHashes(tmp_path, later).sha256_of(file) == first == sha256_of(file)
    assert hashed == [file]


def test_a_file_that_has_just_changed_is_not_remembered(tmp_path: Path, hashed: list[Path]) -> None:
    """It could change once more within the same tick of the file system's clock."""
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    hashes = FileHashes(tmp_path, lambda: file.stat().st_ctime_ns)
    assert hashes.sha256_of(file) == hashes.sha256_of(file)
    assert len(hashed) == 2


@pytest.mark.parametrize("how", ["content", "content and time", "another file in its place"])
def test_a_changed_file_is_read_again(tmp_path: Path, how: str) -> None:
    """Also one of the same length whose time of change was put back."""
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    hashes = FileHashes(tmp_path, later)
    before, signs = hashes.sha256_of(file), file.stat()
    if how == "another file in its place":
        other = tmp_path / "other"
        other.write_bytes(b"WEIGHTS")
        os.replace(other, file)
    else:
        file.write_bytes(b"WEIGHTS")
    if how != "content":
        os.utime(file, ns=(signs.st_atime_ns, signs.st_mtime_ns))
    assert hashes.sha256_of(file) == sha256_of(file) != before


@pytest.mark.parametrize("content", ["", "no JSON", "[]", '{"a": 1}', '{"a": [1, 2]}'])
def test_a_damaged_memory_is_forgotten(tmp_path: Path, content: str) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    assert FileHashes(tmp_path, later).sha256_of(file) == sha256_of(file)
    assert list(json.loads((tmp_path / FILE).read_text(encoding="utf-8"))) == [str(file)]


def test_where_the_memory_cannot_be_kept_hashes_are_right_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("", encoding="utf-8")
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    assert FileHashes(tmp_path / "no-folder", later).sha256_of(file) == sha256_of(file)


def test_a_prepared_model_that_is_damaged_behind_its_times_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(file_hashes, "SETTLED_NS", -SETTLED_NS)  # so that what was just made is remembered
    entry = load_manifest().get("PP-OCRv4_mobile_det")
    prepared = prepare_package(entry, tmp_path)
    assert prepare_package(entry, tmp_path) == prepared
    weights = prepared.dir / prepare.WEIGHTS[prepared.engine][0]
    assert str(weights) in (tmp_path / FILE).read_text(encoding="utf-8")
    signs, content = weights.stat(), bytearray(weights.read_bytes())
    content[1000] ^= 1
    weights.write_bytes(content)
    os.utime(weights, ns=(signs.st_atime_ns, signs.st_mtime_ns))
    assert prepare_package(entry, tmp_path) == prepared
    assert weights.name in caplog.text
    assert (
        check_prepared(prepared.dir, entry, hashes_in(tmp_path).sha256_of) == check_prepared(prepared.dir, entry) == []
    )
