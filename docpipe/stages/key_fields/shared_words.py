"""Words that all rule packs share: what towns, streets, legal forms, banks and registers look like in any language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from docpipe.errors import Complaint, ConfigError
from docpipe.files.shipped import shipped_folder
from docpipe.files.yaml_file import load_model
from docpipe.stages.key_fields.pack import UNCHECKED, Phrase
from docpipe.stages.key_fields.patterns import Pattern, any_of, check_patterns

T = TypeVar("T")
FILE = Path("shared") / "parties.yaml"
"""Where the words stand below a folder of packs."""
NOTHING = "/(?!)/"
"""A pattern that nothing matches: for lists that a folder of packs written before them lacks."""


class PartyWords(BaseModel):
    """What `rules/shared/parties.yaml` says; the file explains each list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    town: tuple[Phrase, ...]
    street: tuple[Phrase, ...]
    street_words: tuple[Phrase, ...]
    house_owners: tuple[Phrase, ...] = (NOTHING,)
    building: tuple[Phrase, ...] = (NOTHING,)
    country: tuple[Phrase, ...]
    courtesy: tuple[Phrase, ...]
    attention: tuple[Phrase, ...] = (NOTHING,)
    group: tuple[Phrase, ...] = (NOTHING,)
    address_kinds: tuple[Phrase, ...] = (NOTHING,)
    payment_slip: tuple[Phrase, ...] = (NOTHING,)
    given_names: tuple[Phrase, ...] = (NOTHING,)
    not_place: tuple[Phrase, ...] = (NOTHING,)
    founded: tuple[Phrase, ...] = (NOTHING,)
    self_billed: tuple[Phrase, ...] = (NOTHING,)
    detail_name: tuple[Phrase, ...] = (NOTHING,)
    detail_street: tuple[Phrase, ...] = (NOTHING,)
    detail_quarter: tuple[Phrase, ...] = (NOTHING,)
    detail_postcode: tuple[Phrase, ...] = (NOTHING,)
    detail_town: tuple[Phrase, ...] = (NOTHING,)
    detail_state: tuple[Phrase, ...] = (NOTHING,)
    detail_country: tuple[Phrase, ...] = (NOTHING,)
    detail_other: tuple[Phrase, ...] = (NOTHING,)
    standing: tuple[Phrase, ...] = (NOTHING,)
    bodies: tuple[Phrase, ...] = (NOTHING,)
    forms: tuple[Phrase, ...]
    legal_forms: tuple[Phrase, ...]
    registered: tuple[Phrase, ...]
    not_seller: tuple[Phrase, ...]
    bank: tuple[Phrase, ...]
    contact: tuple[Phrase, ...]
    tax_id: tuple[Phrase, ...]
    office: tuple[Phrase, ...]
    particles: tuple[Phrase, ...]
    currency_names: tuple[Phrase, ...]
    date_words: tuple[Phrase, ...]
    discount: tuple[Phrase, ...]
    other_documents: tuple[Phrase, ...]


@dataclass(frozen=True)
class SharedWords:
    """The same lists, each one pattern over folded text."""

    town: Pattern
    street: Pattern
    street_words: Pattern
    house_owners: Pattern
    building: Pattern
    country: Pattern
    courtesy: Pattern
    attention: Pattern
    group: Pattern
    address_kinds: Pattern
    payment_slip: Pattern
    given_names: Pattern
    not_place: Pattern
    founded: Pattern
    self_billed: Pattern
    detail_name: Pattern
    detail_street: Pattern
    detail_quarter: Pattern
    detail_postcode: Pattern
    detail_town: Pattern
    detail_state: Pattern
    detail_country: Pattern
    detail_other: Pattern
    standing: Pattern
    bodies: Pattern
    forms: Pattern
    legal_forms: Pattern
    registered: Pattern
    not_seller: Pattern
    bank: Pattern
    contact: Pattern
    tax_id: Pattern
    office: Pattern
    particles: Pattern
    currency_names: Pattern
    date_words: Pattern
    discount: Pattern
    other_documents: Pattern


def load_shared_words(path: Path, *, check: bool = True) -> SharedWords:
    """Read the words that all packs share; with `check`, compile and try their patterns at once.

    Raises:
        ConfigError: every complaint with its line.
    """
    words = load_model(PartyWords, path, None if check else UNCHECKED)
    patterns = {name: any_of(getattr(words, name)) for name in PartyWords.model_fields}
    missing = sorted(name for name, pattern in patterns.items() if pattern is None)
    if missing:
        raise ConfigError(path, [Complaint(1, name, "give at least one phrase") for name in missing])
    if check:
        try:
            check_patterns(patterns)
        except ValueError as e:
            raise ConfigError(path, [Complaint(1, "", str(e))]) from e
    return SharedWords(**patterns)  # type: ignore[arg-type]


def load_patterns(words: type[BaseModel], patterns: Callable[..., T], file: str) -> T:
    """Return the lists of a shipped file of words, each one pattern over folded text; they compile when first used.

    `words` is the model of the file below `rules/`, `patterns` the class with a pattern for each of its lists. Tests
    check the shipped patterns.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    found = load_model(words, shipped_folder("rules") / file, UNCHECKED)
    return patterns(**{name: any_of(getattr(found, name)) for name in words.model_fields})
