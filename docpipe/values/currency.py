"""Currency codes and symbols. `$` and `¥` alone name no currency: several countries use them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

CODES = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
    UAH UGX USD USN UYI UYU UZS VED VES VND VUV WST XAF XCD XDR XOF XPF XSU XUA YER ZAR ZMW ZWG""".split()  # noqa: SIM905
)
"""ISO 4217, active codes."""

WORDS = frozenset(
    "ALL AMD BAM BOB CHE CLF COP COU CUP GEL KHR LAK MAD MOP MUR PEN RON SOS STN TOP TRY UYU WST XUA ZMW BOV".split()  # noqa: SIM905
)
"""Codes that are words or parts of numbers as well: they count beside a number only."""

_SIGNS = {
    "RM": "MYR", "US$": "USD", "S$": "SGD", "HK$": "HKD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD",
    "NZ$": "NZD", "R$": "BRL", "€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "RMB": "CNY", "人民币": "CNY",
    "₹": "INR", "RS": "INR", "RS.": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₫": "VND", "฿": "THB", "₱": "PHP",
    "₪": "ILS", "₴": "UAH", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF", "SFR": "CHF", "SFR.": "CHF", "FR.": "CHF",
    "RP": "IDR", "RP.": "IDR", "GS.": "PYG", "₲": "PYG", "₦": "NGN", "₡": "CRC", "KD": "KWD", "K.D.": "KWD",
    "BD": "BHD", "B.D.": "BHD", "DT": "TND", "FCFP": "XPF", "LEI": "RON",
}  # fmt: skip
"""Signs of one currency, in capitals."""
SHARED_SIGNS: Mapping[str, frozenset[str]] = {
    "$": frozenset("USD CAD AUD NZD SGD HKD TWD MXN JMD FJD BBD CLP COP ARS UYU".split()),  # noqa: SIM905
    "¥": frozenset({"JPY", "CNY"}),
    "￥": frozenset({"JPY", "CNY"}),
    "円": frozenset({"JPY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "FCFA": frozenset({"XOF", "XAF"}),
    "R": frozenset({"ZAR"}),
}
"""Signs that name no currency without a second hint -> what they may mean."""
_SHARED = re.compile(
    r"(?<![A-Za-z])(?:(?P<kr>[Kk][Rr])(?![A-Za-z])|(?P<R>R)(?=\s?-?\d[\d ,]*\.\d\d)|(?P<FCFA>F\s?CFA)(?![A-Za-z])"
    r"|(?P<sign>[$¥￥円]))"
)
NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905
"""ISO 4217: money without a minor unit."""
MILLESIMAL = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905
"""ISO 4217: money with three decimals."""
ROUND_SUMS = frozenset("AMD COP CRC HUF IDR IRR KHR KZT LAK LBP MMK MNT RSD TWD TZS UZS".split())  # noqa: SIM905
"""Money whose minor unit exists but is seldom printed."""
FEW_DECIMALS = (
    r"(?<![A-Za-z])(?:"
    + "|".join(sorted(NO_DECIMALS | ROUND_SUMS))
    + r"|F\s?CFA|FCFP?|(?:Rp\.?|Gs\.)(?=\s?\d)|Yen|yen)(?![A-Za-z])"
    r"|(?<=\d)\s?Ft(?![A-Za-z])|[¥￥₩₫₲円원]"
)
"""What names money that mostly shows no decimals, as a pattern; a yuan sign does so for the yen alone."""
THREE_DECIMALS = r"(?<![A-Za-z])(?:" + "|".join(sorted(MILLESIMAL)) + r"|K\.?D\.?|B\.?D\.?|DT)(?![A-Za-z])"
"""What names money with three decimals, as a pattern."""
SIGNS = (
    r"(?<![A-Za-z])(?:RM|(?:US|HK|AU?|CA?|NZ|S|R)\$|RMB|EURO?S?|S?Fr\.?|Rs\.?|zł|Kč"
    r"|(?-i:Rp\.?|Gs\.|K\.?D\.?|B\.?D\.?|DT|[Kk]r\.?|Ft|lei|F\s?CFA|FCFP))|[$€£¥￥₹₩₽₺₫฿₱₪₴₲₦₡円]"
)
"""Signs, and `EUR` with what is made of it, for a pattern that ignores case; codes are `CODES`."""
_BY_LETTER: dict[str, list[str]] = {}
for _code in sorted(CODES - WORDS):
    _BY_LETTER.setdefault(_code[0], []).append(_code[1:])
MARK = (
    r"(?:RM|(?:US|HK|AU?|CA?|NZ|S|R)\$|[$€£¥￥元円₹₩₽₺₫฿₱₪₴₲₦₡]|RMB|S?Fr\.|zł|Kč"
    r"|(?:(?:R[sp]|Gs|kr|Kr|Php)\.?|K\.?D\.?|B\.?D\.?)(?=\s?-?\d)"
    r"|(?<=[\d\s])(?:Ft|kr|DT|F\s?CFA|FCFP)(?![A-Za-z])|P(?=\d+[.,]\d\d)|(?:"
    + "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in _BY_LETTER.items())
    + r")(?![A-Za-z]))"
)
"""A sign or code beside a number, as a pattern that heeds case."""
_WORD = re.compile(
    r"(?<![A-Za-z])(RM(?=\s?\d|\)|\s*$|\s*:)|(?:R[sp]|S?Fr)\.?(?=\s?-?\d)|Gs\.(?=\s?\d)|(?:K\.?D\.?|B\.?D\.?)(?=\s?\d[\d,]*\.\d{3})"
    r"|(?:US|HK|AU?|CA?|NZ|S|R)\$|RMB|EUROS?|[A-Z]{3}(?!-\d))(?![A-Za-z])"
    r"|(?<=\d)\s?(?:zł|Kč|Ft|DT|S?Fr\.|lei|FCFP)(?![A-Za-z])|[€£₹₩₽₺₫฿₱₪₴₲₦₡]|人民币"
)


def code_of(sign: str) -> str | None:
    """Return the ISO 4217 code of a sign or code as printed, or None where it names no single currency."""
    upper = sign.strip().upper()
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
