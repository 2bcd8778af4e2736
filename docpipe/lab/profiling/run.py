"""Measures a pipeline file's rungs on documents and returns the profile: what `docpipe profile` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from docpipe.config import PipelineConfig
from docpipe.document import Document
from docpipe.errors import InputError, ModelError, NothingToDo, StageError
from docpipe.lab.profiling.documents import DocumentSet, Wanted, open_pixels
from docpipe.lab.profiling.measure import Chosen, Measurer
from docpipe.lab.profiling.profile_from_samples import profile_of
from docpipe.lab.profiling.samples import ModelSample, Samples, SamplesFile
from docpipe.profiles.model import Clock, Machine, Measured, Profile
from docpipe.profiles.versions import installed_versions
from docpipe.runtime.protocol import ModelRef, Runtime
from docpipe.runtime.resolve import resolve

SHA_DIGITS = 8


@dataclass(frozen=True)
class ProfilingOptions:
    """How to measure."""

    config_name: str
    machine: Machine
    samples: Path
    """Where every single measurement is kept."""
    repeats: int = 3
    seed: int = 0
    clock: Clock = "wall"
    resume: bool = False
    force: bool = False


class ProfilingReporter(Protocol):
    """Is told how it goes."""

    def on_loading(self, name: str) -> None: ...

    def on_planned(self, left: int, done: int) -> None: ...

    def on_measured(self, name: str) -> None: ...

    def on_left_out(self, name: str, why: str) -> None: ...


def run(
    config: PipelineConfig,
    sets: Sequence[DocumentSet],
    chosen: Chosen,
    runtime: Runtime,
    options: ProfilingOptions,
    report: ProfilingReporter,
    measurer: Callable[..., Measurer] = Measurer,
) -> Profile:
    """Load the models, measure every document, and return the profile.

    A rung whose model cannot be loaded is left out; so is a document that cannot be read, or that a rung fails on. All
    of it is said.

    Raises:
        UsageError: the file of samples holds something else.
        ModelError: the best rung of a stage cannot be loaded.
        NothingToDo: no document could be read.
    """
    versions = installed_versions()
    identity = identity_of(config, sets, options, versions)
    with SamplesFile(options.samples, identity) as file:
        samples = file.start(resume=options.resume, force=options.force)
        chosen = _load(config, chosen, runtime, samples, file, report)
        wanted = [w for documents in sets for w in documents.documents]
        left = [w for w in wanted if w.name not in samples.documents and w.name not in samples.left_out]
        report.on_planned(len(left), len(wanted) - len(left))
        worker = measurer(config, runtime, chosen, options.repeats)
        warm = True
        for document in left:
            try:
                pixels = open_pixels(document, config.input)
                if warm:
                    _warm_up(worker, document, pixels)
                    warm = False
                found = worker.measure(document, pixels)
            except (InputError, StageError) as e:
                samples.left_out[document.name] = str(e)
                file.write_left_out(document.name, str(e))
                report.on_left_out(document.name, str(e))
                continue
            file.document(document.name, document.label is not None, found)
            samples.documents[document.name] = document.label is not None
            for sample in found:
                samples.add(sample)
            report.on_measured(document.name)
        if not samples.documents:
            raise NothingToDo("no document could be read; nothing was measured")
        measured = Measured(
            config=options.config_name,
            config_sha256=config.sha256(),
            sets=tuple(filter(None, (documents.summary(samples.documents) for documents in sets))),
            repeats=options.repeats,
            seed=options.seed,
        )
        profile = profile_of(
            samples, config, chosen,
            machine=options.machine, versions=versions, measured=measured, clock=options.clock,
        )  # fmt: skip
        file.write_end()
    return profile


def identity_of(
    config: PipelineConfig, sets: Sequence[DocumentSet], options: ProfilingOptions, versions: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return what must be the same for samples to belong together. More documents of the same sets may follow."""
    return {
        "configuration": config.sha256(),
        "labels": [[documents.name, documents.sha256] for documents in sets],
        "versions": dict(versions),
        "machine": options.machine.model_dump(mode="json"),
        "number of repeats": options.repeats,
    }


def _warm_up(worker: Measurer, wanted: Wanted, document: Document) -> None:
    """Run the first document once without counting it: first calls make what later ones find."""
    repeats, worker.repeats = worker.repeats, 1
    worker.measure(Wanted(wanted.source), document)
    worker.repeats, worker.turn = repeats, 0


def _load(
    config: PipelineConfig,
    chosen: Chosen,
    runtime: Runtime,
    samples: Samples,
    file: SamplesFile,
    report: ProfilingReporter,
) -> Chosen:
    """Load what the chosen rungs and the best of every stage need; return the rungs that can be measured."""
    found: list[ModelSample] = []
    usable: dict[str, tuple[str, ...]] = {}
    for stage, settings in config.each_stage():
        kept = []
        for rung in settings.ladder:
            best = rung == settings.ladder[0]
            if rung.name not in chosen.rungs.get(stage, ()) and not best:
                continue
            try:
                sample = _weigh(stage, rung.name, rung.use.models(), config, runtime)
            except ModelError as e:
                if best:
                    raise
                report.on_left_out(f"{stage}.{rung.name}", str(e))
                continue
            kept.append(rung.name)
            report.on_loading(f"{stage}.{rung.name}")
            found.append(samples.models.get((stage, rung.name), sample))
        if stage in chosen.rungs:
            usable[stage] = tuple(kept)
    for sample in found:
        samples.add(sample)
    file.models(found)
    return Chosen(usable)


def _weigh(stage: str, rung: str, refs: Sequence[ModelRef], config: PipelineConfig, runtime: Runtime) -> ModelSample:
    loaded = [runtime.load(ref) for ref in refs]
    return ModelSample(
        stage,
        rung,
        {model.ref.name: model.sha256[:SHA_DIGITS] for model in loaded},
        round(sum(resolve(ref, config.runtime).mb for ref in refs), 1) if refs else None,
        round(sum(model.memory_mb for model in loaded), 1) if refs else None,
    )
