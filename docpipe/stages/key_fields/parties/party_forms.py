"""A party's details set as a form: `Name:` and `Address:` below the word that names the party, values right of them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from docpipe.stages.key_fields.parties.line_roles import ENDS, LineKind, PartyLine, Role, with_text
from docpipe.stages.key_fields.parties.page_lines import PageLines

ROWS = 13
"""A form ends at most so many rows below the word over it."""
GAP = 4.5
"""Two labels of a form stand at most so many heights apart."""
ALIGNED = 1.5
"""Labels, and values, begin within so many heights of each other."""

_POSTCODE = re.compile(r"(?:[A-Z]{1,2}[- ])?\d{4,5}")
"""A postcode alone, with a country's letters before it perhaps."""
_INNER_LABEL = re.compile(r"\s+[^\W\d]{3,12}:\s*")
"""A label inside a line: `Milano Provincia: MI`."""


class PartyForm:
    """Reads the form below a word row by row."""

    def __init__(self, lines: PageLines, anchor: PartyLine) -> None:
        self._lines = lines
        self._anchor = anchor
        others = [line.box[0] for line in lines.by_row[anchor.row] if line.box[0] > anchor.box[2]]
        self._limit = min((x - anchor.height for x in others), default=math.inf)
        self._found: list[PartyLine] = []
        self._rest: list[PartyLine] = []
        """Lines of tax numbers, telephones, banks and other labels."""
        self._above_first: PartyLine | None = None
        self._places: list[float] = []
        """Where values begin, in pixels from the left."""
        self._last_seen = anchor
        self._open_address = False
        """The label of the address had no value beside it."""

    def read(self) -> list[PartyLine]:
        """Return what stands right of the labels, and mark it as used; nothing where there is no form.

        Lines right of no label go on with the line above; one just above the first belongs to it.
        """
        for number in range(self._anchor.row + 1, self._anchor.row + ROWS + 1):
            row = [line for line in self._lines.by_row.get(number, ()) if line.page == self._anchor.page]
            if row and not self._take_row(row):
                break
        found = [line for line in self._with_postcodes() if sum(c.isalpha() for c in line.text) >= 2]
        found += self._rest if found else []
        self._lines.used.update(line.number for line in found)
        return found

    def _with_postcodes(self) -> list[PartyLine]:
        """Return the values with a postcode that has a label of its own in one line with its town:
        `PLZ: 50859`, `Ort: Quellingen`.
        """
        found: list[PartyLine] = []
        code = ""
        for line in self._found:
            alone = _POSTCODE.fullmatch(line.text.strip())
            town = line.kind is LineKind.TEXT and len(found) > 0 and not any(c.isdigit() for c in line.text)
            if alone is not None:
                code = alone.group()
            else:
                found.append(with_text(line, f"{code} {line.text}", self._lines.words) if code and town else line)
                code = ""
        return found

    def _take_row(self, row: Sequence[PartyLine]) -> bool:
        """Take what a row has of the form; False where the form ends above it."""
        left, height = self._anchor.box[0], self._anchor.height
        head = next((line for line in row if abs(line.box[0] - left) < ALIGNED * height), None)
        if head is not None and self._is_beyond(head):
            return False
        values = [
            line
            for line in row
            if line is not head and left < line.box[0] < self._limit and line.number not in self._lines.used
            and (not self._places or abs(line.box[0] - self._places[-1]) < ALIGNED * line.height)
        ]  # fmt: skip
        if head is None:
            self._take_unlabelled(values)
            return True
        self._last_seen = head
        if head.kind is LineKind.LABEL or self._names(head) or self._places_address(head):
            self._take_labelled(head, values)
        elif self._open_address and head.kind in (LineKind.TEXT, LineKind.STREET, LineKind.TOWN, LineKind.COUNTRY):
            self._found.append(head)  # the address stands below its label, or goes on there
        elif head.kind in (LineKind.TAX, LineKind.CONTACT, LineKind.BANK):
            self._rest.append(head)
        else:
            return head.kind is LineKind.ANCHOR
        return True

    def _is_beyond(self, head: PartyLine) -> bool:
        """Say whether a line stands too far below the last one, or is the word over the next party."""
        if head.box[1] - self._last_seen.box[3] > GAP * self._anchor.height:
            return True
        return head.kind is LineKind.ANCHOR and not (head.role is Role.OTHER and ":" in head.text)

    def _take_unlabelled(self, values: Sequence[PartyLine]) -> None:
        if not values or values[0].kind in ENDS:
            return
        value = values[0]
        if value.box[1] - self._last_seen.box[3] >= 3 * self._anchor.height:
            return
        if not self._found:
            self._above_first = value
            return
        self._found.append(value)
        self._places.append(value.box[0])
        self._last_seen = value

    def _take_labelled(self, head: PartyLine, values: Sequence[PartyLine]) -> None:
        names, address = self._names(head), self._places_address(head)
        text = re.sub(r"^[^:]{1,40}:\s*", "", head.text) if ":" in head.text.rstrip(" :") else ""
        self._open_address = address and not values
        if (names or address) and text:
            self._found.append(with_text(head, _INNER_LABEL.sub(" ", text), self._lines.words))
        elif (names or address) and values:
            self._add_value(values[0], names)
        elif not self._open_address:
            self._rest += [self._as_rest(line) for line in (head, *values)]

    def _add_value(self, line: PartyLine, names: bool) -> None:
        """Take a value, the first one with the line just above it; a name on two lines is joined."""
        value = with_text(line, line.text.lstrip(" :"), self._lines.words)
        self._places.append(value.box[0])
        above = self._above_first if not self._found else None
        beside = above is not None and abs(above.box[0] - value.box[0]) < ALIGNED * value.height
        if above is None or not beside or value.box[1] - above.box[3] >= 0.8 * value.height:
            self._found.append(value)
        elif names and above.kind in (LineKind.TEXT, LineKind.COURTESY):  # `Herrn` over the name, in one field
            self._found.append(with_text(value, f"{above.text} {value.text}", self._lines.words))
        else:
            self._found += [above, value]

    def _names(self, head: PartyLine) -> bool:
        return self._lines.is_labelled(head, "name")

    def _places_address(self, head: PartyLine) -> bool:
        return self._lines.is_labelled(head, "address")

    def _as_rest(self, line: PartyLine) -> PartyLine:
        """Return a line that is no name or address, as what it tells of the party: its tax number, or only a label."""
        page = self._lines.page
        tax = any(hit.owner.endswith(".tax_id") for cell in line.cells for hit in page.hits[cell.index])
        kind = line.kind if line.kind in (LineKind.CONTACT, LineKind.TAX, LineKind.BANK) else LineKind.LABEL
        kind = LineKind.TAX if tax and kind is LineKind.LABEL else kind
        return PartyLine(line.number, line.cells, line.text, line.folded, line.box, kind)
