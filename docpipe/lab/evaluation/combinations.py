"""Combinations of rungs to measure: the main one, each step down alone, the lowest of all together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from docpipe.config import PipelineConfig
from docpipe.errors import UsageError

MAIN, LOWEST, ALL = "main", "lowest", "all"


@dataclass(frozen=True)
class Combination:
    """One rung for every stage."""

    name: str
    """`main`, `lowest`, or the stages that stand elsewhere: `text_detection=light,key_fields=core`."""
    pins: Mapping[str, str]


def combinations(texts: Sequence[str], config: PipelineConfig) -> list[Combination]:
    """Return the combinations that texts ask for, each once, in order.

    A text is `main`, `lowest` (every stage on its lowest rung that still does something), `all` (main, each lower rung
    of each stage alone, lowest) or `STAGE=RUNG[,STAGE=RUNG…]`, with the best rung in every stage that it does not name.

    Raises:
        UsageError: there is no such stage or rung; the message says which there are.
    """
    found: dict[tuple[tuple[str, str], ...], Combination] = {}
    for text in texts:
        for combination in _parse(text, config):
            found.setdefault(tuple(combination.pins.items()), combination)
    return list(found.values())


def _parse(text: str, config: PipelineConfig) -> Iterator[Combination]:
    best = {stage: part.ladder[0].name for stage, part in config.each_stage()}
    if text in (MAIN, ALL):
        yield Combination(MAIN, best)
    if text == ALL:
        for stage, part in config.each_stage():
            for rung in part.ladder[1:]:
                yield Combination(f"{stage}={rung.name}", best | {stage: rung.name})
    if text in (LOWEST, ALL):
        yield Combination(LOWEST, _lowest(config))
    if text not in (MAIN, LOWEST, ALL):
        yield _parse_pins(text, best, config)


def _lowest(config: PipelineConfig) -> dict[str, str]:
    """Return each stage's lowest rung, past one that disables it: what reads nothing needs no measuring."""
    return {
        stage: [rung.name for rung in part.ladder if rung.mode != "disable" or rung is part.ladder[0]][-1]
        for stage, part in config.each_stage()
    }


def _parse_pins(text: str, best: Mapping[str, str], config: PipelineConfig) -> Combination:
    pins: dict[str, str] = {}
    ladders = {stage: [rung.name for rung in part.ladder] for stage, part in config.each_stage()}
    for part in text.split(","):
        stage, equals, rung = part.strip().partition("=")
        if not equals or stage not in ladders:
            raise UsageError(
                f"--rungs {text}: {part.strip()!r} is no combination; write {ALL}, {MAIN}, {LOWEST}, or STAGE=RUNG "
                f"with one of {', '.join(ladders)}, joined by commas"
            )
        if rung not in ladders[stage]:
            raise UsageError(f"--rungs {text}: {stage} has no rung {rung!r}; it has {', '.join(ladders[stage])}")
        if stage in pins:
            raise UsageError(f"--rungs {text}: {stage} stands there twice; write a second --rungs instead")
        pins[stage] = rung
    chosen = {stage: pins.get(stage, rung) for stage, rung in best.items()}
    name = ",".join(f"{stage}={rung}" for stage, rung in chosen.items() if rung != best[stage])
    return Combination(name or MAIN, chosen)
