"""The schema for editors: it takes what docpipe takes, refuses what it can, and describes what it knows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from docpipe.config.editor_schema import FAULT, editor_schema
from docpipe.config.faults import Fault
from docpipe.files.shipped import shipped_folder

SHIPPED = [*sorted(shipped_folder("configs").glob("*.yaml")), shipped_folder("configs") / "drills" / "quick.yaml"]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    schema = editor_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def plain(value: Any) -> Any:
    """Return YAML's data as JSON has it: an editor sees a date as text."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def data_of(path: Path) -> Any:
    return plain(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_file_is_valid(path: Path, validator: jsonschema.Draft7Validator) -> None:
    assert [error.message for error in validator.iter_errors(data_of(path))] == []


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({"faults": {"text_detection.main": "oom*3", "key_fields.core": "slow:+20ms"}}, True),
        ({"faults": {"text_detection.main": "explode"}}, False),
        ({"policy": {"p95_ms": {"degrade_above": 600}, "ooms": None}}, True),
        ({"policy": {"p95_ms": {"degrade_abov": 600}}}, False),
        ({"policy": {"seed": 3}}, True),
        ({"policy": {"seed": "often"}}, False),
        ({"policy": {"gpu_used": {"degrade_above": 92}}}, False),
        ({"workers": -1}, False),
        ({"stage": {}}, False),
        ({"plugins": ["document_kind"], "stages": {"document_kind": {"ladder": [{"name": "main", "use": {}}]}}}, True),
        ({"stages": {"document_kind": {"rungs": []}}}, False),
        ({"stages": {}}, True),
    ],
)
def test_a_change_is_taken_or_refused(
    change: dict[str, Any], valid: bool, validator: jsonschema.Draft7Validator
) -> None:
    assert validator.is_valid(data_of(shipped_folder("configs") / "invoice.yaml") | change) is valid


def test_a_pin_is_taken_with_its_end(validator: jsonschema.Draft7Validator) -> None:
    data = data_of(shipped_folder("configs") / "invoice.yaml")
    data["stages"]["key_fields"]["pin"] = {"rung": "core", "until": "2030-02-01T18:00:00+08:00", "reason": "review"}
    assert validator.is_valid(data)
    del data["stages"]["key_fields"]["pin"]["reason"]
    assert not validator.is_valid(data)


@pytest.mark.parametrize("text", FAULT["examples"])
def test_every_example_of_a_fault_is_one(text: str) -> None:
    assert str(Fault.parse(text)) == text


def test_nothing_stands_beside_a_reference_where_the_dialect_would_lose_it() -> None:
    def references(node: Any) -> list[Any]:
        parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return [node] * (isinstance(node, dict) and "$ref" in node) + [r for part in parts for r in references(part)]

    found = references(editor_schema())
    assert len(found) > 10
    assert {tuple(node) for node in found} == {("$ref",)}


def test_keys_are_described_where_the_code_says_something() -> None:
    schema = editor_schema()
    described = schema["definitions"]["RuntimeSettings"]["properties"]
    assert described["cpu_threads"]["description"].startswith("Threads of one predictor")
    assert schema["definitions"]["TextRecognitionSettings"]["properties"]["squeeze"]["description"]
    window = schema["definitions"]["SampledBand"]["properties"]["window_s"]
    assert window["description"].startswith("Seconds that a sample counts")
    assert schema["properties"]["policy"]["allOf"] == [{"$ref": "#/definitions/PolicySpec"}]
    assert schema["properties"]["faults"]["description"].startswith("Faults on purpose")
