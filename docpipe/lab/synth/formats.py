"""How a country, and an issuer in it, writes amounts, quantities, rates and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

CENT = Decimal("0.01")

_MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
}
_DATES = {
    "MY": "%d/%m/%Y|%d/%m/%Y|%d/%m/%y|%d-%m-%Y|%d-%m-%y|%d.%m.%Y|%d %b %Y|%d-%b-%Y|%d %B %Y|%Y-%m-%d|%d%m%Y|%-d/%-m/%Y|%d/%b/%Y|%d-%b-%y|%a, %d %b %Y|%Y/%m/%d|%d %b %y|%b %d, %Y|%d/%m/%Y (%a)|%A, %d-%m-%Y|%d.%m.%y",  # noqa: E501
    "US": "%m/%d/%Y|%m/%d/%y|%-m/%-d/%Y|%B %-d, %Y|%b %-d, %Y|%m-%d-%Y|%b %d, %Y|%m.%d.%y|%d-%b-%Y|%Y-%m-%d|%b %d %Y|%-m/%-d/%y|%m-%d-%y",  # noqa: E501
    "GB": "%d/%m/%Y|%d/%m/%y|%d %B %Y|%d %b %Y|%-d %B %Y|%d-%b-%Y|%d.%m.%Y|%Y-%m-%d|%o %B %Y|%d-%m-%Y",
    "DE": "%d.%m.%Y|%d.%m.%Y|%d.%m.%Y|%d.%m.%y|%-d. %B %Y|%d. %B %Y|%-d.%-m.%Y|%Y-%m-%d|%d. %b. %Y|%d/%m/%Y|%d-%m-%Y",
    "FR": "%d/%m/%Y|%d/%m/%Y|%d/%m/%y|%-d %B %Y|%d %B %Y|%d.%m.%Y|%d-%m-%Y|%Y-%m-%d|%d %b %Y|%d-%m-%y",
    "CN": "%Y年%m月%d日|%Y年%m月%d日|%Y-%m-%d|%Y/%m/%d|%Y.%m.%d|%Y年%-m月%-d日|%Y 年 %m 月 %d 日",
}
_DATES |= {"SG": _DATES["MY"], "IE": _DATES["GB"], "AT": _DATES["DE"], "CH": _DATES["DE"], "BE": _DATES["FR"]}
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

CURRENCY = {
    "MY": ("MYR", "RM|RM|RM |MYR "),
    "SG": ("SGD", "S$|$|SGD "),
    "US": ("USD", "$|$|USD |US$"),
    "GB": ("GBP", "£|£|GBP "),
    "IE": ("EUR", "€|EUR "),
    "DE": ("EUR", " €| €| EUR|EUR |€ "),
    "AT": ("EUR", " €|€ | EUR|EUR "),
    "CH": ("CHF", "CHF | CHF|Fr. |SFr. "),
    "FR": ("EUR", " €| €|€| EUR|EUR "),
    "BE": ("EUR", " €|€ | EUR|EUR "),
    "CN": ("CNY", "¥|￥|¥|RMB "),
}


@dataclass(frozen=True, slots=True)
class Formats:
    """One issuer's habits. `symbol` has its blank on the side of the number; `point` and `group` separate digits."""

    language: str
    currency: str
    symbol: str
    point: str
    group: str
    date: str
    rate_point: bool
    upper: bool

    @classmethod
    def draw(cls, rng: Random, language: str, country: str) -> Formats:
        """Draw an issuer's habits from those of its country."""
        currency, symbols = CURRENCY[country]
        if country in ("DE", "AT"):
            point, group = rng.choice(((",", "."), (",", "."), (",", "."), (",", ""), (",", " "), (".", "")))
        elif country == "CH":
            point, group = rng.choice(((".", "'"), (".", "’"), (".", ""), (",", "."), (".", " ")))
        elif country in ("FR", "BE"):
            point, group = rng.choice(((",", " "), (",", " "), (",", ""), (",", "."), (".", " "), (".", "")))
        elif country == "CN":
            point, group = rng.choice(((".", ""), (".", ""), (".", "")))
        else:
            point, group = rng.choice(((".", ","), (".", ","), (".", ",")))
        shape = rng.choice(_DATES[country].split("|"))
        if language in ("de", "fr") and country == "CH":
            shape = rng.choice(_DATES["DE" if language == "de" else "FR"].split("|"))
        return cls(
            language,
            currency,
            rng.choice(symbols.split("|")),
            point,
            group,
            shape,
            rng.random() < 0.3,
            rng.random() < 0.4,
        )

    def number(self, amount: Decimal, decimals: int = 2) -> str:
        """Write a number with its separators."""
        sign = "-" if amount < 0 else ""
        whole, _, fraction = f"{abs(amount):.{decimals}f}".partition(".")
        if self.group and len(whole) > 3:
            head = len(whole) % 3
            groups = ([whole[:head]] if head else []) + [whole[k : k + 3] for k in range(head, len(whole), 3)]
            whole = self.group.join(groups)
        return sign + whole + (self.point + fraction if decimals else "")

    def plain(self, quantity: Decimal) -> str:
        """Write a quantity with the decimals that it has."""
        decimals = max(0, -int(quantity.as_tuple().exponent))
        return self.number(quantity, decimals)

    def rate(self, rate: Decimal) -> str:
        """Write a rate in percent, without its sign."""
        text = f"{rate:.2f}" if self.rate_point else f"{rate.normalize():f}"
        return text.replace(".", self.point)

    def day(self, moment: Date, shape: str = "") -> str:
        """Write a date as this issuer does, or in another `shape` of strftime's kind."""
        shape = shape or self.date
        months = _MONTHS.get(self.language, _MONTHS["en"])
        name = months[moment.month - 1]
        ordinal = {1: "st", 2: "nd", 3: "rd"}.get(0 if 10 < moment.day < 14 else moment.day % 10, "th")
        short = name[:3] if self.language != "fr" else name if len(name) <= 4 else name[:4] + "."
        for mark, text in (
            ("%-d", str(moment.day)),
            ("%-m", str(moment.month)),
            ("%d", f"{moment.day:02d}"),
            ("%m", f"{moment.month:02d}"),
            ("%Y", f"{moment.year:04d}"),
            ("%y", f"{moment.year % 100:02d}"),
            ("%B", name),
            ("%b", short),
            ("%o", f"{moment.day}{ordinal}"),
            ("%a", _WEEKDAYS[moment.weekday()][:3]),
            ("%A", _WEEKDAYS[moment.weekday()]),
        ):
            if mark in shape:
                shape = shape.replace(mark, text)
        return shape.upper() if self.upper and self.language == "en" else shape


def cents(amount: Decimal) -> Decimal:
    """Round to two decimals, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_MYRIADS = ("", "万", "亿")


def in_capitals(amount: Decimal, yuan: str = "圆", whole: str = "整") -> str:
    """Write an amount of yuan in Chinese capitals (壹仟贰佰叁拾圆伍角整)."""
    total = int(cents(amount) * 100)
    units, jiao, fen = total // 100, total // 10 % 10, total % 10
    text, zero, place = "", False, 0
    digits = str(units)
    for k, digit in enumerate(digits):
        place = len(digits) - 1 - k
        if digit == "0":
            zero = True
        else:
            text += ("零" if zero and text else "") + _DIGITS[int(digit)] + _PLACES[place % 4]
            zero = False
        if place % 4 == 0 and place and int(digits[max(0, k - 3) : k + 1]):
            text += _MYRIADS[place // 4]
    text = text + yuan if units else ""
    if not jiao and not fen:
        return (text or "零" + yuan) + whole
    if jiao:
        text += ("零" if units and digits[-1] == "0" else "") + _DIGITS[jiao] + "角"
    elif text:
        text += "零"
    return text + (_DIGITS[fen] + "分" if fen else whole)
