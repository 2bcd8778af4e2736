"""What each line of a page is to a party: a word that names one, a label, a street, a town, a way to reach somebody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from statistics import median

from docpipe.document import Box
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.currency import CODES
from docpipe.values.dates import find_dates
from docpipe.values.text import fold

WORD_GAP = 1.0
"""Cells of a row that stand nearer than so many heights are words of one line."""
LARGER = 1.35
"""Letters of a logo or title exceed the usual height by this factor."""
TAX_DIGITS = 5
"""A tax number has at least so many digits; a word for taxes beside fewer is a rate or a title."""
MOST_TAX_DIGITS = 11
BESIDE_TYPE = 6
"""So many letters may stand in a title beside the words for its type."""
SHORT = 16
"""A label has at most so many letters."""
PHONE = 7
"""A telephone number has at least so many digits."""
LONGEST_LINE = 240
"""A longer line is running text, which no pattern is tried on."""
LONGEST_NAME = 90
"""A line of more letters is a sentence."""
TOP_OF_PAGE = 0.35
"""Sums stand below this share of a page; a line above it with no number beside it is no label of one."""
CODE_LETTERS = 3
"""A currency's code has so many letters."""
_AMOUNT = re.compile(r"[-+]?\d[\d.,' ]*[.,]\d\d\s*(?:[€$£]|[A-Z]{3})?|(?:[€$£]|[A-Z]{3}) ?\d[\d.,' ]*")
_POSTCODE = re.compile(r"\d{4,6}")
_CNPJ = re.compile(r"\d{2}\.?\d{3}\.?\d{3} ?/ ?\d{4} ?- ?\d{2}|\d{3}\.\d{3}\.\d{3} ?- ?\d{2}")
"""The numbers of firms and persons in Brazil, which stand alone under their caption."""
_PERSONS_CODE = re.compile(r"\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b")
"""The tax code of a person in Italy."""
_TO_NAME = re.compile(r"(?:(?:BILL|SOLD|SHIP|INVOICE) )?TO [A-Z][\w.&'’-]*[a-z]")
"""A word for a party in capitals with the name behind it in its line: `TO School of Fine Art`."""
_MESSRS = re.compile(r"\W?(?:M/S|MESSRS)\b")
"""A word for the buyer that needs no colon before a name."""
_BARE_LABEL = re.compile(r"[\w\s./()'&°º-]{2,40}:$")
_INITIAL = re.compile(r"[A-Za-zÀ-ž\u3400-\u9fff0-9(\"'„“«]")


NUMBER_BESIDE = 10.0
"""A customer's number stands at most so many line heights right of its label."""
_NUMBER_ALONE = re.compile(r"[A-Z]{0,3}[- .]?\d[\d .-]{2,12}")


_PERSON = re.compile(
    r"(?:[A-ZÀ-Ž][\w'’-]*\.? +){1,3}(?:(?:van|von|de|der|den|di|da|dos|ten|zu) +){0,2}[A-ZÀ-Ž][\w'’-]+"
)


class Role(Enum):
    """Whom a word names: `Bill to`, `From`, `Ship to`, `Pay to`."""

    SELLER = "seller"
    BUYER = "buyer"
    OTHER = "other"
    """Somebody else's address: of delivery, of a bank, of a site."""
    PAYEE = "payee"


class LineKind(Enum):
    """What a line is."""

    ANCHOR = "anchor"
    LABEL = "label"
    TITLE = "title"
    CONTACT = "contact"
    TAX = "tax"
    BANK = "bank"
    TOWN = "town"
    STREET = "street"
    COUNTRY = "country"
    COURTESY = "courtesy"
    NUMBER = "number"
    WORD = "word"
    """Words that mean something, but end no block: a department."""
    TAIL = "tail"
    """The end of a word for a party that runs over two lines: `SOLD` over `TO`."""
    TEXT = "text"


ENDS = frozenset(
    {LineKind.ANCHOR, LineKind.LABEL, LineKind.TITLE, LineKind.CONTACT, LineKind.TAX, LineKind.BANK, LineKind.NUMBER}
)
"""Kinds that are no part of a name or an address."""


@dataclass(frozen=True, slots=True)
class PartyLine:
    """Cells of one row that stand as near as words do, and what they are. `box` is on the levelled page, in pixels."""

    number: int
    cells: tuple[Cell, ...]
    text: str
    folded: str
    box: Box
    kind: LineKind
    role: Role | None = None
    rest: str = ""
    """What stands behind an anchor in the same line."""
    height: float = field(init=False, compare=False)
    """The median height of its cells."""

    def __post_init__(self) -> None:
        height = self.cells[0].height if len(self.cells) == 1 else median(cell.height for cell in self.cells)
        object.__setattr__(self, "height", height)

    @property
    def page(self) -> int:
        return self.cells[0].page

    @property
    def row(self) -> int:
        return self.cells[0].row

    def as_kind(self, kind: LineKind) -> PartyLine:
        """Return the line as one of another kind."""
        return replace(self, kind=kind)


def find_lines(page: PageView) -> list[PartyLine]:
    """Return the lines of all pages from top to bottom, each with its kind."""
    lines: list[PartyLine] = []
    for row in page.layout.rows:
        run: list[Cell] = []
        for cell in row:
            if run and not _goes_on(page, run, cell):
                lines.append(_line(page, len(lines), run))
                run = []
            run.append(cell)
        if run:
            lines.append(_line(page, len(lines), run))
    return _with_wrapped_words(page, _with_postcodes(lines))


def _with_wrapped_words(page: PageView, lines: Sequence[PartyLine]) -> list[PartyLine]:
    """Return the lines; a word for a party that runs over two short lines is one: `SOLD` over `TO`."""
    changed = list(lines)
    for n, line in enumerate(lines):
        if len(line.text) > SHORT or line.kind is LineKind.ANCHOR:
            continue
        below = next((one for one in lines[n + 1 : n + 12] if _is_close_below(line, one)), None)
        if below is None or len(below.text) > SHORT or below.kind is LineKind.TAIL:
            continue
        text = line.text[:-1] + below.text if line.text.endswith("-") else f"{line.text} {below.text}"
        anchor = _anchor(page, text, fold(text))
        if anchor is not None and not anchor[1]:
            changed[n] = replace(line, kind=LineKind.ANCHOR, role=anchor[0], rest="")
            changed[below.number] = replace(below, kind=LineKind.TAIL, role=None, rest="")
    return changed


def _is_close_below(line: PartyLine, other: PartyLine) -> bool:
    """Say whether a line stands right below another one and begins where that begins."""
    near = -0.6 * line.height < other.box[1] - line.box[3] < 0.7 * line.height
    return near and other.page == line.page and abs(other.box[0] - line.box[0]) < 0.6 * line.height


def _with_postcodes(lines: Sequence[PartyLine]) -> list[PartyLine]:
    """Return the lines; a postcode alone under a town under a street is the end of an address, as in South Africa."""
    changed = list(lines)
    for n, line in enumerate(lines):
        if line.kind is not LineKind.NUMBER or not _POSTCODE.fullmatch(line.text):
            continue
        town = _line_above(lines, n)
        street = None if town is None or town.kind is not LineKind.TEXT else _line_above(lines, town.number)
        if street is not None and street.kind is LineKind.TEXT:
            street = _line_above(lines, street.number)  # a quarter of the town stands between
        if street is not None and street.kind is LineKind.STREET:
            changed[n] = replace(line, kind=LineKind.TOWN)
    return changed


def _line_above(lines: Sequence[PartyLine], n: int) -> PartyLine | None:
    """Return the line close above the n-th that begins where it begins."""
    line = lines[n]
    for other in reversed(lines[max(0, n - 12) : n]):
        near = -0.6 * line.height < line.box[1] - other.box[3] < line.height
        if near and other.page == line.page and abs(other.box[0] - line.box[0]) < 0.6 * line.height:
            return other
    return None


def _goes_on(page: PageView, run: Sequence[Cell], cell: Cell) -> bool:
    """Say whether a cell goes on with a run: near it, of a like size, and no label or party's word before it."""
    last = run[-1]
    gap = cell.box[0] - last.box[2]
    size = max(last.height, cell.height) / max(min(last.height, cell.height), 1.0)
    if (
        size >= 1.6
        or last.text.endswith(":")
        or not -0.8 * cell.height < gap <= WORD_GAP * min(cell.height, last.height)
    ):
        return False
    return _anchor(page, last.text, last.folded) is None if len(run) == 1 else True


def _line(page: PageView, number: int, cells: Sequence[Cell]) -> PartyLine:
    text = " ".join(cell.text for cell in cells)
    folded = " ".join(cell.folded for cell in cells)
    x1, y1, x2, y2 = zip(*(cell.box for cell in cells), strict=True)
    box = (min(x1), min(y1), max(x2), max(y2))
    if len(text) > LONGEST_LINE:
        return PartyLine(number, tuple(cells), text, folded, box, LineKind.WORD)
    anchor = _anchor(page, text, folded)
    if anchor is not None and not anchor[1] and _is_over_number(page, cells[-1]):
        return PartyLine(number, tuple(cells), text, folded, box, LineKind.LABEL)
    if anchor is not None:
        return PartyLine(number, tuple(cells), text, folded, box, LineKind.ANCHOR, *anchor)
    return PartyLine(number, tuple(cells), text, folded, box, _kind(page, cells, text, folded))


def _anchor(page: PageView, text: str, folded: str) -> tuple[Role, str] | None:
    """Return whom a line names, and what stands behind that word in it."""
    patterns = page.compiled.parties
    found: tuple[int, Role] | None = None
    for role, pattern in (
        (Role.OTHER, patterns.other), (Role.PAYEE, patterns.payee), (Role.SELLER, patterns.seller),
        (Role.BUYER, patterns.buyer),
    ):  # fmt: skip
        match = pattern.search(folded) if pattern is not None else None
        if match is not None and match.start() <= 1 and (found is None or match.end() > found[0]):
            found = (match.end(), role)
    if found is None:
        return None
    rest = text[found[0] :]
    if rest.strip() and page.compiled.shared.attention.search(folded):
        return None  # `A/C Ana Reis`: whom to ask, inside an address
    bare = (_MESSRS.match(folded) and rest[:1] == " ") or _TO_NAME.match(text)
    if rest.strip() and not re.match(r"\s*[:：/(]", rest) and not bare:
        return None
    rest = rest.lstrip(" :：.").rstrip(" :：")
    if rest.startswith(("(", "/")):
        rest = re.sub(r"^[(/][^)]{0,30}\)?\s*:?\s*", "", rest) if ":" in rest or rest.endswith(")") else ""
    rest = _cut_caption(page, rest)
    if rest and sum(c.isalpha() for c in rest) < 2:
        return None  # a number: the word stands for a customer's
    return found[1], rest


def _is_over_number(page: PageView, cell: Cell) -> bool:
    """Say whether a word for a customer has the customer's number right beside it: `CLIENTE | 00815`."""
    if not any(hit.owner.startswith("buyer.customer_id") for hit in page.hits[cell.index]):
        return False
    beside = next(iter(page.layout.right_of(cell)), None)
    if beside is None or beside.box[0] - cell.box[2] > NUMBER_BESIDE * cell.height:
        return False
    return _NUMBER_ALONE.fullmatch(beside.folded) is not None and not find_dates(beside.text)


def _cut_caption(page: PageView, rest: str) -> str:
    """Return a name without the label of a number that goes on in its line: `Cafetería Central CIF: B47654321`."""
    folded = fold(rest)
    if len(folded) != len(rest) or ":" not in rest:
        return rest
    found = page.compiled.shared.tax_id.search(folded) or page.compiled.shared.registered.search(folded)
    colon = rest.find(":", found.end()) if found is not None else -1
    return rest[: found.start()].rstrip(" ,;-–(") if found is not None and 3 < found.start() < colon else rest


def _kind(page: PageView, cells: Sequence[Cell], text: str, folded: str) -> LineKind:
    words = page.compiled.shared
    letters, digits = sum(c.isalpha() for c in text), sum(c.isdigit() for c in text)
    if words.courtesy.search(folded):
        return LineKind.COURTESY
    if words.group.search(folded):
        return LineKind.WORD
    if _CNPJ.fullmatch(folded) or _PERSONS_CODE.search(folded):
        return LineKind.TAX
    if letters < 2 and (digits < PHONE or find_dates(text)):
        return LineKind.NUMBER
    if words.contact.search(folded):
        return LineKind.CONTACT
    if words.standing.search(folded):
        return LineKind.TAX
    if _says_type(page, folded, letters):
        return LineKind.TITLE
    taxes = words.tax_id.search(folded) is not None
    if taxes and digits >= TAX_DIGITS:
        return LineKind.TAX
    if words.bank.search(folded):
        return LineKind.BANK
    if _is_label(page, cells[0], text):
        return LineKind.LABEL
    if letters == 1 and PHONE <= digits <= MOST_TAX_DIGITS and len(text) <= 16:
        return LineKind.TAX
    if letters < 2 or (digits and ((letters < 14 and _is_date(words, text, folded)) or _is_amount(folded.strip()))):
        return LineKind.NUMBER
    if words.country.search(folded):
        return LineKind.COUNTRY
    place = None if words.house_owners.search(folded) else place_kind(words, folded)
    if place is not None:
        return place
    if words.forms.search(folded):
        return LineKind.TEXT
    if letters <= SHORT and page.compiled.columns.hits(folded) and not words.legal_forms.search(folded):
        return LineKind.TITLE
    if taxes and letters <= SHORT:
        return LineKind.LABEL
    header = page.compiled.header
    means = header is not None and _finds(header.not_name, folded) and not words.legal_forms.search(folded)
    return LineKind.WORD if means else LineKind.TEXT


def _is_amount(folded: str) -> bool:
    """Say whether a text is an amount, with a sign or code of a currency or none; `PMB 40211` is a box for mail."""
    if _AMOUNT.fullmatch(folded) is None:
        return False
    letters = "".join(c for c in folded if c.isalpha())
    return not letters or letters in CODES or len(letters) < CODE_LETTERS


def _is_date(words: SharedWords, text: str, folded: str) -> bool:
    """Say whether a line is a date, and no street that is named after one: `ul. 3 Maja 12`."""
    return bool(find_dates(text)) and words.street_words.search(folded) is None


def place_kind(words: SharedWords, folded: str) -> LineKind | None:
    """Return whether a line ends in a town, or names a street; `1242 Mill Road` is no town of that number."""
    town, named = words.town.search(folded), words.street_words.search(folded)
    if town is not None:
        number = named is not None and town.start() <= 1 and named.start() <= town.end()
        return LineKind.STREET if number and not words.town.search(folded, town.end()) else LineKind.TOWN
    numbered = words.street.search(folded) and not words.founded.search(folded)
    return LineKind.STREET if named is not None or numbered else None


def _is_label(page: PageView, cell: Cell, text: str) -> bool:
    """Say whether a line is the label of a field, or a label with its value: a colon, a number, or nothing follows."""
    for hit in page.hits[cell.index]:
        if hit.start > 1:
            break
        rest = cell.text[hit.end :]
        if not rest.strip(" .:：#°º-") or re.match(r"\s*\.?\s*[:：#°]", rest):
            return True
        shared = page.compiled.shared
        if re.match(r"\s*\W?\s*\d", rest) and not (
            shared.town.search(cell.folded) or shared.street_words.search(cell.folded)
        ):
            return True
    return _BARE_LABEL.fullmatch(text) is not None


def _says_type(page: PageView, folded: str, letters: int) -> bool:
    """Say whether a line is the document's title: it says little more than its type."""
    for _, pattern in page.compiled.kinds:
        match = pattern.search(folded)
        if match is not None and letters - sum(c.isalpha() for c in match.group()) <= BESIDE_TYPE:
            return True
    return False


def may_be_name(page: PageView, line: PartyLine) -> bool:
    """Say whether a line may name somebody, by itself: words, not too many, and none that means something else."""
    letters = sum(c.isalpha() for c in line.text)
    return (
        line.kind is LineKind.TEXT
        and 3 <= letters <= LONGEST_NAME
        and sum(c.isdigit() for c in line.text) <= letters
        and _INITIAL.match(line.text) is not None
        and not (line.text[:1].islower() and line.text[:1].isascii() and letters > 24)
        and not _is_amounts(page, line, letters)
    )


def _is_amounts(page: PageView, line: PartyLine, letters: int) -> bool:
    """Say whether a line is the label of an amount: few words, one for a sum, and a number at the right of them."""
    if letters >= 20 or page.compiled.shared.legal_forms.search(line.folded):
        return False
    if not any(pattern.search(line.folded) for _, _, pattern, _ in page.compiled.amounts):
        return False
    row = [cell for cell in page.layout.rows[line.row] if cell.box[0] >= line.box[2]]
    top = line.box[1] < TOP_OF_PAGE * next(float(p.height) for p in page.layout.pages if p.number == line.page)
    return not top or any(any(c.isdigit() for c in cell.text) for cell in row)


def _finds(pattern: Pattern | None, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None


def with_text(line: PartyLine, text: str, words: SharedWords) -> PartyLine:
    """Return a line that says what stands behind its label."""
    folded = fold(text)
    kind = (
        LineKind.TEXT if line.kind in (LineKind.LABEL, LineKind.COURTESY, LineKind.TITLE, LineKind.WORD) else line.kind
    )
    return PartyLine(line.number, line.cells, text, folded, line.box, place_kind(words, folded) or kind)


def is_person(text: str, words: SharedWords) -> bool:
    """Say whether a text is a common given name and one or two more words, once or several times: `Ann Wu, Tim Roe`."""
    parts = [part.strip() for part in re.split(r",|&|/|\+", text)]
    return all(_PERSON.fullmatch(part) and words.given_names.search(fold(part)) for part in parts)
