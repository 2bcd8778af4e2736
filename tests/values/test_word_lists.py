"""Word lists of values: what is read follows from them, so the digest of the rules covers them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from docpipe.files.shipped import shipped_folder
from docpipe.stages.key_fields.compiled_pack import hash_packs
from docpipe.values import word_lists
from docpipe.values.currency import CODES, MILLESIMAL, NO_DECIMALS, ROUND_SUMS, SHARED_SIGNS, WORDS, code_of


@pytest.mark.parametrize("name", word_lists.LISTS)
def test_another_word_is_another_digest_of_the_rules(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hash_packs(shipped_folder("rules"))
    for each in word_lists.LISTS:
        shutil.copy(word_lists.FOLDER / each, tmp_path / each)
    monkeypatch.setattr(word_lists, "FOLDER", tmp_path)
    assert hash_packs(shipped_folder("rules")) == before
    (tmp_path / name).write_text(
        (tmp_path / name).read_text(encoding="utf-8").replace('"', '"ZZZ ', 1), encoding="utf-8"
    )
    assert hash_packs(shipped_folder("rules")) != before


def test_what_the_lists_say_of_money_is_about_codes_that_there_are() -> None:
    for some in (WORDS, NO_DECIMALS, MILLESIMAL, ROUND_SUMS, *SHARED_SIGNS.values()):
        assert some <= CODES
    signs = json.loads((word_lists.FOLDER / "currencies.json").read_text(encoding="utf-8"))["signs"]
    assert {code_of(sign) for each in signs.values() for sign in each} == set(signs) <= CODES
    assert sum(map(len, signs.values())) == len({sign for each in signs.values() for sign in each})


def test_every_month_has_names_and_no_name_is_two_months() -> None:
    months = [line.split() for line in word_lists.load_list("months.json")["names"]]
    assert len(months) == 12
    assert sum(map(len, months)) == len({name for names in months for name in names})
