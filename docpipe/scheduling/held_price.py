"""A price that rises at once and falls only after a hold: for those who want equal documents treated equally.

Between two of its moves a document's rungs follow from the document alone (its size, deadline and caller), not from who
else happened to wait. Prices stand on a fixed grid, so that small changes are no moves.
"""

from __future__ import annotations

from bisect import bisect_left

LEAST_PRICE, STEP, STEPS = 1e-9, 1.5, 56
"""Accuracy per millisecond of the lowest price above 0, each next one over the one before, and how many there are."""
PARTS = 6
"""Into how many parts the hold is cut; of each the highest price seen is remembered."""


def _grid() -> tuple[float, ...]:
    prices, price = [0.0], LEAST_PRICE
    for _ in range(STEPS):  # by multiplication alone, so that every machine has the same bits
        prices.append(price)
        price *= STEP
    return tuple(prices)


GRID = _grid()


class HeldPrice:
    """The price in force. Moments are integer nanoseconds."""

    def __init__(self, hold_ns: int) -> None:
        """`hold_ns` is how long a price stays before a lower one takes its place."""
        self.per_ms = 0.0
        self.moved_at = 0
        self._hold_ns, self._part_ns = hold_ns, max(hold_ns // PARTS, 1)
        self._part = 0
        self._highest = [0.0] * PARTS

    def see(self, now: int, per_ms: float) -> bool:
        """Take note of what a millisecond is worth now; return whether the price in force moved.

        It rises at once. After a hold without a move it falls to the highest that was seen within the hold.
        """
        part = now // self._part_ns
        known = self._highest[part % PARTS] if part == self._part else 0.0
        if per_ms <= known and per_ms <= self.per_ms and now - self.moved_at < self._hold_ns:
            return False  # most of the time: nothing is new
        rounded = GRID[min(bisect_left(GRID, per_ms), STEPS)] if per_ms else 0.0
        if part > self._part:
            for passed in range(self._part + 1, min(part, self._part + PARTS) + 1):
                self._highest[passed % PARTS] = 0.0
            self._part = part
        if rounded > self._highest[part % PARTS]:
            self._highest[part % PARTS] = rounded
        if rounded > self.per_ms:
            return self._move(now, rounded)
        if self.per_ms and now - self.moved_at >= self._hold_ns and (highest := max(self._highest)) < self.per_ms:
            return self._move(now, highest)
        return False

    def hold_for(self, now: int, hold_ns: int) -> None:
        """Hold so long from now on; what was seen within the hold before counts as if it had been seen at once."""
        if hold_ns == self._hold_ns:
            return
        self._hold_ns, self._part_ns = hold_ns, max(hold_ns // PARTS, 1)
        self._part, highest = now // self._part_ns, max(self._highest)
        self._highest = [0.0] * PARTS
        self._highest[self._part % PARTS] = highest

    def next_higher(self) -> float:
        """Return the price above the one in force; the same where there is none."""
        return GRID[min(bisect_left(GRID, self.per_ms) + 1, STEPS)]

    def _move(self, now: int, per_ms: float) -> bool:
        self.per_ms, self.moved_at = per_ms, now
        return True
