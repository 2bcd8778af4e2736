"""How a document was served: which rung ran on which page, which steps down it took, and what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from docpipe.result import Action, ServedBy

Scope = Literal["page", "document", "process"]


@dataclass(frozen=True, slots=True)
class RungPlace:
    """A place on a stage's ladder; level 0 is the best."""

    name: str
    level: int
    action: Action


@dataclass(frozen=True, slots=True)
class StageRun:
    """One stage that did its work, on one page or, with `page` None, on the whole document."""

    stage: str
    rung: RungPlace
    served_by: ServedBy
    page: int | None
    elapsed_ms: float
    model_name: str | None = None
    model_version: str | None = None
    runtime: str | None = None


@dataclass(frozen=True, slots=True)
class StepDown:
    """One step down a ladder that touched this document. `pages` None means all of them."""

    stage: str
    from_rung: str
    to_rung: str
    action: Action
    effect: str
    """What a reader of the result loses by it, in one sentence."""
    trigger: str
    metric: str | None = None
    threshold: float | None = None
    observed: float | None = None
    scope: Scope = "document"
    pages: tuple[int, ...] | None = None
    cause: str | None = None
    """The error's own text, or the policy's reason."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, as it will stand in `errors`."""

    code: str
    message: str
    stage: str | None = None
    page: int | None = None
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """Everything about the serving of one document that its result must say."""

    assigned: Mapping[str, RungPlace]
    """The rung that each stage was given, run or not, in the order of the stages."""
    runs: tuple[StageRun, ...] = ()
    steps: tuple[StepDown, ...] = ()
    failures: tuple[Failure, ...] = ()
    total_ms: float = 0.0
    queue_ms: float = 0.0
    retry_after_s: float | None = None
    """Set where the document was refused: nobody read it."""


@dataclass(frozen=True, slots=True)
class Producer:
    """Versions and hashes of what makes the results, the same for all documents of a run."""

    docpipe: str
    paddlepaddle: str | None
    paddleocr: str | None
    onnxruntime: str | None
    config_sha256: str
    rules_sha256: str
