"""Single values of a YAML text are changed; everything else stays as it stands."""

from __future__ import annotations

import pytest
import yaml

from docpipe.files.yaml_edit import NotEditable, set_top_level, without_item

TEXT = """# what we promise
deadline_ms: 600   # to the tellers
refuse: costliest_first  # for now

stages:
  tables:
    ladder:              # best first
      - {name: main, use: {a: 1}}   # the large one
      # lines alone
      - name: rules
        use: {b: 2}

      # off
      - {name: skip}
  fields:
    ladder: [{name: main}, {name: rules}, {name: skip}]
"""


def test_a_value_is_replaced_where_it_stood() -> None:
    changed = set_top_level(TEXT, "refuse", "only_hopeless")
    assert changed == TEXT.replace("costliest_first", "only_hopeless")


def test_a_value_that_was_not_there_gets_a_line_of_its_own() -> None:
    changed = set_top_level(TEXT, "workers", "2")
    assert yaml.safe_load(changed) == {**yaml.safe_load(TEXT), "workers": 2}
    assert changed.startswith("# what we promise\nworkers: 2\n")


@pytest.mark.parametrize("stage", ["tables", "fields"])
@pytest.mark.parametrize("index", [0, 1, 2])
def test_an_item_goes_and_the_comments_of_others_stay(stage: str, index: int) -> None:
    changed = without_item(TEXT, ("stages", stage, "ladder"), index)
    expected = yaml.safe_load(TEXT)
    del expected["stages"][stage]["ladder"][index]
    assert yaml.safe_load(changed) == expected
    assert "# what we promise" in changed
    assert "# off" in changed
    assert "# best first" in changed


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (TEXT, ("stages", "text", "ladder")),
        ("{stages: {tables: {ladder: [1, 2]}}}", ("stages", "tables", "ladder")),
        ("stages:\n  tables:\n    ladder: [1]\n", ("stages", "tables", "ladder")),
        ("- 1\n", ("stages",)),
        ("stages:\n  tables:\n    ladder:\n      -\n        a: 1\n      - b\n", ("stages", "tables", "ladder")),
    ],
    ids=["not there", "in braces", "the last one", "a list", "a dash alone"],
)
def test_what_cannot_be_changed_in_place_is_said(text: str, path: tuple[str, ...]) -> None:
    with pytest.raises(NotEditable):
        without_item(text, path, 0)


def test_a_value_that_is_a_list_is_not_replaced() -> None:
    with pytest.raises(NotEditable):
        set_top_level(TEXT, "stages", "none")
