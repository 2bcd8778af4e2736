"""What a rule pack's YAML may say. `docs/rules.md` explains it by example."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from docpipe.result import CORE_PATHS, FIELD_PATHS, ITEM_CELLS
from docpipe.stages.key_fields.patterns import as_regex, compile_pattern
from docpipe.values.amounts import Point
from docpipe.values.text import squash

DATES = frozenset({"issue_date", "due_date", "period_start", "period_end"})
SUMS = frozenset(
    {"total_lines", "total_discount", "total_charges", "total_net", "total_tax", "total_gross", "amount_paid",
     "rounding", "amount_due"}
)  # fmt: skip
FIELD_TYPES: dict[str, str] = {
    path: "date" if path in DATES else "amount" if path in SUMS else "text" for path in FIELD_PATHS
}
"""Every canonical field and whether it is a date, an amount or text."""
CORE = CORE_PATHS

ValueType = Literal[
    "date", "amount", "id", "digits", "text", "name", "tax_id", "iban", "bic", "phone", "period", "words"
]
Where = Literal["inline", "right", "below", "above"]
AmountKind = Literal[
    "total_gross", "total_net", "total_tax", "total_lines", "total_discount", "total_charges", "rounding",
    "amount_paid", "amount_due", "change", "none",
]  # fmt: skip


UNCHECKED = {"unchecked": True}
"""pydantic's context for files that the tests of docpipe have checked: their patterns compile when first used."""


def _usable(entry: str, info: ValidationInfo) -> str:
    if info.context is UNCHECKED:
        return entry
    if entry.startswith("/"):
        compile_pattern(as_regex(entry))
    elif not squash(entry):
        raise ValueError(f"{entry!r} has no letter or digit to match")
    return entry


Phrase = Annotated[str, AfterValidator(_usable)]
"""A plain label, matched by letters and digits, or `/a regular expression/` over upper-case text without accents."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Locale(_Part):
    """How numbers and dates are written where such documents come from."""

    day_first: bool = True
    order_known: bool = False
    """Whether all who write this language put day and month in this order; else the order stays open by itself."""
    point: Point | None = None
    spaces_group: bool = False
    currency: str | None = None
    dollar: str | None = None
    """What a lone `$` means."""


class Region(_Part):
    """A hint at where a document comes from: an address, the name of a tax. The region with the best sum counts."""

    match: tuple[Phrase, ...]
    score: float = 1.0
    currency: str
    """What a lone `$` means there, and amounts without any sign."""
    day_first: bool | None = None


class Sign(_Part):
    """A hint that a document is of this kind."""

    match: tuple[Phrase, ...]
    score: float = 1.0
    required: bool = False
    """Whether a document without this sign is none of the kind, whatever else is on it."""


class FieldRule(_Part):
    """Where a field's value stands relative to its label, and what it looks like."""

    type: ValueType
    labels: tuple[Phrase, ...] = ()
    match: Phrase | None = None
    """The value's own shape; needs no label where `labels` is empty."""
    where: tuple[Where, ...] = ("inline", "right", "below")
    reject: tuple[Phrase, ...] = ()
    prefer: Literal["first", "last"] = "first"
    pages: Literal["first", "all"] = "all"
    wraps: bool = False
    """Whether a name may go on in the line below, where that begins below the name and not below its label."""
    score: float = 1.0
    second: str | None = None
    """For a `period`: the field that gets its last day. Else the field of the label's second occurrence on a page."""
    also: dict[str, Phrase] = Field(default_factory=dict)
    """Further fields cut out of the same text, each by a pattern with a group `value`."""

    @model_validator(mode="after")
    def _has_a_way_to_be_found(self) -> FieldRule:
        if not self.labels and not self.match:
            raise ValueError("give `labels`, or `match` with the value's own shape")
        return self


class AmountRule(_Part):
    """What the text beside an amount says it is. The first rule of a pack that matches decides."""

    kind: AmountKind
    match: tuple[Phrase, ...]
    score: float = 1.0
    then: tuple[AmountKind, ...] = ()
    """What the amounts right of the first are, where one label stands before several."""


class Header(_Part):
    """The block at the top of a page that says who issued it: name first, then address."""

    legal_forms: tuple[Phrase, ...] = ()
    name_words: tuple[Phrase, ...] = ()
    not_name: tuple[Phrase, ...] = ()
    glue_words: tuple[Phrase, ...] = ()
    """A name that begins with one of these goes on from the line above."""
    registration: tuple[Phrase, ...] = ()
    ends: tuple[Phrase, ...] = ()
    strong_address: tuple[Phrase, ...] = ()
    weak_address: tuple[Phrase, ...] = ()
    postcode: tuple[Phrase, ...] = ()
    not_address: tuple[Phrase, ...] = ()
    country: tuple[Phrase, ...] = ()
    """A row with one of these is an address's last."""
    joined: bool = True
    """Whether a row is read across the page, as on a receipt; else each block of lines stands for itself."""
    rows: int = Field(default=22, ge=1, le=200)
    weight: float = 1.0
    """How much the top of the page is worth against a name under a label of its own."""


class Parties(_Part):
    """Words over the blocks of seller and buyer, for documents that name them so."""

    seller: tuple[Phrase, ...] = ()
    buyer: tuple[Phrase, ...] = ()
    other: tuple[Phrase, ...] = ()
    """Addresses of deliveries, sites, banks and persons to ask."""
    payee: tuple[Phrase, ...] = ()
    """Who is paid, mostly the seller: `Remit to`, the holder of the account."""
    name_labels: tuple[Phrase, ...] = ()
    address_labels: tuple[Phrase, ...] = ()
    """Words for name and address inside a party's form."""
    skip: tuple[Phrase, ...] = ()
    """Lines inside a block that are neither name nor address (numbers, telephone)."""
    belongs_to_buyer: tuple[Phrase, ...] = ()
    """Words for numbers that stand in a buyer's block: its customer number, `Your VAT`."""
    greeting: tuple[Phrase, ...] = ()
    """What stands before a buyer's name in a letter: `Dear Mr`."""
    owner_in_name: bool = False
    """A person under a firm's name is part of it: a sole trader's, as in Poland."""
    sender_line: bool = False
    """The line over a window envelope's address: `Name - Street - Town`."""


class Items(_Part):
    """The table of goods: words in its header by column, and what ends it."""

    columns: dict[str, tuple[Phrase, ...]] = Field(default_factory=dict)
    ends: tuple[Phrase, ...] = ()
    skip: tuple[Phrase, ...] = ()

    @model_validator(mode="after")
    def _known_columns(self) -> Items:
        unknown = sorted(set(self.columns) - set(ITEM_CELLS))
        if unknown:
            raise ValueError(f"no such column: {', '.join(unknown)}; there are {', '.join(ITEM_CELLS)}")
        return self


class DocumentKind(_Part):
    """Words that say what a document is; the first that matches decides."""

    type: Literal["invoice", "credit_note", "receipt", "order", "other"]
    match: tuple[Phrase, ...]


class Pack(_Part):
    """One kind of document: how to know it, and how to read it."""

    pack: str = Field(pattern=r"^[a-z0-9-]+$")
    about: str
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")
    """ISO 639-1 code of the language that it reads; None for several."""
    family: Literal["receipt", "invoice", "broadcast"] | None = None
    """What kind of document it reads, as a learned model knows kinds; None for any other."""
    fallback: bool = False
    """Whether it reads documents that hardly show a sign of any pack."""
    when: tuple[Sign, ...] = ()
    locale: Locale = Locale()
    regions: tuple[Region, ...] = ()
    kinds: tuple[DocumentKind, ...] = ()
    default_kind: Literal["invoice", "credit_note", "receipt", "order", "other"] = "other"
    fields: dict[str, FieldRule] = Field(default_factory=dict)
    other_labels: tuple[Phrase, ...] = ()
    """Labels of things that are no field: they end the value before them."""
    pass_labels: tuple[Phrase, ...] = ()
    """Words between a label and its value that say nothing (`Advertiser | Name: | …`)."""
    split_words: tuple[str, ...] = ()
    """Labels that are spaced out so far that their characters are found one by one (`名　　称`)."""
    halves: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """What stands over the buyer's and over the seller's half of a form, where they stand side by side."""
    amounts: tuple[AmountRule, ...] = ()
    decimals: bool = True
    """Whether an amount must show decimals (or a currency) to count as a total."""
    whole_sums: bool = False
    """Whether a number without them counts as one where a label for a sum stands right beside it."""
    cash_rounding: Decimal | None = Field(default=None, gt=0)
    """The least coin to which sums are rounded that are paid in cash, such as 0.05."""
    heading_rows: int = Field(default=0, ge=0, le=20)
    """How many rows above an amount a heading may stand that says what it is; 0 looks at its row only."""
    without_accents: bool = False
    """Whether such documents print names and places without accents: one that was read is a speck of dust."""
    header: Header | None = None
    parties: Parties = Parties()
    items: Items = Items()

    @model_validator(mode="after")
    def _known_fields(self) -> Pack:
        names = [*(name.split("@")[0] for name in self.fields), *(r.second for r in self.fields.values() if r.second)]
        names += [name for rule in self.fields.values() for name in rule.also]
        unknown = sorted({name for name in names if name not in FIELD_TYPES})
        if unknown:
            raise ValueError(f"no such field: {', '.join(unknown)}; docs/result.md lists them, such as `seller.name`")
        return self
