"""The shipped manifest, and what a manifest may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.errors import ConfigError, ModelError
from docpipe.runtime.file_hashes import sha256_of
from docpipe.runtime.manifest import load_manifest
from docpipe.runtime.prepare import source_file

ENTRY = """
  - name: {name}
    task: text_detection
    engine: onnxruntime
    licence: Apache-2.0
    source: {source}
"""


def write(tmp_path: Path, *entries: str) -> Path:
    path = tmp_path / "manifest.yaml"
    path.write_text("schema_version: 1\nmodels:" + "".join(entries), encoding="utf-8")
    return path


def test_every_packaged_file_is_installed_as_the_manifest_says():
    files = [(entry, file) for entry in load_manifest().models for file in entry.files]
    assert len(files) >= 8
    for entry, file in files:
        path = source_file(entry, file)
        assert (path.stat().st_size, sha256_of(path)) == (file.size, file.sha256), file.path


def test_every_model_states_its_licence_and_shapes():
    for entry in load_manifest().models:
        assert entry.licence == "Apache-2.0"
        assert entry.input
        assert entry.output
        assert (entry.inference is None) == (entry.source.kind in ("hub", "shipped"))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelError, match=r"PP-OCRv9.*model_dir.*PP-OCRv6_small_det"):
        load_manifest().get("PP-OCRv9_small_det")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (("one", "{kind: hub}"), None),
        (("one", "{kind: hub}", "one", "{kind: hub}"), "listed twice: one"),
        (("one", "{kind: derived, base: two, recipe: int8_dynamic}"), "derived from two, which is not listed"),
        (("one", "{kind: package, package: rapidocr}"), "a model from a package lists its files"),
        (("one", "{kind: torrent}"), "torrent"),
        (("../one", "{kind: hub}"), "is not written as it must be"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path, entries, message):
    pairs = zip(entries[::2], entries[1::2], strict=True)
    path = write(tmp_path, *(ENTRY.format(name=name, source=source) for name, source in pairs))
    if message is None:
        assert load_manifest(path).get("one").known_as == "one"
    else:
        with pytest.raises(ConfigError, match=message):
            load_manifest(path)
