"""Everything that is wrong with a pipeline file in one pass: keys, ladders, policy, profile, models, packs, devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from docpipe.config.ladders import COLLECTING
from docpipe.config.pipeline_file import PipelineConfig, findings, with_profile_found
from docpipe.config.unusable_models import enlarging_rungs, missing_devices, missing_models, unusable_models
from docpipe.errors import Complaint, ConfigError
from docpipe.files.partial_model import Partial, read_partly
from docpipe.files.shipped import find
from docpipe.files.yaml_file import line_of, read_yaml
from docpipe.policy.core.plan import PlanError
from docpipe.profiles.judge import Finding

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Checked:
    """What there is to say of a pipeline file, in the order of its lines."""

    complaints: tuple[Complaint, ...]
    """The file is refused for these."""
    warnings: tuple[Complaint, ...]
    """It runs with these, and something in it has no effect, or not the one that was meant."""


def check_file(path: str | Path) -> Checked:
    """Return every complaint about a pipeline file and every warning; what one mistake hides included.

    Nothing is loaded or downloaded. Files that this one names and that are wrong themselves are named with it.

    Raises:
        ConfigError: the file is missing or is no YAML.
    """
    file = find("configs", path)
    data, root = read_yaml(file)
    found = read_partly(PipelineConfig, data, COLLECTING)
    later = [] if found.model is None else [*_of_what_could_be_read(found.model, file)]
    plugins = [("stages", name) for name in _list_plugins(data)]  # of one that is not there it is said already
    placed = [Finding(loc, text, True) for loc, text in found.complaints if loc not in plugins]
    for finding in later:
        loc = found.place(finding.loc)
        if not _follows(loc, found):
            placed.append(replace(finding, loc=loc))
    told = sorted({(line_of(root, f.loc), ".".join(map(str, f.loc)), f.text, f.refused) for f in placed})
    refused = tuple(Complaint(line, key, text) for line, key, text, is_refused in told if is_refused)
    not_refused = tuple(Complaint(line, key, text) for line, key, text, is_refused in told if not is_refused)
    return Checked(refused, not_refused)


def _list_plugins(data: object) -> list[str]:
    plugins = data.get("plugins") if isinstance(data, Mapping) else None
    return [name for name in plugins if isinstance(name, str)] if isinstance(plugins, list) else []


def _follows(loc: Loc, found: Partial[PipelineConfig]) -> bool:
    """Whether a complaint comes of what was left out: at its place, or in the rung above, with which it compares."""
    if len(loc) > 4 and loc[2] == "ladder" and isinstance(loc[3], int):
        compares = loc[4] == "mode" or len(loc) > 5
        return found.follows(loc) or (compares and found.follows((*loc[:3], loc[3] - 1)))
    return len(loc) > 1 and found.follows(loc)


def _of_what_could_be_read(config: PipelineConfig, file: Path) -> Iterator[Finding]:
    for name, stage in config.each_stage():
        for index, key, text in stage.ladder_complaints():
            yield Finding(("stages", name, "ladder", index, key), text, True)
    yield from (Finding(loc, text, True) for loc, text in config.complaints())
    for look in (unusable_models, enlarging_rungs, missing_devices, missing_models, _of_rules):
        yield from look(config)
    try:
        config = with_profile_found(config, file)
    except ConfigError as e:
        yield from (Finding(("profile",), complaint.message, True) for complaint in e.complaints)
        config = config.model_copy(update={"profile": None})
    yield from _of_policy(config, file)


def _of_policy(config: PipelineConfig, file: Path) -> Iterator[Finding]:
    try:
        yield from findings(config, file)
    except PlanError as e:
        # of two rungs with one name it is said before
        yield from (Finding(loc, text, True) for loc, text in e.complaints if not text.startswith("two rungs"))
    except ConfigError as e:  # of the profile
        yield Finding(("profile",), str(e), True)


def _of_rules(config: PipelineConfig) -> Iterator[Finding]:
    """Yield rule packs and folders of them that there are not, or that are wrong."""
    for name, stage in config.each_stage():
        for index, rung in enumerate(stage.ladder):
            for key, text in rung.use.rules_complaints() if rung.mode != "disable" else ():
                yield Finding(("stages", name, "ladder", index, "use", key), text, True)
