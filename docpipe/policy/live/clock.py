"""The moment, in integer nanoseconds that never go back: the same for all processes of a machine."""

from __future__ import annotations

import time


def now_ns() -> int:
    """Return the time since the machine started, with the time that it was suspended (`CLOCK_BOOTTIME` on Linux).

    Elsewhere the monotonic clock stands for it, which may stop while the machine sleeps.
    """
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if boot is None else time.clock_gettime_ns(boot)
