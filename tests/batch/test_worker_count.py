"""`--workers auto`: one worker a core, fewer where memory is short, never none."""

from __future__ import annotations

import pytest

from docpipe.batch.worker_count import UNKNOWN_MB, count_workers, worker_mb
from docpipe.config import load_config
from docpipe.runtime.memory import HostMemory


@pytest.mark.parametrize(
    ("cores", "available_mb", "limit_mb", "expected"),
    [
        pytest.param(4, 64_000, None, 4, id="cores"),
        pytest.param(16, 8_000, None, 6, id="memory"),
        pytest.param(16, 64_000, 4_200, 3, id="container"),
        pytest.param(8, 500, None, 1, id="never-none"),
        pytest.param(400, 1_000_000, None, 64, id="at-most-64"),
    ],
)
def test_workers_fit_the_machine(cores, available_mb, limit_mb, expected):
    memory = HostMemory(total_mb=1e6, available_mb=available_mb, limit_mb=limit_mb, rss_mb=200)
    assert count_workers(1000, cores, memory) == expected


def test_a_profile_says_what_a_worker_takes(tmp_path):
    config = load_config("invoice")
    assert 300 < worker_mb(config) < 5000
    assert worker_mb(config.model_copy(update={"profile": None})) == UNKNOWN_MB
