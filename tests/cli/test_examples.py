"""Every example that `--help` shows works as it stands, in a folder that holds what it names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from docpipe.cli.app import app
from docpipe.files.shipped import shipped_folder
from tests.profiles.making import invoice_without_profile

CHILD_LIMIT_S = 600
SAMPLES = Path(__file__).parents[1] / "samples"
COMMANDS: dict[str, Any] = dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
SHORTER = {
    "profile": "--first 1 --repeats 1 --stages key_fields --threads 1",
    "train": "--epochs 1 --synth 0 --members 1 --folds 0",
    "evaluate": "--first 1 --resamples 100",
    "synth": "--count 2",
}
"""What makes a command that measures or learns end soon; given last, it counts."""
FAULTS = "text_detection.main: oom*2"
"""Makes the results of the fixture's run degraded, so that there is something to upgrade."""
TOO_LONG = "docpipe drill"
"""A drill runs for minutes by its script: its examples are read in full, and nothing is started."""


def examples() -> list[str]:
    pages = [command.epilog or "" for command in COMMANDS.values()]
    pages += [sub.epilog or "" for group in COMMANDS.values() for sub in getattr(group, "commands", {}).values()]
    found = (part.strip() for page in pages for part in page.split("·"))
    return list(dict.fromkeys(part for part in found if part.startswith("docpipe ")))


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = command.replace("docpipe", f"{sys.executable} -W ignore -m docpipe", 1)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path]), **environment}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, timeout=CHILD_LIMIT_S, check=False
    )


def assert_serves(example: str, folder: Path) -> None:
    """See that a command that serves until it is stopped says where, on a port that is free here."""
    words = [sys.executable, "-W", "ignore", "-m", "docpipe", *example.split()[1:], "--port", "0"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(words, cwd=folder, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.kill()
        process.wait(60)


def assert_watches(example: str, folder: Path) -> None:
    """See that a command that watches a folder says in one JSON line what came of a file in it, then stop it."""
    inbox = folder / "inbox"
    inbox.mkdir()
    shutil.copy(folder / "invoices" / "a.png", inbox)
    words = [sys.executable, "-W", "ignore", "-m", "docpipe", *example.split()[1:]]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["path"] == "a.png"
        process.terminate()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents, labels, pipeline files, profiles and the results of a run."""
    folder = tmp_path_factory.mktemp("examples")
    image = SAMPLES / "images" / "receipt_cafe.jpg"
    for name in (
        "invoices",
        "scans",
        "receipts/images",
        "labelled/receipts/images",
        "tables/images",
        "labelled/images",
    ):
        (folder / name).mkdir(parents=True)
        shutil.copy(image, folder / name)
    (folder / "scans" / "invoice.pdf").write_bytes((SAMPLES / "images" / "invoice_de.pdf").read_bytes())
    (folder / "scan.png").write_bytes((SAMPLES / "images" / "receipt_bakery.png").read_bytes())
    shutil.copy(image, folder / "invoices" / "a.png")
    labels = (SAMPLES / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    label, other = (next(line for line in labels if name in line) for name in ("receipt_cafe", "receipt_hardware"))
    shutil.copy(SAMPLES / "images" / "receipt_hardware.jpg", folder / "receipts" / "images")
    label = label.replace("{", '{"scanned": true, ', 1)
    for name in ("receipts", "labelled/receipts", "tables", "labelled", ".", "invoices"):
        text = label if name != "invoices" else label.replace("images/", "")
        (folder / name / "labels.jsonl").write_text(f"{text}\n", encoding="utf-8")
    for name in ("train.jsonl", "test.jsonl"):
        text = label if name == "train.jsonl" else other
        (folder / name).write_text(text.replace("images/", "receipts/images/") + "\n", encoding="utf-8")
    (folder / "labels.jsonl").write_text(label.replace("images/", "receipts/images/") + "\n", encoding="utf-8")
    (folder / "profiles").mkdir()
    measured = (
        "docpipe profile receipts/labels.jsonl --first 1 --repeats 1 --threads 1 --clock cpu --out profiles/t4.yaml"
    )
    done = run(measured, folder)
    assert done.returncode == 0, done.stderr
    shutil.copy(folder / "profiles" / "t4.yaml", folder / "profiles" / "old.yaml")
    pipeline = invoice_without_profile()
    (folder / "my").mkdir()
    for name in ("my.yaml", "other.yaml", "my/pipeline.yaml"):
        profile = "profiles/t4.yaml" if "/" not in name else "../profiles/t4.yaml"
        (folder / name).write_text(f"profile: {profile}\ndeadline_ms: 60000\n{pipeline}", encoding="utf-8")
    (folder / "monday.csv").write_text("arrival_s\n" + "".join(f"{n}\n" for n in range(30)), encoding="utf-8")
    done = run("docpipe run invoices/ --out results --event-log events.log", folder, DOCPIPE_FAULTS=FAULTS)
    assert done.returncode == 0, done.stderr
    shutil.copy(folder / "events.log", folder / "run.log")
    (folder / "my-pack.yaml").write_text(
        (shipped_folder("rules") / "receipt-en.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    for name in ("before", "after"):
        shutil.copytree(folder / "results", folder / name)
    return folder


@pytest.mark.models
@pytest.mark.parametrize("example", examples())
def test_an_example_works(example: str, prepared: Path, tmp_path: Path) -> None:
    command = example.split()[1]
    if example.startswith(TOO_LONG):
        from docpipe.config import load_config
        from docpipe.lab.drill.script import load_script

        words = example.split()
        assert load_script(words[words.index("--script") + 1], load_config(words[2])).expect
        return
    folder = tmp_path / "here"
    shutil.copytree(prepared, folder)
    if command == "synth":
        shutil.rmtree(folder / example.split()[2], ignore_errors=True)
    if command == "run" and "--resume" not in example:
        shutil.rmtree(folder / "results")
    shorter = "" if " show " in example else SHORTER.get(command, "")
    if "--base none" in example:
        shorter = shorter.replace("--synth 0", "--synth 12").replace("--folds 0", "--folds 2")
    if command == "review":
        assert_serves(example, folder)
        return
    if command == "watch":
        assert_watches(example, folder)
        return
    if command == "tune":  # one document's log is too little to tune on
        shutil.copy(folder / "monday.csv", folder / "events.log")
    faults = FAULTS if command == "upgrade" else ""  # they are part of the configuration that upgrade compares
    done = run(example if " <" in example else f"{example} {shorter}", folder, DOCPIPE_FAULTS=faults)
    assert done.returncode == 0, f"{example}\n{done.stdout[-500:]}\n{done.stderr[-1500:]}"


def test_every_command_with_examples_shows_them() -> None:
    assert len(examples()) >= 25
