"""Grey levels are those that numpy gives by sorting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.stages.text_lines.grey_levels import count_columns, count_rows, darker, percentiles


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1), st.sampled_from([2, 17, 256]))
def test_levels_and_counts_are_those_of_numpy(height: int, width: int, seed: int, levels: int) -> None:
    grey = np.random.default_rng(seed).integers(0, levels, (height, width), dtype=np.uint8)
    found = percentiles(grey, (0, 2, 33.3, 80, 100))
    assert found == pytest.approx(np.percentile(grey, (0, 2, 33.3, 80, 100)).tolist(), abs=1e-9)
    level = found[3]
    marked = darker(grey, level)
    assert (marked > 0).tolist() == (grey < level).tolist()
    assert count_columns(marked).tolist() == (grey < level).sum(axis=0).tolist()
    assert count_rows(marked).tolist() == (grey < level).sum(axis=1).tolist()
