"""What a training is told, and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from docpipe.lab.training.held_out import ChoiceTally
from docpipe.stages.key_fields.learned.about import About

Say = Callable[[str, int, int], None]
"""Called with what is being done, how far it is, and how far it goes."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How to train."""

    epochs: int = 14
    folds: int = 3
    members: int = 2
    """So many networks are averaged."""
    variants: int = 4
    """So often each document is shown misread in another way."""
    made_up: int = 1600
    made_up_an_epoch: int = 250
    seed: int = 0
    threads: int = 1
    """More than one may change the last digits of the weights."""
    base: Path | None = None
    """A model directory to go on from; None starts over."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to."""

    documents: int
    issuers: int
    left_out: int
    tallies: Sequence[ChoiceTally]
    about: About
    files: Mapping[str, str] = field(default_factory=dict)
    """sha256 of each file of the model directory."""
