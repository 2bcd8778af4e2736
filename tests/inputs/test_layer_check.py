"""A text layer that cannot be what the page shows is ruled out before a pixel is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from docpipe.document import Page, TextLine, polygon_of
from docpipe.inputs.layer_check import check_layer
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.pdf_text import PageImages, PageText


def reason(*texts: str) -> str:
    """Return what is said of a layer of these lines on a blank page."""
    lines = tuple(
        TextLine(str(n), text, 1.0, polygon_of((10, 30 * n, 10 + 8 * len(text), 30 * n + 20)), source="text_layer")
        for n, text in enumerate(texts)
    )
    page = Page(1, 600, 800, image=np.full((800, 600, 3), 255, np.uint8), dpi=200)
    return check_layer(InputLimits(), page, lines, PageText((), 0.0, 0.0), PageImages(0, False)).reason


def test_words_of_two_scripts_are_not_what_is_printed():
    """Cyrillic letters that look like Latin ones stand in the map of the font."""
    assert "mix two scripts" in reason("Кеstrеl Suррliеs Ltd", "INVОICЕ", "Rope 50 m")


def test_bullets_for_digits_are_not_what_is_printed():
    assert "bullets" in reason("Invoice no. KS-••••", "•• March ••••", "Total £•••.••", "Rope •• m")


@pytest.mark.parametrize(
    "texts",
    [
        ("• Rope and shackles", "• Fitting, per day", "Kestrel Supplies Ltd, Hull HU1 2AB"),
        ("Paid by Visa •••• 4410 on 14 March 2026, thank you", "Kestrel Supplies Ltd, 2 Dock Road, Hull HU1 2AB"),
    ],
)
def test_lists_and_hidden_cards_have_bullets(texts):
    assert "bullets" not in reason(*texts)


@pytest.mark.parametrize(
    "texts",
    [("Кестрел ООО", "Kestrel Ltd"), ("Filter 5 μm", "Resistor 4 kΩ", "Kestrel Ltd"), ("Société Exemple Zürich",)],
)
def test_scripts_side_by_side_are_no_lie(texts):
    assert "scripts" not in reason(*texts)
