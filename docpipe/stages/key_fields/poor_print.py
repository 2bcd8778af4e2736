"""Pages that were hardly read: what is found on them is listed for review, however sure the choice among it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from docpipe.document import Doubt, KeyField, Page
from docpipe.stages.key_fields.candidates import PageView

POOR = 0.85
"""Mean confidence of a page's lines below which it was hardly read; of faded receipts the poorest has .94."""
FEWEST_LINES = 5


def doubt_poor_print(page: PageView, fields: Mapping[str, KeyField]) -> Iterator[Doubt]:
    """Yield a doubt for each field that was read off a page of which little could be read."""
    poor = {line.id: mean for each in page.layout.pages if (mean := _legibility(each)) < POOR for line in each.lines}
    if not poor:
        return
    for path, found in fields.items():
        means = [poor[line] for line in found.line_ids if line in poor]
        if found.value is not None and means:
            message = (
                f"The page was hardly legible: its lines were read with a confidence of {min(means):.2f} on average."
            )
            yield Doubt(path, "poor_print", message)


def _legibility(page: Page) -> float:
    """Return how sure the lines of a page were read from its picture, 0 to 1; 1 where there are too few to tell."""
    read = [line.confidence for line in page.lines if line.source == "model"]
    return sum(read) / len(read) if len(read) >= FEWEST_LINES else 1.0
