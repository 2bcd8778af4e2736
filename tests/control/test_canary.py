"""Sparse traffic: a rung comes back by bundled documents read in idle time, and never by a fallback's good manners."""

from __future__ import annotations

from docpipe.control.canary import Canary
from docpipe.policy.core.effects import EffectKind
from docpipe.policy.core.values import EventKind
from tests.metrics.reader import Reader


def sparse(reader: Reader, minutes: int, main: str = "none") -> None:
    """Let one document a minute come, with a tick each second; canaries are read when they are asked for."""
    canary = Canary(reader.policy.router, reader._executor, busy=lambda: False)
    reader.policy.engine.on_effect = lambda e: canary.read(e) if e.kind is EffectKind.CANARY else None
    for _ in range(minutes):
        if main == "none":
            reader.read()
        else:
            reader.read(text_detection__main=main)
        reader.wait(60)


def test_one_document_a_minute_is_enough_to_come_back_within_five_minutes() -> None:
    reader = Reader()
    reader.read(text_detection__main="oom")
    assert reader.policy.state["text_detection"].level == 1
    sparse(reader, 5)
    assert reader.policy.state["text_detection"].level == 0
    assert reader.policy.state["text_detection"].granted == sum(
        getattr(reader.policy.state["text_detection"], name) for name in ("returned", "expired", "open_leases")
    )


def test_canaries_on_a_rung_that_still_fails_keep_it_down() -> None:
    reader = Reader()
    reader.read(text_detection__main="oom")
    from docpipe.config.faults import Fault

    reader.faults.set("text_detection.main", Fault.parse("error"))
    events = []
    reader.policy._observers = (
        *reader.policy._observers,
        type("O", (), {"on_decision": lambda s, e: events.append(e)})(),
    )
    sparse(reader, 5)
    assert reader.policy.state["text_detection"].level == 1
    assert EventKind.TRIAL_ENDED in {e.kind for e in events}
