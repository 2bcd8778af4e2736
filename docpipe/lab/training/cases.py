"""A labelled document made ready: laid out, searched by the rules, and turned into the network's input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from docpipe.document import Document, KeyField
from docpipe.lab.synth import make
from docpipe.lab.training.batches import Example
from docpipe.lab.training.labelled_documents import Labelled
from docpipe.lab.training.made_up import SHARES, document_of, example_of
from docpipe.lab.training.misread import misread_document
from docpipe.lab.training.targets import targets_of
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.choose import choose
from docpipe.stages.key_fields.compiled_pack import PackSet
from docpipe.stages.key_fields.extract import collect, view_page
from docpipe.stages.key_fields.layout import lay_out
from docpipe.stages.key_fields.learned.about import PATHS
from docpipe.stages.key_fields.learned.features import Features, build_features


@dataclass(frozen=True, slots=True)
class Case:
    """A document as the rules see it, its example, and what its labels say."""

    page: PageView
    candidates: Sequence[Candidate]
    chosen: Mapping[str, KeyField]
    example: Example
    fields: Mapping[str, str]
    complete: bool = False
    """Whether a field that the labels do not name is known to be absent."""


def _look(document: Document, packs: PackSet) -> tuple[PageView, list[Candidate], dict[str, KeyField], Features]:
    layout = lay_out(document)
    prepared, _ = packs.choose([cell.folded for cell in layout.cells])
    if prepared.pack.split_words:
        layout = lay_out(document, prepared.pack.split_words)
    page = view_page(layout, prepared)
    candidates = collect(page)
    chosen = choose(candidates)
    return page, candidates, chosen, _compact(build_features(page, PATHS, candidates, chosen))


def _compact(units: Features) -> Features:
    """Return the same numbers in a quarter of the room; batches are made of full-size ones again."""
    return replace(
        units,
        ids=units.ids.astype(np.int16),
        dense=units.dense.astype(np.float16),
        near=units.near.astype(np.int16),
        relation=units.relation.astype(np.int8),
    )


def labelled_case(labelled: Labelled, packs: PackSet, seed: int | None = None) -> Case:
    """Return a labelled document as a case, with a `seed` as a recogniser might have misread it."""
    document = labelled.document
    if seed is not None:
        document = misread_document(document, Random(f"{labelled.id} {seed}"))
    page, candidates, chosen, units = _look(document, packs)
    example = Example(units, *targets_of(page, units.kept, PATHS, labelled.fields))
    return Case(page, candidates, chosen, example, labelled.fields)


def made_case(seed: int, packs: PackSet) -> Case:
    """Return a made-up document as a case."""
    rng = Random(f"made up {seed}")
    kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
    language = None
    if kind == "receipt":
        language = rng.choice(("en", "en", "de", "fr"))
    elif kind == "invoice":
        language = rng.choice(("en", "en", "de", "de", "fr", "zh"))
    made = make(seed, kind, language)
    document, lines = document_of(made, rng)
    page, candidates, chosen, units = _look(document, packs)
    fields = {path: label.value for path, label in made.fields.items() if path in PATHS}
    return Case(page, candidates, chosen, example_of(made, page.layout, units, lines), fields, complete=True)
