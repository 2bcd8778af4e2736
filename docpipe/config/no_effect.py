"""What a pipeline file says without effect: keys of 0.1 that are gone, and settings that nothing can read in this file.

A file with such a line loads all the same; `docpipe check` and the log say which line it is and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from docpipe.adapter.review_thresholds import strictest_target
from docpipe.policy.core.spec import SampledBand, Triggers
from docpipe.profiles.judge import Finding
from docpipe.profiles.prices import options_of

if TYPE_CHECKING:
    from docpipe.config.ladders import StageConfig
    from docpipe.config.pipeline_file import PipelineConfig

Loc = tuple[str | int, ...]

REMOVED: Mapping[Loc, str] = {
    ("consistency",): "`consistency` stands at the top of the file, beside `refuse`",
    ("predicted_load",): "nothing predicts load",
    ("error_ratio", "recover_after_s"): "a rung that failed comes back by `cool_down_s` and `probes`",
}
"""Keys of `policy:` and of a stage that 0.1 accepted and that did nothing, each with what holds instead."""


def removed_keys(data: object) -> Iterator[tuple[Loc, str]]:
    """Yield the place of each key of 0.1 that is gone, and what holds instead."""
    for at, block in _blocks(data):
        for keys, instead in REMOVED.items():
            if _parent(block, keys) is not None:
                yield (*at, *keys), f"has no effect; leave it out: {instead}"


def without_removed_keys(data: Any) -> Any:
    """Return the same data without these keys."""
    if not isinstance(data, Mapping) or not any(removed_keys(data)):
        return data
    copied: dict[str, Any] = {**data}
    if isinstance(data.get("policy"), Mapping):
        copied["policy"] = _clean_block(data["policy"])
    if isinstance(data.get("stages"), Mapping):
        copied["stages"] = {n: _clean_block(s) if isinstance(s, Mapping) else s for n, s in data["stages"].items()}
    return copied


def _blocks(data: object) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    if not isinstance(data, Mapping):
        return
    if isinstance(data.get("policy"), Mapping):
        yield ("policy",), data["policy"]
    stages = data.get("stages")
    for name, stage in stages.items() if isinstance(stages, Mapping) else ():
        if isinstance(stage, Mapping):
            yield ("stages", str(name)), stage


def _parent(block: Mapping[str, Any], keys: Loc) -> Mapping[str, Any] | None:
    """Return the mapping that holds the last of the keys, or None where it is not there."""
    *groups, last = keys
    node: object = block
    for group in groups:
        node = node.get(group) if isinstance(node, Mapping) else None
    return node if isinstance(node, Mapping) and last in node else None


def _clean_block(block: Mapping[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, value in block.items():
        if (key,) in REMOVED:
            continue
        gone = {keys[1] for keys in REMOVED if len(keys) == 2 and keys[0] == key}
        cleaned[key] = {k: v for k, v in value.items() if k not in gone} if isinstance(value, Mapping) else value
    return cleaned


def without_effect(config: PipelineConfig) -> Iterator[Finding]:
    """Yield what this file says without effect; nothing of it is refused."""
    found = (*_of_ladders(config), *_of_bands(config), *_of_input_and_runtime(config), *_of_review(config))
    for loc, text in found:
        yield Finding(loc, text, False)


def sticky_in_vain(config: PipelineConfig) -> Iterator[Finding]:
    """Yield why `consistency: sticky` can treat nobody otherwise than the default does; the file is refused for it.

    Raises:
        ConfigError: the profile cannot be read.
    """
    if config.consistency != "sticky":
        return
    profile, at = config.load_profile(), ("consistency",)
    if profile is None:
        text = "without a `profile:` no rung is given up for load: name one, or leave it out"
        yield Finding(at, text, True)
    elif all(len(options_of(profile, ladder)) < 2 for ladder in config.ladders()):
        text = "the profile knows no two rungs of any stage: measure again, or leave it out"
        yield Finding(at, text, True)
    elif unknown := [one for one in config.ladders() if one.rungs[0].name not in options_of(profile, one)]:
        rung = f"{unknown[0].stage}.{unknown[0].rungs[0].name}"
        yield Finding(at, f"has no effect until the profile knows {rung} as it is now: measure again", False)
    elif config.deadline_ms is None and all(caller.deadline_ms is None for caller in config.callers.values()):
        text = "has no effect in this file, where nobody has a deadline; only in `Pipeline.submit(deadline_ms=...)`"
        yield Finding(at, text, False)


def _of_ladders(config: PipelineConfig) -> Iterator[tuple[Loc, str]]:
    for spec, stage in config.stages.each():
        for level, rung in enumerate(stage.ladder):
            at = ("stages", spec.name, "ladder", level)
            if rung.mode == "disable" and rung.use.model_fields_set:
                yield (*at, "use"), "has no effect: nothing runs on this rung"
            elif not rung.resident and not rung.use.models():
                yield (*at, "resident"), "has no effect: this rung has no model to load"
        said = sorted(stage.model_fields_set - {"ladder"})
        if len(stage.ladder) == 1 and said:
            text = f"{', '.join(said)}: no effect, as the ladder has one rung and the stage cannot move"
            yield ("stages", spec.name, said[0]), text


def _of_bands(config: PipelineConfig) -> Iterator[tuple[Loc, str]]:
    blocks: list[tuple[Loc, Triggers]] = [(("policy",), config.policy)]
    blocks += [(("stages", name), stage) for name, stage in config.each_stage()]
    for at, block in blocks:
        if block.queue_wait_ms is not None and config.deadline_ms is None and not config.callers:
            text = "has no effect in `docpipe run`, where nobody waits in a queue; it counts for `Pipeline.submit`"
            yield (*at, "queue_wait_ms"), text
        if block.gpu_used is not None and config.runtime.device.partition(":")[0] == "cpu":
            yield (*at, "gpu_used"), "has no effect: `runtime: {device: cpu}` has no memory of its own"
    if not any(_samples(config, stage) for _, stage in config.each_stage()):
        for key in sorted({"min_samples", "window_s"} & config.policy.model_fields_set):
            yield ("policy", key), "has no effect: no band of this file looks at samples"


def _samples(config: PipelineConfig, stage: StageConfig[Any]) -> bool:
    """Whether some band of a stage, its own or inherited, looks at samples."""
    keys = [key for key in Triggers.model_fields if isinstance(getattr(config.policy, key), SampledBand)]
    own = [key for key in Triggers.model_fields if isinstance(getattr(stage, key), SampledBand)]
    return bool(own) or any(key not in stage.model_fields_set for key in keys)


def _of_input_and_runtime(config: PipelineConfig) -> Iterator[tuple[Loc, str]]:
    if "text_layer_cover" in config.input.model_fields_set and config.input.text_layer != "auto":
        yield ("input", "text_layer_cover"), f"has no effect with `text_layer: {config.input.text_layer}`"
    used = {ref.name for ref in config.models()}
    for name in config.runtime.model_dirs:
        if name not in used:
            yield ("runtime", "model_dirs", name), "has no effect: no rung of this file runs this model"


def _of_review(config: PipelineConfig) -> Iterator[tuple[Loc, str]]:
    wanted, kept = config.review.wrong_at_most, strictest_target()
    if wanted < kept:
        text = f"{wanted:g} asks for more than was calibrated: it has the thresholds of {kept:g}; set `thresholds`"
        yield ("review", "wrong_at_most"), text
