"""Tells documents of companies that occur in training labels from those of companies that do not.

Receipts of one shop look alike, so a model scores better on shops it has learned from than on new ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rapidfuzz.distance import Levenshtein

from docpipe.lab.evaluation.comparing import bare
from docpipe.lab.evaluation.conventions import Conventions
from docpipe.lab.evaluation.labels import Label
from docpipe.lab.evaluation.scoring import Grouping

SAME_NAME, SAME_ADDRESS = 0.8, 0.85
"""Similarities on letters and digits from which a company counts as the same: rather one too many than a leak."""
LEAST_LETTERS = 8
"""How long a name must be to count as the same when it stands whole in another one."""

SEEN, UNSEEN = "company in training", "company not in training"


def by_company(training: Iterable[tuple[Label, Conventions]], rules: Conventions) -> Grouping:
    """Group documents by whether their seller, by name or by address, occurs in training labels.

    Documents without a labelled seller belong to neither group. `rules` say how the measured labels are meant, those of
    the training labels stand beside each.
    """
    names: set[str] = set()
    addresses: set[str] = set()
    for label, training_rules in training:
        names.update(_values(label, training_rules, "seller.name"))
        addresses.update(_values(label, training_rules, "seller.address"))
    known = _Companies(sorted(names), sorted(addresses))

    def group(label: Label) -> str | None:
        mine = list(_values(label, rules, "seller.name"))
        places = list(_values(label, rules, "seller.address"))
        if not mine and not places:
            return None
        return SEEN if any(map(known.has_name, mine)) or any(map(known.has_address, places)) else UNSEEN

    return group


class _Companies:
    """Names and addresses as letters and digits."""

    def __init__(self, names: list[str], addresses: list[str]) -> None:
        self._names = names
        self._addresses = addresses

    def has_name(self, name: str) -> bool:
        return any(self._same_name(name, other) for other in self._names)

    def _same_name(self, name: str, other: str) -> bool:
        shorter, longer = sorted((name, other), key=len)
        if len(shorter) >= LEAST_LETTERS and shorter in longer:
            return True
        return Levenshtein.normalized_similarity(name, other) >= SAME_NAME

    def has_address(self, address: str) -> bool:
        return any(Levenshtein.normalized_similarity(address, other) >= SAME_ADDRESS for other in self._addresses)


def _values(label: Label, rules: Conventions, path: str) -> Iterator[str]:
    for name, value in label.fields.items():
        target = rules.target(name)
        if target is not None and path in target.paths and bare(value):
            yield bare(value)
