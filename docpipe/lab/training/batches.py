"""Examples as the network takes them: padded batches, with words and rules dropped at random while training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docpipe.stages.key_fields.learned.features import NEAR, Features

PAD = -1e4
"""What is added to the logits of padding."""
DROP_WORDS = 0.15
DROP_ALL_WORDS = 0.25
DROP_RULES = 0.1
"""Share of documents from which the rules' opinion is kept back, so that the model learns to do without."""


@dataclass(frozen=True, slots=True)
class Example:
    """A document of N cells with its targets: N x fields, which fields the labels know, N columns, N x 2 links."""

    units: Features
    fields: NDArray[np.float32]
    known: NDArray[np.float32]
    columns: NDArray[np.int64] | None = None
    """The column of each cell, 0 for none; None where the labels do not say."""
    links: NDArray[np.int64] | None = None
    """N x 2: the cell of each one's label, the first cell of its row; -1 for none."""


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """B documents padded to M cells."""

    ids: NDArray[np.int64]
    dense: NDArray[np.float32]
    near: NDArray[np.int64]
    relation: NDArray[np.int64]
    mask: NDArray[np.float32]
    typed: NDArray[np.float32]
    fields: NDArray[np.float32]
    known: NDArray[np.float32]
    columns: NDArray[np.int64]
    columns_known: NDArray[np.float32]
    links: NDArray[np.int64]


def batches(
    groups: Sequence[Sequence[Example]],
    random: np.random.Generator,
    cells: int,
    rules: int,
    extra: Sequence[Example] = (),
    extras: int = 0,
) -> Iterator[TrainingBatch]:
    """Yield one epoch: of each document one of its variants, documents of alike length together, `cells` a batch.

    `extras` of the examples in `extra` are drawn again for each epoch.

    `rules` is how many of the last dense numbers are the rules' opinion.
    """
    picked = [group[int(random.integers(len(group)))] for group in groups]
    if extra and extras:
        picked += [extra[int(n)] for n in random.choice(len(extra), min(extras, len(extra)), replace=False)]
    order = sorted(range(len(picked)), key=lambda i: (len(picked[i].units.kept) + random.normal(0, 6), i))
    chunks: list[list[Example]] = [[]]
    for index in order:
        example = picked[index]
        if not len(example.units.kept):
            continue
        longest = max((len(e.units.kept) for e in chunks[-1]), default=0)
        if chunks[-1] and max(longest, len(example.units.kept)) * (len(chunks[-1]) + 1) > cells:
            chunks.append([])
        chunks[-1].append(example)
    for number in random.permutation(len(chunks)):
        if chunks[number]:
            yield drop_words(pad(chunks[number]), random, rules)


def pad(examples: Sequence[Example]) -> TrainingBatch:
    """Return examples as one batch."""
    most = max(len(e.units.kept) for e in examples)
    count = len(examples)
    first = examples[0]
    batch = TrainingBatch(
        ids=np.zeros((count, most, first.units.ids.shape[1]), np.int64),
        dense=np.zeros((count, most, first.units.dense.shape[1]), np.float32),
        near=np.full((count, most, NEAR), most, np.int64),
        relation=np.zeros((count, most, most), np.int64),
        mask=np.full((count, most), PAD, np.float32),
        typed=np.zeros((count, most, 2), np.float32),
        fields=np.zeros((count, most, first.fields.shape[1]), np.float32),
        known=np.zeros((count, first.fields.shape[1]), np.float32),
        columns=np.zeros((count, most), np.int64),
        columns_known=np.zeros((count,), np.float32),
        links=np.full((count, most, 2), -1, np.int64),
    )
    for number, example in enumerate(examples):
        units, size = example.units, len(example.units.kept)
        batch.ids[number, :size] = units.ids
        batch.dense[number, :size] = units.dense
        batch.near[number, :size] = np.where(units.near == size, most, units.near)
        batch.relation[number, :size, :size] = units.relation
        batch.mask[number, :size] = 0.0
        batch.typed[number, :size] = units.typed
        batch.fields[number, :size] = example.fields
        batch.known[number] = example.known
        if example.columns is not None:
            batch.columns[number, :size] = example.columns
            batch.columns_known[number] = 1.0
        if example.links is not None:
            batch.links[number, :size] = example.links
    return batch


def drop_words(batch: TrainingBatch, random: np.random.Generator, rules: int) -> TrainingBatch:
    """Return a batch with words, and of some documents all words or the rules' opinion, taken out, in place."""
    count = len(batch.ids)
    batch.ids[random.random(batch.ids.shape) < DROP_WORDS] = 0
    batch.ids[random.random(count) < DROP_ALL_WORDS] = 0
    silent = random.random(count) < DROP_RULES
    batch.dense[silent, :, batch.dense.shape[2] - rules :] = 0.0
    return batch
