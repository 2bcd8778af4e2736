"""The total in Chinese capitals, which says what it is where a recogniser lost a digit of the figures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from docpipe.stages.key_fields.arithmetic import strongest
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.pack import AmountKind
from docpipe.values.capitals import find_capitals, read_capitals

AGREES = 0.5
PROVEN = 1.6
"""More than any label can reach: net and tax add up to the words, and no figure says so."""


def in_words(
    page: PageView, by_kind: Mapping[AmountKind, Mapping[Decimal, float]], printed: Collection[Decimal]
) -> Iterator[Candidate]:
    """Yield the total in capitals; it outweighs one in figures that net and tax refute."""
    sums = {net + tax for net in strongest(by_kind.get("total_net", {})) for tax in by_kind.get("total_tax", {})}
    for row in page.layout.rows:
        words = find_capitals("".join(cell.text for cell in row))
        value = read_capitals(words) if words else None
        if words and value is not None:
            score = PROVEN if value in sums and value not in printed else AGREES
            rule = f"{page.compiled.name}.capitals"
            yield Candidate("total_gross", f"{value:.2f}", words, score, rule, row, cap=0.95)
