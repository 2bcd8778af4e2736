"""What a stage is: it takes a document and returns a new one with its own part filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from docpipe.document import Document
from docpipe.runtime.protocol import ModelRef, Runtime


class StageSettings(BaseModel):
    """What a rung's `use:` may say. Each stage has its own subclass; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    def models(self) -> Sequence[ModelRef]:
        """Return the models that a rung with these settings needs loaded; none for a rung of rules."""
        return ()

    def rules_sha256(self) -> str | None:
        """Return the hash of the rules that a rung with these settings reads by; None where it has none."""
        return None

    def rules_complaints(self) -> Iterator[tuple[str, str]]:
        """Yield each key that names rules which there are not, or which are wrong, and what is wrong."""
        yield from ()

    def rules_name(self, done: Document) -> str | None:
        """Return the name of the rules that made a document what it is, for a result's `model_name`; None if none."""
        return None

    def input_limit(self) -> tuple[str, int] | None:
        """Return the key that limits the size of the input, and its value; None where the settings have none."""
        return None


S = TypeVar("S", bound=StageSettings)


class Stage(Protocol[S]):
    """One step of the pipeline. Holds nothing between documents, and knows nothing of ladders or policy."""

    @property
    def name(self) -> str:
        """The stage's key in the configuration."""
        ...

    @property
    def settings(self) -> type[S]:
        """What its rungs' `use:` may say."""
        ...

    def run(self, document: Document, settings: S, runtime: Runtime) -> Document:
        """Return a new document with this stage's part filled in.

        Raises:
            OutOfMemory: memory ran out; the pipeline goes on one rung lower.
            StageError: anything else that went wrong with a good input.
        """
        ...
