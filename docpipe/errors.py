"""What can go wrong, as one tree, and the exit code of each branch.

    DocpipeError
    ├── ConfigError            exit 2, every complaint starts with file:line
    ├── UsageError             exit 2, what was asked for cannot be done as it was asked
    ├── OutputError            exit 5, results cannot be written any more; what is finished is kept
    ├── NothingToDo            exit 3, no input matched
    ├── InputError             one document's input; becomes that document's failed result
    │   ├── InputUnreadable        code input_unreadable
    │   ├── InputEncrypted         code input_encrypted
    │   ├── InputTooLarge          code input_too_large
    │   ├── InputUnsupported       code input_unsupported
    │   │   └── ExtraMissing           code extra_missing; with it installed, `--resume` reads the document
    │   └── PageUnreadable         code page_unreadable; the other pages go on
    ├── ModelError             a model's files are missing, changed or unusable: the stage starts one rung lower
    │   └── DownloadRefused        the config does not allow what the model needs
    └── StageError             a stage failed on a document; carries .stage and .rung
        ├── OutOfMemory            code out_of_memory; the pipeline goes on one rung lower
        ├── StageTimeout           code timeout
        └── LadderExhausted        code ladder_exhausted; every rung failed

`run` exits with 0 when all went well, 1 when a document failed, 5 when the output could not be
written, 130 when it was interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a `docpipe` process ends with."""

    OK = 0
    SOME_FAILED = 1
    CONFIG = 2
    NOTHING_TO_DO = 3
    OUTPUT = 5
    INTERRUPTED = 130


class DocpipeError(Exception):
    """Any error that docpipe raises on purpose. Its text says what happened, where, and what to do next."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[ExitCode] = ExitCode.SOME_FAILED


@dataclass(frozen=True)
class Complaint:
    """One thing wrong in a YAML file: where it stands and what to write instead."""

    line: int
    key: str
    message: str


class ConfigError(DocpipeError):
    """A YAML file that cannot be used. Every complaint at once, each as `file:line: key: message`."""

    exit_code = ExitCode.CONFIG

    def __init__(self, path: object, complaints: Sequence[Complaint]) -> None:
        self.path = str(path)
        self.complaints = tuple(complaints)
        super().__init__(
            "\n".join(f"{self.path}:{c.line}: {c.key + ': ' if c.key else ''}{c.message}" for c in complaints)
        )


class UsageError(DocpipeError):
    """What was asked for cannot be done as it was asked: the message says how it can."""

    exit_code = ExitCode.CONFIG


class OutputError(DocpipeError):
    """Results cannot be written any more: the disk is full, or read-only by now. What is finished is kept."""

    exit_code = ExitCode.OUTPUT


class NothingToDo(DocpipeError):
    """No document matched what was asked for."""

    exit_code = ExitCode.NOTHING_TO_DO


class InputError(DocpipeError):
    """A document that cannot be read. It never counts against a model."""

    code = "input_unreadable"


class InputUnreadable(InputError):
    """Damaged, empty, missing or not permitted to be read."""


class InputEncrypted(InputError):
    """A PDF that asks for a password."""

    code = "input_encrypted"


class InputTooLarge(InputError):
    """Over a bound on bytes, pixels, aspect ratio or pages."""

    code = "input_too_large"


class InputUnsupported(InputError):
    """A format that docpipe does not read."""

    code = "input_unsupported"


class ExtraMissing(InputUnsupported):
    """A format that docpipe reads with one of its extras, which is not installed."""

    code = "extra_missing"


class PageUnreadable(InputError):
    """One page of a document; the others are still read."""

    code = "page_unreadable"

    def __init__(self, message: str, page: int) -> None:
        super().__init__(message)
        self.page = page


class ModelError(DocpipeError):
    """A model whose files are missing, do not match the manifest, or cannot be loaded."""


class DownloadRefused(ModelError):
    """A model that would have to be downloaded while `models.allow_download` is false."""


class StageError(DocpipeError):
    """A stage that failed on a document, after its input was found good."""

    def __init__(self, message: str, *, stage: str = "", rung: str = "") -> None:
        super().__init__(message)
        self.stage = stage
        self.rung = rung


class OutOfMemory(StageError):
    """Memory ran out: Paddle, ONNX Runtime, CUDA and numpy errors all become this one, chained to the original."""

    code = "out_of_memory"


class StageTimeout(StageError):
    """A call that did not come back within its time."""

    code = "timeout"


class LadderExhausted(StageError):
    """Every rung of a stage failed. A last rung without a model lets the document through."""

    code = "ladder_exhausted"
