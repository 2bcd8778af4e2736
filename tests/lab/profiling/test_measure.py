"""How one document goes through all rungs: in turns, on the same input, each counted alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from docpipe.config import load_config
from docpipe.document import Document, KeyField, Page, TextLine, TextRegion, polygon_of
from docpipe.errors import UsageError
from docpipe.inputs.source import Source
from docpipe.lab.evaluation.conventions import conventions_for
from docpipe.lab.evaluation.labels import read_label
from docpipe.lab.profiling.documents import Wanted
from docpipe.lab.profiling.measure import Chosen, Measurer, rotate_names
from docpipe.lab.profiling.profile_from_samples import profile_of, update_profile
from docpipe.lab.profiling.samples import ModelSample, Samples, ScoreSample, TimeSample
from docpipe.profiles import Profile, to_yaml
from docpipe.stages.protocol import StageSettings
from docpipe.stages.text_detection import TextDetectionSettings, megapixels
from docpipe.stages.text_recognition import TextRecognitionSettings, crops
from docpipe.testing import FakeClock, FakeRuntime
from tests.profiles.making import profile as any_profile
from tests.profiles.making import rung as any_rung

CONFIG = load_config("invoice")
BOX = polygon_of((10, 10, 330, 58))
MS = {"text_detection": 40, "text_recognition": 200, "table_structure": 10, "key_fields": 4}
"""What the best rungs take; each one below takes half of the one above it."""


class FakeStage:
    """Takes the time it is told, and fills its part in: lower rungs of recognition read nothing."""

    settings = StageSettings

    def __init__(self, name: str, clock: FakeClock) -> None:
        self.name, self.clock = name, clock
        self.calls: list[tuple[int, Document]] = []
        ladder = CONFIG.stage(name).ladder
        self.levels = {rung.use: level for level, rung in reversed(list(enumerate(ladder))) if rung.mode != "disable"}

    def run(self, document: Document, settings: Any, runtime: Any) -> Document:
        level = self.levels[settings]
        self.calls.append((level, document))
        self.clock.advance(MS[self.name] / 2**level / 1000)
        if self.name == "key_fields":
            found = {"total_gross": KeyField("18.40", "18.40", 0.9, "rule")} if document.lines else {}
            return replace(document, fields=found)
        (page,) = document.pages
        if self.name == "text_detection":
            return document.with_pages([replace(page, regions=(TextRegion(BOX, 0.9),))])
        if self.name == "text_recognition":
            lines = () if level else (TextLine("1-1", "TOTAL 18.40", 0.9, BOX),)
            return document.with_pages([replace(page, lines=lines)])
        return document


def measurer(repeats: int = 2, **chosen: Any) -> tuple[Measurer, Mapping[str, FakeStage]]:
    clock = FakeClock()
    stages = {name: FakeStage(name, clock) for name in MS}
    made = Measurer(
        CONFIG, FakeRuntime(), Chosen.of(CONFIG, **chosen), repeats, wall=clock, cpu=lambda: clock() // 2, stages=stages
    )
    return made, stages


def page(number: int) -> Page:
    return Page(number, 640, 960)


def document(pages: int = 1) -> Document:
    return Document("1", "a.png", "", "image/png", 1, pages, tuple(page(n + 1) for n in range(pages)))


def wanted(label: bool = True) -> Wanted:
    source = Source("set/a.png", "a.png")
    if not label:
        return Wanted(source)
    entry = {"file": "a.png", "width": 640, "height": 960, "fields": {"total": "18.40"}}
    return Wanted(source, read_label(entry), conventions_for())


def test_every_rung_is_timed_as_often_as_asked_by_both_clocks():
    made, _ = measurer(repeats=3)
    times = [s for s in made.measure(wanted(label=False), document()) if isinstance(s, TimeSample)]
    for name, stage in CONFIG.each_stage():
        for level, rung in enumerate(stage.ladder):
            mine = [t for t in times if (t.stage, t.rung) == (name, rung.name)]
            expected = 0 if rung.mode == "disable" else MS[name] / 2**level
            assert [t.repeat for t in sorted(mine, key=lambda t: t.repeat)] == [0, 1, 2]
            assert [t.wall_ms for t in mine] == pytest.approx([expected] * 3, abs=0.001)
            assert [t.cpu_ms for t in mine] == pytest.approx([expected / 2] * 3, abs=0.001)


def test_pages_are_timed_one_by_one_and_documents_whole():
    made, _ = measurer(repeats=1)
    samples = made.measure(wanted(label=False), document(pages=2))
    what = {stage: [s.what for s in samples if s.stage == stage and s.rung == "main"] for stage in MS}
    assert all(what[stage] == ["set/a.png#1", "set/a.png#2"] for stage in MS if stage != "key_fields")
    assert what["key_fields"] == ["set/a.png"]


def test_all_rungs_of_a_stage_get_the_same_input():
    made, stages = measurer()
    made.measure(wanted(label=False), document())
    for stage in stages.values():
        assert len({id(given) for _, given in stage.calls}) == 1


def test_rungs_take_turns_in_another_order_each_time():
    made, stages = measurer(repeats=2, stages=["text_detection"])
    count = len(CONFIG.stage("text_detection").ladder)
    for _ in range(2):
        made.measure(wanted(label=False), document())
    firsts = [level for level, _ in stages["text_detection"].calls][::count]
    assert firsts == [turn % count for turn in (0, 1, 1, 2)]
    assert rotate_names(["a", "b", "c"], 4) == ["b", "c", "a"]


def test_without_a_label_nothing_is_scored():
    made, stages = measurer(repeats=1)
    samples = made.measure(wanted(label=False), document())
    assert not [s for s in samples if isinstance(s, ScoreSample)]
    assert len(stages["text_recognition"].calls) == len(CONFIG.stage("text_recognition").ladder)


def test_a_rung_is_scored_alone_with_the_best_of_all_other_stages():
    made, _ = measurer()
    scores = {(s.stage, s.rung): s.counts for s in made.measure(wanted(), document()) if isinstance(s, ScoreSample)}
    right, nothing = {"fields": (1.0, 1.0, 1.0, 1.0)}, {"fields": (0.0, 1.0, 0.0, 0.0)}
    best, *lower = (rung.name for rung in CONFIG.stages.text_recognition.ladder)
    assert scores["text_recognition", best] == right
    assert all(scores["text_recognition", name] == nothing for name in lower)
    assert all(counts == right for (stage, _), counts in scores.items() if stage == "text_detection")
    assert scores["key_fields", "skip"] == nothing


def test_only_what_was_asked_for_is_measured_and_always_the_best():
    best, *_, last = (rung.name for rung in CONFIG.stages.text_recognition.ladder)
    made, _ = measurer(repeats=1, rungs=[f"text_recognition.{last}"])
    samples = [s for s in made.measure(wanted(), document()) if isinstance(s, TimeSample)]
    assert {(s.stage, s.rung) for s in samples} == {("text_recognition", best), ("text_recognition", last)}


@pytest.mark.parametrize("names", [{"stages": ["text"]}, {"rungs": ["text_recognition.huge"]}])
def test_an_unknown_stage_or_rung_is_refused(names):
    with pytest.raises(ValueError, match=r"there is no .*; there are text_detection"):
        Chosen.of(CONFIG, **names)


def test_a_text_stage_that_is_switched_off_reads_no_pixels_and_is_left_out():
    data = CONFIG.to_data()
    data["input"] = {"text_layer": "require"}
    data["stages"]["text_detection"]["ladder"].append({"name": "off", "mode": "disable", "use": {}})
    with_off = type(CONFIG).model_validate(data)
    assert "off" not in Chosen.of(with_off).rungs["text_detection"]
    assert "skip" in Chosen.of(with_off).rungs["table_structure"]


def test_the_profile_has_what_was_measured():
    made, _ = measurer()
    samples = Samples()
    for sample in made.measure(wanted(), document()):
        samples.add(sample)
    given = any_profile({})

    def build() -> Profile:
        return profile_of(
            samples, CONFIG, made.chosen, machine=given.machine, versions={}, measured=given.measured, clock="wall"
        )

    found = build()
    assert to_yaml(build()) == to_yaml(found)
    recognition = found.stages["text_recognition"]
    assert recognition.unit == "crops"
    assert {name: found.ms(rung) for name, rung in recognition.rungs.items()} == pytest.approx(
        {rung.name: 200 / 2**level for level, rung in enumerate(CONFIG.stage("text_recognition").ladder)}, abs=0.1
    )
    assert [rung.factor for rung in recognition.rungs.values()][:2] == [1, 0]
    assert recognition.rungs["main"].settings == CONFIG.stage("text_recognition").ladder[0].digest()
    assert found.measured.wall_over_cpu == 2


def test_memory_that_others_gave_back_meanwhile_is_no_measurement():
    """A process may shrink while a model loads or a call runs; a model holds no less than nothing."""
    made, _ = measurer()
    samples = Samples()
    for sample in made.measure(wanted(), document()):
        samples.add(replace(sample, growth_mb=-3.0) if isinstance(sample, TimeSample) else sample)
    samples.add(ModelSample("text_detection", "main", {"det": "0123abcd"}, 9.5, -0.4))
    given = any_profile({})
    found = profile_of(
        samples, CONFIG, made.chosen, machine=given.machine, versions={}, measured=given.measured, clock="wall"
    )
    main = found.stages["text_detection"].rungs["main"]
    assert (main.resident_mb, main.peak_mb_per_unit) == (0, 0)


def test_an_update_keeps_the_rungs_that_were_not_measured_and_drops_those_that_are_gone():
    best, *lower = (rung.name for rung in CONFIG.stages.text_detection.ladder)
    old = any_profile(
        {
            "text_detection": {best: any_rung(100), lower[0]: any_rung(50), "gone": any_rung(1)},
            "key_fields": {"main": any_rung(3)},
        }
    )
    new = any_profile({"text_detection": {best: any_rung(90)}})
    found = update_profile(old, new, CONFIG)
    assert {name: found.ms(kept) for name, kept in found.stages["text_detection"].rungs.items()} == {
        best: 90,
        lower[0]: 50,
    }
    assert found.stages["key_fields"] == old.stages["key_fields"]
    assert found.measured.sets == old.measured.sets


@pytest.mark.parametrize("changes", [{"clock": "cpu"}, {"machine": {"threads": 2}}, {"versions": {"docpipe": "2"}}])
def test_an_update_of_something_else_is_refused(changes):
    with pytest.raises(UsageError, match="measured with another"):
        update_profile(any_profile({}, **changes), any_profile({}), CONFIG)


def test_a_page_costs_the_detector_what_its_network_sees():
    wide = TextDetectionSettings(limit_side_len=960)
    assert megapixels(page(1), wide) == pytest.approx(640 * 960 / 1e6)
    assert megapixels(Page(1, 1280, 1920), wide) == pytest.approx(640 * 960 / 1e6)
    assert megapixels(Page(1, 1280, 1920), TextDetectionSettings(limit_side_len=1920)) == pytest.approx(2.4576)


def test_a_crop_costs_the_recogniser_its_width_at_its_height():
    region = TextRegion(BOX, 0.9)
    assert crops(region, TextRecognitionSettings()) == 1
    narrow = TextRecognitionSettings(model_name="PP-OCRv6_small_rec_narrow", squeeze=0.5)
    assert crops(region, narrow) == 0.5
    assert crops(region, TextRecognitionSettings(squeeze=0.5)) == 1, "padded to 320 pixels"
    upright = TextRegion(polygon_of((0, 0, 48, 320)), 0.9)
    assert crops(upright, TextRecognitionSettings()) == 1
