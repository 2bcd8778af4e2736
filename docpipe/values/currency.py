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
NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905
"""ISO 4217: money without a minor unit."""
MILLESIMAL = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905
"""ISO 4217: money with three decimals."""
ROUND_SUMS = frozenset("AMD COP CRC HUF IDR IRR KHR KZT LAK LBP MMK MNT RSD TWD TZS UZS".split())  # noqa: SIM905
"""Money whose minor unit exists but is seldom printed."""
FEW_DECIMALS = (
    r"(?<![A-Za-z])(?:"
    + "|".join(sorted(NO_DECIMALS | ROUND_SUMS))
    + r"|F\s?CFA|FCFP?|Rp\.?(?=\s?\d)|Yen|yen)(?![A-Za-z])"
    r"|(?<=\d)\s?Ft(?![A-Za-z])|[¥￥₩₫円원]"
)
"""What names money that mostly shows no decimals, as a pattern; a yuan sign does so for the yen alone."""
THREE_DECIMALS = r"(?<![A-Za-z])(?:" + "|".join(sorted(MILLESIMAL)) + r"|K\.?D\.?|B\.?D\.?|DT)(?![A-Za-z])"
"""What names money with three decimals, as a pattern."""
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
