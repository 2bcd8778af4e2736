"""How sure a field must be to pass without a person: calibrated numbers for declared targets.

That of the total was chosen on made-up documents (`benchmarks/review_thresholds.py`) and on labelled receipts and
invoices, with cross-validation by company. Few values stand behind the others, and confidences of parts of the sum are
those of rules: their thresholds keep what is asked within bounds. `docpipe evaluate --review-target` proposes others
for documents of one's own, to be written under `review: thresholds:`. benchmarks/RESULTS.md says what these leave.
"""

from __future__ import annotations

from collections.abc import Mapping

CALIBRATED: Mapping[float, Mapping[str, float]] = {
    0.005: {
        "total_gross": 0.945, "total_net": 0.37, "total_tax": 0.4, "total_lines": 0.5, "amount_due": 0.5,
        "seller.name": 0.7, "seller.address": 0.45, "buyer.name": 0.81, "buyer.address": 0.45,
    },
    0.02: {
        "total_gross": 0.85, "total_net": 0.3, "total_tax": 0.3, "total_lines": 0.4, "amount_due": 0.4,
        "seller.name": 0.6, "seller.address": 0.35, "buyer.name": 0.7, "buyer.address": 0.35,
    },
    0.05: {"total_gross": 0.6, "seller.name": 0.5, "seller.address": 0.3, "buyer.name": 0.5, "buyer.address": 0.3},
}  # fmt: skip
"""Share of amounts that may be wrong and pass -> least confidence by field. A field that is missing has no number."""


def calibrated(wrong_at_most: float) -> Mapping[str, float]:
    """Return the thresholds for a target: those of the laxest one that keeps it, else of the strictest there is."""
    kept = [target for target in CALIBRATED if target <= wrong_at_most]
    return CALIBRATED[max(kept) if kept else min(CALIBRATED)]
