"""YAML files: every complaint at once, each with the line that it is about."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, field_validator

from docpipe.errors import ConfigError
from docpipe.files.yaml_file import MAX_BYTES, load_model


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int

    @field_validator("size")
    @classmethod
    def _positive(cls, value: int) -> int:
        if value < 0:
            raise ValueError(f"size ({value}) is below 0")
        return value


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    items: list[Inner]
    name: str = ""


def written(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_becomes_its_model(tmp_path: Path) -> None:
    assert load_model(Outer, written(tmp_path, "name: x\nitems:\n  - size: 3\n")).items[0].size == 3


def test_all_complaints_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "nam: x\nitems:\n  - size: 3\n  - size: -1\n  - {size: 2, colour: red}\n")
    with pytest.raises(ConfigError) as caught:
        load_model(Outer, path)
    assert str(caught.value).splitlines() == [
        f"{path}:1: nam: unknown key; did you mean name?",
        f"{path}:4: items.1.size: size (-1) is below 0",
        f"{path}:5: items.2.colour: unknown key",
    ]


def test_a_missing_key_is_reported_where_it_should_stand(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"file\.yaml:2: items\.0\.size: is missing"):
        load_model(Outer, written(tmp_path, "items:\n  - {}\n"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\na: 2\n", ":2: the key 'a' stands here twice"),
        ("a: [1\n", ":2: "),
        ("a: !!python/object/apply:os.system [ls]\n", ":1: could not determine a constructor"),
        ("- 1\n", ":1: [1] is no block of `key: value`"),
    ],
)
def test_what_is_no_safe_yaml_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_model(Outer, written(tmp_path, text))
    assert complaint in str(caught.value)


def test_an_empty_file_lacks_its_keys(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="items: is missing"):
        load_model(Outer, written(tmp_path, ""))


def test_a_file_that_cannot_be_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(b"name: \xff\xfe\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_model(Outer, path)
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ConfigError, match="larger than 4 MiB"):
        load_model(Outer, path)
    with pytest.raises(ConfigError, match="no such file"):
        load_model(Outer, tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_model(Outer, tmp_path)
