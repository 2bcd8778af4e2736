"""Finds the blocks of names and addresses by geometry: under words, in letterheads, windows, lines and footers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from statistics import median

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.parties.blocks import BlockReader, PartyBlock
from docpipe.stages.key_fields.parties.lines import (
    ENDS,
    LARGER,
    LONGEST_LINE,
    LineKind,
    PartyLine,
    Role,
    may_be_name,
    place_kind,
)
from docpipe.stages.key_fields.postal import sender_parts, strip_name
from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.text import fold

REACH = 8
"""A party's block has at most so many lines."""
STEP = 1.7
"""A line stands at most so many heights below the one above it."""
WIDE_STEP = 2.6
"""So many heights may part a name, a street and a town that are set far apart."""
BESIDE = 26.0
"""A name stands at most so many heights right of the word that names its party."""
BELOW = 4.0
"""And at most so many heights below it."""
FOOT = 0.78
"""A footer begins below this share of a page."""
TOP = 0.45
"""A window ends above this share of a page."""


class Finder:
    """Finds the blocks of a document. Lines that belong to a block are not used for another."""

    def __init__(self, page: PageView, lines: Sequence[PartyLine]) -> None:
        self.page = page
        self.lines = lines
        self.used: set[int] = set()
        self.heights = {p.number: float(p.height) for p in page.layout.pages}
        self.usual = median(line.height for line in lines) if lines else 1.0
        self.first_page = lines[0].page if lines else 1
        self.words = page.compiled.shared
        self.reader = BlockReader(page)
        self.by_row: dict[int, list[PartyLine]] = {}
        for line in lines:
            self.by_row.setdefault(line.row, []).append(line)

    def find(self) -> list[PartyBlock]:
        """Return all blocks in the order in which they stand on the page."""
        blocks = [*self._sender_lines(), *self._labelled(), *self._addresses(), *self._names_alone()]
        return sorted(blocks, key=lambda block: block.first.number)

    # --- a line that holds name, street and town ---------------------------------------------------------------------

    def _sender_lines(self) -> Iterator[PartyBlock]:
        for line in self._whole_rows():
            if line.kind is LineKind.ANCHOR:
                continue
            parts = sender_parts(line.text, self.words)
            if parts is None or self.words.not_seller.search(parts[0].upper()):
                continue
            self.used.update(self._numbers(line))
            y = line.box[1] / self.heights[line.page]
            place = "footer" if y > FOOT else "letterhead" if y < 0.09 else "sender_line"
            yield PartyBlock(parts[0], (line,), place, parts=tuple(parts[1:]), complete=True)

    def _whole_rows(self) -> Iterator[PartyLine]:
        """Yield each line, and lines of a row that a bullet or bar holds together as one."""
        for line in self.lines:
            if line.number in self.used:
                continue
            run = [line]
            for other in self.by_row[line.row]:
                if other.box[0] <= run[-1].box[2] or other.box[0] - run[-1].box[2] > 4 * line.height:
                    continue
                if other.text.strip() in _BULLETS or run[-1].text.strip() in _BULLETS or other.text[:1] in _BULLETS:
                    run.append(other)
            if len(run) > 1:
                cells = tuple(c for one in run for c in one.cells)
                box = (line.box[0], line.box[1], run[-1].box[2], line.box[3])
                yield PartyLine(
                    line.number, cells, " ".join(r.text for r in run), " ".join(r.folded for r in run), box, line.kind
                )
            else:
                yield line

    def _numbers(self, line: PartyLine) -> set[int]:
        cells = {cell.index for cell in line.cells}
        return {one.number for one in self.by_row[line.row] if any(cell.index in cells for cell in one.cells)}

    # --- under or beside a word that names the party -----------------------------------------------------------------

    def _labelled(self) -> Iterator[PartyBlock]:
        for anchor in [line for line in self.lines if line.kind is LineKind.ANCHOR and line.number not in self.used]:
            self.used.add(anchor.number)
            assert anchor.role is not None
            if anchor.rest:
                start = PartyLine(
                    anchor.number, anchor.cells, anchor.rest, anchor.folded[len(anchor.text) - len(anchor.rest) :],
                    anchor.box, LineKind.TEXT,
                )  # fmt: skip
                lines = [start, *self._column(anchor, start.text)]
            else:
                lines = self._under(anchor) or self._right(anchor)
            if lines:
                block = self.reader.read(lines, "label", anchored=True)
                if block is not None:
                    block.role = anchor.role
                    self.used.update(line.number for line in block.lines)
                    yield block

    def _under(self, anchor: PartyLine) -> list[PartyLine]:
        """Return the lines of the column right below a word."""
        below = self._below(anchor, BELOW)
        if below is None or below.kind in (LineKind.ANCHOR, LineKind.TITLE):
            return self._form(anchor) if below is None or below.role is Role.OTHER else []
        labelled = self._is_labelled(below, "name")
        if self._is_labelled(below, "address") and not labelled:
            return []  # the name stands right of the word
        if (labelled or below.kind in (LineKind.LABEL, LineKind.NUMBER, LineKind.TAX)) and (form := self._form(anchor)):
            return form
        if labelled:
            return []
        return [below, *self._column(below)]

    def _is_labelled(self, line: PartyLine, what: str) -> bool:
        """Say whether a line begins with a word for a name, or for an address, inside a party's form."""
        patterns = self.page.compiled.parties
        pattern = patterns.name_labels if what == "name" else patterns.address_labels
        return pattern is not None and pattern.search(line.folded) is not None

    def _right(self, anchor: PartyLine) -> list[PartyLine]:
        """Return the line right of a word, with those below it that begin where it begins."""
        beside = [
            line for line in self.by_row[anchor.row] if line.box[0] > anchor.box[2] and line.number not in self.used
        ]
        first = next(iter(beside), None)
        if first is None or first.box[0] - anchor.box[2] > BESIDE * anchor.height or first.kind in ENDS:
            return []
        column = [first, *self._column(first)]
        if len(column) == 1 and (below := self._below(first, 3.0)) is not None and below.kind not in ENDS:
            return [first, below, *self._column(below)]  # the name stands apart from its address
        return column

    def _form(self, anchor: PartyLine) -> list[PartyLine]:
        """Return what stands right of `Name:` and `Address:` below a word, where a party's details are set as a form.

        Lines right of no label go on with the line above; one just above the first belongs to it.
        """
        found: list[PartyLine] = []
        rest: list[PartyLine] = []
        places: list[float] = []
        others = [line.box[0] for line in self.by_row[anchor.row] if line.box[0] > anchor.box[2]]
        limit = min((x - anchor.height for x in others), default=math.inf)
        left, seen, open_place = anchor.box[0], anchor, False
        for number in range(anchor.row + 1, anchor.row + 14):
            row = [line for line in self.by_row.get(number, ()) if line.page == anchor.page]
            if not row:
                continue
            head = next((line for line in row if abs(line.box[0] - left) < 1.5 * anchor.height), None)
            if head is not None and head.box[1] - seen.box[3] > 4.5 * anchor.height:
                break
            if head is not None and head.kind is LineKind.ANCHOR and not (head.role is Role.OTHER and ":" in head.text):
                break
            values = [
                line
                for line in row
                if line is not head and left < line.box[0] < limit and line.number not in self.used
                and (not places or abs(line.box[0] - places[-1]) < 1.5 * line.height)
            ]  # fmt: skip
            if head is not None:
                seen = head
            if head is None:
                if values and values[0].kind not in ENDS and values[0].box[1] - seen.box[3] < 3 * anchor.height:
                    found.append(values[0])
                    places.append(values[0].box[0])
                    seen = values[0]
            elif head.kind is LineKind.LABEL or self._is_labelled(head, "name") or self._is_labelled(head, "address"):
                names, place = self._is_labelled(head, "name"), self._is_labelled(head, "address")
                text = re.sub(r"^[^:]{1,40}:\s*", "", head.text) if ":" in head.text.rstrip(" :") else ""
                open_place = place and not text and not values
                if (names or place) and text:
                    found.append(_with_text(head, _INNER_LABEL.sub(" ", text), self.words))
                elif (names or place) and values:
                    value = _with_text(values[0], values[0].text.lstrip(" :"), self.words)
                    places.append(value.box[0])
                    above = found[-1] if names and found and found[-1].kind is LineKind.TEXT else None
                    if above is not None and value.box[1] - above.box[3] < 0.8 * value.height:
                        found[-1] = _with_text(value, f"{above.text} {value.text}", self.words)
                    else:
                        found.append(value)
                elif not open_place:
                    rest += [_as_rest(line) for line in (head, *values)]
            elif open_place and head.kind in (LineKind.TEXT, LineKind.STREET, LineKind.TOWN, LineKind.COUNTRY):
                found.append(head)  # the address stands below its label
            elif head.kind not in (LineKind.ANCHOR, LineKind.TAX, LineKind.CONTACT, LineKind.BANK):
                break
        found = [line for line in found if sum(c.isalpha() for c in line.text) >= 2]
        found += rest if found else []
        self.used.update(line.number for line in found)
        return found

    # --- addresses without a word over them --------------------------------------------------------------------------

    def _addresses(self) -> Iterator[PartyBlock]:
        senders = [line for line in self.lines if line.page == self.first_page and self._is_sender(line)]
        for line in self.lines:
            if line.number in self.used or line.kind not in (LineKind.TEXT, LineKind.COURTESY):
                continue
            if line.kind is LineKind.TEXT and not may_be_name(self.page, line):
                continue
            column = [line, *self._column(line)]
            town = next((n for n, one in enumerate(column) if one.kind is LineKind.TOWN), None)
            if town is None:
                inline = self._inline_address(column)
                if inline is None:
                    continue
                town = inline
            start = self._name_above(column, town)
            block = self.reader.read(column[start:], self._place(column[start]), anchored=False)
            if block is None or not block.address:
                continue
            block.under_sender = any(self._under_line(block.first, sender) for sender in senders)
            if block.under_sender:
                block.place = "window"
            self.used.update(one.number for one in block.lines)
            yield block

    def _is_sender(self, line: PartyLine) -> bool:
        """Say whether a line is a sender's over a window: by its parts, or by small letters and a town."""
        if line.kind is LineKind.ANCHOR:
            return False
        small = line.kind is LineKind.TOWN and line.height < 0.85 * self.usual and len(line.text) > 24
        return small or sender_parts(line.text, self.words) is not None

    def _under_line(self, first: PartyLine, sender: PartyLine) -> bool:
        gap = first.box[1] - sender.box[3]
        return (
            first.page == sender.page
            and -0.5 * first.height <= gap < 5 * first.height
            and first.box[0] < sender.box[2]
            and sender.box[0] - 3 * first.height < first.box[0]
        )

    def _name_above(self, column: Sequence[PartyLine], town: int) -> int:
        """Return where the name begins: right below the last line above the town that is no part of its address."""
        start = 0
        for number in range(town):
            kind = column[number].kind
            reaches = kind in (LineKind.CONTACT, LineKind.TAX, LineKind.BANK)
            if kind in ENDS and not (reaches and not any(may_be_name(self.page, c) for c in column[number + 1 : town])):
                start = number + 1
        big = [column[n].height > LARGER * column[town].height for n in range(start, town)]
        if len(big) >= 2 and big[0] and not big[1] and may_be_name(self.page, column[start + 1]):
            start += 1  # a logo over the address that names the firm again
        return min(start, max(town - 1, 0))

    def _inline_address(self, column: Sequence[PartyLine]) -> int | None:
        """Return the line of a street with its town, where there is no postcode: right below a name at the top."""
        if len(column) < 2 or column[0].kind is not LineKind.TEXT:
            return None
        below = column[1]
        legal = self.words.legal_forms.search(column[0].folded) is not None
        large = column[0].height > 1.2 * below.height
        top = column[0].box[1] < 0.16 * self.heights[column[0].page]
        return 1 if below.kind is LineKind.STREET and top and (legal or large or "," in below.text) else None

    def _place(self, line: PartyLine) -> str:
        height = self.heights[line.page]
        if line.box[1] > FOOT * height:
            return "footer"
        if line.page != self.first_page:
            return "later_page"
        return "top" if line.box[1] < TOP * height else "body"

    # --- names alone -------------------------------------------------------------------------------------------------

    def _names_alone(self) -> Iterator[PartyBlock]:
        for line in self.lines:
            if line.number in self.used or line.page != self.first_page:
                continue
            y = line.box[1] / self.heights[line.page]
            if y < 0.25 and may_be_name(self.page, line) and len(line.text) <= 48:
                large = line.height > LARGER * self.usual
                legal = self.words.legal_forms.search(line.folded) is not None
                if large or (legal and y < 0.2):
                    self.used.add(line.number)
                    rest = [
                        one for one in self._column(line) if one.kind in (LineKind.CONTACT, LineKind.TAX, LineKind.BANK)
                    ]
                    yield PartyBlock(strip_name(line.text), (line,), "logo" if large else "top", rest=rest)
        for line in self.lines:
            if line.number not in self.used and (name := self._name_before_register(line)):
                self.used.add(line.number)
                yield PartyBlock(name, (line,), "small_print")
        yield from self._footer_columns()

    def _footer_columns(self) -> Iterator[PartyBlock]:
        """Yield the name at the head of a column of a footer that numbers of registers follow in it."""
        for line in self.lines:
            if (
                line.number in self.used
                or line.box[1] < 0.6 * self.heights[line.page]
                or not may_be_name(self.page, line)
            ):
                continue
            if self.words.not_seller.search(line.folded) or len(line.text) > 60 or any(c.isdigit() for c in line.text):
                continue
            column = self._column(line)
            known = [one for one in column if one.kind in (LineKind.TAX, LineKind.BANK, LineKind.CONTACT)]
            legal = self.words.legal_forms.search(line.folded) is not None
            registered = any(self.words.registered.search(one.folded) for one in column)
            if legal and (registered or known):
                self.used.add(line.number)
                yield PartyBlock(strip_name(line.text), (line,), "small_print", rest=known)

    def _name_before_register(self, line: PartyLine) -> str | None:
        """Return the name with a legal form at the beginning of a line that goes on with numbers of registers."""
        register = self.words.registered.search(line.folded[:LONGEST_LINE])
        if register is None or register.start() < 4:
            return None
        form = self.words.legal_forms.search(line.folded)
        if form is None or form.end() > min(register.start() + 1, 70):
            return None
        end = form.end()
        while (further := self.words.legal_forms.search(line.folded, end)) and further.start() - end <= 8:
            end = further.end()  # GmbH & Co. KG
        head = _HEAD.match(line.folded[:end])
        if head is None:
            return None
        name = strip_name(line.text[head.start("name") : end])
        letters = sum(c.isalpha() for c in name)
        if letters < 6 or any(c.isdigit() for c in name) or self.words.not_seller.search(name.upper()):
            return None
        return name

    # --- shared ------------------------------------------------------------------------------------------------------

    def _below(self, line: PartyLine, reach: float) -> PartyLine | None:
        """Return the nearest line below that begins where a line begins, or stands in its middle."""
        for number in range(line.row + 1, line.row + 7):
            for other in self.by_row.get(number, ()):
                if other.page != line.page or other.number in self.used:
                    continue
                gap = other.box[1] - line.box[3]
                if gap > reach * max(line.height, other.height):
                    return None
                if _aligned(line, other):
                    return other
        return None

    def _column(self, first: PartyLine, text: str = "") -> list[PartyLine]:
        """Return the lines that follow a line closely, each beginning, ending or centred where the one above is."""
        found: list[PartyLine] = []
        last = first
        start = first.box[2] - (first.box[2] - first.box[0]) * len(text) / max(len(first.text), 1) if text else None
        while len(found) < REACH:
            following = None
            for number in range(last.row + 1, last.row + 5):
                for other in sorted(self.by_row.get(number, ()), key=lambda one: abs(one.box[0] - last.box[0])):
                    if other.page != first.page or other.number in self.used:
                        continue
                    near = _aligned(last, other) or (
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


_INNER_LABEL = re.compile(r"\s+[^\W\d]{3,12}:\s*")
"""A label inside a line: `Milano Provincia: MI`."""
_BULLETS = frozenset({"●", "•", "·", "|", "/", "-", "–", "—", "*"})
_HEAD = re.compile(
    r"(?:REGISTERED (?:OFFICE|NAME|COMPANY)\W+|SOCIETE\W+|FIRMA\W+|(?:C|\(C\)|©) ?\d{4} )?(?P<name>[^|·•●;:]*?)\W*$"
)


def _aligned(a: PartyLine, b: PartyLine) -> bool:
    """Say whether one line begins, ends or stands in the middle where another does; both may share the column."""
    room = 0.9 * max(a.height, b.height)
    left, right = abs(a.box[0] - b.box[0]), abs(a.box[2] - b.box[2])
    middle = abs((a.box[0] + a.box[2]) - (b.box[0] + b.box[2])) / 2
    return left < room or right < 0.5 * room or middle < 0.5 * room


def _with_text(line: PartyLine, text: str, words: SharedWords) -> PartyLine:
    """Return a line that says what stands behind its label."""
    folded = fold(text)
    kind = (
        LineKind.TEXT if line.kind in (LineKind.LABEL, LineKind.COURTESY, LineKind.TITLE, LineKind.WORD) else line.kind
    )
    return PartyLine(line.number, line.cells, text, folded, line.box, place_kind(words, folded) or kind)


def _as_rest(line: PartyLine) -> PartyLine:
    kind = line.kind if line.kind in (LineKind.CONTACT, LineKind.TAX, LineKind.BANK) else LineKind.LABEL
    return PartyLine(line.number, line.cells, line.text, line.folded, line.box, kind)
