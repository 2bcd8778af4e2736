"""Which mode is chosen, when a mode fails as Paddle 3.3's oneDNN does."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.errors import ModelError
from docpipe.runtime import selftest
from docpipe.runtime.selftest import CPU_MODES, ONEDNN, ONEDNN_WITHOUT_PLACEMENT, ONNXRUNTIME, PLAIN, Mode, choose

CRASH = NotImplementedError(
    "(Unimplemented) ConvertPirAttribute2RuntimeAttribute not support [pir::ArrayAttribute<pir::DoubleAttribute>]"
)


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(selftest, "_known", {})


class Engine:
    """Fails in the modes it is told to, and remembers what was tried."""

    def __init__(self, **fails: Exception) -> None:
        self.fails = fails
        self.tried: list[str] = []

    def __call__(self, mode: Mode) -> str:
        self.tried.append(mode.name)
        if error := self.fails.get(mode.name.split()[-1]):
            raise error
        return f"predictor in {mode.name}"


def test_the_fastest_mode_that_works_is_taken():
    engine = Engine()
    assert choose("k", CPU_MODES, engine, None) == ("predictor in onednn", ONEDNN)
    assert engine.tried == ["onednn"]


def test_one_pass_less_comes_before_giving_up_onednn(caplog):
    engine = Engine(onednn=CRASH)
    _, mode = choose("k", CPU_MODES, engine, None)
    assert mode is ONEDNN_WITHOUT_PLACEMENT
    assert mode.config == {"run_mode": "mkldnn", "delete_pass": ["onednn_placement_pass"]}
    assert "ConvertPirAttribute2RuntimeAttribute" in caplog.text


def test_plain_is_the_last_resort():
    _, mode = choose("k", CPU_MODES, Engine(onednn=CRASH, placement=CRASH), None)
    assert mode is PLAIN


def test_what_worked_is_tried_first_the_next_time_even_in_another_process(tmp_path: Path, monkeypatch):
    choose("k", CPU_MODES, Engine(onednn=CRASH), tmp_path)
    monkeypatch.setattr(selftest, "_known", {})
    engine = Engine(onednn=CRASH)
    choose("k", CPU_MODES, engine, tmp_path)
    assert engine.tried == ["onednn without placement"]
    other = Engine()
    choose("another model", CPU_MODES, other, tmp_path)
    assert other.tried == ["onednn"]


def test_a_damaged_record_is_no_record(tmp_path: Path):
    (tmp_path / "selftest.json").write_text("{torn", encoding="utf-8")
    assert choose("k", CPU_MODES, Engine(onednn=CRASH), tmp_path)[1] is ONEDNN_WITHOUT_PLACEMENT


def test_memory_running_out_says_nothing_about_a_mode(tmp_path: Path):
    engine = Engine(onednn=MemoryError("std::bad_alloc"))
    with pytest.raises(MemoryError):
        choose("k", CPU_MODES, engine, tmp_path)
    assert engine.tried == ["onednn"]
    assert not (tmp_path / "selftest.json").exists()


def test_no_mode_at_all_names_them_and_keeps_the_last_error():
    with pytest.raises(ModelError, match="onednn, onednn without placement, plain") as raised:
        choose("k", CPU_MODES, Engine(onednn=CRASH, placement=CRASH, plain=CRASH), None)
    assert raised.value.__cause__ is CRASH


@pytest.mark.parametrize(
    ("engine", "device", "modes"),
    [("paddle_static", "cpu", CPU_MODES), ("paddle_static", "gpu:0", (PLAIN,)), ("onnxruntime", "cpu", (ONNXRUNTIME,))],
)
def test_onednn_is_for_paddle_on_cpu(engine, device, modes):
    assert tuple(selftest.modes_for(engine, device)) == tuple(modes)
