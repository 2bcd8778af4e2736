"""Where tables stand on a page: inside crossing rulings, and where rows of text are aligned in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box
from docpipe.stages.table_structure.pieces import TextPiece
from docpipe.stages.table_structure.rows import middle
from docpipe.stages.table_structure.rulings import Ruling, Rulings

MAX_REGIONS = 8
MIN_COLUMNS = 3
MIN_ROWS = 3
REACH = 4
"""Rows of text to look at, before and after, for others aligned with this one."""
FAR_REACH = 16
"""The same where the alignment is strong: goods with a description of many lines."""
STRONG = 4
"""Columns aligned, in which two rows already make a table: a head and its only item."""


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows of text first..last (inclusive) and the x they reach over."""

    first: int
    last: int
    x1: float
    x2: float


def find_regions(
    rows: Sequence[Sequence[TextPiece]], rulings: Rulings, width: int, height: int, unit: float
) -> list[Box]:
    """Return the boxes of likely tables, top to bottom, none overlapping another; [] where nothing looks like one.

    A table is a box of crossing rulings with several texts inside, or at least three rows near each other whose
    texts are aligned in at least three columns. A picture whose text reaches to its borders, most of it inside a
    table, is the crop of one: there the box is the whole picture.

    Args:
        rows: the page's rows of text, top to bottom, as from `text_rows`.
        rulings: the page's.
        width: of the page, in pixels.
        height: of the page, in pixels.
        unit: usual height of a line of text.
    """
    if not rows:
        return []
    ruled = _ruled_boxes(rulings, rows, unit)
    boxes = _join_boxes(ruled + _aligned_boxes(rows, rulings, ruled, unit), unit)[:MAX_REGIONS]
    if boxes and _is_crop(rows, boxes, width, height, unit):
        boxes = [(0.0, 0.0, float(width), float(height))]
    return [trim_box(box, rows, rulings, unit) for box in boxes]


def trim_box(box: Box, rows: Sequence[Sequence[TextPiece]], rulings: Rulings, unit: float) -> Box:
    """Cut a box at its first and last ruling all across, where no more than two lone lines of text stand beyond it.

    Above the first ruling stands a caption, below the last a note.
    """
    x1, y1, x2, y2 = box
    inside = [[p for p in row if x1 <= p.xc <= x2] for row in rows if y1 <= middle(row) <= y2]
    inside = [row for row in inside if row]
    if len(inside) < 3:
        return box
    left, right = min(p.x1 for row in inside for p in row), max(p.x2 for row in inside for p in row)
    levels: list[tuple[float, float]] = []
    for line in rulings.horizontal:
        if y1 <= line.at <= y2:
            share = max(0.0, min(right, line.end) - max(left, line.start))
            if levels and line.at - levels[-1][0] <= 0.3 * unit:
                levels[-1] = (line.at, levels[-1][1] + share)
            else:
                levels.append((line.at, share))
    across = [at for at, share in levels if share >= 0.85 * (right - left)]
    if len(across) < 2:
        return box
    above = [row for row in inside if middle(row) < across[0]]
    below = [row for row in inside if middle(row) > across[-1]]
    if above and len(above) <= 2 and all(len(row) == 1 for row in above):
        y1 = across[0] - 0.25 * unit
    if below and len(below) <= 2 and all(len(row) == 1 for row in below):
        y2 = across[-1] + 0.25 * unit
    return (x1, y1, x2, y2)


def _ruled_boxes(rulings: Rulings, rows: Sequence[Sequence[TextPiece]], unit: float) -> list[Box]:
    """Return the boxes around rulings that cross each other and hold at least two rows and columns of text."""
    lines = [(r.start, r.at, r.end, r.at) for r in rulings.horizontal]
    lines += [(r.at, r.start, r.at, r.end) for r in rulings.vertical]
    groups = _group_touching(lines, 0.6 * unit)
    boxes = []
    for group in groups:
        flat = [lines[i] for i in group if lines[i][1] == lines[i][3]]
        tall = [lines[i] for i in group if lines[i][1] != lines[i][3]]
        if len(flat) < 2 or not tall:
            continue
        box = (
            min(line[0] for line in flat + tall),
            min(line[1] for line in flat + tall),
            max(line[2] for line in flat + tall),
            max(line[3] for line in flat + tall),
        )
        inside = [[p for p in row if box[0] <= p.xc <= box[2]] for row in rows if box[1] <= middle(row) <= box[3]]
        several = sum(1 for row in inside if len(row) >= 2)
        levels = _distinct([y for x, y, end, _ in flat if end - x >= 0.4 * (box[2] - box[0])], 0.8 * unit)
        walls = _distinct([x for x, y, _, end in tall if end - y >= 0.4 * (box[3] - box[1])], 0.8 * unit)
        if several >= 2 and sum(map(len, inside)) >= 6 and (levels >= 3 or walls >= 3) and walls >= 1:
            boxes.append(box)
    return boxes


def _distinct(values: Sequence[float], apart: float) -> int:
    count, last = 0, -1e9
    for value in sorted(values):
        if value - last >= apart:
            count, last = count + 1, value
    return count


def _group_touching(lines: Sequence[tuple[float, float, float, float]], slack: float) -> list[list[int]]:
    """Group lines that touch; at most a few hundred of them, so all pairs are looked at."""
    parent = list(range(len(lines)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    order = sorted(range(len(lines)), key=lambda i: lines[i][1])
    for n, i in enumerate(order):
        for j in order[n + 1 :]:
            if lines[j][1] > lines[i][3] + slack:
                break
            if lines[i][0] - slack <= lines[j][2] and lines[j][0] - slack <= lines[i][2]:
                parent[root(j)] = root(i)
    groups: dict[int, list[int]] = {}
    for i in range(len(lines)):
        groups.setdefault(root(i), []).append(i)
    return [groups[k] for k in sorted(groups)]


def _aligned_boxes(
    rows: Sequence[Sequence[TextPiece]], rulings: Rulings, ruled: Sequence[Box], unit: float
) -> list[Box]:
    """Return the boxes around rows aligned in columns, their head included."""
    ys = [middle(row) for row in rows]
    edges = [np.array([(p.x1, p.x2, p.xc) for p in row[:60]], dtype=np.float64) for row in rows]
    wide = [t for t in range(len(rows)) if len(rows[t]) >= MIN_COLUMNS]
    chains: list[list[int]] = []
    links: list[int] = []
    for t in wide:
        best = 0
        for k in range(len(chains) - 1, max(-1, len(chains) - 4), -1):
            last = chains[k][-1]
            strength = max(_count_shared(edges[t], edges[s], unit) for s in chains[k][-2:])
            near = t - last <= REACH and ys[t] - ys[last] <= 6 * unit
            far = t - last <= FAR_REACH and ys[t] - ys[last] <= 24 * unit
            if (near and strength >= MIN_COLUMNS) or (
                far and strength >= STRONG and _within(rows, [*chains[k], t], unit)
            ):
                chains[k].append(t)
                links[k] = max(links[k], strength)
                best = strength
                break
        if not best:
            chains.append([t])
            links.append(0)
    boxes = []
    for found, strength in zip(chains, links, strict=True):
        chain = _outside(found, rows, ruled)
        if len(chain) >= MIN_ROWS or (len(chain) == 2 and strength >= STRONG):
            runs = [p for t in chain for p in rows[t]]
            band = _Band(chain[0], chain[-1], min(p.x1 for p in runs), max(p.x2 for p in runs))
            boxes.append(_with_head(band, rows, ys, rulings.horizontal, unit))
    return boxes


def _count_shared(row: NDArray[np.float64], other: NDArray[np.float64], unit: float) -> int:
    """Return how many runs of a row stand in line with one of the other, 0 where too few of them do.

    Rows hold left, right and middle of each run.
    """
    off = np.abs(row[:, None, :] - other[None, :, :]).min(axis=2)
    hits = int((off.min(axis=1) <= 0.7 * unit).sum())
    return hits if hits >= 0.6 * min(len(row), len(other)) else 0


def _within(rows: Sequence[Sequence[TextPiece]], chain: Sequence[int], unit: float) -> bool:
    """Tell whether the rows before the last of a chain, and after the one before it, keep to the chain's width."""
    edge = [p for t in chain[-8:] for p in rows[t]]
    left, right = min(p.x1 for p in edge) - 2 * unit, max(p.x2 for p in edge) + 2 * unit
    between = rows[chain[-2] + 1 : chain[-1]]
    return all(left <= p.x1 and p.x2 <= right for row in between for p in row)


def _outside(chain: list[int], rows: Sequence[Sequence[TextPiece]], ruled: Sequence[Box]) -> list[int]:
    """Return a chain without the rows inside ruled boxes, where it runs through several: these are tables apart."""

    def home(t: int) -> int:
        y, x = middle(rows[t]), sum(p.xc for p in rows[t]) / len(rows[t])
        return next((k for k, b in enumerate(ruled) if b[1] <= y <= b[3] and b[0] <= x <= b[2]), -1)

    homes = [home(t) for t in chain]
    if len({h for h in homes if h >= 0}) < 2:
        return chain
    return [t for t, h in zip(chain, homes, strict=True) if h < 0]


def _with_head(
    band: _Band, rows: Sequence[Sequence[TextPiece]], ys: Sequence[float], horizontal: Sequence[Ruling], unit: float
) -> Box:
    """Take in the rows just above that stand in several columns, or below a ruling, and wrapped text just below."""
    first, last = band.first, band.last
    steps = [b - a for a, b in zip(ys[first : last + 1], ys[first + 1 : last + 1], strict=False)]
    pitch = max(median(steps), unit) if steps else 2 * unit
    while first > 0 and band.first - first < REACH and ys[first] - ys[first - 1] <= 2.2 * pitch:
        above = rows[first - 1]
        under_rule = any(
            r.at < ys[first - 1] and ys[first - 1] - r.at < 3 * pitch and r.length >= 0.8 * (band.x2 - band.x1)
            for r in horizontal
        )
        if len(above) < 2 and not under_rule:
            break
        first -= 1
    while last + 1 < len(rows) and last - band.last < 3 and ys[last + 1] - ys[last] <= 1.25 * pitch:
        below = rows[last + 1]
        if not all(band.x1 - unit <= p.x1 and p.x2 <= band.x2 + unit for p in below):
            break
        last += 1
    runs = [p for row in rows[first : last + 1] for p in row]
    x1, x2 = min(p.x1 for p in runs), max(p.x2 for p in runs)
    top, bottom = min(p.y1 for p in runs), max(p.y2 for p in runs)
    near = [r for r in horizontal if top - 1.5 * unit <= r.at <= bottom + 1.5 * unit and r.length >= 0.6 * (x2 - x1)]
    return (
        min([x1, *(r.start for r in near)]),
        min([top, *(r.at for r in near)]),
        max([x2, *(r.end for r in near)]),
        max([bottom, *(r.at for r in near)]),
    )


def _join_boxes(boxes: Sequence[Box], unit: float) -> list[Box]:
    """Unite boxes that overlap, until none does; top to bottom."""
    found = list(boxes)
    k = 0
    while k < len(found):
        a = found[k]
        other = next(
            (j for j in range(len(found)) if j != k and _overlap(a, found[j], unit)),
            None,
        )
        if other is None:
            k += 1
            continue
        b = found[other]
        found[min(k, other)] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        del found[max(k, other)]
        k = 0
    return sorted(found, key=lambda b: (b[1], b[0]))


def _overlap(a: Box, b: Box, unit: float) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > unit and min(a[3], b[3]) - max(a[1], b[1]) > 0.5 * unit


def _is_crop(rows: Sequence[Sequence[TextPiece]], boxes: Sequence[Box], width: int, height: int, unit: float) -> bool:
    """Tell whether the page is a picture of one table, cut close around it."""
    runs = [p for row in rows for p in row]
    margin = 3.2 * unit
    close = (
        min(p.x1 for p in runs) <= margin
        and min(p.y1 for p in runs) <= margin
        and max(p.x2 for p in runs) >= width - margin
        and max(p.y2 for p in runs) >= height - margin
    )
    held = sum(1 for p in runs if any(b[0] <= p.xc <= b[2] and b[1] <= p.yc <= b[3] for b in boxes))
    return close and held >= 0.65 * len(runs)
