"""A signal that comes while the run itself writes to stderr."""

from __future__ import annotations

import io
import signal
import sys

from docpipe.batch.stopping import STOPPING, Stopping


def test_a_signal_in_the_middle_of_a_line_stops_the_run_and_is_said(monkeypatch, capfd) -> None:
    """The buffer of a stream takes no second writer from one thread: what the signal says goes past it."""

    def announce() -> None:
        print("stopping", file=stream, flush=True)

    stopping = Stopping(announce)
    list(stopping.drain([]))

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            if not stopping.asked:
                stopping.on_signal(signal.SIGTERM, None)  # as Python calls it, between two steps of this write
            return len(bytes(data))  # type: ignore[call-overload]

    stream = io.TextIOWrapper(io.BufferedWriter(Pipe()), write_through=True)
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
    print("a line", file=stream, flush=True)
    assert stopping.asked
    assert STOPPING in capfd.readouterr().err
