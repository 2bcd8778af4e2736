"""How a rule pack does on labelled documents (`docpipe rules test`), and what a rule of it says (`docpipe explain`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docpipe.document import Document, Page, TextLine
from docpipe.errors import Complaint, ConfigError
from docpipe.stages.key_fields.compiled_pack import PackSet, Prepared, load_pack, shipped_packs
from docpipe.stages.key_fields.extract import read
from docpipe.stages.key_fields.pack import FIELD_TYPES
from docpipe.values.amounts import find_amounts, to_decimal
from docpipe.values.dates import parse_date
from docpipe.values.text import letters_digits

ALIASES = {
    "company": "seller.name", "date": "issue_date", "address": "seller.address", "total": "total_gross",
    "advertiser": "buyer.name", "contract_num": "contract_number", "gross_amount": "total_gross",
    "flight_from": "period_start", "flight_to": "period_end", "seller": "seller.name", "buyer": "buyer.name",
    "seller_tax_id": "seller.tax_id", "buyer_tax_id": "buyer.tax_id", "machine_number": "machine_code",
    "net": "total_net", "tax": "total_tax", "number": "invoice_number",
}  # fmt: skip
"""Names that labelled sets use for canonical fields."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A labelled field that was read otherwise, or not at all."""

    document: str
    field: str
    expected: str
    got: str | None
    rule: str | None


@dataclass(frozen=True)
class Evaluation:
    """Counts for each labelled field, and what went wrong."""

    documents: int
    labelled: Mapping[str, int]
    found: Mapping[str, int]
    right: Mapping[str, int]
    mistakes: tuple[Mistake, ...]

    @property
    def f1(self) -> float:
        """Micro F1 over all labelled fields, 0 to 1: a wrong value costs twice, an empty one once."""
        total = sum(self.labelled.values()) + sum(self.found.values())
        return 2 * sum(self.right.values()) / total if total else 0.0


def evaluate(pack: str, labels: Path, packs: PackSet | None = None) -> Evaluation:
    """Read every labelled document by a pack and compare.

    Args:
        pack: the name of a shipped pack, `auto`, or the path of a YAML file.
        labels: one JSON object a line, with `fields`, and `lines` of `text`, `polygon` and perhaps `page` (from 0).

    Raises:
        ConfigError: the pack is wrong or unknown, or the labels cannot be read.
    """
    packs, name = _resolve(pack, packs)
    labelled: dict[str, int] = {}
    found: dict[str, int] = {}
    right: dict[str, int] = {}
    mistakes: list[Mistake] = []
    count = 0
    for document, expected in labelled_documents(labels):
        count += 1
        reading = read(document, packs, name)
        for path, want in expected.items():
            labelled[path] = labelled.get(path, 0) + 1
            field = reading.fields.get(path)
            got = field.value if field is not None else None
            found[path] = found.get(path, 0) + (got is not None)
            day_first = packs.packs[reading.pack].pack.locale.day_first
            if got is not None and comparable(path, want, day_first) == comparable(path, got, day_first):
                right[path] = right.get(path, 0) + 1
            else:
                mistakes.append(Mistake(document.path, path, want, got, field.source_id if field else None))
    return Evaluation(count, labelled, found, right, tuple(mistakes))


def _resolve(pack: str, packs: PackSet | None) -> tuple[PackSet, str]:
    if pack.endswith((".yaml", ".yml")):
        prepared = load_pack(Path(pack))
        return PackSet({prepared.name: prepared}, ""), prepared.name
    packs = packs or shipped_packs()
    if pack != "auto":
        packs.named(pack)
    return packs, pack


def labelled_documents(labels: Path) -> Iterator[tuple[Document, dict[str, str]]]:
    """Yield each labelled document that has lines, and its canonical fields.

    Raises:
        ConfigError: the file is missing, or a line of it is no labelled document.
    """
    try:
        text = labels.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(labels, [Complaint(1, "", f"cannot be read: {e}")]) from e
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if entry.get("lines"):
                yield _document(entry, number), _expected(entry)
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            raise ConfigError(labels, [Complaint(number, "", f"not a labelled document: {e!r}")]) from e


def _document(entry: Mapping[str, Any], number: int) -> Document:
    sizes = entry.get("page_sizes") or [[entry.get("width") or 1000, entry.get("height") or 1000]]
    pages = []
    for index, (width, height) in enumerate(sizes):
        lines = [line for line in entry["lines"] if line.get("page", 0) == index]
        pages.append(Page(index + 1, round(width), round(height), lines=tuple(_lines(lines, index + 1))))
    name = str(entry.get("file") or f"line {number}")
    return Document(name, name, "", "application/octet-stream", 0, len(pages), tuple(pages))


def _lines(lines: list[Mapping[str, Any]], page: int) -> Iterator[TextLine]:
    for number, line in enumerate(lines, 1):
        a, b, c, d = ((float(x), float(y)) for x, y in line["polygon"])
        yield TextLine(f"{page}-{number}", str(line["text"]), float(line.get("confidence", 1.0)), (a, b, c, d))


def _expected(entry: Mapping[str, Any]) -> dict[str, str]:
    fields = {ALIASES.get(name, name): str(value) for name, value in entry.get("fields", {}).items() if value}
    return {path: value for path, value in fields.items() if path in FIELD_TYPES}


def comparable(path: str, value: str, day_first: bool = True) -> object:
    """Return a value in the form in which it is compared: a date, a number, or letters and digits."""
    kind = FIELD_TYPES[path]
    if kind == "date":
        return parse_date(value, day_first) or value
    if kind == "amount":
        exact = to_decimal(value)
        if exact is not None:
            return exact
        found = find_amounts(value)
        return found[0].decimal if len(found) == 1 else value
    return letters_digits(value)


def rule_text(source_id: str, packs: PackSet | None = None) -> str | None:
    """Return what the rule of a field's `source_id` says, such as its labels; None for what is no single rule."""
    name, _, rest = source_id.partition(".")
    prepared = (packs or shipped_packs()).packs.get(name)
    if prepared is None:
        return None
    if rest in prepared.rules:
        rule = prepared.rules[rest]
        parts = [f"labels {', '.join(rule.labels)}"] if rule.labels else []
        return "; ".join([*parts, *([f"shape {rule.match}"] if rule.match else []), f"value {', '.join(rule.where)}"])
    return _amount_text(prepared, rest)


def _amount_text(prepared: Prepared, rest: str) -> str | None:
    kind, _, number = rest.partition(".")
    if kind != "amounts" or not number.isdigit() or not 0 < int(number) <= len(prepared.pack.amounts):
        return None
    rule = prepared.pack.amounts[int(number) - 1]
    return f"{rule.kind} (score {rule.score:g}) beside {', '.join(rule.match)}"
