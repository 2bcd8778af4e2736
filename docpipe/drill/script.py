"""What a drill script may say: when trouble comes and goes, and what the policy must have done by then.

for_s: 60
steps:
  - {at_s: 10, fault: {text_detection.main: oom}}
  - {at_s: 20, fault: {text_detection.main: none}, host_used: 0.95}
expect:
  - {what: down, stage: text_detection, to: light, trigger: out_of_memory, from_s: 10, to_s: 20}
  - {what: failed_documents, most: 0}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from docpipe.config import PipelineConfig
from docpipe.errors import Complaint, ConfigError
from docpipe.faults import Fault, check_target
from docpipe.policy.values import EventKind, Trigger
from docpipe.resources import find
from docpipe.yamlfile import load_model

Seconds = Annotated[float, Field(ge=0, le=86_400)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _fault(value: object) -> Fault | None:
    if value is None or value == "none" or isinstance(value, Fault):
        return value if isinstance(value, Fault) else None
    return Fault.parse(str(value))


class Step(_Part):
    """One change at one moment. `none` ends a fault; a signal of null is read from the machine again."""

    at_s: Seconds
    fault: Mapping[Annotated[str, AfterValidator(check_target)], Annotated[Fault | None, BeforeValidator(_fault)]] = (
        Field(default_factory=dict)
    )
    host_used: Annotated[float, Field(ge=0, le=1)] | None = None
    gpu_used: Annotated[float, Field(ge=0, le=1)] | None = None
    note: str = ""


class Expectation(_Part):
    """One thing that must have happened: an event in a stretch of time, or a count over the whole drill."""

    what: Literal["down", "up", "probing", "ramping", "stays", "failed_documents", "reversals", "degraded_documents"]
    stage: str | None = None
    to: str | None = None
    trigger: Trigger | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    """Of a ramp."""
    from_s: Seconds = 0.0
    to_s: Seconds | None = None
    least: int | None = None
    most: int | None = None

    @property
    def kind(self) -> tuple[EventKind, ...]:
        """The events that count; a closed rung is a step down, too."""
        return {
            "down": (EventKind.DOWN, EventKind.CLOSED),
            "up": (EventKind.UP,),
            "probing": (EventKind.PROBING,),
            "ramping": (EventKind.RAMPING,),
        }.get(self.what, ())

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind or self.what == "stays") and self.stage is None:
            raise ValueError(f"{self.what} needs a stage")
        if self.what in ("failed_documents", "reversals", "degraded_documents") and self.least is self.most is None:
            raise ValueError(f"{self.what} needs least or most")
        return self

    def __str__(self) -> str:
        words: list[str] = [self.what, self.stage or ""]
        words += [f"to {self.to}"] if self.to else []
        words += [f"by {self.trigger.value}"] if self.trigger else []
        words += [f"at {self.share:.0%}"] if self.share else []
        words += [f"at least {self.least}"] if self.least is not None else []
        words += [f"at most {self.most}"] if self.most is not None else []
        if self.kind or self.what == "stays":
            words.append(f"{self.from_s:g}–{'end' if self.to_s is None else f'{self.to_s:g}'} s")
        return " ".join(filter(None, words))


class Script(_Part):
    """A drill. Documents are read one after the other, from the first again when they are through, for `for_s`."""

    about: str
    for_s: Annotated[float, Field(gt=0, le=86_400)]
    steps: tuple[Step, ...] = ()
    expect: Annotated[tuple[Expectation, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        moments = [step.at_s for step in self.steps]
        if moments != sorted(moments):
            raise ValueError("steps: they must stand in the order of their at_s")
        if moments and moments[-1] >= self.for_s:
            raise ValueError(f"steps: the last one, at {moments[-1]:g} s, is after the end, for_s {self.for_s:g}")
        return self


def load_script(name: str, config: PipelineConfig) -> Script:
    """Read a drill script; `name` is a file, or one of the shipped ones such as `bank`.

    Raises:
        ConfigError: the file is wrong, or names a stage or rung that the pipeline does not have.
    """
    path = find("configs", name) if Path(name).suffix else find("configs", f"drills/{name}.yaml")
    script = load_model(Script, path)
    ladders = {stage: [rung.name for rung in spec.ladder] for stage, spec in config.each_stage()}
    wrong = []
    for step in script.steps:
        for target in step.fault:
            stage, _, rung = target.partition(".")
            if rung not in ladders.get(stage, ()):
                wrong.append(f"steps: the pipeline has no rung {target}")
    for expectation in script.expect:
        if expectation.stage is not None and expectation.stage not in ladders:
            wrong.append(f"expect: the pipeline has no stage {expectation.stage}")
        elif expectation.to is not None and expectation.to not in ladders[expectation.stage or ""]:
            wrong.append(f"expect: {expectation.stage} has no rung {expectation.to}")
    if wrong:
        raise ConfigError(path, [Complaint(1, "", text) for text in wrong])
    return script
