"""What a drill script may say, and that every shipped one fits the pipeline it was written for."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.config import load_config
from docpipe.config.faults import Fault
from docpipe.errors import ConfigError
from docpipe.files.shipped import shipped_folder
from docpipe.lab.drill.script import load_script
from docpipe.policy.core.values import Trigger

SCRIPTS = sorted(path.stem for path in (shipped_folder("configs") / "drills").glob("*.yaml") if path.stem != "quick")
CONFIG_OF = {"bank": "published", "oom-storm": "invoice"}
EXPECT = "expect: [{what: failed_documents, most: 0}]"


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_shipped_script_fits_its_pipeline(name: str) -> None:
    script = load_script(name, load_config(CONFIG_OF.get(name, "drills/quick")))
    assert {e.what for e in script.expect} >= {"failed_documents", "reversals"}


def test_every_trigger_has_a_script() -> None:
    """`deadline` needs a profile; deaths and hangs need worker processes, and a drill has none."""
    config = load_config("drills/quick")
    loaded = [load_script(name, load_config(CONFIG_OF.get(name, "drills/quick"))) for name in SCRIPTS]
    assert config
    assert {e.trigger for script in loaded for e in script.expect if e.trigger} == set(Trigger) - {
        Trigger.DEADLINE,
        Trigger.WORKER_DIED,
        Trigger.STUCK,
    }


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_script_is_read_as_written(tmp_path: Path) -> None:
    text = f"""
about: x
for_s: 10
steps:
  - {{at_s: 1, fault: {{text_detection.main: slow:+20ms, text_detection.light: none}}, gpu_used: 0.5, host_used: null}}
  - {{at_s: 2, pin: {{key_fields: core}}}}
{EXPECT}
"""
    script = load_script(written(tmp_path, text), load_config("drills/quick"))
    first, second = script.steps
    assert first.fault == {"text_detection.main": Fault("slow", extra_ms=20), "text_detection.light": None}
    assert first.signals() == {"host_used": None, "gpu_used": 0.5}
    assert (second.pin, second.signals(), second.fault) == ({"key_fields": "core"}, {}, {})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("steps: [{at_s: 2}, {at_s: 1}]", "they must stand in the order of their at_s"),
        ("steps: [{at_s: 10}]", "the last one, at 10 s, is not before the end, 10 s"),
        ("steps: [{at_s: 1, fault: {text_detection.main: oops}}]", "'oops' is no fault"),
        ("steps: [{at_s: 1, gpu_used: 1.5}]", "1.5 is above 1"),
        ("steps:\n  - {at_s: 1, fault: {text_detection.server: oom}}", ":4: steps.0.fault.text_detection.server: the"),
        ("steps: [{at_s: 1, pin: {key_fields: server}}]", "the pipeline has no key_fields.server"),
        ("stepps: []", "unknown key"),
    ],
)
def test_a_wrong_step_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"about: x\nfor_s: 10\n{text}\n{EXPECT}\n")
    with pytest.raises(ConfigError, match=complaint.replace("(", r"\(")):
        load_script(path, load_config("drills/quick"))


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        ("{what: down}", "down needs a stage"),
        ("{what: reversals, stage: key_fields, most: 0}", "reversals needs no stage"),
        ("{what: reversals}", "reversals needs least or most"),
        ("{what: ends, stage: key_fields}", "ends needs `to`"),
        ("{what: up, stage: key_fields, from_s: 5, to_s: 5}", r"to_s \(5\) is not after from_s \(5\)"),
        ("{what: up, stage: tables}", "the pipeline has no stage tables"),
        ("{what: up, stage: key_fields, to: best}", "key_fields has no rung best"),
        ("{what: sideways, stage: key_fields}", "'sideways' is none of down, up"),
    ],
)
def test_a_wrong_expectation_is_refused(expectation: str, complaint: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"about: x\nfor_s: 10\nexpect: [{expectation}]\n")
    with pytest.raises(ConfigError, match=complaint):
        load_script(path, load_config("drills/quick"))
