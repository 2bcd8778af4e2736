"""What a drill script may say: when trouble comes and goes, and what the policy must have done by then.

for_s: 60
documents_per_s: 2
steps:
  - {at_s: 10, fault: {text_detection.main: oom}}
  - {at_s: 20, fault: {text_detection.main: none}, host_used: 0.95}
expect:
  - {what: down, stage: text_detection, to: light, trigger: out_of_memory, from_s: 10, to_s: 20}
  - {what: failed_documents, most: 0}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from docpipe.config import PipelineConfig
from docpipe.config.faults import Fault, check_target
from docpipe.errors import Complaint, ConfigError
from docpipe.files.shipped import find
from docpipe.files.yaml_file import line_of, load_model, read_yaml
from docpipe.policy.core.values import EventKind, Trigger

Seconds = Annotated[float, Field(ge=0, le=86_400)]
Share = Annotated[float, Field(ge=0, le=1)]

SIGNALS = ("host_used", "gpu_used", "queue_wait_ms")
"""The slow signals that a step may set."""

COUNTS = ("documents", "failed_documents", "degraded_documents", "reversals")
"""What is counted over the whole drill."""

EVENTS: Mapping[str, tuple[EventKind, ...]] = {
    "down": (EventKind.DOWN, EventKind.CLOSED),  # a closed rung is a step down, too
    "up": (EventKind.UP,),
    "probing": (EventKind.PROBING,),
    "ramping": (EventKind.RAMPING,),
    "trial_ended": (EventKind.TRIAL_ENDED,),
    "pinned": (EventKind.PINNED,),
    "unpinned": (EventKind.UNPINNED,),
}
"""The events that count for each word of an expectation."""

_MOVES = (EventKind.DOWN, EventKind.CLOSED, EventKind.UP)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _fault(value: object) -> Fault | None:
    if value is None or value == "none" or isinstance(value, Fault):
        return value if isinstance(value, Fault) else None
    return Fault.parse(str(value))


class ScriptStep(_Part):
    """One change at one moment. `none` ends a fault or a pin; a signal of null is read from the machine again."""

    at_s: Seconds
    fault: Mapping[Annotated[str, AfterValidator(check_target)], Annotated[Fault | None, BeforeValidator(_fault)]] = (
        Field(default_factory=dict)
    )
    host_used: Share | None = None
    gpu_used: Share | None = None
    queue_wait_ms: Annotated[float, Field(ge=0)] | None = None
    pin: Mapping[str, str] = Field(default_factory=dict)
    """A rung by stage, as an operator would pin it."""
    note: str = ""

    def signals(self) -> dict[str, float | None]:
        """Return the signals that this step sets."""
        return {name: getattr(self, name) for name in SIGNALS if name in self.model_fields_set}


class Expectation(_Part):
    """One thing that must have happened: an event in a stretch of time, the rung at the end, or a count."""

    what: Literal[
        "down", "up", "probing", "ramping", "trial_ended", "pinned", "unpinned", "stays", "ends",
        "documents", "failed_documents", "degraded_documents", "reversals",
    ]  # fmt: skip
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
    def kinds(self) -> tuple[EventKind, ...]:
        """The kinds of events that this is about."""
        return _MOVES if self.what == "stays" else EVENTS.get(self.what, ())

    @model_validator(mode="after")
    def _complete(self) -> Self:
        counted = self.what in COUNTS
        if counted == (self.stage is not None):
            raise ValueError(f"{self.what} needs {'no' if counted else 'a'} stage")
        if counted and self.least is None and self.most is None:
            raise ValueError(f"{self.what} needs least or most")
        if self.what == "ends" and self.to is None:
            raise ValueError("ends needs `to`, the rung that the stage must stand on")
        if self.to_s is not None and self.to_s <= self.from_s:
            raise ValueError(f"to_s ({self.to_s:g}) is not after from_s ({self.from_s:g})")
        return self

    def __str__(self) -> str:
        words: list[str] = [self.what.replace("_", " "), self.stage or ""]
        words += [f"{'on' if self.what == 'ends' else 'to'} {self.to}"] if self.to else []
        words += [f"by {self.trigger.value}"] if self.trigger else []
        words += [f"at {self.share:.0%}"] if self.share else []
        words += [f"at least {self.least}"] if self.least is not None else []
        words += [f"at most {self.most}"] if self.most is not None else []
        if self.kinds:
            words.append(f"({self.from_s:g} to {'the end' if self.to_s is None else f'{self.to_s:g} s'})")
        return " ".join(filter(None, words))


class Script(_Part):
    """A drill. Documents are read one after the other, from the first again when they are through, for `for_s`."""

    about: str
    for_s: Annotated[float, Field(gt=0, le=86_400)]
    documents_per_s: Annotated[float, Field(gt=0, le=1000)] | None = None
    """How often a document comes; None starts each as soon as the one before it is read."""
    infer_timeout_s: Annotated[float, Field(gt=0)] | None = None
    """In place of the pipeline file's, so that a stuck model does not hold up the drill."""
    steps: tuple[ScriptStep, ...] = ()
    expect: Annotated[tuple[Expectation, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        moments = [step.at_s for step in self.steps]
        if moments != sorted(moments):
            raise ValueError("steps: they must stand in the order of their at_s")
        if moments and moments[-1] >= self.for_s:
            raise ValueError(f"steps: the last one, at {moments[-1]:g} s, is not before the end, {self.for_s:g} s")
        return self


def load_script(name: str, config: PipelineConfig) -> Script:
    """Read a drill script; `name` is a file, or one of the shipped ones such as `bank`.

    Raises:
        ConfigError: the file is wrong, or names a stage or rung that the pipeline does not have.
    """
    path = find("configs", name) if Path(name).suffix else find("configs", f"drills/{name}.yaml")
    script = load_model(Script, path)
    wrong = list(_unknown(script, {stage: [rung.name for rung in spec.ladder] for stage, spec in config.each_stage()}))
    if wrong:
        root = read_yaml(path)[1]
        raise ConfigError(path, [Complaint(line_of(root, loc), ".".join(map(str, loc)), text) for loc, text in wrong])
    return script


def _unknown(script: Script, ladders: Mapping[str, list[str]]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for number, step in enumerate(script.steps):
        for target in step.fault:
            stage, _, rung = target.partition(".")
            if rung not in ladders.get(stage, ()):
                yield ("steps", number, "fault", target), "the pipeline has no such stage and rung"
        for stage, rung in step.pin.items():
            if stage not in ladders or rung not in ("none", *ladders[stage]):
                yield ("steps", number, "pin", stage), f"the pipeline has no {stage}.{rung}"
    for number, expectation in enumerate(script.expect):
        if expectation.stage is None:
            continue
        if expectation.stage not in ladders:
            yield ("expect", number, "stage"), f"the pipeline has no stage {expectation.stage}"
        elif expectation.to is not None and expectation.to not in ladders[expectation.stage]:
            yield ("expect", number, "to"), f"{expectation.stage} has no rung {expectation.to}"
