"""Each stage on a rung of its own at the same time, with real models; draws docs/pictures/independent_stages.svg.

    python benchmarks/independent_stages.py [--picture FILE]

Detection is a step down, recognition on main, tables are off, key fields on rules. Every result must have the keys of
the first one, and follow the published schema.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
from machine import describe

from docpipe.config import load_config
from docpipe.execution.executor import Execution
from docpipe.lab.drill.report import draw_report
from docpipe.lab.drill.run import run_drill
from docpipe.lab.drill.script import load_script
from docpipe.lab.synth.plain import draw_receipts
from docpipe.policy.core.values import Event
from docpipe.result import STAGE_NAMES, Result

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "independent_stages.svg"


class Results:
    """Holds every result against the schema and the keys of the first one."""

    def __init__(self) -> None:
        self.schema = Result.model_json_schema()
        self.keys: Any = None
        self.checked = 0
        self.last: Result | None = None

    def on_decision(self, event: Event) -> None:
        """Decisions are told by the drill."""

    def on_finished(self, assignment: object, execution: Execution) -> None:
        """Check one result; raises where it is not as it must be."""
        self.last = execution.result
        data = json.loads(execution.result.model_dump_json())
        jsonschema.validate(data, self.schema)
        self.keys = self.keys or keys_of(data)
        assert keys_of(data) == self.keys
        self.checked += 1


def keys_of(value: Any) -> Any:
    """Return the keys of a result's fixed parts; what stands in its lists differs from document to document."""
    return {key: keys_of(part) for key, part in value.items()} if isinstance(value, dict) else None


def main() -> None:
    """Drill and draw."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--picture", type=Path, default=PICTURE)
    picture = arguments.parse_args().picture
    config, results = load_config("drills/quick"), Results()
    script = load_script("independent", config)
    print(describe(seed=0, sample="drawn receipts, configuration drills/quick, script independent"))
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_drill(config, script, list(draw_receipts(50)), Path(folder), observers=[results])
        report = draw_report(config.plan(), script.about, outcome)
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(report.svg, encoding="utf-8")
    print(report.text)
    assert results.last is not None
    rungs = ", ".join(f"{name} {getattr(results.last.stages, name).rung}" for name in STAGE_NAMES)
    print(f"{results.checked} results with the same keys, each as the schema says; the last one: {rungs}")
    sys.exit(not (outcome.passed and report.replayed))


if __name__ == "__main__":
    main()
