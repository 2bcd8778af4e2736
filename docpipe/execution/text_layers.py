"""Reads what a PDF's text layer cannot answer for: a few lines, to believe its letters, and what lies over a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from docpipe.document import Box, Image, Page, TextLine, TextRegion, inverse, moved
from docpipe.execution.layer_letters import CONSISTENT, FontEvidence, LineComparison, choose_lines, explain, lines_with

ReadPage = Callable[[Page], Page | None]
"""Fills a page's lines from its regions, or from its picture; None where that failed."""

WHITE = 255


@dataclass
class TextLayers:
    """The text layers of one document. A font is asked once, whatever the number of pages."""

    read_regions: ReadPage
    read_picture: ReadPage
    believed: set[str] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)
    """Font to the sentence that says what is wrong with it."""

    def checked(self, page: Page) -> Page:
        """Return a page whose text layer's letters are those of its picture; without its layer where they are not."""
        if page.text_layer is None or not page.text_layer_fonts or page.image is None:
            return page
        known = self.believed | self.wrong.keys()
        chosen = choose_lines(page.text_layer, page.text_layer_fonts, known)
        evidence: dict[str, FontEvidence] = {}
        if chosen and not self._gather(page, chosen, evidence):
            return page  # nothing could be read: no evidence against the layer
        doubtful = {name: each.never_itself for name, each in evidence.items() if each.is_suspicious()}
        doubtful = {name: letters for name, letters in doubtful.items() if not evidence[name].is_wrong()}
        more = {
            n: names
            for n, names in lines_with(page.text_layer, page.text_layer_fonts, doubtful).items()
            if n not in chosen
        }
        if more:
            self._gather(page, more, evidence)
        for name, each in evidence.items():
            enough = CONSISTENT - 1 if name in doubtful else CONSISTENT
            if each.is_wrong(enough) and each.example is not None:
                self.wrong[name] = explain(each.example)
            elif each.letters:
                self.believed.add(name)
        here = {name for names in page.text_layer_fonts for name in names}
        reason = next((self.wrong[name] for name in sorted(here) if name in self.wrong), None)
        if reason is None:
            return page
        return replace(page, text_layer=None, text_layer_fonts=(), beside_text_layer=(), text_layer_reason=reason)

    def _gather(self, page: Page, chosen: dict[int, frozenset[str]], evidence: dict[str, FontEvidence]) -> bool:
        """Read lines from the picture and add them to the evidence about their fonts; False where that failed."""
        assert page.text_layer is not None
        lines = [page.text_layer[n] for n in chosen]
        regions = tuple(TextRegion(line.polygon, 1.0) for line in lines)
        done = self.read_regions(replace(page, regions=regions, lines=(), text_layer=None))
        if done is None:
            return False
        for line, fonts in zip(lines, chosen.values(), strict=True):
            found = [each for each in done.lines if _within(each, line.box)]
            if not found:
                continue
            found.sort(key=lambda each: each.box[0])
            reading = LineComparison(
                line.text, " ".join(each.text for each in found), min(each.confidence for each in found)
            )
            for name in fonts:
                evidence.setdefault(name, FontEvidence()).add(reading)
        return True

    def read_beside(self, page: Page) -> tuple[TextLine, ...]:
        """Return the lines of what is laid over the page and is not in its text layer, such as a stamp."""
        if not page.beside_text_layer or page.image is None:
            return ()
        alone = _only(page.image, page.beside_text_layer)
        done = self.read_picture(replace(page, image=alone, regions=(), lines=(), text_layer=None))
        if done is None:
            return ()
        back = inverse(done.transform)  # a stamp that stands aslant was levelled
        first = len(page.text_layer or ()) + 1
        return tuple(
            replace(line, id=f"{page.number}-{n}", polygon=moved(line.polygon, back))
            for n, line in enumerate(done.lines, start=first)
        )


def _within(line: TextLine, box: Box) -> bool:
    x1, y1, x2, y2 = line.box
    return box[0] <= (x1 + x2) / 2 <= box[2] and box[1] <= (y1 + y2) / 2 <= box[3]


def _only(image: Image, boxes: Sequence[Box]) -> Image:
    """Return a page that is white but for some boxes."""
    alone = np.full_like(image, WHITE)
    for box in boxes:
        x1, y1, x2, y2 = (round(value) for value in box)
        alone[y1:y2, x1:x2] = image[y1:y2, x1:x2]
    return alone
