"""Names and addresses of the decided parties, how sure each is, and what is doubtful about it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from docpipe.document import Doubt
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.parties.doubts import (
    doubt_close_choice,
    doubt_form_apart,
    doubt_incomplete,
    doubt_self_billed,
    doubt_two_names,
    read_name,
)
from docpipe.stages.key_fields.parties.evidence import WEIGHTS, domains_in, is_domain_of
from docpipe.stages.key_fields.parties.line_roles import LineKind, Role
from docpipe.stages.key_fields.parties.name_proofs import doubt_unproved, is_unrivalled
from docpipe.stages.key_fields.parties.pairs import SAME, DecidedParties, Firm, core_of, without_departments
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.parties.self_checks import doubt_address, doubt_name
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.values.text import fold

SLOPE, SHIFT = 0.9, -0.45
"""How a lead over the next pair becomes a confidence: 1 / (1 + exp(-(slope * lead + shift)))."""
LEAST_LEAD = 0.9
"""A lead below this is a close choice."""
SOLE = 0.91
"""How sure the name over the one address at the top is that no word names, where another one is the buyer's."""
UNRIVALLED = 0.94
"""How sure a proved name is that leads no other name worth the word by little."""


def confidence_of(lead: float) -> float:
    """Return how sure a choice is that leads the next best pair by so much."""
    return 1 / (1 + math.exp(-(SLOPE * lead + SHIFT)))


LIKELY, MAILED = 0.8, 0.93
"""How sure a name must be, and how sure it is then if a mail or web address in its block has it."""


@dataclass(frozen=True)
class _Choice:
    """The firm chosen for a party, and by how much it leads the next best choice."""

    party: str
    firm: Firm
    rival: str | None
    """The name of the next best choice; None where that is nobody."""
    lead: float

    @property
    def opposite(self) -> str:
        return "buyer" if self.party == "seller" else "seller"


def party_candidates(page: PageView, parties: DecidedParties) -> list[Candidate]:
    """Return names and addresses of the decided parties, each with a doubt where the choice was close."""
    found: list[Candidate] = []
    for party, firm, rival, lead in (
        ("seller", parties.seller, parties.seller_rival, parties.seller_lead),
        ("buyer", parties.buyer, parties.buyer_rival, parties.buyer_lead),
    ):
        if firm is not None:
            choice = _Choice(party, firm, rival.best.name if rival is not None else None, lead)
            found += _candidates_of(page, parties, choice)
    return found


def _candidates_of(page: PageView, parties: DecidedParties, choice: _Choice) -> Iterator[Candidate]:
    """Yield the name of a party, and its address if there is one."""
    firm, words, block = choice.firm, page.compiled.shared, choice.firm.best
    facts = "+".join(fact for fact in firm.facts if _speaks(fact, choice.party)) or "alone"
    rule = f"{page.compiled.name}.parties.{facts}"
    own = without_departments(firm.blocks)
    name, doubt = read_name(choice.party, block, own, words)
    if doubt is not None and doubt.reason == "two_names" and (other := _reached_by(doubt.rival, name, firm, parties)):
        name, doubt = other.name, doubt_two_names(choice.party, other.name, name)
    sure = min(0.97, confidence_of(choice.lead))
    blocks = [block, *(b for b in own if b is not block)]
    if choice.lead >= LEAST_LEAD and is_unrivalled(name, choice.rival, firm.facts, blocks, parties.lines, words):
        sure = max(sure, UNRIVALLED)
    doubt = _doubt_choice(page, parties, choice, name) or doubt
    doubt = doubt or doubt_name(page, choice.party, name, blocks, parties.lines, parties.lines_of(choice.opposite))
    doubt = doubt or doubt_form_apart(choice.party, name, parties.lines, words)
    sole = doubt is None and _is_sole_letterhead(parties, choice)
    if not sole:
        doubt = doubt or doubt_unproved(choice.party, name, firm.facts, blocks, parties.lines, words)
    elif choice.lead >= LEAST_LEAD:
        sure = max(sure, SOLE)
    if doubt is None and firm.addressed is not None and not _prints_name(firm.addressed, name, firm.forms):
        doubt = doubt_two_names(choice.party, name, firm.addressed.name)
    if doubt is None and firm.addressed is None and (unused := parties.unused_with_address()) is not None:
        doubt = doubt_close_choice(choice.party, name, unused.best.name)
    if doubt is None and sure > LIKELY and _is_mailed(block, name):
        sure = max(sure, MAILED)
    raw = " ".join(line.text for line in block.names)
    yield Candidate(f"{choice.party}.name", name, raw, sure, rule, block.cells, doubt=doubt)
    if (place := firm.addressed) is not None:
        whole = place.complete and place.has_street and choice.rival is None and choice.lead >= LEAST_LEAD
        score = (max(sure, UNRIVALLED) if whole else sure) * (0.97 if place.complete else 0.6)
        cells = tuple(c for line in place.address for c in line.cells) or place.cells
        text, partial = place.address_text, _doubt_address(page, parties, choice, place, doubt)
        yield Candidate(f"{choice.party}.address", text, text, score, rule, cells, doubt=partial)


def _doubt_choice(page: PageView, parties: DecidedParties, choice: _Choice, name: str) -> Doubt | None:
    """Return the doubt of a firm that leads by little, or that the document's maker may have chosen the other way."""
    doubt = doubt_close_choice(choice.party, name, choice.rival) if choice.lead < LEAST_LEAD else None
    billed = next((line for line in parties.lines if page.compiled.shared.self_billed.search(line.folded)), None)
    if billed is None:
        return doubt
    opposite = parties.buyer if choice.party == "seller" else parties.seller
    other = opposite.best.name if opposite is not None else None
    return doubt_self_billed(choice.party, name, choice.firm.best, billed.text, other) or doubt


def _doubt_address(
    page: PageView, parties: DecidedParties, choice: _Choice, place: PartyBlock, name: Doubt | None
) -> Doubt | None:
    """Return what is doubtful about the address of a block. `name` is the doubt about the party's name."""
    text = place.address_text
    if not place.complete and text.count(",") < 2:  # neither with a postcode, nor in one line of three parts
        return doubt_incomplete(choice.party, text)
    places = [place, *(b for b in without_departments(choice.firm.blocks) if b is not place)]
    return doubt_address(page, choice.party, name, places, parties.lines, parties.lines_of(choice.opposite))


def _is_sole_letterhead(parties: DecidedParties, choice: _Choice) -> bool:
    """Say whether a seller with a whole address and a telephone is the one firm of the page that no word names, where a
    word names the buyer with an address: nobody else can have made the document out.
    """
    firm, buyer = choice.firm, parties.buyer
    if choice.party != "seller" or len(firm.blocks) != 1 or buyer is None:
        return False
    (block,) = firm.blocks
    named = any(b.role is Role.BUYER and b.complete for b in buyer.blocks)
    head = block.role is None and block.complete and block.has_street and block.place == "top" and not block.courtesy
    others = [b for one in parties.firms if one is not firm for b in one.blocks if b.role is None]
    reached = any(line.kind is LineKind.CONTACT for line in block.rest)
    large = block.first.height >= block.address[0].height if block.address else False
    return named and head and reached and large and not others and not firm.forms.search(fold(block.name))


def _is_mailed(block: PartyBlock, name: str) -> bool:
    """Say whether a mail or web address in a block has its name."""
    return any(is_domain_of(domain, name) for line in block.rest for domain in domains_in(line.folded))


def _prints_name(block: PartyBlock, name: str, forms: Pattern) -> bool:
    """Say whether the block with a firm's address has its name: all of it, or what it begins with."""
    own, other = core_of(block.name, forms), core_of(name, forms)
    return own.startswith(other) or other.startswith(own) or Levenshtein.normalized_similarity(own, other) >= SAME


def _reached_by(rival: str | None, name: str, firm: Firm, parties: DecidedParties) -> PartyBlock | None:
    """Return the block of another name of a firm that its mail or web address has, and not the name chosen: numbers of
    registers or the foot of the page name the one that issues.
    """
    block = next((b for b in firm.blocks if b.name == rival and b.place in _ISSUERS), None)
    domains = {domain for line in parties.lines for domain in domains_in(line.folded)} if block is not None else ()
    if block is None or any(is_domain_of(domain, name) for domain in domains):
        return None
    return block if any(is_domain_of(domain, block.name) for domain in domains) else None


_ISSUERS = frozenset({"footer", "small_print", "sender_line", "logo", "letterhead"})
"""Where a name stands that is the issuer's whatever a label names."""


def _speaks(fact: str, party: str) -> bool:
    weight = WEIGHTS[fact]
    return (weight.seller if party == "seller" else weight.buyer) > 0
