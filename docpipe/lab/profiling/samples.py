"""What was measured, line by line, in a file beside the profile: an interruption loses one document, no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from docpipe.errors import UsageError
from docpipe.lab.profiling.accuracy import Counts

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ModelSample:
    """What a rung's models weigh: `models` by name with their sha256's first digits."""

    stage: str
    rung: str
    models: Mapping[str, str]
    weights_mb: float | None
    resident_mb: float | None


@dataclass(frozen=True, slots=True)
class TimeSample:
    """One call of one rung. `what` is the document and page."""

    stage: str
    rung: str
    what: str
    repeat: int
    units: float
    wall_ms: float
    cpu_ms: float
    growth_mb: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreSample:
    """What one document scored with one rung, all other stages on their best; counts by measure."""

    stage: str
    rung: str
    document: str
    counts: Mapping[str, Counts]


Sample = ModelSample | TimeSample | ScoreSample
_KINDS: Mapping[str, type[Any]] = {"model": ModelSample, "time": TimeSample, "score": ScoreSample}
_NAMES = {kind: name for name, kind in _KINDS.items()}


@dataclass
class Samples:
    """Everything measured so far."""

    models: dict[tuple[str, str], ModelSample] = field(default_factory=dict)
    times: list[TimeSample] = field(default_factory=list)
    scores: list[ScoreSample] = field(default_factory=list)
    documents: dict[str, bool] = field(default_factory=dict)
    """The documents that are done, and whether they were labelled."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Documents that could not be read, and why."""

    def add(self, sample: Sample) -> None:
        """Count one sample."""
        if isinstance(sample, ModelSample):
            self.models[sample.stage, sample.rung] = sample
        elif isinstance(sample, TimeSample):
            self.times.append(sample)
        else:
            self.scores.append(sample)


class SamplesFile:
    """Appends samples to a JSON Lines file, a document at a time, and reads back what an earlier run left there."""

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        self.path = path
        self._identity = json.loads(json.dumps(identity))
        self._file: IO[str] | None = None

    def start(self, *, resume: bool, force: bool) -> Samples:
        """Open the file and return what is in it already.

        Raises:
            UsageError: it holds an unfinished measuring and neither option says what to do, or it is another's.
        """
        samples, finished = Samples(), False
        there = self.path.is_file() and self.path.stat().st_size > 0
        if there and not force:
            lines, finished = self._read()
            if not resume and not finished:
                raise UsageError(
                    f"{self.path} holds a measuring that was not finished: --resume goes on, --force starts over"
                )
            if resume:
                samples = _collect(lines)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        keep = there and bool(samples.models or samples.documents)
        self._file = self.path.open("a" if keep else "w", encoding="utf-8")
        if keep:
            torn = not self.path.read_bytes().endswith(b"\n")
            self._file.write("\n" if torn else "")  # the line that was being written when the earlier run ended
            self._write([{"kind": "resumed"}])
        else:
            self._write([{"kind": "start", "schema": SCHEMA, **self._identity}])
        return samples

    def models(self, samples: list[ModelSample]) -> None:
        """Write what the models weigh."""
        self._write([{"kind": "model", **asdict(sample)} for sample in samples])

    def document(self, name: str, labelled: bool, samples: list[Sample]) -> None:
        """Write all that a document gave, and that it is done."""
        lines = [{"kind": _NAMES[type(sample)], **asdict(sample)} for sample in samples]
        self._write([*lines, {"kind": "document", "document": name, "labelled": labelled}])

    def write_left_out(self, name: str, why: str) -> None:
        """Write that a document could not be read."""
        self._write([{"kind": "left_out", "document": name, "why": why}])

    def write_end(self) -> None:
        """Write that nothing is missing."""
        self._write([{"kind": "finished"}])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, lines: list[dict[str, Any]]) -> None:
        assert self._file is not None, "start() opens the file"
        self._file.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        self._file.flush()

    def _read(self) -> tuple[list[dict[str, Any]], bool]:
        lines = []
        for text in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                continue  # cut off where the earlier run was killed; its document is not marked as done
        first = lines[0] if lines and isinstance(lines[0], dict) else {}
        was = {key: value for key, value in first.items() if key not in ("kind", "schema")}
        if first.get("kind") != "start" or first.get("schema") != SCHEMA:
            raise UsageError(f"{self.path} is no file of samples; --force replaces it")
        finished = any(line.get("kind") == "finished" for line in lines)
        if was != self._identity and not finished:
            other = ", ".join(key for key in self._identity if was.get(key) != self._identity[key])
            raise UsageError(f"{self.path} was measured with another {other}; --force starts over")
        if was != self._identity:
            return [], True
        return lines, finished


def _collect(lines: list[dict[str, Any]]) -> Samples:
    """Return the samples of the documents that are marked as done."""
    samples = Samples()
    waiting: list[Sample] = []
    for line in lines:
        kind = line.pop("kind")
        if kind == "document":
            samples.documents[line["document"]] = line["labelled"]
            for sample in waiting:
                samples.add(sample)
            waiting = []
        elif kind == "left_out":
            samples.left_out[line["document"]] = line["why"]
        elif kind == "model":
            samples.add(ModelSample(**line))
        elif kind == "resumed":
            waiting = []  # of a document that was interrupted; it is measured again
        elif kind in _KINDS:
            waiting.append(_KINDS[kind](**line))
    return samples
