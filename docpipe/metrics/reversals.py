"""Tells when a stage swings: down, up and down again within a minute, by itself."""

from __future__ import annotations

from docpipe.policy.core.values import Event, EventKind, Trigger

WITHIN_NS = 60 * 1_000_000_000


class Reversals:
    """Follows the moves of every stage. Events of one stage must come in the order in which they happened."""

    def __init__(self, within_ns: int = WITHIN_NS) -> None:
        self._within_ns = within_ns
        self._downs: dict[str, int] = {}
        """When each stage last went down."""
        self._came_back: set[str] = set()

    def is_one(self, event: Event) -> bool:
        """Whether this event completes a reversal. Moves that a person or the loading of a model made never do."""
        stage = event.stage
        if event.kind not in (EventKind.UP, EventKind.DOWN):
            return False
        if event.trigger is Trigger.OPERATOR or event.metric == "available":
            self._downs.pop(stage, None)
            self._came_back.discard(stage)
            return False
        if event.kind is EventKind.UP:
            self._came_back.add(stage)
            return False
        before, back = self._downs.get(stage), stage in self._came_back
        self._downs[stage] = event.time_ns
        self._came_back.discard(stage)
        return back and before is not None and event.time_ns - before <= self._within_ns
