"""Finds the blocks of names and addresses by geometry: under words, in letterheads, windows, lines and footers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.parties.address_columns import AddressColumns
from docpipe.stages.key_fields.parties.detail_forms import DetailForms
from docpipe.stages.key_fields.parties.evidence import domains_in, is_domain_of
from docpipe.stages.key_fields.parties.inline_addresses import cut_to_address
from docpipe.stages.key_fields.parties.line_roles import (
    ENDS,
    LARGER,
    LineKind,
    PartyLine,
    Role,
    may_be_name,
    with_text,
)
from docpipe.stages.key_fields.parties.lone_names import LoneNames
from docpipe.stages.key_fields.parties.page_lines import FOOT, STEP, PageLines
from docpipe.stages.key_fields.parties.party_blocks import BlockReader, PartyBlock
from docpipe.stages.key_fields.parties.party_forms import PartyForm
from docpipe.stages.key_fields.postal import sender_parts
from docpipe.values.text import fold, letters_digits

BESIDE = 26.0
"""A name stands at most so many heights right of the word that names its party."""
SAME_ROW = 8.0
"""Labels of one address in a row (`Street: … Town: …`) are apart by at most so many heights."""
BELOW = 4.0
"""And at most so many heights below it."""


SHORT_WORD = 4
"""A word of so few letters for a party is a heading, where headings stand beside it."""
COLUMNS = 2
"""A word beside so many headings of columns is one of them."""
SLIP = 6.0
"""`To` stands at most so many heights below the title of a payment slip."""


class Finder(PageLines):
    """Finds the blocks of a document. Lines that belong to a block are not used for another."""

    def __init__(self, page: PageView, lines: Sequence[PartyLine]) -> None:
        super().__init__(page, lines, set())
        self.reader = BlockReader(page)

    def find(self) -> list[PartyBlock]:
        """Return all blocks in the order in which they stand on the page."""
        lone = LoneNames(self.page, self.lines, self.used)
        forms = DetailForms(self.page, self.lines, self.used)
        blocks = [*forms.find(), *self._sender_lines(), *AddressColumns(self).find(), *self._find_labelled()]
        blocks += [*self._addresses(), *lone.names_alone()]
        blocks += lone.names_beside(blocks)
        return sorted(blocks, key=lambda block: block.first.number)

    # --- a line that holds name, street and town ---------------------------------------------------------------------

    def _sender_lines(self) -> Iterator[PartyBlock]:
        for line in self._whole_rows():
            if line.kind is LineKind.ANCHOR:
                continue
            parts = sender_parts(line.text, self.words)
            if parts is None or self.words.not_seller.search(parts[0].upper()) or self._goes_with_name(line, parts[0]):
                continue
            payee = self.page.compiled.parties.payee
            if payee is not None and payee.search(fold(parts[0])):
                continue  # `Please make checks payable to Alder Holdings LLC, Lockbox 771, Portland, OR 97201`
            self.used.update(self._numbers(line))
            y = line.box[1] / self.heights[line.page]
            place = "footer" if y > FOOT else "letterhead" if y < 0.09 else "sender_line"
            yield PartyBlock(parts[0], (line,), place, parts=tuple(parts[1:]), complete=True)

    def _goes_with_name(self, line: PartyLine, head: str) -> bool:
        """Say whether a line of an address begins with a building, not a name: right under the name, centred with it.

        `Thorne & Pike` over `The Old Forge, Mill Lane, Otley LS21 3AB`.
        """
        folded = fold(head)
        if self.words.legal_forms.search(folded):
            return False
        words = set(re.findall(r"[A-Z0-9]{4,}", folded))
        below = line
        for other in reversed(self.lines[: line.number]):
            gap = below.box[1] - other.box[3]
            if other.page != line.page or gap > STEP * line.height or other.kind is not LineKind.TEXT:
                break
            below = other
            middle = abs((other.box[0] + other.box[2]) - (line.box[0] + line.box[2])) / 2
            centred = middle < line.height and abs(other.box[0] - line.box[0]) > line.height
            if not centred or words & set(re.findall(r"[A-Z0-9]{4,}", other.folded)):
                return False
            if other.height > LARGER * line.height and may_be_name(self.page, other):
                return True
        return False

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

    def _find_labelled(self) -> Iterator[PartyBlock]:
        for anchor in [line for line in self.lines if line.kind is LineKind.ANCHOR and line.number not in self.used]:
            self.used.add(anchor.number)
            assert anchor.role is not None
            if self._heads_column(anchor):
                continue
            if anchor.rest:
                start = PartyLine(
                    anchor.number, anchor.cells, anchor.rest, anchor.folded[len(anchor.text) - len(anchor.rest) :],
                    anchor.box, LineKind.TEXT,
                )  # fmt: skip
                lines = [start, *self.column(anchor, start.text)]
            else:
                lines = self._under(anchor)
                if not lines or lines[0].kind in ENDS:
                    lines = self._right(anchor) or lines
            if lines and _SAME.match(lines[0].folded):
                self.used.add(lines[0].number)  # `Same as consignee` names nobody
            elif lines:
                lines = self._add_rows(lines)
                block = self.reader.read([self._cut_label(line) for line in lines], "label", anchored=True)
                if block is not None and (anchor.role is not Role.OTHER or block.address or block.parts):
                    payee = self._is_holder(anchor, block) or self._is_on_slip(anchor)
                    block.role = Role.PAYEE if payee else anchor.role
                    self.used.update(line.number for line in block.lines)
                    yield block

    def _heads_column(self, anchor: PartyLine) -> bool:
        """Say whether a word stands in a row of headings, with a number right below it: a customer's."""
        below = self.below(anchor, 2.0)
        row = [line for line in self.by_row[anchor.row] if line.kind in (LineKind.LABEL, LineKind.TITLE)]
        short = len(anchor.text.strip(" :")) <= SHORT_WORD and len(self.by_row[anchor.row]) > 3  # `Date To Charge`
        headings = sum(line is not anchor and self._is_heading(line) for line in self.by_row[anchor.row])
        short = short or headings >= COLUMNS  # `Patient / Service  Qty  Price`
        return not anchor.rest and (short or (below is not None and below.kind is LineKind.NUMBER and len(row) > 1))

    def _is_heading(self, line: PartyLine) -> bool:
        """Say whether a line heads a column of goods, and is no label with a colon and no value."""
        plain = not line.text.rstrip().endswith(":") and not any(c.isdigit() for c in line.text)
        return plain and bool(self.page.compiled.columns.hits(line.folded))

    def _is_on_slip(self, anchor: PartyLine) -> bool:
        """Say whether a word for the buyer stands under the title of a payment slip: it names who is paid."""
        if anchor.role is not Role.BUYER or not anchor.folded.startswith("TO") or self.place_of(anchor) == "top":
            return False
        above = [line for line in self.lines[max(0, anchor.number - 8) : anchor.number] if line.page == anchor.page]
        return any(
            self.words.payment_slip.search(line.folded) and anchor.box[1] - line.box[3] < SLIP * line.height
            for line in above
        )

    def _add_rows(self, lines: Sequence[PartyLine]) -> list[PartyLine]:
        """Return the lines of a block with those right of a labelled one that a label of an address goes on in."""
        found: list[PartyLine] = []
        for line in lines:
            found.append(line)
            if not self.is_labelled(line, "address"):
                continue
            for other in self.by_row.get(line.row, ()):
                near = 0 < other.box[0] - found[-1].box[2] < SAME_ROW * line.height
                if near and other.number not in self.used and self.is_labelled(other, "address"):
                    found.append(other)
        return found

    def _is_holder(self, anchor: PartyLine, block: PartyBlock) -> bool:
        """Say whether a word names whose account it is, not the buyer: bank lines stand around it, and no address."""
        if anchor.role is not Role.BUYER or block.address or block.parts:
            return False
        around = [
            line for n in (-2, -1, 0, 1, 2) for line in self.by_row.get(anchor.row + n, ()) if n or line is not anchor
        ]
        return any(
            line.kind is LineKind.BANK and abs(line.box[0] - anchor.box[0]) < 12 * anchor.height for line in around
        )

    def _labels_alike(self, anchor: PartyLine, below: PartyLine) -> bool:
        """Say whether a word such as `Attention` has its value where that of the word above it stands."""
        if below.kind is not LineKind.COURTESY:
            return False
        values = [
            min((other.box[0] for other in self.by_row[line.row] if other.box[0] > line.box[2]), default=None)
            for line in (anchor, below)
        ]
        one, other = values
        return one is not None and other is not None and abs(one - other) < anchor.height

    def _under(self, anchor: PartyLine) -> list[PartyLine]:
        """Return the lines of the column right below a word."""
        below = self.below(anchor, BELOW)
        if below is None or below.kind in (LineKind.ANCHOR, LineKind.TITLE):
            return PartyForm(self, anchor).read() if below is None or below.role is Role.OTHER else []
        labelled = self.is_labelled(below, "name")
        if not labelled and (self.is_labelled(below, "address") or self._labels_alike(anchor, below)):
            return []  # the name stands right of the word
        if (labelled or below.kind in (LineKind.LABEL, LineKind.NUMBER, LineKind.TAX)) and (
            form := PartyForm(self, anchor).read()
        ):
            return form
        if labelled:
            return []
        return [below, *self.column(below)]

    def _cut_label(self, line: PartyLine) -> PartyLine:
        """Return a line without the label inside it: `Address: 12 Mill Lane`, `Name: Tarn Hows Ltd`."""
        if not (self.is_labelled(line, "name") or self.is_labelled(line, "address")):
            return line
        text = re.sub(r"^[^:]{1,40}:\s*", "", line.text)
        return line if text == line.text or not text else with_text(line, text, self.words)

    def _right(self, anchor: PartyLine) -> list[PartyLine]:
        """Return the line right of a word, with those below it that begin where it begins."""
        beside = [
            line for line in self.by_row[anchor.row] if line.box[0] > anchor.box[2] and line.number not in self.used
        ]
        first = next(iter(beside), None)
        if first is None or first.box[0] - anchor.box[2] > BESIDE * anchor.height or first.kind in ENDS:
            return []
        column = [first, *self._until_next_word(anchor, self.column(first))]
        if len(column) == 1 and (below := self.below(first, 3.0)) is not None and below.kind not in ENDS:
            column += self._until_next_word(anchor, [below, *self.column(below)])  # the name stands apart
        return column

    def _until_next_word(self, anchor: PartyLine, lines: Sequence[PartyLine]) -> list[PartyLine]:
        """Return the lines right of a word above the row of the next label under it that is none of its form's."""
        rows = [
            line.row for line in self.lines
            if line.kind in (LineKind.ANCHOR, LineKind.LABEL, LineKind.TITLE)
            and line.page == anchor.page and line.row > anchor.row
            and abs(line.box[0] - anchor.box[0]) < 1.5 * anchor.height
            and not self.is_labelled(line, "address") and not self.is_labelled(line, "name")
        ]  # fmt: skip
        end = min(rows, default=None)
        return [line for line in lines if end is None or line.row < end]

    # --- addresses without a word over them --------------------------------------------------------------------------

    def _addresses(self) -> Iterator[PartyBlock]:
        senders = [line for line in self.lines if line.page == self.first_page and self._is_sender(line)]
        for line in self.lines:
            if line.number in self.used or line.kind not in (LineKind.TEXT, LineKind.COURTESY):
                continue
            if line.kind is LineKind.TEXT and not may_be_name(self.page, line):
                continue
            column = [cut_to_address(self._cut_label(one), self.words) for one in (line, *self.column(line))]
            town = next((n for n, one in enumerate(column) if one.kind is LineKind.TOWN), None)
            if town is None:
                inline = self._inline_address(column)
                if inline is None:
                    continue
                town = inline
            start = self._name_above(column, town)
            if column[start + 1 : start + 2] and not any(c.isalpha() for c in column[start + 1].text):
                continue  # a town over its postcode is no name over its address
            block = self.reader.read(column[start:], self.place_of(column[start]), anchored=False)
            if block is None or not block.address:
                continue
            block.under_sender = any(self._under_line(block.first, sender) for sender in senders)
            if block.under_sender:
                block.place = "window"
            self.used.update(one.number for one in block.lines)
            yield block
        yield from self._under_words()

    def _under_words(self) -> Iterator[PartyBlock]:
        """Yield blocks whose name holds a word or number that names mostly do without: `Strata Plan 40221`."""
        for line in self.lines:
            if line.number in self.used or line.kind is not LineKind.WORD or len(line.text) > 60 or ":" in line.text:
                continue
            column = self.column(line)
            kinds = [one.kind for one in column[:3]]
            top = self.place_of(line) == "top"
            if not top or not kinds or kinds[0] is not LineKind.STREET or LineKind.TOWN not in kinds:
                continue
            block = self.reader.read([with_text(line, line.text, self.words), *column], "top", anchored=True)
            if block is not None and block.complete:
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
            if (
                number
                and self.words.standing.search(column[number].folded)
                and may_be_name(self.page, column[number - 1])
            ):
                continue  # `SARL au capital de 8 000 €` under the name
            if kind in ENDS and not (reaches and not any(may_be_name(self.page, c) for c in column[number + 1 : town])):
                start = number + 1
        start = self._reached(column, start, town)
        big = [column[n].height > LARGER * column[town].height for n in range(start, town)]
        if len(big) >= 2 and big[0] and not big[1] and self._names_again(column[start], column[start + 1]):
            start += 1  # a logo over the address that names the firm again
        elif len(big) >= 2 and big[0] and not any(big[1:]) and self._stands_with_address(column[start]):
            names = [n for n in range(start + 1, town) if may_be_name(self.page, column[n])]
            start = names[-1] if names else start  # the logo's firm has another address; this one is somebody else's
        return min(start, max(town - 1, 0))

    def _reached(self, column: Sequence[PartyLine], start: int, town: int) -> int:
        """Return the line that the mail or web address below the address has, where the first one is something else:
        what the document is about.
        """
        domains = [domain for line in column[town:] for domain in domains_in(line.folded)]
        own = [n for n in range(start, town) if any(is_domain_of(domain, column[n].text) for domain in domains)]
        return own[0] if own and column[own[0]].kind is LineKind.TEXT else start

    def _stands_with_address(self, logo: PartyLine) -> bool:
        """Say whether the name of a logo stands on the page again, right over a street."""
        key = letters_digits(logo.text)
        return any(
            line is not logo and line.page == logo.page and letters_digits(line.text).startswith(key)
            and (under := self.below(line, 2.0)) is not None and under.kind in (LineKind.STREET, LineKind.TOWN)
            for line in self.lines
        )  # fmt: skip

    def _names_again(self, logo: PartyLine, line: PartyLine) -> bool:
        """Say whether a line below large letters names a firm, not its trade: with a legal form, or a word of them."""
        words = set(re.findall(r"[A-Z0-9]{4,}", logo.folded))
        if not may_be_name(self.page, line) or self._is_person(line) or line.text[:1].islower():
            return False  # `di Bruno Neri & C. S.n.c.` goes on with the name above
        legal = self.words.legal_forms.search(line.folded) and not self.words.legal_forms.search(logo.folded)
        return bool(legal) or bool(words & set(re.findall(r"[A-Z0-9]{4,}", line.folded)))

    def _is_person(self, line: PartyLine) -> bool:
        """Say whether a line names a person by a form of address: `Avv. Ester Bongiovanni`."""
        return self.words.forms.search(line.folded) is not None and not self.words.legal_forms.search(line.folded)

    def _inline_address(self, column: Sequence[PartyLine]) -> int | None:
        """Return the line of a street with its town, where there is no postcode: right below a name at the top."""
        if len(column) < 2 or column[0].kind is not LineKind.TEXT:
            return None
        below = column[1]
        legal = self.words.legal_forms.search(column[0].folded) is not None
        large = column[0].height > 1.2 * below.height
        top = column[0].box[1] < 0.16 * self.heights[column[0].page]
        return 1 if below.kind is LineKind.STREET and top and (legal or large or "," in below.text) else None


_SAME = re.compile(r"\W*(?:SAME AS|(?:SAME )?AS ABOVE|IDEM|WIE OBEN|SIEHE OBEN|VOIR CI-DESSUS|COME SOPRA)\b")
"""What stands under a word for a party that another block names."""
_BULLETS = frozenset({"●", "•", "·", "|", "/", "-", "–", "—", "*"})
