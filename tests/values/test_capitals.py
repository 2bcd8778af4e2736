"""Chinese capitals: any sum in fen that is written out reads back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docpipe.values.capitals import find_capitals, read_capitals

DIGITS = "零壹贰叁肆伍陆柒捌玖"


def written(fen: int) -> str:
    """Return fen in capitals, after the rules for cheques: one zero for a gap, 整 at a round end."""
    yuan, rest = divmod(fen, 100)
    text = whole(yuan) + "元" if yuan else ""
    jiao, last = divmod(rest, 10)
    if jiao:
        text += DIGITS[jiao] + "角"
    elif last and yuan:
        text += "零"
    return text + (DIGITS[last] + "分" if last else "整")


def whole(number: int) -> str:
    """Return a number below 10^12 in capitals."""
    for size, unit in ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if low and low < size // 10 else ""
            return whole(high) + unit + gap + (whole(low) if low else "")
    return DIGITS[number]


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=10**13))
def test_round_trip(fen):
    """Every sum reads back to the fen, and is found among other text."""
    text = written(fen)
    assert read_capitals(text) == Decimal(fen) / 100
    if fen >= 100:
        assert find_capitals(f"价税合计(大写) ⊗{text} (小写)") == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("人民币壹万圆整", "10000"),
        ("⊗贰仟肆佰陆拾贰圆零角零分", "2462"),
        ("拾伍元正", "15"),
        ("捌佰玖拾捌圆整", "898"),
        ("负玖元整", "-9"),
    ],
)
def test_as_printed(text, value):
    """Signs of the trade are dropped, 圆 is 元."""
    assert read_capitals(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "元", "金额", "壹角贰", "ABC元"])
def test_what_is_no_amount_is_none(text):
    """A text that is no amount in capitals is not guessed at."""
    assert read_capitals(text) is None


@settings(deadline=None)
@given(st.text(alphabet=DIGITS + "拾佰仟万亿元圆角分整正负 x", max_size=12))
def test_never_fails(text):
    """Any mixture of the characters is a number or None."""
    value = read_capitals(text)
    assert value is None or value.is_finite()
