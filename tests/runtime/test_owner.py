"""The thread that owns a predictor: order, errors, and calls that do not come back."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from docpipe.runtime import owner as owner_module
from docpipe.runtime.owner import LOOK_S, Owner, waited_ns


def test_calls_run_in_order_on_one_thread():
    owner = Owner("model")
    threads = {owner.call(threading.get_ident) for _ in range(5)}
    seen: list[int] = []
    futures = [owner.submit(lambda n=n: seen.append(n)) for n in range(50)]
    for future in futures:
        future.result()
    assert seen == list(range(50))
    assert len(threads) == 1
    assert threads != {threading.get_ident()}
    assert owner.close()


def test_an_error_reaches_the_caller_and_the_thread_goes_on():
    owner = Owner("model")
    with pytest.raises(ZeroDivisionError):
        owner.call(lambda: 1 / 0)
    assert owner.call(lambda: 7) == 7
    owner.close()


def test_a_stuck_call_times_out_and_the_next_does_not_wait():
    owner, release = Owner("model"), threading.Event()
    with pytest.raises(TimeoutError):
        owner.call(release.wait, timeout_s=0.01)
    assert owner.stuck
    with pytest.raises(TimeoutError, match="still busy"):
        owner.call(lambda: 7)  # no time limit: would wait for ever if it were queued
    assert owner.close() is False
    release.set()


def test_after_an_interruption_closing_does_not_wait_for_the_call(monkeypatch):
    """Ctrl-C while a native call runs: the call cannot be stopped, and whoever closes must not wait for it."""
    owner, started, release = Owner("model"), threading.Event(), threading.Event()

    class Interrupted(Future):
        def result(self, timeout=None):
            started.wait()
            raise KeyboardInterrupt

    def native() -> None:
        started.set()
        release.wait()

    monkeypatch.setattr("docpipe.runtime.owner.Future", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        owner.call(native)
    assert owner.stuck
    with pytest.raises(TimeoutError, match="still busy"):
        owner.call(lambda: 7)
    assert owner.close() is False
    release.set()


def test_closing_waits_no_longer_than_its_time():
    owner, started, release = Owner("model"), threading.Event(), threading.Event()

    def long() -> None:
        started.set()
        release.wait()

    owner.submit(long)
    started.wait()
    assert not owner.stuck
    assert owner.close(timeout_s=0.01) is False
    release.set()
    assert owner.close(timeout_s=60)


def test_an_owner_serves_again_once_the_stuck_call_is_back():
    owner, release = Owner("model"), threading.Event()
    with pytest.raises(TimeoutError):
        owner.call(release.wait, timeout_s=0.01)
    stuck = owner._stuck
    release.set()
    assert stuck is not None
    assert stuck.result(timeout=10) is True
    assert not owner.stuck
    assert owner.call(lambda: 7) == 7
    owner.close()


def test_waiting_for_its_turn_is_not_the_calls_time():
    """The limit starts with the call; how long it waited is a number of its own, by thread."""
    owner, started, release = Owner("model"), threading.Event(), threading.Event()

    def long() -> None:
        started.set()
        release.wait()

    first = owner.submit(long)
    started.wait()
    seen: list[tuple[int, int]] = []

    def behind() -> None:
        before = waited_ns()
        seen.append((owner.call(lambda: 7, timeout_s=LOOK_S / 10), waited_ns() - before))

    caller = threading.Thread(target=behind)
    caller.start()
    caller.join(timeout=2 * LOOK_S)
    assert caller.is_alive()  # far beyond its limit, and still only waiting
    release.set()
    caller.join(timeout=10)
    first.result(timeout=10)
    ((answer, waited),) = seen
    assert answer == 7
    assert waited >= 1_000_000_000 * LOOK_S
    owner.close()


def test_a_timeout_error_of_the_call_itself_is_its_own():
    def fail() -> None:
        raise TimeoutError("from inside")

    owner = Owner("model")
    with pytest.raises(TimeoutError, match="from inside"):
        owner.call(fail, timeout_s=10)
    assert not owner.stuck
    owner.close()


def test_a_closed_owner_takes_no_calls():
    owner = Owner("model")
    assert owner.close()
    with pytest.raises(RuntimeError, match="closed"):
        owner.call(lambda: 7)


def test_a_caller_that_wakes_up_late_takes_none_of_the_call_for_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the call may have run for long before the thread that asked for it is told that it began."""
    clock, done = [0], threading.Event()

    class Late(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            done.wait()
            return super().wait(timeout)

    def call() -> None:
        clock[0] += 10_000_000_000
        done.set()

    monkeypatch.setattr(owner_module, "time", SimpleNamespace(monotonic_ns=lambda: clock[0]))
    owner = Owner("late")
    monkeypatch.setattr(owner_module.threading, "Event", Late)
    before = waited_ns()
    owner.call(call)
    monkeypatch.undo()
    assert waited_ns() - before == 0
    owner.close()
