"""Whether a decided party agrees with itself and with the rest of the page; what does not is doubted.

These checks know nothing of how the party was chosen. They ask what a person would: is a line left out beside the name,
does the page name somebody else in full, is the name part of an address, has the address a street and an end?
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from docpipe.document import Doubt, KeyField
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.parties.block_lines import (
    find_fuller_print,
    find_longer_print,
    find_remainder,
    find_unexplained,
    says_no_place,
    says_trade,
)
from docpipe.stages.key_fields.parties.evidence import domains_in, is_domain_of
from docpipe.stages.key_fields.parties.inline_addresses import find_address
from docpipe.stages.key_fields.parties.line_roles import LONGEST_LINE, LineKind, PartyLine, Role, is_person, may_be_name
from docpipe.stages.key_fields.parties.lone_names import FORM_APART
from docpipe.stages.key_fields.parties.name_lines import is_one_style
from docpipe.stages.key_fields.parties.name_proofs import is_legal_name
from docpipe.stages.key_fields.parties.page_lines import FOOT, STEP, are_aligned
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.text import fold, letters_digits

ALIKE = 1.3
"""Letters of one name differ in height by less than this factor."""
HEAD = 0.25
"""A letterhead ends above this share of a page."""
SHORT = 4
"""A name of fewer letters may be part of any word."""
COUNTRY_CODE = 3
"""A line of so many letters under an address is the code of its country."""
LONGEST_ADDRESS = 140
"""An address of more characters is running text."""
_CAPITALS = re.compile(r"(?:[A-ZÀ-Ž][\w.'’-]+(?: |$)){2,4}")
"""Two to four words that all begin with a capital letter, as names do and slogans do not."""
_FORM_OF_ADDRESS = re.compile(
    r"\W*(?:HERRN?|FRAU|MRS?|MS|MISS|MME|MLLE|M|MONSIEUR|MADAME|SIG(?:\.?RA)?|SRA?|SRTA|DHR|MEVR|PANI?)\b\.? [A-Z]"
)
"""What stands before a person's name; a title (`Dr.`) may begin that of a practice."""
_MEASURE = re.compile(r"\d ?KG\b|\b(?:PESO|GEWICHT|POIDS|WAGA|NETTO|NET|BRUTTO) ?\(?KG\b")
"""A weight, whose unit looks like a legal form."""
_GOES_ON = re.compile(
    r"^(?:DEL?|DEL[AL]A?|DI|DES|DU|DO|DA|D[AO]S|OF|FOR|DER|VON|VAN|SPOLKA|SOCIETA|SOCIEDAD|GESELLSCHAFT)\b"
    r"|& C(?:\.|IE|O)|[\"„“”»]"
)
"""The second line of a name that cannot be a name of its own: `del Cantábrico S.A.`, `Giulia & C. S.n.c.`"""
_CODE = re.compile(r"\d{4,}")
_BEHIND = re.compile(r"\s*[,(–-]\s*([A-ZÀ-Ž][^\d@:|·•]{2,30}?)\)?\s*(?=$|[|·•;.])")
"""Words behind a town, as far as a line goes: a province, a country."""


def doubt_name(
    page: PageView, party: str, name: str, blocks: Sequence[PartyBlock], lines: Sequence[PartyLine], others: set[int]
) -> Doubt | None:
    """Return what is doubtful about a party's name, found by other means than it was chosen by.

    `blocks` are all blocks of its firm, the best one first; `others` are the numbers of the other party's lines.
    """
    block = blocks[0]
    path = f"{party}.name"
    taken = f"“{name}” was taken for the {party}, but"
    odd = _look_odd(page, name, block, lines)
    if odd is not None:
        return Doubt(path, "odd_name", f"{taken} {odd}.")
    if is_legal_name(name, page.compiled.shared):
        above = _left_above(page, block, lines, others)
        if above is not None:
            return Doubt(path, "left_out", f"{taken} “{above}” stands right above it.", above)
        reached = _find_reached_above(name, block, lines)
        if reached is not None:
            return Doubt(path, "two_names", f"{taken} its mail address has “{reached}” right above it.", reached)
        if _is_joined(page, name, block, lines):
            lower = block.names[1].text
            return Doubt(path, "two_names", f"{taken} “{lower}” in its second line may be all of it.", lower)
        amid = find_unexplained(page, block, lines, others)
        if amid is None or amid.kind is not LineKind.TEXT or amid.height <= ALIKE * block.names[-1].height:
            return None
        return Doubt(path, "left_out", f"{taken} “{amid.text}” stands below it in larger letters.")
    firm = _find_firm_beside(page, name, lines, others) if party == "buyer" else None
    if firm is not None:
        return Doubt(path, "two_names", f"{taken} the page also says “{firm}”.", firm)
    rival = _find_full_name(page, party, name, lines, others) or find_longer_print(name, block, lines)
    if rival is not None:
        return Doubt(path, "two_names", f"{taken} the page also says “{rival}”.", rival)
    second = _find_again(block, lines)
    if second is not None:
        return Doubt(path, "two_names", f"{taken} “{second}” below it stands on the page again.", second)
    left = next(_left_out(page, block, lines, others), None)
    if left is not None:
        return Doubt(path, "left_out", f"{taken} “{left.text}” stands right beside it and may belong to it.")
    return None


def _is_joined(page: PageView, name: str, block: PartyBlock, lines: Sequence[PartyLine]) -> bool:
    """Say whether a name was joined from two lines of one style, and nothing else prints it in one piece."""
    if len(block.names) != 2 or not is_one_style(*block.names, page.compiled.shared):
        return False
    lower = block.names[1]
    core = letters_digits(page.compiled.shared.legal_forms.compiled.sub(" ", lower.folded))
    if not lower.text[:1].isupper() or len(core) < SHORT or _GOES_ON.search(lower.folded):
        return False  # the second line can be no name of its own
    own, key = {line.number for line in block.names}, letters_digits(name)
    return not any(key in letters_digits(line.text) for line in lines if line.number not in own)


def doubt_address(
    page: PageView,
    party: str,
    name: Doubt | None,
    blocks: Sequence[PartyBlock],
    lines: Sequence[PartyLine],
    others: set[int],
) -> Doubt | None:
    """Return what is doubtful about a party's address. `name` is the doubt about its name; of `blocks`, all of its
    firm, the first one's address is chosen.
    """
    block = blocks[0]
    path, text = f"{party}.address", block.address_text
    words = page.compiled.shared
    taken = f"“{text}” was taken for the {party}'s address, but"
    folded = fold(text)
    if len(text) > LONGEST_ADDRESS or words.contact.search(folded) or words.registered.search(folded):
        return Doubt(path, "odd_address", f"{taken} more than an address stands in it.")
    if len(block.address) == 1 and not block.parts and _is_town_alone(page, block.address[0]):
        return Doubt(path, "incomplete", f"{taken} it names a town and no street.")
    first = _find_no_street(page, block)
    if first is not None:
        return Doubt(path, "odd_address", f"{taken} “{first.text}” in it is no street.")
    if _holds_two(block):
        return Doubt(path, "two_addresses", f"{taken} a street and a box of the post stand in it, each with its town.")
    behind = _find_behind(page, block)
    if behind is not None:
        return Doubt(path, "left_out", f"{taken} “{behind}” stands behind it and may belong to it.")
    known = others | {line.number for one in blocks[1:] for line in one.lines}
    amid = find_unexplained(page, block, lines, known)
    within = amid.text if amid is not None else find_remainder(page, block) or find_fuller_print(page, block, lines)
    if within is not None:
        return Doubt(path, "left_out", f"{taken} “{within}” stands amid it and may belong to it.")
    below = _goes_on_below(page, block, lines, others)
    if below is not None:
        return Doubt(path, "left_out", f"{taken} “{below.text}” stands below it and may belong to it.")
    if name is not None and name.rival and letters_digits(name.rival) in letters_digits(text):
        return Doubt(path, "odd_address", f"{taken} “{name.rival}” in it may be the name.")
    if name is not None and name.reason == "odd_name":
        return Doubt(path, "doubtful_party", f"{taken} the name beside it is doubtful.")
    if block.first.kind in (LineKind.STREET, LineKind.TOWN) and not words.legal_forms.search(block.first.folded):
        return Doubt(path, "incomplete", f"{taken} “{block.name}” over it looks like a part of it.")
    rival = _find_rival_address(page, blocks, lines, others) if party == "seller" else None
    if rival is not None:
        return Doubt(path, "two_addresses", f"{taken} the page also says “{rival}”.", rival)
    if party == "seller" and block.is_box:
        return Doubt(path, "incomplete", f"{taken} it names a box of the post and no street.")
    return None


def doubt_number(page: PageView, fields: Mapping[str, KeyField]) -> Iterator[Doubt]:
    """Yield the doubt of a document's number that is printed as the postcode of an address."""
    field = fields.get("invoice_number")
    number = field.value if field is not None and field.value is not None else ""
    if page.compiled.pack.family == "receipt" or not re.fullmatch(r"\d{3,6}", number):
        return
    for cell in page.layout.cells:
        town = page.compiled.shared.town.search(cell.folded) if number in cell.folded else None
        labelled = any(hit.owner.startswith("invoice_number") for hit in page.hits[cell.index])
        if town is not None and not labelled and re.search(rf"\b{number}\b", town.group()):
            message = f"“{number}” was taken for the number, but it is part of the address “{cell.text}”."
            yield Doubt("invoice_number", "odd_number", message)
            return


def _look_odd(page: PageView, name: str, block: PartyBlock, lines: Sequence[PartyLine]) -> str | None:
    """Return what a name looks like, where that is none."""
    if ":" in name or " / " in name:
        return "it looks like a label"
    if any(unicodedata.category(c) in ("So", "Sk") for c in name):
        return "a sign stands in it that no name has"
    key = letters_digits(name)
    own = {line.number for line in block.names}
    for line in lines:
        place = line.number not in own and line.kind in (LineKind.TOWN, LineKind.STREET)
        if place and len(key) >= SHORT and re.search(rf"\b{re.escape(fold(name))}\b", line.folded):
            return f"it is part of the address “{line.text}”" if not _opens(line, name) else None
    return None


def _opens(line: PartyLine, name: str) -> bool:
    """Say whether a line of an address begins with a name: all of a sender is in it."""
    return letters_digits(line.text).startswith(letters_digits(name))


def _find_full_name(page: PageView, party: str, name: str, lines: Sequence[PartyLine], others: set[int]) -> str | None:
    """Return a name with a legal form that may be the party's: one that holds the name found, or the issuer's in
    the head, in the foot or beside numbers of registers.
    """
    words, key = page.compiled.shared, letters_digits(name)
    heights = {p.number: float(p.height) for p in page.layout.pages}
    for line in lines:
        if line.number in others or len(line.text) > LONGEST_LINE:
            continue
        form = words.legal_forms.search(line.folded)
        if form is None or form.start() < SHORT or line.text[form.start() : form.end()].islower():
            continue  # `interest as` ends in a word, no Norwegian company
        said = FORM_APART.sub("", line.text[: form.end()].strip())
        if said[:1].isdigit() or _MEASURE.search(fold(said)) or line.kind in (LineKind.STREET, LineKind.TOWN):
            continue  # `3511 NV Utrecht`, `1 kg`, `Tallow, Co. Waterford`
        if letters_digits(said) in key:
            continue  # the name itself, or a part of it: `Kranich UG` of `Kranich UG (haftungsbeschränkt)`
        if len(key) >= SHORT and key in letters_digits(said):
            return said[max(said.upper().find(name.upper()), 0) :]
        y = line.box[1] / heights[line.page]
        placed = y > FOOT or y < HEAD or words.registered.search(line.folded) is not None
        issuer = placed and line.kind is not LineKind.BANK and not words.not_seller.search(line.folded)
        if party == "seller" and issuer and len(said) <= 90:
            return said
    return None


def _find_again(block: PartyBlock, lines: Sequence[PartyLine]) -> str | None:
    """Return the words between a name and its street, where they are a line elsewhere too: a person's firm."""
    first = block.address[0] if len(block.address) > 1 else None
    if first is None or any(c.isdigit() for c in first.text) or len(letters_digits(first.text)) < 2 * SHORT:
        return None
    key, own = letters_digits(first.text), {line.number for line in block.lines}
    return first.text if any(n.number not in own and letters_digits(n.text) == key for n in lines) else None


def _find_firm_beside(page: PageView, name: str, lines: Sequence[PartyLine], others: set[int]) -> str | None:
    """Return a firm with a legal form in the upper half that is not the seller, where a person was taken for the
    buyer: a guest and his company.
    """
    words = page.compiled.shared
    if not (words.forms.search(fold(name)) or is_person(name, words)):
        return None
    heights = {p.number: float(p.height) for p in page.layout.pages}
    seller = "".join(letters_digits(line.text) for line in lines if line.number in others)
    for line in lines:
        said = line.text.rpartition(":")[2].strip(" ()")
        form = words.legal_forms.search(fold(said)) if line.box[1] < 0.5 * heights[line.page] else None
        if form is None or form.start() < SHORT or line.number in others or len(line.text) > LONGEST_LINE:
            continue
        said = said[: form.end()]
        if _MEASURE.search(fold(said)):
            continue
        other = line.kind in (LineKind.TEXT, LineKind.LABEL) and words.not_seller.search(fold(said)) is None
        if other and letters_digits(said)[: 2 * SHORT] not in seller and words.group.search(line.folded) is None:
            return said
    return None


def _left_out(page: PageView, block: PartyBlock, lines: Sequence[PartyLine], others: set[int]) -> Iterator[PartyLine]:
    """Yield lines that stand between a name and its address, right above the name, or
    right below it as another name would."""
    first, last = block.names[0], block.names[-1]
    own = {line.number for line in (*block.names, *block.address)}
    street = block.address[0] if block.address else None
    for line in lines:
        if line.page != first.page or line.number in own | others or line.kind is not LineKind.TEXT:
            continue
        if not may_be_name(page, line) or page.compiled.shared.attention.search(line.folded):
            continue
        alike = max(first.height, line.height) < ALIKE * min(first.height, line.height)
        above = 0 <= first.box[1] - line.box[3] + 0.4 * first.height < 0.9 * first.height
        between = street is not None and last.box[1] < line.box[1] < street.box[1]
        gap = line.box[1] - last.box[3]
        below = abs(gap) < 0.5 * last.height and _CAPITALS.fullmatch(line.text) is not None
        if not (alike and above) and page.compiled.shared.not_place.search(line.folded):
            continue  # a department or a trade under the name
        named = page.compiled.shared.forms.search(line.folded) or page.compiled.shared.bodies.search(line.folded)
        trade = says_trade(line.text) and not named
        if trade or _is_same(block.name, line, page.compiled.shared):
            continue
        if not above and _FORM_OF_ADDRESS.match(line.folded):
            continue  # `Mme Odile Rabier` under a firm: whom to ask there
        if ((alike and above) or between or below) and are_aligned(first, line):
            yield line


def _is_same(name: str, line: PartyLine, words: SharedWords) -> bool:
    """Say whether a line says no more than a name, or a person whose surname is in it: `Avv. Ester Bongiovanni`
    beside `Studio Legale Bongiovanni`.
    """
    key = letters_digits(line.text)
    if key in letters_digits(name):
        return True
    own = set(re.findall(r"[A-Z]{4,}", fold(name)))
    return words.forms.search(line.folded) is not None and bool(own & set(re.findall(r"[A-Z]{4,}", line.folded)))


def _left_above(page: PageView, block: PartyBlock, lines: Sequence[PartyLine], others: set[int]) -> str | None:
    """Return a line of letters as high right above a name with a legal form that may be its beginning."""
    words, first = page.compiled.shared, block.first
    if block.place not in ("top", "window", "label") or block.parts:
        return None
    for line in _left_out(page, block, lines, others):
        alike = max(first.height, line.height) < ALIKE * min(first.height, line.height)
        known = is_person(line.text, words) or words.forms.search(line.folded) or words.not_place.search(line.folded)
        flush = abs(line.box[0] - first.box[0]) < 0.6 * first.height
        if line.box[1] < first.box[1] and alike and flush and not known:
            return line.text
    return None


def _find_reached_above(name: str, block: PartyBlock, lines: Sequence[PartyLine]) -> str | None:
    """Return the line right above a name that the mail or web address in the block has, where it has not the name:
    the name may begin there.
    """
    domains = {domain for line in block.rest for domain in domains_in(line.folded)}
    words = [letters_digits(word) for word in re.findall(r"[A-Z0-9]{4,}", fold(name))]
    if not domains or any(is_domain_of(domain, name) or any(word in domain for word in words) for domain in domains):
        return None
    for line in lines[max(0, block.first.number - 4) : block.first.number]:
        gap = block.first.box[1] - line.box[3]
        near = line.page == block.first.page and abs(gap) < 0.9 * max(line.height, block.first.height)
        if near and are_aligned(line, block.first) and any(is_domain_of(domain, line.text) for domain in domains):
            return line.text
    return None


def _find_no_street(page: PageView, block: PartyBlock) -> PartyLine | None:
    """Return the first line of an address where it is neither a street nor a building, and the rest needs none."""
    if len(block.address) < 2:
        return None
    first = block.address[0]
    words = page.compiled.shared
    place = words.building.search(first.folded) or any(c.isdigit() for c in first.text)
    place = (
        place or first.folded.startswith("THE ") or words.forms.search(fold(block.name))
    )  # a house, as under a person
    if first.kind is not LineKind.TEXT or place:
        return None
    return first if len(block.address) > 2 or not _is_town_alone(page, block.address[1]) else None


def _is_town_alone(page: PageView, line: PartyLine) -> bool:
    """Say whether a line is a postcode and its town, with neither a street nor a box before it."""
    words = page.compiled.shared
    rest = words.town.compiled.sub(" ", line.folded)
    return line.kind is LineKind.TOWN and not words.street_words.search(line.folded) and not re.search(r"\d", rest)


def _find_rival_address(
    page: PageView, blocks: Sequence[PartyBlock], lines: Sequence[PartyLine], others: set[int]
) -> str | None:
    """Return the address of a further block of a firm, in another town or with another postcode; for one that is a
    box of the post, any street with its town that is not the other party's.

    A box to which payments are sent is no rival to a street.
    """
    own, street = letters_digits(fold(blocks[0].address_text)), blocks[0].has_street
    for block in blocks[1:]:
        text = block.address_text
        paid = block.role is Role.PAYEE and street and not block.has_street
        if block.complete and block.role is not Role.OTHER and not paid and _town_of(page, text) not in own:
            return text
    if not blocks[0].is_box:
        return None
    for line in lines:
        if line.number in others or line.number in {one.number for one in blocks[0].lines}:
            continue
        found = find_address(line.text, page.compiled.shared) if line.kind is not LineKind.ANCHOR else None
        below = next((one for one in lines[line.number + 1 : line.number + 9] if _is_town_under(line, one)), None)
        if found is None and below is not None:
            found = (line.text, below.text)
        if found is not None and letters_digits(fold(found[0])) not in own:
            return ", ".join(found)
    return None


def _holds_two(block: PartyBlock) -> bool:
    """Say whether an address holds a box of the post in a further line, and its town twice."""
    if block.parts or not block.has_box:
        return False
    parts = [set(re.findall(r"[A-Z]{4,}", line.folded)) for line in block.address]
    return any(one & two for n, one in enumerate(parts) for two in parts[n + 1 :])


def _is_town_under(street: PartyLine, line: PartyLine) -> bool:
    """Say whether a line is the town right under a street."""
    near = -0.4 * street.height < line.box[1] - street.box[3] < street.height
    kinds = street.kind is LineKind.STREET and line.kind is LineKind.TOWN
    return kinds and near and line.page == street.page and are_aligned(street, line)


def _town_of(page: PageView, text: str) -> str:
    """Return the postcode and town that stand in a text, in letters and digits; "" for none."""
    found = page.compiled.shared.town.search(fold(text))
    return letters_digits(found.group()) if found is not None else ""


def _find_behind(page: PageView, block: PartyBlock) -> str | None:
    """Return words that stand behind an address in its line, and were cut off."""
    if not block.complete:
        return None
    line = block.address[-1] if block.address else block.first
    end = letters_digits(block.address[-1].text if block.address else block.parts[-1] if block.parts else "")
    raw = " ".join(cell.text for cell in line.cells)
    at = _end_of(raw, end)
    found = _BEHIND.match(raw[at:]) if at else None
    return found.group(1) if found and not says_no_place(page, found.group()) else None


def _end_of(text: str, key: str) -> int:
    """Return where letters and digits end in a text; 0 where they do not stand there."""
    places = [n for n, c in enumerate(text) for _ in letters_digits(c)]
    at = "".join(letters_digits(c) for c in text).find(key)
    return places[at + len(key) - 1] + 1 if key and at >= 0 else 0


def _goes_on_below(page: PageView, block: PartyBlock, lines: Sequence[PartyLine], others: set[int]) -> PartyLine | None:
    """Return a line of letters alike right below an address that begins where it begins, and is in no block."""
    if not block.address:
        return None
    last = block.address[-1]
    own = {line.number for line in block.lines}
    for line in lines:
        gap = line.box[1] - last.box[3]
        near = line.page == last.page and -0.4 * last.height < gap < 0.5 * STEP * last.height
        alike = max(last.height, line.height) < ALIKE * min(last.height, line.height)
        if not (near and alike and abs(line.box[0] - last.box[0]) < 0.6 * last.height):
            continue
        text = line.kind in (LineKind.TEXT, LineKind.STREET, LineKind.TOWN) and line.number not in own | others
        codes = _CODE.findall(line.text)
        told = bool(codes) and all(code in block.address_text for code in codes)  # a postcode with its own label
        code = len(line.text) <= COUNTRY_CODE or _has_label(line, lines)
        if text and len(line.text) <= 40 and not told and not code:
            return line
    return None


def _has_label(line: PartyLine, lines: Sequence[PartyLine]) -> bool:
    """Say whether a label with a colon stands left of a line in its row: it names what the line is."""
    row = (one for one in lines[max(0, line.number - 6) : line.number] if one.row == line.row)
    return any(one.text.rstrip().endswith(":") and one.box[2] <= line.box[0] for one in row)
