"""Which labelled field belongs to which field of a result, and how the two are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from docpipe.result import FIELD_PATHS
from docpipe.stages.key_fields.evaluate import ALIASES
from docpipe.stages.key_fields.pack import FIELD_TYPES

Kind = Literal["text", "code", "date", "amount"]

NAMES = ("seller.name", "buyer.name", "seller.address", "buyer.address", "seller.bank_name", "buyer.bank_name",
         "payee", "reviewer", "issuer", "payment_terms", "remarks", "total_gross_in_words")  # fmt: skip
"""Texts that a comparison may forgive a letter; all others are codes, right or wrong."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a labelled field stands in a result."""

    kind: Kind
    paths: tuple[str, ...]
    """The first is its home; a match at any of them counts."""


def _kind(path: str) -> Kind:
    kind = FIELD_TYPES[path]
    if kind == "date":
        return "date"
    if kind == "amount":
        return "amount"
    return "text" if path in NAMES else "code"


def _target(*paths: str) -> Target:
    return Target(_kind(paths[0]), paths)


_NAMED = {
    **{name: _target(path) for name, path in ALIASES.items()},
    "contract_num": _target("contract_number", "invoice_number", "purchase_order"),
    "date_due": _target("due_date"),
    "amount": _target("total_gross"),
    "amount_untaxed": _target("total_net"),
    "amount_tax": _target("total_tax"),
}


@dataclass(frozen=True)
class Conventions:
    """How the labels of one set are meant. Canonical names (`seller.name`) always mean themselves."""

    targets: Mapping[str, Target] = field(default_factory=lambda: _NAMED)
    day_first: bool = True
    """Whether 03/04 is the third of April, in labels and, should they be as printed, in results."""

    def target(self, name: str) -> Target | None:
        """Return where a labelled field stands in a result; None where the schema has no such field."""
        if name in self.targets:
            return self.targets[name]
        return _target(name) if name in FIELD_PATHS else None


_ISSUER_IS_SELLER = {**_NAMED, "issuer": _target("seller.name")}

PUBLIC: Mapping[str, Conventions] = {
    "receipts_sroie": Conventions(),
    "invoices_adbuy": Conventions(day_first=False),
    "invoices_einvoice": Conventions(),
    "invoices_misc": Conventions(_ISSUER_IS_SELLER),
    "invoices_zh": Conventions({**_NAMED, "issuer": _target("seller.name", "issuer")}),
}
"""Sets whose labels need more than the general rule, by the name of their folder."""


def conventions_for(name: str, *, day_first: bool | None = None) -> Conventions:
    """Return the conventions of the set called `name`, or the general ones; `day_first` overrules theirs."""
    found = PUBLIC.get(name, Conventions())
    return found if day_first is None else replace(found, day_first=day_first)
