"""What the command line of `docpipe run` changes in a pipeline file, and what it leaves as it was read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from docpipe.cli.run import TextLayer, apply_options
from docpipe.config import PipelineConfig, load_config
from docpipe.config.faults import Fault
from docpipe.errors import ConfigError
from docpipe.files.shipped import find


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PipelineConfig:
    """A file with what is easily lost on the way: a key that Python spells otherwise, a fault, a limit."""
    data = yaml.safe_load(find("configs", "invoice").read_text(encoding="utf-8"))
    data["policy"] = {**data.get("policy", {}), "probes": {"count": 3, "pass": 2}}
    data["faults"] = {"text_detection.main": "oom*2"}
    data["input"] = {"max_pages": 7}
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    monkeypatch.setenv("DOCPIPE_FAULTS", "key_fields.main: error")
    return load_config(path)


def test_options_change_their_own_key_and_nothing_else(config: PipelineConfig) -> None:
    changed = apply_options(config, 2, "1-3", TextLayer.IGNORE)
    assert (changed.workers, changed.input.text_layer) == (2, "ignore")
    assert changed.input.max_pages == 7
    assert changed.policy == config.policy
    assert changed.stages == config.stages
    assert dict(changed.faults) == {"text_detection.main": Fault("oom", calls=2), "key_fields.main": Fault("error")}


def test_a_wrong_option_is_a_complaint(config: PipelineConfig) -> None:
    with pytest.raises(ConfigError, match=r"command line.*pages"):
        apply_options(config, None, "3-1", None)
