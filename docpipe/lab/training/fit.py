"""Fits one network: the same examples, seed and machine give the same weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import paddle

from docpipe.lab.training.batches import Example, TrainingBatch, batches
from docpipe.lab.training.losses import FieldLoss
from docpipe.lab.training.network import KeyFieldNet, Size

CELLS_A_BATCH = 640
WARM = 0.1
"""Share of all steps in which the rate rises; then it falls as a cosine."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How one network is fitted."""

    paths: Sequence[str]
    size: Size
    rules: int
    """How many opinions of the rules a cell has as inputs."""
    epochs: int
    seed: int
    extras: int = 0
    """So many made-up documents each epoch takes."""
    rate: float = 2e-3
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Examples:
    """What a network is fitted to."""

    groups: Sequence[Sequence[Example]]
    """Each entry holds the variants of one document."""
    made_up: Sequence[Example] = ()


def fit(
    examples: Examples,
    settings: FitSettings,
    base: KeyFieldNet | None = None,
    progress: Callable[[int, float], None] = lambda epoch, loss: None,
) -> KeyFieldNet:
    """Return a network fitted to examples; `base` is one to go on from."""
    epochs, seed, rate = settings.epochs, settings.seed, settings.rate

    def each_batch(random: np.random.Generator) -> Iterator[TrainingBatch]:
        return batches(examples.groups, random, CELLS_A_BATCH, settings.rules, examples.made_up, settings.extras)

    paddle.disable_static()  # a predictor in the same process may have left Paddle in static mode
    paddle.base.core.set_num_threads(settings.threads)  # sums in another order have other last digits
    paddle.seed(seed)
    random = np.random.default_rng(seed)
    net = KeyFieldNet(settings.size) if base is None else base
    loss_of = FieldLoss(settings.paths)
    steps = max(1, epochs * sum(1 for _ in each_batch(np.random.default_rng(seed))))
    warm = max(1, int(WARM * steps))
    schedule = paddle.optimizer.lr.LinearWarmup(
        paddle.optimizer.lr.CosineAnnealingDecay(rate, max(1, steps - warm), eta_min=rate / 50), warm, rate / 50, rate
    )
    optimizer = paddle.optimizer.AdamW(
        learning_rate=schedule,
        parameters=net.parameters(),
        weight_decay=0.02,
        grad_clip=paddle.nn.ClipGradByGlobalNorm(2.0),
    )
    net.train()
    for epoch in range(epochs):
        total, count = 0.0, 0
        for batch in each_batch(random):
            loss = loss_of(net(*tensors(batch)), batch)
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            schedule.step()
            total, count = total + float(loss), count + 1
        progress(epoch, total / max(count, 1))
    net.eval()
    return net


def tensors(batch: TrainingBatch) -> tuple[Any, ...]:
    """Return what the network takes of a batch."""
    return tuple(paddle.to_tensor(part) for part in (batch.ids, batch.dense, batch.near, batch.relation, batch.mask))


def predict(net: KeyFieldNet, example: Example) -> tuple[Any, ...]:
    """Return the network's outputs for one document as arrays, without the batch axis."""
    from docpipe.lab.training.batches import pad

    with paddle.no_grad():
        return tuple(part.numpy()[0] for part in net(*tensors(pad([example]))))
