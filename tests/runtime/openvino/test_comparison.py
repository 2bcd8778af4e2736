"""OpenVINO serves no model that reads docpipe's samples otherwise than ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest

from docpipe.config import load_config
from docpipe.control.preload import load_residents
from docpipe.errors import ModelError
from docpipe.runtime.openvino import predictors
from docpipe.runtime.openvino.comparison import Comparison, compare
from docpipe.runtime.openvino.network import shared_openvino
from docpipe.runtime.openvino.samples import Answer, Question, questions, words_read
from docpipe.runtime.protocol import ModelRef
from tests.runtime.openvino.conftest import ALIKE, CLASSIFIER

DETECTOR = ModelRef("text_detection", "PP-OCRv6_tiny_det", engine="openvino")
TELL = "otherwise than ONNX Runtime"


class Skewed:
    """A network of OpenVINO that is off by something, as a wrong kernel or too few bits would be."""

    def __init__(self, network, skew) -> None:
        self._network, self._skew = network, skew
        self.inputs = network.inputs

    def run(self, feeds):
        return [self._skew(output) for output in self._network.run(feeds)]


@pytest.fixture
def skewed(monkeypatch):
    """Let all networks of OpenVINO be off."""

    def put(skew):
        monkeypatch.setattr(predictors, "shared_openvino", lambda *args: Skewed(shared_openvino(*args), skew))

    return put


def moved(output):
    return np.roll(output, 12, axis=-2)


def turned_round(output):
    return np.ascontiguousarray(output[..., ::-1])


@pytest.mark.models
@pytest.mark.parametrize(("ref", "skew"), [(DETECTOR, moved), (CLASSIFIER, turned_round)])
def test_a_model_that_reads_otherwise_is_refused_and_stays_so(fresh, skewed, monkeypatch, ref, skew, caplog):
    caplog.set_level("INFO", "docpipe.runtime")
    skewed(skew)
    with pytest.raises(ModelError, match=TELL):
        fresh.load(ref)
    assert f"docpipe.engines_compared name={ref.name} mode='openvino f32'" in caplog.text
    assert "refused=True" in caplog.text
    monkeypatch.setattr(predictors, "compare", lambda *args: pytest.fail("it was compared before"))
    with pytest.raises(ModelError, match=TELL):
        fresh.load(ref)
    assert fresh.list_loaded() == []


@pytest.mark.models
def test_the_rung_of_a_refused_model_gives_way_to_the_one_below(fresh, skewed):
    skewed(moved)
    config = load_config("invoice")
    stage = config.stages.text_detection
    use = stage.ladder[0].use.model_copy(update={"model_name": DETECTOR.name, "engine": "openvino", "prepare": ()})
    light = stage.ladder[1].use.model_copy(update={"prepare": ()})
    ladder = (
        stage.ladder[0].model_copy(update={"use": use}),
        stage.ladder[1].model_copy(update={"use": light}),
    )
    stages = config.stages.model_copy(update={"text_detection": stage.model_copy(update={"ladder": ladder})})
    config = config.model_copy(update={"stages": stages, "runtime": fresh.settings})
    unusable = {(one.stage, one.rung): one.reason for one in load_residents(config, fresh)}
    assert TELL in unusable["text_detection", "main"]
    assert ("text_detection", "light") not in unusable


@pytest.mark.models
def test_what_was_found_alike_is_not_compared_again(fresh, monkeypatch):
    fresh.load(CLASSIFIER)
    fresh.free(CLASSIFIER)
    monkeypatch.setattr(predictors, "compare", lambda *args: pytest.fail("it was compared before"))
    assert fresh.load(CLASSIFIER).mode == "openvino f32"


class Says:
    """A predictor with an answer for each call."""

    def __init__(self, *answers) -> None:
        self._answers = list(answers)

    def predict(self, images, batch_size=1):
        return [self._answers.pop(0)]


def asked(truth, count=1):
    return [Question([None], lambda found: found[0], truth)] * count


WORDS = [str(number) for number in range(1000)]


@pytest.mark.parametrize(("right", "refused"), [(1000, False), (997, False), (995, True), (900, True)])
def test_words_may_differ_by_a_fifth_of_a_point_either_way(right, refused):
    """F1 of 997 words of 1000 is 99.85 %, of 995 it is 99.75 %."""
    whole, less = Answer(WORDS), Answer(WORDS[:right])
    for first, second in ((whole, less), (less, whole)):
        found = compare(Says(first), Says(second), asked(Answer(WORDS)))
        assert bool(found.refusal) == refused
        assert found.words_points == pytest.approx(100 * (1 - 2 * right / (1000 + right)))


def test_what_no_label_knows_must_be_alike_all_the_same():
    """A script that the samples lack: neither engine reads a labelled word, and they say different things."""
    found = compare(Says(Answer(said=["ก", "ข"])), Says(Answer(said=["ค", "ง"])), asked(Answer(WORDS)))
    assert (found.words_points, found.alike) == (0, 0)
    assert TELL in found.refusal


def test_boxes_are_the_same_from_an_overlap_of_one_half_on():
    labelled = Answer(boxes=[(0, 0, 10, 10), (20, 0, 30, 10)])
    near, far = Answer(boxes=[(20, 0, 30, 9), (0, 0, 10, 8)]), Answer(boxes=[(0, 0, 10, 10), (26, 0, 36, 10)])
    assert compare(Says(labelled), Says(near), asked(labelled)) == ALIKE
    found = compare(Says(labelled), Says(far), asked(labelled))
    assert (found.spotting_points, found.alike) == (50, 0.5)


def test_both_are_timed_in_turns():
    ticks = iter([0, 1, 1, 4, 4, 6, 6, 10])
    answers = [Answer()] * 3
    found = compare(Says(*answers), Says(*answers), asked(None), rounds=2, clock=lambda: next(ticks))
    assert (found.onnxruntime_ms, found.openvino_ms) == (1500, 3500)


def test_words_count_without_regard_to_spaces_and_case():
    assert words_read(["No. 12 A", "合计 9"], ["NO.12B", "合計9"]) == ["0 0 no.", "0 1 12", "1 0 合", "1 2 9"]


@pytest.mark.parametrize("task", ["text_detection", "text_recognition", "table_structure", "text_orientation"])
def test_there_are_questions_for_each_task(task):
    found = questions(task, {})
    assert len(found) >= 4
    assert all(image.shape[2] == 3 for question in found for image in question.inputs)
    if task == "text_recognition":
        assert sum(len(question.truth.words) for question in found) > 500  # one word is less than 0.2 points


def test_a_network_that_says_nothing_of_its_inputs_cannot_be_compared():
    with pytest.raises(ModelError, match=r"about\.json does not say"):
        questions("tensor_network", {})
    with pytest.raises(ModelError, match="nothing is known to compare"):
        questions("layout_detection", {})


def test_a_refusal_gives_the_figures():
    said = Comparison(0.31, 0.0, 0.992, 0, 0).refusal
    assert "words differ by 0.31 points, spotting by 0.00 (at most 0.2), 99.2% alike" in said
