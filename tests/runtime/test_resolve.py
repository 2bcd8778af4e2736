"""Where a model's files come from: its package, a directory of the user's own, or a download that must be allowed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from docpipe.errors import DownloadRefused, ModelError
from docpipe.runtime.inventory import list_models, prepare_models, verify_models
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve
from docpipe.runtime.settings import RuntimeSettings

DET = ModelRef("text_detection", "PP-OCRv4_mobile_det")
HUB = ModelRef("text_detection", "PP-OCRv5_server_det")


@pytest.fixture
def own(settings, tmp_path) -> Path:
    """A directory as a user would export it."""
    directory = tmp_path / "own"
    shutil.copytree(resolve(DET, settings).dir, directory)
    (directory / "docpipe-model.json").unlink()
    return directory


def at(directory: Path, name: str = DET.name, engine=None) -> ModelRef:
    return ModelRef("text_detection", name, str(directory), engine)


def test_a_directory_of_the_users_own_is_taken(own, settings):
    prepared = resolve(at(own), settings)
    assert (prepared.dir, prepared.engine) == (own, "paddle_static")
    by_name = settings.model_copy(update={"model_dirs": {DET.name: str(own)}})
    assert resolve(DET, by_name) == prepared


def test_a_model_that_no_manifest_knows_needs_only_a_directory(own, settings):
    yml = own / "inference.yml"
    yml.write_text(yml.read_text(encoding="utf-8").replace(DET.name, "PP-OCRv3_mobile_det"), encoding="utf-8")
    assert resolve(at(own, "PP-OCRv3_mobile_det"), settings).paddle_name == "PP-OCRv3_mobile_det"


@pytest.mark.parametrize("missing", ["inference.pdmodel", "inference.pdiparams", "inference.yml"])
def test_a_missing_file_is_named(own, settings, missing):
    (own / missing).unlink()
    with pytest.raises(ModelError, match=missing):
        resolve(at(own), settings)


def test_an_engine_without_its_file_is_refused(own, settings):
    with pytest.raises(ModelError, match=r"needs inference.onnx; it holds inference.pdiparams"):
        resolve(at(own, engine="onnxruntime"), settings)


def test_a_directory_of_another_model_is_refused(own, settings):
    with pytest.raises(ModelError, match=r"says Global.model_name: PP-OCRv4_mobile_det, not PP-OCRv6_small_det"):
        resolve(at(own, "PP-OCRv6_small_det"), settings)


@pytest.mark.parametrize("text", ["", "Global: {model_name: ", "Global: {}\n", "- 1\n"])
def test_an_inference_yml_without_a_name_is_refused(own, settings, text):
    (own / "inference.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"inference\.yml"):
        resolve(at(own), settings)


def test_no_directory_at_all(settings, tmp_path):
    with pytest.raises(ModelError, match="is not a directory"):
        resolve(at(tmp_path / "nowhere"), settings)


def test_a_name_for_another_task_or_engine_is_refused(settings):
    with pytest.raises(ModelError, match="is a model for text_detection, not for text_recognition"):
        resolve(ModelRef("text_recognition", DET.name), settings)
    with pytest.raises(ModelError, match="comes as files for paddle_static"):
        resolve(ModelRef("text_detection", DET.name, engine="onnxruntime"), settings)


def test_a_download_is_refused_unless_allowed(settings):
    with pytest.raises(DownloadRefused, match=r"allow_download: false.*runtime.model_dirs"):
        resolve(HUB, settings, download=lambda entry, cache: pytest.fail("asked to download"))


def test_an_allowed_download_is_checked_like_any_directory(own, settings, tmp_path):
    allowed = RuntimeSettings(cache_dir=str(tmp_path / "cache"), allow_download=True)
    with pytest.raises(ModelError, match=r"says Global.model_name: PP-OCRv4_mobile_det, not PP-OCRv5_server_det"):
        resolve(HUB, allowed, download=lambda entry, cache: own)
    yml = own / "inference.yml"
    yml.write_text(yml.read_text(encoding="utf-8").replace(DET.name, HUB.name), encoding="utf-8")
    assert resolve(HUB, allowed, download=lambda entry, cache: own).dir == own


def test_what_was_downloaded_before_needs_no_network(own, tmp_path):
    """The directory is where PaddleOCR puts it."""
    there = tmp_path / "cache" / "paddlex" / "official_models" / HUB.name
    shutil.copytree(own, there)
    yml = there / "inference.yml"
    yml.write_text(yml.read_text(encoding="utf-8").replace(DET.name, HUB.name), encoding="utf-8")
    offline = RuntimeSettings(cache_dir=str(tmp_path / "cache"))
    assert resolve(HUB, offline).dir == there
    assert {m.entry.name: m.status for m in list_models(offline)}[HUB.name] == "prepared"


def test_the_list_says_what_can_be_used(tmp_path):
    settings = RuntimeSettings(cache_dir=str(tmp_path))
    before = {m.entry.name: m for m in list_models(settings)}
    assert before[DET.name].status == "available"
    assert before[HUB.name].status == "needs download"
    assert not before[HUB.name].usable
    assert list(tmp_path.iterdir()) == []  # looking changes nothing


def test_preparing_goes_on_after_an_error_and_verifying_finds_damage(tmp_path):
    settings = RuntimeSettings(cache_dir=str(tmp_path))
    outcomes = prepare_models([HUB.name, DET.name], settings)
    assert [(o.name, o.refused, o.prepared is not None) for o in outcomes] == [
        (HUB.name, True, False),
        (DET.name, False, True),
    ]
    assert {m.entry.name: m.status for m in verify_models(settings)}[DET.name] == "prepared"
    prepared = outcomes[1].prepared
    assert prepared is not None
    (prepared.dir / "inference.pdiparams").write_bytes(b"torn")
    damaged = {m.entry.name: m for m in verify_models(settings)}[DET.name]
    assert damaged.status == "damaged"
    assert "docpipe models prepare PP-OCRv4_mobile_det" in damaged.note


def test_preparing_an_unknown_name_is_an_error(settings):
    with pytest.raises(ModelError, match="no model is called"):
        prepare_models(["PP-OCRv9"], settings)
