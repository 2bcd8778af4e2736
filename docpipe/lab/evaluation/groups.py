"""Groups of documents of one issuer: alike names or alike addresses, so that no shop is in training and measuring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz.distance import Levenshtein

from docpipe.values.text import letters_digits

ALIKE = 0.8
"""Names or addresses at least so similar are of one issuer."""


def alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Say whether two documents seem to come from one issuer, by the labels of seller and address."""
    for path in ("seller.name", "seller.address"):
        a, b = letters_digits(one.get(path, "")), letters_digits(other.get(path, ""))
        if len(a) >= 4 and len(b) >= 4:
            short, long = sorted((a, b), key=len)
            if (len(short) >= 6 and short in long) or Levenshtein.normalized_similarity(
                a, b, score_cutoff=ALIKE
            ) >= ALIKE:
                return True
    return False


def issuers(fields: Sequence[Mapping[str, str]]) -> list[int]:
    """Return a group number for each document; chains of alike documents are one group."""
    group = list(range(len(fields)))

    def root(index: int) -> int:
        while group[index] != index:
            index = group[index]
        return index

    for i in range(len(fields)):
        for j in range(i):
            if root(i) != root(j) and alike(fields[i], fields[j]):
                group[max(root(i), root(j))] = min(root(i), root(j))
    return [root(i) for i in range(len(fields))]


def folds(groups: Sequence[int], count: int) -> list[int]:
    """Return a fold for each document: whole groups, the largest first, each to the smallest fold."""
    sizes = {group: groups.count(group) for group in set(groups)}
    fold: dict[int, int] = {}
    filled = [0] * count
    for group in sorted(sizes, key=lambda g: (-sizes[g], g)):
        target = min(range(count), key=lambda f: (filled[f], f))
        fold[group] = target
        filled[target] += sizes[group]
    return [fold[group] for group in groups]
