"""What speaks for the number of an order, a contract or a customer, and what says that it is another thing's.

The words stand in `rules/shared/references.yaml`.

A reference has no check digits and no shape of its own: only its label says what it is. It is sure where that label
names it, stands right before it, and no other number has one as good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from docpipe.document import Doubt, KeyField, Row
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.pack import Phrase
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.shared_words import load_patterns
from docpipe.values.text import fold, letters_digits

FILE = "shared/references.yaml"
ORDER, CONTRACT, CUSTOMER = "purchase_order", "contract_number", "buyer.customer_id"
REGISTRATION, PHONE, IBAN = "seller.registration_id", "seller.phone", "payment.iban"
LEAST = {ORDER: 0.5, CONTRACT: 0.35, CUSTOMER: 0.35, REGISTRATION: 0.35}
"""A reference that is less sure is listed, whatever else is on the page. Of the orders below, none was right on the
labelled pages; of customers and contracts every second one was."""
RIVALS = (ORDER, CONTRACT)
RIVAL = 0.9
"""Another number is as good where it scores so much of the chosen one."""
MANY_LETTERS = 3
"""So many letters between label and number are a word of their own."""
_DIGITS = re.compile(r"\d+")
_PARTNERSHIP = re.compile(r"\b(?:CO\.? ?KG|OHG|KG)\b(?!AA)")
"""Firms that stand in part A of the German register of companies (HRA), as § 3 of its order says."""
_TAXES = ("seller.tax_id", "buyer.tax_id", REGISTRATION, "seller.bank_account", IBAN)


class ReferenceWords(BaseModel):
    """What `rules/shared/references.yaml` says; the file explains each list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sellers_order: tuple[Phrase, ...]
    only_reference: tuple[Phrase, ...]
    order: tuple[Phrase, ...]
    party: tuple[Phrase, ...]
    of_party: tuple[Phrase, ...]
    their_account: tuple[Phrase, ...]


@dataclass(frozen=True)
class ReferencePatterns:
    """The same lists, each one pattern over folded text."""

    sellers_order: Pattern
    only_reference: Pattern
    order: Pattern
    party: Pattern
    of_party: Pattern
    their_account: Pattern


@lru_cache(maxsize=1)
def reference_patterns() -> ReferencePatterns:
    """Return the patterns, read once per process; tests check them, and they compile when first used.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return load_patterns(ReferenceWords, ReferencePatterns, FILE)


def without_numbers_of_others(page: PageView, fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields without a telephone or customer number that is a tax, register or bank number of the page, and
    without the account that is debited: none of them is what it was taken for.
    """
    found = dict(fields)
    taken = {letters_digits(field.value) for path in _TAXES if (field := fields.get(path)) and field.value}
    for path, others in ((PHONE, taken), (CUSTOMER, _value_of(fields, "seller.bank_account"))):
        if _value_of(fields, path) & others:
            del found[path]
    account = fields.get(IBAN)
    theirs = reference_patterns().their_account
    if account is not None and any(theirs.search(cell.folded) for cell in _cells_of(page, account)):
        del found[IBAN]
    return found


def doubt_references(fields: Mapping[str, KeyField], candidates: Sequence[Candidate]) -> Iterator[Doubt]:
    """Yield a doubt of each reference that little speaks for, with the reason."""
    for path, least in LEAST.items():
        found = fields.get(path)
        if found is None or found.value is None:
            continue
        same = letters_digits(found.value)
        options = [c for c in candidates if c.path == path]
        own = max((c for c in options if letters_digits(c.value) == same), key=lambda c: c.score, default=None)
        if path == REGISTRATION and _is_partners(found.value, fields.get("seller.name")):
            message = f"A KG has a number of part A; “{found.value}” may be that of the company that leads it."
            yield Doubt(path, "close_choice", message)
        elif found.confidence < least:
            yield Doubt(path, "low_confidence", f"Little speaks for “{found.value}”; it may be another number.")
        elif own is not None and (reason := _weakness(path, own)) is not None:
            yield Doubt(path, "low_confidence", f"“{found.value}” was taken, but {reason}.")
        elif own is not None and path in RIVALS and (rival := _rival(own, options)) is not None:
            message = f"“{found.value}” was taken; “{rival.value}” has a label that says the same."
            yield Doubt(path, "close_choice", message, rival.value)


def doubt_number_of_goods(fields: Mapping[str, KeyField], items: Sequence[Row]) -> Iterator[Doubt]:
    """Yield the doubt of an invoice number that is the code of a row's goods: `Item #` stands over it."""
    number = fields.get("invoice_number")
    codes = {letters_digits(row["product_code"].value or "") for row in items if "product_code" in row}
    if number is not None and number.value is not None and letters_digits(number.value) in codes:
        yield Doubt("invoice_number", "close_choice", f"“{number.value}” is a number of goods on this page, too.")


def _weakness(path: str, candidate: Candidate) -> str | None:
    """Return why the label of a candidate proves little, in words that go on `but …`."""
    seen, words = candidate.seen, reference_patterns()
    if seen is None:
        return None
    between = words.order.compiled.sub(" ", seen.between) if path == ORDER else seen.between
    if path != REGISTRATION and sum(c.isalpha() for c in between) >= MANY_LETTERS:
        return f"“{seen.between.strip()}” stands between it and its label"
    label = f"“{seen.text.strip()}”"
    if path == ORDER and words.sellers_order.search(seen.text):
        return f"{label} may be the seller's own number of the order"
    if path == ORDER and words.only_reference.search(seen.text) and not _tells_order(candidate):
        return f"{label} may stand before any reference"
    if path == CUSTOMER and words.party.search(seen.text) and _stands_behind_word(seen.before):
        return f"“{seen.before.strip()}” before {label} may name another number"
    return None


def _tells_order(candidate: Candidate) -> bool:
    """Say whether a reference itself says that it is an order's: `PO445`, `inkooporder HH-441`."""
    order = reference_patterns().order
    before = candidate.seen.between if candidate.seen is not None else ""
    return order.search(before) is not None or order.search(_DIGITS.sub(" ", fold(candidate.raw))) is not None


def _stands_behind_word(before: str) -> bool:
    """Say whether a word of another label stands right before: `Pedido cliente`."""
    own = reference_patterns().of_party.search(before) is not None
    last = before.rstrip(" ").rsplit(" ", 1)[-1]
    return not own and last.isalpha() and len(last) > MANY_LETTERS


def _is_partners(number: str, name: KeyField | None) -> bool:
    """Say whether a number of part B of the register cannot be the seller's: that of the general partner of a KG."""
    return number.startswith("HRB") and name is not None and _PARTNERSHIP.search(fold(name.value or "")) is not None


def _rival(own: Candidate, options: Sequence[Candidate]) -> Candidate | None:
    """Return the best of the other numbers, if it is as good as the chosen one and no part of it."""
    one = letters_digits(own.value)
    others = [c for c in options if (other := letters_digits(c.value)) not in one and one not in other]
    best = max(others, key=lambda c: c.score, default=None)
    return best if best is not None and best.score >= RIVAL * own.score else None


def _value_of(fields: Mapping[str, KeyField], path: str) -> set[str]:
    field = fields.get(path)
    return {letters_digits(field.value)} if field is not None and field.value else set()


def _cells_of(page: PageView, field: KeyField) -> Iterator[Cell]:
    return (cell for cell in page.layout.cells if cell.page == field.page and set(cell.line_ids) & set(field.line_ids))
