"""Reads what a PDF's text layer cannot answer for: a few lines, to believe its letters, and what lies over a page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from docpipe.document import (
    IDENTITY,
    Box,
    Image,
    Page,
    Polygon,
    TextLine,
    TextRegion,
    followed_by,
    inverse,
    move_polygon,
)
from docpipe.execution.layer_letters import CONSISTENT, FontEvidence, LineComparison, choose_lines, explain, lines_with
from docpipe.stages.page_preparation.turning import turn_page

ReadPage = Callable[[Page], Page | None]
"""Fills a page's lines from its regions, or from its picture; None where that failed."""

WHITE = 255
MARGIN = 24
"""Pixels of white around each part of a page that is read by itself."""
MOST_ASPECT = 8
"""Height over width up to which parts of a page are read from below each other: detectors are made for pages."""


@dataclass
class TextLayers:
    """The text layers of one document. A font is asked once, whatever the number of pages."""

    read_regions: ReadPage
    read_picture: ReadPage
    glance: ReadPage | None = None
    """Reads regions at a fraction of the cost of `read_regions`, which is asked again where the two sides differ."""
    believed: set[str] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)
    """Font to the sentence that says what is wrong with it."""

    def check_layer(self, page: Page) -> Page:
        """Return a page whose text layer's letters are those of its picture; without its layer where they are not."""
        if page.text_layer is None or not page.text_layer_fonts or page.image is None:
            return page
        known = self.believed | self.wrong.keys()
        chosen = choose_lines(page.text_layer, page.text_layer_fonts, known)
        if self.glance is not None:
            self._believe_at_a_glance(page, chosen, self.glance)
            chosen = {n: names for n, names in chosen.items() if not names <= self.believed}
        evidence: dict[str, FontEvidence] = {}
        if not self._gather(page, chosen, evidence, self.read_regions):
            return page  # nothing could be read: no evidence against the layer
        self._judge(page, chosen, evidence)
        here = {name for names in page.text_layer_fonts for name in names}
        reason = next((self.wrong[name] for name in sorted(here) if name in self.wrong), None)
        if reason is None:
            return page
        return replace(
            page,
            text_layer=None,
            text_layer_fonts=(),
            beside_text_layer=(),
            uncovered_by_text_layer=(),
            text_layer_reason=reason,
        )

    def _believe_at_a_glance(self, page: Page, chosen: dict[int, frozenset[str]], glance: ReadPage) -> None:
        """Believe the fonts of which every letter was read as itself."""
        evidence: dict[str, FontEvidence] = {}
        self._gather(page, chosen, evidence, glance)
        for name, each in evidence.items():
            if each.letters and not each.is_suspicious() and not each.is_wrong():
                self.believed.add(name)

    def _judge(self, page: Page, chosen: dict[int, frozenset[str]], evidence: dict[str, FontEvidence]) -> None:
        """Say of each font whether its map is wrong, after further lines where that is in doubt."""
        assert page.text_layer is not None
        doubtful = {name: each.never_itself for name, each in evidence.items() if each.is_suspicious()}
        doubtful = {name: letters for name, letters in doubtful.items() if not evidence[name].is_wrong()}
        further = lines_with(page.text_layer, page.text_layer_fonts, doubtful)
        self._gather(page, {n: names for n, names in further.items() if n not in chosen}, evidence, self.read_regions)
        for name, each in evidence.items():
            enough = CONSISTENT - 1 if name in doubtful else CONSISTENT
            if each.is_wrong(enough) and each.example is not None:
                self.wrong[name] = explain(each.example)
            elif each.letters:
                self.believed.add(name)

    def _gather(
        self, page: Page, chosen: dict[int, frozenset[str]], evidence: dict[str, FontEvidence], read: ReadPage
    ) -> bool:
        """Read lines from the picture and add them to the evidence about their fonts; False where that failed."""
        if not chosen:
            return True
        assert page.text_layer is not None
        lines = [page.text_layer[n] for n in chosen]
        regions = tuple(TextRegion(line.polygon, 1.0) for line in lines)
        done = read(replace(page, regions=regions, lines=(), text_layer=None))
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
        """Return the lines that the page shows and its text layer does not say, such as those of a stamp or a logo."""
        if page.image is None:
            return ()
        places = _places(page, page.image)
        if not places:
            return ()
        picture = _below_each_other([place.image for place in places])
        height, width = picture.shape[:2]
        alone = replace(page, image=picture, width=width, height=height, regions=(), lines=(), text_layer=None)
        done = self.read_picture(alone)
        if done is None:
            return ()
        back = inverse(done.transform)  # a stamp that stands aslant was levelled
        lines = [replace(line, polygon=move_polygon(line.polygon, back)) for line in done.lines]
        first = len(page.text_layer or ()) + 1
        return tuple(
            replace(line, id=f"{page.number}-{n}", polygon=_put_back(line, places))
            for n, line in enumerate(lines, start=first)
        )


def turn_upright(page: Page) -> Page:
    """Return a page turned so that most letters of its text layer run rightwards, with its lines.

    A page may be stored, or shown, on its side; what reads fields looks for rows.
    """
    directions: Counter[int] = Counter()
    for line in page.text_layer or ():
        (x, y), (right, down), *_ = line.polygon
        directions[round(math.degrees(math.atan2(down - y, right - x)) / 90) * 90 % 360] += len(line.text)
    usual = max(directions, key=lambda angle: directions[angle], default=0)
    if not usual or 2 * directions[usual] <= directions.total() or page.image is None:
        return page
    turned = turn_page(replace(page, transform=IDENTITY), 360 - usual)
    lines = tuple(replace(line, polygon=move_polygon(line.polygon, turned.transform)) for line in page.lines)
    return replace(turned, lines=lines, transform=followed_by(page.transform, turned.transform))


@dataclass(frozen=True, slots=True)
class _Place:
    """A part of a page, cut out: its pixels, where its top left corner stands on the page."""

    image: Image
    left: int
    top: int


def _places(page: Page, image: Image) -> list[_Place]:
    """Return what is read beside a text layer. Lines of the layer are painted over where they would be read again."""
    places = [_cut_out(image, box) for box in page.beside_text_layer]
    if page.uncovered_by_text_layer:
        bare = image.copy()
        for line in page.text_layer or ():
            corners = np.array(line.polygon, dtype=np.float64).round().astype(np.int32)
            cv2.fillConvexPoly(bare, corners, (WHITE, WHITE, WHITE))
        places += [_cut_out(bare, box) for box in page.uncovered_by_text_layer]
    height = sum(place.image.shape[0] + MARGIN for place in places)
    width = max((place.image.shape[1] for place in places), default=0) + 2 * MARGIN
    if height > image.shape[0] or height > MOST_ASPECT * width:
        return [_in_place(image, places)]
    return places


def _in_place(image: Image, places: Sequence[_Place]) -> _Place:
    """Return a page that is white but for some places: no larger than the page, however many they are."""
    alone = np.full_like(image, WHITE)
    for place in places:
        height, width = place.image.shape[:2]
        alone[place.top : place.top + height, place.left : place.left + width] = place.image
    return _Place(alone, 0, 0)


def _cut_out(image: Image, box: Box) -> _Place:
    x1, y1, x2, y2 = (max(0, round(value)) for value in box)
    return _Place(image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)], x1, y1)


def _below_each_other(images: Sequence[Image]) -> Image:
    """Return one white picture that holds some pictures, from top to bottom, with a margin around each."""
    height = sum(each.shape[0] + MARGIN for each in images) + MARGIN
    picture = np.full((height, max(each.shape[1] for each in images) + 2 * MARGIN, 3), WHITE, dtype=np.uint8)
    top = MARGIN
    for each in images:
        picture[top : top + each.shape[0], MARGIN : MARGIN + each.shape[1]] = each
        top += each.shape[0] + MARGIN
    return picture


def _put_back(line: TextLine, places: Sequence[_Place]) -> Polygon:
    """Return a line's polygon on the page, from that on the picture of `_below_each_other`."""
    _, y1, _, y2 = line.box
    top = MARGIN
    for place in places[:-1]:
        if (y1 + y2) / 2 < top + place.image.shape[0] + MARGIN / 2:
            break
        top += place.image.shape[0] + MARGIN
    else:
        place = places[-1]
    (a, b), (c, d), (e, f), (g, h) = line.polygon
    x, y = place.left - MARGIN, place.top - top
    return ((a + x, b + y), (c + x, d + y), (e + x, f + y), (g + x, h + y))


def _within(line: TextLine, box: Box) -> bool:
    x1, y1, x2, y2 = line.box
    return box[0] <= (x1 + x2) / 2 <= box[2] and box[1] <= (y1 + y2) / 2 <= box[3]
