"""A folder of hostile files between good ones: each has its result or a named reason, and nothing else suffers."""

from __future__ import annotations

import json
import resource

import pytest

from docpipe.result import Result
from tests.cli.test_run import docpipe, events_of, results_in
from tests.inputs.hostile import make_hostile_folder

pytestmark = pytest.mark.models

MOST_MB = 4096
"""A 30,000 x 30,000 page alone would take 2,700 MB, and its network's input far more."""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    root, out = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("out")
    expected = make_hostile_folder(root)
    done = docpipe("run", root, "--out", out)
    return expected, done, {result.document.path: result for result in results_in(out).values()}, out


def test_every_file_has_a_result_or_a_named_reason(read) -> None:  # type: ignore[no-untyped-def]
    expected, done, results, _ = read
    assert done.returncode == 1, done.stderr
    left_out = {name for event in events_of(done.stderr, "left_out") for name in event["files"]}
    assert {path for path, e in expected.items() if e.outcome == "skipped"} == left_out
    assert {path for path, e in expected.items() if e.outcome != "skipped"} == set(results)


def test_each_ends_as_it_must_and_says_why(read) -> None:  # type: ignore[no-untyped-def]
    expected, _, results, _ = read
    assert sum(e.outcome in ("failed", "partly", "skipped") for e in expected.values()) >= 20
    for path, e in expected.items():
        if e.outcome == "skipped":
            continue
        result: Result = results[path]
        wanted = {"read": "ok", "partly": "degraded", "failed": "failed"}[e.outcome]
        assert result.status == wanted, (path, result.errors)
        if e.outcome != "read":
            assert result.errors, path
            assert e.code in [error.code for error in result.errors], (path, result.errors)


def test_the_good_ones_are_all_right(read) -> None:  # type: ignore[no-untyped-def]
    expected, _, results, _ = read
    good = [results[path] for path, e in expected.items() if e.outcome == "read"]
    assert len(good) >= 5
    assert all(result.pages for result in good)


def test_results_stay_in_the_folder_whole_and_memory_is_bounded(read) -> None:  # type: ignore[no-untyped-def]
    *_, out = read
    for path in out.rglob("*.json"):
        assert path.resolve().is_relative_to(out.resolve())
        json.loads(path.read_text(encoding="utf-8"))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 < MOST_MB
