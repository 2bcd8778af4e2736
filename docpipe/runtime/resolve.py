"""From a model's reference to a directory that PaddleOCR can load, wherever the files come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import yaml

from docpipe.errors import DownloadRefused, ModelError
from docpipe.runtime.engines import explain_missing
from docpipe.runtime.file_hashes import hashes_in, sha256_of
from docpipe.runtime.inference_yml import FILE_NAME
from docpipe.runtime.manifest import (
    CutSource,
    DerivedSource,
    Manifest,
    ModelEntry,
    PackageSource,
    ShippedSource,
    load_manifest,
)
from docpipe.runtime.prepare import Hash, PreparedModel, flush_denormals, prepare_package, shipped_dir
from docpipe.runtime.protocol import ONNX_ENGINES, EngineChoice, EngineName, ModelRef
from docpipe.runtime.settings import RuntimeSettings

Download = Callable[[ModelEntry, Path], Path]
"""Fetches a hub model into the cache and returns its directory; only `docpipe.runtime.paddle` has one."""


def normal(ref: ModelRef, settings: RuntimeSettings) -> ModelRef:
    """Return the reference with all defaults filled in that need no look at files, so that equal models are equal."""
    return replace(
        ref, device=ref.device or settings.device, model_dir=ref.model_dir or settings.model_dirs.get(ref.name)
    )


def runs_on_paddle(ref: ModelRef, settings: RuntimeSettings, manifest: Manifest | None = None) -> bool:
    """Say whether loading a model imports Paddle, as far as that can be told before its files are looked at closely."""
    ref = normal(ref, settings)
    ref = replace(ref, engine=_named(ref))
    known = next((entry for entry in (manifest or load_manifest()).models if entry.name == ref.name), None)
    preferred = known.engine if known else "paddle_static"
    if ref.model_dir is None:
        return (ref.engine or preferred) == "paddle_static"
    try:
        return _engine_of(ref, Path(ref.model_dir).expanduser(), preferred)[0] == "paddle_static"
    except (ModelError, OSError):
        return False


def resolve(
    ref: ModelRef, settings: RuntimeSettings, download: Download | None = None, manifest: Manifest | None = None
) -> PreparedModel:
    """Return a model's directory, prepared and checked.

    A directory of the user's own comes first (the reference's, then `runtime.model_dirs`), then the manifest.

    Raises:
        DownloadRefused: the model would have to be downloaded, which the configuration does not allow.
        ModelError: unknown, of another task, for an engine that is not installed, or its files are missing or changed.
    """
    manifest = manifest or load_manifest()
    ref = normal(ref, settings)
    if ref.engine == "auto":
        from docpipe.runtime.openvino.choice import faster_engine

        plain = resolve(replace(ref, engine=None), settings, download, manifest)
        return replace(plain, engine=faster_engine(plain, ref.device or settings.device, settings.cache()))
    if ref.model_dir is not None:
        given = from_directory(ref, Path(ref.model_dir).expanduser(), manifest, hashes_in(settings.cache()).sha256_of)
        return flush_denormals(given, settings.cache())
    entry = manifest.get(ref.name)
    if entry.task != ref.task:
        raise ModelError(f"{ref.name} is a model for {entry.task}, not for {ref.task}")
    engine = ref.engine or entry.engine
    # before its files are looked for: they serve nobody without it
    if lacking := explain_missing(engine):
        raise ModelError(lacking)
    if engine == entry.engine:
        return prepare(entry, settings, download, manifest)
    if isinstance(entry.source, ShippedSource):
        return _prepare_shipped(entry, entry.source, settings, engine)
    if complaint := unfit_engine(entry, engine):
        raise ModelError(f"{ref.name} {complaint}")
    return replace(prepare(entry, settings, download, manifest), engine=engine)


def unfit_engine(entry: ModelEntry, engine: EngineChoice) -> str:
    """Return why an engine cannot run a model of the manifest, or nothing; looks at no file."""
    if engine in ("auto", entry.engine) or isinstance(entry.source, ShippedSource):
        return ""
    if (engine in ONNX_ENGINES) != (entry.engine in ONNX_ENGINES):
        return f"comes as files for {entry.engine}, not for {engine}; leave `engine` out"
    if engine == "paddleocr_onnx" and isinstance(entry.source, CutSource):
        return "has a cut head, which only docpipe's own predictor reads; leave `engine` out"
    return ""


def prepare(
    entry: ModelEntry, settings: RuntimeSettings, download: Download | None = None, manifest: Manifest | None = None
) -> PreparedModel:
    """Return a manifest entry's directory, prepared and checked; raises what `resolve` raises."""
    if isinstance(entry.source, PackageSource):
        return prepare_package(entry, settings.cache())
    if isinstance(entry.source, ShippedSource):
        return _prepare_shipped(entry, entry.source, settings)
    if isinstance(entry.source, DerivedSource):
        from docpipe.runtime.quantize import prepare_derived  # needs onnx, which nothing else does

        base = prepare((manifest or load_manifest()).get(entry.source.base), settings, download, manifest)
        return prepare_derived(entry, base, settings.cache())
    if isinstance(entry.source, CutSource):
        from docpipe.runtime.cut_head import prepare_cut

        base = prepare((manifest or load_manifest()).get(entry.source.base), settings, download, manifest)
        return prepare_cut(entry, base, settings.cache())
    return flush_denormals(_from_hub(entry, settings, download), settings.cache())


def _prepare_shipped(
    entry: ModelEntry, source: ShippedSource, settings: RuntimeSettings, engine: EngineName | None = None
) -> PreparedModel:
    directory, hashed = shipped_dir(source), hashes_in(settings.cache()).sha256_of
    _check_listed(entry, directory, hashed, "reinstall docpipe, or update models/manifest.yaml if the change is meant")
    return from_directory(
        ModelRef(entry.task, entry.name, str(directory), engine or entry.engine),
        directory,
        Manifest(schema_version=1, models=(entry,)),
        hashed,
    )


def from_directory(ref: ModelRef, directory: Path, manifest: Manifest, hash_file: Hash = sha256_of) -> PreparedModel:
    """Check a directory of the user's own and return it.

    Raises:
        ModelError: a file is missing, or `Global.model_name` is another model's.
    """
    if not directory.is_dir():
        raise ModelError(f"{ref.name}: model_dir {directory} is not a directory")
    known = next((entry for entry in manifest.models if entry.name == ref.name), None)
    engine, weights = _engine_of(ref, directory, known.engine if known else "paddle_static")
    expected = known.known_as if known else ref.name
    found = _model_name(ref, directory / FILE_NAME)
    if found != expected:
        raise ModelError(
            f"{ref.name}: {directory / FILE_NAME} says Global.model_name: {found}, not {expected}; "
            f"name the model {found} in the configuration, or give the directory of {expected}"
        )
    size = sum(path.stat().st_size for path in directory.iterdir() if path.is_file())
    return PreparedModel(ref.name, expected, ref.task, engine, directory, hash_file(weights), round(size / 2**20, 1))


def _named(ref: ModelRef) -> EngineName | None:
    """Return the engine that a reference asks for by name: `auto` chooses between engines over the same files."""
    return None if ref.engine == "auto" else ref.engine


def _engine_of(ref: ModelRef, directory: Path, preferred: EngineName) -> tuple[EngineName, Path]:
    """Return the engine that a directory's files are for, and the file of its weights.

    Where it holds files for both kinds of engine, the reference's counts, then the one preferred.
    """
    paddle, onnx = directory / "inference.pdiparams", directory / "inference.onnx"
    graph = next((p for p in (directory / "inference.json", directory / "inference.pdmodel") if p.is_file()), None)
    engine = _named(ref)
    wanted_onnx = (engine or preferred) in ONNX_ENGINES
    has_paddle = paddle.is_file() and graph is not None
    if has_paddle and engine not in ONNX_ENGINES and not (wanted_onnx and onnx.is_file()):
        return "paddle_static", paddle
    if engine != "paddle_static" and onnx.is_file():
        return engine or "onnxruntime", onnx
    wanted = {
        "paddle_static": "inference.json (or inference.pdmodel) with inference.pdiparams",
        **dict.fromkeys(ONNX_ENGINES, "inference.onnx"),
    }
    needs = wanted[engine] if engine else f"{wanted['paddle_static']}, or {wanted['onnxruntime']}"
    present = ", ".join(sorted(p.name for p in directory.iterdir())[:12]) or "nothing"
    raise ModelError(f"{ref.name}: model_dir {directory} needs {needs}; it holds {present}")


def _model_name(ref: ModelRef, path: Path) -> str:
    # by its events: the file may hold a dictionary of 18,000 characters, and only its head is of interest
    try:
        with path.open(encoding="utf-8") as file:
            seen: list[str] = []
            for event in yaml.parse(file, Loader=yaml.SafeLoader):
                if isinstance(event, yaml.ScalarEvent):
                    if seen and seen[-1] == "model_name":
                        return str(event.value)
                    seen.append(str(event.value))
    except FileNotFoundError:
        raise ModelError(f"{ref.name}: {path} is missing; PaddleOCR's export writes it beside the weights") from None
    except (OSError, ValueError, yaml.YAMLError) as e:
        raise ModelError(f"{ref.name}: {path} cannot be read: {' '.join(str(e).split())[:200]}") from e
    raise ModelError(f"{ref.name}: {path} has no Global.model_name")


def _from_hub(entry: ModelEntry, settings: RuntimeSettings, download: Download | None) -> PreparedModel:
    directory = hub_dir(settings.cache(), entry)
    if not (directory / FILE_NAME).is_file():
        if not settings.allow_download:
            raise DownloadRefused(
                f"{entry.name} would have to be downloaded, which `runtime.allow_download: false` does not allow. Set "
                f"it to true, or give a directory of your own under `runtime.model_dirs: {{{entry.name}: DIR}}`"
            )
        if download is None:
            raise ModelError(f"{entry.name} is not there yet: run `docpipe models prepare {entry.name}`")
        directory = download(entry, settings.cache())
    ref = ModelRef(entry.task, entry.name, str(directory), entry.engine)
    hashed = hashes_in(settings.cache()).sha256_of
    prepared = from_directory(ref, directory, Manifest(schema_version=1, models=(entry,)), hashed)
    _check_listed(entry, directory, hashed)
    return prepared


def hub_dir(cache: Path, entry: ModelEntry) -> Path:
    """Return where PaddleOCR's download puts a model below docpipe's cache."""
    suffix = "_onnx" if entry.engine == "onnxruntime" else ""
    return cache / "paddlex" / "official_models" / f"{entry.known_as}{suffix}"


def _check_listed(entry: ModelEntry, directory: Path, hash_file: Hash, advice: str = "") -> None:
    for file in entry.files:
        path = directory / file.name
        found = hash_file(path) if path.is_file() else "nothing"
        if found != file.sha256:
            advice = advice or f"delete {directory} and try again"
            raise ModelError(f"{entry.name}: {path} is not the file of the manifest: {advice}")
