"""Currency codes and symbols. `$` and `¥` alone name no currency: several countries use them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docpipe.values.word_lists import load_list, words_of

_LIST = load_list("currencies.json")
CODES = words_of(_LIST["codes"])
"""ISO 4217, active codes."""

WORDS = words_of(_LIST["words_as_well"])
"""Codes that are words or parts of numbers as well: they count beside a number only."""

_SIGNS: Mapping[str, str] = {sign: code for code, signs in _LIST["signs"].items() for sign in signs}
"""Signs of one currency, in capitals."""
SHARED_SIGNS: Mapping[str, frozenset[str]] = {sign: words_of(codes) for sign, codes in _LIST["shared_signs"].items()}
"""Signs that name no currency without a second hint -> what they may mean."""
_SHARED = re.compile(
    r"(?<![A-Za-z])(?:(?P<kr>[Kk][Rr])(?![A-Za-z])|(?P<R>R)(?=\s?-?\d[\d ,.]*[.,]\d\d(?!\d))"
    r"|(?P<FCFA>F\s?CFA)(?![A-Za-z])"
    r"|(?P<sign>[$¥￥円]))"
)
NO_DECIMALS = words_of(_LIST["no_decimals"])
"""ISO 4217: money without a minor unit."""
MILLESIMAL = words_of(_LIST["three_decimals"])
"""ISO 4217: money with three decimals."""
ROUND_SUMS = words_of(_LIST["round_sums"])
"""Money whose minor unit exists but is seldom printed."""
FEW_DECIMALS = (
    r"(?<![A-Za-z])(?:"
    + "|".join(sorted(NO_DECIMALS | ROUND_SUMS))
    + r"|F\s?CFA|F\s?CFP?|(?:Rp\.?|Gs\.)(?=\s?\d)|Yen|yen)(?![A-Za-z])"
    r"|(?<=\d)\s?Ft(?![A-Za-z])|[¥￥₩₫₲円원]"
)
"""What names money that mostly shows no decimals, as a pattern; a yuan sign does so for the yen alone."""
THREE_DECIMALS = r"(?<![A-Za-z])(?:" + "|".join(sorted(MILLESIMAL)) + r"|K\.?D\.?|B\.?D\.?|DT)(?![A-Za-z])"
"""What names money with three decimals, as a pattern."""
SIGNS = (
    r"(?<![A-Za-z])(?:RM|(?:US|HK|AU?|CA?|NZ|S|R)\$|RMB|EURO?S?|S?Fr\.?|Rs\.?|zł|Kč"
    r"|(?-i:Rp\.?|Gs\.|K\.?D\.?|B\.?D\.?|DT|[Kk]r\.?|Ft|lei|F\s?CFA|F\s?CFP))|[$€£¥￥₹₩₽₺₫฿₱₪₴₲₦₡円]"
)
"""Signs, and `EUR` with what is made of it, for a pattern that ignores case; codes are `CODES`."""
_BY_LETTER: dict[str, list[str]] = {}
for _code in sorted(CODES - WORDS):
    _BY_LETTER.setdefault(_code[0], []).append(_code[1:])
MARK = (
    r"(?:RM|(?:US|HK|AU?|CA?|NZ|S|R)\$|[$€£¥￥元円₹₩₽₺₫฿₱₪₴₲₦₡]|RMB|S?Fr\.|zł|Kč"
    r"|(?:(?:R[sp]|Gs|kr|Kr|Php)\.?|K\.?D\.?|B\.?D\.?)(?=\s?-?\d)"
    r"|(?<=[\d\s])(?:Ft|kr|DT|F\s?CFA|F\s?CFP)(?![A-Za-z])|P(?=\d+[.,]\d\d)|(?:"
    + "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in _BY_LETTER.items())
    + r")(?![A-Za-z]))"
)
"""A sign or code beside a number, as a pattern that heeds case."""
_WORD = re.compile(
    r"(?<![A-Za-z])(?<![A-Za-z]\d)(RM(?=\s?\d|\)|\s*$|\s*:)|(?:R[sp]|S?Fr)\.?(?=\s?-?\d)|Gs\.(?=\s?\d)"
    r"|(?:K\.?D\.?|B\.?D\.?)(?=\s?\d[\d,]*\.\d{3})"
    r"|(?:US|HK|AU?|CA?|NZ|S|R)\$|RMB|EUROS?|(?<!SDN )(?<!SDN\. )[A-Z]{3}(?!-\d))(?![A-Za-z])"
    r"|(?<=\d)\s?(?:zł|Kč|Ft|DT|S?Fr\.|lei|F\s?CFP)(?![A-Za-z])|[€£₹₩₽₺₫฿₱₪₴₲₦₡]|人民币"
)


def code_of(sign: str) -> str | None:
    """Return the ISO 4217 code of a sign or code as printed, or None where it names no single currency."""
    upper = "".join(sign.split()).upper()
    return upper if upper in CODES else _SIGNS.get(upper)


def is_code(text: str) -> bool:
    """Say whether a text is an active ISO 4217 code."""
    return text in CODES


@dataclass(frozen=True, slots=True)
class Named:
    """A currency that a text names."""

    code: str
    sure: bool
    """Whether it stands beside a number, is a sign, or ends the text; else it may be three letters of anything."""


def find_currencies(text: str) -> list[Named]:
    """Return the currencies named in a text, from left to right. Three letters count in capitals only."""
    return list(_find_named(text))


def _find_named(text: str) -> Iterator[Named]:
    for found in _WORD.finditer(text):
        code = code_of(found.group().strip())
        if code is None:
            continue
        beside = _beside_number(text, *found.span())
        if beside or code not in WORDS:
            behind = text[found.end() :].strip(" )]:*.")
            yield Named(code, beside or not found.group().isalpha() or not behind)


def shared_signs(text: str) -> list[str]:
    """Return the signs of a text that several currencies share, each as `SHARED_SIGNS` names it."""
    return [
        found["sign"] or next(name for name in ("kr", "FCFA", "R") if found[name]) for found in _SHARED.finditer(text)
    ]


def _beside_number(text: str, start: int, end: int) -> bool:
    return re.search(r"\d\s?$", text[:start]) is not None or re.match(r"\s?[.:]?\s?-?\d", text[end:]) is not None
