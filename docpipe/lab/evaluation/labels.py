"""Labelled documents: a `labels.jsonl` file, one JSON object a line, beside the documents it is about."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml.etree import LxmlError

from docpipe.batch.corrected_labels import corrected_labels
from docpipe.batch.corrections import NAME as CORRECTIONS
from docpipe.errors import Complaint, ConfigError, UsageError
from docpipe.inputs.names import printable
from docpipe.inputs.source import Source
from docpipe.lab.evaluation.conventions import Conventions, conventions_for, written_conventions
from docpipe.lab.evaluation.placed import PlacedText, as_shares
from docpipe.lab.evaluation.table_scores import Grid, grid_of_html
from docpipe.result import ITEM_CELLS

FILE = "labels.jsonl"
_SHAPE = "see docs/evaluation.md for what a line of labels holds"

_NUMERIC_DATE = re.compile(r"\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*\d{2,4}\b")

ITEM_ALIASES = {
    "name": "description", "desc": "description", "qty": "quantity", "price_unit": "unit_price",
    "line_total": "net_amount", "price_subtotal": "net_amount", "price": "net_amount",
}  # fmt: skip
"""Names that labelled sets use for the cells of a row."""


@dataclass(frozen=True)
class Label:
    """One labelled document. What is None was not labelled, and is not scored."""

    file: str
    """Below the folder of its labels."""
    pages: int
    lines: tuple[PlacedText, ...] | None
    fields: Mapping[str, str]
    items: tuple[Mapping[str, str], ...] | None
    table: Grid | None
    keys: Mapping[str, Any] = field(repr=False)
    """The whole entry, to group by."""

    @cached_property
    def boxed(self) -> bool:
        """Whether every line says where it stands, so that finding can be scored."""
        return self.lines is not None and all(line.polygon for line in self.lines)


@dataclass(frozen=True)
class LabelledSet:
    """The labels of one folder."""

    name: str
    folder: Path
    labels: tuple[Label, ...]
    conventions: Conventions

    def source(self, label: Label) -> Source:
        """Return the document itself, called by the set's name and its own, so that sets stay apart in one folder."""
        return Source(printable(f"{self.name}/{label.file}"), self.folder / label.file)

    def first(self, count: int | None) -> LabelledSet:
        """Return the same set with its first documents only."""
        return self if count is None else replace(self, labels=self.labels[:count])


def canonical_fields(label: Label, conventions: Conventions) -> dict[str, str]:
    """Return what is labelled by the path of a result where it is at home; labels without one are left out."""
    targets = {name: conventions.target(name) for name in label.fields}
    return {target.paths[0]: label.fields[name] for name, target in targets.items() if target is not None}


def contradicted_order(labelled: LabelledSet) -> str | None:
    """Return a labelled date that can only be meant the other way than its set's conventions say, if all can be."""
    day_first = labelled.conventions.day_first
    against = None
    for label in labelled.labels:
        for name, value in label.fields.items():
            target = labelled.conventions.target(name)
            numbers = _NUMERIC_DATE.match(value) if target is not None and target.kind == "date" else None
            if numbers is None:
                continue
            first, second = (int(number) > 12 for number in numbers.groups())
            if first and not second if day_first else second and not first:
                return None
            if first != second:
                against = against or value
    return against


def read_sets(
    paths: Sequence[Path],
    *,
    conventions: Sequence[str] = (),
    day_first: bool | None = None,
    without_file: bool = False,
) -> list[LabelledSet]:
    """Read one or more sets, each named after its folder; a folder stands for its `labels.jsonl`.

    Args:
        conventions: how labels are meant, where their file does not say so: the name of shipped conventions or a YAML
            file, for one set as `FOLDER=NAME`; they overrule the file.
        day_first: how dates of only numbers are meant, where the conventions are not to say so.
        without_file: whether entries without a `file` are read, too.

    Raises:
        ConfigError: a file is missing, or a line of it is no labelled document.
        UsageError: there are no such conventions, or no set of that folder.
    """
    files = [path / FILE if path.is_dir() else path for path in paths]
    folders = [file.resolve().parent for file in files]
    times = Counter(folder.name for folder in folders)
    chosen = _choose_conventions(conventions, set(times))
    sets = []
    for number, (file, folder) in enumerate(zip(files, folders, strict=True), 1):
        name = folder.name if times[folder.name] == 1 else f"{folder.name}-{number}"
        said = chosen.get(folder.name, chosen.get(""))
        rules = conventions_for(said) if said else stated_conventions(file)
        if day_first is not None:
            rules = replace(rules, day_first=day_first)
        sets.append(LabelledSet(name, folder, tuple(read_labels(file, without_file=without_file)), rules))
    return sets


def _choose_conventions(conventions: Sequence[str], folders: set[str]) -> dict[str, str]:
    """Return the names of conventions by folder; that of all other folders under an empty name."""
    chosen: dict[str, str] = {}
    for text in conventions:
        folder, equals, name = text.rpartition("=")
        if equals and not (folder and name):
            raise UsageError(f"--as {text}: write NAME, or FOLDER=NAME for one set")
        if equals and folder not in folders:
            raise UsageError(f"--as {text}: no labels in a folder {folder} are read; {', '.join(sorted(folders))} are")
        chosen[folder] = name
    return chosen


def entries_of(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the JSON objects of a labels file, each with the number of its line.

    Where a folder has none but results that people corrected, what they looked at are its labels.

    Raises:
        ConfigError: the file is missing, is not JSON Lines, or holds nothing.
    """
    if file.name == FILE and not file.exists() and (file.parent / CORRECTIONS).is_file():
        yield from enumerate(corrected_labels(file.parent), 1)
        return
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as e:
        raise ConfigError(file, [Complaint(1, "", f"there is no such file; name a {FILE} or its folder")]) from e
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(file, [Complaint(1, "", f"cannot be read as UTF-8 text: {e}")]) from e
    seen = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        seen += 1
        try:
            entry = json.loads(line)
        except ValueError as e:
            hint = " (this looks like one JSON document; write one object a line)" if number == 1 else ""
            raise ConfigError(file, [Complaint(number, "", f"not JSON: {e}{hint}")]) from e
        if not isinstance(entry, dict):
            raise ConfigError(file, [Complaint(number, "", f"not a JSON object; {_SHAPE}")])
        if not isinstance(entry.get("fields") or {}, dict):
            raise ConfigError(file, [Complaint(number, "fields", f"must be an object, name to value; {_SHAPE}")])
        if "conventions" in entry and seen > 1:
            raise ConfigError(file, [Complaint(number, "conventions", "may stand in the first entry only")])
        yield number, entry
    if not seen:
        raise ConfigError(file, [Complaint(1, "", f"no document is labelled here; {_SHAPE}")])


def stated_conventions(file: Path) -> Conventions:
    """Return the conventions that the first entry of a labels file states, or the general ones.

    Raises:
        ConfigError: the file cannot be read, or states something else.
    """
    number, entry = next(entries_of(file))
    try:
        return written_conventions(entry["conventions"]) if "conventions" in entry else conventions_for()
    except ValueError as e:
        raise ConfigError(file, [Complaint(number, "conventions", str(e))]) from e


def read_labels(file: Path, *, without_file: bool = False) -> Iterator[Label]:
    """Yield the entries of a labels file; those without a `file`, which are for training, only if asked for.

    Raises:
        ConfigError: the file is missing or is not JSON Lines, or an entry is no labelled document.
    """
    for number, entry in entries_of(file):
        if not entry.get("file") and (not without_file or entry.keys() <= {"conventions", "file"}):
            continue
        try:
            yield read_label(entry)
        except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, LxmlError) as e:
            complaint = f"not a labelled document: {type(e).__name__}: {e}; {_SHAPE}"
            raise ConfigError(file, [Complaint(number, "", complaint)]) from e


def read_label(entry: Mapping[str, Any]) -> Label:
    """Return one entry.

    Raises:
        LookupError, ValueError, TypeError, AttributeError, ArithmeticError, lxml.etree.LxmlError: it is malformed.
    """
    sizes = entry.get("page_sizes") or [[entry.get("width") or 0, entry.get("height") or 0]]
    return Label(
        file=str(entry.get("file") or ""),
        pages=len(sizes),
        lines=tuple(_line(line, sizes) for line in entry["lines"]) if "lines" in entry else None,
        fields={name: str(value) for name, value in entry.get("fields", {}).items() if value not in (None, "")},
        items=tuple(filter(None, map(_item, entry["line_items"]))) if "line_items" in entry else None,
        table=grid_of_html(entry["table_html"]) if entry.get("table_html") else None,
        keys=entry,
    )


def _line(line: Mapping[str, Any], sizes: Sequence[Sequence[float]]) -> PlacedText:
    page = line.get("page", 0)
    polygon = as_shares(line["polygon"], *sizes[page]) if "polygon" in line else None
    return PlacedText(str(line["text"]), page, polygon)


def _item(row: Mapping[str, Any]) -> dict[str, str]:
    named = ((ITEM_ALIASES.get(name, name), value) for name, value in row.items())
    return {name: str(value) for name, value in named if name in ITEM_CELLS and value not in (None, "")}
