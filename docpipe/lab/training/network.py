"""The network: cells of a page in, for each cell the fields, columns and links it takes part in out.

The only file of training that imports Paddle at once; import it where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import paddle
from paddle import nn

from docpipe.stages.key_fields.learned.features import NEAR, RELATIONS
from docpipe.stages.key_fields.learned.texts import BUCKETS, GRAMS, WORDS


@dataclass(frozen=True, slots=True)
class Size:
    """How large a network is."""

    dense: int
    fields: int
    columns: int
    width: int = 96
    heads: int = 4
    layers: int = 2
    text: int = 48
    drop: float = 0.15


class EncoderBlock(nn.Layer):
    """Attention among the cells of a page, biased by how they stand to each other, then a small perceptron."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads, self.width = size.heads, size.width
        self.before = nn.LayerNorm(size.width)
        self.query = nn.Linear(size.width, size.width)
        self.key = nn.Linear(size.width, size.width)
        self.value = nn.Linear(size.width, size.width)
        self.bias = nn.Embedding(RELATIONS, size.heads, weight_attr=nn.initializer.Constant(0.0))
        self.out = nn.Linear(size.width, size.width)
        self.middle = nn.LayerNorm(size.width)
        self.wide = nn.Linear(size.width, 3 * size.width)
        self.narrow = nn.Linear(3 * size.width, size.width)
        self.drop = nn.Dropout(size.drop)

    def forward(self, x: Any, relation: Any, mask: Any) -> Any:
        batch, cells = x.shape[0], x.shape[1]
        seen = self.before(x)
        parted = [batch, cells, self.heads, self.width // self.heads]
        query = self.query(seen).reshape(parted).transpose([0, 2, 1, 3])
        key = self.key(seen).reshape(parted).transpose([0, 2, 1, 3])
        value = self.value(seen).reshape(parted).transpose([0, 2, 1, 3])
        weights = (query @ key.transpose([0, 1, 3, 2])) * ((self.width // self.heads) ** -0.5)
        weights = weights + self.bias(relation).transpose([0, 3, 1, 2]) + mask
        mixed = nn.functional.softmax(weights) @ value
        x = x + self.drop(self.out(mixed.transpose([0, 2, 1, 3]).reshape([batch, cells, self.width])))
        return x + self.drop(self.narrow(nn.functional.gelu(self.wide(self.middle(x)))))


class KeyFieldNet(nn.Layer):
    """One member of the ensemble."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.table = nn.Embedding(BUCKETS, size.text, padding_idx=0)
        halves = [[1.0] * WORDS + [0.0] * GRAMS, [0.0] * WORDS + [1.0] * GRAMS]
        self.register_buffer("halves", paddle.to_tensor(halves), persistable=False)
        self.words = nn.Linear(2 * size.text, size.width)
        self.marks = nn.Linear(size.dense, size.width)
        self.around = nn.Linear((NEAR + 1) * size.width, size.width)
        self.blocks = nn.LayerList([EncoderBlock(size) for _ in range(size.layers)])
        self.last = nn.LayerNorm(size.width)
        self.fields = nn.Linear(size.width, size.fields)
        self.shortcut = nn.Linear(size.dense, size.fields, bias_attr=False)
        self.absent = nn.Linear(size.width, size.fields)
        self.columns = nn.Linear(size.width, size.columns)
        self.link_from = nn.Linear(size.width, 2 * 32)
        self.link_to = nn.Linear(size.width, 2 * 32)
        self.drop = nn.Dropout(size.drop)

    def forward(self, ids: Any, dense: Any, near: Any, relation: Any, mask: Any) -> Any:
        """Return logits: cells x fields, absent fields, cells x columns, and links (label of, row of) x cells x cells.

        `mask` is batch x cells: 0 for a cell, a large negative number for padding.
        """
        batch, cells = ids.shape[0], ids.shape[1]
        there = (ids > 0).astype("float32").unsqueeze(2) * self.halves
        share = there / paddle.sqrt(there.sum(axis=3, keepdim=True) + 1.0)
        text = (share @ self.table(ids)).reshape([batch, cells, 2 * self.size.text])
        x = nn.functional.gelu(self.words(text) + self.marks(dense))
        x = self.drop(x)
        padded = paddle.concat([x, paddle.zeros_like(x[:, :1])], axis=1)
        offset = (paddle.arange(batch, dtype="int64") * (cells + 1)).reshape([-1, 1, 1])
        taken = paddle.gather(padded.reshape([-1, self.size.width]), (near + offset).reshape([-1]))
        around = taken.reshape([batch, cells, NEAR * self.size.width])
        x = x + nn.functional.gelu(self.around(paddle.concat([x, around], axis=-1)))
        bias = mask.unsqueeze(1).unsqueeze(1)
        for block in self.blocks:
            x = block(x, relation, bias)
        x = self.last(x)
        fields = self.fields(x) + self.shortcut(dense)
        weight = nn.functional.softmax(mask, axis=-1).unsqueeze(-1)
        absent = self.absent((x * weight).sum(axis=1))
        to = self.link_to(x).reshape([batch, cells, 2, 32]).transpose([0, 2, 1, 3])
        source = self.link_from(x).reshape([batch, cells, 2, 32]).transpose([0, 2, 1, 3])
        links = (source @ to.transpose([0, 1, 3, 2])) * (32**-0.5) + bias
        return fields, absent, self.columns(x), links
