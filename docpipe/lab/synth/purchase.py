"""What was bought: rows, taxes and sums that are right, whatever they will look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from docpipe.lab.synth import names_and_goods
from docpipe.lab.synth.formats import cents

ZERO = Decimal(0)

RATES = {
    "MY": ("6", "0"),
    "SG": ("7", "8", "9"),
    "US": ("6.25", "8.875", "7", "0", "5.5", "8.25"),
    "GB": ("20", "20", "5", "0"),
    "IE": ("23", "13.5", "9"),
    "DE": ("19", "19", "7", "0"),
    "AT": ("20", "20", "10", "13"),
    "CH": ("7.7", "8.1", "2.5", "2.6"),
    "FR": ("20", "20", "10", "5.5", "2.1"),
    "BE": ("21", "21", "6", "12"),
    "CN": ("13", "6", "9", "3", "1", "0"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One row. `net` is quantity × unit price less discount, before tax, or with it where prices hold tax."""

    description: str
    size: str
    code: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    discount_rate: Decimal
    net: Decimal
    rate: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class TaxRow:
    """Tax at one rate."""

    rate: Decimal
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Purchase:
    """Rows and sums. `inclusive`: prices hold the tax already. `due` is gross + rounding − paid."""

    items: tuple[Item, ...]
    taxes: tuple[TaxRow, ...]
    inclusive: bool
    lines: Decimal
    discount: Decimal
    charges: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    rounding: Decimal = ZERO
    paid: Decimal = ZERO

    @property
    def due(self) -> Decimal:
        return self.gross + self.rounding - self.paid

    @property
    def asked(self) -> Decimal:
        """The sum asked for on a receipt: after rounding."""
        return self.gross + self.rounding


def _price(rng: Random, retail: bool) -> Decimal:
    if retail:
        whole = rng.choice((rng.randint(0, 9), rng.randint(1, 30), rng.randint(1, 120)))
        return (
            Decimal(whole)
            + Decimal(rng.choice((0, 5, 10, 20, 50, 80, 90, 95, 99, 45, 60, rng.randint(0, 99)))) / 100
            + Decimal("0.00")
        )
    magnitude = rng.choice((3, 10, 30, 100, 300, 1000, 3000))
    return (
        cents(Decimal(rng.randint(100, 1000)) * magnitude / 1000)
        if rng.random() < 0.7
        else Decimal(rng.randint(1, 10) * magnitude) + Decimal("0.00")
    )


def _quantity(rng: Random, retail: bool) -> Decimal:
    roll = rng.random()
    if roll < (0.65 if retail else 0.3):
        return Decimal(1)
    if roll < 0.9:
        return Decimal(rng.randint(2, 6 if retail else 60))
    if retail:
        return Decimal(rng.randint(50, 3500)) / 1000
    return rng.choice(
        (
            Decimal(rng.randint(1, 80)) / 2,
            Decimal(rng.randint(100, 9999)) / 100,
            Decimal(rng.randint(10, 500)) * 10,
        )
    )


def _code(rng: Random, shape: int) -> str:
    n = rng.randint
    return (
        f"{n(10**12, 10**13 - 1)}",
        f"{n(1000, 99999)}",
        f"{rng.choice('ABCDEHKPSTX')}{rng.choice('ABCDEHKPSTX')}{n(100, 9999)}",
        f"{n(100, 999)}-{n(1000, 9999)}",
        f"{n(10, 99)}.{n(100, 999)}",
        f"{rng.choice('ABCMPRS')}-{n(100, 9999)}{rng.choice('ABX')}",
    )[shape % 6]


@dataclass(frozen=True, slots=True)
class Trade:
    """What is sold, and how it is priced."""

    language: str
    country: str
    retail: bool = False
    number: int = 0
    """Which trade of the country's."""
    rates: Sequence[str] = ()
    """The tax rates that occur; none for no tax."""
    inclusive: bool = False
    """Whether prices hold their tax."""
    discounts: float = 0.0
    """Share of rows with a discount."""
    sign: int = 1
    """-1 for quantities that go back."""


def draw(rng: Random, count: int, trade: Trade) -> Purchase:
    """Make up `count` rows and add them up."""
    inclusive, drawn = trade.inclusive, []
    for _ in range(count):
        name, size, unit = names_and_goods.goods(rng, trade.language, trade.country, trade.retail, trade.number)
        quantity, price = _quantity(rng, trade.retail) * trade.sign, _price(rng, trade.retail)
        whole = cents(quantity * price)
        share, cut = ZERO, ZERO
        if rng.random() < trade.discounts:
            share = Decimal(rng.choice((5, 10, 15, 20, 25, 50)))
            cut = cents(whole * share / 100)
        rate = Decimal(rng.choice(trade.rates)) if trade.rates else ZERO
        net = whole - cut
        tax = cents(net * rate / (100 + rate)) if inclusive else cents(net * rate / 100)
        gross = net if inclusive else net + tax
        drawn.append(
            Item(name, size, _code(rng, trade.number), unit, quantity, price, cut, share, net, rate, tax, gross)
        )
    return add_up(drawn, inclusive)


def add_up(items: Sequence[Item], inclusive: bool, discount: Decimal = ZERO, charges: Decimal = ZERO) -> Purchase:
    """Sum rows, an allowance and a charge on the whole; both carry the rate of the largest base."""
    lines = sum((item.net for item in items), ZERO)
    bases: dict[Decimal, Decimal] = {}
    for item in items:
        bases[item.rate] = bases.get(item.rate, ZERO) + item.net
    bases[max(bases, key=lambda rate: abs(bases[rate]))] += charges - discount
    taxes = []
    for rate in sorted(bases, reverse=True):
        base = bases[rate]
        tax = cents(base * rate / (100 + rate)) if inclusive else cents(base * rate / 100)
        taxes.append(TaxRow(rate, base - tax if inclusive else base, tax))
    net, tax = sum((row.taxable for row in taxes), ZERO), sum((row.tax for row in taxes), ZERO)
    return Purchase(tuple(items), tuple(taxes), inclusive, lines, discount, charges, net, tax, net + tax)


def with_extras(rng: Random, bought: Purchase, discount: float, charges: float, paid: float) -> Purchase:
    """Give, by chance, an allowance or a charge on the whole and an amount that was paid before."""
    cut = cents(bought.lines * Decimal(rng.choice((2, 3, 5, 10))) / 100) if rng.random() < discount else ZERO
    extra = (
        Decimal(rng.choice(("4.90", "5.95", "12.00", "25.00", "49.50", "8.00", "100.00")))
        if rng.random() < charges
        else ZERO
    )
    made = add_up(bought.items, bought.inclusive, cut, extra)
    if rng.random() < paid:
        made = replace(made, paid=cents(made.gross * Decimal(rng.choice((10, 20, 30, 50, 100))) / 100))
    return made


def round_to_five(bought: Purchase) -> Purchase:
    """Round the sum to five cents, as tills in Malaysia and Switzerland do."""
    fifth = (bought.gross * 20).to_integral_value() / 20
    return replace(bought, rounding=cents(fifth - bought.gross))
