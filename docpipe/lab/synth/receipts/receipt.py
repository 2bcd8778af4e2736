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
from docpipe.lab.synth.receipts.rows import print_items
from docpipe.lab.synth.receipts.sums import footer, sums, tax_table
from docpipe.lab.synth.receipts.till import Till

ORDERS = (
    "meta items sums taxes foot",
    "items sums taxes meta foot",
    "items meta sums taxes foot",
    "meta items sums foot taxes",
    "items sums taxes foot meta",
)
ORDER_SHARES = (80, 7, 5, 4, 4)
"""In which order the parts of a receipt follow its head, and how often."""


def make_receipt(issuer: Issuer, seed: int, chance: Random) -> SynthDocument:
    """Make one receipt of an issuer."""
    till = Till(issuer, seed, chance)
    moment = date(2012, 1, 1) + timedelta(days=chance.randrange(365 * 14))
    clock = (
        chance.choice(
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
            h=(hour := chance.randint(7, 22)),
            m=chance.randint(0, 59),
            s=chance.randint(0, 59),
            t=(hour - 1) % 12 + 1,
            p=("AM" if hour < 12 else "PM") if issuer.language == "en" else "",
        )
        .strip()
    )
    rates = {"MY": ("6", "6", "6", "0"), "SG": ("7",), "US": ("8.25",)}.get(issuer.country) or purchase.RATES[
        issuer.country
    ][:3]
    if issuer.language == "zh" or not till.style.taxed:
        rates = ()
    elif till.draws.random() < 0.6:
        rates = rates[:1]
    count = chance.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 14, 20))
    bought = purchase.draw(
        chance,
        issuer.language,
        issuer.country,
        True,
        count,
        till.style.inclusive or not rates,
        trade=issuer.trade,
        rates=rates,
        discounts=0.06,
    )
    bought = purchase.with_extras(chance, bought, 0.08, 0.08, 0.0)
    if issuer.country in ("MY", "CH") and chance.random() < 0.7:
        bought = purchase.rounded_to_five(bought)
    header(till)
    till.dashes()
    parts: dict[str, Callable[[], None]] = {
        "meta": lambda: meta(till, moment, clock),
        "items": lambda: print_items(till, bought),
        "sums": lambda: sums(till, bought),
        "taxes": lambda: tax_table(till, bought),
        "foot": lambda: footer(till),
    }
    for name in till.draws.choices(ORDERS, ORDER_SHARES)[0].split():
        parts[name]()
        if name in ("meta", "items") or (name != "foot" and till.draws.random() < 0.5):
            till.dashes()
    till.paper.height = round(till.paper.y + till.face.size * till.draws.uniform(0.5, 5))
    return till.paper.finish(seed, 200)
