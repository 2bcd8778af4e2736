"""Memory of a device that calls may take beside what is loaded on it: tokens of a megabyte, handed out on lease. Pure.

A call takes all that it will need at once and gives it back at its end. As nobody holds some and waits for more, there
is no deadlock; a lease that nobody gives back expires, so a call that never ends keeps nothing from the others.
"""

from __future__ import annotations

from docpipe.scheduling.price import class_of

OOM_FACTOR = 1.3
"""By how much the estimate of a size class grows when one of it ran out of memory all the same."""


class MemoryTokens:
    """The tokens of one device. Granted = returned + expired + open, always. Moments are integer nanoseconds."""

    def __init__(self, total_mb: float) -> None:
        self.total_mb = max(total_mb, 0.0)
        self.granted = self.returned = self.expired = 0
        self._open: dict[int, tuple[float, int]] = {}

    @property
    def free_mb(self) -> float:
        """What may be taken now; never below 0."""
        return max(self.total_mb - sum(mb for mb, _ in self._open.values()), 0.0)

    @property
    def open(self) -> int:
        """How many leases are out."""
        return len(self._open)

    def take(self, now: int, mb: float, lease_ns: int) -> int | None:
        """Return a lease over so much, or None where it is not free.

        Who needs more than there is takes everything, and so runs alone.
        """
        mb = min(mb, self.total_mb)
        if mb > self.free_mb + 1e-9:
            return None
        self.granted += 1
        self._open[self.granted] = mb, now + lease_ns
        return self.granted

    def give_back(self, lease: int) -> bool:
        """Take a lease back; False where it had expired, which changes nothing."""
        found = self._open.pop(lease, None) is not None
        self.returned += found
        return found

    def expire(self, now: int) -> int:
        """End the leases that are over; return how many."""
        over = [lease for lease, (_, ends) in self._open.items() if ends <= now]
        for lease in over:
            del self._open[lease]
        self.expired += len(over)
        return len(over)

    def resize(self, total_mb: float) -> None:
        """Have other models loaded beside; leases stay as they are."""
        self.total_mb = max(total_mb, 0.0)


class PeakEstimates:
    """What calls will need at their peak, by what was measured, and more where that was too little before.

    An estimate only grows while the process lives; a new profile starts anew.
    """

    def __init__(self) -> None:
        self._factors: dict[tuple[str, str, int], float] = {}

    def mb(self, stage: str, rung: str, mb_per_unit: float, units: float, reference: float) -> float:
        """Return the megabytes of a call of that size; `reference` is the size of an ordinary one."""
        return mb_per_unit * units * self._factors.get((stage, rung, _size_class(units, reference)), 1.0)

    def ran_out(self, stage: str, rung: str, units: float, reference: float) -> None:
        """Expect more of this size class from now on."""
        key = stage, rung, _size_class(units, reference)
        self._factors[key] = self._factors.get(key, 1.0) * OOM_FACTOR


def _size_class(units: float, reference: float) -> int:
    return class_of(units / reference) if reference > 0 else 0
