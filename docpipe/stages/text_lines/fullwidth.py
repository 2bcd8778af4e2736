"""Full-width signs, which a recogniser trained on Chinese puts into Latin lines: `TEL：` is `TEL:`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_EAST_ASIAN = "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
"""Chinese characters, kana, bopomofo and hangul; not the signs and letters of double width."""
FIRST = "\u1100"
"""None of them stands before it: Latin pages are not searched, and the set, slow to compile, is not compiled."""

_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""U+FF01 to U+FF5E are ASCII's signs, digits and letters at double width."""


def narrow_fullwidth(texts: Sequence[str]) -> list[str]:
    """Return the texts of a page with double-width signs as ASCII, where nothing on it is East Asian writing."""
    if any(max(text, default="") >= FIRST and re.search(_EAST_ASIAN, text) for text in texts):
        return list(texts)
    return [text.translate(_NARROW) for text in texts]
