"""Chooses the documents that were read worst."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean

from docpipe.lab.evaluation.scoring import ScoredDocument

PARTS = ("fields", "words plain", "line items", "TEDS")
"""What a document's badness is made of, as far as it is labelled."""


def badness(document: ScoredDocument) -> float:
    """Return how much of what is labelled was not read, 0 to 1."""
    shares = [document.tallies[part].share for part in PARTS if part in document.tallies]
    lost = [1 - share for share in shares if share is not None]
    return mean(lost) if lost else 0.0


def worst_of(sets: Sequence[Sequence[ScoredDocument]], count: int) -> list[list[ScoredDocument]]:
    """Return the worst documents of each set, worst first, `count` in all, shared out as evenly as there are mistakes.

    Documents without a mistake are never among them.
    """
    ranked = [
        [document for document in sorted(documents, key=lambda d: (-badness(d), d.label.file)) if badness(document) > 0]
        for documents in sets
    ]
    taken = list(_share_places([len(documents) for documents in ranked], count))
    return [documents[:number] for documents, number in zip(ranked, taken, strict=True)]


def _share_places(there: Sequence[int], count: int) -> Iterator[int]:
    """Yield how many each gets, smallest first in line for an even share."""
    shares = dict.fromkeys(range(len(there)), 0)
    left = count
    for rank, i in enumerate(sorted(shares, key=lambda i: (there[i], i))):
        shares[i] = min(there[i], -(-left // (len(there) - rank)))
        left -= shares[i]
    yield from (shares[i] for i in range(len(there)))
