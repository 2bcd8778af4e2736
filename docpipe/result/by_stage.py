"""What a result says by stage: ordered mappings that begin with the four stages of every result."""

from __future__ import annotations

from collections.abc import ItemsView, KeysView, ValuesView
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import ConfigDict, create_model

from docpipe.result.frozen import Frozen

Action = Literal["none", "swap_model", "reduce_input", "rules", "disable"]
ServedBy = Literal["model", "rules", "text_layer", "embedded_xml", "none"]

STAGE_NAMES = ("text_detection", "text_recognition", "table_structure", "key_fields")
"""The stages that every result names, in this order, as schema 1 says; those of plugins follow."""


class StageResult(Frozen):
    """Which rung served a stage: `level` 0 is the best; the lowest one where pages were served differently."""

    rung: str
    level: int
    action: Action
    served_by: ServedBy
    model_name: str | None = None
    model_version: str | None = None
    runtime: str | None = None


T = TypeVar("T")


class _ByStage(Frozen, Generic[T]):
    """An ordered mapping by stage: the names that every result has come first, those of plugins after them.

    `stages["key_fields"]` and `stages.key_fields` are the same.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra=lambda schema: schema.pop("additionalProperties", None))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> T: ...

    def _all(self) -> dict[str, T]:
        return {name: getattr(self, name) for name in type(self).model_fields} | (self.model_extra or {})

    def __getitem__(self, stage: str) -> T:
        return self._all()[stage]

    def __contains__(self, stage: object) -> bool:
        return stage in self._all()

    def __len__(self) -> int:
        return len(self._all())

    def keys(self) -> KeysView[str]:
        """Return the names of the stages."""
        return self._all().keys()

    def values(self) -> ValuesView[T]:
        """Return what is said of each stage."""
        return self._all().values()

    def items(self) -> ItemsView[str, T]:
        """Return names and what is said of them."""
        return self._all().items()


class _StageResults(_ByStage[StageResult]):
    """The four stages, in order."""

    __pydantic_extra__: dict[str, StageResult]


class _RungNames(_ByStage[str]):
    """The rung of each stage that served a page."""

    __pydantic_extra__: dict[str, str]


class _StageTimes(_ByStage[float | None]):
    """Milliseconds by stage; null where it did not run."""

    __pydantic_extra__: dict[str, float | None]


if TYPE_CHECKING:

    class Stages(_StageResults): ...

    class Rungs(_RungNames): ...

    class StageTimings(_StageTimes): ...

else:

    def _with_stages(name: str, base: type[Frozen], field: tuple[Any, Any]) -> type[Frozen]:
        """Return the model with a field for each of the stages that every result names."""
        fields = dict.fromkeys(STAGE_NAMES, field)
        return create_model(name, __base__=base, __module__=__name__, __doc__=base.__doc__, **fields)

    Stages = _with_stages("Stages", _StageResults, (StageResult, ...))
    Rungs = _with_stages("Rungs", _RungNames, (str, ...))
    StageTimings = _with_stages("StageTimings", _StageTimes, (float | None, None))
