"""Seller, buyer, number, dates and total of invented invoices in eight languages and twelve conventions of layout."""

from __future__ import annotations

import pytest

from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from docpipe.values.text import letters_digits
from tests.stages.key_fields.invented import invoices

CASES = list(invoices())


@pytest.mark.parametrize(("document", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_invented_invoice_is_read(document, wanted):
    """Every field is what was placed, punctuation aside."""
    found = extract_fields(document, shipped_packs()).fields
    values = {path: found[path].value or "" if path in found else "" for path in wanted}
    assert {p: letters_digits(v) for p, v in values.items()} == {p: letters_digits(v) for p, v in wanted.items()}
