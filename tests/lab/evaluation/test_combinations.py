"""Which combinations of rungs are measured."""

from __future__ import annotations

import pytest

from docpipe.config import PipelineConfig, load_config
from docpipe.errors import UsageError
from docpipe.lab.evaluation.combinations import combinations


@pytest.fixture(scope="module")
def config() -> PipelineConfig:
    return load_config("invoice")


def test_all_is_main_each_lower_rung_alone_and_the_lowest_together(config: PipelineConfig) -> None:
    found = combinations(["all"], config)
    lower = [f"{stage}={rung.name}" for stage, part in config.each_stage() for rung in part.ladder[1:]]
    assert [combination.name for combination in found] == ["main", *lower, "lowest"]
    main = found[0].pins
    assert main == {stage: part.ladder[0].name for stage, part in config.each_stage()}
    for combination in found[1:-1]:
        assert sum(rung != main[stage] for stage, rung in combination.pins.items()) == 1


def test_the_lowest_still_reads(config: PipelineConfig) -> None:
    (lowest,) = combinations(["lowest"], config)
    assert all(config.stage(stage).rung(rung).mode != "disable" for stage, rung in lowest.pins.items())
    assert lowest.pins["text_detection"] == config.stages.text_detection.ladder[-1].name


def test_a_written_combination_has_the_best_rung_everywhere_else_and_is_measured_once(config: PipelineConfig) -> None:
    found = combinations(
        ["text_recognition=light, text_detection=light", "main", "text_detection=light,text_recognition=light"], config
    )
    assert [combination.name for combination in found] == ["text_detection=light,text_recognition=light", "main"]
    assert found[0].pins["key_fields"] == config.stages.key_fields.ladder[0].name
    assert combinations([f"text_detection={config.stages.text_detection.ladder[0].name}"], config)[0].name == "main"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "light",
            "'light' is no combination; write all, main, lowest, or STAGE=RUNG with one of text_detection, text_r",
        ),
        ("text=light", "'text=light' is no combination"),
        ("text_detection=none", "text_detection has no rung 'none'; it has main, light"),
        ("text_detection=main,text_detection=light", "text_detection stands there twice"),
    ],
)
def test_a_combination_that_there_is_not_says_which_there_are(
    config: PipelineConfig, text: str, complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        combinations([text], config)
