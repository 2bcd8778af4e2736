"""What speaks for a block being the seller's or the buyer's: one table of weights, with one line of reason each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine, Role
from docpipe.stages.key_fields.parties.page_lines import TOP
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.values.text import fold, letters_digits


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a fact speaks for the seller and for the buyer, in log-odds, and why."""

    seller: float
    buyer: float
    reason: str


WEIGHTS: Mapping[str, Weight] = {
    "seller_word": Weight(4.5, -4.0, "it stands under a word that names the seller"),
    "buyer_word": Weight(-4.0, 4.5, "it stands under a word that names the buyer"),
    "buyer_word_bare": Weight(-1.2, 1.2, "the same, without an address beside one that has it: who ordered"),
    "seller_word_late": Weight(2.0, -2.0, "the same, far down or on a later page"),
    "seller_word_bare": Weight(1.2, -1.2, "the same, without an address: it may name who sold"),
    "buyer_word_late": Weight(-1.5, 1.5, "the same, far down or on a later page"),
    "payee_word": Weight(2.5, -2.0, "it stands under a word that names who is paid, mostly the seller"),
    "other_word": Weight(-1.5, 0.9, "it stands under a word for a delivery or a site, mostly the buyer's"),
    "sender_line": Weight(3.0, -3.0, "name, street and town in one small line are the sender's"),
    "under_sender": Weight(-3.0, 3.5, "it stands in the window under the sender's line"),
    "logo": Weight(1.5, -1.5, "large letters at the top are the issuer's"),
    "letterhead": Weight(1.6, -0.3, "the first block of the page, above title and labels, is the issuer's"),
    "right_column": Weight(
        0.9, -0.6, "of two blocks without a word, the one at the right of the title is the issuer's"
    ),
    "left_column": Weight(0.9, -0.6, "of two blocks side by side under the title, the left one is the issuer's"),
    "aside": Weight(0.3, 1.3, "a block beside or below the letterhead is mostly the buyer's"),
    "footer": Weight(2.0, -2.5, "the foot of a page tells about its issuer"),
    "small_print": Weight(2.2, -2.5, "a name before numbers of registers is the issuer's"),
    "later_page": Weight(-0.5, -1.5, "parties stand on the first page"),
    "registered": Weight(1.5, -1.0, "numbers of taxes, registers or banks stand in its block"),
    "taxed": Weight(0.3, 0.2, "a number of taxes alone stands in its block"),
    "contact": Weight(0.9, -0.4, "its block says how to reach it"),
    "domain": Weight(1.5, -1.0, "a mail or web address elsewhere on the page has its name"),
    "customer_number": Weight(-2.0, 2.0, "a customer's number stands in its block"),
    "courtesy": Weight(-1.6, 1.8, "it is addressed in form: Mr, Attn, z. Hd."),
    "greeting": Weight(-1.5, 2.0, "the greeting names it"),
    "beneficiary": Weight(2.0, -2.0, "the account for the payment is its"),
    "named_seller": Weight(3.0, -3.0, "a label beside it names the seller"),
    "named_buyer": Weight(-3.0, 3.0, "a label beside it names the buyer"),
    "legal_form": Weight(0.3, 0.1, "it has a legal form"),
    "again": Weight(0.6, -0.2, "its name stands on the page again"),
    "no_address": Weight(-0.4, -1.2, "it has no address"),
    "bank": Weight(-2.0, -1.5, "its name is a bank's: mostly the seller's account"),
    "beside_payee": Weight(-1.5, 2.8, "it stands on the slip beside the one to pay to: who pays"),
    "body": Weight(-1.5, -1.0, "it stands amid the goods"),
    "orders": Weight(-2.5, 3.0, "it issues an order, on which a word names another firm as the vendor"),
}
"""Set by hand on made-up invoices of eight languages; docs/design/key-fields.md says how they were checked."""

OF_ISSUER = frozenset(
    {"letterhead", "logo", "sender_line", "footer", "small_print", "left_column", "right_column", "aside", "contact",
     "domain", "registered", "again"}
)  # fmt: skip
"""Facts that tell who issues a document: its seller, or the buyer of an order."""
_DOMAIN = re.compile(
    r"(?:@|WWW\.|HTTPS?://(?:WWW\.)?)([A-Z0-9.-]{3,40}\.[A-Z]{2,8})|\b([A-Z0-9-]{4,40}\.(?:COM|DE|FR|NL|BE|IT|ES|PT|PL|AT|CH|EU|CO\.UK|ORG|NET|EXAMPLE))\b"
)
COMMON = frozenset(
    {"GMAIL", "OUTLOOK", "HOTMAIL", "YAHOO", "WEB", "GMX", "ICLOUD", "INFO", "MAIL", "ORANGE", "WANADOO", "FREE"}
)
LATE = 0.6
"""A word that names a party stands above this share of a page."""
SIGNIFICANT = 4
"""A word of a name with at least so many letters says whose a domain is."""


@dataclass(frozen=True)
class PairFacts:
    """What a page says beyond its blocks."""

    domains: tuple[tuple[str, int], ...]
    """Domains in letters and digits, each with the number of its line."""
    greeting: str
    named: Mapping[str, frozenset[str]]
    """Names under labels of fields, by `seller` and `buyer`, in letters and digits."""
    texts: tuple[str, ...]


def find_facts(page: PageView, lines: Sequence[PartyLine], named: Mapping[str, frozenset[str]]) -> PairFacts:
    """Return what a page says of its parties beyond their blocks."""
    domains: list[tuple[str, int]] = []
    greeting = ""
    for line in lines:
        domains += [(name, line.number) for name in domains_in(line.folded)]
        pattern = page.compiled.parties.greeting
        if pattern is not None and (match := pattern.search(line.folded)):
            greeting += " " + line.folded[match.end() :]
    return PairFacts(tuple(domains), greeting, named, tuple(letters_digits(line.text) for line in lines))


def domains_in(folded: str) -> list[str]:
    """Return the domains of mail and web addresses in a folded text, in letters and digits; none of a mail service."""
    found = []
    for match in _DOMAIN.finditer(folded) if "." in folded else ():
        stem = (match.group(1) or match.group(2)).split(".")
        name = stem[-3] if len(stem) > 2 and len(stem[-2]) <= 3 else stem[-2]
        if name not in COMMON:
            found.append(letters_digits(name))
    return found


def facts_of(page: PageView, block: PartyBlock, facts: PairFacts, own: Collection[int], place: str) -> Iterator[str]:
    """Yield the names of the facts that speak for or against a block.

    `own` are the numbers of its firm's lines, `place` says where an unlabelled block stands to the others.
    """
    words = page.compiled.shared
    yield from _of_place(page, block, place)
    if block.courtesy:
        yield "courtesy"
    texts = " ".join(line.folded for line in block.rest)
    buyers = page.compiled.parties.belongs_to_buyer
    if buyers is not None and buyers.search(texts):
        yield "customer_number"
    elif any(line.kind in (LineKind.TAX, LineKind.BANK) for line in block.rest) and words.registered.search(texts):
        known = {line.kind for line in block.rest} & {LineKind.BANK, LineKind.CONTACT}
        yield "registered" if known or sum(line.kind is LineKind.TAX for line in block.rest) > 1 else "taxed"
    if any(line.kind is LineKind.CONTACT for line in block.rest):
        yield "contact"
    if words.legal_forms.search(fold(block.name)):
        yield "legal_form"
    if not block.address and not block.parts:
        yield "no_address"
    if ":" not in block.name and words.not_seller.search(fold(block.name)):
        yield "bank"
    key = letters_digits(block.name)
    if any(number not in own and is_domain_of(domain, block.name) for domain, number in facts.domains):
        yield "domain"
    last = re.findall(r"[A-Z]{3,}", fold(block.name))
    if last and facts.greeting and re.search(rf"\b{last[-1]}\b", facts.greeting):
        yield "greeting"
    for party in ("seller", "buyer"):
        if any(
            name == key or (len(name) > 8 and (name.startswith(key) or key.startswith(name)))
            for name in facts.named[party]
        ):
            yield f"named_{party}"
    if len(key) >= 8 and sum(key in text for text in facts.texts) > len(block.names):
        yield "again"


def _of_place(page: PageView, block: PartyBlock, place: str) -> Iterator[str]:
    height = next(float(p.height) for p in page.layout.pages if p.number == block.first.page)
    y = block.first.box[1] / height
    if block.role is not None:
        late = "_late" if y > LATE or block.first.page != page.layout.cells[0].page else ""
        bare = block.role is Role.SELLER and not (
            block.address or block.parts or page.compiled.shared.legal_forms.search(fold(block.name))
        )
        if bare:
            yield "seller_word_bare"
        elif block.role in (Role.SELLER, Role.BUYER):
            yield f"{block.role.value}_word{late}"
        else:
            yield f"{block.role.value}_word"
        return
    if block.under_sender:
        yield "under_sender"
        return
    if block.place in ("sender_line", "footer", "small_print", "later_page"):
        yield block.place
    elif block.place == "letterhead":
        yield "sender_line"
    elif block.place == "logo":
        yield "logo"
    elif block.place == "body" or y > TOP:
        yield "body"
    else:
        yield place
        if place in ("right_column", "left_column"):
            yield "aside"


def is_domain_of(domain: str, name: str) -> bool:
    """Say whether a domain (letters and digits) carries a name: a long word of it, or all of its words' beginning."""
    words = [letters_digits(word) for word in re.findall(r"\w+", name)]
    long = [word for word in words if len(word) >= SIGNIFICANT]
    joined = "".join(words)
    if len(domain) >= SIGNIFICANT and (joined.startswith(domain) or domain.startswith(joined[:12])):
        return True
    return (
        any(word in domain for word in long if 2 * len(word) > len(domain)) or sum(word in domain for word in long) >= 2
    )
