"""Signs of double width become ASCII on a page without East Asian writing, and stay on any other."""

from __future__ import annotations

import pytest

from docpipe.stages.text_lines.fullwidth import narrow_fullwidth


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["TEL：03-8079", "（000） 555", "A€ß"], ["TEL:03-8079", "(000) 555", "A€ß"]),
        (["金额（小写）：", "TEL：1"], ["金额（小写）：", "TEL：1"]),
        (["カード：", "：1"], ["カード：", "：1"]),
        (["한글：", "："], ["한글：", "："]),
        ([], []),
    ],
)
def test_a_page_decides(texts, expected):
    assert narrow_fullwidth(texts) == expected
