"""What passes without a word: wrong values that a result does not ask a person to look at, and how often it asks."""

from __future__ import annotations

from collections.abc import Sequence

from docpipe.lab.evaluation.fields import Observation
from docpipe.lab.evaluation.readings import ReadDocument
from docpipe.lab.evaluation.tallies import Tally

SILENCE_METRICS = ("silent", "silent amounts", "silent documents", "review asked")
"""In the order in which they are shown; of all of them, lower is better."""


def silence_tallies(observations: Sequence[Observation], reading: ReadDocument) -> dict[str, Tally]:
    """Count wrong values that `needs_review` does not list, over all labelled fields and over the labelled amounts.

    Names and addresses are wrong below 0.9 similarity. A document counts once as silent, and once as asked about
    whatever it is that its review lists.
    """
    if not observations:
        return {}
    amounts = [seen for seen in observations if seen.kind == "amount"]
    tallies = {"silent": _silent(observations)}
    if amounts:
        tallies["silent amounts"] = _silent(amounts)
    tallies["silent documents"] = Tally(int(any(seen.silent for seen in observations)), 1)
    tallies["review asked"] = Tally(int(bool(reading.review)), 1)
    return tallies


def _silent(observations: Sequence[Observation]) -> Tally:
    return Tally(sum(seen.silent for seen in observations), len(observations))
