"""Numbers with a check digit, by python-stdnum. They are brought into one form and judged, never repaired."""

from __future__ import annotations

import re
from typing import Any

_VAT_COUNTRIES = frozenset(
    """AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI
    AE AU BR CA CH CN GB GR IN IS JP LI MX MY NO NZ RS SG TR UA US ZA""".split()  # noqa: SIM905
)
"""The European Union's prefixes first, then those of other countries whose numbers carry one."""
_COUNTRY = re.compile(r"[A-Z]{2}")
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


def compact(text: str) -> str:
    """Return an identifier in upper case without spaces, hyphens and dots."""
    return re.sub(r"[\s\-‐–.·]", "", text).upper()


def is_iban(text: str) -> bool:
    """Check an IBAN by ISO 13616: country, length, and remainder 1 modulo 97."""
    from stdnum import iban

    return _valid(iban, compact(text), check_country=False)


def is_bic(text: str) -> bool:
    """Check a BIC by ISO 9362."""
    from stdnum import bic

    return _valid(bic, compact(text))


def is_eu_vat(text: str) -> bool:
    """Check a VAT number of the European Union, Northern Ireland (XI) included, with its country's check digits."""
    from stdnum.eu import vat

    return _valid(vat, compact(text))


def is_uscc(text: str) -> bool:
    """Check a Chinese unified social credit code (GB 32100): 18 characters, weights 3^i modulo 31."""
    from stdnum.cn import uscc

    return _USCC.fullmatch(text) is not None and _valid(uscc, text)


def is_vat(text: str) -> bool:
    """Say whether a number without its country's letters is a tax number of Britain, Spain, Italy, Poland or Portugal,
    by its check digits.
    """
    from stdnum.es import nif
    from stdnum.gb import vat
    from stdnum.it import iva
    from stdnum.pl import nip
    from stdnum.pt import nif as portuguese

    return any(_valid(module, text) for module in (vat, nif, iva, nip, portuguese))


def is_german_tax_number(text: str) -> bool:
    """Say whether a text is a German tax number as its offices write it, office / district / person: `162/270/03318`.

    Small firms print it in place of a VAT number, as the law allows.
    """
    from stdnum.de import stnr

    return text.count("/") == 2 and _valid(stnr, text)


def vat_country(text: str) -> str | None:
    """Return the country prefix of a VAT number (`EL` for Greece, as EN 16931 wants it), or None where it has none."""
    found = _COUNTRY.match(compact(text))
    return found.group() if found and found.group() in _VAT_COUNTRIES else None


def _valid(module: Any, text: str, **options: Any) -> bool:
    try:
        return bool(module.is_valid(text, **options))
    except (ValueError, TypeError, IndexError, KeyError):  # totality: some checks trip over letters where digits belong
        return False
