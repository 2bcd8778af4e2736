"""What the first page shows: a card for each document, totals, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from docpipe.batch.cells import currency_of, decimals_of, money, number_of
from docpipe.result import Result, ReviewItem

MOST_ROWS = 200
"""Sellers or months that are listed, the largest first."""
REASONS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Card:
    """One document at a glance."""

    anchor: str
    path: str
    status: str
    seller: str
    number: str
    day: str
    total: str
    thumb: str
    pages: int
    review: Sequence[ReviewItem]
    more: int
    degraded: Sequence[str]

    @property
    def order(self) -> tuple[int, str]:
        """Failed ones first, then those to review, then degraded ones."""
        rank = (
            0 if self.status in ("failed", "refused") else 1 if self.review else 2 if self.status == "degraded" else 3
        )
        return rank, self.path

    @property
    def text(self) -> str:
        """What a search looks in."""
        return " ".join((self.path, self.seller, self.number, self.day, self.total)).lower()


@dataclass(frozen=True, slots=True)
class Total:
    """The gross totals of one seller or month in one currency; `share` of the largest of that currency, in percent."""

    of: str
    currency: str
    count: int
    total: str
    share: float


@dataclass
class Overview:
    """Counts over all documents."""

    statuses: Counter[str] = field(default_factory=Counter)
    review: int = 0
    pages: int = 0
    _sums: dict[tuple[str, str, str], tuple[int, Decimal]] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Count one document."""
        self.statuses[result.status] += 1
        self.review += bool(result.needs_review) and result.status != "failed"
        self.pages += result.document.pages_read
        total = number_of(result.field("total_gross").value)
        if total is None:
            return
        month = (result.field("issue_date").value or "–")[:7]
        for kind, of in (("seller", result.field("seller.name").value or "–"), ("month", month)):
            key = (kind, of, currency_of(result) or "–")
            count, so_far = self._sums.get(key, (0, Decimal(0)))
            self._sums[key] = (count + 1, so_far + total)

    def totals(self, kind: str) -> list[Total]:
        """Return the sums by `seller`, the largest first, or by `month`, in order."""
        found = [(of, currency, n, total) for (k, of, currency), (n, total) in self._sums.items() if k == kind]
        largest = {currency: max(abs(t) for _, c, _, t in found if c == currency) for _, currency, _, _ in found}
        found.sort()
        if kind == "seller":
            found.sort(key=lambda row: (row[1], -row[3]))
        return [
            Total(of, cur, n, money(f"{t:f}", decimals_of(cur)), 100 * float(abs(t) / (largest[cur] or 1)))
            for of, cur, n, t in found[:MOST_ROWS]
        ]


def card_of(result: Result, anchor: str, thumb: str) -> Card:
    """Return a document's card."""
    currency = currency_of(result)
    total = money(result.field("total_gross").value, decimals_of(currency))
    return Card(
        anchor=anchor,
        path=result.document.path,
        status=result.status,
        seller=result.field("seller.name").value or "",
        number=result.field("invoice_number").value or "",
        day=result.field("issue_date").value or "",
        total=f"{total} {currency or ''}".strip() if total else "",
        thumb=thumb,
        pages=result.document.pages,
        review=result.needs_review[:REASONS_SHOWN],
        more=max(len(result.needs_review) - REASONS_SHOWN, 0),
        degraded=list(dict.fromkeys(f"{d.stage} → {d.to_rung}: {d.trigger}" for d in result.degradations)),
    )
