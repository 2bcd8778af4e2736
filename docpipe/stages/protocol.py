"""What a stage is: it takes a document and returns a new one with its own part filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from docpipe.document import Document
from docpipe.runtime.protocol import ModelRef, Runtime


class StageSettings(BaseModel):
    """What a rung's `use:` may say. Each stage has its own subclass; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    def models(self) -> Sequence[ModelRef]:
        """Return the models that a rung with these settings needs loaded; none for a rung of rules."""
        return ()


S = TypeVar("S", bound=StageSettings)


class Stage(Protocol[S]):
    """One step of the pipeline. Holds nothing between documents, and knows nothing of ladders or policy."""

    name: ClassVar[str]
    settings: type[S]
    per_page: ClassVar[bool]
    """True where pages do not depend on each other: the pipeline then hands in documents of one page."""

    def run(self, document: Document, settings: S, runtime: Runtime) -> Document:
        """Return a new document with this stage's part filled in.

        Raises:
            OutOfMemory: memory ran out; the pipeline goes on one rung lower.
            StageError: anything else that went wrong with a good input.
        """
        ...
