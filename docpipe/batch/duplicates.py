"""Tells that a document was there before: the same bytes, the same seller, number and total, or near the same picture.

Documents are compared in the order in which they are added: the answer does not depend on which worker was first.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docpipe.batch.results_folder import stored_results
from docpipe.errors import UsageError
from docpipe.result import Result, ReviewItem
from docpipe.values.amounts import to_decimal
from docpipe.values.text import letters_digits

REASON = "duplicate_of"
_PART = re.compile(r"#(?:p\d+(?:-\d+)?|\d+)$")
NEAR = 10
"""Bits of 256 by which two pictures of one page may differ; on copies that were saved anew it is 0 to 6."""
PLAIN = 24
"""A picture with fewer bits than this on either side is next to empty, and like any other."""
MOST_COMPARED = 5_000
"""Pictures that a new one is compared with: the latest ones."""
DECIDING = ("invoice_number", "total_gross", "issue_date")
"""Fields that tell documents on one form apart, whose pictures are nearly the same."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of a document, so that a later one can be told to repeat it."""

    path: str
    key: tuple[str, str, str] | None
    """Seller, number and total; None where one of them is missing."""
    picture: int | None
    facts: tuple[str, ...]

    @classmethod
    def of(cls, result: Result, path: str | None = None) -> Seen:
        """Return what is remembered of a result, called `path`."""
        return cls(path or result.document.path, _key(result), _picture(result), _facts(result))

    @classmethod
    def read(cls, data: Any) -> Seen | None:
        """Return what `asdict` gave, read back from JSON; None where it is something else."""
        try:
            key, picture = data["key"], data["picture"]
            seller, number, total = key or ("", "", "")
            texts = (data["path"], seller, number, total, *data["facts"])
            if not all(isinstance(text, str) for text in texts) or not isinstance(picture, int | None):
                return None
            return cls(texts[0], (seller, number, total) if key else None, picture, texts[4:])
        except (TypeError, KeyError, ValueError):
            return None


class Duplicates:
    """What was seen. Holds `most` documents at most and forgets the oldest; None keeps all."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._by_bytes: OrderedDict[str, Seen] = OrderedDict()
        self._by_key: OrderedDict[tuple[str, str, str], Seen] = OrderedDict()
        self._pictures: list[Seen] = []

    def add(self, result: Result, path: str | None = None) -> Result:
        """Remember a document, called `path`, and return its result as it stands beside those before it."""
        seen = Seen.of(result, path)
        before = self._find(result.document.sha256, seen)
        self.remember(result.document.sha256, seen)
        return mark_duplicate(result, before)

    def remember(self, sha256: str, seen: Seen) -> None:
        """Remember a document."""
        if sha256:
            self._by_bytes.setdefault(_bytes_of(sha256, seen), seen)
        if seen.key is not None:
            self._by_key.setdefault(seen.key, seen)
        if seen.picture is not None:
            self._pictures.append(seen)
            del self._pictures[:-MOST_COMPARED]
        if self._most is not None:
            while len(self._by_bytes) > self._most:
                self._by_bytes.popitem(last=False)
            while len(self._by_key) > self._most:
                self._by_key.popitem(last=False)

    def _find(self, sha256: str, seen: Seen) -> tuple[str, str] | None:
        """Return the path of the document that a new one repeats, and by what that is told."""
        if (same := self._by_bytes.get(_bytes_of(sha256, seen))) is not None and same.path != seen.path:
            return same.path, "the same bytes"
        if seen.key is not None and (same := self._by_key.get(seen.key)) is not None and same.path != seen.path:
            return same.path, "the same seller, number and total"
        if seen.picture is None:
            return None
        for other in self._pictures:
            assert other.picture is not None
            near = (other.picture ^ seen.picture).bit_count() <= NEAR
            if near and other.path != seen.path and not _tell_apart(other.facts, seen.facts):
                return other.path, "nearly the same picture"
        return None


def _bytes_of(sha256: str, seen: Seen) -> str:
    """Return what equal bytes share: parts of one file (`a.pdf#p3-4`, `a.jpg#2`) are documents of their own."""
    part = _PART.search(seen.path)
    return sha256 + (part.group() if part is not None else "")


def mark_duplicate(result: Result, before: tuple[str, str] | None) -> Result:
    """Return a result that says which document it repeats, first of all that a person should look at; or no more so."""
    others = tuple(item for item in result.needs_review if item.reason != REASON)
    if before is not None:
        path, why = before
        message = f"It repeats {path}: {why}."
        item = ReviewItem(
            field="document", reason=REASON, confidence=0.0, threshold=0.0, rules=(), message=message, rival=path
        )
        others = (item, *others)
    return result if others == result.needs_review else result.model_copy(update={"needs_review": others})


def check_against(folders: Sequence[Path], out: Path) -> None:
    """Check that folders hold earlier results, before a run begins.

    Raises:
        UsageError: there is no such folder, it holds no result, or it is the run's own.
    """
    for folder in folders:
        if folder.resolve() == out.resolve():
            raise UsageError(f"--against {folder}: that is --out, whose documents are compared with each other anyway")
        try:
            next(stored_results(folder))
        except UsageError as e:
            raise UsageError(f"--against {e}") from e


def duplicates_of(folders: Sequence[Path]) -> Duplicates:
    """Return an index of what earlier runs left in some folders."""
    index = Duplicates()
    for folder in folders:
        for stored in stored_results(folder):
            index.add(stored.result, f"{folder}/{stored.result.document.path}")
    return index


def _key(result: Result) -> tuple[str, str, str] | None:
    """Return seller, number and total; None where one of them is missing."""
    seller = result.field("seller.tax_id").value or result.field("seller.name").value
    number, total = result.field("invoice_number").value, to_decimal(result.field("total_gross").value)
    if not seller or not number or total is None:
        return None
    return letters_digits(seller), letters_digits(number), f"{total.normalize():f}"


def _picture(result: Result) -> int | None:
    """Return the fingerprint of the first page; None where it is next to empty."""
    text = result.pages[0].picture_hash if result.pages else None
    if not text:
        return None
    value = int(text, 16)
    return value if PLAIN <= value.bit_count() <= 4 * len(text) - PLAIN else None


def _facts(result: Result) -> tuple[str, ...]:
    return tuple(letters_digits(result.field(path).value or "") for path in DECIDING)


def _tell_apart(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two documents say different things, so that they are two although they look alike."""
    return any(a and b and a != b for a, b in zip(one, other, strict=True))
