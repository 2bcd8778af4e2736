"""Training the key-field model: labels, targets, groups, weighing, and a small training from end to end."""

from __future__ import annotations

import json
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from docpipe.errors import ConfigError, InputError, ModelError
from docpipe.lab.evaluation.groups import alike, folds, issuers
from docpipe.lab.synth import make
from docpipe.lab.training.cases import labelled_case, made_case
from docpipe.lab.training.labelled_documents import read_labels
from docpipe.lab.training.made_up import document_of
from docpipe.lab.training.misread import misread_document
from docpipe.lab.training.weights import WeightChoice, fit_curve, fit_weights
from docpipe.runtime.paddle import PaddleRuntime, import_paddle
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.key_fields import KeyFields, KeyFieldsSettings
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.layout import lay_out
from docpipe.stages.key_fields.learned.about import PATHS, About
from docpipe.values.text import letters_digits


def written(path, count=6):
    """Write labels of made-up receipts, with their lines, and return the file."""
    entries = []
    for seed in range(count):
        made = make(seed, "receipt", "en")
        document, _ = document_of(made, Random(seed))
        lines = [{"text": line.text, "polygon": line.polygon} for line in document.pages[0].lines]
        names = ("seller.name", "seller.address", "issue_date", "total_gross")
        fields = {name: made.fields[name].raw for name in names if name in made.fields}
        entries.append({"id": f"r{seed}", "fields": fields, "lines": lines})
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{\n", "labels.jsonl:1: not JSON"),
        ("[1]\n", "labels.jsonl:1: not a JSON object"),
        ('{"file": "a.png"}\n', "labels.jsonl:1: not a labelled document: it needs `fields`"),
        ('{"fields": {}, "lines": [{"text": "A"}]}\n', "need `text` and `polygon`"),
    ],
)
def test_wrong_labels_name_their_line(tmp_path, text, message):
    """What is wrong, and on which line."""
    path = tmp_path / "labels.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="labels") as caught:
        read_labels(path)
    assert message in str(caught.value)
    with pytest.raises(ConfigError, match="there is no such file"):
        read_labels(tmp_path / "nowhere.jsonl")


def test_labels_are_found_in_the_lines(tmp_path):
    """A labelled total marks every cell that shows it; what the labels do not name is not known."""
    case = labelled_case(read_labels(written(tmp_path / "l.jsonl", 1))[0], shipped_packs())
    example = case.example
    total = PATHS.index("total_gross")
    assert example.known[total] == 1.0
    assert example.fields[:, total].sum() >= 1
    assert example.known[PATHS.index("invoice_number")] == 0.0
    assert not example.fields[:, PATHS.index("invoice_number")].any()


def test_made_up_documents_know_everything():
    """Fields, columns, labels and rows; a field that is not printed is known to be absent."""
    cases = [made_case(seed, shipped_packs()) for seed in range(12)]
    assert any((case.example.columns > 0).any() for case in cases)
    assert any((case.example.links[:, 0] >= 0).any() for case in cases)
    assert all((case.example.links < len(case.example.units.kept)).all() for case in cases)
    for case in cases:
        absent = [n for n, path in enumerate(PATHS) if path not in case.fields]
        assert case.example.known[absent].all()
        assert not case.example.fields[:, absent].any()


def test_a_labelled_document_is_misread_as_made_up_ones_are():
    """The same seed misreads alike; at strength 0 the text stays; most letters survive a bad scan."""
    document, _ = document_of(make(3, "receipt", "en"), Random(0))
    first, again = (misread_document(document, Random(5), 3.0) for _ in range(2))
    assert first == again
    assert first != document
    assert len({line.id for line in first.lines}) == len(first.lines)
    plain = misread_document(document, Random(5), 0.0)
    assert letters(plain) == letters(document)
    assert Levenshtein.normalized_similarity(letters(first), letters(document)) > 0.8


def letters(document):
    """Return the letters and digits of a document, row by row."""
    layout = lay_out(document)
    return letters_digits("".join(cell.text for row in layout.rows for cell in row))


def test_alike_names_are_one_issuer():
    """A branch of a chain is the chain; groups are never cut by a fold."""
    shops = [
        {"seller.name": "GOLDEN BREAD SDN BHD", "seller.address": "1 JALAN A"},
        {"seller.name": "GOLDEN BREAO SDN BHD", "seller.address": "22 LORONG BESAR, IPOH"},
        {"seller.name": "SILVER SPOON", "seller.address": "22 LORONG BESAR IPOH"},
        {"seller.name": "OTHER TRADING", "seller.address": "5 THE STREET"},
    ]
    assert alike(shops[0], shops[1])
    assert issuers(shops) == [0, 0, 0, 3]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(2, 5))
def test_folds_keep_groups_whole(groups, count):
    """Every group lies in one fold, and there are no other folds."""
    chosen = folds(groups, count)
    assert all(0 <= fold < count for fold in chosen)
    assert all(len({f for f, g in zip(chosen, groups, strict=True) if g == group}) == 1 for group in groups)


def test_weights_follow_what_tells_options_apart():
    """The mark of the right options gains, one that says nothing stays."""
    random = np.random.default_rng(0)
    choices = []
    for _ in range(200):
        right = np.arange(4) == random.integers(4)
        choices.append(
            WeightChoice(np.stack([right + random.normal(0, 0.5, 4), random.normal(0, 1, 4)], axis=1), right)
        )
    told, nothing = fit_weights(choices, (0.0, 0.0))
    assert told > 2.0
    assert abs(nothing) < 0.5
    assert fit_weights([], (1.0, 2.0)) == (1.0, 2.0)


def test_a_curve_gives_the_share_that_is_right():
    """Leads that are right in nine of ten are worth about 0.9."""
    slope, shift = fit_curve([3.0] * 100 + [-3.0] * 100, [True] * 90 + [False] * 10 + [True] * 20 + [False] * 80)
    high, low = (1 / (1 + np.exp(-(slope * x + shift))) for x in (3.0, -3.0))
    assert high == pytest.approx(0.9, abs=0.03)
    assert low == pytest.approx(0.2, abs=0.03)


@pytest.mark.models
def test_from_labels_to_a_model_that_runs(tmp_path):
    """Training lowers the loss; the directory loads through the runtime; going on from it works; seeds repeat."""
    settings = RuntimeSettings(cache_dir=str(tmp_path / "cache"), cpu_threads=1)
    import_paddle(settings.cache(), "paddle_static", pictures=False)
    from docpipe.lab.training.train import train
    from docpipe.lab.training.training_plan import TrainingPlan

    documents = read_labels(written(tmp_path / "labels.jsonl"))
    losses: list[str] = []

    def say(what, done, whole):
        if what.startswith("training"):
            losses.append(what)

    plan = TrainingPlan(epochs=4, folds=2, members=1, variants=1, made_up=4, made_up_an_epoch=2, seed=3)
    first = train(documents, shipped_packs(), plan, tmp_path / "one", say=say)
    values = [float(text.rpartition(" ")[2]) for text in losses]
    assert len(values) == 12
    assert values[11] < values[8] / 2
    again = train(documents, shipped_packs(), plan, tmp_path / "two")
    assert first.files["inference.pdiparams"] == again.files["inference.pdiparams"]
    assert first.issuers >= 2
    card = (tmp_path / "one" / "README.md").read_text(encoding="utf-8")
    assert "| receipt-en | `total_gross` |" in card

    more = TrainingPlan(epochs=1, folds=0, members=1, variants=0, made_up=0, made_up_an_epoch=0, base=tmp_path / "one")
    train(documents, shipped_packs(), more, tmp_path / "more", exclude=documents[:1])
    about = About.read(tmp_path / "more")
    assert about.trained_on["base"] == "one"
    assert about.trained_on["documents"] < len(documents)

    runtime = PaddleRuntime(settings)
    use = KeyFieldsSettings(model_dir=str(tmp_path / "more"))
    try:
        assert use.ref is not None
        runtime.load(use.ref)
        assert KeyFields().run(documents[0].document, use, runtime).fields["total_gross"].value
    finally:
        runtime.close()
    (tmp_path / "more" / "about.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="--base none"):
        train(documents, shipped_packs(), more.__class__(base=tmp_path / "more", made_up=0, folds=0), tmp_path / "x")


def test_nothing_to_train_on_is_said(tmp_path):
    """All issuers excluded, nothing made up: an error before any work."""

    from docpipe.lab.training.train import train
    from docpipe.lab.training.training_plan import TrainingPlan

    documents = read_labels(written(tmp_path / "labels.jsonl", 2))
    with pytest.raises(InputError, match="no labelled document is left"):
        train(documents, shipped_packs(), TrainingPlan(made_up=0), tmp_path / "out", exclude=documents)
