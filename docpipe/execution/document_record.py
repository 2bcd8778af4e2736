"""What happened to one document: every call, what served it, the steps down inside the request, and what failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from docpipe.document import Document
from docpipe.execution.route import Route
from docpipe.execution.stage_call import Attempt
from docpipe.trace import Failure, RungPlace, Served, StageRun, StepDown


@dataclass
class Record:
    """Filled in by a `DocumentRun`, read by the result and by the policy."""

    attempts: list[Attempt] = field(default_factory=list)
    runs: list[StageRun] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    steps: list[tuple[StepDown, int | None]] = field(default_factory=list)
    """Steps down inside the request, each with the page it began on; None for the whole document."""

    @property
    def fatal(self) -> bool:
        """Whether the document as a whole has failed."""
        return any(failure.fatal for failure in self.failures)

    def sum_up(
        self, document: Document, route: Route, last_rung: Callable[[str], RungPlace], times_ns: Times
    ) -> Served:
        """Sum up what happened, with the pages that each step down touched."""
        pages = [page.number for page in document.pages]
        steps = [step for stage in route.values() for step in stage.steps]
        for step, page in self.steps:
            touched = tuple(number for number in pages if page is None or number >= page)
            whole = len(touched) == len(pages)
            steps.append(replace(step, scope="document" if whole else "page", pages=None if whole else touched))
        return Served(
            assigned={name: last_rung(name) for name in route},
            runs=tuple(self.runs),
            steps=tuple(steps),
            failures=tuple(self.failures),
            total_ms=times_ns.elapsed / 1e6,
            queue_ms=times_ns.queued / 1e6,
        )


@dataclass(frozen=True, slots=True)
class Times:
    """How long a document took and how long it waited before, in nanoseconds."""

    elapsed: int
    queued: int
