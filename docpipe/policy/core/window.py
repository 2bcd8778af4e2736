"""What the samples of the last seconds say: percentiles and ratios, O(1) to add to. All values are frozen.

Latencies fall into buckets of a log-linear histogram, 32 to each octave, found by `bit_length` (the layout of
HdrHistogram): a value read back is within 1.6 % of the one put in. A window is a ring of one-second histograms, kept as
a tuple, with their running sum beside it. Nothing here reads a clock: the moment comes in as a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from docpipe.policy.core.frozen import replace

NS = 1_000_000_000


def bucket_of(micros: int) -> int:
    """Return the histogram bucket of a duration in whole microseconds (below 0 counts as 0)."""
    if micros < 64:
        return max(micros, 0)
    shift = micros.bit_length() - 6
    return (shift << 5) + (micros >> shift)


def micros_of(bucket: int) -> int:
    """Return the middle of a bucket in microseconds, the inverse of `bucket_of` within 1.6 %."""
    if bucket < 64:
        return bucket
    shift = (bucket >> 5) - 1
    return (((bucket & 31) + 32) << shift) + (1 << shift >> 1)


@dataclass(frozen=True)
class Slot:
    """One second: how often each bucket was hit, and how many calls ended well or failed."""

    second: int
    counts: Mapping[int, int]
    ok: int
    failed: int


@dataclass(frozen=True)
class Window:
    """The last `keep_s` seconds of one rung, or its last `least` calls where those go further back.

    Nothing older than `oldest_s` counts. `counts`, `ok` and `failed` are the sums of the slots, `last_ns` is the moment
    of the last call.
    """

    keep_s: int
    least: int = 0
    oldest_s: int = 0
    slots: tuple[Slot, ...] = ()
    counts: Mapping[int, int] = field(default_factory=dict)
    ok: int = 0
    failed: int = 0
    last_ns: int = 0

    @property
    def total(self) -> int:
        """How many calls the window holds."""
        return self.ok + self.failed

    @property
    def timed(self) -> int:
        """How many of them have a duration that counts."""
        return sum(self.counts.values())

    def add(self, now_ns: int, *, micros: int | None, failed: bool) -> Window:
        """Return the window with one more call; `micros` is None where its duration says nothing."""
        window = self.at(now_ns)
        second = now_ns // NS
        bucket = None if micros is None else bucket_of(micros)
        slots = window.slots
        if slots and slots[-1].second >= second:
            last, slots = slots[-1], slots[:-1]
        else:
            last = Slot(second, {}, 0, 0)
        ok, bad = (0, 1) if failed else (1, 0)
        grown = Slot(last.second, plus(last.counts, bucket), last.ok + ok, last.failed + bad)
        return replace(
            window,
            slots=(*slots, grown),
            counts=plus(window.counts, bucket),
            ok=window.ok + ok,
            failed=window.failed + bad,
            last_ns=now_ns,
        )

    def at(self, now_ns: int) -> Window:
        """Return the window as it is at that moment, without what is over."""
        over = self._over(now_ns // NS)
        if not over:
            return self
        counts, ok, failed = dict(self.counts), self.ok, self.failed
        for slot in self.slots[:over]:
            ok, failed = ok - slot.ok, failed - slot.failed
            for bucket, n in slot.counts.items():
                left = counts[bucket] - n
                if left:
                    counts[bucket] = left
                else:
                    del counts[bucket]
        return replace(self, slots=self.slots[over:], counts=counts, ok=ok, failed=failed)

    def recent(self, now_ns: int) -> Mapping[int, int]:
        """Return the histogram of the last `keep_s` seconds alone."""
        counts: dict[int, int] = {}
        for slot in self.slots:
            if slot.second > now_ns // NS - self.keep_s:
                for bucket, n in slot.counts.items():
                    counts[bucket] = counts.get(bucket, 0) + n
        return counts

    def _over(self, second: int) -> int:
        """Return how many of the oldest slots count no more."""
        left = self.total
        for number, slot in enumerate(self.slots):
            if slot.second > second - self.keep_s:
                return number
            calls = slot.ok + slot.failed
            if slot.second > second - self.oldest_s and left - calls < self.least:
                return number
            left -= calls
        return len(self.slots)


def percentile(counts: Mapping[int, int], percent: int, extra_micros: Iterable[int] = ()) -> int | None:
    """Return a percentile (nearest rank) in microseconds, or None for no samples.

    With fewer than 20 samples the largest would be the 95th percentile: one call alone does not speak for a rung, so of
    two samples and more the largest is never taken.

    `extra_micros` are ages of calls still in flight: each will take at least that long.
    """
    merged = counts
    for micros in extra_micros:
        merged = plus(merged, bucket_of(micros))
    below = sum(merged.values())
    rank = min((percent * below + 99) // 100, max(below - 1, 1))
    for bucket in sorted(merged, reverse=True):
        below -= merged[bucket]
        if below < rank:
            return micros_of(bucket)
    return None


def plus(counts: Mapping[int, int], bucket: int | None) -> Mapping[int, int]:
    """Return the histogram with one more hit of a bucket; None changes nothing."""
    if bucket is None:
        return counts
    grown = dict(counts)
    grown[bucket] = grown.get(bucket, 0) + 1
    return grown
