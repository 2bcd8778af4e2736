"""Currency codes and symbols. `$` and `¥` alone name no currency: several countries use them."""

from __future__ import annotations

import re

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
    "₪": "ILS", "₴": "UAH", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF", "SFR": "CHF", "SFR.": "CHF", "¥": None, "￥": None,
    "$": None,
}  # fmt: skip
SIGNS = r"RM|(?:US|HK|AU?|CA?|NZ|S|R)\$|RMB|EURO?S?|SFr\.?|Rs\.?|zł|Kč|[$€£¥₹₩₽₺₫฿₱₪₴]"
"""Signs, and `EUR` with what is made of it, for a pattern that ignores case; codes are `CODES`."""
_WORD = re.compile(
    r"(?<![A-Za-z])(RM(?=\s?\d|\)|\s*$|\s*:)|Rs\.?(?=\s?\d)|(?:US|HK|AU?|CA?|NZ|S|R)\$|RMB|EUROS?|SFr\.?(?=\s?\d)"
    r"|[A-Z]{3}(?!-\d))(?![A-Za-z])|(?<=\d)\s?(?:zł|Kč)(?![A-Za-z])|[€£₹₩₽₺₫฿₱₪₴]|人民币"
)


def code_of(sign: str) -> str | None:
    """Return the ISO 4217 code of a sign or code as printed, or None where it names no single currency."""
    upper = sign.strip().upper()
    return upper if upper in CODES else _SIGNS.get(upper)


def is_code(text: str) -> bool:
    """Say whether a text is an active ISO 4217 code."""
    return text in CODES


def find_currencies(text: str) -> list[str]:
    """Return the codes of the currencies named in a text, from left to right. Three letters count in capitals only."""
    return [
        code
        for found in _WORD.finditer(text)
        if (code := code_of(found.group())) and (code not in WORDS or _beside_number(text, *found.span()))
    ]


def _beside_number(text: str, start: int, end: int) -> bool:
    return re.search(r"\d\s?$", text[:start]) is not None or re.match(r"\s?-?\d", text[end:]) is not None
