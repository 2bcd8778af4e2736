"""Real models: loaded side by side, each answering as it does alone, and failing in docpipe's own words."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from docpipe.errors import ModelError, OutOfMemory, StageError, StageTimeout
from docpipe.runtime import paddle
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import ModelRef, Prediction
from docpipe.runtime.selftest import ONEDNN, Mode
from docpipe.runtime.settings import RuntimeSettings
from tests.runtime.rendered import line, page

DET = ModelRef("text_detection", "PP-OCRv6_small_det")
DET4 = ModelRef("text_detection", "PP-OCRv4_mobile_det")
REC = ModelRef("text_recognition", "PP-OCRv6_small_rec")
REC4 = ModelRef("text_recognition", "PP-OCRv4_mobile_rec")
TABLE = ModelRef("table_structure", "SLANet_plus")
PACKAGED = (DET, DET4, REC, REC4, TABLE)

LIMIT = {"limit_side_len": 960, "limit_type": "max", "thresh": 0.3, "box_thresh": 0.6, "unclip_ratio": 1.5}


def boxes(prediction: Prediction) -> list[tuple[int, int, int, int]]:
    """Return upright boxes from top to bottom."""
    found = [(*p.min(axis=0).tolist(), *p.max(axis=0).tolist()) for p in prediction["dt_polys"]]
    return sorted(found, key=lambda box: box[1])


def test_importing_the_runtime_imports_no_paddle():
    code = (
        "import docpipe.runtime.paddle, docpipe.runtime.doctor, docpipe.lab.training.train, docpipe.cli.train, sys; "
        "print(sorted(m for m in sys.modules if 'paddle' in m))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "paddleocr" not in out
    assert out.strip() == "['docpipe.runtime.paddle', 'docpipe.runtime.paddle_tensors']"


@pytest.mark.models
class TestWithModels:
    def test_all_packaged_models_load_side_by_side_without_any_network(self, runtime, no_network):
        loaded = [runtime.load(ref) for ref in PACKAGED]
        assert no_network == []
        assert [m.ref for m in runtime.list_loaded()][: len(PACKAGED)] == list(PACKAGED)
        for model in loaded:
            assert len(model.sha256) == 64
            assert model.device == "cpu"
            assert model.mode == "onnxruntime" if model.engine == "onnxruntime" else model.mode.split()[0] != ""
            assert isinstance(model.memory_mb, float)  # how much it is depends on what the allocator had to spare

    def test_a_second_load_returns_what_is_there(self, runtime):
        assert runtime.load(DET) is runtime.load(ModelRef(DET.task, DET.name, device="cpu"))

    @pytest.mark.parametrize("ref", [DET, DET4])
    def test_a_detector_finds_each_line(self, runtime, ref):
        runtime.load(ref)
        (found,) = runtime.infer(ref, [page("Total 123.45", "Invoice No. 2024", "Thank you")], LIMIT)
        assert set(found) == {"dt_polys", "dt_scores"}
        assert len(found["dt_polys"]) == len(found["dt_scores"]) == 3
        assert [round(y1 / 70) for _, y1, _, _ in boxes(found)] == [1, 2, 3]

    def test_a_blank_page_has_no_boxes(self, runtime):
        runtime.load(DET)
        (found,) = runtime.infer(DET, [np.full((300, 300, 3), 255, np.uint8)], LIMIT)
        assert len(found["dt_polys"]) == 0

    @pytest.mark.parametrize("ref", [REC, REC4])
    def test_a_recogniser_reads_a_line(self, runtime, ref):
        runtime.load(ref)
        texts = ["123.45", "INVOICE", "31/12/2024"]
        found = runtime.infer(ref, [line(text) for text in texts], {"batch_size": 2})
        assert [p["rec_text"] for p in found] == texts
        assert all(p["rec_score"] > 0.9 for p in found)
        assert set(found[0]) == {"rec_text", "rec_score"}

    def test_a_batch_size_does_not_stick(self, runtime):
        runtime.load(REC4)
        runtime.infer(REC4, [line("1"), line("2")], {"batch_size": 6})
        runtime.infer(REC4, [line("1")])
        predictor = runtime._residents[ModelRef(REC4.task, REC4.name, device="cpu")].predictor[0]
        assert predictor.paddlex_predictor.batch_sampler.batch_size == 1

    def test_table_cells_lie_where_they_are_drawn(self, runtime):
        """A grid of 3 x 4 on a crop that is neither square nor a multiple of anything."""
        height, width, rows, columns = 210, 530, 3, 4
        image = np.full((height, width, 3), 255, np.uint8)
        for row in range(rows):
            for column in range(columns):
                crop = line(f"{row + 1}{column + 1}.50", 22)
                y, x = 14 + row * 66, 24 + column * 130
                image[y : y + crop.shape[0], x : x + crop.shape[1]] = crop
        image[[2, 68, 134, 207], :] = 0
        image[:, [2, 132, 264, 396, 527]] = 0
        runtime.load(TABLE)
        (found,) = runtime.infer(TABLE, [image])
        assert found["structure"].count("<tr>") == rows
        assert len(found["bbox"]) == rows * columns
        for number, cell in enumerate(found["bbox"]):
            row, column = divmod(number, columns)
            xs, ys = cell[0::2], cell[1::2]
            assert min(xs) - 4 <= 24 + column * 130 + 25 <= max(xs) + 4, number
            assert min(ys) - 4 <= 14 + row * 66 + 12 <= max(ys) + 4, number

    def test_two_threads_on_one_model_get_what_one_thread_gets(self, runtime):
        runtime.load(REC)
        texts = [f"{n * 7919 % 10007}.{n:02d}" for n in range(60)]
        crops = [line(text, 20 + n % 12) for n, text in enumerate(texts)]
        alone = [runtime.infer(REC, [crop])[0] for crop in crops]
        with ThreadPoolExecutor(2) as pool:
            together = list(pool.map(lambda crop: runtime.infer(REC, [crop])[0], crops))
        assert together == alone

    def test_two_threads_on_one_paddle_model_get_what_one_thread_gets(self, runtime):
        runtime.load(DET4)
        pages = [page(*("Total 1.50",) * n, width=320 + 32 * n, height=400) for n in range(1, 5)] * 4
        alone = [boxes(runtime.infer(DET4, [image], LIMIT)[0]) for image in pages]
        with ThreadPoolExecutor(2) as pool:
            together = list(pool.map(lambda image: boxes(runtime.infer(DET4, [image], LIMIT)[0]), pages))
        assert together == alone
        assert [len(found) for found in alone[:4]] == [1, 2, 3, 4]

    def test_a_model_loads_in_the_background_once(self, settings):
        runtime = PaddleRuntime(settings)
        first, second = runtime.load_in_background(REC), runtime.load_in_background(REC)
        assert first.result(timeout=120) is second.result(timeout=120)
        assert [m.ref for m in runtime.list_loaded()] == [REC]
        runtime.close()
        assert list(runtime.list_loaded()) == []

    def test_a_freed_model_is_gone_and_can_come_back(self, settings):
        runtime = PaddleRuntime(settings)
        runtime.load(DET)
        runtime.infer(DET, [page("Total 1.00", width=900, height=900)], LIMIT)
        given_back = runtime.free(DET)
        assert given_back > 10
        assert list(runtime.list_loaded()) == []
        with pytest.raises(StageError, match="not loaded"):
            runtime.infer(DET, [page("Total 1.00")], LIMIT)
        assert runtime.free(DET) == 0
        runtime.load(DET)
        assert len(runtime.infer(DET, [page("Total 1.00")], LIMIT)[0]["dt_polys"]) == 1
        runtime.close()

    def test_loading_leaves_the_callers_logging_alone(self, cache):
        code = (
            "import logging, sys\n"
            "logging.basicConfig(level=logging.INFO, format='%(name)s %(message)s', stream=sys.stdout)\n"
            "from docpipe.runtime.paddle import PaddleRuntime, ModelRef\n"
            "r = PaddleRuntime()\n"
            "r.load(ModelRef('text_detection', 'PP-OCRv4_mobile_det'))\n"
            "print(logging.root.level, len(logging.root.handlers), logging.getLogger('paddlex').handlers)\n"
        )
        out = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "DOCPIPE_CACHE": str(cache)},
        )
        *told, logged, last = out.stdout.strip().splitlines()
        assert all(line.startswith("docpipe.") for line in told), "at the first time also how the model was prepared"
        assert logged.startswith("docpipe.runtime docpipe.model_loaded name=PP-OCRv4_mobile_det sha256=49ee815e")
        assert "memory_mb=" in logged
        assert last == "20 1 []"
        assert out.stderr == ""

    def test_a_detector_that_crashes_under_onednn_runs_without_the_pass(self, tmp_path, monkeypatch, caplog):
        """As with Paddle 3.3: the first run fails, not the creation."""
        crash = NotImplementedError("ConvertPirAttribute2RuntimeAttribute not support")
        created: list[dict] = []
        create, predict = paddle.create, paddle._predict

        def remember(prepared, device, config):
            created.append(dict(config))
            return create(prepared, device, config)

        def fail_once(predictor, images, keywords):
            if len(created) == 1:
                raise crash
            return predict(predictor, images, keywords)

        monkeypatch.setattr(paddle, "create", remember)
        monkeypatch.setattr(paddle, "_predict", fail_once)
        monkeypatch.setattr("docpipe.runtime.selftest._known", {})
        runtime = PaddleRuntime(RuntimeSettings(cache_dir=str(tmp_path), cpu_threads=1))
        loaded = runtime.load(DET4)
        assert loaded.mode == "onednn without placement"
        assert [config.get("delete_pass") for config in created] == [None, ["onednn_placement_pass"]]
        assert len(runtime.infer(DET4, [page("Total 1.00")], LIMIT)[0]["dt_polys"]) == 1
        assert "ConvertPirAttribute2RuntimeAttribute" in caplog.text
        runtime.close()


@pytest.mark.models
def test_engine_config_keys_are_known_to_paddlex(settings):
    """PaddleX would drop a misspelt key without a word."""
    paddle.import_paddle(settings.cache(), "onnxruntime")
    assert paddle.engine_config("paddle_static", 2, ONEDNN) == {"cpu_threads": 2, "run_mode": "mkldnn"}
    assert paddle.engine_config("onnxruntime", 2, Mode("", {}))["intra_op_num_threads"] == 2
    for engine in ("paddle_static", "onnxruntime"):
        with pytest.raises(ModelError, match=f"delete_passes of {engine}"):
            paddle.engine_config(engine, 2, Mode("misspelt", {"delete_passes": ["onednn_placement_pass"]}))


class Scripted:
    """A predictor whose `predict` does what the test says."""

    def __init__(self, act) -> None:
        self.act = act

    def predict(self, images, **keywords):
        return self.act(images, keywords)


@pytest.fixture
def scripted(settings, monkeypatch):
    """Return a function that makes a runtime around a scripted predictor: files and threads are real."""

    def make(act, **changes) -> PaddleRuntime:
        monkeypatch.setattr(paddle, "own_predictor", lambda *given, **named: None)
        monkeypatch.setattr(paddle, "import_paddle", lambda *given, **named: None)
        monkeypatch.setattr(paddle, "engine_config", lambda engine, threads, mode: {})
        monkeypatch.setattr(paddle, "create", lambda prepared, device, config: Scripted(act))
        runtime = PaddleRuntime(settings.model_copy(update={"warm": False, **changes}))
        runtime.load(DET)
        return runtime

    return make


def test_memory_that_runs_out_is_typed_and_keeps_the_original(scripted):
    original = RuntimeError("Failed to allocate memory for requested buffer of size 9")

    def fail(images, keywords):
        raise original

    runtime = scripted(fail)
    with pytest.raises(OutOfMemory, match="PP-OCRv6_small_det") as raised:
        runtime.infer(DET, [page("x")])
    assert raised.value.__cause__ is original
    runtime.close()


def test_a_stuck_model_times_out_and_the_others_go_on(scripted, monkeypatch):
    release = threading.Event()
    runtime = scripted(lambda images, keywords: release.wait() and [], infer_timeout_s=0.01)
    with pytest.raises(StageTimeout, match="no answer within"):
        runtime.infer(DET, [page("x")])
    with pytest.raises(StageTimeout):
        runtime.infer(DET, [page("x")])
    quick = Scripted(lambda images, keywords: [{"rec_text": "x"}])
    monkeypatch.setattr(paddle, "create", lambda prepared, device, config: quick)
    runtime.load(REC)
    assert runtime.infer(REC, [page("x")]) == [{"rec_text": "x"}]
    runtime.close()  # does not wait for the stuck one
    release.set()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit_side": 960}, "takes no limit_side; it takes batch_size, box_thresh"),
        ({"thresh": 0}, "thresh cannot be 0"),
        ({"box_thresh": 0.0, "batch_size": 0}, "batch_size, box_thresh cannot be 0"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(scripted, options, message):
    runtime = scripted(lambda images, keywords: pytest.fail("ran"))
    with pytest.raises(StageError, match=message):
        runtime.infer(DET, [page("x")], options)
    runtime.close()


@pytest.mark.parametrize(
    "image",
    [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3)), np.zeros((0, 5, 3), np.uint8)],
)
def test_an_image_of_another_kind_is_refused(scripted, image):
    runtime = scripted(lambda images, keywords: pytest.fail("ran"))
    with pytest.raises(StageError, match="image 0 must be height x width x 3 of uint8"):
        runtime.infer(DET, [image])
    runtime.close()


def test_options_reach_the_predictor_and_pages_do_not_come_back(scripted):
    seen: list[dict] = []

    def answer(images, keywords):
        seen.append(keywords)
        return [{"input_img": image, "input_path": None, "dt_polys": [], "dt_scores": []} for image in images]

    runtime = scripted(answer)
    assert runtime.infer(DET, [page("x")], {"limit_side_len": 640, "thresh": None}) == [
        {"dt_polys": [], "dt_scores": []}
    ]
    assert seen == [{"batch_size": 1, "limit_side_len": 640}]
    assert runtime.infer(DET, []) == []
    runtime.close()


def test_a_model_that_fails_to_load_leaves_nothing_behind(scripted, monkeypatch, settings):
    runtime = scripted(lambda images, keywords: [])
    before = threading.active_count()

    def fail(prepared, device, config):
        raise MemoryError("std::bad_alloc")

    monkeypatch.setattr(paddle, "create", fail)
    with pytest.raises(OutOfMemory, match="PP-OCRv6_small_rec: no room to load it"):
        runtime.load(REC)
    assert [m.ref for m in runtime.list_loaded()] == [DET]
    assert threading.active_count() == before
    runtime.close()


def test_a_download_without_a_network_says_what_to_do(settings, monkeypatch):
    class Hoster:
        def get_model_path(self, name, model_formats):
            raise Exception("No available model hosting platforms detected. Please check your network connection.")

    module = type("module", (), {"official_models": Hoster()})
    monkeypatch.setattr(paddle, "import_paddle", lambda *given, **named: None)
    monkeypatch.setattr(paddle.importlib, "import_module", lambda name: module)
    allowed = settings.model_copy(update={"allow_download": True})
    with pytest.raises(ModelError, match=r"cannot be downloaded: No available.*copy the model's directory to"):
        PaddleRuntime(allowed).load(ModelRef("text_detection", "PP-OCRv5_server_det"))


def test_logged_facts_can_be_read_by_a_machine(scripted, caplog):
    caplog.set_level(logging.INFO, "docpipe.runtime")
    scripted(lambda images, keywords: []).close()
    assert "docpipe.model_loaded name=PP-OCRv6_small_det sha256=090f04ab engine=onnxruntime device=cpu" in caplog.text
    assert "docpipe.models_freed names=PP-OCRv6_small_det given_back_mb=" in caplog.text
