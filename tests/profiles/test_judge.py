"""What is wrong with a ladder in the light of its profile."""

from __future__ import annotations

from typing import Any

import pytest

from docpipe.profiles import judge, lease_needed_s, options_of
from tests.profiles.making import ladder, profile, rung

MAIN = rung(100, 1.0)


def said(rungs: dict[str, dict[str, Any]], **changes: Any) -> list[tuple[str, bool]]:
    """Return what is said of a ladder of text detection, and whether it is refused."""
    made = profile({"text_detection": rungs})
    found = judge(made, [ladder("text_detection", *rungs, **changes)], {"docpipe": "1"}, "docpipe profile X")
    return [(finding.text, finding.refused) for finding in found]


def test_a_ladder_that_gives_up_accuracy_for_time_is_good():
    assert said({"main": MAIN, "light": rung(40, 0.97)}) == []


def test_a_rung_that_is_slower_and_reads_no_better_is_refused():
    ((text, refused),) = said({"main": MAIN, "light": rung(140, 0.97)})
    assert refused
    assert text == "light is slower than main (140 ms against 100 ms) and no more accurate; remove it, or put it above"


@pytest.mark.parametrize(
    ("light", "ending"),
    [
        pytest.param(rung(140, 0.97, error_ms=50.0), "within the noise of 50 ms", id="within its interval"),
        pytest.param(rung(108, 0.97), "within the noise of 10 ms", id="a tenth is noise"),
        pytest.param(rung(140, 0.97, documents=4), "by fewer than 5 documents", id="too few documents"),
        pytest.param(rung(140), "and their accuracy was not measured", id="no labels"),
    ],
)
def test_what_may_be_noise_is_only_said(light, ending):
    ((text, refused),) = said({"main": MAIN, "light": light})
    assert not refused
    assert text.endswith(ending)


@pytest.mark.parametrize(
    "light",
    [
        pytest.param(rung(140, 1.01), id="reads better"),
        pytest.param(rung(140, 0.97, resident_mb=50.0), id="takes less memory"),
    ],
)
def test_a_slower_rung_may_be_worth_it_for_something_else(light):
    assert said({"main": rung(100, 1.0, resident_mb=100.0), "light": light}) == []


def measured(ms: float, **factors: tuple[float, float, float]) -> dict[str, Any]:
    """Return a rung with the factor and interval of each measure."""
    accuracy = [
        {"measure": measure, "factor": factor, "low": low, "high": high, "score": 0.9, "documents": 20}
        for measure, (factor, low, high) in factors.items()
    ]
    return rung(ms, resident_mb=50.0) | {"accuracy": accuracy}


BEATEN = measured(224, fields=(0.95, 0.93, 0.96), words=(0.999, 0.992, 1.006))


def test_a_rung_that_a_lower_one_beats_is_refused_at_its_place():
    """However good the step down from the rung above it is, and wherever the better one stands below."""
    middle = measured(180, fields=(0.9, 0.9, 0.9), words=(1.0, 0.99, 1.01))
    last = measured(154, fields=(0.98, 0.97, 0.99), words=(1.0, 0.99, 1.01))
    rungs = {"main": measured(439, fields=(1.0, 1.0, 1.0), words=(1.0, 1.0, 1.0)), "light": BEATEN}
    found = said(rungs | {"small": middle, "least": last})
    assert [(text.split(",")[0], refused) for text, refused in found] == [("least", True)] * 2
    assert found[0][0] == (
        "least, which stands lower, is faster than light (154 ms against 224 ms) and more accurate (fields, words); "
        "remove light, or put it below"
    )


@pytest.mark.parametrize(
    ("last", "ending"),
    [
        pytest.param(measured(154, fields=(0.955, 0.94, 0.97)), "within the noise", id="intervals overlap"),
        pytest.param(measured(210, fields=(0.98, 0.97, 0.99)), "within the noise", id="as fast"),
        pytest.param(measured(154, fields=(0.98, 0.97, 0.99), words=(0.9, 0.9, 0.9)), None, id="fewer words"),
        pytest.param(measured(154, fields=(0.95, 0.93, 0.96)), None, id="as accurate"),
        pytest.param(measured(154, fields=(0.98, 0.97, 0.99)) | {"resident_mb": 60.0}, None, id="more memory"),
        pytest.param(rung(154), None, id="no labels"),
    ],
)
def test_a_rung_may_stand_where_a_lower_one_does_not_surely_beat_it(last, ending):
    found = said({"main": rung(439, 1.0), "light": BEATEN, "small": last})
    assert [(text.rsplit(", ", 1)[1], refused) for text, refused in found] == ([(ending, False)] if ending else [])


def test_a_rung_that_was_not_measured_is_named_with_the_command():
    made = profile({"text_detection": {"main": MAIN}})
    (finding,) = judge(made, [ladder("text_detection", "main", "light")], {"docpipe": "1"}, "docpipe profile X")
    assert not finding.refused
    assert finding.text == "the profile has no light; measure again: docpipe profile X"


def test_figures_of_other_settings_do_not_count():
    """What would be refused is not, as nobody knows how slow the rung is now."""
    found = said({"main": MAIN, "light": rung(140, 0.9)}, digest="ffffffffffff")
    assert [refused for _, refused in found] == [False]
    assert found[0][0].startswith("main, light: measured with other settings, so the figures do not count")


def test_figures_of_other_rules_count():
    """A word added to a rule pack must not take away what the policy gives way by; it is said."""
    stages = {"key_fields": {"main": rung(100, 1.0, rules="a" * 12), "rules": rung(40, 0.99, rules="a" * 12)}}
    edited = ladder("key_fields", "main", "rules", rules="b" * 12)
    (finding,) = judge(profile(stages), [edited], {"docpipe": "1"}, "docpipe profile X")
    assert not finding.refused
    assert finding.text.startswith("main, rules: measured with other rules; the figures count")
    assert set(options_of(profile(stages), edited)) == {"main", "rules"}


def test_other_versions_are_said():
    made = profile({"text_detection": {"main": MAIN}}, versions={"docpipe": "1", "paddleocr": "3.7", "numpy": "2"})
    now = {"docpipe": "2", "paddleocr": None, "numpy": "1"}
    (finding,) = judge(made, [ladder("text_detection", "main")], now, "docpipe profile X")
    assert finding.loc == ("profile",)
    assert finding.text.startswith("measured with docpipe 1, now 2; paddleocr 3.7, now missing; measure again")


def test_a_lease_shorter_than_a_probe_is_refused_once():
    made = profile({"text_detection": {"main": rung(2000, 1.0)}, "text_recognition": {"main": rung(4000, 1.0)}})
    ladders = [ladder("text_detection", "main", lease_s=5), ladder("text_recognition", "main", lease_s=5)]
    (finding,) = judge(made, ladders, {"docpipe": "1"}, "again")
    assert finding.refused
    assert finding.loc == ("policy", "probes", "lease_s")
    assert "5 s is shorter than a probe of text_recognition takes" in finding.text
    assert "(P99 9.0 s from the document's start)" in finding.text
    assert finding.text.endswith("write 14")


def test_a_lease_by_default_is_never_too_short():
    made = profile({"text_detection": {"main": rung(90_000, 1.0)}})
    assert judge(made, [ladder("text_detection", "main")], {"docpipe": "1"}, "again") == ()


def test_a_probe_needs_the_best_of_all_before_and_the_slowest_of_its_own():
    made = profile(
        {
            "text_detection": {"main": rung(1000, 1.0), "light": rung(400, 0.9)},
            "text_recognition": {"main": rung(2000, 1.0), "light": rung(3000, 0.9)},
        }
    )
    ladders = [ladder("text_detection", "main", "light"), ladder("text_recognition", "main", "light")]
    assert lease_needed_s(made, ladders, "text_detection") == pytest.approx(1.5)
    assert lease_needed_s(made, ladders, "text_recognition") == pytest.approx(6.0)
    unknown = [ladder("text_detection", "main", "other"), ladders[1]]
    assert lease_needed_s(made, unknown, "text_recognition") is None


def test_only_rungs_with_a_time_and_an_accuracy_have_a_price():
    made = profile({"text_detection": {"main": MAIN, "light": rung(40)}})
    assert options_of(made, ladder("text_detection", "main", "light")) == {"main": (100, 1.0)}
