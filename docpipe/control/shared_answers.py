"""One reading for identical documents: those in progress are joined, full answers are kept for the next one.

Only what would be the same answer is shared. Joined are requests for the same content on the same terms, so that nobody
gets an answer made in another's haste; kept are answers that gave nothing up. Whatever cannot be shared (the first
one was refused, cancelled or failed) is asked for again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from docpipe.config.callers import Caller
from docpipe.inputs.names import printable
from docpipe.result import Result

Terms = tuple[str, Caller]
"""The SHA-256 of a document's bytes, and what its caller asks for. Two with equal terms may have one answer."""


class SharedAnswers:
    """Joins requests of equal terms, and keeps the last full answers. Safe from any thread."""

    def __init__(self, *, join: bool, most_kept: int, count: Callable[[str], None] = lambda how: None) -> None:
        """`most_kept` is how many answers are kept, 0 for none; `count` is told `joined` or `cached`."""
        self._join, self._most_kept, self._count = join, most_kept, count
        self._running: dict[Terms, Future[Result]] = {}
        self._kept: OrderedDict[str, Result] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def wanted(self) -> bool:
        """Whether anything is shared at all, so that it is worth to hash a document first."""
        return self._join or self._most_kept > 0

    def ask(self, terms: Terms, name: str, read: Callable[[], Future[Result]]) -> Future[Result]:
        """Return a future of the answer: one that is there, one in progress, or that of `read`.

        `name` is what the result calls the document. Cancelling the future harms nobody else who asked.
        """
        with self._lock:
            kept = self._kept_for(terms)
            first = self._running.get(terms) if self._join else None
        if kept is not None:
            self._count("cached")
            answered: Future[Result] = Future()
            answered.set_result(_rename(kept, name))
            return answered
        if first is None:
            return self._read(terms, read)
        mine: Future[Result] = Future()
        first.add_done_callback(lambda done: self._share(done, mine, terms, name, read))
        return mine

    def _read(self, terms: Terms, read: Callable[[], Future[Result]]) -> Future[Result]:
        future = read()
        with self._lock:
            self._running[terms] = future
        future.add_done_callback(lambda done: self._on_finished(terms, done))
        return future

    def _on_finished(self, terms: Terms, done: Future[Result]) -> None:
        with self._lock:
            if self._running.get(terms) is done:
                del self._running[terms]
            if not self._most_kept or done.cancelled() or done.exception() is not None:
                return
            result = done.result()
            if result.status == "ok" and not result.degradations:
                self._kept[result.document.sha256] = (
                    result  # what was read: the file may have changed since it was asked
                )
                self._kept.move_to_end(result.document.sha256)
                while len(self._kept) > self._most_kept:
                    self._kept.popitem(last=False)

    def _kept_for(self, terms: Terms) -> Result | None:
        kept = self._kept.get(terms[0])
        if kept is None or any(f"{stage}.{served.rung}" in terms[1].forbid for stage, served in kept.stages.items()):
            return None
        self._kept.move_to_end(terms[0])
        return kept

    def _share(
        self, done: Future[Result], mine: Future[Result], terms: Terms, name: str, read: Callable[[], Future[Result]]
    ) -> None:
        """Give an answer on, or ask for another where this one is only its own caller's."""
        if mine.cancelled():
            return
        try:
            if _may_be_shared(done, terms):
                self._count("joined")
                _settle(mine, lambda: _rename(done.result(), name))
                return
            again = self.ask(terms, name, read)
        except BaseException as e:
            error = e
            _settle(mine, lambda: _raise(error))
            return
        mine.add_done_callback(lambda future: again.cancel() if future.cancelled() else None)
        again.add_done_callback(
            lambda answer: mine.cancel() if answer.cancelled() else _settle(mine, lambda: answer.result())
        )


def _may_be_shared(done: Future[Result], terms: Terms) -> bool:
    if done.cancelled() or done.exception() is not None:
        return False
    result = done.result()
    return result.status in ("ok", "degraded") and result.document.sha256 == terms[0]


def _rename(result: Result, name: str) -> Result:
    """Return the same result under another name."""
    return result.with_path(printable(name))


def _settle(future: Future[Result], answer: Callable[[], Result]) -> None:
    """Set a future that its caller may have cancelled meanwhile."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(answer())
    except BaseException as e:
        future.set_exception(e)


def _raise(error: BaseException) -> Result:
    raise error
