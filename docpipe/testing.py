"""What tests need instead of the real thing: a clock that moves when told."""

from __future__ import annotations


class FakeClock:
    """A monotonic clock in integer nanoseconds that stands still until it is advanced."""

    def __init__(self, start_ns: int = 0) -> None:
        self.now_ns = start_ns

    def __call__(self) -> int:
        """Return the present moment in nanoseconds, as `time.monotonic_ns` does."""
        return self.now_ns

    def advance(self, seconds: float) -> int:
        """Move on by `seconds` (to the nearest nanosecond) and return the new moment.

        Raises:
            ValueError: the step is negative; a monotonic clock never goes back.
        """
        if seconds < 0:
            raise ValueError(f"a monotonic clock cannot go back by {-seconds} s")
        self.now_ns += round(seconds * 1_000_000_000)
        return self.now_ns
