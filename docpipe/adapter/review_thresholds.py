"""How sure a field must be to pass without a person: calibrated numbers for declared targets.

`review_calibration.json` holds thresholds by target, family (receipts, other documents), field and source (rules score
otherwise than the model, parties decided over pairs otherwise than labelled fields), once for documents that nothing
else asks about and once, stricter, for those that a person looks at anyway. `benchmarks/review_calibration.py` makes it
from labelled and made-up documents, held out by company; RESULTS.md beside it says what these thresholds leave.
`docpipe evaluate --review-target` proposes others for documents of one's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("review_calibration.json")
ANY = "any"
"""The source whose threshold serves where that of a value has none."""

PAIRS = "pairs"
"""The source of names and addresses that the decision over pairs of seller and buyer chose."""

BySource = Mapping[str, float]


@dataclass(frozen=True)
class Calibration:
    """Thresholds for one target and family; a field that is missing has none."""

    alone: Mapping[str, BySource]
    """For documents that nothing else asks about."""
    beside: Mapping[str, BySource]
    """For documents that are looked at anyway."""

    def threshold(self, path: str, source: str, *, beside: bool) -> float | None:
        """Return the least confidence with which a value of a source passes; None for a field without a number."""
        tables = (self.alone, self.beside) if beside else (self.alone,)
        found = [table[path].get(source, table[path].get(ANY)) for table in tables if path in table]
        return max((threshold for threshold in found if threshold is not None), default=None)


def name_source(source: str, source_id: str | None) -> str:
    """Return the source of a field whose thresholds are its own: `model`, `rule`, or `pairs`."""
    return PAIRS if source == "rule" and ".parties." in (source_id or "") else source


def thresholds_for(wrong_at_most: float, document_type: str | None) -> Calibration:
    """Return the thresholds for a target: those of the laxest one that keeps it, else of the strictest there is."""
    known = _load_calibrations()
    kept = [target for target in known if target <= wrong_at_most]
    return known[max(kept) if kept else min(known)]["receipt" if document_type == "receipt" else "other"]


def strictest_target() -> float:
    """Return the least share of wrong amounts that there are thresholds for."""
    return min(_load_calibrations())


@cache
def _load_calibrations() -> Mapping[float, Mapping[str, Calibration]]:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    return {
        float(target): {name: Calibration(found["alone"], found["beside"]) for name, found in families.items()}
        for target, families in data.items()
    }
