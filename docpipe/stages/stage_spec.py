"""What the rest of docpipe knows of a stage: all that configuration, executor, profiles and results ask about it.

A stage is one file, which holds a `StageSpec`, and one line: in `docpipe.stages` for a stage of docpipe's own, or an
entry point of the group `docpipe.stages` for one that another installed package brings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal

from docpipe.document import Document
from docpipe.result import Action
from docpipe.stages.protocol import S, Stage, StageSettings

Measure = Literal["fields", "line_items", "words", "tables"]
"""What a profile scores a rung by."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UNIT = re.compile(r"[a-z][a-z0-9_]{0,39}")


def lines_of(settings: StageSettings, document: Document, done: Document | None) -> float:
    """Return the number of lines of a document: the size of what a stage that reads text is given."""
    return float(len(document.lines))


@dataclass(frozen=True, eq=False)
class StageSpec(Generic[S]):
    """One stage: what it is called, what its rungs may say, how it runs, and what is lost without its best rung.

    Its name is its key in `stages:` of a pipeline file, and in `stages`, `rungs` and `timings.stages` of a result.
    """

    stage: Stage[S]
    per: Literal["page", "document"]
    """`page`: pages do not depend on each other, so the stage is handed documents of one page, with their pixels.
    Stages of pages run before those of documents; of one kind they run in the order of the list."""
    effects: Mapping[Action, str] = field(default_factory=dict)
    """One sentence for each mode of a rung: what a reader of the result loses by it."""
    replaced_by_text_layer: bool = False
    """Whether the stage is left out on pages whose own text (of a PDF) serves."""
    replaced_by_invoice_xml: bool = False
    """Whether what the stage finds is taken from the document's own XML instead, where it is an e-invoice."""
    reads_regions: bool = False
    """Whether the stage fills a page's lines from its regions: it is asked about a few lines of a text layer, too."""
    needed: bool = False
    """Whether a page gives nothing without this stage, so that it is lost where every rung fails."""
    unit: str = "lines"
    """What its time grows with, as a profile calls it."""
    size: Callable[[S, Document, Document | None], float | None] = lines_of
    """Settings of a rung, the document it is given, and what the best rung made of it (None before) -> units. None
    where nobody can know the size before the stage has run."""
    measures: tuple[Measure, ...] = ("fields", "line_items")
    """What a rung of this stage can change of a document's score; the first counts most."""
    default_ladder: Sequence[Mapping[str, Any]] | None = None
    """The ladder of a file that leaves the stage out, as YAML would say it. None: every file must write one."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name for a stage; take small letters, digits and _")
        if not _UNIT.fullmatch(self.unit):
            raise ValueError(f"{self.name}: {self.unit!r} is no name for a unit; take small letters, digits and _")
        if not issubclass(self.settings, StageSettings):
            raise ValueError(f"{self.name}: its settings must be a subclass of StageSettings")
        if self.per == "document" and (self.needed or self.replaced_by_text_layer):
            raise ValueError(f"{self.name}: only a stage of pages can be needed, or replaced by a text layer")
        if self.per == "page" and self.replaced_by_invoice_xml:
            raise ValueError(f"{self.name}: only a stage of documents can be replaced by an e-invoice's XML")

    @property
    def name(self) -> str:
        """The stage's key wherever stages are named."""
        return self.stage.name

    @property
    def settings(self) -> type[S]:
        """What its rungs' `use:` may say."""
        return self.stage.settings

    def effect(self, action: Action) -> str:
        """Return the sentence for a step down to a rung of this mode."""
        return self.effects.get(action, f"{self.name} ran below its best rung.")


def in_running_order(specs: Sequence[StageSpec[Any]]) -> tuple[StageSpec[Any], ...]:
    """Return stages as a document goes through them: those of pages, then those of documents, else as listed."""
    return tuple(sorted(specs, key=lambda spec: spec.per == "document"))
