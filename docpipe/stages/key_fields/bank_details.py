"""The seller's bank and the number of its account there, where that is no IBAN.

The words stand in `rules/shared/banks.yaml`.

A line that names a bank counts only beside other lines of a bank: an IBAN, a sort code, a label. The account of who
pays (`we will debit your account`) is another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from pydantic import BaseModel, ConfigDict

from docpipe.document import Doubt, KeyField
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.pack import Phrase
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.shared_words import load_patterns
from docpipe.values.text import fold, letters_digits

FILE = "shared/banks.yaml"
NAME, ACCOUNT = "seller.bank_name", "seller.bank_account"
LABELLED, BESIDE = 0.9, 0.8
"""How sure a bank's name is behind its label, and on a line beside other lines of a bank."""
NUMBERED = 0.98
RIVALLED = 0.5
"""How sure a choice among several banks is."""
MOST = 20
"""More lines of banks are not looked at: each is compared with all lines of the document."""
NEAR = 3.5
"""Lines of a bank stand no further apart than so many heights."""
_NO_NAME = r"(?:Nr|No|Konto|Kto|IBAN|BIC|SWIFT|Sort|Account|Acc|BLZ|Branch|ABI|CAB|O)"
_WORD = (
    rf"(?:(?!{_NO_NAME}\b)[A-ZÀ-Ž][^\W\d&.'’-]*(?:[&.'’-][^\W\d]*)*(?!\w)"
    r"|[a-z][A-Z][^\W\d]+|d(?:ell)?['’][A-ZÀ-Ž][^\W\d]+)"
)
_GLUE = r"(?:&|de|du|des|di|del|della|do|da|der|für|w|i|e|et|y|la|le|und|and|of)"
_NAME = re.compile(rf"(?<!\w){_WORD}(?: (?:{_GLUE} )*{_WORD})*")
_FORM = re.compile(r"(?: (?:S\.A\.|S\.p\.A\.|AG|SA|SpA|plc|PLC|Ltd|N\.V\.|eG|Bank))*")
_LEAD = re.compile(r"^(?:Bank(?:ing)?|Banque|Banca|Banco|Bankverbindung|Konto|Domiciliation)\s*:\s*")
_END = re.compile(
    r"[,;(·•]|\s[–|-]\s|\s{2,}|\s(?=(?:IBAN|BIC|SWIFT|Konto|Kto|Sort|Account|A/C|BLZ|ABI|CAB|ag)\b|n[r°º]|N[or°º]|\d|[A-Z]{2}\d)"
)
"""Where a bank's name behind its label ends at the latest."""
LONGEST = 60
LONG_LINE = 40
_DIGITS = range(6, 21)


class BankWords(BaseModel):
    """What `rules/shared/banks.yaml` says; the file explains each list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: tuple[Phrase, ...]
    label: tuple[Phrase, ...]
    not_name: tuple[Phrase, ...]
    account: tuple[Phrase, ...]
    account_label: tuple[Phrase, ...]
    beside: tuple[Phrase, ...]
    theirs: tuple[Phrase, ...]


@dataclass(frozen=True)
class BankPatterns:
    """The same lists, each one pattern over folded text."""

    name: Pattern
    label: Pattern
    not_name: Pattern
    account: Pattern
    account_label: Pattern
    beside: Pattern
    theirs: Pattern


@lru_cache(maxsize=1)
def bank_patterns() -> BankPatterns:
    """Return the patterns, read once per process; tests check them, and they compile when first used.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return load_patterns(BankWords, BankPatterns, FILE)


def with_bank(page: PageView, fields: Mapping[str, KeyField]) -> tuple[dict[str, KeyField], tuple[Doubt, ...]]:
    """Return the fields with the seller's bank and account, and what is doubtful about those."""
    found = dict(fields)
    doubts: list[Doubt] = []
    if page.compiled.pack.family != "invoice" or page.compiled.pack.language == "zh":
        return found, ()
    for path, options in ((NAME, _names), (ACCOUNT, _accounts)):
        if path == NAME and found.get(path, KeyField()).value is not None:
            continue
        known = sorted(islice(options(page), MOST), key=lambda option: -option[1])
        if not known:
            continue
        value, score, cell, rule = known[0]
        rival = next((other for other, *_ in known[1:] if not _is_same(other, value)), None)
        if rival is not None:
            score = RIVALLED
            doubts.append(Doubt(path, "close_choice", f"“{value}” was taken; the page also says “{rival}”.", rival))
        found[path] = KeyField(
            value=value,
            raw=value,
            confidence=round(score * min(1.0, 0.5 + cell.confidence / 2), 4),
            source="rule",
            source_id=f"{page.compiled.name}.{rule}",
            page=cell.page,
            polygon=cell.polygon,
            line_ids=cell.line_ids,
        )
    return found, tuple(doubts)


Option = tuple[str, float, Cell, str]


def _is_same(one: str, other: str) -> bool:
    a, b = letters_digits(one), letters_digits(other)
    return a in b or b in a


def _names(page: PageView) -> Iterator[Option]:
    """Yield the names of banks that stand beside other lines of a bank."""
    words = bank_patterns()
    named = (cell for cell in page.layout.cells if words.name.search(cell.folded))
    for cell in islice(named, 2 * MOST):
        if len(cell.text) > 200 or words.theirs.search(cell.folded):
            continue
        name = _cut_name(cell.text)
        if name is None:
            continue
        below = next(iter(page.layout.below(cell, 1)), None)
        if below is not None and cell.text.endswith(name) and below.text[:1].islower() and len(cell.text) > LONG_LINE:
            name = _cut_name(f"{cell.text} {below.text}") or name  # `Caixa Geral` over `de Depósitos`
        labelled = words.label.search(cell.folded) is not None or _has_label(page, cell)
        if labelled:
            yield name, LABELLED, cell, "bank.labelled"
        elif any(
            _is_near(cell, other) and words.beside.search(_rest(other, cell, name)) for other in page.layout.cells
        ):
            yield name, BESIDE, cell, "bank.beside"


def _rest(other: Cell, cell: Cell, name: str) -> str:
    """Return the folded text of a line, without the name itself where it is the same line."""
    return fold(other.text.replace(name, " ")) if other.index == cell.index else other.folded


def _is_near(cell: Cell, other: Cell) -> bool:
    """Say whether two lines stand in one block: closely one below the other, or in one row."""
    if cell.page != other.page:
        return False
    apart = abs(other.middle - cell.middle)
    beside = max(other.box[0] - cell.box[2], cell.box[0] - other.box[2])
    return apart < NEAR * cell.height and beside < 2 * cell.height


def _has_label(page: PageView, cell: Cell) -> bool:
    """Say whether a label for a bank's name stands left of a line or above it."""
    left = next(iter(page.layout.left_of(cell)), None)
    above = next(iter(page.layout.above(cell, 1)), None)
    label = bank_patterns().label
    return any(near is not None and label.search(near.folded.rstrip(" :.") + ":") is not None for near in (left, above))


def _cut_name(text: str) -> str | None:
    """Return the words of a text that name a bank: `to Lloyds Bank, sort code 30-91-87` has `Lloyds Bank`."""
    words = bank_patterns()
    if (label := words.label.search(fold(text))) is not None:
        told = _END.split(text[label.end() :].strip())[0].strip(" ,;-–")
        if 2 < len(told) < LONGEST and words.name.search(fold(told)) and not words.not_name.search(fold(told)):
            return told
    text = _LEAD.sub("", text)
    for found in _NAME.finditer(text):
        name = found.group().strip(" .,-")
        folded = fold(name.replace("’", "'"))
        if words.name.search(folded) and not words.not_name.search(folded) and len(name) > 2:
            more = _FORM.match(text, found.end())
            whole = name + (more.group() if more is not None else "")
            return whole + "." if text[found.start() :].startswith(whole + ".") and whole[-2:-1] == "." else whole
    return None


def _accounts(page: PageView) -> Iterator[Option]:
    """Yield the numbers of accounts that stand beside other lines of a bank."""
    words = bank_patterns()
    numbered = (
        cell for cell in page.layout.cells
        if words.account.search(cell.folded) or words.account_label.search(cell.folded)
    )  # fmt: skip
    for cell in islice(numbered, 2 * MOST):
        if words.theirs.search(cell.folded):
            continue
        found = words.account.search(cell.folded)
        at, raw = cell, cell.text[found.start("value") : found.end("value")] if found is not None else ""
        if found is None and words.account_label.search(cell.folded):
            right = next(iter(page.layout.right_of(cell)), None)
            if right is not None and re.fullmatch(r"\d[\d -]{3,22}\d", right.text):
                at, raw = right, right.text
        if sum(c.isdigit() for c in raw) not in _DIGITS:
            continue
        rest = fold(cell.text.replace(raw, " "))
        alone = words.account.compiled.sub(" ", rest)
        near = (
            other for other in page.layout.cells if other.index not in (cell.index, at.index) and _is_near(cell, other)
        )
        if _tells_bank(alone) or any(_tells_bank(other.folded) for other in near):
            yield raw.replace(" ", ""), NUMBERED, at, "bank.account"


def _tells_bank(folded: str) -> bool:
    words = bank_patterns()
    return words.beside.search(folded) is not None or (
        words.name.search(folded) is not None and words.not_name.search(folded) is None
    )
