"""Addresses in columns under the name of a firm, each under its kind: `Physical Address`, `Postal Address`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine, may_be_name
from docpipe.stages.key_fields.parties.page_lines import PageLines
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.postal import strip_heading_name

ABOVE = 5
"""At most so many lines stand between a firm's name and the kinds of its addresses."""
_POSTCODE = re.compile(r"\d{4,6}")
_PLACES = frozenset({LineKind.TEXT, LineKind.STREET, LineKind.TOWN, LineKind.COUNTRY, LineKind.WORD})
_BESIDE = frozenset({LineKind.TAX, LineKind.LABEL, LineKind.CONTACT, LineKind.NUMBER, LineKind.BANK})


class AddressColumns:
    """Finds firms whose addresses stand side by side under words for their kinds."""

    def __init__(self, lines: PageLines) -> None:
        self._lines = lines
        self._words = lines.page.compiled.shared

    def find(self) -> Iterator[PartyBlock]:
        """Yield a block for each address of a firm: the first kind of the rule file first, a street before a box."""
        for row in self._lines.by_row.values():
            labels = [line for line in row if self._words.address_kinds.search(line.folded)]
            free = [line for line in labels if line.number not in self._lines.used]
            name = self._name_above(min(free, key=lambda line: line.box[0])) if free else None
            if name is None:
                continue
            found = [address for label in free if (address := self._address(label))]
            known = [line for line in self._lines.lines if self._tells_of(name, line, free[0])]
            self._lines.used.update(line.number for line in (name, *free, *known))
            for address in sorted(found, key=self._is_box):
                self._lines.used.update(line.number for line in address)
                yield PartyBlock(
                    strip_heading_name(name.text), (name,), self._lines.place_of(name), address=address, rest=known,
                    complete=address[-1].kind is LineKind.TOWN,
                )  # fmt: skip

    def _name_above(self, label: PartyLine) -> PartyLine | None:
        """Return the nearest line over a label that may name a firm and begins where the label does."""
        for line in reversed(self._lines.lines[: label.number]):
            begins = abs(line.box[0] - label.box[0]) < label.height
            if line.page != label.page or label.box[1] - line.box[3] > ABOVE * label.height:
                return None
            if begins and line.number not in self._lines.used and line.kind not in _BESIDE:
                return line if may_be_name(self._lines.page, line) else None
        return None

    def _tells_of(self, name: PartyLine, line: PartyLine, label: PartyLine) -> bool:
        """Say whether a line of numbers stands beside a firm's name or between it and its addresses."""
        between = name.box[1] - name.height < line.box[1] < label.box[1] - 0.5 * label.height
        return line.page == name.page and between and line.kind in _BESIDE and line.number not in self._lines.used

    def _address(self, label: PartyLine) -> list[PartyLine]:
        """Return the lines of an address right below its kind, up to its postcode."""
        found: list[PartyLine] = []
        for line in self._lines.column(label):
            if line.kind is LineKind.NUMBER and _POSTCODE.fullmatch(line.text) and found:
                return [*found, line.as_kind(LineKind.TOWN)]
            if line.kind not in _PLACES:
                break
            found.append(line)
            if line.kind is LineKind.TOWN:
                break
        return found

    @staticmethod
    def _is_box(address: Sequence[PartyLine]) -> bool:
        return PartyBlock("", (), "", address=list(address)).is_box
