"""One decision over all pairs of a seller and a buyer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.document_kind import find_document_kind
from docpipe.stages.key_fields.parties.evidence import (
    OF_ISSUER,
    WEIGHTS,
    PairFacts,
    domains_in,
    facts_of,
    find_facts,
    is_domain_of,
)
from docpipe.stages.key_fields.parties.finder import Finder
from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine, Role, find_lines
from docpipe.stages.key_fields.parties.name_proofs import is_taxed
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.postal import split_trade_name
from docpipe.values.text import fold, letters_digits

NO_FIRM_SCORE = {"seller": -0.3, "buyer": -0.5}
"""What a pair gains that leaves a party out: a block must speak for a party by more than this."""
SAME = 0.86
"""Names more alike than this are one, misread."""
FORMS_OF_ADDRESS = frozenset(
    {"MME", "MLLE", "MRS", "MISS", "HERR", "HERRN", "FRAU", "SIG", "DHR", "MEVR", "PAN", "PANI"}
)
"""Words before a person's name, and none of it."""
LONGEST_FORM = 12
"""A legal form has at most so many letters."""
LONGEST_ADDITION = 40
"""What a legal name that ends in its form adds to the trade name has at most so many letters."""
SHORT_ADDRESS = 10
"""An address of fewer letters and digits ends many others."""
OWNER = 6
"""An owner's name has at least so many letters."""
LEVEL = 2.5
"""Two blocks stand side by side where their first lines are apart by less than so many heights."""
_DEPARTMENT = re.compile(
    r"(?<=\w\w)[\s,–-]+(?:SERVICES? (?:DES )?CLIENT(?:S|ELE)?|RELATIONS? CLIENTS?|KUNDEN(?:SERVICE|DIENST|BETREUUNG)"
    r"|KLANTENSERVICE|CUSTOMER (?:SERVICES?|CARE|SUPPORT)|BILLING|ACCOUNTS RECEIVABLE|REMITTANCES?|LOCKBOX"
    r"|SERVIZIO CLIENTI|(?:SERVICIO DE )?ATENCION AL CLIENTE)\W*$"
)
"""What the address for customers or payments puts behind a firm's name: `Lumatel Service Clients`."""


@dataclass
class Firm:
    """Blocks of one name, trade and legal name alike."""

    blocks: list[PartyBlock]
    forms: Pattern
    """What legal forms look like."""
    facts: list[str] = field(default_factory=list)
    seller: float = 0.0
    buyer: float = 0.0

    @property
    def best(self) -> PartyBlock:
        """The block that names the firm: a labelled one, then one with an address, then the first."""

        def rank(block: PartyBlock) -> tuple[int, int, int, int]:
            addressed = bool(block.address or block.parts)
            labelled = block.role in (Role.SELLER, Role.BUYER) and (addressed or not block.courtesy)
            return (labelled, addressed and block.place != "sender_line", addressed, -block.first.number)

        best = max(without_departments(self.blocks), key=rank)
        if best.role is not None:
            return best
        # a slogan, where a logo is what its mail address is called by
        if not self.forms.search(fold(best.name)) and not is_taxed(best):
            best = next((b for b in self.blocks if b is not best and _reached_under(b, best)), best)
        longer = [b for b in self.blocks if b is not best and _is_legal_name_of(b.name, best.name)]
        legal = [b for b in longer if _ends_in_legal_form(b.name, self.forms)]
        near = [b for b in longer if _adds_legal_form(b.name, best.name)]
        if not longer and not self.forms.search(fold(best.name)):  # a department over the address, the firm in the logo
            legal = [b for b in self.blocks if b.place == "logo" and _ends_in_legal_form(b.name, self.forms)]
        return min(legal or near or [best], key=lambda block: len(block.name))

    @property
    def addressed(self) -> PartyBlock | None:
        """The block whose address is the firm's: complete, under a word of its own, not one for deliveries."""
        found = without_departments([b for b in self.blocks if b.address or b.parts])
        found = [b for b in found if b.role is not Role.OTHER] or found
        if not found:
            return None
        best = max(
            found,
            key=lambda b: (
                b.role in (Role.SELLER, Role.BUYER),
                b.complete,
                b.under_sender,
                b.has_street,
                not b.parts,
                -b.first.number,
            ),
        )
        return max((b for b in found if _is_fuller(b, best)), key=lambda b: len(b.address_text), default=best)


@dataclass(frozen=True)
class DecidedParties:
    """What was decided: the two firms, why, and how far ahead of the next best pair."""

    seller: Firm | None
    buyer: Firm | None
    seller_lead: float
    buyer_lead: float
    seller_rival: Firm | None
    buyer_rival: Firm | None
    lines: Sequence[PartyLine]
    firms: Sequence[Firm] = ()
    """All that were weighed."""

    def unused_with_address(self) -> Firm | None:
        """Return a firm with a whole address at the top, under no other word, that neither party was given."""
        unused = (firm for firm in self.firms if firm is not self.seller and firm is not self.buyer)
        return next((firm for firm in unused if any(_stands_at_top(block) for block in firm.blocks)), None)

    def lines_of(self, party: str) -> set[int]:
        """Return the numbers of the lines of a party's blocks."""
        firm = self.seller if party == "seller" else self.buyer
        return set() if firm is None else {line.number for block in firm.blocks for line in block.lines}


def decide_parties(page: PageView, candidates: Sequence[Candidate]) -> DecidedParties:
    """Return seller and buyer of a document laid out. `candidates` are what stands beside labels of fields."""
    lines = find_lines(page)
    blocks = Finder(page, lines).find()
    named: dict[str, frozenset[str]] = {}
    for party in ("seller", "buyer"):
        own = [c for c in candidates if c.path == f"{party}.name"]
        named[party] = frozenset(letters_digits(c.value) for c in own)
        blocks += [block for c in own if (block := _labelled_name(c, lines, blocks)) is not None]
    facts = find_facts(page, lines, named)
    firms = _firms(blocks, page.compiled.shared.legal_forms)
    _weigh(page, firms, facts, lines)
    return _choose(firms, lines)


def _labelled_name(candidate: Candidate, lines: Sequence[PartyLine], blocks: Sequence[PartyBlock]) -> PartyBlock | None:
    """Return a block for a name beside a label, where no block has that name yet."""
    key = letters_digits(candidate.value)
    if not key or any(letters_digits(block.name) in (key, "") or key in letters_digits(block.name) for block in blocks):
        return None
    cells = {cell.index for cell in candidate.cells}
    names = tuple(line for line in lines if any(cell.index in cells for cell in line.cells))
    return PartyBlock(candidate.value, names, "label") if names else None


def _firms(blocks: Sequence[PartyBlock], forms: Pattern) -> list[Firm]:
    firms: list[Firm] = []
    for block in blocks:
        block.name, block.trade = split_trade_name(block.name)
        firm = next((f for f in firms if any(_one_firm(block, other, forms) for other in f.blocks)), None)
        if firm is None:
            firms.append(Firm([block], forms))
        else:
            firm.blocks.append(block)
    return firms


def _one_firm(a: PartyBlock, b: PartyBlock, forms: Pattern) -> bool:
    """Say whether two blocks name one firm: alike names, a trade name that the legal name begins with, one address."""
    if {a.role, b.role} == {Role.SELLER, Role.BUYER}:
        return letters_digits(a.name) == letters_digits(b.name) and _place_of(a) == _place_of(b)
    one, two = core_of(a.name, forms), core_of(b.name, forms)
    if not one or not two:
        return False
    if one == two or Levenshtein.normalized_similarity(one, two) >= SAME:
        return True
    if letters_digits(a.name) == letters_digits(b.trade) or letters_digits(b.name) == letters_digits(a.trade):
        return True
    alone = not (a.address or a.parts) or not (b.address or b.parts)
    short, long = sorted((one, two), key=len)
    if alone and len(short) >= 4 and (long.startswith(short) or (len(short) >= 7 and short in long)):
        return True
    if alone and (_same_words(a.name, b.name) or _reached_under(a, b) or _reached_under(b, a)):
        return True
    if _names_owner(a, b) or _names_owner(b, a):
        return True
    place = _place_of(a)
    return bool(place) and place == _place_of(b) and {a.role, b.role} != {Role.BUYER, Role.OTHER}


def _is_fuller(block: PartyBlock, best: PartyBlock) -> bool:
    """Say whether a block has the address of the best one with a building before it."""
    own, other = letters_digits(best.address_text), letters_digits(block.address_text)
    lines = block.role is not Role.OTHER and bool(block.address) and len(block.address) == len(best.address) + 1
    return lines and len(own) > SHORT_ADDRESS and other.endswith(own)


def _names_owner(block: PartyBlock, owner: PartyBlock) -> bool:
    """Say whether a line of a block says whose it is, and the foot names that firm: `Division of PCS Foods plc`."""
    name = letters_digits(owner.name)
    if owner.place not in ("small_print", "footer", "sender_line") or len(name) < OWNER:
        return False
    return any(line.kind is LineKind.WORD and name in letters_digits(line.text) for line in block.rest)


def _same_words(one: str, two: str) -> bool:
    """Say whether all words of one name stand in the other, in any order: a person with the given name last."""
    words = [set(re.findall(r"[A-Z]{3,}", fold(name))) - FORMS_OF_ADDRESS for name in (one, two)]
    return min(map(len, words)) >= 2 and (words[0] <= words[1] or words[1] <= words[0])


def _reached_under(logo: PartyBlock, block: PartyBlock) -> bool:
    """Say whether a block's own mail or web address has the name of a logo: the trade name of the firm."""
    if logo.place != "logo" or logo.address or block.role is Role.BUYER:
        return False
    return any(is_domain_of(name, logo.name) for line in block.rest for name in domains_in(line.folded))


def _is_legal_name_of(name: str, trade: str) -> bool:
    """Say whether a name is another one with more behind it: `Hotel Post`, `Hotel Post Betriebs-GmbH`."""
    own, other = letters_digits(name), letters_digits(trade)
    return len(other) >= 4 and own.startswith(other) and 2 <= len(own) - len(other) <= LONGEST_ADDITION


def _adds_legal_form(name: str, trade: str) -> bool:
    """Say whether so little follows the trade name that it may be a legal form no list knows: `Rhein`, `Rhein GmbH`."""
    return len(letters_digits(name)) - len(letters_digits(trade)) <= LONGEST_FORM


def _ends_in_legal_form(name: str, forms: Pattern) -> bool:
    folded = fold(name)
    return any(len(folded) - found.end() <= 1 for found in forms.compiled.finditer(folded))


def without_departments(blocks: Sequence[PartyBlock]) -> list[PartyBlock]:
    """Return the blocks of a firm but those that name a department of it, where there are others."""
    return [block for block in blocks if not _DEPARTMENT.search(fold(block.name))] or list(blocks)


def core_of(name: str, legal_forms: Pattern) -> str:
    """Return a name without its legal forms, in letters and digits."""
    return letters_digits(legal_forms.compiled.sub(" ", _DEPARTMENT.sub("", fold(name)))) or letters_digits(name)


def _place_of(block: PartyBlock) -> str:
    return letters_digits(block.address_text) if block.complete else ""


def _places(blocks: Sequence[PartyBlock], lines: Sequence[PartyLine]) -> dict[int, str]:
    """Return for unlabelled blocks at the top, by the number of their first line, where they stand to the others.

    The first of all is the letterhead where no title and no label stands above it; of two side by side, the one
    that says how to reach it; else the right one beside the title or labels, or the left one under it.
    """
    top = [b for b in blocks if b.role is None and b.place in ("top", "logo", "letterhead") and not b.under_sender]
    if not top:
        return {}
    places = dict.fromkeys((b.first.number for b in top), "aside")
    first = min(top, key=lambda b: b.first.number)
    above = [
        line for line in lines[: first.first.number] if line.kind in (LineKind.TITLE, LineKind.LABEL, LineKind.ANCHOR)
    ]
    above = [line for line in above if line.box[3] < first.first.box[1] and line.page == first.first.page]
    if not above:
        level = [b for b in top if b.address and abs(b.first.box[1] - first.first.box[1]) < LEVEL * b.first.height]
        reached = [b for b in level if any(line.kind is LineKind.CONTACT for line in b.rest)]
        issuer = reached[0] if len(level) == 2 and len(reached) == 1 else first
        places[issuer.first.number] = "letterhead"
    for block in top:
        beside = [
            b
            for b in top
            if b is not block and b.address and abs(b.first.box[1] - block.first.box[1]) < LEVEL * b.first.height
        ]
        if not block.address or not above:
            continue
        left = [b for b in beside if b.first.box[2] < block.first.box[0]]
        right = [b for b in beside if b.first.box[0] > block.first.box[2]]
        under = max(line.box[3] for line in above) <= block.first.box[1]
        if left and (not under or any(_labels_between(b, block, lines) for b in left)):
            places[block.first.number] = "right_column"
        elif right and not left and under and not any(_labels_between(block, b, lines) for b in right):
            places[block.first.number] = "left_column"
    return places


def _labels_between(left: PartyBlock, right: PartyBlock, lines: Sequence[PartyLine]) -> bool:
    """Say whether labels stand between two blocks: the left one then is under the title, where buyers are."""
    top, bottom = left.first.box[1], max(line.box[3] for line in (left.first, *left.address))
    return any(
        line.kind in (LineKind.LABEL, LineKind.TITLE, LineKind.NUMBER) and line.page == left.first.page
        and left.first.box[2] < line.box[0] and line.box[2] < right.first.box[0]
        and top - left.first.height < line.box[1] < bottom
        for line in lines
    )  # fmt: skip


def _weigh(page: PageView, firms: Sequence[Firm], facts: PairFacts, lines: Sequence[PartyLine]) -> None:
    places = _places([block for firm in firms for block in firm.blocks], lines)
    vendor = any(block.role is Role.SELLER and block.complete for firm in firms for block in firm.blocks)
    ordered = vendor and any(kind.value == "order" for kind in find_document_kind(page))
    for firm in firms:
        seen: dict[str, int] = {}
        own = {line.number for block in firm.blocks for line in block.lines}
        for block in firm.blocks:
            for fact in facts_of(page, block, facts, own, places.get(block.first.number, "aside")):
                seen[fact] = seen.get(fact, 0) + 1
        if len(firm.blocks) > 1:
            seen.pop("again", None)
            if any(b.address or b.parts for b in firm.blocks):
                seen.pop("no_address", None)
        others = [other for other in firms if other is not firm]
        if any(_is_beside_payee(block, others) for block in firm.blocks):
            seen["beside_payee"] = 1
            seen.pop("footer", None)
        if "buyer_word" in seen and "no_address" in seen:
            if any(_is_addressed_buyer(other) for other in others):
                seen["buyer_word_bare"] = seen.pop("buyer_word")
            elif "courtesy" in seen and sum(_is_in_window(other) for other in others) > 1:
                seen["buyer_word_bare"] = seen.pop("buyer_word")
                seen.pop("courtesy")  # a guest or patient: seller and buyer both stand there with their addresses
        if ordered and OF_ISSUER & seen.keys() and all(b.role in (None, Role.OTHER) for b in firm.blocks):
            seen = {"orders": 1, **{fact: times for fact, times in seen.items() if fact not in OF_ISSUER}}
        firm.facts = sorted(seen)
        firm.seller = sum(WEIGHTS[fact].seller for fact in seen)
        firm.buyer = sum(WEIGHTS[fact].buyer for fact in seen)


def _is_addressed_buyer(firm: Firm) -> bool:
    """Say whether a firm stands with its address under a word that names the buyer."""
    return any(block.role is Role.BUYER and block.complete for block in firm.blocks)


def _is_beside_payee(block: PartyBlock, others: Sequence[Firm]) -> bool:
    """Say whether a whole address under no word stands right beside the one to pay to: who sends the slip back."""
    if block.role is not None or not block.complete or block.place not in ("body", "footer"):
        return False
    return any(
        other.role is Role.PAYEE and (other.address or other.parts) and other.first.page == block.first.page
        and abs(other.first.box[1] - block.first.box[1]) < LEVEL * block.first.height
        for firm in others
        for other in firm.blocks
    )  # fmt: skip


def _is_in_window(firm: Firm) -> bool:
    """Say whether a firm stands at the top of the page with its whole address, under no word for a party."""
    return any(_stands_at_top(block) for block in firm.blocks)


def _stands_at_top(block: PartyBlock) -> bool:
    return block.role is None and block.complete and block.place in ("top", "window")


def _choose(firms: Sequence[Firm], lines: Sequence[PartyLine]) -> DecidedParties:
    options: list[Firm | None] = [*firms, None]
    pairs = [
        (_worth(seller, "seller") + _worth(buyer, "buyer"), -number, seller, buyer)
        for number, (seller, buyer) in enumerate(
            (s, b) for s in options for b in options if s is None or b is None or s is not b
        )
    ]
    best = max(pairs, key=lambda pair: pair[:2])
    _, _, seller, buyer = best
    other_sellers = max((p for p in pairs if p[2] is not seller), key=lambda pair: pair[:2], default=None)
    other_buyers = max((p for p in pairs if p[3] is not buyer), key=lambda pair: pair[:2], default=None)
    return DecidedParties(
        seller,
        buyer,
        best[0] - other_sellers[0] if other_sellers else 6.0,
        best[0] - other_buyers[0] if other_buyers else 6.0,
        other_sellers[2] if other_sellers else None,
        other_buyers[3] if other_buyers else None,
        lines,
        firms,
    )


def _worth(firm: Firm | None, party: str) -> float:
    if firm is None:
        return NO_FIRM_SCORE[party]
    return firm.seller if party == "seller" else firm.buyer
