"""Who may ask a pipeline for what: a deadline, a priority, the least accuracy, rungs that are not to be used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from docpipe.config.durations import Duration

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


class Identical(BaseModel):
    """What happens to documents of the very same bytes that are asked for with `Pipeline.submit`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    join: bool = True
    """Whether a request waits for an equal one in progress (same bytes, same deadline and terms) instead of reading."""
    cache: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """How many full answers are kept in memory for later requests; degraded ones never are. 0 keeps none."""


class Batch(BaseModel):
    """What is promised for a whole run of `docpipe run`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    finish_within: Duration | None = None
    """Seconds, or a text such as `30m` or `2h`: documents are read on lighter rungs where the time asks for it."""
