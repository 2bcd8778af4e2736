"""The lines of a document as blocks are found in them: which are taken, what stands below what, where on the page."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine

REACH = 8
"""A party's block has at most so many lines."""
STEP = 1.7
"""A line stands at most so many heights below the one above it."""
WIDE_STEP = 2.6
"""So many heights may part a name, a street and a town that are set far apart."""
FOOT = 0.78
"""A footer begins below this share of a page."""
TOP = 0.45
"""A window ends above this share of a page."""


class PageLines:
    """Lines by row and column. Those in `used` belong to a block, and are not used for another."""

    def __init__(self, page: PageView, lines: Sequence[PartyLine], used: set[int]) -> None:
        self.page = page
        self.lines = lines
        self.used = used
        self.heights = {p.number: float(p.height) for p in page.layout.pages}
        self.usual = median(line.height for line in lines) if lines else 1.0
        self.first_page = lines[0].page if lines else 1
        self.words = page.compiled.shared
        self.by_row: dict[int, list[PartyLine]] = {}
        for line in lines:
            self.by_row.setdefault(line.row, []).append(line)

    def place_of(self, line: PartyLine) -> str:
        height = self.heights[line.page]
        if line.box[1] > FOOT * height:
            return "footer"
        if line.page != self.first_page:
            return "later_page"
        return "top" if line.box[1] < TOP * height else "body"

    def is_labelled(self, line: PartyLine, what: str) -> bool:
        """Say whether a line begins with a word for a name, or for an address, inside a party's form."""
        patterns = self.page.compiled.parties
        pattern = patterns.name_labels if what == "name" else patterns.address_labels
        return pattern is not None and pattern.search(line.folded) is not None

    def below(self, line: PartyLine, reach: float) -> PartyLine | None:
        """Return the nearest line below that begins where a line begins, or stands in its middle."""
        for number in range(line.row + 1, line.row + 7):
            for other in self.by_row.get(number, ()):
                if other.page != line.page or other.number in self.used or other.kind is LineKind.TAIL:
                    continue
                gap = other.box[1] - line.box[3]
                if gap > reach * max(line.height, other.height):
                    return None
                if are_aligned(line, other):
                    return other
        return None

    def column(self, first: PartyLine, text: str = "") -> list[PartyLine]:
        """Return the lines that follow a line closely, each beginning, ending or centred where the one above is."""
        found: list[PartyLine] = []
        last = first
        start = first.box[2] - (first.box[2] - first.box[0]) * len(text) / max(len(first.text), 1) if text else None
        while len(found) < REACH:
            following = None
            for number in range(last.row + 1, last.row + 5):
                for other in sorted(self.by_row.get(number, ()), key=lambda one: abs(one.box[0] - last.box[0])):
                    if other.page != first.page or other.number in self.used or other.kind is LineKind.TAIL:
                        continue
                    near = are_aligned(last, other) or (
                        start is not None and not found and abs(other.box[0] - start) < 1.5 * other.height
                    )
                    gap = other.box[1] - last.box[3]
                    wide = WIDE_STEP if other.kind in (LineKind.STREET, LineKind.TOWN) and len(found) < 3 else STEP
                    if near and -0.6 * other.height < gap < wide * max(min(last.height, other.height), 1.0):
                        following = other
                        break
                if following is not None:
                    break
            if following is None or following.kind is LineKind.ANCHOR:
                break
            found.append(following)
            last = following
        return found


def are_aligned(a: PartyLine, b: PartyLine) -> bool:
    """Say whether one line begins, ends or stands in the middle where another does; both may share the column."""
    room = 0.9 * max(a.height, b.height)
    left, right = abs(a.box[0] - b.box[0]), abs(a.box[2] - b.box[2])
    middle = abs((a.box[0] + a.box[2]) - (b.box[0] + b.box[2])) / 2
    return left < room or right < 0.5 * room or middle < 0.5 * room
