"""Layouts and issuers that no rule was written for: made-up invoices and receipts in four languages."""

from __future__ import annotations

import pytest

from tests.stages.key_fields import layouts_de, layouts_en, layouts_fr, layouts_zh
from tests.stages.key_fields.placing import Placed, reading, values

SAMPLES = {
    f"{module.__name__.rsplit('_', 1)[1]}:{name}": sample
    for module in (layouts_en, layouts_de, layouts_fr, layouts_zh)
    for name, sample in module.SAMPLES.items()
}


@pytest.mark.parametrize(("rows", "expected"), SAMPLES.values(), ids=SAMPLES.keys())
def test_a_layout_is_read(rows: tuple[Placed | str, ...], expected: dict[str, str | None]):
    """Every labelled field has its value."""
    found = values(reading(*rows))
    assert {path: found.get(path) for path in expected} == expected
