"""Till receipts: shop on top, rows, sums, what was paid, taxes by rate, thanks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from docpipe.lab.synth import purchase
from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.receipts.head import header
from docpipe.lab.synth.receipts.meta import meta
from docpipe.lab.synth.receipts.roll import ReceiptRoll
from docpipe.lab.synth.receipts.rows import print_items
from docpipe.lab.synth.receipts.sums import footer, sums, tax_table

ORDERS = (
    "meta items sums taxes foot",
    "items sums taxes meta foot",
    "items meta sums taxes foot",
    "meta items sums foot taxes",
    "items sums taxes foot meta",
)
ORDER_SHARES = (80, 7, 5, 4, 4)
"""In which order the parts of a receipt follow its head, and how often."""


def make_receipt(issuer: Issuer, seed: int, rng: Random) -> SynthDocument:
    """Make one receipt of an issuer."""
    roll = ReceiptRoll(issuer, seed, rng)
    moment = date(2012, 1, 1) + timedelta(days=rng.randrange(365 * 14))
    clock = (
        rng.choice(
            (
                "{h:02d}:{m:02d}",
                "{h:02d}:{m:02d}:{s:02d}",
                "{h:02d}:{m:02d}",
                "{t}:{m:02d} {p}",
                "{t}:{m:02d}:{s:02d} {p}",
                "{t:02d}:{m:02d}{p}",
            )
        )
        .format(
            h=(hour := rng.randint(7, 22)),
            m=rng.randint(0, 59),
            s=rng.randint(0, 59),
            t=(hour - 1) % 12 + 1,
            p=("AM" if hour < 12 else "PM") if issuer.language == "en" else "",
        )
        .strip()
    )
    rates = {"MY": ("6", "6", "6", "0"), "SG": ("7",), "US": ("8.25",)}.get(issuer.country) or purchase.RATES[
        issuer.country
    ][:3]
    if issuer.language == "zh" or not roll.style.taxed:
        rates = ()
    elif roll.draws.random() < 0.6:
        rates = rates[:1]
    count = rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 14, 20))
    trade = purchase.Trade(
        issuer.language,
        issuer.country,
        retail=True,
        inclusive=roll.style.inclusive or not rates,
        number=issuer.trade,
        rates=rates,
        discounts=0.06,
    )
    bought = purchase.draw(rng, count, trade)
    bought = purchase.with_extras(rng, bought, 0.08, 0.08, 0.0)
    if issuer.country in ("MY", "CH") and rng.random() < 0.7:
        bought = purchase.round_to_five(bought)
    header(roll)
    roll.dashes()
    parts: dict[str, Callable[[], None]] = {
        "meta": lambda: meta(roll, moment, clock),
        "items": lambda: print_items(roll, bought),
        "sums": lambda: sums(roll, bought),
        "taxes": lambda: tax_table(roll, bought),
        "foot": lambda: footer(roll),
    }
    for name in roll.draws.choices(ORDERS, ORDER_SHARES)[0].split():
        parts[name]()
        if name in ("meta", "items") or (name != "foot" and roll.draws.random() < 0.5):
            roll.dashes()
    roll.paper.height = round(roll.paper.y + roll.face.size * roll.draws.uniform(0.5, 5))
    return roll.paper.finish(seed, 200)
