"""`stages:` of a pipeline file: each stage's ladder, best rung first, and where it departs from `policy:`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, create_model, model_validator

from docpipe.policy.core.spec import StagePolicy
from docpipe.result import Action, Stages
from docpipe.stages import STAGES
from docpipe.stages.protocol import S
from docpipe.stages.stage_spec import StageSpec, in_running_order

COLLECTING = {"collecting": True}
"""The context of a check that collects: what keys say together is looked at afterwards, so that nothing hides it."""


def is_collecting(info: ValidationInfo) -> bool:
    """Whether complaints are collected, and what keys say together is looked at afterwards."""
    return bool((info.context or {}).get("collecting"))


class RungConfig(BaseModel, Generic[S]):
    """One rung of a ladder: its mode, in the words of the result's `action`, and the stage's own settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=40)]
    mode: Action = "none"
    use: S
    resident: bool = True
    """Loaded and warmed at start. One that is not loads in the background when it is first wanted."""

    def digest(self) -> str:
        """Return 12 digits that change with what the file says of this rung: mode and settings, not words of rules."""
        data: dict[str, Any] = {"mode": self.mode}
        if self.mode != "disable":
            use = self.use.model_dump(mode="json", exclude_defaults=True)  # a key that is new changes nothing by itself
            data |= {"use": use, "rules": None}  # `rules` stood here before, and most rungs have none
        return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]

    def rules_digest(self) -> str | None:
        """Return 12 digits of the content of the rules that this rung reads by; None where it has none."""
        sha256 = None if self.mode == "disable" else self.use.rules_sha256()
        return None if sha256 is None else sha256[:12]


class StageConfig(StagePolicy, Generic[S]):
    """One stage: its ladder, best rung first, and what it says otherwise than `policy:`."""

    ladder: Annotated[tuple[RungConfig[S], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ladder_is_one(self, info: ValidationInfo) -> Self:
        wrong = [] if is_collecting(info) else [text for _, _, text in self.ladder_complaints()]
        if wrong:
            raise ValueError(f"ladder: {'; '.join(wrong)}")
        return self

    def ladder_complaints(self) -> Iterator[tuple[int, str, str]]:
        """Yield each rung that cannot stand where it stands, by its number, with the key that says so, and why."""
        names = [rung.name for rung in self.ladder]
        for index, rung in enumerate(self.ladder):
            if rung.name in names[:index]:
                yield index, "name", f"two rungs are called {rung.name!r}; give each a name of its own"
            if index == 0 and rung.mode != "none":
                yield index, "mode", f"the best rung, {rung.name!r}, gives nothing up; leave out its `mode`"
            if index and rung.mode == "none":
                yield index, "mode", f"{rung.name!r} needs a `mode`: swap_model, reduce_input, rules or disable"
            if rung.mode == "disable" and index < len(names) - 1:
                yield index, "mode", f"{rung.name!r} disables the stage, so it must be the last rung"
            above = self.ladder[index - 1] if index else rung
            if rung.mode == "reduce_input" and rung.use.models()[:1] != above.use.models()[:1]:
                yield index, "mode", f"{rung.name!r} reduces the input of another model; its mode is swap_model"

    def rung(self, name: str) -> RungConfig[S]:
        """Return the rung of that name.

        Raises:
            KeyError: the ladder has no such rung.
        """
        for rung in self.ladder:
            if rung.name == name:
                return rung
        raise KeyError(name)

    def level(self, name: str) -> int:
        """Return how far down the ladder a rung stands; 0 is the best."""
        return [rung.name for rung in self.ladder].index(name)


class StagesBase(BaseModel):
    """A stage's part by its name, as key or attribute; one class for each list of stages, made by `stages_model`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    specs: ClassVar[tuple[StageSpec[Any], ...]] = ()
    """The stages that the file may speak of, in the order in which a document goes through them."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> StageConfig[Any]: ...

    def __getitem__(self, name: str) -> StageConfig[Any]:
        """Return a stage's part.

        Raises:
            KeyError: there is no such stage.
        """
        if name not in type(self).model_fields:
            raise KeyError(name)
        found: StageConfig[Any] = getattr(self, name)
        return found

    def each(self) -> Iterator[tuple[StageSpec[Any], StageConfig[Any]]]:
        """Yield every stage with its part of the file, in the order in which a document goes through them."""
        for spec in self.specs:
            yield spec, self[spec.name]


def _field(spec: StageSpec[Any]) -> tuple[Any, Any]:
    """Return type and default of a stage's key: the default ladder, or nothing where every file must write one."""
    part = StageConfig[spec.settings]  # type: ignore[name-defined]
    if spec.default_ladder is None:
        return part, ...

    def default() -> Any:
        try:
            return part.model_validate({"ladder": spec.default_ladder})
        except ValidationError as e:
            first = e.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise ValueError(f"the default ladder of {spec.name} is wrong: {where}: {first['msg']}") from e

    return part, Field(default_factory=default)


def _is_taken(name: str, base: type[StagesBase]) -> bool:
    return name in base.model_fields or hasattr(base, name) or hasattr(Stages, name)


@lru_cache(maxsize=64)
def stages_model(more: tuple[StageSpec[Any], ...]) -> type[StagesBase]:
    """Return the model of `stages:` for docpipe's own stages and those of plugins.

    Raises:
        ValueError: a stage has a name that is taken.
    """
    base = stages_model(()) if more else StagesBase
    added: Sequence[StageSpec[Any]] = more or tuple(STAGES.values())
    taken = next((spec.name for spec in added if _is_taken(spec.name, base)), None)
    if taken:
        raise ValueError(f"a stage cannot be called {taken!r}: the name is taken")
    fields: dict[str, Any] = {spec.name: _field(spec) for spec in added}
    doc = "The stages, in the order in which a document goes through them."
    made = cast(
        type[StagesBase], create_model("StagesConfig", __base__=base, __module__=__name__, __doc__=doc, **fields)
    )
    made.specs = in_running_order((*base.specs, *added))
    return made


if TYPE_CHECKING:
    StagesConfig = StagesBase
else:
    StagesConfig = stages_model(())
