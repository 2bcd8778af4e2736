"""What reads a picture: docpipe's rungs and its peers, each made and called in a process of its own."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Line = tuple[str, float, list[list[float]]]
"""Text, confidence from 0 to 1, corners in pixels."""
Reader = Callable[[str], Mapping[str, Any]]
"""Takes a picture's path and returns a result as `docpipe run` writes it."""
Maker = Callable[[int, str], Reader]
"""Takes the number of threads and the pipeline file."""

ALL_STAGES = "docpipe-all"
"""The reader that also finds tables and key fields. The picture shows it, but frontiers are of readers of text."""


def available(config: str) -> list[str]:
    """Return the readers that can run here: all of docpipe's rungs and all peers that are installed."""
    there = {"tesseract": shutil.which("tesseract"), "docpipe:openvino": find_spec("openvino")}
    names = [name for name in READERS if there.get(name, True)]
    return [*names, *rungs_of(config)]


def rungs_of(config: str) -> list[str]:
    """Return docpipe's readers below the best: every other pair of a detection and a recognition rung."""
    from docpipe.config import load_config

    stages = dict(load_config(config).each_stage())
    detectors, recognisers = ([r.name for r in stages[s].ladder] for s in ("text_detection", "text_recognition"))
    pairs = [(d, recognisers[0]) for d in detectors[1:]] + [(d, r) for r in recognisers[1:] for d in detectors]
    return [f"docpipe:{d}/{r}" for d, r in pairs]


def serve(pipe: Connection, name: str, threads: int, config: str) -> None:
    """Make a reader and answer for one picture after the other until None comes."""
    import cv2

    cv2.setNumThreads(threads)
    before = _cpu()
    engines = count_engines() if name.startswith("docpipe") else lambda: float("nan")
    read = maker_of(name)(threads, config)
    start = _cpu()
    pipe.send(f"ready after {start:.2f} s of CPU, {start - before:.2f} of them its own")
    while (file := pipe.recv()) is not None:
        wall, cpu, inside = time.perf_counter(), _cpu(), engines()
        result = read(file)
        pipe.send({"wall_s": time.perf_counter() - wall, "cpu_s": _cpu() - cpu, "since_start_cpu_s": _cpu(),
                   "engines_s": engines() - inside, "result": result})  # fmt: skip
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    pipe.send({"start_cpu_s": start, "peak_mb": peak})


def count_engines() -> Callable[[], float]:
    """Count from now on the CPU seconds inside docpipe's engines; return what tells how many there were so far.

    This is the floor of a reading: what the networks themselves compute, without a step before or after them.
    """
    from docpipe.runtime.openvino.network import OpenVinoNetwork
    from docpipe.runtime.ort.network import OrtNetwork

    spent = [0.0]

    def counted(run: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            before = time.process_time()  # of all threads: while a network runs nothing else does
            try:
                return run(*arguments)
            finally:
                spent[0] += time.process_time() - before

        return call

    for kind in (OrtNetwork, OpenVinoNetwork):
        kind.run = counted(kind.run)  # type: ignore[method-assign]
    return lambda: spent[0]


def maker_of(name: str) -> Maker:
    """Return what makes a reader."""
    if name in READERS:
        return READERS[name]
    detection, _, recognition = name.removeprefix("docpipe:").partition("/")
    return lambda threads, config: docpipe_text(threads, config, detection, recognition)


def docpipe_text(threads: int, config: str, detection: str = "", recognition: str = "", engine: str = "") -> Reader:
    """Return docpipe's two text stages on two rungs, the best where none is named, on the file's engine or another."""
    from docpipe.adapter.original_page import on_original_pages
    from docpipe.config import load_config
    from docpipe.document import Document, Page
    from docpipe.runtime.paddle import PaddleRuntime
    from docpipe.runtime.settings import RuntimeSettings
    from docpipe.stages.text_detection import TextDetection
    from docpipe.stages.text_recognition import TextRecognition

    stages = dict(load_config(config).each_stage())
    det = stages["text_detection"].rung(detection or stages["text_detection"].ladder[0].name).use
    rec = stages["text_recognition"].rung(recognition or stages["text_recognition"].ladder[0].name).use
    if engine:
        det, rec = (use.model_copy(update={"engine": engine}) for use in (det, rec))
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=threads))
    for ref in (*det.models(), *rec.models()):
        runtime.load(ref)

    def read(file: str) -> Mapping[str, Any]:
        image = _picture(file)
        height, width = image.shape[:2]
        document = Document("", "", "", "", 0, 1, (Page(1, width, height, image),))
        found = TextRecognition().run(TextDetection().run(document, det, runtime), rec, runtime)
        lines = on_original_pages(found).lines
        return result_of(file, image, [(x.text, x.confidence, [list(p) for p in x.polygon]) for x in lines])

    return read


def docpipe_all(threads: int, config: str) -> Reader:
    """Return the whole pipeline on its best rungs."""
    from docpipe.config import load_config
    from docpipe.pipeline import Pipeline

    loaded = load_config(config)
    runtime = loaded.runtime.model_copy(update={"cpu_threads": threads})
    pipeline = Pipeline(loaded.model_copy(update={"runtime": runtime}))
    return lambda file: pipeline.run(file).model_dump(mode="json")


def rapidocr(threads: int, flushed: bool) -> Reader:
    """Return RapidOCR with its own defaults and without its classifier, or the same with a flushed detector."""
    from rapidocr import RapidOCR

    params: dict[str, Any] = {
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "Global.use_cls": False,
        "Global.log_level": "error",
    }
    if flushed:
        params["Det.model_path"] = str(prepared("text_detection", "PP-OCRv6_small_det") / "inference.onnx")
    engine = RapidOCR(params=params)

    def read(file: str) -> Mapping[str, Any]:
        image = _picture(file)
        found: Any = engine(image)
        some = found.boxes is not None
        rows = zip(found.txts, found.scores, found.boxes, strict=True) if some else ()
        return result_of(file, image, [(text, float(score), box.tolist()) for text, score, box in rows])

    return read


def paddleocr(threads: int, limits: Mapping[str, object]) -> Reader:
    """Return PaddleOCR's pipeline over ONNX Runtime, on the weights as the package carries them."""
    from docpipe.runtime.paddle import import_paddle
    from docpipe.runtime.settings import RuntimeSettings

    import_paddle(RuntimeSettings().cache(), "onnxruntime")
    from paddleocr import PaddleOCR

    engine = PaddleOCR(
        text_detection_model_name="PP-OCRv6_small_det",
        text_detection_model_dir=str(_as_shipped("text_detection", "PP-OCRv6_small_det")),
        text_recognition_model_name="PP-OCRv6_small_rec",
        text_recognition_model_dir=str(prepared("text_recognition", "PP-OCRv6_small_rec")),
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        engine="onnxruntime",
        engine_config={"intra_op_num_threads": threads},
        device="cpu",
        **limits,
    )

    def read(file: str) -> Mapping[str, Any]:
        image = _picture(file)
        (found,) = engine.predict(image)
        rows = zip(found["rec_texts"], found["rec_scores"], found["rec_polys"], strict=True)
        return result_of(file, image, [(text, float(score), box.tolist()) for text, score, box in rows])

    return read


def tesseract(threads: int, config: str) -> Reader:
    """Return Tesseract with its default settings and English; its CPU time is that of the program it starts."""

    def read(file: str) -> Mapping[str, Any]:
        image = _picture(file)
        environment = {**os.environ, "OMP_THREAD_LIMIT": str(threads)}
        done = subprocess.run(["tesseract", file, "-", "tsv"], capture_output=True, text=True, env=environment)
        return result_of(file, image, _tesseract_lines(done.stdout))

    return read


def _tesseract_lines(table: str) -> list[Line]:
    lines: dict[tuple[str, ...], list[list[str]]] = {}
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            lines.setdefault(tuple(cells[1:5]), []).append(cells)
    found = []
    for words in lines.values():
        boxes = [[int(cell) for cell in word[6:10]] for word in words]
        left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
        right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
        score = sum(float(word[10]) for word in words) / len(words) / 100
        corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
        found.append((" ".join(word[11] for word in words), score, [[float(x), float(y)] for x, y in corners]))
    return found


READERS: Mapping[str, Maker] = {
    "docpipe": docpipe_text,
    "docpipe:openvino": lambda threads, config: docpipe_text(threads, config, engine="openvino"),
    ALL_STAGES: docpipe_all,
    "rapidocr": lambda threads, config: rapidocr(threads, flushed=False),
    "rapidocr-flushed": lambda threads, config: rapidocr(threads, flushed=True),
    "paddleocr": lambda threads, config: paddleocr(threads, {}),
    "paddleocr-960": lambda threads, config: paddleocr(
        threads, {"text_det_limit_type": "max", "text_det_limit_side_len": 960}
    ),
    "tesseract": tesseract,
}


def result_of(file: str, image: Any, lines: Sequence[Line]) -> Mapping[str, Any]:
    """Return lines as a result."""
    height, width = image.shape[:2]
    rows = [
        {"id": f"1-{n}", "text": text, "confidence": score, "polygon": corners,
         "bbox": [min(x for x, _ in corners), min(y for _, y in corners),
                  max(x for x, _ in corners), max(y for _, y in corners)]}
        for n, (text, score, corners) in enumerate(lines, start=1)
    ]  # fmt: skip
    page = {"page": 1, "width": width, "height": height, "lines": rows}
    path = f"{Path(file).parent.name}/{Path(file).name}"
    return {"status": "ok", "document": {"path": path}, "pages": [page], "fields": {}, "line_items": [], "tables": []}


def _picture(file: str) -> Any:
    import cv2

    image = cv2.imread(file)
    if image is None:
        raise SystemExit(f"not a picture: {file}")
    return image


def prepared(task: Any, name: str) -> Path:
    from docpipe.runtime.protocol import ModelRef
    from docpipe.runtime.resolve import resolve
    from docpipe.runtime.settings import RuntimeSettings

    return resolve(ModelRef(task, name), RuntimeSettings()).dir


def _as_shipped(task: Any, name: str) -> Path:
    """Return a model's directory with the weights as the package carries them, denormals and all."""
    from docpipe.runtime.manifest import load_manifest
    from docpipe.runtime.prepare import source_file

    entry = load_manifest().get(name)
    folder = Path(tempfile.mkdtemp(prefix="throughput-"))
    shutil.copytree(prepared(task, name), folder, dirs_exist_ok=True)
    weights = next(file for file in entry.files if file.name == "inference.onnx")
    shutil.copyfile(source_file(entry, weights), folder / "inference.onnx")
    return folder


def _cpu() -> float:
    """Return the CPU seconds of this process and of those it started and waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
