"""`docpipe profile` and what `docpipe check` makes of it: real documents, real models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import ConfigError, NothingToDo, UsageError
from docpipe.profiles import read_profile, to_yaml
from tests.profiles.making import invoice_without_profile, profile, rung

SAMPLES = Path(__file__).parents[1] / "samples"


def docpipe(*arguments: object) -> tuple[str, str]:
    """Run a command that must go well; return standard output and standard error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def events_of(stderr: str, event: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in stderr.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of the shipped pipeline file's cheapest stages, on two labelled documents."""
    out = tmp_path_factory.mktemp("profile") / "box.yaml"
    docpipe(
        "profile", SAMPLES / "labels.jsonl", "--first", 2, "--repeats", 1, "--threads", 1, "--name", "box",
        "--out", out, "--stages", "text_detection, key_fields",
    )  # fmt: skip
    return out


@pytest.mark.models
def test_a_profile_says_what_every_rung_costs_and_gives_up(measured):
    found = read_profile(measured)
    assert (found.machine.name, found.machine.threads, found.measured.repeats) == ("box", 1, 1)
    assert list(found.stages) == ["text_detection", "key_fields"]
    (labelled,) = found.measured.sets
    assert (labelled.documents, labelled.labelled) == (2, 2)
    main = found.stages["text_detection"].rungs["main"]
    assert found.ms(main) > 0
    assert main.weights_mb
    assert main.resident_mb is not None
    assert main.peak_mb is not None
    assert main.factor == 1
    fields = found.stages["key_fields"].rungs
    assert fields["main"].factor == 1
    assert fields["skip"].factor == 0
    assert found.ms(fields["skip"]) < found.ms(fields["main"])


@pytest.mark.models
def test_a_finished_measuring_takes_another_document_without_measuring_again(measured, tmp_path):
    out = tmp_path / "more.yaml"
    out.with_suffix(".samples.jsonl").write_bytes(measured.with_suffix(".samples.jsonl").read_bytes())
    _, stderr = docpipe(
        "profile", "measure", SAMPLES / "labels.jsonl", "--first", 3, "--repeats", 1, "--threads", 1, "--name", "box",
        "--out", out, "--stages", "text_detection,key_fields", "--resume",
    )  # fmt: skip
    (planned,) = events_of(stderr, "planned")
    assert (planned["documents"], planned["done_before"]) == (1, 2)
    assert read_profile(out).measured.sets[0].documents == 3


@pytest.mark.models
def test_without_labels_there_are_times_and_no_accuracy(tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n no picture")
    (pictures / "receipt.jpg").write_bytes((SAMPLES / "images" / "receipt_cafe.jpg").read_bytes())
    out = tmp_path / "box.yaml"
    stdout, stderr = docpipe(
        "profile", pictures, "--repeats", 1, "--threads", 1, "--out", out, "--rungs", "text_detection.light"
    )
    assert "No accuracy: the documents had no labels." in stdout
    assert [event["name"] for event in events_of(stderr, "left_out")] == ["broken.png"]
    found = read_profile(out)
    assert found.measured.sets[0].model_dump() == {"name": "pictures", "sha256": None, "documents": 1, "labelled": 0}
    assert list(found.stages["text_detection"].rungs) == ["main", "light"]
    assert all(one.accuracy == () and one.samples == 1 for one in found.stages["text_detection"].rungs.values())


@pytest.mark.models
def test_an_unfinished_measuring_is_kept(measured, tmp_path):
    out = tmp_path / "box.yaml"
    lines = measured.with_suffix(".samples.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    out.with_suffix(".samples.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(UsageError, match="--resume goes on"):
        docpipe(
            "profile", SAMPLES, "--first", 2, "--repeats", 1, "--threads", 1, "--name", "box", "--out", out,
            "--stages", "text_detection,key_fields",
        )  # fmt: skip


def test_two_profiles_stand_side_by_side(tmp_path):
    for name, ms in (("one", 100), ("two", 50)):
        made = profile({"text_detection": {"main": rung(ms, 1.0)}}, machine={"name": name})
        (tmp_path / f"{name}.yaml").write_text(to_yaml(made), encoding="utf-8")
    stdout, _ = docpipe("profile", "show", tmp_path / "one.yaml", "--beside", tmp_path / "two.yaml")
    row = next(line for line in stdout.splitlines() if line.startswith("text_detection"))
    assert row.split()[:7] == ["text_detection", "main", "100", "ms", "50", "ms", "0.50"]
    alone, _ = docpipe("profile", "show", tmp_path / "one.yaml")
    assert "1.000 (1.000–1.000)" in alone


def test_check_shows_prices_and_the_joint_ladder(tmp_path):
    from docpipe.config import load_config

    stages = {
        name: {
            r.name: rung(100 / 2**level, 1 - 0.05 * level, settings=r.digest()) for level, r in enumerate(stage.ladder)
        }
        for name, stage in load_config("invoice").each_stage()
    }
    best, second = (r.name for r in load_config("invoice").stages.text_detection.ladder[:2])
    del stages["text_detection"][second]
    (tmp_path / "box.yaml").write_text(to_yaml(profile(stages)), encoding="utf-8")
    text = invoice_without_profile()
    file = tmp_path / "mine.yaml"
    file.write_text(f"profile: box.yaml\n{text}", encoding="utf-8")
    stdout, _ = docpipe("check", file)
    assert "gives way first" not in stdout
    assert f": stages.text_detection.ladder: the profile has no {second}; measure again" in stdout
    stdout, _ = docpipe("check", file, "--profile")
    costliest = stdout.split("gives way first")[1].splitlines()[1].split()
    assert costliest[:3] == ["400", "1.000", best]
    text = (tmp_path / "box.yaml").read_text(encoding="utf-8")
    digest = load_config("invoice").stages.key_fields.ladder[0].digest()
    (tmp_path / "box.yaml").write_text(text.replace(digest, "ffffffffffff"), encoding="utf-8")
    stdout, _ = docpipe("check", file, "--profile")
    assert "Without key_fields: the best rung has no time, or no accuracy." in stdout
    assert stdout.split("gives way first")[1].splitlines()[1].split()[0] == "300"


def test_check_without_a_profile_says_how_to_get_one(tmp_path):
    (tmp_path / "bare.yaml").write_text(invoice_without_profile(), encoding="utf-8")
    with pytest.raises(UsageError, match="`docpipe profile LABELS` measures one"):
        docpipe("check", tmp_path / "bare.yaml", "--profile")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(["nowhere.jsonl"], ConfigError, id="no labels"),
        pytest.param([SAMPLES, "--stages", "reading"], UsageError, id="no stage"),
        pytest.param([SAMPLES, "--name", "Böse Box"], UsageError, id="no file name"),
        pytest.param([SAMPLES, "-c", "nothing"], ConfigError, id="no pipeline file"),
    ],
)
def test_what_cannot_be_measured_is_told_before_a_model_is_loaded(arguments, error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        docpipe("profile", *arguments)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_documents_is_nothing_to_do(tmp_path):
    with pytest.raises(NothingToDo):
        docpipe("profile", tmp_path)
