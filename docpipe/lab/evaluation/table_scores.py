"""Tables as rows of cells, and how alike two are: TEDS, TEDS-Struct and adjacency relations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lxml.html
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from docpipe.lab.evaluation.comparing import bare
from docpipe.lab.evaluation.tallies import Tally
from docpipe.lab.evaluation.trees import tree_distance
from docpipe.values.text import clean

MOST_SPAN = 1000
"""The most columns that the HTML standard lets one cell span."""


@dataclass(frozen=True, slots=True)
class ScoredCell:
    """One cell; a place that it spans is not repeated."""

    text: str
    rows: int = 1
    cols: int = 1


Grid = tuple[tuple[ScoredCell, ...], ...]
"""Rows of cells in reading order."""


def grid_of_html(markup: str) -> Grid:
    """Return the first table of the markup. Sections and marks such as `<b>` vanish, a header cell is a cell.

    Raises:
        lxml.etree.LxmlError, ValueError, TypeError: this is no HTML text.
    """
    root = lxml.html.fragment_fromstring(markup, create_parent="div")
    for line_break in root.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"
    table = next(root.iter("table"), root)
    return tuple(
        tuple(ScoredCell(clean(td.text_content()), _span(td.get("rowspan")), _span(td.get("colspan"))) for td in cells)
        for cells in (row.xpath("td|th") for row in table.xpath("tr|*/tr"))
    )


def grid_of_cells(cells: Iterable[Mapping[str, Any]]) -> Grid:
    """Return the table that a result's `cells` make.

    Raises:
        LookupError, TypeError: these are no cells.
    """
    placed = [
        (cell["row"], cell["col"], ScoredCell(clean(str(cell["text"])), _span(cell["rowspan"]), _span(cell["colspan"])))
        for cell in cells
    ]
    placed.sort(key=lambda entry: entry[:2])
    last = max((row for row, _, _ in placed), default=-1)
    return tuple(tuple(cell for at, _, cell in placed if at == row) for row in range(last + 1))


def _span(value: Any) -> int:
    try:
        return max(1, min(MOST_SPAN, int(value)))
    except (TypeError, ValueError):
        return 1


def cells_in(grid: Grid) -> int:
    """Return how many cells a table has."""
    return sum(len(row) for row in grid)


def teds(expected: Grid, found: Grid, *, texts: bool = True) -> float:
    """Return tree edit distance similarity, 0 to 1: 1 - distance / nodes of the larger tree, 0 where nothing was found.

    Zhong, ShafieiBavani, Jimeno Yepes: Image-based table recognition (2020). Nodes are rows and cells; the root, which
    always fits, is not counted. Without `texts` only the structure counts (TEDS-Struct).
    """
    if not found:
        return 0.0
    if expected == found:
        return 1.0
    nodes = max(len(grid) + cells_in(grid) for grid in (expected, found))
    return 1.0 - tree_distance([*map(len, expected)], [*map(len, found)], _cell_costs(expected, found, texts)) / nodes


def _cell_costs(expected: Grid, found: Grid, texts: bool) -> NDArray[np.float64]:
    """Return what it costs to take one cell for another: 1 where they span otherwise, else their texts' distance."""
    want, got = ([cell for row in grid for cell in row] for grid in (expected, found))
    spans = [np.array([(cell.rows, cell.cols) for cell in cells]).reshape(-1, 1, 2) for cells in (want, got)]
    other: NDArray[np.bool_] = (spans[0] != spans[1].transpose(1, 0, 2)).any(axis=2)
    if not texts:
        return other.astype(float)
    distances: NDArray[np.float64] = cdist(
        [cell.text for cell in want], [cell.text for cell in got],
        scorer=Levenshtein.normalized_distance, dtype=np.float64,
    )  # fmt: skip
    distances[other] = 1.0
    return distances


Relation = tuple[str, str, str]


def adjacency(grid: Grid) -> Counter[Relation]:
    """Return which texts stand next to which, to the right and below, blank cells passed over.

    Göbel, Hassan, Oro, Orsi: ICDAR 2013 table competition. Two cells are related once in a direction, however far they
    span. Texts are compared by letters and digits, or by all their marks where they have neither.
    """
    texts: list[str] = []
    places: dict[tuple[int, int], int] = {}
    for number, (row, col, cell) in enumerate(_laid_out(grid, places)):
        texts.append(bare(cell.text) or "".join(cell.text.split()))
        for down in range(min(cell.rows, len(grid) - row)):
            for right in range(cell.cols):
                places.setdefault((row + down, col + right), number)
    spots = sorted(spot for spot, number in places.items() if texts[number])
    pairs: dict[tuple[int, int, str], None] = {}
    for direction, across in (("right", 0), ("below", 1)):
        previous: dict[int, int] = {}
        for spot in spots:  # row by row: in each row and in each column the spots come in their order
            here, track = places[spot], spot[across]
            if previous.get(track, here) != here:
                pairs[previous[track], here, direction] = None
            previous[track] = here
    return Counter((texts[a], texts[b], direction) for a, b, direction in pairs)


def _laid_out(grid: Grid, places: Mapping[tuple[int, int], int]) -> Iterator[tuple[int, int, ScoredCell]]:
    """Yield each cell with its row and column, past the places that the caller marks as taken meanwhile."""
    for row, cells in enumerate(grid):
        col = 0
        for cell in cells:
            while (row, col) in places:
                col += 1
            yield row, col, cell
            col += cell.cols


def table_tallies(expected: Grid, found: Sequence[Grid]) -> dict[str, Tally]:
    """Count a labelled table beside the largest one that was found."""
    largest = max(found, key=cells_in, default=())
    want, got = adjacency(expected), adjacency(largest)
    return {
        "TEDS": Tally(teds(expected, largest), 1),
        "TEDS-Struct": Tally(teds(expected, largest, texts=False), 1),
        "adjacency": Tally.of(hits=(want & got).total(), want=want.total(), got=got.total()),
    }
