"""What a document is before it is opened: where its bytes are and what it is called in results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from docpipe.inputs.names import output_name, printable


@dataclass(frozen=True, slots=True)
class Source:
    """One document to read. Pickles, so that it can be handed to another process."""

    path: str
    """As results show it: below the input root, with `/`, on one line (`names.printable`)."""
    file: Path | None = None
    """Where its bytes are, absolute; None where they are in `data`."""
    data: bytes | None = field(default=None, repr=False)
    problem: str = ""
    """What the search for inputs already found wrong; opening it fails with these words."""

    @property
    def output(self) -> PurePosixPath:
        """Where its results go, below the output folder, without their suffix: `sub/a.png` for `sub/a.png.json`."""
        return output_name(self.path)

    @classmethod
    def of_file(cls, path: str | Path) -> Source:
        """Return a single file, called by its own name."""
        return cls(printable(Path(path).name), Path(path).absolute())

    @classmethod
    def of_bytes(cls, data: bytes | bytearray | memoryview, name: str = "document") -> Source:
        """Return a document that is in memory; `name` is what results call it."""
        return cls(printable(name), data=bytes(data))


def source_of(given: object) -> Source | None:
    """Return an input as a source; None where it is in memory as pixels, or a stream, which can be read only once."""
    if isinstance(given, Source):
        return given
    if isinstance(given, (str, Path)):
        return Source.of_file(given)
    if isinstance(given, (bytes, bytearray, memoryview)):
        return Source.of_bytes(given)
    return None
