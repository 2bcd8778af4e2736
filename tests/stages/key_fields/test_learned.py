"""The learned rung: what the model is shown, how it is weighed against the rules, and the weights that ship."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docpipe import Pipeline
from docpipe.document import KeyField
from docpipe.errors import OutOfMemory, StageError
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.key_fields import KeyFields, KeyFieldsSettings
from docpipe.stages.key_fields.choose import choose, key_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import collect, view_page
from docpipe.stages.key_fields.layout import lay_out
from docpipe.stages.key_fields.learned.about import PATHS, RUNS, About, Curve
from docpipe.stages.key_fields.learned.decode import decide, lead
from docpipe.stages.key_fields.learned.features import MOST_CELLS, NEAR, RELATIONS, build_features, rule_width, width
from docpipe.stages.key_fields.learned.options import STRONGEST, Opinion, options_of
from docpipe.stages.key_fields.learned.texts import BUCKETS, GRAMS, WORDS, text_ids
from docpipe.stages.key_fields.pack import FIELD_TYPES
from docpipe.testing import FakeRuntime
from tests.drawing import receipt_file
from tests.stages.key_fields.placing import document

RECEIPT = (
    "GOLDEN BREAD BAKERY SDN BHD",
    "NO 12, JALAN BUNGA RAYA,",
    "TAMAN MELATI, 53100 KUALA LUMPUR",
    "TEL: 03-4107 2231",
    [(20, "DATE: 03/04/2018"), (500, "15:28")],
    [(20, "WHITE BREAD"), (700, "4.20")],
    [(20, "CAKE"), (700, "14.20")],
    [(20, "TOTAL RM"), (700, "18.40")],
    [(20, "CASH"), (700, "20.00")],
    [(20, "CHANGE"), (700, "1.60")],
)
BOTH = About(speaks={"*": dict.fromkeys(PATHS, "both")}, curves={"amount": Curve(slope=2.0)})
MODEL = KeyFieldsSettings(model_name="docpipe-key-fields")


def prepared(*rows):
    layout = lay_out(document(*rows))
    pack, _ = shipped_packs().choose([cell.folded for cell in layout.cells])
    page = view_page(layout, pack)
    return page, collect(page)


def silent(page) -> Opinion:
    """What a model says that knows nothing."""
    count = len(page.layout.cells)
    fields = np.full((count, len(PATHS)), -STRONGEST, dtype=np.float32)
    return Opinion(fields, np.zeros(len(PATHS), dtype=np.float32), np.ones((count, 2), dtype=np.bool_))


def test_the_fields_of_the_format_are_fields():
    """The order of the network's outputs is fixed; every one is a canonical field."""
    assert set(PATHS) <= set(FIELD_TYPES)
    assert len(set(PATHS)) == len(PATHS)
    assert set(PATHS) >= RUNS


def test_digits_count_by_their_number_alone():
    """Prices do not become words; words do; nothing is out of range."""
    assert (text_ids("TOTAL 18.40") == text_ids("TOTAL 93.17")).all()
    assert (text_ids("TOTAL 18.40") != text_ids("CASH 18.40")).any()
    ids = text_ids("价税合计 " + "LOREM IPSUM " * 40)
    assert ids.shape == (WORDS + GRAMS,)
    assert 0 < ids.min() <= ids.max() < BUCKETS


def test_every_cell_is_described():
    """One row of numbers a cell, as wide as the network expects, all of them finite."""
    page, candidates = prepared(*RECEIPT)
    units = build_features(page, PATHS, candidates, choose(candidates))
    count = len(page.layout.cells)
    assert units.dense.shape == (count, width(PATHS))
    assert np.isfinite(units.dense).all()
    assert units.near.shape == (count, NEAR)
    assert units.near.max() <= count
    assert units.relation.shape == (count, count)
    assert 0 <= units.relation.min() <= units.relation.max() < RELATIONS
    total = next(c.index for c in page.layout.cells if c.text == "18.40")
    assert units.dense[total, -rule_width(PATHS) :][PATHS.index("total_gross")] > 0.5


def test_a_long_document_keeps_head_and_foot():
    """Beyond the limit cells in the middle are left out, and are ignored."""
    page, candidates = prepared(*[f"LINE {n} OF MANY" for n in range(MOST_CELLS + 50)])
    units = build_features(page, PATHS, candidates, choose(candidates))
    assert len(units.kept) == MOST_CELLS
    assert units.kept[0] == 0
    assert units.kept[-1] == MOST_CELLS + 49


def test_the_model_moves_a_choice_and_says_so():
    """A strong opinion beats a weak rule; the source names the model, and the rule where both agree."""
    page, candidates = prepared(*RECEIPT)
    chosen = choose(candidates)
    opinion = silent(page)
    cash = next(c.index for c in page.layout.cells if c.text == "20.00")
    opinion.fields[cash, PATHS.index("total_gross")] = 30.0
    strong = BOTH.model_copy(update={"weights": {"amount": (3.0, 1.0, 0.0, 0.0, 0.0)}})
    moved = decide(page, candidates, chosen, opinion, strong)
    assert chosen["total_gross"].value == "18.40"
    assert moved["total_gross"].value == "20.00"
    assert moved["total_gross"].source == "model"
    assert moved["total_gross"].line_ids == page.layout.cells[cash].line_ids
    assert decide(page, candidates, chosen, opinion, About()) == chosen
    agreed = decide(page, candidates, chosen, silent(page), BOTH)["total_gross"]
    assert agreed.value == "18.40"
    assert agreed.source_id is not None
    assert agreed.source_id.startswith("docpipe-key-fields+receipt-en.")


def test_a_run_of_rows_is_an_address():
    """The rows with the largest sum win; a row with a telephone bars the way."""
    page, candidates = prepared(*RECEIPT)
    opinion = silent(page)
    opinion.fields[[1, 2, 3], PATHS.index("seller.address")] = 5.0
    free = BOTH.model_copy(update={"weights": {"address": (1.0, 0.0, 0.0, 0.0, 0.0)}})
    field = decide(page, candidates, choose(candidates), opinion, free, ("seller.address",))["seller.address"]
    assert field.value == "NO 12, JALAN BUNGA RAYA, TAMAN MELATI, 53100 KUALA LUMPUR"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0.1, 20.0))
def test_whatever_the_model_says_fields_stay_sound(seed, spread):
    """Any opinion gives values that the page shows, confidences within bounds, and the same answer twice."""
    page, candidates = prepared(*RECEIPT)
    random = np.random.default_rng(seed)
    count = len(page.layout.cells)
    opinion = Opinion(
        random.normal(0, spread, (count, len(PATHS))).astype(np.float32),
        random.normal(0, spread, len(PATHS)).astype(np.float32),
        random.random((count, 2)) < 0.5,
    )
    chosen = choose(candidates)
    fields = decide(page, candidates, chosen, opinion, BOTH)
    assert fields == decide(page, candidates, chosen, opinion, BOTH)
    assert set(chosen) <= set(fields)
    lines = {line for cell in page.layout.cells for line in cell.line_ids}
    for path, field in fields.items():
        assert isinstance(field, KeyField)
        assert field.value
        assert 0.0 < field.confidence <= 1.0
        assert set(field.line_ids) <= lines
        if path in PATHS:
            keys = {key_of(path, o.value) for o in options_of(page, path, candidates, chosen, opinion)}
            assert not keys or key_of(path, field.value) in keys


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8))
def test_a_lead_is_bounded_and_the_best_leads(scores):
    """The best option's lead is at least that of any other."""
    leads = [lead(scores, n) for n in range(len(scores))]
    assert all(-8.0 <= value <= 8.0 for value in leads)
    assert leads[scores.index(max(scores))] == pytest.approx(max(leads))


@pytest.mark.parametrize("error", [OutOfMemory("no room"), StageError("engine failed")])
def test_what_the_runtime_raises_is_passed_on(error):
    """The pipeline steps down a rung; the stage hides nothing."""

    class Failing(FakeRuntime):
        def infer(self, *args, **kwargs):
            raise error

    with pytest.raises(type(error), match=str(error)):
        KeyFields().run(document(*RECEIPT), MODEL, Failing())


def test_outputs_of_another_format_are_refused():
    """Weights of another docpipe give an error that says what to do, not fields at the wrong places."""
    runtime = FakeRuntime({"docpipe-key-fields": {"0": np.zeros((1, 3, 7)), "1": np.zeros((1, 7))}})
    with pytest.raises(StageError, match="train it again"):
        KeyFields().run(document(*RECEIPT), MODEL, runtime)


def test_a_receipt_is_read_without_accents():
    """Specks over letters of an English receipt are no accents; raw keeps what was read."""
    rows = ("GOLDEN BREAD BÀKERY SDN BHD", *RECEIPT[1:])
    field = KeyFields().run(document(*rows), KeyFieldsSettings(), FakeRuntime()).fields["seller.name"]
    assert field.value == "GOLDEN BREAD BAKERY SDN BHD"
    assert field.raw == "GOLDEN BREAD BÀKERY SDN BHD"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaddleRuntime]:
    made = PaddleRuntime(RuntimeSettings(cache_dir=str(tmp_path_factory.mktemp("cache")), cpu_threads=1))
    yield made
    made.close()


@pytest.mark.models
def test_the_shipped_weights_read_a_receipt(runtime):
    """Loaded through the runtime; deterministic; every field the rules find is there, with a probability."""
    ref = MODEL.ref
    assert ref is not None
    loaded = runtime.load(ref)
    assert loaded.engine == "onnxruntime"
    doc = document(*RECEIPT)
    first, again = (KeyFields().run(doc, MODEL, runtime) for _ in range(2))
    assert first == again
    values = {path: field.value for path, field in first.fields.items()}
    assert values["seller.name"] == "GOLDEN BREAD BAKERY SDN BHD"
    assert values["seller.address"] == "NO 12, JALAN BUNGA RAYA, TAMAN MELATI, 53100 KUALA LUMPUR"
    assert values["issue_date"] == "2018-04-03"
    assert values["total_gross"] == "18.40"
    assert first.fields["seller.name"].source == "model"
    assert all(0.5 < first.fields[path].confidence < 1.0 for path in ("seller.name", "total_gross"))
    empty = replace(doc, pages=())
    assert KeyFields().run(empty, MODEL, runtime).fields == {}


@pytest.mark.models
def test_a_missing_input_names_itself(runtime):
    """A call with the wrong arrays is a StageError, and the predictor works afterwards."""
    ref = MODEL.ref
    assert ref is not None
    runtime.load(ref)
    with pytest.raises(StageError, match="also takes dense"):
        runtime.infer(ref, [{"ids": np.zeros((1, 1, WORDS + GRAMS), np.int64)}])
    with pytest.raises(StageError, match="arrays by name"):
        runtime.infer(ref, [np.zeros((4, 4, 3), np.uint8)])
    assert KeyFields().run(document(*RECEIPT), MODEL, runtime).fields


@pytest.mark.models
def test_a_failing_model_leaves_its_place_to_the_rules(tmp_path, monkeypatch):
    """The shipped ladder: memory runs out, the same document is read by rules, and the result says so."""
    monkeypatch.setenv("DOCPIPE_FAULTS", "key_fields.main: oom*1")
    with Pipeline.from_config("invoice") as pipeline:
        first = pipeline.run(receipt_file(tmp_path))
    stage = first.stages.key_fields
    assert (first.status, stage.rung, stage.served_by, stage.action) == ("degraded", "rules", "rules", "rules")
    (step,) = first.degradations
    assert (step.stage, step.from_rung, step.to_rung, step.trigger) == ("key_fields", "main", "rules", "out_of_memory")
    total = first.field("total_gross")
    assert (total.value, total.source) == ("18.40", "rule")
