"""Faults on purpose, for tests and drills: what a stage's rung does wrong, from the configuration or the environment.

    faults: {text_detection.main: oom, text_recognition.main: slow:3x}
    DOCPIPE_FAULTS="text_detection.main: oom*3; key_fields.rules: error"

`die`, `stop` and `hang` are for worker processes only: the call kills its process, stops it, or never comes back and
lets no other thread run.

`oom` and `error` fail the call, `slow:<k>x` makes it take k times as long, `slow:+<n>ms` n milliseconds longer,
`stuck` does not come back within the stage's time. `*<n>` ends a fault after its first n calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

ENVIRONMENT = "DOCPIPE_FAULTS"
_SLOW = r"slow:(?:(?P<factor>\d+(?:\.\d+)?)x|\+(?P<extra>\d+)ms)"
_SPEC = re.compile(rf"(?P<kind>oom|error|stuck|die|stop|hang|{_SLOW})(?:\s*\*\s*(?P<calls>\d+))?")
_TARGET = re.compile(r"[a-z][a-z0-9_]*\.[A-Za-z0-9][A-Za-z0-9_.-]*")


FaultKind = Literal["oom", "error", "slow", "stuck", "die", "stop", "hang"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its kind, how much slower (times, and ms more), and after how many calls it ends (None: never)."""

    kind: FaultKind
    factor: float = 1.0
    calls: int | None = None
    extra_ms: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `oom`, `error*3`, `slow:2.5x`, `slow:+800ms` or `stuck`.

        Raises:
            ValueError: the text is none of these.
        """
        found = _SPEC.fullmatch(text.strip())
        if found is None:
            raise ValueError(
                f"{text!r} is no fault; write oom, error, stuck, die, stop, hang or slow:3x "
                "(slow:+800ms), with *5 for five calls"
            )
        kind: FaultKind = "slow"
        if not found["kind"].startswith("slow"):
            kind = found["kind"]  # type: ignore[assignment]
        if kind == "slow" and found["factor"] and float(found["factor"]) < 1:
            raise ValueError(f"{text!r} would make it faster; a factor is 1 or more")
        calls = int(found["calls"]) if found["calls"] else None
        return cls(kind, float(found["factor"] or 1.0), calls, float(found["extra"] or 0.0))

    def __str__(self) -> str:
        slow = f"slow:+{self.extra_ms:g}ms" if self.extra_ms else f"slow:{self.factor:g}x"
        kind = slow if self.kind == "slow" else self.kind
        return kind if self.calls is None else f"{kind}*{self.calls}"


def parse_faults(text: str) -> dict[str, Fault]:
    """Read `stage.rung: fault; stage.rung: fault`, as the environment variable holds it.

    Raises:
        ValueError: an entry is not of this form.
    """
    faults = {}
    for entry in filter(str.strip, text.split(";")):
        target, colon, spec = entry.partition(":")
        if not colon:
            raise ValueError(f"{entry.strip()!r} is not of the form stage.rung: fault")
        faults[check_target(target)] = Fault.parse(spec)
    return faults


def check_target(text: str) -> str:
    """Return `stage.rung` trimmed.

    Raises:
        ValueError: the text is not of that form.
    """
    if not _TARGET.fullmatch(text.strip()):
        raise ValueError(f"{text.strip()!r} is not of the form stage.rung, such as text_detection.main")
    return text.strip()
