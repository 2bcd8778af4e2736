"""Makes a directory that PaddleOCR can load out of a model's source: checked files and an `inference.yml`.

Prepared directories live in the user's cache as `models/<name>-<8 digits>/`, where the digits stand for everything that
goes into them. Each is written beside its place and renamed into it, so that two processes may prepare the same model
at once: one of them wins, and both find the same bytes.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from docpipe.errors import ModelError
from docpipe.files.shipped import shipped
from docpipe.runtime.inference_yml import FILE_NAME, inference_yml, read_characters
from docpipe.runtime.manifest import ModelEntry, ModelFile, PackageSource, ShippedSource
from docpipe.runtime.protocol import EngineName, Task

log = logging.getLogger("docpipe.runtime")

STAMP = "docpipe-model.json"
"""Written into a prepared directory: what it holds and the sha256 of each file."""

FORMAT = 1
"""Counted up when the same manifest entry leads to other bytes."""


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A directory that PaddleOCR can load."""

    name: str
    paddle_name: str
    task: Task
    engine: EngineName
    dir: Path
    sha256: str
    """Of the weights."""
    mb: float


def prepare_package(entry: ModelEntry, cache: Path) -> PreparedModel:
    """Prepare a model whose files an installed package carries; return at once where that is done already.

    A prepared directory that no longer holds what was put there is made anew, and the log says so.

    Raises:
        ModelError: the package is missing, its files are not those of the manifest, or the cache cannot be written.
    """
    target = prepared_dir(entry, cache)
    if target.is_dir():
        damage = check_prepared(target, entry)
        if not damage:
            return describe(entry, target)
        log.warning("docpipe.model_repaired name=%s reason=%s", entry.name, damage[0])
    sources = {file.name: source_file(entry, file) for file in entry.files}
    contents = {file.name: _read_checked(entry, file, sources[file.name]) for file in entry.files}

    def fill(directory: Path) -> None:
        for name, content in contents.items():
            (directory / name).write_bytes(content)
        write_inference_yml(entry, directory)

    publish(entry, target, fill)
    return describe(entry, target)


def prepared_dir(entry: ModelEntry, cache: Path, *also: str) -> Path:
    """Return where a model is prepared; `also` holds whatever else decides its bytes."""
    inputs = [str(FORMAT), entry.model_dump_json(exclude={"licence", "input", "output", "download_mb"}), *also]
    digits = hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:8]
    return cache / "models" / f"{entry.name}-{digits}"


def shipped_dir(source: ShippedSource) -> Path:
    """Return the folder of a model that comes with docpipe."""
    return shipped("models") / source.folder


def source_file(entry: ModelEntry, file: ModelFile) -> Path:
    """Return where an installed package keeps a file; imports nothing of it.

    Raises:
        ModelError: the package or the file is not there.
    """
    if isinstance(entry.source, ShippedSource):
        shipped = shipped_dir(entry.source) / file.path
        if shipped.is_file():
            return shipped
        raise ModelError(f"{entry.name}: {shipped} is gone: reinstall docpipe")
    if not isinstance(entry.source, PackageSource):
        raise ModelError(f"{entry.name} does not come from a package")
    package = entry.source.package
    try:
        listed = importlib.metadata.files(package)
    except importlib.metadata.PackageNotFoundError:
        raise ModelError(
            f"{entry.name} needs the package {package}, which is not installed: pip install {package}"
        ) from None
    for path in listed or ():
        if path.as_posix() == file.path:
            found = Path(str(path.locate()))
            if found.is_file():
                return found
            raise ModelError(f"{entry.name}: {found} is gone: pip install --force-reinstall {package}")
    raise ModelError(
        f"{entry.name}: {package} {importlib.metadata.version(package)} does not carry {file.path}; "
        "install the version that docpipe's pyproject.toml names"
    )


def publish(entry: ModelEntry, target: Path, fill: Callable[[Path], None]) -> None:
    """Let `fill(directory)` write a model's files, stamp them, and move the directory to `target` in one step.

    Raises:
        ModelError: the cache cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=target.parent))
        try:
            fill(scratch)
            _write_stamp(entry, scratch)
            scratch.chmod(0o755)
            _move(entry, scratch, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as e:
        raise ModelError(
            f"{entry.name} cannot be prepared in {target.parent}: {e.strerror or e}; "
            "set DOCPIPE_CACHE (or `runtime.cache_dir`) to a directory that can be written"
        ) from e


def check_prepared(directory: Path, entry: ModelEntry) -> list[str]:
    """Return what is wrong with a prepared directory, one line each.

    Files must be as the manifest says, and where it says nothing (a derived model, `inference.yml`) as they were made.
    """
    stamp = read_stamp(directory)
    if stamp is None:
        return [f"{directory / STAMP} is missing or damaged"]
    wrong = []
    for name, expected in {**stamp, **{file.name: file.sha256 for file in entry.files}}.items():
        path = directory / name
        if not path.is_file():
            wrong.append(f"{path} is missing")
        elif (found := sha256_of(path)) != expected:
            wrong.append(f"{path} has sha256 {found[:8]}…, should have {expected[:8]}…")
    return wrong


def read_stamp(directory: Path) -> Mapping[str, str] | None:
    """Return the sha256 of each file of a prepared directory, or None where its stamp cannot be read."""
    try:
        files = json.loads((directory / STAMP).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return files if isinstance(files, dict) and files else None


def describe(entry: ModelEntry, directory: Path) -> PreparedModel:
    """Return a prepared directory as a value.

    Raises:
        ModelError: it holds no weights.
    """
    stamp = read_stamp(directory) or {}
    weights = next((stamp[name] for name in WEIGHTS[entry.engine] if name in stamp), "")
    if not weights:
        raise ModelError(f"{directory} holds no weights for {entry.engine}: delete it and prepare {entry.name} anew")
    size = sum((directory / name).stat().st_size for name in stamp)
    return PreparedModel(
        entry.name, entry.known_as, entry.task, entry.engine, directory, weights, round(size / 2**20, 1)
    )


WEIGHTS: Mapping[EngineName, tuple[str, ...]] = {
    "paddle_static": ("inference.pdiparams",),
    "onnxruntime": ("inference.onnx",),
}
"""The file whose sha256 stands for the model."""


def write_inference_yml(entry: ModelEntry, directory: Path) -> None:
    """Write the `inference.yml` of a model whose other files are in `directory`."""
    if entry.inference is None:
        raise ModelError(f"{entry.name}: the manifest does not say which inference.yml it needs")
    characters = read_characters(directory / entry.inference.characters) if entry.inference.characters else []
    text = inference_yml(entry.inference, entry.known_as, characters)
    (directory / FILE_NAME).write_text(text, encoding="utf-8")


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_checked(entry: ModelEntry, file: ModelFile, path: Path) -> bytes:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found == file.sha256:
        return content
    raise ModelError(
        f"{entry.name}: {path} is not the file of the manifest (sha256 {found[:8]}…, {len(content)} bytes; expected "
        f"{file.sha256[:8]}…, {file.size} bytes): reinstall the package, or update models/manifest.yaml if it is meant"
    )


def _write_stamp(entry: ModelEntry, directory: Path) -> None:
    files = {path.name: sha256_of(path) for path in sorted(directory.iterdir())}
    stamp = {"format": FORMAT, "name": entry.name, "engine": entry.engine, "files": files}
    (directory / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")


def _move(entry: ModelEntry, scratch: Path, target: Path) -> None:
    """Rename `scratch` to `target`; a good directory that another process put there meanwhile stays."""
    for _ in range(3):
        try:
            os.rename(scratch, target)
            return
        except OSError:
            if not target.exists():
                raise
        if not check_prepared(target, entry):
            return
        # never delete in place: a reader sees the old directory, or the new one, or for a moment none
        grave = Path(tempfile.mkdtemp(prefix=".damaged-", dir=target.parent))
        try:
            os.rename(target, grave / "old")
        except FileNotFoundError:
            pass
        finally:
            shutil.rmtree(grave, ignore_errors=True)
    raise OSError(f"{target} keeps changing")
