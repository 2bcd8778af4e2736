"""docpipe train: what it refuses before any work, and one small training through the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import ConfigError, UsageError
from tests.lab.training.test_training import written


def docpipe(*words):
    """Run the command line in this process; errors come through as they are."""
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--base", "nowhere"), "is no model directory"),
        (("--folds", "1"), "leaves nothing to train on"),
        (("--folds", "0", "--base", "none"), "nothing would say where the model may speak"),
    ],
)
def test_what_cannot_work_is_refused_at_once(tmp_path, options, message):
    """A UsageError that says what to write instead."""
    labels = written(tmp_path / "labels.jsonl", 2)
    with pytest.raises(UsageError, match=message):
        docpipe("train", "key-fields", labels, "--out", tmp_path / "out", *options)


def test_what_this_command_did_not_write_is_never_replaced(tmp_path):
    """A file, somebody's folder, the labels' own folder, and one that cannot be made are refused before any work."""
    (tmp_path / "mine").mkdir()
    labels = written(tmp_path / "mine" / "labels.jsonl", 2)
    file = tmp_path / "notes.txt"
    file.write_text("keep me", encoding="utf-8")
    for out in (file, tmp_path / "mine", tmp_path, file / "below"):
        with pytest.raises(UsageError, match="name another folder"):
            docpipe("train", "key-fields", labels, "--out", out)
    assert file.read_text(encoding="utf-8") == "keep me"
    assert labels.is_file()


def test_missing_labels_are_said(tmp_path):
    """The file that is not there is named."""
    with pytest.raises(ConfigError, match=r"nowhere.jsonl:1: there is no such file"):
        docpipe("train", "key-fields", tmp_path / "nowhere.jsonl", "--out", tmp_path / "out")


@pytest.mark.models
def test_fine_tuning_the_shipped_model(tmp_path, monkeypatch):
    """Goes on from the weights that ship, keeps what they say of other documents, prints the card."""
    monkeypatch.setenv("DOCPIPE_CACHE", str(tmp_path / "cache"))
    labels = written(tmp_path / "labels.jsonl", 4)
    out = tmp_path / "mine"
    options = ("--epochs", 1, "--synth", 0, "--members", 1, "--folds", 2)
    result = docpipe("train", "key-fields", labels, "--out", out, *options)
    assert result.exit_code == 0
    assert "# docpipe-key-fields" in result.stdout
    assert f"use: {{model_dir: {out}}}" in result.stdout
    about = json.loads((out / "about.json").read_text(encoding="utf-8"))
    assert about["trained_on"]["base"] == "key_fields"
    assert about["speaks"]["*"]["seller.name"] == "both"
    assert (out / "inference.pdiparams").stat().st_size < 20 * 2**20
