"""Which labelled field belongs to which field of a result, and how the two are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from docpipe.errors import UsageError
from docpipe.files.yaml_file import load_model, read_yaml
from docpipe.result import FIELD_PATHS
from docpipe.stages.key_fields.pack import FIELD_TYPES

Kind = Literal["text", "code", "date", "amount"]

NAMES = ("seller.name", "buyer.name", "seller.address", "buyer.address", "seller.bank_name", "buyer.bank_name",
         "payee", "reviewer", "issuer", "payment_terms", "remarks", "total_gross_in_words")  # fmt: skip
"""Texts that a comparison may forgive a letter; all others are codes, right or wrong."""

GENERAL = "general"
SHIPPED = Path(__file__).with_suffix(".yaml")


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


def _as_list(value: object) -> object:
    return [] if value is None else [value] if isinstance(value, str) else value


class Rules(BaseModel):
    """Conventions as they are written: in `conventions.yaml`, in a file of one's own, or in a labels file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day_first: bool = True
    fields: Mapping[str, Annotated[tuple[str, ...], BeforeValidator(_as_list)]] = Field(default_factory=dict)

    @field_validator("fields")
    @classmethod
    def _check_paths(cls, fields: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        unknown = sorted({path for paths in fields.values() for path in paths if path not in FIELD_PATHS})
        if unknown:
            raise ValueError(f"no field of a result is called {', '.join(unknown)}; docs/result.md lists them")
        return fields


@cache
def _load_shipped() -> Mapping[str, Rules]:
    data, _ = read_yaml(SHIPPED)
    return {name: Rules.model_validate(rules) for name, rules in data.items()}


@cache
def _general() -> Mapping[str, Target | None]:
    return _targets(_load_shipped()[GENERAL])


def _targets(rules: Rules) -> dict[str, Target | None]:
    return {name: _target(*paths) if paths else None for name, paths in rules.fields.items()}


@dataclass(frozen=True)
class Conventions:
    """How the labels of one set are meant. Canonical names (`seller.name`) mean themselves unless they are named."""

    targets: Mapping[str, Target | None] = field(default_factory=_general)
    """By a label's name; None for one that is not scored."""
    day_first: bool = True
    """Whether 03/04 is the third of April, in labels and, should they be as printed, in results."""

    def target(self, name: str) -> Target | None:
        """Return where a labelled field stands in a result; None where the schema has no such field."""
        if name in self.targets:
            return self.targets[name]
        return _target(name) if name in FIELD_PATHS else None


def shipped_names() -> tuple[str, ...]:
    """Return the names that `conventions_for` knows."""
    return tuple(_load_shipped())


def conventions_of(rules: Rules) -> Conventions:
    """Return written rules on top of the general ones."""
    return Conventions({**_general(), **_targets(rules)}, rules.day_first)


def conventions_for(name: str = GENERAL, *, day_first: bool | None = None) -> Conventions:
    """Return the shipped conventions of a name, or those of a YAML file; `day_first` overrules theirs.

    Raises:
        UsageError: there is neither such a name nor such a file.
        ConfigError: the file holds something else.
    """
    if name in _load_shipped():
        found = conventions_of(_load_shipped()[name])
    elif name.endswith((".yaml", ".yml")):
        found = conventions_of(load_model(Rules, Path(name)))
    else:
        raise UsageError(
            f"--as {name}: there are no such conventions; write one of {', '.join(_load_shipped())}, or a YAML "
            "file with `day_first` and `fields`"
        )
    return found if day_first is None else replace(found, day_first=day_first)


def written_conventions(value: Any) -> Conventions:
    """Return the conventions that a labels file states: a shipped name, or an object with `day_first` and `fields`.

    Raises:
        ValueError: it is neither; the message says why.
    """
    if isinstance(value, str):
        if value not in _load_shipped():
            raise ValueError(f"there are no conventions {value!r}; write one of {', '.join(_load_shipped())}")
        return conventions_for(value)
    try:
        return conventions_of(Rules.model_validate(value))
    except ValidationError as e:
        told = (f"{'.'.join(map(str, found['loc']))}: {found['msg']}".lstrip(": ") for found in e.errors())
        raise ValueError("; ".join(told)) from e
