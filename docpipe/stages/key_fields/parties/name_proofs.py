"""What proves a party's name: something on the page beside the place where the name was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docpipe.document import Doubt
from docpipe.stages.key_fields.parties.evidence import domains_in, is_domain_of
from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine, Role, is_person
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.text import fold, letters_digits

PRINTED = 6
"""A name of fewer letters may stand in other words by chance."""
FIRST_WORDS = 3
"""Behind a legal form that a name begins with stand at least so many letters."""
_TELLING = frozenset({"greeting", "beneficiary", "named_seller", "named_buyer"})
"""Facts of a firm that name it a second time."""


def doubt_unproved(
    party: str,
    name: str,
    facts: Sequence[str],
    blocks: Sequence[PartyBlock],
    lines: Sequence[PartyLine],
    words: SharedWords,
) -> Doubt | None:
    """Return the doubt of a name that nothing on the page proves but the place where it was read.

    `facts` are those of its firm, `blocks` all of its firm, the best one first, `lines` all of the document.
    """
    if next(find_proofs(name, facts, blocks, lines, words), None) is not None:
        return None
    message = f"“{name}” was taken for the {party}, but no legal form, label, mail address or second print proves it."
    return Doubt(f"{party}.name", "unproved_name", message)


def find_proofs(
    name: str, facts: Sequence[str], blocks: Sequence[PartyBlock], lines: Sequence[PartyLine], words: SharedWords
) -> Iterator[str]:
    """Yield what proves a name beyond its own place."""
    block = blocks[0]
    if is_legal_name(name, words):
        yield "legal_form"
    own = {line.number for line in block.names}
    key = letters_digits(name)
    if len(key) >= PRINTED and any(key in letters_digits(line.text) for line in lines if line.number not in own):
        yield "printed_again"
    if any(is_domain_of(domain, name) for line in lines for domain in domains_in(line.folded)):
        yield "domain"
    yield from sorted(_TELLING & set(facts))
    if block.complete and block.role in (Role.SELLER, Role.BUYER):
        yield "labelled"
    if block.complete and (block.courtesy or block.under_sender):
        yield "addressed"
    if block.complete and is_taxed(block):
        yield "taxed"
    if block.complete and (_ends_in_person(name, words) or words.bodies.search(fold(name))):
        yield "told_kind"


def _ends_in_person(name: str, words: SharedWords) -> bool:
    """Say whether a name is a person's, or ends in one: `Marta Quiroga`, `Studio Tecnico Ing. Davide Ferrarini`."""
    parts = name.split()
    return any(is_person(" ".join(parts[n:]), words) for n in range(max(0, len(parts) - 4), len(parts) - 1))


def is_unrivalled(
    name: str,
    rival: str | None,
    facts: Sequence[str],
    blocks: Sequence[PartyBlock],
    lines: Sequence[PartyLine],
    words: SharedWords,
) -> bool:
    """Say whether a name with a whole address is proved, and the next best choice is nobody, or no legal name where
    this is one: a place, a label or a trade. Then it counts little how far ahead of it the choice is.
    """
    if not any(block.complete for block in blocks):
        return False
    if rival is None:
        return next(find_proofs(name, facts, blocks, lines, words), None) is not None
    return is_legal_name(name, words) and not is_legal_name(rival, words)


def is_legal_name(name: str, words: SharedWords) -> bool:
    """Say whether a name ends in a legal form, or begins with one: `Boulangerie Aubert SARL`, `SARL Aubert et Fils`."""
    folded = fold(name)
    forms = list(words.legal_forms.compiled.finditer(folded))
    if not forms:
        return False
    ends = len(folded.rstrip(" .)")) - forms[-1].end() <= 1
    return ends or (forms[0].start() <= 1 and sum(c.isalpha() for c in folded[forms[0].end() :]) >= FIRST_WORDS)


def is_taxed(block: PartyBlock) -> bool:
    """Say whether a number of taxes stands right under a name, in its own block."""
    last = block.names[-1]
    under = next((line for line in block.rest if line.kind is LineKind.TAX and line.row == last.row + 1), None)
    return under is not None and abs(under.box[0] - last.box[0]) < last.height
