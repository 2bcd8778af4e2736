"""What training lowers: cross-entropies of fields, columns and links, each only where the labels speak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import paddle
from paddle.nn import functional

from docpipe.lab.training.batches import PAD, TrainingBatch
from docpipe.stages.key_fields.learned.about import is_run
from docpipe.stages.key_fields.pack import FIELD_TYPES


class FieldLoss:
    """Loss of a batch for a given list of fields."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._runs = paddle.to_tensor(np.array([[is_run(path) for path in paths]], dtype=np.float32))
        kinds = [FIELD_TYPES[path] for path in paths]
        self._typed = paddle.to_tensor(
            np.array([[kind == "date" for kind in kinds], [kind == "amount" for kind in kinds]], dtype=np.float32)
        )

    def __call__(self, outputs: Any, batch: TrainingBatch) -> Any:
        """Return the loss: a document's fields count alike, whatever its length.

        A field that stands in one run of cells is asked of each cell by itself. Any other is asked of all cells at
        once, and every cell with the right value is right: training on the summed probability is what decoding sums.
        """
        logits, absent, columns, links = outputs
        wanted, known = paddle.to_tensor(batch.fields), paddle.to_tensor(batch.known)
        mask = paddle.to_tensor(batch.mask)
        there = (mask > -1.0).astype("float32").unsqueeze(-1)
        each = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * there
        runs = (each.sum(axis=1) * known * self._runs).sum()
        typed = paddle.to_tensor(batch.typed)
        # dates only of cells with a date, amounts only of cells with an amount
        untyped = ((1.0 - typed) @ self._typed) * (1.0 - wanted) * PAD
        scores = logits + untyped + mask.unsqueeze(-1)
        missing = (wanted.sum(axis=1) == 0).astype("float32")
        everything = paddle.logsumexp(paddle.concat([scores, absent.unsqueeze(1)], axis=1), axis=[1])
        asked = [scores + (1.0 - wanted) * PAD, (absent + (1.0 - missing) * PAD).unsqueeze(1)]
        right = paddle.logsumexp(paddle.concat(asked, axis=1), axis=[1])
        values = ((everything - right) * known * (1.0 - self._runs)).sum()
        loss = (runs + values) / len(batch.ids)
        if batch.columns_known.any():
            by_cell = functional.cross_entropy(columns, paddle.to_tensor(batch.columns), reduction="none").squeeze(-1)
            share = there.squeeze(-1) * paddle.to_tensor(batch.columns_known).unsqueeze(-1)
            loss = loss + 2.0 * (by_cell * share).sum() / (share.sum() + 1.0)
        for number in range(2):
            targets = batch.links[:, :, number]
            rows = np.nonzero(targets.reshape(-1) >= 0)[0]
            if len(rows):
                flat = links[:, number].reshape([-1, links.shape[-1]])
                picked = paddle.gather(flat, paddle.to_tensor(rows))
                loss = loss + 0.5 * functional.cross_entropy(picked, paddle.to_tensor(targets.reshape(-1)[rows]))
        return loss
