"""Whose a tax number, a telephone number or a register's number is: the party's in whose block or column it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from docpipe.document import Doubt
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine
from docpipe.stages.key_fields.parties.pairs import DecidedParties
from docpipe.values.dates import find_dates
from docpipe.values.identifiers import compact, is_eu_vat, is_vat
from docpipe.values.text import fold

OWNED = ("tax_id", "phone")
"""Parts of a party that may stand in either party's block."""
TAX_DIGITS = range(7, 16)
"""A tax number has at least seven digits, and no more than fifteen."""
TAX_LETTERS = 6
GST_LETTERS, GST_LENGTH = 8, 15
"""The number of the Indian goods and services tax: `24AAKFS7781M1Z4`."""
ANOTHERS = 0.4
"""What the score of a tax number outside of all blocks is worth where another stands in the seller's own."""
LEFT_OVER = 0.5
"""How sure the other number may be for the buyer's."""
PROVEN = 1.3
"""How much more a labelled tax number is worth whose check digits hold, in its party's block or alone on the page."""
BARE = 0.7
"""What a tax number without a label scores in a party's block."""
UNSURE = 0.3
"""How sure a customer's number may be that stands by the bank's lines: `Account` names both."""
ACCOUNT_DIGITS = 10
"""Many accounts have so many digits, and few numbers of customers."""
NEAR_BANK = Doubt(
    "buyer.customer_id", "low_confidence", "It stands by the bank's lines and may be the number of an account there."
)
_AMOUNT = re.compile(r"^\W*\d{1,3}(?:[., ]\d{3})*[.,]\d{1,2}\W*$|^\W*\d+[.,]\d{1,2}\W*$|%")
_PHONE = re.compile(r"(?<![\w./-])(?:\+|00)?\(?\d[\d\s().\/-]{6,18}\d(?![\w/-])")
_PHONE_WORD = re.compile(
    r"^\W*(?:TEL|TELEFON\w*|TELEPHONE|TELEFOON|TELEF|PHONE|PH|FON|T|TLF|MOBIL\w*|MOB|CELL|PORTABLE|TLM|CALL)\b\.?\W*(?:NO\W)?"
)
_ACCOUNT = re.compile(r"^\W*(?:BANK )?(?:A/C|ACC(?:OUNT|T)?)\W{0,2} ?(?:NO|NUMBER|NR)?\b")
_SAYS_ACCOUNT = re.compile(r"\bA/C\b|\bACC|\bCOMPTE|KONTO|\bCUENTA|\bCONT[AO]\b")
_FAX = re.compile(r"^\W*(?:FAX|TELEFAX|TELEFONFAX|TELECOPIE|F)\b")


def is_tax_id(raw: str) -> bool:
    """Say whether a text may be a tax number: enough digits in one piece, and no amount, rate, date or IBAN."""
    value = compact(raw)
    digits = sum(c.isdigit() for c in value)
    if digits not in TAX_DIGITS or _AMOUNT.search(raw) or find_dates(raw):
        return False
    letters = GST_LETTERS if len(value) == GST_LENGTH else TAX_LETTERS
    return sum(c.isalpha() for c in value) <= letters and not re.match(r"[A-Z]{2}\d{2}[A-Z0-9]{14,}", value)


def assign_numbers(page: PageView, parties: DecidedParties, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield the candidates again, each number with the party it belongs to; what is no tax number, and a
    party's word for a name, is left out."""
    holder = {cell.index: line for line in parties.lines for cell in line.cells}
    own = {party: parties.lines_of(party) for party in ("seller", "buyer")}
    columns = {party: _columns(parties, party) for party in ("seller", "buyer")}
    proven = {c.value for c in candidates if c.path.endswith(".tax_id") and _holds(c.value)}
    proven -= {short for short in proven if any(long != short and long.endswith(short) for long in proven)}
    told = {
        c.value for c in candidates
        if c.path == "seller.tax_id" and c.cells and (at := holder.get(c.cells[0].index)) and at.number in own["seller"]
    }  # fmt: skip
    for candidate in candidates:
        party, _, part = candidate.path.partition(".")
        line = holder.get(candidate.cells[0].index) if candidate.cells else None
        if party in ("seller", "buyer") and part == "name" and line is not None and _names_nobody(line):
            continue
        if candidate.path == "buyer.customer_id" and line is not None:
            rest = _ACCOUNT.sub(" ", candidate.cells[0].folded)
            alone = page.compiled.shared.bank.search(rest) is None and not _near_bank(line, parties.lines)
            if page.compiled.shared.bank.search(candidate.cells[0].folded) and not alone:
                if candidate.value.isdigit():
                    yield replace(candidate, path="seller.bank_account")
                continue  # an account at a bank
            near = _near_bank(line, parties.lines)
            if near and _ACCOUNT.search(candidate.cells[0].folded) and candidate.value.isdigit():
                yield replace(candidate, path="seller.bank_account")
            else:
                may_be_account = near and _may_be_account(candidate)
                yield replace(candidate, cap=UNSURE, doubt=NEAR_BANK) if may_be_account else candidate
            continue
        if party not in ("seller", "buyer") or part not in OWNED:
            yield candidate
            continue
        if part == "tax_id" and not is_tax_id(candidate.raw):
            continue
        if line is None or party == "buyer":
            yield candidate
            continue
        owner = _owner(line, own, columns)
        if candidate.value in proven and (line.number in own["seller"] | own["buyer"] or len(proven) == 1):
            candidate = replace(candidate, score=candidate.score * PROVEN)
        if owner == "buyer":
            yield replace(candidate, path=f"buyer.{part}", rule=f"{page.compiled.name}.parties.buyer-block")
        elif part == "tax_id" and owner is None and told - {candidate.value}:
            yield replace(candidate, score=candidate.score * ANOTHERS)
            yield replace(candidate, path="buyer.tax_id", score=candidate.score * ANOTHERS, cap=LEFT_OVER)
        else:
            yield candidate
    yield from _phones(page, parties, own)
    yield from _bare_tax_ids(page, parties, own, candidates)
    yield from _proven_tax_ids(page, parties, own, candidates)


def _holds(number: str) -> bool:
    """Say whether the check digits of a tax number hold."""
    return is_eu_vat(number) or is_vat(number)


def _bare_tax_ids(
    page: PageView, parties: DecidedParties, own: dict[str, set[int]], candidates: Sequence[Candidate]
) -> Iterator[Candidate]:
    """Yield tax numbers that stand alone on a line of a party's block, without a label."""
    shape = page.compiled.shapes.get("seller.tax_id")
    labelled = {cell.index for c in candidates if c.path.endswith(".tax_id") for cell in c.cells}
    for line in parties.lines if shape is not None else ():
        party = next((p for p in ("seller", "buyer") if line.number in own[p]), None)
        if party is None or line.kind is not LineKind.TAX or any(cell.index in labelled for cell in line.cells):
            continue
        found = shape.search(line.folded) if shape is not None else None
        if found is None or found.group().strip() != line.folded.strip(" .:") or not is_tax_id(line.text):
            continue
        raw = line.text.strip(" .:")
        yield Candidate(
            f"{party}.tax_id", compact(raw), raw, BARE, f"{page.compiled.name}.parties.{party}-block", line.cells
        )


def _proven_tax_ids(
    page: PageView, parties: DecidedParties, own: dict[str, set[int]], candidates: Sequence[Candidate]
) -> Iterator[Candidate]:
    """Yield a VAT number that stands alone outside of the buyer's block, where its country's check digits hold and no
    other tax number is known: a label that ran into another column is not missed.
    """
    if any(c.path.endswith(".tax_id") and is_tax_id(c.raw) for c in candidates):
        return
    found = {
        compact(line.text): line for line in parties.lines
        if line.kind is LineKind.TAX and line.number not in own["buyer"] and is_eu_vat(line.text)
    }  # fmt: skip
    if len(found) == 1:
        value, line = next(iter(found.items()))
        rule = f"{page.compiled.name}.parties.check-digits"
        yield Candidate("seller.tax_id", value, line.text, BARE, rule, line.cells)


def _names_nobody(line: PartyLine) -> bool:
    """Say whether a line is only the word for a party: `Vendor` right of `Customer name` names nobody."""
    return line.kind is LineKind.ANCHOR and not line.rest


def _may_be_account(candidate: Candidate) -> bool:
    """Say whether a customer's number may be that of an account at a bank: digits alone, many or behind `Account`."""
    label = candidate.seen.text if candidate.seen is not None else ""
    many = len(candidate.value) >= ACCOUNT_DIGITS
    return candidate.value.isdigit() and (many or _SAYS_ACCOUNT.search(label) is not None)


def _near_bank(line: PartyLine, lines: Sequence[PartyLine]) -> bool:
    """Say whether a line of the bank stands right above or below a line, with the same left edge."""
    return any(
        other.kind is LineKind.BANK
        and other.number != line.number
        and other.page == line.page
        and abs(other.box[0] - line.box[0]) < line.height
        and abs(other.box[1] - line.box[1]) < 2.5 * line.height
        for other in lines
    )


def _owner(line: PartyLine, own: dict[str, set[int]], columns: dict[str, list[PartyLine]]) -> str | None:
    """Return the party in whose block a line stands, or in whose column closely below it."""
    for party in ("seller", "buyer"):
        if line.number in own[party]:
            return party
    best: tuple[float, str] | None = None
    for party, ends in columns.items():
        for end in ends:
            gap = line.box[1] - end.box[3]
            left = abs(line.box[0] - end.box[0])
            if end.page == line.page and 0 <= gap < 4 * line.height and left < 2 * line.height:
                best = min(best, (gap, party)) if best else (gap, party)
    return best[1] if best else None


def _columns(parties: DecidedParties, party: str) -> list[PartyLine]:
    firm = parties.seller if party == "seller" else parties.buyer
    return [max(block.lines, key=lambda line: line.box[3]) for block in firm.blocks] if firm else []


def _phones(page: PageView, parties: DecidedParties, own: dict[str, set[int]]) -> Iterator[Candidate]:
    """Yield telephone numbers that stand in a party's block."""
    for line in parties.lines:
        if line.kind is not LineKind.CONTACT or _FAX.search(line.folded):
            continue
        party = next((p for p in ("seller", "buyer") if line.number in own[p]), None)
        word = _PHONE_WORD.search(line.folded)
        found = _PHONE.search(line.text, word.end() if word else 0)
        if party is None or found is None or "@" in line.text[: found.start()]:
            continue
        if not word and fold(line.text)[: found.start()].strip(" :+(."):
            continue
        raw = found.group().strip()
        yield Candidate(f"{party}.phone", raw, raw, 0.8, f"{page.compiled.name}.parties.{party}-block", line.cells)
