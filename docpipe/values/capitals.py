"""Chinese amounts in capitals (壹万圆整) as decimals."""

from __future__ import annotations

import re
from decimal import Decimal

from docpipe.values.text import clean

_DIGITS = {
    c: i
    for i, pair in enumerate(("零〇", "壹一", "贰二", "叁三", "肆四", "伍五", "陆六", "柒七", "捌八", "玖九"))
    for c in pair
}
_UNITS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8}
_DROPPED = re.compile(r"人民币|[⊗ⓧ×xX\s整正圓:：¥￥]")
_TEXT = re.compile(
    r"负?[零〇壹贰叁肆伍陆柒捌玖一二三四五六七八九拾十佰百仟千万亿]+[圆元](?:零?[零壹贰叁肆伍陆柒捌玖]角)?(?:零?[零壹贰叁肆伍陆柒捌玖]分)?[整正]?"
)


def find_capitals(text: str) -> str | None:
    """Return the amount in capitals that a text holds, as printed, or None."""
    joined = (
        re.sub(r"\s", "", clean(text)).replace("圓", "圆").replace("億", "亿").replace("萬", "万").replace("貳", "贰")
    )
    found = _TEXT.search(joined)
    return found.group() if found else None


def read_capitals(text: str) -> Decimal | None:
    """Return the value of an amount in capitals, to the fen, or None where it cannot be read.

    `人民币`, `⊗` and `整`/`正` are dropped and `圆` counts as `元` (rules of the Chinese central bank for cheques).
    """
    joined = (
        clean(text).replace("圆", "元").replace("圓", "元").replace("萬", "万").replace("億", "亿").replace("貳", "贰")
    )
    joined = _DROPPED.sub("", joined)
    sign = -1 if joined.startswith("负") else 1
    joined = joined.lstrip("负")
    if not joined:
        return None
    whole, _, rest = joined.partition("元") if "元" in joined else ("", "", joined)
    units = _whole(whole) if whole else 0
    if units is None:
        return None
    fen = 0
    for unit, size in (("角", 10), ("分", 1)):
        head, found, tail = rest.partition(unit)
        if found:
            head = head.lstrip("零〇") or "零"
            if len(head) != 1 or head not in _DIGITS:
                return None
            fen, rest = fen + _DIGITS[head] * size, tail
    if rest.strip("零〇") or (not whole and not fen):
        return None
    return sign * (Decimal(units) + Decimal(fen) / 100)


def _whole(text: str) -> int | None:
    """Read a whole number. A unit without a digit before it counts once (`拾伍` is 15)."""
    total, section, digit = 0, 0, None
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _UNITS:
            section += (1 if digit is None else digit) * _UNITS[character]
            digit = None
        elif character in _BIG:
            section += digit or 0
            if character == "亿":
                total, section = (total + section) * _BIG[character], 0
            else:
                total, section = total + section * _BIG[character], 0
            digit = None
        else:
            return None
    return total + section + (digit or 0)
