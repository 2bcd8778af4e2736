"""Makes one document of a seed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from docpipe.lab.synth import issuer as issuers
from docpipe.lab.synth.ad_orders.ad_order import make_ad_order
from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.invoices.bill import make_bill
from docpipe.lab.synth.invoices.field_sheet import make_sheet
from docpipe.lab.synth.invoices.invoice import make_invoice, make_order, make_parties
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.national.layouts import make_national
from docpipe.lab.synth.national.parties import COUNTRIES
from docpipe.lab.synth.receipts.receipt import make_receipt
from docpipe.lab.synth.vat.vat_invoice import make_vat_invoice

LANGUAGES = ("en", "de", "fr", "zh")
"""Languages of most kinds, which are drawn from where none is asked for."""
ALL_LANGUAGES = (*LANGUAGES, "it", "nl", "es", "pl", "pt")

_MAKERS: dict[str, Callable[[Issuer, int, Random], SynthDocument]] = {
    "receipt": make_receipt,
    "invoice": make_invoice,
    "order": make_order,
    "vat_invoice": make_vat_invoice,
    "broadcast": make_ad_order,
    "bill": make_bill,
    "sheet": make_sheet,
    "parties": make_parties,
}
KINDS = tuple(_MAKERS)
ALL_KINDS = (*KINDS, "national")
"""`national` is made where it is asked for; seeds without a kind give what they gave before there was one."""
SPOKEN = {
    "broadcast": ("en",),
    "vat_invoice": ("zh",),
    "sheet": ("en", "de", "fr"),
    "parties": ("en", "de", "fr"),
    "national": tuple(COUNTRIES),
}
"""Languages of kinds that not every language has."""
_SHARES = {
    "receipt": 4,
    "invoice": 6,
    "vat_invoice": 2,
    "broadcast": 2,
    "bill": 1,
    "sheet": 1,
    "order": 1,
    "parties": 3,
}


def make(seed: int, kind: str | None = None, language: str | None = None, issuer: int | None = None) -> SynthDocument:
    """Make the document of a seed: the same arguments give the same document on every machine.

    What is not given is drawn. `issuer` numbers the firm: documents of one number, kind and language share letterhead,
    layout and formats. Raises `ValueError` for a kind that is not made in the language.
    """
    rng = Random(f"document {seed}")
    if kind == "national" or (kind is None and language in SPOKEN["national"] and language not in LANGUAGES):
        language = rng.choice(SPOKEN["national"]) if language is None else language
        if language not in SPOKEN["national"]:
            raise ValueError(f"no 'national' in {language!r}: languages {', '.join(SPOKEN['national'])}")
        return make_national(seed, language)
    kinds = [k for k in KINDS if language is None or language in SPOKEN.get(k, LANGUAGES)]
    if kind is None:
        kind = rng.choices(kinds, [_SHARES[k] for k in kinds])[0]
    if language is None:
        language = rng.choice(SPOKEN.get(kind, LANGUAGES))
    if kind not in kinds or language not in LANGUAGES:
        raise ValueError(
            f"no {kind!r} in {language!r}: kinds are {', '.join(ALL_KINDS)}, languages {', '.join(ALL_LANGUAGES)}"
        )
    number = rng.randrange(10**9) if issuer is None else issuer
    return _MAKERS[kind](issuers.draw(number, kind, language), seed, rng)
