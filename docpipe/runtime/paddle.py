"""PaddleOCR's single-module classes behind docpipe's runtime. The only file that imports Paddle, when first used."""

from __future__ import annotations

import importlib
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docpipe.errors import DocpipeError, ModelError, OutOfMemory, StageError
from docpipe.runtime.calls import blank, check_inputs, check_options
from docpipe.runtime.engines import check_provider, engine_of, require_engine
from docpipe.runtime.failures import is_out_of_memory, timeout_error, translate_error
from docpipe.runtime.manifest import ModelEntry
from docpipe.runtime.memory import rss_mb, trim
from docpipe.runtime.ort.predictors import Predictor, own_predictor
from docpipe.runtime.ort.table import TableReader
from docpipe.runtime.ort.tensors import TensorNetwork
from docpipe.runtime.owner import Owner
from docpipe.runtime.paddle_tensors import TensorPredictor
from docpipe.runtime.prepare import PreparedModel
from docpipe.runtime.protocol import (
    ONNX_ENGINES,
    EngineName,
    Input,
    LoadedModel,
    ModelRef,
    Prediction,
    Task,
)
from docpipe.runtime.resolve import hub_dir, normal, resolve
from docpipe.runtime.selftest import Mode, choose, modes_for, selftest_key
from docpipe.runtime.settings import RuntimeSettings
from docpipe.runtime.tasks import TASKS

log = logging.getLogger("docpipe.runtime")

_DROPPED = ("input_img", "input_path", "page_index", "vis_font")
"""Keys of a result that hold the whole page, or nothing where images come as arrays."""

WARM_SIDE = 32
"""Pixels of the picture that a predictor of docpipe's own is tried with; a whole page would cost a tenth of a start."""

_import_lock = threading.Lock()


@dataclass(slots=True)
class _Resident:
    loaded: LoadedModel
    owner: Owner
    predictor: list[Any]
    """Holds the predictor while it is resident; only the owner's thread looks inside."""
    refs: list[ModelRef]


class PaddleRuntime:
    """Keeps PaddleOCR models resident side by side, each on a thread of its own. Safe to use from any thread."""

    def __init__(
        self,
        settings: RuntimeSettings | None = None,
        clock: Callable[[], float] = time.perf_counter,
        *,
        workers: int = 1,
    ) -> None:
        self.settings = settings or RuntimeSettings()
        self._clock = clock
        self._threads = self.settings.threads(workers)
        self._residents: dict[ModelRef, _Resident] = {}
        self._lock = threading.Lock()  # of the dictionary; never held while a model works
        self._load_lock = threading.Lock()  # one at a time, so that the growth of memory is one model's
        self._loader: Owner | None = None
        self._pending: dict[ModelRef, Future[LoadedModel]] = {}

    def load(self, ref: ModelRef) -> LoadedModel:
        """Load and warm a model; a second call returns what is there. See `Runtime.load`."""
        key = normal(ref, self.settings)
        resident = self._residents.get(key)
        if resident is None:
            with self._load_lock:
                resident = self._residents.get(key) or self._load(ref, key)
        return resident.loaded

    def load_in_background(self, ref: ModelRef) -> Future[LoadedModel]:
        """Start loading a model that is not resident and return at once; its errors are in the future."""
        key = normal(ref, self.settings)
        with self._lock:
            pending = self._pending.get(key)
            if pending is not None and not pending.done():
                return pending
            if self._loader is None:
                self._loader = Owner("loader")
            self._pending[key] = future = self._loader.submit(lambda: self.load(ref))
            return future

    def list_loaded(self) -> Sequence[LoadedModel]:
        """Return what is resident, in order of loading."""
        with self._lock:
            return [resident.loaded for resident in self._residents.values()]

    def infer(
        self,
        ref: ModelRef,
        images: Sequence[Input],
        options: Mapping[str, object] | None = None,
        limit_s: float | None = None,
    ) -> list[Prediction]:
        """Return one prediction per image, in order. See `Runtime.infer`.

        Raises:
            OutOfMemory: memory ran out, on the host or the device.
            StageTimeout: no answer within `limit_s` or `infer_timeout_s`, or the model is stuck in an earlier call.
            StageError: the engine failed, the model is not loaded, or an image or option cannot be used.
        """
        resident = self._residents.get(normal(ref, self.settings))
        if resident is None:
            raise StageError(f"{ref.name} is not loaded: it must be in the resident set, or be loaded first")
        keywords = check_options(ref.task, ref.name, options or {})
        batch = check_inputs(ref.task, ref.name, images)
        if not batch:
            return []
        limit_s = min(filter(None, (limit_s, self.settings.infer_timeout_s)), default=None)
        try:
            return resident.owner.call(lambda: _predict(resident.predictor[0], batch, keywords), limit_s)
        except TimeoutError as e:
            raise timeout_error(ref.name, limit_s or 0.0) from e
        except Exception as e:
            raise translate_error(e, ref.name) from e

    def is_stuck(self, ref: ModelRef) -> bool:
        """Whether a model's call has timed out and still not come back."""
        resident = self._residents.get(normal(ref, self.settings))
        return resident is not None and resident.owner.stuck

    def free(self, ref: ModelRef) -> float:
        """Unload a model and return the memory given back, in MB; 0 where it was not loaded."""
        before = rss_mb()
        if not self._unload(ref):
            return 0.0
        trim()
        given_back = before - rss_mb()
        log.info("docpipe.model_freed name=%s given_back_mb=%.0f", ref.name, given_back)
        return given_back

    def _unload(self, ref: ModelRef) -> bool:
        with self._lock:
            resident = self._residents.pop(normal(ref, self.settings), None)
        if resident is None:
            return False
        if resident.owner.stuck:
            log.warning("docpipe.model_abandoned name=%s reason='stuck in a call'", ref.name)
        else:
            # the last reference goes on the thread that made it
            resident.owner.submit(resident.predictor.clear)
        resident.owner.close()
        return True

    def close(self) -> None:
        """Unload everything."""
        for pending in self._pending.values():
            pending.cancel()
        if self._loader is not None:
            self._loader.close()
        before = rss_mb()
        unloaded = [model.ref.name for model in self.list_loaded() if self._unload(model.ref)]
        if unloaded:
            trim()  # once: a collection of garbage per model costs more than unloading it
            log.info("docpipe.models_freed names=%s given_back_mb=%.0f", ",".join(unloaded), before - rss_mb())

    def _load(self, ref: ModelRef, key: ModelRef) -> _Resident:
        started = self._clock()
        prepared = resolve(ref, self.settings, download=download)
        device = key.device or "cpu"
        before = rss_mb()
        owner = Owner(prepared.name)
        try:
            predictor, mode = owner.call(lambda: self._build(prepared, device))
        except Exception as e:
            owner.close()
            if isinstance(e, DocpipeError):
                raise
            if is_out_of_memory(e):
                raise OutOfMemory(f"{prepared.name}: no room to load it: {e}") from e
            raise ModelError(f"{prepared.name} cannot be loaded from {prepared.dir}: {e}") from e
        loaded = LoadedModel(
            ref=ref,
            sha256=prepared.sha256,
            engine=prepared.engine,
            device=device,
            mode=mode.name,
            load_s=self._clock() - started,
            memory_mb=round(max(rss_mb() - before, 0.0), 1),  # what others give back meanwhile is not its own
        )
        resident = _Resident(loaded, owner, [predictor], [ref])
        del predictor
        with self._lock:
            self._residents[key] = resident
        log.info(
            "docpipe.model_loaded name=%s sha256=%s engine=%s device=%s mode=%r load_s=%.2f memory_mb=%.0f",
            prepared.name, prepared.sha256[:8], loaded.engine, device, loaded.mode, loaded.load_s, loaded.memory_mb,
        )  # fmt: skip
        return resident

    def _build(self, prepared: PreparedModel, device: str) -> tuple[Any, Mode]:
        """Make a predictor in the fastest mode that works; on the owner's thread."""
        pictures = TASKS[prepared.task].takes_pictures
        modes = modes_for(prepared.engine, device, pictures=pictures)
        key = selftest_key(prepared.engine, engine_of(prepared.engine).version(), prepared.sha256)
        if prepared.engine == "openvino":
            return self._build_on_openvino(prepared, device, key, modes)

        own = None
        if prepared.engine == "onnxruntime":
            own = own_predictor(prepared, device, self._threads, cache=self.settings.cache())
        if own is None:
            import_paddle(self.settings.cache(), prepared.engine, device, pictures=pictures)

        def attempt(mode: Mode) -> Any:
            if own is not None:
                if self.settings.warm:
                    warm(own, prepared.task)
                return own
            if not pictures:
                tensors = TensorPredictor(prepared.dir, self._threads, device)
                if self.settings.warm:
                    tensors.warm()
                return tensors
            predictor = create(prepared, device, engine_config(prepared.engine, self._threads, mode))
            if self.settings.warm or len(modes) > 1:
                _predict(predictor, [blank(prepared.task)], {"batch_size": 1})
            return predictor

        try:
            return choose(key, modes, attempt, self.settings.cache())
        except ModelError as e:
            raise ModelError(f"{prepared.name} {e}") from e.__cause__

    def _build_on_openvino(
        self, prepared: PreparedModel, device: str, key: str, modes: Sequence[Mode]
    ) -> tuple[Predictor, Mode]:
        """Make a predictor in the first mode in which it reads as on ONNX Runtime; on the owner's thread."""
        from docpipe.runtime.openvino.predictors import build_tested_predictor

        require_engine("openvino", device)

        def attempt(mode: Mode) -> Predictor:
            made: Predictor = build_tested_predictor(prepared, mode, self._threads, self.settings.cache())
            if self.settings.warm:
                warm(made, prepared.task)
            return made

        try:
            return choose(key, modes, attempt, self.settings.cache())
        except ModelError as e:
            raise ModelError(f"{prepared.name} {e}") from e.__cause__


def warm(predictor: Predictor, task: Task) -> None:
    """Let a predictor of docpipe's own run once, on as little as it takes: there is no mode to choose by it."""
    if isinstance(predictor, TensorNetwork | TableReader):
        predictor.warm()
        return
    page = blank(task)
    top, left = page.shape[0] // 2 - WARM_SIDE // 2, page.shape[1] // 2 - WARM_SIDE // 2
    predictor.predict([page[top : top + WARM_SIDE, left : left + WARM_SIDE]])


def create(prepared: PreparedModel, device: str, config: Mapping[str, Any]) -> Any:
    """Return PaddleOCR's object for a prepared model.

    Raises:
        ModelError: it would run on another device than the one asked for.
    """
    paddleocr = importlib.import_module("paddleocr")
    made = getattr(paddleocr, TASKS[prepared.task].paddleocr_class or "")(
        model_name=prepared.paddle_name,
        model_dir=str(prepared.dir),
        device=device,
        engine="onnxruntime" if prepared.engine in ONNX_ENGINES else prepared.engine,
        engine_config=dict(config),
    )
    if prepared.engine in ONNX_ENGINES:
        check_provider(made.paddlex_predictor.runner.session, device)
    return made


def engine_config(engine: str, threads: int, mode: Mode) -> dict[str, Any]:
    """Return the flat `engine_config` of a model. With it PaddleOCR ignores `enable_mkldnn` and `cpu_threads`.

    Raises:
        ModelError: PaddleX does not know a key: it would drop it silently (`paddle_static`) and run in another mode.
    """
    if engine in ONNX_ENGINES:
        config: dict[str, Any] = {
            "intra_op_num_threads": threads, "log_severity_level": 3, "enable_mem_pattern": False, **mode.config
        }  # fmt: skip
        module, name = "paddlex.inference.models.runners.onnxruntime_runner", "ONNXRuntimeRunnerConfig"
    else:
        config = {"cpu_threads": threads, **mode.config}
        module, name = "paddlex.inference.models.runners.paddle_static.runner", "PaddleStaticRunnerConfig"
    known = getattr(importlib.import_module(module), name).model_fields
    unknown = sorted(set(config) - set(known))
    if unknown:
        raise ModelError(f"this PaddleX does not know the engine_config keys {', '.join(unknown)} of {engine}")
    return config


def import_paddle(cache: Path, engine: EngineName, device: str = "cpu", *, pictures: bool = True) -> None:
    """Import what an engine needs without letting it look at the network, take over logging, or write elsewhere.

    Paddle itself (330 MB) is left out where ONNX Runtime does the work, PaddleOCR where no pictures are looked at.

    Raises:
        ModelError: something is missing, the engine cannot drive the device, or the cache cannot be written.
    """
    with _import_lock:
        home = cache / "paddlex"
        os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(home))
        os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
        os.environ.setdefault("PADDLE_PDX_EAGER_INIT", "False")
        os.environ.setdefault("PADDLE_PDX_DISABLE_DEVICE_FALLBACK", "1")
        os.environ.setdefault("PADDLEOCR_DISABLE_AUTO_LOGGING_CONFIG", "1")
        level = logging.root.level
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if pictures:
                    importlib.import_module("paddleocr")
                require_engine(engine, device)
        except ImportError as e:
            raise ModelError(f"paddleocr cannot be imported: {e}; `docpipe doctor` says what is missing") from e
        except OSError as e:
            raise ModelError(f"paddleocr cannot start: {e}; {home} must be writable (see `runtime.cache_dir`)") from e
        finally:
            logging.root.setLevel(level)  # importing Paddle sets it to WARNING
        quiet = logging.getLogger("paddlex")
        for handler in list(quiet.handlers):
            quiet.removeHandler(handler)  # PaddleX adds one for stderr; whoever runs docpipe decides about that
        quiet.propagate = True
        if quiet.level == logging.INFO:
            quiet.setLevel(logging.WARNING)


def download(entry: ModelEntry, cache: Path) -> Path:
    """Let PaddleOCR fetch a hub model into docpipe's cache and return its directory.

    Raises:
        ModelError: no hoster could be reached, or none has the model.
    """
    import_paddle(cache, entry.engine)
    models = importlib.import_module("paddlex.inference.utils.official_models").official_models
    formats = ("onnx",) if entry.engine in ONNX_ENGINES else ("paddle",)
    log.info("docpipe.model_download name=%s", entry.name)
    try:
        return Path(models.get_model_path(entry.known_as, model_formats=formats))
    except Exception as e:  # PaddleX raises a bare Exception where no hoster answers
        raise ModelError(
            f"{entry.name} cannot be downloaded: {' '.join(str(e).split())[:300]}. Without a network, copy the model's "
            f"directory to {hub_dir(cache, entry)}, or name it under `runtime.model_dirs`"
        ) from e


def _predict(predictor: Any, images: list[Any], keywords: Mapping[str, object]) -> list[Prediction]:
    results = predictor.predict(images, **keywords)
    return [{key: value for key, value in result.items() if key not in _DROPPED} for result in results]
