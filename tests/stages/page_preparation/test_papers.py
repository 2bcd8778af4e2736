"""Papers are found where two or more lie on one ground with text on each, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from docpipe.document import Box, TextRegion, polygon_of
from docpipe.stages.page_preparation.papers import find_papers


def photo(*papers: tuple[Box, float], ground=(60, 90, 120), lines: int = 6):
    """Return a picture of white papers (box and angle in degrees) on a ground, and regions of text on them."""
    image = np.full((1100, 1500, 3), ground, np.uint8)
    regions = []
    for (x1, y1, x2, y2), angle in papers:
        corners = cv2.boxPoints((((x1 + x2) / 2, (y1 + y2) / 2), (x2 - x1, y2 - y1), angle))
        cv2.fillConvexPoly(image, corners.round().astype(np.int32), (250, 250, 250))
        for n in range(lines):
            y = y1 + (n + 1) * (y2 - y1) / (lines + 1)
            regions.append(TextRegion(polygon_of((x1 + 40, y - 10, x2 - 40, y + 10)), 0.9))
            cv2.putText(image, "TOTAL 9.20", (int(x1 + 40), int(y)), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (30, 30, 30), 2)
    return image, regions


LEFT, RIGHT = (100.0, 200.0, 600.0, 800.0), (800.0, 200.0, 1300.0, 800.0)


def test_two_papers_aslant_are_found_from_left_to_right():
    found = find_papers(*photo((RIGHT, 6.0), (LEFT, -4.0)))
    assert len(found) == 2
    for box, truth in zip(found, (LEFT, RIGHT), strict=True):
        assert box[0] <= truth[0] + 5
        assert box[2] >= truth[2] - 5
    assert found[0][2] < found[1][0]


@pytest.mark.parametrize(
    ("papers", "changes"),
    [
        ([(LEFT, 0.0)], {}),
        ([(LEFT, 0.0), (RIGHT, 0.0)], {"lines": 2}),
        ([(LEFT, 0.0), (RIGHT, 0.0)], {"ground": (250, 250, 250)}),
        ([((-50.0, -50.0, 700.0, 1200.0), 0.0), ((800.0, -50.0, 1600.0, 1200.0), 0.0)], {}),
    ],
    ids=["one paper", "hardly any text", "white on white", "cut off at the edge"],
)
def test_no_papers(papers, changes):
    assert find_papers(*photo(*papers, **changes)) == ()
