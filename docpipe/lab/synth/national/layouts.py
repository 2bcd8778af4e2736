"""Which layout a national invoice gets: all of them, and what a country sees more often."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.national import form_layouts as forms
from docpipe.lab.synth.national import letter_layouts as letters
from docpipe.lab.synth.national.page import NationalPage, draw_invoice

Layout = Callable[[NationalPage], None]
"""Sets one page. A function's name is the layout's name in the labels."""

LAYOUTS: tuple[Layout, ...] = (
    letters.window,
    letters.buyer_right,
    forms.boxes,
    forms.named_boxes,
    forms.columns,
    forms.from_to,
    letters.title_buyer_seller,
    letters.centred,
    letters.seller_right,
    letters.foot_only,
    forms.label_column,
    forms.inline_words,
    forms.buyer_first,
    forms.remit_stub,
    letters.head_columns,
    letters.freelancer,
    letters.supply,
    letters.sidebar,
    forms.three_boxes,
)
USUAL: dict[str, tuple[Layout, ...]] = {
    "DE": (letters.window,) * 6,
    "AT": (letters.window,) * 4,
    "CH": (letters.window,) * 3,
    "FR": (letters.buyer_right, forms.boxes) * 3,
    "BE": (letters.buyer_right,) * 4,
    "IT": (letters.buyer_right, forms.boxes, forms.named_boxes) * 2,
    "NL": (letters.seller_right, letters.window) * 3,
    "ES": (forms.boxes, letters.buyer_right, letters.seller_right) * 2,
    "PL": (forms.boxes, forms.label_column, forms.three_boxes) * 3,
    "PT": (letters.buyer_right,) * 4,
    "US": (forms.columns, forms.remit_stub, forms.from_to) * 2,
    "GB": (forms.columns, letters.centred, letters.seller_right) * 2,
    "AU": (letters.title_buyer_seller, forms.from_to) * 2,
}
"""What a country sees more often."""


def make_national(seed: int, language: str) -> SynthDocument:
    """Make an invoice of a language's country; the same arguments give the same document."""
    rng = Random(f"national {language} {seed}")
    page = NationalPage(rng, draw_invoice(rng, language))
    layout = rng.choice([*LAYOUTS, *USUAL.get(page.of.country, ())])
    layout(page)
    return page.finish(seed, layout.__name__)
