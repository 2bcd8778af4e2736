"""The file of single measurements: what an interruption leaves, and what may go on from it."""

from __future__ import annotations

import pytest

from docpipe.errors import UsageError
from docpipe.lab.profiling.samples import ModelSample, SamplesFile, ScoreSample, TimeSample

ME = {"configuration": "abc", "labels": [["receipts", "123"]]}
MODEL = ModelSample("text_detection", "main", {"det": "0123abcd"}, 9.5, 85.0)
TIME = TimeSample("text_detection", "main", "a.png#1", 0, 0.5, 12.5, 11.0, None)
SCORE = ScoreSample("text_detection", "main", "a.png", {"fields": (3.0, 4.0, 3.0, 4.0)})


def started(path, identity=ME, **options):
    with SamplesFile(path, identity) as file:
        return file.start(**{"resume": False, "force": False} | options)


@pytest.fixture
def interrupted(tmp_path):
    """A file with one document done and another that was cut off while it was written."""
    path = tmp_path / "box.samples.jsonl"
    with SamplesFile(path, ME) as file:
        file.start(resume=False, force=False)
        file.models([MODEL])
        file.document("a.png", True, [TIME, SCORE])
        file.write_left_out("broken.png", "no picture")
        file.document("b.png", True, [TIME, TIME])
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1])[:-30], encoding="utf-8")
    return path


def test_what_was_measured_comes_back(interrupted):
    found = started(interrupted, resume=True)
    assert found.documents == {"a.png": True}
    assert found.left_out == {"broken.png": "no picture"}
    assert found.models == {("text_detection", "main"): MODEL}
    assert found.times == [TIME]
    assert [dict(score.counts) for score in found.scores] == [{"fields": [3.0, 4.0, 3.0, 4.0]}]


def test_half_a_document_is_measured_again_and_counts_once(interrupted):
    with SamplesFile(interrupted, ME) as file:
        file.start(resume=True, force=False)
        file.document("b.png", True, [TIME])
        file.write_end()
    again = started(interrupted, resume=True)
    assert list(again.documents) == ["a.png", "b.png"]
    assert len(again.times) == 2


def test_an_unfinished_measuring_is_not_lost_by_accident(interrupted):
    before = interrupted.read_bytes()
    with pytest.raises(UsageError, match="--resume goes on, --force starts over"):
        started(interrupted)
    assert interrupted.read_bytes() == before
    assert started(interrupted, force=True).documents == {}


def test_a_finished_one_makes_room_or_takes_more_documents(interrupted):
    with SamplesFile(interrupted, ME) as file:
        file.start(resume=True, force=False)
        file.write_end()
    assert list(started(interrupted, resume=True).documents) == ["a.png"]
    with SamplesFile(interrupted, ME) as file:
        file.start(resume=True, force=False)
        file.write_end()
    assert started(interrupted).documents == {}


def test_samples_of_something_else_are_not_mixed_in(interrupted):
    with pytest.raises(UsageError, match="measured with another configuration; --force"):
        started(interrupted, ME | {"configuration": "other"}, resume=True)


def test_a_finished_one_of_something_else_is_replaced(interrupted):
    with SamplesFile(interrupted, ME) as file:
        file.start(resume=True, force=False)
        file.write_end()
    other = ME | {"configuration": "other"}
    assert started(interrupted, other, resume=True).documents == {}
    assert started(interrupted, other, resume=True).documents == {}


def test_another_file_is_left_alone(tmp_path):
    path = tmp_path / "box.samples.jsonl"
    path.write_text('{"results": 1}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="is no file of samples"):
        started(path)
    assert path.read_text(encoding="utf-8") == '{"results": 1}\n'
