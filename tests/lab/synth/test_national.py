"""Invoices by the conventions of many countries: labelled, repeatable, and drawn only where asked for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from docpipe.errors import UsageError
from docpipe.lab.synth import SynthDocument, make
from docpipe.lab.synth.folder import Order
from docpipe.lab.synth.national.layouts import LAYOUTS
from docpipe.lab.synth.national.parties import COUNTRIES
from docpipe.lab.synth.national.words import WORDS
from docpipe.values.text import letters_digits


def printed(document: SynthDocument, path: str) -> str:
    """Return the letters and digits of all that is labelled as a field."""
    return "".join(
        letters_digits(run.text[span.start : span.end]) for run, span in document.values() if span.field == path
    )


@pytest.mark.parametrize("language", COUNTRIES)
def test_many_layouts_are_drawn_and_each_says_who_is_who(language):
    """Seller and buyer are labelled where they are printed, and differ."""
    layouts = set()
    for seed in range(100):
        document = make(seed, "national", language)
        layouts.add(document.issuer_id.split("-")[1])
        assert {"seller.name", "buyer.name", "seller.address", "buyer.address"} <= set(document.fields)
        for path in ("seller.name", "buyer.name", "seller.address", "buyer.address"):
            assert letters_digits(document.fields[path].value) in printed(document, path)
        assert document.fields["seller.name"].value != document.fields["buyer.name"].value
    assert len(layouts) > 14
    assert layouts <= {layout.__name__ for layout in LAYOUTS}


def test_the_same_seed_gives_the_same_document():
    assert [make(seed, "national", "pl") for seed in range(5)] == [make(seed, "national", "pl") for seed in range(5)]


def test_every_language_has_every_word():
    assert len({frozenset(words) for words in WORDS.values()}) == 1
    assert set(WORDS) == set(COUNTRIES)


def test_a_kind_is_drawn_only_where_it_was_asked_for():
    """Seeds without a kind give what they gave before; a language of one kind alone gives that kind."""
    assert all(make(seed).kind != "national" for seed in range(60))
    assert make(3, language="it").kind == "national"
    with pytest.raises(ValueError, match="no 'national' in 'zh'"):
        make(3, "national", "zh")
    with pytest.raises(UsageError, match="no invoice is made in it"):
        Order(kinds=("invoice",), languages=("it",))


def test_a_seed_makes_one_document_in_every_process():
    """Nothing of a document comes out of the order of a set, which each process has its own of."""
    code = (
        "from docpipe.lab.synth import make\n"
        "for language in ('en', 'de', 'fr', 'nl', 'it', 'es', 'pt', 'pl'):\n"
        "    print([run.text for run in make(9100002, 'national', language).runs])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(printed) == 1
