"""Seller and buyer on invoices written by hand, layouts of eight languages that `docpipe synth` does not draw."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from docpipe.lab.synth.written import written_pages
from docpipe.lab.training.made_up import document_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from docpipe.values.text import letters_digits

PAGES = dict(written_pages(Path(__file__).with_name("written_pages.yaml")))
PATHS = ("seller.name", "seller.address", "buyer.name", "buyer.address")


@pytest.mark.parametrize("name", PAGES)
def test_names_and_addresses_are_the_partys_own(name):
    """Each page shows one layout; letters and digits of both names and addresses are right on it."""
    made = PAGES[name]
    document, _ = document_of(made, Random(made.seed), 0.0)
    found = extract_fields(document, shipped_packs()).fields
    read = {path: letters_digits((found[path].value if path in found else None) or "") for path in PATHS}
    assert read == {path: letters_digits(made.fields[path].value) for path in PATHS}


def test_a_row_that_cannot_be_read_is_named(tmp_path):
    """A slip in the file is said with the page and the row."""
    file = tmp_path / "pages.yaml"
    file.write_text("- {name: slip, language: en, seller: {}, buyer: {}, page: 'no numbers here'}", encoding="utf-8")
    with pytest.raises(ValueError, match="slip: this row is none of"):
        list(written_pages(file))
