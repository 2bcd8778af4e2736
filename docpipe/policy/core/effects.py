"""What the policy wants done: data that a step returns and the shell carries out. Nothing here does anything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EffectKind(StrEnum):
    """What the shell is asked to do."""

    RETRY = "retry"
    """Read the document again, once, on another worker; below the rung that took its worker with it."""
    SET_ASIDE = "set_aside"
    """Give the document up: it took two workers with it."""
    START = "start"
    """Start a successor for a worker that is gone."""
    RECYCLE = "recycle"
    """Replace a worker that still works: its successor is warmed first."""
    FREE = "free"
    """Unload the models of a rung, to give memory back."""
    LOAD = "load"
    """Load the models of a rung, so that it can be tried again."""
    CANARY = "canary"
    """Read a bundled document on the rung under trial, on idle time: too few documents come to judge it by."""


@dataclass(frozen=True)
class Effect:
    """One thing to do. Which of the other fields are set depends on the kind.

    `stage` and `rung` name the rung to free, load or try, or the one that a retried document must stay below;
    `epoch` and `lease` are those of the canary's sample.
    """

    kind: EffectKind
    reason: str
    worker: str = ""
    document_id: str = ""
    stage: str = ""
    rung: str = ""
    epoch: int = 0
    lease: int = 0
