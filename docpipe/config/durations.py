"""Lengths of time as people write them: `30m`, `2h`, `1h30m`, `90s`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

_PARTS = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")


def parse_duration(text: object) -> float:
    """Return seconds of a text such as `30m`, `1h30m` or `90s`; a number counts seconds.

    Raises:
        ValueError: it is none, or 0.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        seconds = float(text)
    else:
        match = _PARTS.fullmatch(str(text).strip().lower())
        if not match or not any(match.groups()):
            raise ValueError(f"{text!r} is no length of time; write for example 30m, 2h, 1h30m or 90s")
        hours, minutes, rest = (float(part or 0) for part in match.groups())
        seconds = 3600 * hours + 60 * minutes + rest
    if not 0 < seconds < 1e8:
        raise ValueError(f"{text!r} is no length of time that a run can take")
    return seconds


Duration = Annotated[float, BeforeValidator(parse_duration), Field(gt=0)]
"""Seconds."""


def shown_duration(seconds: float) -> str:
    """Return a length of time as people read it, such as `1 h 05 min`, `12 min 30 s` or `8 s`."""
    whole = max(0, round(seconds))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"
