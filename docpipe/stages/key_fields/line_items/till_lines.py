"""A row of a till's paper taken apart: name, count, price, amount and the letter of a tax behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from statistics import median

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.line_items.pieces import CURRENCY, Piece, placed_words, repair_number_text, whole
from docpipe.values.amounts import find_amounts, to_decimal
from docpipe.values.dates import find_dates
from docpipe.values.text import fold, repair_amounts

CLOSE = Decimal("0.02")
MOST_COUNTED = 30
"""A larger number before a name is a code, no count."""
_MONEY = re.compile(
    rf"\d{{1,3}}(?: \d{{3}})+[.,]\d\d|{CURRENCY}?\s?-?{CURRENCY}?\s?\d[\d.,'’]*[.,]\d\d-?{CURRENCY}?"
    r"|[¥￥]\s?-?\d+(?:\.\d)?"
)
_WHOLE_MONEY = rf"{_MONEY.pattern}|{CURRENCY}?\s?-?\d{{1,3}}(?:[.,'’]\d{{3}})+{CURRENCY}?|\d{{2,6}}"
"""The same on paper whose money has no decimals: `170,000`, `890`."""
_GROUPED = re.compile(rf"{CURRENCY}?\s?-?\d{{1,3}}(?: \d{{3}})+[.,]\d\d\s?{CURRENCY}?")
"""A cell that is one amount, grouped by spaces."""
_BEHIND = re.compile(r"[A-Z]{1,3}\d?|[*#TF]|\(?\d{1,2}\)?|\d{1,2}(?:[.,]\d)?%|[€$£元]|EUR|[A-Z]?\d?\)?")
"""What a till prints right of an amount: the letter or number of a tax."""
_TIMES = re.compile(
    rf"(?<![\d.,])(?P<q>\d{{1,5}}(?:[.,]\d{{1,3}})?)\s?(?P<u>[A-Z\u4e00-\u9fff]{{1,4}}[23]?\.?)?\s?[X×*@]\s?(?:A\s)?"
    rf"{CURRENCY}?\s?(?P<p>\d[\d.,'’]*[.,]\d{{1,4}}|\d+){CURRENCY}?\s?(?:/\s?[A-Z]{{1,5}})?(?P<rest>.*)$"
)
_LETTER = r"\s?([A-Z]{1,3}|\*)$"
"""The letter of a tax glued to an amount."""
_LEADING = re.compile(r"^(?P<q>\d{1,3})\s?(?:[X×*]\s?|\s)(?=\S*[^\W\d])")
_EACH = rf"\s\(?@\s?{CURRENCY}?\s?(?P<p>\d[\d.,]*[.,]\d\d){CURRENCY}?\)?(?:\s?(?:EA|EACH))?$"
"""The price of one behind a name: `Clam Chowder (@8.00)`, `Tea towel @ £9.95`."""
_TRAILING = re.compile(r"\s(?:[X×*]\s?(?P<a>\d{1,3})|(?P<b>\d{1,3})\s?[X×*])$")

LEAST_LETTERS = 4
_CENTS = re.compile(r"[.,](?:\d\d|\d{4,6})\D*$")
"""The decimals of a price; three are those of a weight."""


@lru_cache(maxsize=8)
def _compile(source: str) -> re.Pattern[str]:
    """Return a rare shape, compiled when first needed."""
    return re.compile(source)


@dataclass
class TillLine:
    """A row of a till's paper: words left of its amount, the amount, and factors printed beside."""

    number: int
    top: float
    bottom: float
    height: float
    name: list[Piece] = field(default_factory=list)
    numbers: list[Piece] = field(default_factory=list)
    amount: Piece | None = None
    value: Decimal | None = None
    quantity: str | None = None
    price: str | None = None
    unit: str = ""
    counted: Piece | None = None
    """The number behind the name that is taken for a count, though nothing else says so."""
    unsure: bool = False
    """Whether count and price are told apart by their order alone."""

    @property
    def named(self) -> bool:
        return sum(c.isalpha() for p in self.name for c in p.text) >= 2


def line_of(page: PageView, row: Sequence[Cell], number: int) -> TillLine:
    """Return a row of cells taken apart; one with a date has no amount, unless an invoice has it in a cell behind."""
    words = [word for cell in row for word in ([whole(cell)] if _GROUPED.fullmatch(cell.text) else placed_words(cell))]
    line = TillLine(
        number, min(c.box[1] for c in row), max(c.box[3] for c in row), median(c.height for c in row)
    )  # fmt: skip
    dated = [cell for cell in row if find_dates(cell.text, compact=False)]
    if dated and (page.compiled.pack.family != "invoice" or row[-1] in dated):
        line.name = words
        return line
    undated = [word for word in words if not (word.cell in dated and find_dates(word.text, compact=False))]
    if dated and sum(c.isalpha() for word in undated for c in word.text) < LEAST_LETTERS:
        line.name = words
        return line  # numbers and dates of other documents, and what they came to
    words = undated or words
    point = page.numbers.point
    times = _TIMES.match(fold(repair_amounts(" ".join(word.text for word in words))))
    if times is not None and not times["rest"].strip():  # `2 x 3.50` on a row of its own is no amount
        line.quantity, line.price, line.unit = _read(times["q"], point), _read(times["p"], point), _unit(times)
        line.numbers = words
        return line
    at = len(words) - 1
    for _ in range(2):
        if at > 0 and not _MONEY.fullmatch(words[at].text) and _BEHIND.fullmatch(fold(words[at].text)):
            at -= 1
    numbers = page.numbers
    money = _compile(_WHOLE_MONEY) if 0 in numbers.decimals else _MONEY
    text = repair_number_text(repair_amounts(words[at].text))
    glued = re.match(rf"({_MONEY.pattern}){_LETTER}", text) if re.search(_LETTER, text) else None
    text = glued.group(1) if glued else text
    if at >= 0 and money.fullmatch(text):
        found = find_amounts(text, numbers.point, spaces_group=numbers.spaces_group)
        if len(found) == 1:
            line.amount, line.value = Piece(text, words[at].x1, words[at].x2, words[at].cell, True), found[0].decimal
            words = words[:at]
    _factors(page, line, words)
    return line


def _factors(page: PageView, line: TillLine, words: Sequence[Piece]) -> None:
    """Part the words left of the amount into a name and the quantity and price printed behind or before it."""
    point = page.numbers.point
    text = fold(repair_amounts(" ".join(word.text for word in words)))
    whole = text if line.amount is None else f"{text} "
    times = _TIMES.search(whole.strip())
    if times is not None and not any(c.isalpha() for c in times["rest"]) and _is_price(times, line, point):
        quantity, price = _read(times["q"], point), _read(times["p"], point)
        start = times.start()
        line.quantity, line.price, line.unit = quantity, price, _unit(times)
        line.name = _before(words, start)
        line.numbers = [word for word in words if word not in line.name]
        if line.amount is None and (rest := find_amounts(times["rest"], point)):
            line.value, line.amount = rest[-1].decimal, words[-1]
        return
    at = len(words)
    numbers: list[tuple[Piece, Decimal]] = []
    while at > 0 and (found := number_in(words[at - 1], point)) is not None:
        numbers.insert(0, (words[at - 1], found))
        at -= 1
    line.name, line.numbers = list(words[:at]), [piece for piece, _ in numbers]
    size = line.name and line.value is not None
    if line.value is not None and numbers:
        for (one, a), (other, b) in pairwise(numbers):
            if abs(a * b - line.value) <= CLOSE:
                cents = _CENTS.search(other.text) is not None  # the price is what has cents
                line.unsure = a != b and cents == (_CENTS.search(one.text) is not None)
                line.quantity, line.price = (format(x, "f") for x in ((a, b) if cents else (b, a)))
                return
        if len(numbers) == 1 and line.name:
            piece, number = numbers[0]
            if number == line.value:
                line.price = format(number, "f")
            elif number == number.to_integral_value() and 0 < number < 100 and len(piece.text) <= 3:
                line.quantity, line.counted = format(number, "f"), piece
    if size and line.quantity is None and line.price is None:
        line.name, line.numbers = list(words), []  # a size behind the name, `DN 50`
    if line.quantity is None and line.amount is not None:
        _quantity_in_name(line)
    if line.quantity is not None and line.price is None:
        _price_in_name(line, point)


def _unit(times: re.Match[str]) -> str:
    return (times["u"] or "").strip("X×*")


def _is_price(times: re.Match[str], line: TillLine, point: str | None) -> bool:
    """Say whether `2 x 3.50` is count and price, and not a size such as `4x40`."""
    quantity, price = to_decimal(_read(times["q"], point)), to_decimal(_read(times["p"], point))
    if quantity is None or price is None:
        return False
    return (
        "." in times["p"]
        or "," in times["p"]
        or (line.value is not None and abs(quantity * price - line.value) <= CLOSE)
    )


def _quantity_in_name(line: TillLine) -> None:
    """Take a count before or behind the name, as in `2 COFFEE` and `COFFEE x2`."""
    text = fold(" ".join(word.text for word in line.name))
    leading, trailing = _LEADING.match(text), _TRAILING.search(text)
    if leading is not None and 0 < int(leading["q"]) <= MOST_COUNTED:
        line.quantity = str(int(leading["q"]))
        line.name = [w for w in line.name if w not in _before(line.name, leading.end())]
    elif trailing is not None:
        line.quantity = str(int(trailing["a"] or trailing["b"]))
        line.name = _before(line.name, trailing.start())


def _price_in_name(line: TillLine, point: str | None) -> None:
    """Take the price of one behind a name where it makes the amount."""
    name = fold(" ".join(word.text for word in line.name))
    each = _compile(_EACH).search(name) if "@" in name else None
    price = to_decimal(_read(each["p"], point)) if each is not None else None
    quantity = to_decimal(line.quantity)
    if each is None or price is None or quantity is None or line.value is None:
        return
    if abs(quantity * price - line.value) <= CLOSE:
        line.price = format(price, "f")
        line.name = _before(line.name, each.start())


def _before(words: Sequence[Piece], end: int) -> list[Piece]:
    """Return the words that end before a position of their joined text."""
    found, at = [], 0
    for word in words:
        if at + len(word.text) > end:
            break
        found.append(word)
        at += len(word.text) + 1
    return found


def number_in(piece: Piece, point: str | None) -> Decimal | None:
    """Return the number that a word is, with a currency at most."""
    if len(piece.text) > 10 or not re.fullmatch(rf"{CURRENCY}?\d[\d.,'’]*{CURRENCY}?", piece.text):
        return None
    return to_decimal(_read(piece.text, point))


def _read(text: str, point: str | None) -> str | None:
    found = find_amounts(text, "," if point == "," else ".")
    return found[0].value if len(found) == 1 else None
