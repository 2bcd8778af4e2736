"""How a rule pack reads labelled documents whose lines are typed: `docpipe rules test`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docpipe.document import Document
from docpipe.errors import Complaint, ConfigError
from docpipe.lab.evaluation.fields import Observation, field_tallies, observe
from docpipe.lab.evaluation.labels import Label, LabelledSet
from docpipe.lab.evaluation.readings import FoundField, ReadDocument
from docpipe.lab.evaluation.tallies import Tally
from docpipe.lab.evaluation.typed import document_of
from docpipe.stages.key_fields.compiled_pack import PackSet, load_pack, shipped_packs
from docpipe.stages.key_fields.extract import extract_fields


@dataclass(frozen=True)
class PackScore:
    """What a pack read: each labelled field, document by document."""

    documents: int
    observations: tuple[tuple[str, Observation], ...]
    """The document's file, and one of its labelled fields."""

    @property
    def fields(self) -> Tally:
        """All labelled fields: a wrong value costs precision and recall, an empty one recall."""
        return self._tallies.get("fields", Tally.of(hits=0, want=0, got=0))

    @property
    def by_field(self) -> dict[str, Tally]:
        """Each labelled field, under its labels' name."""
        return {
            name.removeprefix("field "): tally
            for name, tally in self._tallies.items()
            if name.startswith("field ") and not name.endswith(" fuzzy")
        }

    @property
    def mistakes(self) -> tuple[tuple[str, Observation], ...]:
        """The observations that are not right."""
        return tuple((file, seen) for file, seen in self.observations if not seen.exact)

    @property
    def _tallies(self) -> dict[str, Tally]:
        return field_tallies([seen for _, seen in self.observations])


def score_pack(pack: str, labelled: LabelledSet, packs: PackSet | None = None) -> PackScore:
    """Read every labelled document that has lines by a pack, and compare.

    Args:
        pack: the name of a shipped pack, `auto`, or the path of a YAML file.

    Raises:
        ConfigError: the pack is wrong or unknown.
    """
    packs, name = _resolve(pack, packs)
    observations: list[tuple[str, Observation]] = []
    count = 0
    for label, document in typed_documents(labelled):
        count += 1
        found = extract_fields(document, packs, name).fields
        fields = {
            path: FoundField(field.value, field.confidence, "rule", field.source_id or "")
            for path, field in found.items()
            if field.value
        }
        seen, _ = observe(label, ReadDocument("ok", fields=fields), labelled.conventions)
        observations += [(document.path, one) for one in seen]
    return PackScore(count, tuple(observations))


def typed_documents(labelled: LabelledSet) -> Iterator[tuple[Label, Document]]:
    """Yield each labelled document that has lines, with those lines.

    Raises:
        ConfigError: a line of a document has no place.
    """
    for number, label in enumerate(labelled.labels, 1):
        if not label.keys.get("lines"):
            continue
        name = label.file or f"entry {number}"
        try:
            yield label, document_of(label.keys, name)
        except (LookupError, TypeError, ValueError) as e:
            complaint = Complaint(number, name, f"its lines need `text` and `polygon` of four points: {e!r}")
            raise ConfigError(labelled.folder, [complaint]) from e


def _resolve(pack: str, packs: PackSet | None) -> tuple[PackSet, str]:
    if pack.endswith((".yaml", ".yml")):
        prepared = load_pack(Path(pack))
        return PackSet({prepared.name: prepared}, ""), prepared.name
    packs = packs or shipped_packs()
    if pack != "auto":
        packs.by_name(pack)
    return packs, pack
