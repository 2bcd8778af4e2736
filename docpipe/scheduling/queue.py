"""Who waits, in the order in which they are served: priority first, then arrival; those without a deadline last."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from docpipe.scheduling.ladder import JointLadder

NEVER = 1 << 62
"""The deadline of a document that has none, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Request:
    """One document that asks for service. Moments are nanoseconds of one monotonic clock."""

    number: int
    """Rises with every request; tells them apart and keeps the order of arrival."""
    arrived: int
    size: float
    """Expected time on the best rungs over that of the reference document; 1 is ordinary."""
    deadline: int = NEVER
    priority: int = 0
    """Higher is served first."""
    ladder: JointLadder | None = None
    """What this caller allows; None where everything is allowed."""
    may_refuse: bool = True
    """False for a caller who would rather wait than be refused."""

    @property
    def has_deadline(self) -> bool:
        """Whether anybody waits for it at a moment of time."""
        return self.deadline < NEVER


class WaitingQueue:
    """Requests by priority, then arrival. Adding and taking cost O(log n), looking at the first O(1)."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, Request]] = []
        self._gone: set[int] = set()
        self._live: dict[int, Request] = {}
        self._size_by_rank: dict[tuple[int, int], float] = {}

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[Request]:
        """Yield those that wait, in the order of arrival."""
        return iter(self._live.values())

    def add(self, request: Request) -> None:
        """Let a request wait."""
        late, rank = _rank(request)
        heapq.heappush(self._heap, (late, rank, request.number, request))
        self._live[request.number] = request
        self._size_by_rank[late, rank] = self._size_by_rank.get((late, rank), 0.0) + request.size

    def first(self) -> Request | None:
        """Return the request that is served next, or None."""
        while self._heap and self._heap[0][2] in self._gone:
            self._gone.discard(heapq.heappop(self._heap)[2])
        return self._heap[0][3] if self._heap else None

    def take(self) -> Request | None:
        """Remove and return the request that is served next, or None."""
        request = self.first()
        if request is not None:
            heapq.heappop(self._heap)
            self._forget(request)
        return request

    def cancel(self, number: int) -> Request | None:
        """Remove a request that nobody waits for any more; None where it does not wait."""
        request = self._live.get(number)
        if request is not None:
            self._gone.add(number)
            self._forget(request)
        return request

    def size(self) -> float:
        """Return the sum of sizes of all that wait."""
        return sum(self._size_by_rank.values())

    def size_ahead_of(self, request: Request) -> float:
        """Return the sum of sizes that would be served before a request that arrives now."""
        own = _rank(request)
        return sum(size for rank, size in self._size_by_rank.items() if rank <= own)

    def oldest(self) -> int | None:
        """Return the moment at which the one that waits longest arrived; None where nobody waits."""
        return next((request.arrived for request in self._live.values()), None)

    def _forget(self, request: Request) -> None:
        del self._live[request.number]
        rank = _rank(request)
        left = self._size_by_rank[rank] - request.size
        if left > 1e-9:  # else nobody of this rank is left but rounding
            self._size_by_rank[rank] = left
        else:
            del self._size_by_rank[rank]


def _rank(request: Request) -> tuple[int, int]:
    return (0 if request.has_deadline else 1, -request.priority)
