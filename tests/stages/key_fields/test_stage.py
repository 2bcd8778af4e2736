"""The stage: input left as it was, the same output every time, less on the core rung, nothing from nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from docpipe.errors import ConfigError
from docpipe.result import ITEM_CELLS, TAX_CELLS
from docpipe.stages.key_fields import KeyFields, KeyFieldsSettings
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from docpipe.stages.key_fields.pack import CORE, FIELD_TYPES
from docpipe.stages.key_fields.rule_text import rule_text
from tests.stages.key_fields.placing import document
from tests.stages.key_fields.test_chinese import OLD
from tests.stages.key_fields.test_invoices import GERMAN


def run(doc, **use):
    """Run the stage as a rung with these settings; rules need no runtime."""
    return KeyFields().run(doc, KeyFieldsSettings(**use), None)  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", [GERMAN, OLD], ids=["german", "chinese"])
def test_the_input_stays_and_the_output_repeats(rows):
    """A stage returns a new document, equal each time; pages are handed on untouched."""
    doc = document(*rows)
    before = replace(doc)
    first, second = run(doc), run(doc)
    assert doc == before
    assert first == second
    assert first.pages == doc.pages
    assert first.fields
    assert first.line_items
    assert first.notes["rules"] in shipped_packs().packs


def test_the_core_rung_keeps_the_core():
    """Seller, buyer, date, number and total; no goods."""
    core = run(document(*GERMAN), rules="minimal", fields="core")
    assert set(core.fields) <= set(CORE)
    assert {"issue_date", "total_gross"} <= set(core.fields)
    assert core.line_items == ()


def test_nothing_from_nothing():
    """An empty document, a page without lines: no field, no complaint."""
    empty = document()
    assert run(empty).fields == {}
    assert run(replace(empty, pages=())).fields == {}


def test_an_unknown_pack_is_refused():
    """The settings are checked when used, unknown keys at once."""
    with pytest.raises(ConfigError, match="no such rule pack"):
        run(document(*GERMAN), rules="nonesuch")
    with pytest.raises(ValidationError):
        KeyFieldsSettings(rule="auto")


def test_the_rung_knows_its_rules():
    """The fingerprint is the pack set's, 64 hex digits."""
    assert KeyFieldsSettings().rules_sha256() == shipped_packs().sha256
    assert len(shipped_packs().sha256) == 64


TEXTS = st.text(alphabet="ABE 0123456789.,:/-#%()RM€$总合计发票号码\n", min_size=0, max_size=24)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 900), TEXTS), max_size=4), max_size=12),
    st.sampled_from(sorted(shipped_packs().packs)),
)
def test_any_page_is_read(rows, pack):
    """Whatever stands on a page, every pack answers with known fields, values where it found some, and real lines."""
    doc = document(*rows)
    found = extract_fields(doc, shipped_packs(), pack)
    ids = {line.id for line in doc.lines}
    assert set(found.fields) <= set(FIELD_TYPES)
    for field in found.fields.values():
        assert field.value
        assert 0 < field.confidence <= 1
        assert set(field.line_ids) <= ids
    assert all(set(row) <= set(ITEM_CELLS) for row in found.line_items)
    assert all(set(row) <= set(TAX_CELLS) for row in found.tax_breakdown)


def test_a_rule_can_be_shown():
    """The id in a result leads back to what the pack says."""
    assert "RECHNUNGSNUMMER" in (rule_text("invoice-de.invoice_number") or "")
    assert "total_gross" in (rule_text("invoice-zh.amounts.1") or "")
    assert rule_text("invoice-zh.amounts.99") is None
    assert rule_text("nonesuch.total") is None
