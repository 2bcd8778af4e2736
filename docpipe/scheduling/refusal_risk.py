"""How likely documents will have to be refused before the workers have caught up, at a backlog as it is now.

A queue in heavy traffic behaves like a Brownian motion with drift between two ends, empty and full; which end it comes
to first has a closed form (gambler's ruin; for queues: Kingman, 1962). Only + - x and / are used: `exp` differs between
C libraries, and decisions must replay to the bit.
"""

from __future__ import annotations

NEGLIGIBLE = 5.0
"""A risk below e ** -5, 1 in 150, counts as none: better rungs win more of a document than that."""
NO_DRIFT = 1e-3
"""Below it the closed form loses its digits to rounding, and its limit serves."""
LONG = 20.0
"""Beyond it the 1 in `e ** x - 1` makes no difference."""


def refusal_risk(queue_ms: float, room_ms: float, use: float, one_ms: float, burstiness: float) -> float:
    """Return the probability, 0 to 1, that the queue fills up before it is empty.

    Args:
        queue_ms: until all that waits and runs is served at the cheapest.
        room_ms: how long that may become before documents are refused.
        use: what arrives, at the cheapest, over what the workers can do; above 1 the queue grows.
        one_ms: of the mean document at the cheapest, over the workers; above 0.
        burstiness: squared coefficient of variation of the gaps between arrivals, plus that of the times.
    """
    if queue_ms >= room_ms:
        return 1.0
    per_ms = 2.0 * (1.0 - use) / (burstiness * one_ms)
    gone, whole = per_ms * queue_ms, per_ms * room_ms
    if whole - gone > NEGLIGIBLE:
        return 0.0
    if -NO_DRIFT < whole < NO_DRIFT:
        return queue_ms / room_ms
    if whole < 0.0:
        return (1.0 - 1.0 / _exp(-gone)) / (1.0 - 1.0 / _exp(-whole))
    if gone > LONG:
        return 1.0 / _exp(whole - gone)
    return (_exp(gone) - 1.0) / (_exp(whole) - 1.0)


def _exp(x: float) -> float:
    """Return e ** x for x from 0 on, nearly: (1 + x / 128) ** 128, by multiplication alone."""
    root = 1.0 + x / 128.0
    root *= root
    root *= root
    root *= root
    root *= root
    root *= root
    root *= root
    return root * root
