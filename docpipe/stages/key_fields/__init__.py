"""Key fields: who, when, what number, how much, and the lines of goods; by rules, or by a model and rules.

What reads them is imported when it is first asked, as most processes (a run's parent, `check`, `--help`) never do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from docpipe.document import Document, KeyField
from docpipe.errors import ConfigError
from docpipe.files.complaint_words import suggest
from docpipe.runtime.protocol import EngineChoice, ModelRef, Runtime
from docpipe.stages.key_fields.learned.about import MODEL_NAME
from docpipe.stages.key_fields.pack import CORE
from docpipe.stages.protocol import StageSettings
from docpipe.stages.stage_spec import StageSpec


class KeyFieldsSettings(StageSettings):
    """What a rung of `key_fields` may say."""

    rules: str = Field(default="auto", description="A rule pack's name, or `auto` for the one the document asks for.")
    fields: Literal["all", "core"] = Field(
        default="all", description="`core` keeps seller, buyer, date, number, total."
    )
    model_name: str | None = Field(
        default=None, description="A learned model that weighs the rules' candidates: `docpipe-key-fields`."
    )
    model_dir: str | None = Field(default=None, description="A directory that `docpipe train key-fields` wrote.")
    engine: EngineChoice | None = Field(
        default=None, description="What runs the model: `onnxruntime`, or `paddle_static`; it has files for both."
    )
    device: str | None = Field(default=None, description="The model's device; the runtime's where left out.")
    folder: str | None = Field(default=None, description="A folder of rule packs instead of those shipped.")

    @property
    def ref(self) -> ModelRef | None:
        """The model that weighs candidates; None where rules alone decide."""
        if self.model_name is None and self.model_dir is None:
            return None
        return ModelRef("tensor_network", self.model_name or MODEL_NAME, self.model_dir, self.engine, self.device)

    def models(self) -> Sequence[ModelRef]:
        """Return the model, if any."""
        return () if self.ref is None else (self.ref,)

    def rules_sha256(self) -> str:
        """Return one sha256 over the files of the rule packs, for `model_version`.

        Raises:
            ConfigError: a rule pack is wrong.
        """
        from docpipe.stages.key_fields.compiled_pack import packs_sha256

        return packs_sha256(self.folder)

    def rules_complaints(self) -> Iterator[tuple[str, str]]:
        """Yield a folder without packs, a pack that is wrong, and the name of one that there is not."""
        from docpipe.stages.key_fields.compiled_pack import shipped_packs

        if self.folder is not None and not Path(self.folder).is_dir():
            yield "folder", f"{self.folder} is not a directory"
            return
        try:
            names = ["auto", *sorted(shipped_packs(self.folder).packs)]
        except ConfigError as e:
            yield "folder", str(e)
            return
        if self.rules not in names:
            instead = suggest(self.rules, names) or f"; there are {', '.join(names)}"
            yield "rules", f"there is no rule pack {self.rules!r}{instead}"

    def rules_name(self, done: Document) -> str:
        """Return the rule pack that the document asked for, or the one that these settings name."""
        return str(done.notes.get("rules") or self.rules)


class KeyFields:
    """Fills `document.fields`, `line_items` and `tax_breakdown` from lines and tables. Looks at whole documents."""

    name: ClassVar[str] = "key_fields"
    settings: type[KeyFieldsSettings] = KeyFieldsSettings

    def run(self, document: Document, settings: KeyFieldsSettings, runtime: Runtime) -> Document:
        """Return the document with its key fields.

        Raises:
            ConfigError: the settings name a rule pack that does not exist.
            StageError: a pattern of a pack took too long on this document, or the model failed.
            OutOfMemory: the model found no room.
        """
        from docpipe.stages.key_fields.compiled_pack import shipped_packs
        from docpipe.stages.key_fields.extract import choose_by_rules, extract_fields
        from docpipe.stages.key_fields.learned.model import make_scorer

        scorer = choose_by_rules if settings.ref is None else make_scorer(settings.ref, runtime)
        packs = shipped_packs(settings.folder)
        reading = extract_fields(document, packs, settings.rules, core=settings.fields == "core", scorer=scorer)
        fields: dict[str, KeyField] = dict(reading.fields)
        if settings.fields == "core":
            fields = {path: field for path, field in fields.items() if path in CORE}
        return replace(
            document,
            fields=fields,
            line_items=reading.line_items,
            tax_breakdown=reading.tax_breakdown,
            notes={**document.notes, "rules": reading.pack},
            doubts=(*document.doubts, *reading.doubts),
        )


SPEC = StageSpec(
    KeyFields(),
    per="document",
    replaced_by_invoice_xml=True,
    effects={
        "swap_model": "A lighter field model ran: rare fields may be missing.",
        "reduce_input": "Fewer lines were searched for fields: rare fields may be missing.",
        "rules": "Fields come from rules: layouts that no rule describes may stay empty.",
        "disable": "No field was read; only the text is there.",
    },
    default_ladder=(
        {"name": "main", "use": {"model_name": MODEL_NAME, "rules": "auto", "device": "cpu"}},
        {"name": "rules", "mode": "rules", "use": {"rules": "auto"}},
        {"name": "core", "mode": "rules", "use": {"rules": "minimal", "fields": "core"}},
        {"name": "skip", "mode": "disable", "use": {}},
    ),
)

__all__ = ["SPEC", "KeyFields", "KeyFieldsSettings"]
