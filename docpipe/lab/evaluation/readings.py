"""Results as they lie in folders, read leniently: a damaged one is a failed document, never an error here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lxml.etree import LxmlError

from docpipe.errors import UsageError
from docpipe.lab.evaluation.placed import PlacedText, around, as_shares
from docpipe.lab.evaluation.table_scores import Grid, grid_of_cells, grid_of_html

MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, LxmlError)


@dataclass(frozen=True, slots=True)
class FoundField:
    """A value that a result holds, as it stands there."""

    value: str
    confidence: float | None = None
    source: str = ""
    source_id: str = ""
    page: int | None = None
    """From 1."""
    polygon: tuple[tuple[float, float], ...] | None = None
    """Shares of the page."""


@dataclass(frozen=True)
class ReadDocument:
    """What was read from one document. By default nothing, which is what a missing result says."""

    status: str = "missing"
    pages: int = 0
    lines: tuple[PlacedText, ...] = ()
    fields: Mapping[str, FoundField] = field(default_factory=dict)
    """By dotted path; an empty field is not there."""
    items: tuple[Mapping[str, str], ...] = ()
    tables: tuple[Grid, ...] = ()
    review: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the result asks a person to look at: a path, and the reasons."""
    total_ms: float | None = None
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    """Why there is nothing, where that is known."""

    @property
    def answered(self) -> bool:
        """Whether there is a result at all."""
        return self.status not in ("missing", "failed")


class ResultFolder:
    """The results below a folder, by the document each is about; the names of the JSON files do not matter."""

    def __init__(self, root: Path) -> None:
        """Read every `*.json` below `root`.

        Raises:
            UsageError: there is no such folder.
        """
        if not root.is_dir():
            raise UsageError(f"--results {root}: there is no such folder; name one that `docpipe run --out` wrote")
        self.root = root
        self.unreadable: list[str] = []
        """Files that are no JSON, or name no document."""
        self._by_name: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for file in sorted(root.rglob("*.json")):
            try:
                result = json.loads(file.read_text(encoding="utf-8"))
                path = result["document"]["path"]
            except (ValueError, LookupError, TypeError, OSError, RecursionError):
                path = None
            if isinstance(path, str):
                self._by_name.setdefault(PurePosixPath(path).name, []).append((path, result))
            else:
                self.unreadable.append(file.relative_to(root).as_posix())

    @property
    def repeated(self) -> list[str]:
        """Documents about which several results say the same path, as where folders of several runs lie below."""
        counts = Counter(path for found in self._by_name.values() for path, _ in found)
        return [path for path, count in counts.items() if count > 1]

    def __len__(self) -> int:
        return sum(map(len, self._by_name.values()))

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Yield every result, as it stands in its file."""
        for found in self._by_name.values():
            yield from (result for _, result in found)

    def raw(self, file: str) -> Mapping[str, Any] | None:
        """Return the result for a document: of several of its name, the first whose folders agree furthest."""
        found = self._by_name.get(PurePosixPath(file).name)
        return max(found, key=lambda entry: _count_agreeing(entry[0], file))[1] if found else None

    def read_document(self, file: str) -> ReadDocument:
        """Return what the result for a document says."""
        raw = self.raw(file)
        if raw is None:
            return ReadDocument(why="no result")
        try:
            return read_result(raw)
        except MALFORMED as e:
            return ReadDocument("failed", why=f"the result does not follow the schema: {type(e).__name__}: {e}")


def _count_agreeing(a: str, b: str) -> int:
    """Return in how many parts two paths agree, from the end."""
    count = 0
    for x, y in zip(reversed(PurePosixPath(a).parts), reversed(PurePosixPath(b).parts), strict=False):
        if x != y:
            break
        count += 1
    return count


def read_result(result: Mapping[str, Any]) -> ReadDocument:
    """Return what a result says; that of a failed document says nothing, whatever else it holds.

    Raises:
        MALFORMED: a part that is scored does not follow the schema.
    """
    status = result["status"]
    if status == "failed":
        return ReadDocument("failed", why=_first_error(result))
    pages = result["pages"]
    sizes = {page["page"]: (page["width"], page["height"]) for page in pages}
    total_ms, stage_ms = _timings(result)
    return ReadDocument(
        status=status,
        pages=len(pages),
        lines=tuple(_line(line, page) for page in pages for line in page["lines"]),
        fields={path: _parse_field(node, sizes) for path, node in _each_filled(result["fields"])},
        items=tuple({name: str(node["value"]) for name, node in _each_filled(row)} for row in result["line_items"]),
        tables=tuple(grid_of_html(t["html"]) if t["html"] else grid_of_cells(t["cells"]) for t in result["tables"]),
        review=_review(result),
        total_ms=total_ms,
        stage_ms=stage_ms,
    )


def _line(line: Mapping[str, Any], page: Mapping[str, Any]) -> PlacedText:
    if not isinstance(line["text"], str):
        raise TypeError(f"a line's text is {line['text']!r}")
    polygon = line["polygon"] or around(line["bbox"])
    return PlacedText(line["text"], page["page"] - 1, as_shares(polygon, page["width"], page["height"]))


def _each_filled(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the dotted path of every field object that holds a value."""
    for name, child in node.items():
        if not isinstance(child, Mapping):
            continue
        if "value" not in child:
            yield from _each_filled(child, f"{prefix}{name}.")
        elif child["value"] not in (None, ""):
            yield prefix + name, child


def _parse_field(node: Mapping[str, Any], sizes: Mapping[Any, tuple[float, float]]) -> FoundField:
    """Return a field; what only a picture or a curve needs is dropped where it is malformed."""
    confidence, page, polygon = node.get("confidence"), node.get("page"), None
    try:
        box = node.get("polygon") or around(node["bbox"])
        polygon = as_shares(box, *sizes[page])
    except MALFORMED:
        page = None
    number = isinstance(confidence, (int, float)) and 0 <= confidence <= 1
    return FoundField(
        str(node["value"]),
        float(confidence) if number and confidence is not None else None,
        str(node.get("source") or ""),
        str(node.get("source_id") or ""),
        page,
        polygon,
    )


def _review(result: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what needs review; results of schema 1.0 have no such list, and ask for nothing."""
    reasons: dict[str, tuple[str, ...]] = {}
    for entry in result.get("needs_review", []):
        path = str(entry["field"])
        reasons[path] = (*reasons.get(path, ()), str(entry.get("reason") or ""))
    return reasons


def _timings(result: Mapping[str, Any]) -> tuple[float | None, dict[str, float]]:
    """Return the milliseconds of a document and of its stages, as far as they are there."""
    try:
        timings = result["timings"]
        stages = {str(name): float(ms) for name, ms in timings["stages"].items() if ms is not None}
        return float(timings["total_ms"]), stages
    except MALFORMED:
        return None, {}


def _first_error(result: Mapping[str, Any]) -> str:
    try:
        return str(result["errors"][0]["message"])
    except MALFORMED:
        return ""
