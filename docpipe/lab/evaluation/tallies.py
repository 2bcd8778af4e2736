"""What is counted in one document for one metric."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """`hits` of `want`: a share. With `got`, also precision, `hits_got` of `got`, and the harmonic mean of the two."""

    hits: float
    want: float
    hits_got: float = 0.0
    got: float | None = None

    @classmethod
    def of(cls, *, hits: float, want: float, got: float) -> Tally:
        """Return a tally in which precision counts the same hits as recall."""
        return cls(hits, want, hits, got)

    def __add__(self, other: Tally) -> Tally:
        got = None if self.got is None or other.got is None else self.got + other.got
        return Tally(self.hits + other.hits, self.want + other.want, self.hits_got + other.hits_got, got)

    @property
    def share(self) -> float | None:
        """Recall, or the harmonic mean where there is a precision; None where nothing was asked for."""
        if not self.want:
            return None
        if self.got is None:
            return self.hits / self.want
        if not self.hits or not self.got:
            return 0.0
        precision, recall = self.hits_got / self.got, self.hits / self.want
        return 2 * precision * recall / (precision + recall)
