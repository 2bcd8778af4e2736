"""Words of tables of goods: headings, units, allowances, carried sums, ends. They stand in `rules/shared/goods.yaml`.

A rule pack adds its own words under `items:`; the shared ones serve every pack, since a German shop prints `Qty` and a
receipt may be read by the pack of another language. Everything is compared folded: upper case, accents dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from docpipe.files.shipped import shipped_folder
from docpipe.files.yaml_file import load_model
from docpipe.result import ITEM_CELLS
from docpipe.stages.key_fields.compiled_pack import CompiledPack
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.line_items.near_headings import NearHeadings
from docpipe.stages.key_fields.pack import UNCHECKED, Phrase
from docpipe.stages.key_fields.patterns import LabelIndex, Pattern, any_of, squash_label
from docpipe.values.text import squash

_LEADING = re.compile(r"^[\W\d]+(?=[^\W\d])")
NUMERIC = frozenset({"quantity", "unit_price", "discount", "net_amount", "tax_rate", "tax_amount", "gross_amount"})
AMOUNTS = frozenset({"net_amount", "gross_amount", "unit_price"})
TEXTS = frozenset({"line_no", "product_code", "description", "specification", "unit"})
FILE = "shared/goods.yaml"


class Suffixes(BaseModel):
    """Words behind a heading for a price or an amount that say whether tax is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    net: tuple[Phrase, ...] = ()
    gross: tuple[Phrase, ...] = ()


class GoodsWords(BaseModel):
    """The words of `rules/shared/goods.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headings: Mapping[str, tuple[Phrase, ...]]
    suffixes: Suffixes = Suffixes()
    units: tuple[Phrase, ...] = ()
    allowances: tuple[Phrase, ...] = ()
    notes: tuple[Phrase, ...] = ()
    returns: tuple[Phrase, ...] = ()
    carried: tuple[Phrase, ...] = ()
    ends: tuple[Phrase, ...] = ()
    goes_on: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_columns(self) -> GoodsWords:
        unknown = sorted(set(self.headings) - set(ITEM_CELLS))
        if unknown:
            raise ValueError(f"no such column: {', '.join(unknown)}; there are {', '.join(ITEM_CELLS)}")
        if patterns := [name for names in self.headings.values() for name in names if name.startswith("/")]:
            raise ValueError(f"headings are words, no patterns: {', '.join(patterns)}")
        return self


@lru_cache(maxsize=1)
def goods_words() -> GoodsWords:
    """Return the shared words, read once per process; tests check their patterns, which compile when first used.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return load_model(GoodsWords, shipped_folder("rules") / FILE, UNCHECKED)


@lru_cache(maxsize=1)
def _shared_headings() -> tuple[tuple[str, str], ...]:
    """Return (column, squashed heading) pairs: the headings themselves, then prices and amounts with a suffix.

    A heading and its suffix are squashed each by itself, which gives the same: there are 13,000 of both together.
    """
    words = goods_words()
    plain = [(cell, squash_label(label)) for cell, names in words.headings.items() for label in names]
    suffixes = [
        (to, squash_label(suffix))
        for to, found in (("net_amount", words.suffixes.net), ("gross_amount", words.suffixes.gross))
        for suffix in found
    ]
    longer = [
        (to if cell == "net_amount" else cell, label + suffix)
        for cell in ("unit_price", "net_amount")
        for label in (
            squash_label(name) for name in words.headings.get(cell, ()) if len(name) > 2 or not name.isascii()
        )
        for to, suffix in suffixes
    ]
    return (*plain, *longer)


@lru_cache(maxsize=32)
def _index(own: tuple[tuple[str, tuple[str, ...]], ...]) -> LabelIndex:
    return LabelIndex(((cell, label) for cell, names in own for label in names), _shared_headings())


def headings(compiled: CompiledPack) -> LabelIndex:
    """Return the headings of a pack and then those of all languages; the pack's own come first."""
    return _index(tuple(compiled.pack.items.columns.items()))


@lru_cache(maxsize=32)
def _plain(own: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    known: dict[str, str] = {}
    for cell, names in own:
        for label in names:
            if not label.startswith("/"):
                known.setdefault(squash_label(label), cell)
    for cell, label in _shared_headings():
        known.setdefault(label, cell)
    return known


def plain_headings(compiled: CompiledPack) -> Mapping[str, str]:
    """Return squashed heading -> column, for headings that a recogniser glued together or misread."""
    return _plain(tuple(compiled.pack.items.columns.items()))


def is_heading_row(row: Sequence[Cell], compiled: CompiledPack) -> bool:
    """Say whether a row is the heading of a table of goods: two cells or more, and each a column's heading."""
    known = plain_headings(compiled)
    return len(row) > 1 and all(squash_label(cell.text) in known for cell in row)


@lru_cache(maxsize=32)
def _long(own: tuple[tuple[str, tuple[str, ...]], ...], least: int) -> NearHeadings:
    return NearHeadings([label for label in _plain(own) if len(label) >= least])


def long_headings(compiled: CompiledPack, least: int) -> NearHeadings:
    """Return the squashed headings of so many letters at least: those that a misread one is compared with."""
    return _long(tuple(compiled.pack.items.columns.items()), least)


@lru_cache(maxsize=32)
def _sizes(own: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for label in _plain(own):
        found.setdefault(label[:2], set()).add(len(label))
    return {head: tuple(sorted(sizes, reverse=True)) for head, sizes in found.items()}


def heading_sizes(compiled: CompiledPack) -> Mapping[str, tuple[int, ...]]:
    """Return the lengths of the squashed headings by their first two letters, longest first."""
    return _sizes(tuple(compiled.pack.items.columns.items()))


@lru_cache(maxsize=1)
def _sums() -> tuple[Pattern | None, Pattern | None]:
    return any_of(goods_words().carried), any_of(goods_words().ends)


def sum_kind(folded: str) -> Literal["carried", "end"] | None:
    """Say whether a row repeats a sum or ends the goods, by how its words begin; None for any other row."""
    text = _LEADING.sub("", folded)
    repeats, ends = _sums()
    if repeats is not None and repeats.search(text):
        return "carried"
    return "end" if ends is not None and ends.search(text) else None


@lru_cache(maxsize=1)
def _squash_words() -> Mapping[str, tuple[str, ...]]:
    words = goods_words()
    lists = {"allowances": words.allowances, "notes": words.notes, "returns": words.returns, "units": words.units}
    found = {name: tuple(squash(word) for word in entries) for name, entries in lists.items()}
    found["taken_off"] = tuple(word for word in found["allowances"] if len(word) >= 6 or not word.isascii())
    return found


@lru_cache(maxsize=1)
def units() -> frozenset[str]:
    """Return the units as they stand behind a count, squashed."""
    return frozenset(_squash_words()["units"])


def is_allowance(folded: str) -> bool:
    """Say whether a line begins as one that lowers the price of the article above."""
    return squash(folded).lstrip("#%").startswith(_squash_words()["allowances"])


def is_taken_off(folded: str) -> bool:
    """Say whether a line speaks of a lowered price anywhere in its first words: `10% member discount`."""
    plain = squash(folded)[:40]
    return is_allowance(folded) or any(word in plain for word in _squash_words()["taken_off"])


def is_note(folded: str) -> bool:
    """Say whether a line begins as one that tells a number about the article above: gross price, serial number."""
    return squash(folded).startswith(_squash_words()["notes"])


def is_return(folded: str) -> bool:
    """Say whether a line begins as something given back, such as empty bottles: a row of its own."""
    return squash(folded).lstrip("0123456789").startswith(_squash_words()["returns"])


def goes_on(word: str) -> bool:
    """Say whether a line that ends in a word goes on in the next: `mit`, `and`."""
    return word in goods_words().goes_on
