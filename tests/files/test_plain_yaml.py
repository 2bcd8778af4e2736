"""Plainly written YAML gives the data of the full loader; whatever else it is left to."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from docpipe.files.plain_yaml import NotPlain, plain_data
from docpipe.files.yaml_file import parse_yaml

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*ROOT.glob("configs/**/*.yaml"), *ROOT.glob("rules/**/*.yaml"), *ROOT.glob("models/*.yaml")])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates()
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_shipped_files_read_as_by_the_full_loader(file):
    text = file.read_text(encoding="utf-8")
    try:
        data = plain_data(text)
    except NotPlain:
        assert "&" in text or "<<" in text
    else:
        assert repr(data) == repr(parse_yaml(text, file)[0])


@given(DATA, st.booleans())
def test_any_data_come_back(data, flow):
    text = yaml.safe_dump(data, allow_unicode=True, default_flow_style=flow)
    try:
        assert repr(plain_data(text)) == repr(parse_yaml(text, "x")[0])
    except NotPlain:  # an object that stands in it twice, or the key <<
        assert "&" in text or "<<" in text


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        "'a': 1\na: 2",
        "a: &x 1\nb: *x",
        "a: {<<: {b: 1}}",
        "a: !!str 1",
        "? [a]\n: 1",
        "a: 1\n---\nb: 2",
        "*x",
    ],
)
def test_what_is_not_plain_is_left_to_the_full_loader(text):
    with pytest.raises((NotPlain, yaml.YAMLError)):
        plain_data(text)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "---\n...\n", "a: yes\nb: ~\nc: 2020-01-02\nd: 0x1F\ne: '1'\nf: 1e3"]
)
def test_small_texts(text):
    assert repr(plain_data(text)) == repr(yaml.safe_load(text))
