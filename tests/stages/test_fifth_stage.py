"""A stage that another package brings: one file and one entry point, and everything that walks the stages knows it.

The stage tells what kind of document it is, by words that stand in it. It is installed as a package would be: a module
and its dist-info in a folder of `sys.path`. Nothing else of docpipe is touched.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from typer.testing import CliRunner

from docpipe.batch.workers import WorkerPool
from docpipe.cli.app import app
from docpipe.config import PipelineConfig, load_config
from docpipe.config.faults import Fault
from docpipe.control.controller import PolicyControl
from docpipe.document import Document, Page, TextLine, polygon_of
from docpipe.errors import ConfigError
from docpipe.inputs.source import Source
from docpipe.lab.profiling.documents import Wanted
from docpipe.lab.profiling.measure import Chosen, Measurer
from docpipe.lab.profiling.samples import TimeSample
from docpipe.pipeline import Pipeline
from docpipe.profiles import to_yaml
from docpipe.result import STAGE_NAMES, Result
from docpipe.testing import FakeRuntime
from tests.profiles.making import profile, rung

INVOICE = Path(__file__).parents[1] / "samples" / "images" / "invoice_de.pdf"
CODE = '''\
"""Tells what kind of document it is, by the words that stand in it."""

import hashlib
from dataclasses import replace

from docpipe.document import KeyField
from docpipe.stages.protocol import StageSettings
from docpipe.stages.stage_spec import StageSpec


class Settings(StageSettings):
    kinds: dict[str, str] = {"rechnung": "invoice", "receipt": "receipt"}
    most_lines: int = 1000

    def rules_sha256(self):
        return hashlib.sha256(repr(sorted(self.kinds.items())).encode()).hexdigest()

    def rules_name(self, done):
        return "words"


class DocumentKind:
    name = "document_kind"
    settings = Settings

    def run(self, document, settings, runtime):
        text = " ".join(line.text for line in document.lines[: settings.most_lines]).lower()
        kind = next((kind for word, kind in settings.kinds.items() if word in text), "other")
        found = KeyField(kind, kind, 0.9, "rule", "document_kind")
        fields = {**document.fields, "document_type": found}
        return replace(document, fields=fields, notes={**document.notes, "document_kind": kind})


SPEC = StageSpec(
    DocumentKind(),
    per="document",
    effects={"reduce_input": "Only the head was looked at.", "disable": "Nobody knows what kind of document it is."},
    default_ladder=(
        {"name": "main", "use": {}},
        {"name": "head", "mode": "reduce_input", "use": {"most_lines": 10}},
        {"name": "skip", "mode": "disable", "use": {}},
    ),
)
'''
FILE = """\
plugins: [document_kind]
stages:
  text_detection: {ladder: [{name: main, use: {model_name: PP-OCRv4_mobile_det, limit_side_len: 640}}]}
  text_recognition: {ladder: [{name: main, use: {model_name: PP-OCRv6_small_rec_narrow}}]}
  table_structure: {ladder: [{name: main, use: {rules: lines}}]}
  key_fields: {ladder: [{name: main, use: {}}]}
"""
MARK = "document_kind"


def install(folder: Path, code: str = CODE, name: str = MARK, value: str = "kind_of_document:SPEC") -> Path:
    """Lay a package into a folder as pip does: its module, and a dist-info with the entry point."""
    folder.mkdir(exist_ok=True)
    (folder / f"{value.partition(':')[0]}.py").write_text(code, encoding="utf-8")
    info = folder / "kind_of_document-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kind-of-document\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[docpipe.stages]\n{name} = {value}\n", encoding="utf-8")
    return folder


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline file whose package is installed."""
    monkeypatch.syspath_prepend(install(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "kind_of_document", raising=False)
    path = tmp_path / "mine.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def read(config: PipelineConfig) -> tuple[Result, str]:
    """Read an invoice that has a text layer; return its result and the metrics of the pipeline."""
    with Pipeline(config, runtime=FakeRuntime()) as pipeline:
        return pipeline.run(INVOICE), generate_latest(pipeline.metrics.registry).decode()


def test_a_file_that_names_the_plugin_has_its_stage_and_its_ladder(file: Path) -> None:
    config = load_config(file)
    assert [name for name, _ in config.each_stage()] == [*STAGE_NAMES, MARK]
    assert [rung.name for rung in config.stages.document_kind.ladder] == ["main", "head", "skip"]
    assert config.stages[MARK].ladder[1].use.most_lines == 10
    assert "plugins" not in load_config("invoice").to_data()
    assert [stage.name for stage in config.plan().stages] == [*STAGE_NAMES, MARK]


def test_its_own_keys_are_checked_at_their_lines(file: Path) -> None:
    file.write_text(FILE + "  document_kind: {ladder: [{name: main, use: {most_line: 3}}]}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{file}:7: stages\.document_kind\.ladder\.0\.use\.most_line: unknown key"):
        load_config(file)


def test_without_the_plugin_nothing_of_the_package_is_loaded(file: Path) -> None:
    file.write_text(FILE.removeprefix("plugins: [document_kind]\n"), encoding="utf-8")
    assert [name for name, _ in load_config(file).each_stage()] == [*STAGE_NAMES]
    assert "kind_of_document" not in sys.modules


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            {"name": "another"},
            r"1: plugins\.0: no installed package brings a stage 'document_kind'; there are: an",
        ),
        ({"code": "import not_there"}, r"1: plugins\.0: .* cannot be imported: ModuleNotFoundError"),
        ({"code": "SPEC = 3"}, r"1: plugins\.0: kind_of_document:SPEC is no StageSpec but a int"),
        (
            {"code": CODE.replace('"use": {"most_lines": 10}', '"use": {"most": 10}')},
            r"default ladder of document_kind is wrong: ladder\.1\.use\.most: Extra inputs",
        ),
        ({"code": CODE.replace('name = "document_kind"', 'name = "other_kind"')}, r"a stage 'other_kind', not"),
        (
            {"code": CODE.replace('per="document"', 'per="document", needed=True')},
            "only a stage of pages can be",
        ),
    ],
    ids=["missing", "broken", "no-stage", "wrong-ladder", "other-name", "contradiction"],
)
def test_a_plugin_that_cannot_serve_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], complaint: str
) -> None:
    monkeypatch.syspath_prepend(install(tmp_path / "site", **change))
    monkeypatch.delitem(sys.modules, "kind_of_document", raising=False)
    path = tmp_path / "mine.yaml"
    path.write_text(FILE, encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint) as caught:
        load_config(path)
    assert len(caught.value.complaints) == 1


@pytest.mark.parametrize("name", ["key_fields", "keys", "copy"])
def test_a_stage_cannot_take_a_name_that_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    code = CODE.replace('name = "document_kind"', f'name = "{name}"')
    monkeypatch.syspath_prepend(install(tmp_path / "site", code, name))
    monkeypatch.delitem(sys.modules, "kind_of_document", raising=False)
    path = tmp_path / "mine.yaml"
    path.write_text(FILE.replace(MARK, name), encoding="utf-8")
    with pytest.raises(ConfigError, match="the name is taken"):
        load_config(path)


def test_its_answer_its_rung_and_its_time_stand_in_the_result(file: Path) -> None:
    result, _ = read(load_config(file))
    assert (result.status, result.field("document_type").value) == ("ok", "invoice")
    assert list(result.stages.keys()) == list(result.timings.stages.keys()) == [*STAGE_NAMES, MARK]
    stage = result.stages[MARK]
    assert (stage.rung, stage.served_by, stage.model_name, stage.runtime) == ("main", "rules", "words", "rules")
    assert result.timings.stages[MARK] is not None
    assert result.pages[0].rungs[MARK] == "main"
    assert f";{MARK}=main:words@" in result.model_version
    assert Result.model_validate_json(result.to_json()) == result


def test_a_rung_that_fails_is_replaced_and_metrics_and_explain_say_so(file: Path, tmp_path: Path) -> None:
    config = load_config(file)
    result, metrics = read(config.with_faults({f"{MARK}.main": Fault("error")}))
    (step,) = result.degradations
    assert (step.stage, step.to_rung, step.effect) == (MARK, "head", "Only the head was looked at.")
    assert (result.status, result.stages[MARK].level) == ("degraded", 1)
    assert f'docpipe_fallbacks_total{{reason="errors",stage="{MARK}"}} 1.0' in metrics
    (version,) = [line for line in metrics.splitlines() if "model_version_info{" in line and 'model="words"' in line]
    assert f'rung="head",stage="{MARK}"' in version
    path = tmp_path / "result.json"
    path.write_text(result.to_json(), encoding="utf-8")
    told = CliRunner().invoke(app, ["explain", str(path)]).output
    assert f"{MARK}: rung head (level 1), served by rules words" in told
    assert "Only the head was looked at." in told


@pytest.mark.parametrize("returned", ["None", "document.with_pages([])", "{}['no']"], ids=["none", "no-page", "bug"])
def test_a_stage_that_misbehaves_costs_its_rung_and_no_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, returned: str
) -> None:
    code = CODE.replace(
        "        text = ", f"        if settings.most_lines > 10:\n            return {returned}\n        text = "
    )
    monkeypatch.syspath_prepend(install(tmp_path / "site", code))
    monkeypatch.delitem(sys.modules, "kind_of_document", raising=False)
    path = tmp_path / "mine.yaml"
    path.write_text(FILE, encoding="utf-8")
    result, _ = read(load_config(path))
    assert (result.status, result.stages[MARK].rung, result.field("document_type").value) == (
        "degraded", "head", "invoice",
    )  # fmt: skip


def test_it_can_be_pinned_and_switched_off(file: Path) -> None:
    config = load_config(file)
    with (
        PolicyControl(config, pins={MARK: "skip"}) as policy,
        Pipeline(config, policy=policy, runtime=FakeRuntime()) as pipeline,
    ):
        result = pipeline.run(INVOICE)
    assert (result.stages[MARK].served_by, result.degradations[0].trigger) == ("none", "operator")
    assert result.degradations[0].effect == "Nobody knows what kind of document it is."


def test_what_it_notes_is_handed_on(file: Path) -> None:
    config = load_config(file)
    lines = (TextLine("1-1", "Official Receipt", 0.9, polygon_of((0, 0, 50, 10))),)
    document = Document("1", "a", "", "image/png", 1, 1, (Page(1, 100, 100, lines=lines),))
    done = config.specs[MARK].stage.run(document, config.stages[MARK].ladder[0].use, FakeRuntime())
    assert done.notes[MARK] == "receipt"


def test_it_is_measured_and_a_profile_prices_its_rungs(file: Path, tmp_path: Path) -> None:
    config = load_config(file)
    chosen = Chosen.of(config, [MARK])
    page = Page(1, 64, 64, lines=())
    samples = Measurer(config, FakeRuntime(), chosen, 1).measure(
        Wanted(Source("set/a.png")), Document("1", "a.png", "", "image/png", 1, 1, (page,))
    )
    assert [s.rung for s in samples if isinstance(s, TimeSample)] == ["main", "head", "skip"]
    stages = {
        name: {r.name: rung(100 - 10 * level, 1 - 0.1 * level, settings=r.digest()) for level, r in enumerate(s.ladder)}
        for name, s in config.each_stage()
    }
    measured = profile({name: rungs for name, rungs in stages.items() if name != MARK})
    data: dict[str, Any] = yaml.safe_load(to_yaml(measured))
    data["stages"][MARK] = {"unit": "lines", "rungs": stages[MARK]}
    (tmp_path / "box.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    file.write_text("profile: box.yaml\n" + FILE, encoding="utf-8")
    assert load_config(file).plan().stage(MARK).times_ms == (100, 90, 80)
    assert MARK in CliRunner().invoke(app, ["check", str(file)]).output
    data["stages"][MARK]["unit"] = "cells"
    (tmp_path / "box.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"stages\.document_kind: the profile counts in cells, the stage in lines"):
        load_config(file)


def test_a_configuration_with_a_plugin_pickles_as_data(file: Path) -> None:
    config = load_config(file)
    again = pickle.loads(pickle.dumps(config))
    assert again == config
    assert again.sha256() == config.sha256()
    assert again.stages[MARK].ladder == config.stages[MARK].ladder


@pytest.mark.models
def test_a_worker_process_runs_it_too(file: Path) -> None:
    config = load_config(file)
    with PolicyControl(config) as policy, WorkerPool(config, policy=policy) as pool:
        ((_, result),) = pool.run([Source.of_file(INVOICE)])
    assert (result.field("document_type").value, result.stages[MARK].served_by) == ("invoice", "rules")
