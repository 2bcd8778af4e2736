"""What makes a party's name or address doubtful, although it was chosen: each doubt is listed for a person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from docpipe.document import Doubt
from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine, Role
from docpipe.stages.key_fields.parties.lone_names import name_before_register
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.text import fold, letters_digits

MISREAD = 8
"""Names that differ in at most one letter of so many, or in one, are one name, read twice."""
_LETTER_L = re.compile(r"(?<=\b[Ss]\.[Rr]\.)[I1|](?=\.?$)|(?<=\bF\.)[I1|](?=li\b)")
"""The l of `S.r.l.` and `F.lli`, read as a letter or figure that looks like it."""
_NUMBER = re.compile(r"\d{2,4}/\d{2,}|\b\d{5,}\b")
"""A document's number, or one of taxes."""


def doubt_close_choice(party: str, name: str, rival: str | None) -> Doubt:
    """Return the doubt of a choice that leads the next one by little; without a rival, nobody may be named."""
    other = f"“{rival}” is almost as likely" if rival is not None else "perhaps nobody is named"
    return Doubt(f"{party}.name", "close_choice", f"“{name}” was taken for the {party}, but {other}.", rival)


def doubt_incomplete(party: str, address: str) -> Doubt:
    """Return the doubt of an address that does not end in a town."""
    return Doubt(
        f"{party}.address", "incomplete", f"“{address}” has no postcode with a town; more may belong to it."
    )  # fmt: skip


def doubt_two_names(party: str, name: str, second: str) -> Doubt:
    """Return the doubt of a name beside which the page prints another one of the same party."""
    message = f"“{name}” was taken for the {party}; the page also says “{second}” of the same party."
    return Doubt(f"{party}.name", "two_names", message, second)


def doubt_self_billed(party: str, name: str, block: PartyBlock, text: str, other: str | None) -> Doubt | None:
    """Return the doubt of a party that no word names on a document which the buyer made out, as `text` says."""
    if block.role in (Role.SELLER, Role.BUYER):
        return None
    message = f"“{name}” was taken for the {party}, but “{text}” says that the buyer made it out."
    return Doubt(f"{party}.name", "self_billed", message, other)


def doubt_form_apart(party: str, name: str, lines: Sequence[PartyLine], words: SharedWords) -> Doubt | None:
    """Return the doubt of a name that ends in a legal form which the page states once more, apart from any name:
    `SARL au capital de 120 000 €`. Registers of such countries keep the form out of the name.
    """
    forms = list(words.legal_forms.compiled.finditer(fold(name)))
    if party != "seller" or not forms or forms[-1].start() < 4 or len(fold(name)) != len(name):
        return None
    form, short = forms[-1].group().strip(" ."), name[: forms[-1].start()].rstrip(" ,-–")
    said = next((line.text for line in lines if _states_form(line.folded, form)), None)
    if said is None or forms[-1].end() < len(name.rstrip(" .")):
        return None
    message = f"“{name}” was taken for the {party}; the page states “{form}” apart, so the name may be “{short}”."
    return Doubt(f"{party}.name", "two_names", message, short)


def _states_form(folded: str, form: str) -> bool:
    """Say whether a line states a legal form with its capital, and no name before it."""
    return re.search(rf"(?:^|[-–—|•·,;/] ?){re.escape(form)} AU CAPITAL\b", folded) is not None


def read_name(
    party: str, block: PartyBlock, others: Sequence[PartyBlock], words: SharedWords
) -> tuple[str, Doubt | None]:
    """Return the name of a party's best block, as most of its blocks print it, and what is doubtful about it.

    `others` are all blocks of the same firm, the best one included.
    """
    legal = _legal_name_below(block, words)
    if legal is not None:
        message = f"“{legal}” was taken for the {party}, beside its number; “{block.name}” stands over it."
        return legal, Doubt(f"{party}.name", "two_names", message, block.name)
    name, second = _agree_on_name(block, [one for one in others if one.role is not Role.OTHER], words)
    name = _LETTER_L.sub("l", name)
    if block.trade:
        message = f"“{name}” was taken for the {party}; the page says that it trades as “{block.trade}”."
        return name, Doubt(f"{party}.name", "two_names", message, block.trade)
    if second is not None:
        return name, doubt_two_names(party, name, second)
    odd = _say_what_is_odd(name, block, words)
    if odd is not None:
        return name, Doubt(f"{party}.name", "odd_name", f"“{name}” was taken for the {party}, but {odd}.")
    return name, None


def _legal_name_below(block: PartyBlock, words: SharedWords) -> str | None:
    """Return the name with a legal form that stands before numbers of registers in a block of another name."""
    if words.legal_forms.search(fold(block.name)) or block.role is not None:
        return None
    for line in block.rest:
        found = name_before_register(line, words) if line.kind is LineKind.TAX else None
        if found is not None and letters_digits(found[0]) not in letters_digits(block.name):
            return found[0]
    return None


def _agree_on_name(block: PartyBlock, others: Sequence[PartyBlock], words: SharedWords) -> tuple[str, str | None]:
    """Return the name that most blocks print, and another one at the same address or read as often."""
    key = letters_digits(block.name)
    readings = Counter(letters_digits(one.name) for one in others)
    for one in others:
        other = letters_digits(one.name)
        if other == key or len(other) < 4 or other in key or key in other:
            continue
        if Levenshtein.distance(key, other) > max(1, len(key) // MISREAD):
            core, second = (
                letters_digits(words.legal_forms.compiled.sub(" ", fold(n))) for n in (block.name, one.name)
            )
            told = one.complete and block.complete and one.place != "logo" and block.place != "logo"
            if told and core and second and core not in second and second not in core:
                return block.name, one.name
        elif readings[other] > readings[key]:
            return one.name, None
        elif readings[other] == readings[key]:
            return block.name, one.name
    return block.name, None


def _say_what_is_odd(name: str, block: PartyBlock, words: SharedWords) -> str | None:
    """Return what a name looks like, where that is none; a sentence goes on with it."""
    folded = fold(name)
    first = block.first
    legal = words.legal_forms.search(folded)
    streets = [line for line in block.address if line.kind is LineKind.STREET]
    if first.kind in (LineKind.STREET, LineKind.TOWN) and not legal and not streets and not block.parts:
        return "it looks like a street or a town"
    if not legal and not any(c.isdigit() for c in name) and words.tax_id.search(folded):
        return "it looks like the label of a number"
    if _NUMBER.search(folded) and first.kind is not LineKind.TAX:
        return "a number stands in it"
    return None
