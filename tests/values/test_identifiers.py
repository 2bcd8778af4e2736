"""Identifiers and currencies: judged by their check digits, in any spacing, and never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docpipe.values.currency import code_of, find_currencies, is_code, shared_signs
from docpipe.values.identifiers import compact, is_bic, is_eu_vat, is_iban, is_uscc, vat_country


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (is_iban, "DE89 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
        (is_bic, "DEUTDEFF", "DEUTDEF"),
        (is_eu_vat, "DE 136 695 976", "DE136695977"),
        (is_uscc, "91330106MA7GAL1299", "91330106MA7GAL1298"),
    ],
)
def test_check_digits(check, good, bad):
    """One wrong character is noticed; spaces do not matter."""
    assert check(good)
    assert not check(bad)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_judged(text):
    """A check answers for any text."""
    for check in (is_iban, is_bic, is_eu_vat, is_uscc):
        assert check(text) in (True, False)
    compact(text)
    vat_country(text)


def test_country_of_a_vat_number():
    """Greece is EL; a number without letters has no country."""
    assert vat_country("EL 094259216") == "EL"
    assert vat_country("201/113/40209") is None
    assert vat_country("QQ1") is None


def test_currencies():
    """Codes and clear signs are found in order; a lone dollar or yen names no currency."""
    assert [found.code for found in find_currencies("EUR 5, RM 3, £2, $1")] == ["EUR", "MYR", "GBP"]
    assert find_currencies("THE TOTAL") == []
    assert [found.sure for found in find_currencies("SVC contact, total EUR")] == [False, True]
    assert find_currencies("Years 10, 3 ft") == []
    assert shared_signs("US$ 5, $ 1, ¥3, kr 4") == ["$", "¥", "kr"]
    assert code_of("$") is None
    assert code_of("¥") is None
    assert is_code("CNY")
    assert not is_code("XYZ")
