"""Who may ask a pipeline for what: a deadline, a priority, the least accuracy, rungs that are not to be used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Caller(BaseModel):
    """One kind of caller. What is left out is as for a request without a caller."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deadline_ms: Milliseconds | None = None
    """From the moment of asking to the answer; the pipeline's `deadline_ms` where left out."""
    priority: int = 0
    """Higher is served first."""
    min_accuracy: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The least product of the profile's accuracy factors that an answer for this caller may have."""
    forbid: tuple[str, ...] = ()
    """Rungs, as `stage.rung`, that must not answer this caller; a fault may still force one."""
    on_overload: Literal["refuse", "wait"] = "refuse"
    """Whether a document that cannot be in time is refused, or served late."""
