"""A name with its address: what a block is, and how the lines of one are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.parties.inline_addresses import cut_to_address, ends_address
from docpipe.stages.key_fields.parties.line_roles import (
    ENDS,
    LineKind,
    PartyLine,
    Role,
    may_be_name,
    with_text,
)
from docpipe.stages.key_fields.parties.name_lines import holds_words, is_one_style, join_lines
from docpipe.stages.key_fields.postal import sender_parts, strip_heading_name
from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.identifiers import vat_country
from docpipe.values.text import fold, letters_digits

WRAPPED = 3
"""A name goes on in at most so many lines."""
MOST_LINES = 4
"""A name has at most so many lines."""
LARGE_NAME = 1.2
"""A name in large letters exceeds the line under it by this factor."""
PASSED = frozenset({LineKind.LABEL, LineKind.TAX, LineKind.NUMBER, LineKind.BANK})
"""What may stand between the word for a party and its name: a label, a number, the account of a payee."""
_PERSON = re.compile(r"(?:[A-ZÀ-Ž][^\W\d_]*[.'’-]?[^\W\d_]* ?){2,3}")
"""Two or three words with capital letters."""
_CIVIL = re.compile(r"\bS\. ?C\.?\W*$|\bSPOLKA CYWILNA\W*$")
_PARTNERS = re.compile(
    r"(?:[A-ZÀ-Ž][\w.'’-]* ){1,2}[A-ZÀ-Ž][\w'’-]+(?:(?:, ?| i )(?:[A-ZÀ-Ž][\w.'’-]* ){1,2}[A-ZÀ-Ž][\w'’-]+)+"
)
"""Two or more persons, whose names a firm under civil law bears."""
_REACHED = re.compile(
    r"[\s,;|·•(–-]+(?:Tel|Tél|Telephone|Telefon[eo]?|Téléphone|Phone|Ph|Fax|Fon)\b\.?\W*[+(]?\d.*$", re.IGNORECASE
)
"""A telephone behind an address in its line."""
_POST_BOX = re.compile(
    r"\b(?:P\.? ?O\.? ?BOX|POSTFACH|POSTBUS|PRIVATE BAG|LOCKED BAG|LOCK ?BOX|APARTADO|SKR\w*\.? POCZT\w*|CASELLA"
    r" POSTALE|BOITE POSTALE|BP|CS|TSA)\b"
)
_NUMBERS = re.compile(r"(?<!CEDEX )\b\d[\d-]*")
_CAPTION = re.compile(r"^[^\d:,]{2,30}\s?:\s+(?=\S)")
"""Words with a colon before a street: `Agence Nord : 12 rue Haute`."""
_QUOTES = "\"'„“”«»"
"""A firm's own name stands in quotation marks under the word for its trade."""
_AND_FIRST = re.compile(r"(?:AND|UND|EN|ET|Y|I|E) [A-Z]{3,}")
"""A line that begins with a word for `and` goes on with a name."""
_CODE_LAST = re.compile(r"\bC\.?E?P\.?:? ?\d{5}-?(?:\d{3})?\W*$")
_TOWN_STATE = re.compile(r"[A-Z][A-Z' .]{2,30} ?[-/,] ?[A-Z]{2}(?: ?[-/,] ?BRASIL)?")
_OF_OWNERS = re.compile(r"(?:di|DI) [A-Z]")
_PARTICLE_FIRST = re.compile(r"(?:(?:DEL|DE LA|DE LOS|DE LAS|DELLA|DELLE|DEGLI|DEI|DES|DU|DOS|DAS|DO|DA) |D')[A-Z]{3,}")
"""A line that begins so goes on with a name: `TRANSPORTES Y LOGÍSTICA` over `DEL CANTÁBRICO S.A.`"""
_TOWN_ALONE = re.compile(r"[A-Z][A-Z' .-]{2,24}(?:,? [A-Z]{2})?")


@dataclass
class PartyBlock:
    """One name on the page with what stands under it."""

    name: str
    names: tuple[PartyLine, ...]
    place: str
    """Where it was found: `label`, `window`, `letterhead`, `sender_line`, `footer`, `logo`, `small_print`."""
    role: Role | None = None
    address: list[PartyLine] = field(default_factory=list)
    rest: list[PartyLine] = field(default_factory=list)
    """What follows the address: telephone, mail, numbers."""
    complete: bool = False
    """Whether the address ends in a postcode and a town."""
    under_sender: bool = False
    courtesy: bool = False
    parts: tuple[str, ...] = ()
    """The address where it stands in one line with the name."""
    trade: str = ""
    """The name under which the firm trades, where the line says that it is one."""

    @property
    def first(self) -> PartyLine:
        return self.names[0]

    @property
    def lines(self) -> tuple[PartyLine, ...]:
        return (*self.names, *self.address, *self.rest)

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for line in self.names for cell in line.cells)

    @property
    def has_street(self) -> bool:
        """Whether the address has a house number beside the postcode, and no box of the post in its place."""
        text = fold(self.address_text)
        named = text.count(",") >= 2 and self.complete  # `The Old Forge, Mill Lane, Otley LS21 3AB`
        return not _POST_BOX.search(text) and (named or len(_NUMBERS.findall(text)) >= 2)

    @property
    def has_box(self) -> bool:
        """Whether a box of the post stands in the address."""
        return _POST_BOX.search(fold(self.address_text)) is not None

    @property
    def is_box(self) -> bool:
        """Whether the address is a box of the post, with no street before it."""
        found = _POST_BOX.search(fold(self.address_text))
        return found is not None and not any(c.isdigit() for c in self.address_text[: found.start()])

    @property
    def address_text(self) -> str:
        if self.parts:
            return ", ".join(_CAPTION.sub("", part) for part in self.parts)
        texts = (_REACHED.sub("", _CAPTION.sub("", line.text)) for line in self.address)
        return ", ".join(text for line in texts if (text := line.strip(" ,;|-–·•")))


class BlockReader:
    """Reads the lines of one block. Holds the page's words, and nothing of a block."""

    def __init__(self, page: PageView) -> None:
        self.page = page
        self.words = page.compiled.shared

    def read(self, lines: Sequence[PartyLine], place: str, *, anchored: bool) -> PartyBlock | None:
        """Return the block of a name's lines: what names it, its address, what follows; None where they name nobody."""
        said = [line for line in lines if line.kind in (LineKind.TAX, LineKind.CONTACT, LineKind.BANK)]
        lines = [cut_to_address(line, self.words) for line in lines]
        said = [line for line in said if line not in lines]
        courtesy = False
        number = 0
        while number < len(lines) and lines[number].kind is LineKind.COURTESY:
            courtesy = True
            number += 1
        over = number and number < len(lines) and lines[number].kind in (LineKind.STREET, LineKind.TOWN)
        if (over or (number and self._is_house_under(lines[number:]))) and self.words.forms.search(
            lines[number - 1].folded
        ):
            number -= 1  # `De heer J. de Wit` over the street
            lines[number] = with_text(lines[number], lines[number].text, self.words)
        passed: list[PartyLine] = []
        while anchored and number < len(lines) and lines[number].kind in PASSED:
            passed.append(lines[number])
            number += 1
        while number < len(lines) and self._is_name_label(lines[number]):
            number += 1
        if number >= len(lines):
            return None
        first = lines[number]
        named = may_be_name(self.page, first) or (
            anchored
            and first.kind in (LineKind.TEXT, LineKind.STREET, LineKind.TITLE, LineKind.COUNTRY, LineKind.WORD)
            and len(first.text) <= 90
        )
        letters = sum(c.isalpha() for c in first.text)
        if not named or letters < 2 or re.search(r":|\d[.,]\d\d\b", first.text):
            return None
        if sum(c.isdigit() for c in first.text) > letters:
            return None  # a document's number
        number += 1
        if self._is_person_above(first, lines[number:]):
            passed.append(first)
            first = lines[number]
            number += 1
        longer = lines[number] if number < len(lines) and may_be_name(self.page, lines[number]) else first
        if longer is not first and (longer.folded.startswith(first.folded) or holds_words(longer, first)):
            first = longer  # the trade name, then the legal name that begins with it
            number += 1
        names = [first]
        wrapped = self._wrapped_name(first, lines[number:]) or self._owner(first, lines[number:])
        wrapped = wrapped or self._last_word(first, lines[number:])
        names += wrapped
        number += len(wrapped)
        while number < len(lines) and (
            self._goes_on(names, lines[number])
            or self._goes_on_large(names, lines[number], lines[number + 1] if number + 1 < len(lines) else None)
        ):
            names.append(lines[number])
            number += 1
        name = strip_heading_name(join_lines(names))
        split = _split_off_address(name, self.words)
        block = PartyBlock(split[0], tuple(names), place, courtesy=courtesy)
        if split[1]:
            block.parts = split[1]
            block.complete = True
        block.rest += passed + said
        if self.words.forms.search(first.folded):
            block.courtesy = True
        self._read_address(block, lines[number:])
        return block

    def _read_address(self, block: PartyBlock, lines: Sequence[PartyLine]) -> None:
        done = bool(block.parts)
        for number, line in enumerate(lines):
            if not done and self._is_address_label(line):
                block.rest += block.address
                block.address = []
                continue
            if line.kind is LineKind.COURTESY and not done:
                block.courtesy = True
                continue
            if ends_address(line, block.address[-1] if block.address else None) and not done:
                block.address.append(line)
                done = block.complete = True
                continue
            if self._is_contact_label(line, block, lines[number + 1 :]):
                block.rest.append(line)
                continue
            if line.kind in ENDS:
                if line.kind in (LineKind.CONTACT, LineKind.TAX, LineKind.BANK) or self._is_buyers(line):
                    block.rest.append(line)
                    done = done or any(one.kind in (LineKind.STREET, LineKind.TOWN) for one in block.address)
                    continue
                break
            if done:
                if (
                    (line.kind is LineKind.COUNTRY or vat_country(line.text) == line.text)
                    and block.address
                    and number
                    and lines[number - 1] is block.address[-1]
                ):
                    block.address.append(line)
                    continue
                if number and lines[number - 1] is block.address[-1:][0] and _is_town_of(line, lines[number - 1]):
                    block.address.append(line)
                    continue
                break
            block.address.append(line)
            following = lines[number + 1] if number + 1 < len(lines) else None
            if (
                line.kind is LineKind.TOWN
                and following is not None
                and following.kind is LineKind.TOWN
                and (line.text[:1].isdigit() or self._is_street_over(line, following))
            ):
                continue  # a street whose number looks like a postcode
            if line.kind is LineKind.TOWN:
                done = block.complete = True
        if not block.complete and block.address:
            self._trim(block)
        street = next((n for n, line in enumerate(block.address) if line.kind in (LineKind.STREET, LineKind.TOWN)), 0)
        while street and self.words.building.search(block.address[street - 1].folded):
            street -= 1
        if street and (
            block.address[street].kind is LineKind.STREET
            or self._is_whole(block.address[street])
            or self.words.building.search(block.address[street].folded)
        ):  # a person, a department, a trade
            block.rest += block.address[:street]
            block.address = block.address[street:]
        while len(block.address) > 1 and self._is_aside(block.address[0]):
            block.rest.append(block.address.pop(0))

    def _is_contact_label(self, line: PartyLine, block: PartyBlock, below: Sequence[PartyLine]) -> bool:
        """Say whether a line is the label of a telephone amid a block whose street follows."""
        if line.kind is not LineKind.LABEL or any(one.kind is LineKind.STREET for one in block.address):
            return False
        row = " ".join(cell.folded for cell in self.page.layout.rows[line.row] if cell.box[0] >= line.box[0])
        return self.words.contact.search(row) is not None and any(
            one.kind in (LineKind.STREET, LineKind.TOWN) for one in below[:WRAPPED]
        )

    def _is_aside(self, line: PartyLine) -> bool:
        """Say whether a line is a department, a trade or a slogan with the year of founding, and no street."""
        words = self.words.not_place.search(line.folded) is not None and not any(c.isdigit() for c in line.text)
        words = words or self.words.founded.search(line.folded) is not None
        return words and line.kind in (LineKind.TEXT, LineKind.WORD) and not self.words.building.search(line.folded)

    def _is_house_under(self, lines: Sequence[PartyLine]) -> bool:
        """Say whether lines under a person's begin with a line before the street that is no firm's: a house."""
        if (
            len(lines) < 2
            or lines[0].kind is not LineKind.TEXT
            or lines[1].kind not in (LineKind.STREET, LineKind.TOWN)
        ):
            return False
        known = (self.words.legal_forms, self.words.forms, self.words.given_names)
        return not any(pattern.search(lines[0].folded) for pattern in known)

    def _is_person_above(self, line: PartyLine, below: Sequence[PartyLine]) -> bool:
        """Say whether a line is a person's over the firm's: two or three words, then a name with a legal form."""
        if len(below) < 2 or not may_be_name(self.page, below[0]) or not _PERSON.fullmatch(line.text):
            return False
        legal = self.words.legal_forms
        form = legal.search(below[0].folded)
        firm = form is not None and form.start() > 3
        alike = max(line.height, below[0].height) < 1.3 * min(line.height, below[0].height)
        placed = below[1].kind in (LineKind.STREET, LineKind.TOWN)
        if line.text.isupper() and not self.words.given_names.search(line.folded):
            return False  # `CABINET DENTAIRE` over `DR I. LAMBOTTE SRL`
        return firm and alike and placed and legal.search(line.folded) is None

    def _is_name_label(self, line: PartyLine) -> bool:
        """Say whether a line is no more than a word for a name: `Razón social` over the name itself."""
        pattern = self.page.compiled.parties.name_labels
        found = pattern.search(line.folded) if pattern is not None else None
        return found is not None and not line.folded[found.end() :].strip(" :")

    def _is_address_label(self, line: PartyLine) -> bool:
        """Say whether a line is no more than a word for an address: what stands above it is none."""
        pattern = self.page.compiled.parties.address_labels
        found = pattern.search(line.folded) if pattern is not None else None
        return found is not None and not line.folded[found.end() :].strip(" :")

    def _is_street_over(self, line: PartyLine, following: PartyLine) -> bool:
        """Say whether a line has its number amid words, and the line below begins with the postcode."""
        at, below = self.words.town.search(line.folded), self.words.town.search(following.folded)
        return at is not None and below is not None and at.start() > 3 and below.start() <= 1

    def _is_whole(self, line: PartyLine) -> bool:
        """Say whether a line that ends in a town begins with a street: `12 Mill Lane, Otley LS21 3AB`."""
        town = self.words.town.search(line.folded)
        head = line.folded[: town.start()] if town is not None else ""
        if town is not None and not head.strip() and "," in line.folded[town.end() :]:
            head = line.folded[town.end() :]  # `1080 Wien, Lerchenfelder Straße 66`
        parts = head.count(",") >= 2  # `The Old Forge, Mill Lane, Otley LS21 3AB`
        return parts or any(c.isdigit() for c in head) or self.words.street_words.search(head) is not None

    def _is_buyers(self, line: PartyLine) -> bool:
        pattern = self.page.compiled.parties.belongs_to_buyer
        return pattern is not None and pattern.search(line.folded) is not None

    def _trim(self, block: PartyBlock) -> None:
        """Keep of an address without a postcode what looks like one: from its street to a town in few words."""
        streets = [n for n, line in enumerate(block.address) if line.kind is LineKind.STREET]
        if not streets:
            block.address = []
            return
        keep = streets[-1] + 1
        while keep < len(block.address) and _TOWN_ALONE.fullmatch(block.address[keep].folded.strip(" ,.")):
            keep += 1
        block.address = block.address[:keep]

    def _wrapped_name(self, first: PartyLine, below: Sequence[PartyLine]) -> list[PartyLine]:
        """Return the lines in which a name goes on, up to one that ends in the legal form: where the page prints all
        of it in one piece elsewhere, or where the form stands alone in the last line.
        """
        legal = self.words.legal_forms
        if legal.search(first.folded) or not may_be_name(self.page, first):
            return []
        for number, line in enumerate(below[:WRAPPED]):
            if not may_be_name(self.page, line) or any(c.isdigit() for c in line.text):
                break
            form = legal.search(line.folded)
            if form is None:
                continue
            found = [*below[: number + 1]]
            alike = max(one.height for one in (first, *found)) < 1.3 * min(one.height for one in (first, *found))
            alone = number > 0 and form.start() <= 1 and alike and len(line.text) <= 28
            if alone or (number == 0 and is_one_style(first, line, self.words) and not self._is_name_label(first)):
                return found
            return found if self._is_printed(join_lines([first, *found]), [first, *found]) else []
        return []

    def _last_word(self, first: PartyLine, below: Sequence[PartyLine]) -> list[PartyLine]:
        """Return the line of a single word between a name and its street that had no room beside the name."""
        if len(below) < 2 or below[1].kind is not LineKind.STREET or self.words.legal_forms.search(first.folded):
            return []
        word = below[0]
        building = self.words.building.search(word.folded) is not None
        single = may_be_name(self.page, word) and word.text.isalpha() and word.text[:1].isupper() and not building
        alike = max(first.height, word.height) < 1.3 * min(first.height, word.height)
        widest = max(line.box[2] - line.box[0] for line in below)
        room = widest - (first.box[2] - first.box[0]) < word.box[2] - word.box[0]
        return [word] if single and alike and room and " " in first.text else []

    def _owner(self, first: PartyLine, below: Sequence[PartyLine]) -> list[PartyLine]:
        """Return the line of the person whose firm it is, where the language has it in the name: over the street.

        Of a firm with a legal form only partners are named so: `Zieleń S.C.` over `A. Mularczyk, P. Wnęk`.
        """
        if not self.page.compiled.parties.owner_in_name or len(below) < 2:
            return []
        if self.words.legal_forms.search(first.folded):
            partners = _CIVIL.search(first.folded) is not None and _PARTNERS.fullmatch(below[0].text) is not None
            return [below[0]] if partners and below[1].kind in (LineKind.STREET, LineKind.TOWN) else []
        person, street = below[0], below[1]
        named = may_be_name(self.page, person) and _PERSON.fullmatch(person.text) is not None
        return [person] if named and street.kind in (LineKind.STREET, LineKind.TOWN) else []

    def _is_printed(self, name: str, lines: Sequence[PartyLine]) -> bool:
        """Say whether a name stands on the page in one piece outside of some lines, over the end of a line perhaps."""
        own = {cell.index for line in lines for cell in line.cells}
        rows = self.page.layout.rows
        text = "".join("|" if cell.index in own else letters_digits(cell.text) for row in rows for cell in row)
        return letters_digits(name) in text

    def _goes_on(self, names: Sequence[PartyLine], line: PartyLine) -> bool:
        """Say whether a name goes on in a line: it ends open, or the line begins with a legal form."""
        last = names[-1]
        quoted = line.text[:1] in _QUOTES and line.kind is LineKind.STREET and not any(c.isdigit() for c in line.text)
        if (
            (line.kind is not LineKind.TEXT and not quoted)
            or len(names) >= MOST_LINES
            or line.height > 1.3 * last.height
        ):
            return False
        if _OF_OWNERS.match(line.text) and self.words.legal_forms.search(line.folded):
            return True  # `di Bruno Neri & C. S.n.c.` in small letters under the name in large ones
        if last.height > 1.3 * line.height:
            return False
        if _PARTICLE_FIRST.match(line.folded) and not any(c.isdigit() for c in line.text):
            return True
        if line.text[:1] in f"&({_QUOTES}" or self.words.particles.search(last.folded) or _AND_FIRST.match(line.folded):
            return True
        if line.text[:1].islower() and len(line.text) <= 40:
            return True
        form = self.words.legal_forms.search(line.folded)
        all_of_it = form is not None and form.end() >= len(line.folded.rstrip(" ."))
        if form is not None and form.start() <= 1 and (len(line.text) <= 28 or all_of_it):
            return True
        return last.text.count("(") > last.text.count(")")

    def _goes_on_large(self, names: Sequence[PartyLine], line: PartyLine, below: PartyLine | None) -> bool:
        """Say whether a name in large letters goes on in a line that ends in the legal form: both larger than below."""
        last = names[-1]
        if below is None or line.kind is not LineKind.TEXT or len(names) >= 2:
            return False
        alike = abs(last.height - line.height) < 0.12 * last.height and line.height > LARGE_NAME * below.height
        form = self.words.legal_forms.search(line.folded)
        return alike and form is not None and not self.words.legal_forms.search(last.folded)


def _is_town_of(line: PartyLine, above: PartyLine) -> bool:
    """Say whether a line is the town of a postcode that ends the line above: `CEP: 89291-670` over `São Bento - SC`."""
    return _CODE_LAST.search(above.folded) is not None and _TOWN_STATE.fullmatch(line.folded.strip(" .")) is not None


def _split_off_address(name: str, words: SharedWords) -> tuple[str, tuple[str, ...]]:
    """Return a name and the parts of the address that stands behind it in one line, if it does."""
    parts = sender_parts(name, words)
    return (parts[0], tuple(parts[1:])) if parts else (name, ())
