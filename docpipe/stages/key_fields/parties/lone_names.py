"""Names without an address of their own: logos, names beside addresses, before numbers of registers, over footers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from docpipe.stages.key_fields.parties.inline_addresses import find_address
from docpipe.stages.key_fields.parties.line_roles import LARGER, LONGEST_LINE, LineKind, PartyLine, may_be_name
from docpipe.stages.key_fields.parties.page_lines import FOOT, PageLines
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.postal import strip_heading_name
from docpipe.stages.key_fields.shared_words import SharedWords

HEAD = 0.2
"""A letterhead ends above this share of a page."""
YEAR = 4
"""A name has at most so many digits: a year, a number of the trade."""
_HEAD = re.compile(
    r"(?:REGISTERED (?:OFFICE|NAME|COMPANY)\W+|SOCIETE\W+|FIRMA\W+|(?:C|\(C\)|©) ?\d{4} )?(?P<name>[^|·•●;:]*?)\W*$"
)
_SENTENCE = re.compile(r"\b(?:IS|ARE|IST|EST|E UN|ES UN|IS EEN)\b")
FORM_APART = re.compile(r"\s+[-–—]\s+[^-–—]{2,12}$")
"""A legal form behind a dash tells what the firm is: `Menuiserie Le Goff - SARL au capital de`."""


class LoneNames(PageLines):
    """Finds names that stand alone, once the blocks with addresses have taken their lines."""

    def names_alone(self) -> Iterator[PartyBlock]:
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
                        one for one in self.column(line) if one.kind in (LineKind.CONTACT, LineKind.TAX, LineKind.BANK)
                    ]
                    yield PartyBlock(strip_heading_name(line.text), (line,), "logo" if large else "top", rest=rest)
        for line in self.lines:
            if line.number not in self.used and (found := name_before_register(line, self.words)):
                self.used.add(line.number)
                parts = find_address(found[1], self.words) or ()
                yield PartyBlock(found[0], (line,), "small_print", parts=parts, complete=bool(parts))
        yield from self._footer_columns()

    def names_beside(self, blocks: Sequence[PartyBlock]) -> Iterator[PartyBlock]:
        """Give addresses that stand alone to the name beside them; yield names that were found thereby.

        A head in columns: the name, right of it the address, right of that the telephone.
        """
        for street in [line for line in self.lines if line.kind in (LineKind.STREET, LineKind.TOWN)]:
            y = street.box[1] / self.heights[street.page]
            if street.number in self.used or street.page != self.first_page or 0.35 < y < FOOT:
                continue
            column = [street, *self.column(street)]
            town = next((n for n, one in enumerate(column[:5]) if one.kind is LineKind.TOWN), None)
            if town is None:
                continue
            end = town + 1
            if end < len(column) and column[end].kind is LineKind.COUNTRY:
                end += 1
            address = column[:end]
            block = self._beside(blocks, street, address) or (self._logo(blocks) if y >= FOOT or y < HEAD else None)
            if block is None:
                continue
            self.used.update(line.number for line in address)
            block.address, block.complete = address, True
            if block not in blocks:
                self.used.update(line.number for line in block.names)
                yield block

    def _logo(self, blocks: Sequence[PartyBlock]) -> PartyBlock | None:
        """Return the block of the logo where it is the only one without an address: the one in the foot is its own."""
        bare = [block for block in blocks if block.role is None and not block.address and not block.parts]
        return bare[0] if len(bare) == 1 and bare[0].place == "logo" else None

    def _beside(
        self, blocks: Sequence[PartyBlock], street: PartyLine, address: Sequence[PartyLine]
    ) -> PartyBlock | None:
        """Return the block of the nearest name left of an address, on its rows or just over them; it has no address."""
        top, bottom = street.box[1] - 2.5 * street.height, address[-1].box[3]
        found: list[tuple[float, PartyBlock]] = []
        for line in self.lines:
            if line.page != street.page or not line.box[1] < bottom or not line.box[3] > top:
                continue
            gap = street.box[0] - line.box[2]
            if gap < 0:
                continue
            known = next((b for b in blocks if line.number in {one.number for one in b.names}), None)
            if known is not None and known.role is None and not known.address and not known.parts:
                found.append((gap, known))
            elif known is None and line.number not in self.used and self._may_be_party(line):
                found.append((gap, PartyBlock(strip_heading_name(line.text), (line,), self.place_of(line))))
        return min(found, key=lambda pair: pair[0])[1] if found else None

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
            column = self.column(line)
            known = [one for one in column if one.kind in (LineKind.TAX, LineKind.BANK, LineKind.CONTACT)]
            legal = self.words.legal_forms.search(line.folded) is not None
            registered = any(self.words.registered.search(one.folded) for one in column)
            if legal and (registered or known):
                self.used.add(line.number)
                yield PartyBlock(strip_heading_name(line.text), (line,), "small_print", rest=known)

    def _may_be_party(self, line: PartyLine) -> bool:
        return may_be_name(self.page, line) and self.words.not_seller.search(line.folded) is None


def name_before_register(line: PartyLine, words: SharedWords) -> tuple[str, str] | None:
    """Return the name with a legal form at the beginning of a line that goes on with numbers of registers, and
    what stands behind the name."""
    register = words.registered.search(line.folded[:LONGEST_LINE])
    if register is None or register.start() < 4:
        return None
    form = words.legal_forms.search(line.folded)
    if form is None or form.end() > min(register.start() + 1, 70):
        return None
    end = form.end()
    while (further := words.legal_forms.search(line.folded, end)) and further.start() - end <= 8:
        if _SENTENCE.search(line.folded, end, further.start()):
            break  # `Ashworth LLP is a limited liability partnership`
        end = further.end()  # GmbH & Co. KG
    head = _HEAD.match(line.folded[:end])
    if head is None:
        return None
    name = strip_heading_name(FORM_APART.sub("", line.text[head.start("name") : end]))
    letters = sum(c.isalpha() for c in name)
    if letters < 6 or sum(c.isdigit() for c in name) > YEAR or words.not_seller.search(name.upper()):
        return None
    return name, line.text[end:].lstrip(" .,;-–—|")
