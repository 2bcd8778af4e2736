"""What a trained model says of itself beside its weights: how it was weighed against the rules, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from docpipe.errors import ModelError
from docpipe.stages.key_fields.pack import FIELD_TYPES

FORMAT = 1
"""Counted up when the meaning of the network's inputs or outputs changes: older weights are then refused."""
ABOUT = "about.json"
"""The file beside the weights that holds an `About`."""
MODEL_NAME = "docpipe-key-fields"

PATHS = (
    "issue_date", "due_date", "period_start", "period_end", "total_lines", "total_discount", "total_charges",
    "total_net", "total_tax", "total_gross", "amount_paid", "rounding", "amount_due", "seller.name", "seller.tax_id",
    "seller.address", "seller.phone", "seller.bank_name", "seller.bank_account", "buyer.name", "buyer.tax_id",
    "buyer.address", "buyer.phone", "buyer.bank_name", "buyer.bank_account", "document_type", "invoice_number",
    "invoice_code", "check_code", "machine_code", "currency", "purchase_order", "contract_number", "payment_terms",
    "remarks", "seller.registration_id", "buyer.customer_id", "total_gross_in_words", "payment.iban", "payment.bic",
    "payee", "reviewer", "issuer",
)  # fmt: skip
"""The fields of format 1, in the order of the network's outputs."""

COLUMNS = (
    "", "line_no", "description", "product_code", "specification", "unit", "quantity", "unit_price", "discount",
    "net_amount", "tax_rate", "tax_amount", "gross_amount",
)  # fmt: skip
"""The columns of format 1, in the order of the network's outputs; the first is none."""

RUNS = frozenset({"seller.name", "seller.address", "buyer.name", "buyer.address", "payment_terms", "remarks"})
"""Fields that may stand in several cells one after the other."""

Speaker = Literal["rules", "both"]
Kind = Literal["name", "address", "date", "amount", "text"]
MARKS = 5
"""How many marks an option has; see `docpipe.stages.key_fields.learned.options`."""


def is_run(path: str) -> bool:
    """Say whether a field's value may stand in several cells."""
    return path in RUNS


def kind_of(path: str) -> Kind:
    """Return which fields share weights with a field that has none of its own."""
    if path.endswith(".name"):
        return "name"
    if path.endswith(".address"):
        return "address"
    kind = FIELD_TYPES[path]
    return "date" if kind == "date" else "amount" if kind == "amount" else "text"


class Curve(BaseModel):
    """Turns a score into the probability of being right: 1 / (1 + exp(-(slope * score + shift)))."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = 1.0
    shift: float = 0.0


class About(BaseModel):
    """What stands in `about.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    format: Literal[1] = 1
    name: str = MODEL_NAME
    weights: Mapping[str, tuple[float, ...]] = Field(default_factory=dict)
    """By path or kind: how much each of an option's marks counts."""
    speaks: Mapping[str, Mapping[str, Speaker]] = Field(default_factory=dict)
    """By rule pack (`*` for any other) and path: who decides. A path that is not named is the rules'."""
    curves: Mapping[str, Curve] = Field(default_factory=dict)
    """By path or kind: what the margin between the best option and the rest means."""
    inputs: Mapping[str, tuple[Literal["int64", "float32"], tuple[int, ...]]] = Field(default_factory=dict)
    """Type and shape of each input of the program, -1 for the number of cells: what the runtime warms it with."""
    parameters: Mapping[str, str] = Field(default_factory=dict)
    """Each parameter of the networks and what the program calls it: lets training go on from here."""
    trained_on: Mapping[str, str | int | float] = Field(default_factory=dict)
    """For people: documents, seeds, versions."""

    @classmethod
    def read(cls, directory: Path) -> About:
        """Return what the model of a directory says of itself.

        Raises:
            ModelError: it does not, or not in this format.
        """
        path = directory / ABOUT
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as e:
            raise ModelError(f"{path} cannot be used: {' '.join(str(e).split())[:200]}") from e

    def speaker(self, pack: str, path: str) -> Speaker:
        """Return who decides a field on a document of a pack."""
        return self.speaks.get(pack, self.speaks.get("*", {})).get(path, "rules")

    def weight(self, path: str) -> tuple[float, ...]:
        """Return the weights of an option's marks."""
        found = self.weights.get(path) or self.weights.get(kind_of(path)) or DEFAULT
        return tuple(found)

    def curve(self, path: str) -> Curve:
        """Return the curve of a field, or of its kind."""
        return self.curves.get(path) or self.curves.get(kind_of(path)) or Curve()


DEFAULT = (1.0, 2.0, 1.0, 0.0, 0.0)
