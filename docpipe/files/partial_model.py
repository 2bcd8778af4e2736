"""Reads as much of a file as is right, so that one pass names all that is wrong: what a mistake hides included."""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from docpipe.files.complaint_words import describe_error

M = TypeVar("M", bound=BaseModel)
Loc = tuple[int | str, ...]

MOST_ROUNDS = 20
"""So often what is wrong is left out and the rest read again; a deeper file is told the rest the next time."""


@dataclass
class Partial(Generic[M]):
    """What could be read of a file, and each complaint with its place in the file as it was written."""

    model: M | None = None
    """Of the data without what is wrong; None where nothing was left."""
    complaints: list[tuple[Loc, str]] = field(default_factory=list)
    left_out: list[Loc] = field(default_factory=list)
    _data: Any = None
    _places: dict[int, list[int]] = field(default_factory=dict)
    """By the identity of a list that lost entries: where the others stood before."""

    def place(self, loc: Loc) -> Loc:
        """Return where in the file something stands that stands at `loc` in `model`."""
        found: list[int | str] = []
        node = self._data
        for part in loc:
            at = part
            if isinstance(node, list) and isinstance(part, int) and part < len(node):
                at, node = self._places.get(id(node), range(len(node)))[part], node[part]
            elif isinstance(node, Mapping) and part in node:
                node = node[part]
            found.append(at)
        return tuple(found)

    def follows(self, loc: Loc) -> bool:
        """Whether a complaint at a place of the file may come from what was left out there, above or below."""
        return any(loc[: len(gone)] == gone[: len(loc)] for gone in self.left_out)


def read_partly(model: type[M], data: Any, context: Mapping[str, object] | None = None) -> Partial[M]:
    """Check data against a model, again and again without what is wrong."""
    found: Partial[M] = Partial(_data={} if data is None else copy.deepcopy(data))
    for _ in range(MOST_ROUNDS):
        try:
            found.model = model.model_validate(found._data, context=context)
            return found
        except ValidationError as e:
            items = [dict(item) for item in e.errors(include_url=False)]
        for loc, text in describe_errors(items, found._data, model):
            if not found.follows(found.place(loc)):
                found.complaints.append((found.place(loc), text))
        if not _leave_out(found, items):
            return found
    return found


def describe_errors(items: list[dict[str, Any]], data: Any, model: type[BaseModel]) -> list[tuple[Loc, str]]:
    """Return each of pydantic's errors with its place in the data and a sentence, one for each place."""
    complaints: dict[Loc, str] = {}
    for item in items:
        if item["type"] == "too_short" and any(_below(other["loc"], item["loc"]) for other in items):
            continue  # only short of the entries that are wrong themselves
        loc = standing(data, tuple(item["loc"]))
        if item["type"] == "missing":
            loc = (*loc, item["loc"][-1])
        complaints.setdefault(loc, describe_error(item, model))  # of a union's parts the first speaks for all
    return list(complaints.items())


def standing(data: Any, loc: Loc) -> Loc:
    """Return the part of a place that there is: pydantic names types of a union and fields left out besides."""
    found: list[int | str] = []
    node = data
    for part in loc:
        in_block = isinstance(node, Mapping) and part in node
        if in_block or (isinstance(node, list) and isinstance(part, int) and part < len(node)):
            node = node[part]
            found.append(part)
    return tuple(found)


def _below(loc: Loc, above: Loc) -> bool:
    return len(loc) > len(above) and loc[: len(above)] == above


def _leave_out(found: Partial[Any], items: list[dict[str, Any]]) -> bool:
    """Take what is wrong out of the data; say whether there was anything to take."""
    places = sorted({standing(found._data, tuple(item["loc"])) for item in items}, key=_deepest_last_first)
    taken = False
    for loc in places:
        if not loc:
            continue
        gone = found.place(loc)
        parent: Any = found._data
        for part in loc[:-1]:
            parent = parent[part]
        if isinstance(parent, list) and isinstance(loc[-1], int):
            places_left = found._places.setdefault(id(parent), list(range(len(parent))))
            del places_left[loc[-1]], parent[loc[-1]]
        elif isinstance(parent, MutableMapping):
            del parent[loc[-1]]
        found.left_out.append(gone)
        taken = True
    return taken


def _deepest_last_first(loc: Loc) -> tuple[int, list[tuple[int, int, str]]]:
    """Order places so that taking one out moves none of those that follow."""
    return -len(loc), [(0, -part, "") if isinstance(part, int) else (1, 0, part) for part in loc]
