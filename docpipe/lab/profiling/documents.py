"""What a profile is measured on: labelled sets, or folders of documents without labels."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from docpipe.document import Document
from docpipe.errors import NothingToDo, PageUnreadable
from docpipe.inputs.discover import Discovery
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from docpipe.inputs.source import Source
from docpipe.lab.evaluation.conventions import Conventions
from docpipe.lab.evaluation.labels import FILE, Label, read_sets
from docpipe.profiles.model import MeasuredSet


@dataclass(frozen=True)
class Wanted:
    """A document to measure on, with its label where it has one."""

    source: Source
    label: Label | None = None
    conventions: Conventions | None = None

    @property
    def name(self) -> str:
        """What samples call it."""
        return self.source.path


@dataclass(frozen=True)
class DocumentSet:
    """One argument of the command: its documents, and what the profile says of it."""

    name: str
    sha256: str | None
    documents: tuple[Wanted, ...]

    def summary(self, measured: Collection[str]) -> MeasuredSet | None:
        """Return what stands in the profile of the documents that were measured, by name; None where none was."""
        documents = [wanted for wanted in self.documents if wanted.name in measured]
        if not documents:
            return None
        labelled = sum(wanted.label is not None for wanted in documents)
        return MeasuredSet(name=self.name, sha256=self.sha256, documents=len(documents), labelled=labelled)


def document_sets(
    paths: Sequence[Path], limits: InputLimits, first: int | None = None, conventions: str | None = None
) -> list[DocumentSet]:
    """Return the documents that the arguments name, the first few of each only where `first` says so.

    A labels file, or a folder that holds one, is labelled; any other folder or file is read without labels.

    Raises:
        ConfigError: labels that cannot be read.
        NothingToDo: an argument names no document.
    """
    sets = []
    for path in paths:
        labels = path / FILE if path.is_dir() else path
        if labels.suffix == ".jsonl" and (labels.is_file() or not path.is_dir()):
            sets.append(_read_labelled(labels, first, conventions))
        else:
            sets.append(_read_unlabelled(path, limits, first))
    return sets


def _read_labelled(labels: Path, first: int | None, conventions: str | None) -> DocumentSet:
    (labelled,) = read_sets([labels], conventions=[conventions] if conventions else ())
    chosen = labelled.first(first)
    if not chosen.labels:
        raise NothingToDo(f"{labels}: no labelled document names its file")
    wanted = tuple(Wanted(chosen.source(label), label, chosen.conventions) for label in chosen.labels)
    return DocumentSet(chosen.name, hashlib.sha256(labels.read_bytes()).hexdigest(), wanted)


def _read_unlabelled(path: Path, limits: InputLimits, first: int | None) -> DocumentSet:
    sources = list(Discovery([str(path)], limits))[:first]
    if not sources:
        raise NothingToDo(f"{path}: no document there, and no {FILE}")
    return DocumentSet(path.resolve().name, None, tuple(Wanted(source) for source in sources))


def open_pixels(wanted: Wanted, limits: InputLimits) -> Document:
    """Return a document with all its pages as pixels, a text layer left aside: what is measured is reading pixels.

    Raises:
        InputError: it cannot be read, or one of its pages cannot.
    """
    pixels = limits.model_copy(update={"text_layer": "ignore"})
    with open_document(wanted.source, pixels, name=wanted.name) as document:
        pages = []
        for page in document.pages():
            if isinstance(page, PageUnreadable):
                raise page
            pages.append(page)
        return document.document().with_pages(pages)
