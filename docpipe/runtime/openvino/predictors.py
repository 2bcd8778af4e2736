"""Predictors on OpenVINO, each held against ONNX Runtime before it may serve."""

from __future__ import annotations

import logging
from pathlib import Path

from docpipe.errors import ModelError
from docpipe.runtime.about import about_of
from docpipe.runtime.openvino.comparison import Comparison, compare
from docpipe.runtime.openvino.network import shared_openvino
from docpipe.runtime.openvino.records import place_of, recall, remember
from docpipe.runtime.openvino.samples import questions
from docpipe.runtime.ort.predictors import Predictor, own_predictor
from docpipe.runtime.prepare import PreparedModel
from docpipe.runtime.selftest import Mode

log = logging.getLogger("docpipe.runtime")

WIDTH_STEP = 16
"""Pixels: OpenVINO compiles a recogniser for every width it meets, so crops are padded to whole steps."""

ROUNDS = 2
"""How often the samples are read for the time they take."""


def build_tested_predictor(prepared: PreparedModel, mode: Mode, threads: int, cache: Path) -> Predictor:
    """Return a predictor that reads docpipe's samples as ONNX Runtime does.

    Raises:
        ModelError: it reads them otherwise, or OpenVINO or a file of the model cannot be used.
    """
    place = place_of(prepared, mode, cache)
    comparison = recall(place)
    if comparison is not None and comparison.refusal:
        raise ModelError(comparison.refusal)
    made = openvino_predictor(prepared, mode, threads, cache)
    if comparison is None:
        comparison = _compare(prepared, made, threads, rounds=0)
        _say(prepared, mode, comparison)
        remember(place, comparison)
        if comparison.refusal:
            raise ModelError(comparison.refusal)
    return made


def measure(prepared: PreparedModel, mode: Mode, cache: Path) -> Comparison:
    """Compare a model on both engines, with the time of one thread, and keep what came of it.

    Raises:
        ModelError: OpenVINO or a file of the model cannot be used.
    """
    made = openvino_predictor(prepared, mode, 1, cache)
    comparison = _compare(prepared, made, 1, rounds=ROUNDS)
    _say(prepared, mode, comparison)
    remember(place_of(prepared, mode, cache), comparison)
    return comparison


def openvino_predictor(prepared: PreparedModel, mode: Mode, threads: int, cache: Path) -> Predictor:
    """Return docpipe's predictor of a model on OpenVINO, not compared with anything.

    Raises:
        ModelError: only PaddleOCR's classes know what to do around this network, or a file cannot be used.
    """
    made = own_predictor(
        prepared,
        "cpu",
        threads,
        lambda path, name: shared_openvino(path, name, mode, threads, cache),
        width_step=WIDTH_STEP,
    )
    if made is None:
        raise ModelError(
            f"{prepared.dir}/inference.yml asks for what only PaddleOCR's classes do, and those do not run on "
            "OpenVINO; leave `engine` out"
        )
    return made


def _compare(prepared: PreparedModel, made: Predictor, threads: int, rounds: int) -> Comparison:
    reference = own_predictor(prepared, "cpu", threads)
    if reference is None:
        raise ModelError(f"{prepared.name} cannot be compared with ONNX Runtime")
    return compare(reference, made, questions(prepared.task, about_of(prepared.dir)), rounds)


def _say(prepared: PreparedModel, mode: Mode, found: Comparison) -> None:
    log.info(
        "docpipe.engines_compared name=%s mode=%r words_points=%.2f spotting_points=%.2f alike=%.4f refused=%s",
        prepared.name, mode.name, found.words_points, found.spotting_points, found.alike, bool(found.refusal),
    )  # fmt: skip
