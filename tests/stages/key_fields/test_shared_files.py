"""The files of words that all packs share: their patterns are checked here, so that no start has to do it."""

from __future__ import annotations

from docpipe.files.shipped import shipped_folder
from docpipe.files.yaml_file import load_model
from docpipe.stages.key_fields import bank_details, term_words
from docpipe.stages.key_fields.line_items import vocabulary
from docpipe.stages.key_fields.line_items.vocabulary import GoodsWords, goods_words
from docpipe.stages.key_fields.patterns import any_of, check_patterns


def test_the_words_of_goods_have_sound_patterns() -> None:
    words = load_model(GoodsWords, shipped_folder("rules") / vocabulary.FILE)  # compiles and tries each entry
    assert words == goods_words()
    for name in ("carried", "ends"):
        pattern = any_of(getattr(words, name))
        assert pattern is not None
        check_patterns(pattern)


def test_the_words_of_payment_terms_have_sound_patterns() -> None:
    words = load_model(term_words.TermWords, shipped_folder("rules") / term_words.FILE)  # compiles and tries each entry
    for name in term_words.TermWords.model_fields:
        pattern = any_of(getattr(words, name))
        assert pattern is not None
        check_patterns({name: pattern})


def test_the_words_of_banks_have_sound_patterns() -> None:
    words = load_model(bank_details.BankWords, shipped_folder("rules") / bank_details.FILE)
    for name in bank_details.BankWords.model_fields:
        pattern = any_of(getattr(words, name))
        assert pattern is not None
        check_patterns({name: pattern})


def test_reading_them_compiles_nothing(monkeypatch) -> None:
    monkeypatch.setattr("docpipe.stages.key_fields.pack.compile_pattern", lambda source: 1 / 0)
    assert goods_words.__wrapped__() == goods_words()
