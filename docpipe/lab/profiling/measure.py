"""Runs one document through every rung: timed in turns on the same input, then read with each rung alone.

What rungs share is done once: what the best detector found feeds every recogniser, what the best recogniser read feeds
every way to tables and fields.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from docpipe.adapter import to_result
from docpipe.config.pipeline_file import PipelineConfig, RungConfig
from docpipe.document import Document, Page
from docpipe.lab.evaluation.readings import read_result
from docpipe.lab.evaluation.scoring import score_document
from docpipe.lab.profiling.accuracy import MEASURES, Counts
from docpipe.lab.profiling.documents import Wanted
from docpipe.lab.profiling.memory_growth import Growth
from docpipe.lab.profiling.samples import Sample, ScoreSample, TimeSample
from docpipe.runtime.protocol import Runtime
from docpipe.stages.protocol import Stage
from docpipe.trace import Producer, RungPlace, Served

NS_PER_MS = 1e6
NO_PRODUCER = Producer("", None, None, None, "", "")
"""Results are made only to be scored; who made them does not matter."""


@dataclass(frozen=True)
class Chosen:
    """The rungs that are measured, by stage, best first. The best of a stage is always among them."""

    rungs: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, config: PipelineConfig, stages: Collection[str] = (), rungs: Collection[str] = ()) -> Chosen:
        """Return what `--stages` and `--rungs` (as `stage.rung`) leave; everything without them.

        A rung that disables a stage which pages need is left out: no page can be read on it from its pixels.

        Raises:
            ValueError: a stage or rung that there is not.
        """
        ladders = {name: list(stage.ladder) for name, stage in config.each_stage()}
        known = [f"{name}.{rung.name}" for name, ladder in ladders.items() for rung in ladder]
        unknown = [name for name in stages if name not in ladders] + [name for name in rungs if name not in known]
        if unknown:
            raise ValueError(f"there is no {', '.join(unknown)}; there are {', '.join([*ladders, *known])}")
        wanted_stages = set(stages) or {name.split(".")[0] for name in rungs} or set(ladders)
        chosen = {}
        for name, ladder in ladders.items():
            if name in wanted_stages:
                chosen[name] = tuple(
                    rung.name
                    for level, rung in enumerate(ladder)
                    if not (rung.mode == "disable" and config.specs[name].needed)
                    and (level == 0 or not rungs or f"{name}.{rung.name}" in rungs)
                )
        return cls(chosen)


@dataclass
class Measurer:
    """Measures documents with models that are loaded. `turn` moves on by one with every document."""

    config: PipelineConfig
    runtime: Runtime
    chosen: Chosen
    repeats: int
    wall: Callable[[], int] = time.perf_counter_ns
    cpu: Callable[[], int] = time.process_time_ns
    stages: Mapping[str, Stage[Any]] = field(default_factory=dict)
    """Stand in for the configuration's own, by name."""
    growth: Growth = field(default_factory=Growth)
    turn: int = 0

    def measure(self, wanted: Wanted, document: Document) -> list[Sample]:
        """Return all samples of one document, which holds its pages' pixels.

        Raises:
            StageError: a rung failed on it.
        """
        samples: list[Sample] = []
        pages = []
        given: dict[str, list[Page]] = {}
        for page in document.pages:
            read = document.with_pages([page])
            for stage in self._names("page"):
                given.setdefault(stage, []).append(read.pages[0])
                read = self._stage(stage, read, f"{wanted.name}#{page.number}", samples)
            pages.append(read.pages[0])
        inputs = {stage: document.with_pages(found) for stage, found in given.items()}
        best = document.with_pages([replace(page, image=None, regions=()) for page in pages])
        for stage in self._names("document"):
            inputs[stage] = best
            best = self._stage(stage, best, wanted.name, samples)
        if wanted.label is not None:
            samples += self._scores(wanted, inputs, best)
        self.turn += 1
        return samples

    def _names(self, per: str) -> list[str]:
        return [spec.name for spec in self.config.specs.values() if spec.per == per]

    def _stage(self, stage: str, document: Document, what: str, samples: list[Sample]) -> Document:
        """Time every rung of a stage on the same input, and return what the best one made of it."""
        rungs = self.chosen.rungs.get(stage, ())
        best = self.config.stage(stage).ladder[0]
        if not rungs:
            return self._run(stage, best, document)
        timed: list[tuple[str, int, int, int, float | None]] = []
        seen = document
        for repeat in range(self.repeats):
            for name in rotate_names(rungs, self.turn + repeat):
                done, wall, cpu, growth = self._time(stage, self.config.stage(stage).rung(name), document)
                timed.append((name, repeat, wall, cpu, growth))
                if name == best.name:
                    seen = done
        for name, repeat, wall, cpu, growth in timed:
            units = self.config.specs[stage].size(self.config.stage(stage).rung(name).use, document, seen) or 0.0
            samples.append(
                TimeSample(
                    stage, name, what, repeat, round(units, 4), round(wall / NS_PER_MS, 3), round(cpu / NS_PER_MS, 3),
                    None if growth is None else round(growth, 2),
                )
            )  # fmt: skip
        return seen

    def _time(self, stage: str, rung: RungConfig[Any], document: Document) -> tuple[Document, int, int, float | None]:
        spent: list[int] = []

        def work() -> Document:
            wall, cpu = self.wall(), self.cpu()
            done = self._run(stage, rung, document)
            spent.extend((self.wall() - wall, self.cpu() - cpu))
            return done

        done, growth = self.growth.of((stage, *rung.use.models()), work)
        return done, spent[0], spent[1], growth

    def _run(self, stage: str, rung: RungConfig[Any], document: Document) -> Document:
        if rung.mode == "disable":
            return document
        run = (self.stages.get(stage) or self.config.specs[stage].stage).run
        return run(document, rung.use, self.runtime)

    def _scores(self, wanted: Wanted, inputs: Mapping[str, Document], best: Document) -> Iterator[ScoreSample]:
        """Score the best rungs, and each other rung alone with the best of all other stages.

        `inputs` are what each stage was handed (a page may have been turned since), `best` is the finished document.
        """
        counts = self._count(wanted, best)
        for stage, rungs in self.chosen.rungs.items():
            for name in rungs:
                rung = self.config.stage(stage).rung(name)
                if rung == self.config.stage(stage).ladder[0]:
                    yield ScoreSample(stage, name, wanted.name, counts)
                else:
                    alone = self._with(stage, rung, inputs[stage])
                    yield ScoreSample(stage, name, wanted.name, self._count(wanted, alone))

    def _with(self, stage: str, rung: RungConfig[Any], read: Document) -> Document:
        """Return the document as one other rung leaves it; the stages before it are not run again."""
        document = read
        left = list(self.config.specs)[list(self.config.specs).index(stage) :]
        if self.config.specs[stage].per == "page":
            of_pages = [name for name in left if self.config.specs[name].per == "page"]
            pages = []
            for page in read.pages:
                one = read.with_pages([page])
                for name in of_pages:
                    one = self._run(name, rung if name == stage else self._best(name), one)
                pages.append(replace(one.pages[0], image=None, regions=()))
            document = read.with_pages(pages)
        for name in left:
            if self.config.specs[name].per == "document":
                document = self._run(name, rung if name == stage else self._best(name), document)
        return document

    def _best(self, stage: str) -> RungConfig[Any]:
        return self.config.stage(stage).ladder[0]

    def _count(self, wanted: Wanted, document: Document) -> Mapping[str, Counts]:
        assert wanted.label is not None
        assert wanted.conventions is not None
        rungs = {name: RungPlace(stage.ladder[0].name, 0, "none") for name, stage in self.config.each_stage()}
        result = json.loads(to_result(document, Served(assigned=rungs), NO_PRODUCER).to_json())
        tallies = score_document(wanted.label, read_result(result), wanted.conventions).tallies
        counts: dict[str, Counts] = {}
        for measure, name in MEASURES.items():
            tally = tallies.get(name)
            if tally is not None and tally.want:
                got = tally.want if tally.got is None else tally.got  # a share counts as if as much had been found
                counts[measure] = (tally.hits, tally.want, tally.hits if tally.got is None else tally.hits_got, got)
        return counts


def rotate_names(names: Sequence[str], turn: int) -> list[str]:
    """Return the names from another one on each turn, so that none is always first."""
    at = turn % len(names)
    return [*names[at:], *names[:at]]
