"""A document's route: the rungs that it may use at each stage, as the policy decided for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docpipe.trace import StepDown


@dataclass(frozen=True, slots=True)
class StageRoute:
    """The rungs a document may use at one stage, the assigned one first, and why it is not the best."""

    rungs: tuple[str, ...]
    steps: tuple[StepDown, ...] = ()


Route = Mapping[str, StageRoute]
"""Stage name to its rungs, in the order of the stages. The policy's answer for one document."""
