"""What the parts of a result share: they are frozen, ignore keys that they do not know, and measure in pixels."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels of the original page."""
Polygon = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four corners, clockwise from the top left of the text, in pixels of the original page."""


class Frozen(BaseModel):
    """A part of the result. Unknown keys are ignored, so that results of later minor versions load."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())
