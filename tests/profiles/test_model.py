"""A profile file: what it says, what is refused, and that it comes back as it was."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from docpipe.errors import ConfigError
from docpipe.files.yaml_file import check_model
from docpipe.profiles import model, read_profile, to_yaml
from tests.profiles.making import profile, rung

RECEIPTS = profile({"text_detection": {"main": rung(200, 1.0), "light": rung(90, 0.97)}})


def test_a_profile_comes_back_from_its_file_as_it_was(tmp_path):
    file = tmp_path / "box.yaml"
    file.write_text(to_yaml(RECEIPTS), encoding="utf-8")
    assert read_profile(file) == RECEIPTS
    assert to_yaml(read_profile(file)) == to_yaml(RECEIPTS)


def test_time_grows_with_size_by_the_clock_that_counts():
    cost = {"fixed_ms": 10.0, "ms_per_unit": 5.0, "p99_over_p50": 2.0}
    slower = {"fixed_ms": 20.0, "ms_per_unit": 10.0}
    units = {"reference": 4.0, "smallest": 1.0, "largest": 8.0}
    made = profile({"key_fields": {"main": rung(1, wall=slower, cpu=cost, units=units)}}, clock="cpu")
    main = made.rung("key_fields", "main")
    assert main is not None
    assert (made.ms(main), made.ms(main, 8), made.p99_ms(main, 8)) == (30, 50, 100)
    assert made.model_copy(update={"clock": "wall"}).ms(main) == 60


def test_memory_at_the_peak_is_that_of_the_largest_call():
    units = {"reference": 1.0, "smallest": 1.0, "largest": 3.0}
    made = profile({"text_detection": {"main": rung(1, resident_mb=100.0, peak_mb_per_unit=20.0, units=units)}})
    main = made.rung("text_detection", "main")
    assert main is not None
    assert main.peak_mb == 160


def test_nothing_is_known_of_a_rung_that_was_not_measured():
    assert RECEIPTS.rung("text_detection", "tiny") is None
    assert RECEIPTS.rung("key_fields", "main") is None


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (
            "unit: megapixels",
            "unit: Mega Pixels",
            "stages.text_detection.unit: 'Mega Pixels' is not written as it must be",
        ),
        ("factor: 0.97", "factor: 1.3", "1.3 is above 1.02"),
        ("low: 0.97", "low: 0.98", "factor 0.97 is not between low (0.98) and high"),
        ("clock: wall", "clock: sun", "clock"),
        ("repeats: 3", "repeats: 3\n  invented: 1", "unknown key"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path, before, after, complaint):
    file = tmp_path / "box.yaml"
    text = to_yaml(RECEIPTS)
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_profile(file)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"{file}:")


def test_a_time_below_nothing_is_refused():
    cost = {"fixed_ms": -1.0, "ms_per_unit": 0.0}
    with pytest.raises(ValidationError):
        profile({"key_fields": {"main": rung(1, wall=cost)}})


def test_a_profile_is_parsed_once_and_read_again_when_its_file_changes(tmp_path, monkeypatch):
    parsed = []
    monkeypatch.setattr(model, "check_model", lambda kind, *given: parsed.append(given[0]) or check_model(kind, *given))
    file = tmp_path / "profile.yaml"
    file.write_text(to_yaml(RECEIPTS), encoding="utf-8")
    assert read_profile(file) == read_profile(file) == RECEIPTS
    assert parsed == [file]
    other = RECEIPTS.model_copy(update={"clock": "wall" if RECEIPTS.clock == "cpu" else "cpu"})
    file.write_text(to_yaml(other), encoding="utf-8")
    assert read_profile(file) == other
