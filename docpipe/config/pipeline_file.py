"""A YAML file -> PipelineConfig: what each stage's ladder is, and when the policy moves along it.

Models are frozen and refuse unknown keys; `load_config` reports every complaint of a file at once, as `file:line`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializeAsAny,
    ValidationInfo,
    field_validator,
    model_validator,
)

from docpipe import __version__
from docpipe.adapter.needs_review import ReviewSettings
from docpipe.config.callers import Batch, Caller, Identical, Milliseconds
from docpipe.config.device_memory import device_needs, memory_floors
from docpipe.config.faults import ENVIRONMENT, Fault, check_target, parse_faults
from docpipe.config.ladders import RungConfig, StageConfig, StagesBase, StagesConfig, is_collecting, stages_model
from docpipe.config.memory_budget import memory_findings
from docpipe.config.no_effect import removed_keys, sticky_in_vain, without_effect, without_removed_keys
from docpipe.config.policy_findings import policy_findings
from docpipe.errors import Complaint, ConfigError
from docpipe.files.complaint_words import suggest
from docpipe.files.shipped import find
from docpipe.files.yaml_file import line_of, load_model, read_yaml
from docpipe.inputs.limits import InputLimits
from docpipe.policy.core.plan import Plan, PlanError
from docpipe.policy.core.spec import PolicySpec
from docpipe.profiles.judge import Finding, judge
from docpipe.profiles.model import Profile, read_profile
from docpipe.profiles.prices import Ladder, RungDigest, lease_needed_s, options_of
from docpipe.profiles.versions import installed_versions
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.plugins import load_stage
from docpipe.stages.protocol import StageSettings
from docpipe.stages.stage_spec import StageSpec

log = logging.getLogger("docpipe.config")

NOT_IN_RESULTS = ("workers", "profile", "deadline_ms", "refuse", "consistency", "callers", "identical", "batch")
"""Keys that decide when and on which rungs a document is read, but not what a rung reads."""

LEASE_MARGIN = 2.0
"""A probe's lease by a profile, over what 99 of 100 of the slowest need: other documents run meanwhile."""


def _fault(value: object) -> Fault:
    return value if isinstance(value, Fault) else Fault.parse(str(value))


def _plugin(name: str) -> str:
    load_stage(name)
    return name


class PipelineConfig(BaseModel):
    """Everything a pipeline file may say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1, le=1)] = 1
    profile: str | None = None
    """A file of `docpipe profile`: what each rung costs and gives up on this machine. Relative to the pipeline file."""
    deadline_ms: Milliseconds | None = None
    """What callers of `Pipeline.submit` are promised: an answer, or a refusal, by then. A batch run has none."""
    refuse: Literal["costliest_first", "only_hopeless"] = "costliest_first"
    """Under overload: whether large documents are refused where their time serves others better, or only those that
    cannot be in time at all."""
    consistency: Literal["per_document", "sticky"] = "per_document"
    """Under load: whether each document gets the rungs that the moment allows, or equal documents get equal rungs,
    which then change for all together: lower at once, higher again after `policy.recover_after_s`."""
    callers: Mapping[str, Caller] = Field(default_factory=dict)
    """Kinds of callers by name, for `Pipeline.submit(caller=...)`."""
    identical: Identical = Identical()
    """Whether requests for the same bytes share one reading."""
    batch: Batch = Batch()
    """What `docpipe run` promises for all its documents together."""
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    """Processes that read documents, each supervised; 0 reads in the process itself."""
    input: InputLimits = InputLimits()
    runtime: RuntimeSettings = RuntimeSettings()
    policy: PolicySpec = PolicySpec()
    plugins: tuple[Annotated[str, AfterValidator(_plugin)], ...] = ()
    """Stages that other installed packages bring, by the name of their entry point in the group `docpipe.stages`."""
    stages: SerializeAsAny[StagesConfig] = Field(default_factory=StagesConfig, validate_default=True)
    """One ladder for each stage; a stage that is left out has the ladder of the shipped `invoice`."""
    review: ReviewSettings = ReviewSettings()
    faults: Mapping[
        Annotated[str, AfterValidator(check_target)],
        Annotated[Fault, BeforeValidator(_fault), PlainSerializer(str, return_type=str)],
    ] = Field(default_factory=dict)
    """Faults on purpose, for tests and drills: `text_detection.main: oom`."""

    @model_validator(mode="before")
    @classmethod
    def _without_removed_keys(cls, data: Any) -> Any:
        return without_removed_keys(data)

    @field_validator("stages", mode="before")
    @classmethod
    def _with_stages_of_plugins(cls, value: object, info: ValidationInfo) -> StagesBase:
        """Check `stages:` against docpipe's own stages and those that `plugins:` names."""
        names = info.data.get("plugins", ())  # missing where one of them cannot be loaded, which is told already
        model = stages_model(tuple(load_stage(name) for name in dict.fromkeys(names)))
        if isinstance(value, StagesBase):
            if type(value) is model:
                return value
            value = {name: value[name] for name in value.model_fields_set}
        if "plugins" not in info.data and isinstance(value, Mapping):
            value = {name: part for name, part in value.items() if name in model.model_fields}
        return model.model_validate(value, context=info.context)

    @model_validator(mode="after")
    def _fits_together(self, info: ValidationInfo) -> Self:
        wrong = [] if is_collecting(info) else [*self.complaints()]
        if wrong:
            raise ValueError("; ".join(f"{'.'.join(map(str, loc))}: {text}" for loc, text in wrong))
        return self

    def complaints(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield the places whose keys are right each by itself, and do not fit what stands elsewhere in the file."""
        for spec, stage in self.stages.each():
            served_anyway = spec.replaced_by_text_layer and self.input.text_layer == "require"
            if spec.needed and stage.ladder[-1].mode == "disable" and not served_anyway:
                way_out = "; a rung may disable it only with `input: {text_layer: require}`"
                text = "without this stage a scanned page gives nothing"
                text += way_out if spec.replaced_by_text_layer else "; no rung may disable it"
                yield ("stages", spec.name, "ladder"), text
        rungs = [f"{name}.{rung.name}" for name, stage in self.each_stage() for rung in stage.ladder]
        for target in self.faults:
            if target not in rungs:
                yield ("faults", target), f"there is no rung {target}{suggest(target, rungs)}"
        for name, caller in self.callers.items():
            for index, target in enumerate(caller.forbid):
                if target not in rungs:
                    yield ("callers", name, "forbid", index), f"there is no rung {target}{suggest(target, rungs)}"

    def to_data(self) -> dict[str, Any]:
        """Return what the file said, as plain data that `model_validate` takes."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as plain data: the classes of the stages' ladders are made at run time and have no name to look up.

        Another process so loads the stages of plugins by their names again.
        """
        return PipelineConfig.model_validate, (self.to_data(),)

    def with_faults(self, faults: Mapping[str, Fault]) -> PipelineConfig:
        """Return the same configuration with more faults.

        Raises:
            ValueError: a fault is for a rung that there is not.
        """
        changed = self.model_copy(update={"faults": {**self.faults, **faults}})
        wrong = [text for loc, text in changed.complaints() if loc[0] == "faults"]
        if wrong:
            raise ValueError(f"faults: {'; '.join(wrong)}")
        return changed

    def stage(self, name: str) -> StageConfig[Any]:
        """Return a stage's part by its name."""
        return self.stages[name]

    def each_stage(self) -> Iterator[tuple[str, StageConfig[Any]]]:
        """Yield the stages with their names, in order."""
        for spec, stage in self.stages.each():
            yield spec.name, stage

    @property
    def specs(self) -> Mapping[str, StageSpec[Any]]:
        """What each stage is, by its name, in the order in which a document goes through them."""
        return {spec.name: spec for spec in self.stages.specs}

    def plan(self) -> Plan:
        """Return what the policy needs to know: names of rungs, bands and holds, and what the profile adds to them.

        Raises:
            ConfigError: the profile cannot be read.
            PlanError: bands or holds that do not fit together.
        """
        stages = {name: ([r.name for r in stage.ladder], stage) for name, stage in self.each_stage()}
        profile = self.load_profile()
        if profile is None:
            needs = device_needs(self, None)
            return Plan.build(self.policy, stages, device_mb=needs, memory_floor=memory_floors(self))
        ladders = self.ladders()
        leases = {ladder.stage: lease_needed_s(profile, ladders, ladder.stage) for ladder in ladders}
        return Plan.build(
            self.policy,
            stages,
            device_mb=device_needs(self, profile),
            memory_floor=memory_floors(self),
            priced={ladder.stage: options_of(profile, ladder) for ladder in ladders},
            lease_s={stage: LEASE_MARGIN * needed for stage, needed in leases.items() if needed is not None},
        )

    def load_profile(self) -> Profile | None:
        """Return the profile that the file names, or None.

        Raises:
            ConfigError: it cannot be read, or is no profile.
        """
        return read_profile(find("configs", self.profile)) if self.profile else None

    def ladders(self) -> list[Ladder]:
        """Return the ladders as a profile knows them: each rung by the digest of what it does."""
        found = []
        for spec, stage in self.stages.each():
            probes = stage.probes or self.policy.probes
            lease_s = probes.lease_s if "lease_s" in probes.model_fields_set else None
            rungs = tuple(RungDigest(rung.name, rung.digest(), rung.rules_digest()) for rung in stage.ladder)
            found.append(Ladder(spec.name, rungs, lease_s, stage.probes is not None, spec.unit))
        return found

    def models(self, *, resident: bool | None = None) -> list[ModelRef]:
        """Return the models of all rungs, or of the resident ones (or the others), each once, in order."""
        refs: dict[ModelRef, None] = {}
        for _, stage in self.each_stage():
            for rung in stage.ladder:
                if resident is None or rung.resident == resident:
                    refs.update(dict.fromkeys(rung.use.models()))
        return list(refs)

    def sha256(self, pins: Mapping[str, str] | None = None) -> str:
        """Return the hash of all that can change a result: the file, the content of its rule packs, docpipe's version.

        The number of workers and threads is left out, and so are the profile and what callers are promised.
        """
        data = self.model_dump(
            mode="json",
            exclude={"runtime": {"cpu_threads", "state_dir", "memory_mb"}, **dict.fromkeys(NOT_IN_RESULTS, True)},
        )
        data["pins"] = dict(pins or {})
        data["docpipe"] = __version__
        data["rules"] = [rung.use.rules_sha256() for _, stage in self.each_stage() for rung in stage.ladder]
        return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def load_config(path: str | Path, *, measuring: bool = False) -> PipelineConfig:
    """Read and check one pipeline file; `path` may be the name of a shipped one, such as `invoice`.

    Faults that the environment asks for (`DOCPIPE_FAULTS`) come on top of the file's own. With `measuring`, which is
    for making the profile that the file names, neither profile nor policy is looked at.

    Raises:
        ConfigError: with every complaint, each naming its line.
    """
    file = find("configs", path)
    config = load_model(PipelineConfig, file)
    for loc, reason in removed_keys(read_yaml(file)[0]):
        log.warning("docpipe.key_ignored file=%s key=%s reason=%r", file, ".".join(map(str, loc)), reason)
    if measuring:
        return config.model_copy(update={"profile": None, "faults": {}})
    config = with_profile_found(config, file)
    try:
        config.plan()
    except PlanError as e:
        raise build_error(file, e.complaints) from e
    found = findings(config, file)
    for over in (finding for finding in found if finding.loc[-2:] == ("pin", "until")):
        log.warning("docpipe.pin_over file=%s key=%s reason=%r", file, ".".join(map(str, over.loc)), over.text)
    refused = [(finding.loc, finding.text) for finding in found if finding.refused]
    if refused:
        raise build_error(file, refused)
    try:
        extra = parse_faults(os.environ.get(ENVIRONMENT, ""))
        return config.with_faults(extra) if extra else config
    except ValueError as e:
        raise ConfigError(ENVIRONMENT, [Complaint(1, "", str(e).replace("\n", " "))]) from e


def findings(config: PipelineConfig, file: Path) -> tuple[Finding, ...]:
    """Return what a pipeline file says without effect, and what is wrong with it in the light of its profile.

    Raises:
        ConfigError: the profile cannot be read.
    """
    in_vain = [Finding(loc, text, False) for loc, text in removed_keys(read_yaml(file)[0])]
    in_vain += (*without_effect(config), *sticky_in_vain(config), *memory_findings(config))
    in_vain += policy_findings(config.plan(), config.workers, datetime.now(UTC))
    profile = config.load_profile()
    if profile is None:
        return tuple(in_vain)
    again = f"docpipe profile LABELS --config {file} --out {config.profile}"
    return (*in_vain, *judge(profile, config.ladders(), installed_versions(), again))


def with_profile_found(config: PipelineConfig, file: Path) -> PipelineConfig:
    """Return the configuration with the whole path of its profile, which stands relative to the pipeline file."""
    if config.profile is None:
        return config
    beside = file.parent / config.profile
    path = beside if beside.is_file() else find("configs", config.profile)
    if not path.is_file():
        raise build_error(file, [(("profile",), f"no such file: {beside}; `docpipe profile LABELS` makes one")])
    return config.model_copy(update={"profile": str(path.absolute())})


def build_error(file: Path, complaints: Sequence[tuple[tuple[str | int, ...], str]]) -> ConfigError:
    """Return an error that names the line of each complaint: a place in the file, and what is wrong there."""
    root = read_yaml(file)[1]
    return ConfigError(file, [Complaint(line_of(root, loc), ".".join(map(str, loc)), text) for loc, text in complaints])


__all__ = ["PipelineConfig", "RungConfig", "StageConfig", "StageSettings", "findings", "load_config"]
