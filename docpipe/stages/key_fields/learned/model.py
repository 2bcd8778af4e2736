"""Asks the model what it makes of a document, through the runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import ValidationError

from docpipe.document import KeyField
from docpipe.errors import StageError
from docpipe.runtime.protocol import ModelRef, Prediction, Runtime
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.choose import choose
from docpipe.stages.key_fields.learned.about import MODEL_NAME, PATHS, About
from docpipe.stages.key_fields.learned.decode import decide
from docpipe.stages.key_fields.learned.features import Features, build_features
from docpipe.stages.key_fields.learned.options import STRONGEST, Opinion


def make_scorer(ref: ModelRef, runtime: Runtime) -> Callable[[PageView, Sequence[Candidate]], dict[str, KeyField]]:
    """Return a function that decides a document's fields by a model and the rules together."""

    def score_candidates(page: PageView, candidates: Sequence[Candidate]) -> dict[str, KeyField]:
        chosen = choose(candidates)
        if not page.layout.cells:
            return chosen
        units = build_features(page, PATHS, candidates, chosen)
        (prediction,) = runtime.infer(ref, [inputs_of(units)])
        return decide(page, candidates, chosen, opinion_of(page, units, prediction), about_of(ref, prediction))

    return score_candidates


def inputs_of(units: Features) -> Mapping[str, Any]:
    """Return a document as the network takes it: a batch of one."""
    return {
        "ids": units.ids[None],
        "dense": units.dense[None],
        "near": units.near[None],
        "relation": units.relation[None],
    }


def opinion_of(page: PageView, units: Features, prediction: Prediction) -> Opinion:
    """Return what the network says, cell by cell of the layout.

    Raises:
        StageError: it has other outputs than this docpipe expects.
    """
    seen = np.asarray(prediction["0"])[0]
    if seen.shape != (len(units.kept), len(PATHS)):
        raise StageError(
            f"the key-field model gives {seen.shape} numbers, not {(len(units.kept), len(PATHS))}: train it again"
        )
    fields = np.full((len(page.layout.cells), len(PATHS)), -STRONGEST, dtype=np.float32)
    typed = np.zeros((len(page.layout.cells), 2), dtype=np.bool_)
    fields[units.kept] = seen
    typed[units.kept] = units.typed
    return Opinion(fields, np.asarray(prediction["1"])[0], typed)


def about_of(ref: ModelRef, prediction: Prediction) -> About:
    """Return what a model says of itself.

    Raises:
        StageError: its `about.json` is not of this docpipe's format.
    """
    return _about(ref.name, _Frozen(prediction.get("about") or {}))


class _Frozen:
    """A mapping that is compared by identity, so that a cache can hold it."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content

    def __hash__(self) -> int:
        return id(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and other.content is self.content


@lru_cache(maxsize=8)
def _about(name: str, content: _Frozen) -> About:
    try:
        return About.model_validate(content.content)
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StageError(
            f"{name}: about.json does not fit this docpipe: {where}: {first['msg']}; train it again"
        ) from e


__all__ = ["MODEL_NAME", "about_of", "inputs_of", "make_scorer", "opinion_of"]
