"""`models/manifest.yaml`: every model by name, with its source, its files' sha256 and sizes, and its licence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from docpipe.errors import ModelError
from docpipe.files.shipped import shipped_folder
from docpipe.files.yaml_file import load_model
from docpipe.runtime.protocol import EngineName, Task

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
Shape = tuple[int | str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), populate_by_name=True)


class PackageSource(_Strict):
    """Files that an installed Python distribution carries."""

    kind: Literal["package"]
    package: str
    """The distribution's name, as pip knows it."""


class ShippedSource(_Strict):
    """Files that come with docpipe itself, in a folder beside the manifest."""

    kind: Literal["shipped"]
    folder: FileName


class HubSource(_Strict):
    """PaddleOCR's own download, refused unless the configuration allows it."""

    kind: Literal["hub"]


class DerivedSource(_Strict):
    """Made on this machine from another model of the manifest by `docpipe models prepare`."""

    kind: Literal["derived"]
    base: str
    recipe: Literal["int8_dynamic", "int8_static"]


class CutSource(_Strict):
    """A recogniser of the manifest with its head cut to some scripts, made here; see `docpipe.runtime.cut_head`."""

    kind: Literal["cut"]
    base: str
    scripts: Literal["latin"]
    sure_logit: float
    """Where the best class of any step has a lower raw score, the full head reads the crop."""


Source = Annotated[PackageSource | ShippedSource | HubSource | DerivedSource | CutSource, Field(discriminator="kind")]


class ModelFile(_Strict):
    """One file: where it stands inside its package, and what it is called in the prepared directory."""

    path: str
    name: FileName = Field(alias="as")
    size: int = Field(gt=0)
    sha256: Sha256


class InferenceSpec(_Strict):
    """Which `inference.yml` PaddleOCR needs beside the weights; see `docpipe.runtime.inference_yml`."""

    template: Literal["db_detection", "line_orientation", "ctc_recognition", "slanet"]
    image_shape: tuple[int, int, int] | None = None
    """Channels, height and *minimum* width of a recogniser's input: narrower crops are padded to it."""
    characters: FileName | None = None
    """The file that holds the characters: a text, one a line, or an ONNX file's metadata key `character`."""


class ModelEntry(_Strict):
    """One model of the manifest."""

    name: FileName
    task: Task
    engine: EngineName
    licence: str
    source: Source
    paddle_name: str = ""
    """The name PaddleOCR knows the network by; equals `name` where the manifest leaves it out."""
    files: tuple[ModelFile, ...] = ()
    input: Mapping[str, Shape] = Field(default_factory=dict)
    output: Mapping[str, Shape] = Field(default_factory=dict)
    inference: InferenceSpec | None = None
    download_mb: float | None = None
    """Of a `hub` model, as published."""

    @property
    def known_as(self) -> str:
        """The name to give to PaddleOCR."""
        return self.paddle_name or self.name

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.source.kind == "shipped" and not self.files:
            raise ValueError("a model that ships with docpipe lists its files")
        if self.source.kind == "package":
            if not self.files:
                raise ValueError("a model from a package lists its files")
            if self.inference is None:
                raise ValueError("a model from a package needs `inference`")
        return self


class Manifest(_Strict):
    """All models, by name."""

    schema_version: Literal[1]
    models: tuple[ModelEntry, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [entry.name for entry in self.models]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"listed twice: {', '.join(twice)}")
        for entry in self.models:
            if isinstance(entry.source, DerivedSource | CutSource) and entry.source.base not in names:
                raise ValueError(f"{entry.name} is derived from {entry.source.base}, which is not listed")
        return self

    def get(self, name: str) -> ModelEntry:
        """Return the entry called `name`.

        Raises:
            ModelError: there is none; the message lists what there is.
        """
        for entry in self.models:
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.models)
        raise ModelError(
            f"no model is called {name!r}: give its directory as `model_dir`, or choose one of the manifest: {known}"
        )


@lru_cache(maxsize=8)
def load_manifest(path: Path | None = None) -> Manifest:
    """Read a manifest; without a path the one that ships with docpipe.

    Raises:
        ConfigError: with the line of every complaint.
    """
    return load_model(Manifest, path or shipped_folder("models") / "manifest.yaml")
