"""`dataclasses.replace` for values without `__post_init__`, but several times faster.

A step changes a handful of frozen values for each sample; with the library's own function that was most of its time
(`benchmarks/policy_decisions.py`). Type checkers see the original, which knows the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(value: T, /, **changes: Any) -> T:
        """Return a copy of a frozen dataclass with some fields changed."""
        copy = object.__new__(type(value))
        fields = copy.__dict__
        fields.update(value.__dict__)
        fields.update(changes)
        return copy
