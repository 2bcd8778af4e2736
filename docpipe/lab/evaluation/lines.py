"""Lines of text: found, read, both; and the words of a page, wherever they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from docpipe.lab.evaluation.comparing import bare, fold_text
from docpipe.lab.evaluation.pairing import best_pairs
from docpipe.lab.evaluation.placed import PlacedText
from docpipe.lab.evaluation.tallies import Tally

LEAST_IOU = 0.5
LEAST_COVERED, LEAST_INSIDE = 0.8, 0.4
"""DetEval's thresholds: the share of a label that a box covers, the share of a box that lies inside the label."""
IN_PIECES = 0.8
"""What DetEval gives for a label that was found in pieces, and for each piece."""

_HAN = "\u2e80-\u2fdf\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+")
_PLAIN_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")

Matrix = NDArray[np.float64]


def page_tallies(expected: Sequence[PlacedText], found: Sequence[PlacedText], *, answered: bool) -> dict[str, Tally]:
    """Count one page, boxes and words.

    A label without a text is not asked for, and finding it is no mistake. `answered` is False for a document that
    failed or is missing: then every label counts as read as nothing, where recognition else judges found lines only.
    """
    wanted = [line for line in expected if line.text.strip()]
    boxes = _Boxes.of(wanted, found, [line for line in expected if not line.text.strip()])
    hits = _det_eval(boxes)
    texts = [(wanted[i].text, found[j].text) for i, j in boxes.pairs.items()]
    if not answered:
        texts = [(line.text, "") for line in wanted]
    exact, errors, plain_errors = _count_edits(texts)
    kept = [found[j] for j in boxes.kept]
    return {
        "det IoU 0.5": Tally.of(hits=len(boxes.pairs), want=len(wanted), got=len(kept)),
        "det DetEval": Tally(hits[0], len(wanted), hits[1], len(kept)),
        "rec exact": exact,
        "rec CER": errors,
        "rec CER plain": plain_errors,
        "spotting": Tally.of(hits=exact.hits, want=_with_letters(wanted), got=_with_letters(kept)),
    }


def paired_lines(expected: Sequence[PlacedText], found: Sequence[PlacedText]) -> dict[int, int]:
    """Return labelled line -> found line of one page, one to one, as `det IoU 0.5` pairs them; all need a polygon."""
    wanted = [i for i, line in enumerate(expected) if line.text.strip()]
    pairs = _Boxes.of([expected[i] for i in wanted], found, ()).pairs
    return {wanted[i]: j for i, j in pairs.items()}


def word_tallies(expected: Sequence[PlacedText], found: Sequence[PlacedText]) -> dict[str, Tally]:
    """Count the words of one page as multisets; a Chinese character is a word."""
    tallies = {}
    for name, word in (("words", _WORD), ("words plain", _PLAIN_WORD)):
        want, got = (
            Counter(w for line in side for w in word.findall(fold_text(line.text))) for side in (expected, found)
        )
        tallies[name] = Tally.of(hits=(want & got).total(), want=want.total(), got=got.total())
    return tallies


def _with_letters(lines: Sequence[PlacedText]) -> int:
    return sum(1 for line in lines if bare(line.text))


def _count_edits(texts: Sequence[tuple[str, str]]) -> tuple[Tally, Tally, Tally]:
    """Return the tallies of lines read exactly, of edits a character, and of edits a letter or digit."""
    exact = edits = characters = plain_edits = plain_characters = lines = 0
    for expected, read in texts:
        want = fold_text(expected)
        edits += Levenshtein.distance(want, fold_text(read))
        characters += len(want)
        want, got = bare(expected), bare(read)
        if want:
            lines += 1
            exact += want == got
            plain_edits += Levenshtein.distance(want, got)
            plain_characters += len(want)
    return Tally(exact, lines), Tally(edits, characters), Tally(plain_edits, plain_characters)


@dataclass(frozen=True)
class _Boxes:
    """How the boxes of a page lie: labels are rows, found boxes columns."""

    pairs: dict[int, int]
    """Label -> found box, one to one, IoU at least 0.5."""
    kept: list[int]
    """Found boxes that count: the paired ones, and those not mostly inside a label without text."""
    covered: Matrix
    """Share of the label that the kept box covers."""
    inside: Matrix
    """Share of the kept box that lies inside the label."""

    @classmethod
    def of(cls, wanted: Sequence[PlacedText], found: Sequence[PlacedText], blank: Sequence[PlacedText]) -> _Boxes:
        labels, boxes, ignored = _shapes(wanted), _shapes(found), _shapes(blank)
        common = _common_areas(labels, boxes)
        label_areas, box_areas = shapely.area(labels).reshape(-1, 1), shapely.area(boxes).reshape(1, -1)
        iou = _ratio(common, label_areas + box_areas - common)
        pairs = best_pairs(np.where(iou >= LEAST_IOU, 1 + iou / 1000, 0.0))
        masked = _common_areas(boxes, ignored).max(axis=1, initial=0.0)
        paired = set(pairs.values())
        kept = [j for j, (area, hidden) in enumerate(zip(box_areas[0], masked, strict=True))
                if j in paired or hidden <= 0.5 * area]  # fmt: skip
        return cls(pairs, kept, _ratio(common, label_areas)[:, kept], _ratio(common, box_areas)[:, kept])


def _shapes(lines: Sequence[PlacedText]) -> NDArray[np.object_]:
    polygons = np.empty(len(lines), dtype=object)
    for i, line in enumerate(lines):
        polygons[i] = shapely.Polygon(line.polygon)
    valid: NDArray[np.object_] = shapely.make_valid(polygons)
    return valid


def _common_areas(a: NDArray[np.object_], b: NDArray[np.object_]) -> Matrix:
    """Return the area that each shape of `a` shares with each of `b`."""
    areas = np.zeros((len(a), len(b)))
    if areas.size:
        rows, columns = shapely.STRtree(b).query(a, predicate="intersects")
        areas[rows, columns] = shapely.area(shapely.intersection(a[rows], b[columns]))
    return areas


def _ratio(part: Matrix, whole: Matrix) -> Matrix:
    """Divide; what has no area has no share."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(part / whole)


def _det_eval(boxes: _Boxes) -> tuple[float, float]:
    """Return what labels and boxes earn by DetEval, with the weights of ICDAR 2013.

    Wolf and Jolion: Object count/area graphs (2006). First boxes and labels that fit each other alone, then labels
    found in several pieces, then boxes that cover several labels; each is used once.
    """
    covered, inside = boxes.covered, boxes.inside
    fits = (covered >= LEAST_COVERED) & (inside >= LEAST_INSIDE)
    alone = fits & (fits.sum(axis=1)[:, None] == 1) & (fits.sum(axis=0)[None, :] == 1)
    open_labels, open_boxes = ~alone.any(axis=1), ~alone.any(axis=0)
    earned_labels = earned_boxes = float(alone.sum())
    for label in range(len(open_labels)):
        if not open_labels[label]:
            continue
        pieces = np.flatnonzero(open_boxes & (inside[label] >= LEAST_INSIDE))
        if len(pieces) >= 2 and covered[label, pieces].sum() >= LEAST_COVERED:
            open_labels[label], open_boxes[pieces] = False, False
            earned_labels += IN_PIECES
            earned_boxes += IN_PIECES * len(pieces)
    for box in range(len(open_boxes)):
        if not open_boxes[box]:
            continue
        labels = np.flatnonzero(open_labels & (covered[:, box] >= LEAST_COVERED))
        if len(labels) and inside[labels, box].sum() >= LEAST_INSIDE:
            open_labels[labels], open_boxes[box] = False, False
            earned_labels += len(labels)
            earned_boxes += 1
    return earned_labels, earned_boxes
