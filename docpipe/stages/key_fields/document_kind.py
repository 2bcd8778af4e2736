"""What a document is: an invoice, a credit note, a receipt, an order, or something that asks for no payment.

A title says it, a subject line, or a label such as `Invoice no.`; a mention in a sentence proves nothing, for an
invoice names the quote, the order and the delivery that it follows. What nothing proves is doubted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from statistics import median

from pydantic import BaseModel, ConfigDict

from docpipe.document import Doubt, KeyField
from docpipe.files.shipped import shipped_folder
from docpipe.files.yaml_file import load_model
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.pack import UNCHECKED, Phrase
from docpipe.stages.key_fields.patterns import Pattern, any_of
from docpipe.stages.key_fields.print_width import LETTER, columns_of
from docpipe.values.amounts import find_amounts
from docpipe.values.text import fold

FILE = "shared/documents.yaml"
TOTALS = ("total_gross", "total_net", "amount_due", "amount_paid")
"""A document without any of these is none that asks for money."""
UNBACKED = 0.3
"""How sure a total may be that only a model saw, on a document that nothing calls an invoice or a receipt."""
SENTENCE = 6
"""Words in one line that make a sentence; rows of goods and totals have fewer."""
LARGER = 1.25
"""A title's letters exceed the usual height by this factor."""
BESIDE = 4
"""So many letters may stand in a title beside the words for its type: `TAX INVOICE`, `Invoice no. 17`."""
COLUMNS = 4
"""A row with so many cells is a table's."""
APART = 3.0
"""So many of a title's heights lie between it and what else stands in its row."""
NEAR = 2.5
"""A value stands in the label's row or within so many of its heights below."""
UPPER = 0.5
"""A title in letters of the usual height stands in this share of a page."""
TITLE, LABEL, GUESS = 0.95, 0.92, 0.6
"""How sure a type is by a title, by a label, and by little or nothing."""
_NUMBERED = re.compile(r"\S*\d\S*|\b(?:NR|NO|NUM|NUMER|NUMERO|NUMBER|NUMMER|N|DEL|DU|VOM|VAN|OF|FROM|DATED|DATE)\b")

_COLON = re.compile(r"[^\d:]{0,12}:")


class DocumentWords(BaseModel):
    """The words of `rules/shared/documents.yaml`; the file explains each list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    other: tuple[Phrase, ...]
    order: tuple[Phrase, ...]
    weak: tuple[Phrase, ...]
    denials: tuple[Phrase, ...]
    offers: tuple[Phrase, ...]
    subject: tuple[Phrase, ...]


class Standing(IntEnum):
    """Where the words for a type stand, the weakest place first."""

    SENTENCE = 0
    MENTION = 1
    LABEL = 2
    SMALL_TITLE = 3
    SUBJECT = 4
    TITLE = 5


@dataclass(frozen=True)
class Named:
    """A type that a cell names."""

    kind: str
    raw: str
    cell: Cell
    standing: Standing
    weak: bool = False


@lru_cache(maxsize=1)
def document_words() -> DocumentWords:
    """Return the shared words, read once per process; tests check their patterns, which compile when first used.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return load_model(DocumentWords, shipped_folder("rules") / FILE, UNCHECKED)


@lru_cache(maxsize=1)
def _patterns() -> Mapping[str, Pattern]:
    """Return the shared words as patterns: those of titles at the beginning of a text, the others anywhere."""
    words = document_words()
    titles = {name: _any_of(getattr(words, name)) for name in ("other", "order", "weak")}
    titles = {name: Pattern(rf"^(?:{pattern.source})(?![A-Z])") for name, pattern in titles.items()}
    return {
        **titles,
        "denials": _any_of(words.denials),
        "offers": _any_of(words.offers),
        "subject": _any_of(words.subject),
    }


def _any_of(entries: Sequence[Phrase]) -> Pattern:
    pattern = any_of(entries)
    assert pattern is not None  # the file's model asks for entries
    return pattern


def find_document_kind(page: PageView) -> Iterator[Candidate]:
    """Yield the document's type: by its title, else by where words for one stand on the first page, else the default.

    A title says little more than the type, in larger letters than the rest; the largest counts. So an invoice that
    names a purchase order or a credit note is none. A type without proof is doubted, except on a till's roll.
    """
    first = [cell for cell in page.layout.cells if cell.page == page.layout.cells[0].page]
    if not first:
        return
    usual = median(cell.height for cell in first)
    titles = list(_find_titles(page, first, usual))
    whole = {title.cell.index for title in titles}  # `Pro forma invoice` names no invoice
    named = [*(n for n in _find_named(page, first, usual) if n.cell.index not in whole), *titles]
    best = max(named, key=_rank, default=None)
    rule = f"{page.compiled.name}.kinds"
    default = page.compiled.pack.default_kind
    if best is not None:
        denied = best.kind == "invoice" and best.standing < Standing.TITLE and _is_denied(page)
        doubt = _doubt_named(page, best, named, denied=denied)
        raw = (
            "" if best.standing is Standing.SENTENCE and best.kind != "receipt" else best.raw
        )  # a guess, as the default
        score = GUESS if doubt is not None else TITLE if best.standing is Standing.TITLE else LABEL
        yield Candidate("document_type", "other" if denied else best.kind, raw, score, rule, (best.cell,), doubt=doubt)
    elif default != "other":
        yield Candidate("document_type", default, "", GUESS, rule, (), doubt=_doubt_default(page, default))


def _rank(named: Named) -> tuple[int, float]:
    return named.standing, named.cell.height if named.standing is Standing.TITLE else 0.0


def _find_titles(page: PageView, cells: Sequence[Cell], usual: float) -> Iterator[Named]:
    """Yield the titles and subject lines that name a document which asks for no payment, or an order.

    Small ones count in the upper part of a page, where no number of such a document follows: `Delivery note: 4711`.
    """
    if page.compiled.pack.family == "broadcast":
        return
    patterns = _patterns()
    upper = UPPER * page.layout.pages[0].height
    roll = page.compiled.pack.family == "receipt"  # which has large titles only
    for cell in cells:
        if roll and cell.height <= LARGER * usual:
            continue
        subject = patterns["subject"].begins(cell.folded)
        text = cell.folded[subject.end() if subject is not None else 0 :].lstrip(" -–*·:")
        start = len(cell.folded) - len(text)
        for name, kind in (("other", "other"), ("order", "order"), ("weak", "other")):
            match = patterns[name].begins(text)
            if match is None:
                continue
            rest = _letters(_NUMBERED.sub(" ", text[match.end() :]))
            large = cell.height > LARGER * usual
            if subject is not None:
                standing = Standing.SUBJECT
            elif rest > BESIDE:
                break
            elif large:
                standing = Standing.TITLE
            elif _is_label(text, match.end()):
                break
            elif cell.box[1] < upper and not _has_value(page, cell):
                alone = _stands_apart(page, cell) and _is_above_tables(page, cell)
                standing = Standing.SMALL_TITLE if alone else Standing.MENTION
            else:
                break
            yield Named(kind, cell.text[start : start + match.end()], cell, standing, name == "weak")
            break


def _find_named(page: PageView, cells: Sequence[Cell], usual: float) -> Iterator[Named]:
    """Yield what the pack's own words name, in its order: of equal standing the first one counts."""
    for kind, pattern in page.compiled.kinds:
        for cell in cells:
            match = pattern.search(cell.folded)
            if match is None:
                continue
            rest = _letters(cell.folded) - _letters(match.group())
            bare = _letters(_NUMBERED.sub(" ", cell.folded[: match.start()] + "x" + cell.folded[match.end() :]))
            if _is_of_goods(page, cell):
                standing = Standing.SENTENCE
            elif cell.height > LARGER * usual and rest <= BESIDE:
                standing = Standing.TITLE
            elif cell.height > LARGER * usual or (
                bare <= BESIDE and kind != "order" and not _is_label(cell.folded, match.end())
            ):
                standing = Standing.SMALL_TITLE
            elif _is_sentence(cell):
                standing = Standing.SENTENCE
            else:
                begins = match.start() <= BESIDE or len(cell.folded.split()) <= BESIDE
                standing = Standing.LABEL if begins else Standing.MENTION
            yield Named(kind, cell.text[match.start() : match.end()], cell, standing)


def _is_label(text: str, end: int) -> bool:
    """Say whether a colon stands behind the words for a type, before any number."""
    return _COLON.match(text, end) is not None


def _stands_apart(page: PageView, cell: Cell) -> bool:
    """Say whether nothing of a row is near a cell: the letterhead beside a title stands further away."""
    gap, others = APART * cell.height, (c for c in page.layout.rows[cell.row] if c.index != cell.index)
    return all(cell.box[0] - other.box[2] >= gap or other.box[0] - cell.box[2] >= gap for other in others)


def _is_above_tables(page: PageView, cell: Cell) -> bool:
    """Say whether a cell stands in no table, and none begins above it."""
    return all(len(row) < COLUMNS for row in page.layout.rows[: cell.row + 1] if row[0].page == cell.page)


def _has_value(page: PageView, cell: Cell) -> bool:
    """Say whether a title is the label of a number: one stands right of it or below, and none within it."""
    if any(c.isdigit() for c in cell.folded):
        return False
    beside = [*page.layout.right_of(cell)[:1], *list(page.layout.below(cell, 1))[:1]]
    return any(
        any(c.isdigit() for c in other.text.split()[0]) and abs(other.middle - cell.middle) < NEAR * cell.height
        for other in beside
    )


def doubt_due_date(fields: Mapping[str, KeyField]) -> Iterator[Doubt]:
    """Yield the doubt of a day when an offer is due: it is mostly the one until which it holds."""
    kind, due = fields.get("document_type"), fields.get("due_date")
    if kind is None or due is None or due.value is None or kind.value != "other":
        return
    if _patterns()["offers"].search(fold(kind.raw or "")):
        yield Doubt("due_date", "close_choice", f"{due.raw} may be the day until which the offer holds.")


def _is_denied(page: PageView) -> bool:
    """Say whether a document says that it is no invoice."""
    return any(_patterns()["denials"].search(cell.folded) for cell in page.layout.cells)


def _doubt_named(page: PageView, best: Named, named: Sequence[Named], *, denied: bool) -> Doubt | None:
    """Return the doubt about a type: a mention alone says it, another title contradicts, or the page denies it."""
    if page.compiled.pack.family != "invoice":
        return None
    if denied:
        return _doubt("The document says that it is no invoice.", best.kind)
    invoice = any(
        n.kind == "invoice" and n.standing >= Standing.LABEL and _is_above_tables(page, n.cell) for n in named
    )
    if best.kind == "other" and invoice and (best.weak or best.standing < Standing.TITLE):
        return _doubt(f"{best.raw!r} stands like a title, but an invoice is named as well.", "invoice")
    if best.standing <= Standing.MENTION:
        return _doubt(f"Only a mention says so, no title and no label: {best.cell.text[:60]!r}.", None)
    return None


def _doubt_default(page: PageView, default: str) -> Doubt | None:
    """Return the doubt about a type that no word names: of an invoice always, of a receipt on a letter's page."""
    family = page.compiled.pack.family
    if family == "invoice":
        return _doubt(f"No title and no label calls it an {default}.", None)
    if family == "receipt" and (columns_of(page.layout) or 0.0) >= LETTER:
        return _doubt("Nothing calls it a receipt, and it is a letter's width.", "invoice")
    return None


def _doubt(message: str, rival: str | None) -> Doubt:
    return Doubt("document_type", "close_choice", message, rival)


def _is_of_goods(page: PageView, cell: Cell) -> bool:
    """Say whether money stands right of a text in its row: `Gutschrift Störung 12.08. | -6,30` is one of its goods."""
    return any(_has_money(page, other) for other in page.layout.right_of(cell))


def settle_kind(page: PageView, fields: Mapping[str, KeyField], language: str | None) -> dict[str, KeyField]:
    """Return the fields with a type that nothing on the page speaks for made `other`.

    That is so for the default type of a document without a total (a plain letter), and in an unsupported language. An
    amount in a sentence that a model saw and no rule is no total then: it stays, as a doubtful one.
    """
    kind = fields.get("document_type")
    guessed = kind is None or not kind.raw
    totals = {path: fields[path] for path in TOTALS if path in fields}
    unbacked = all(_only_told(page, total) for total in totals.values())
    if language is None and not (guessed and unbacked):
        return dict(fields)
    if unbacked:
        doubted = {path: replace(total, confidence=min(total.confidence, UNBACKED)) for path, total in totals.items()}
        fields = {**fields, **doubted}
    other = KeyField(
        "other", confidence=0.4 if language else 0.6, source="rule", source_id=f"{page.compiled.name}.kinds.other"
    )
    return {**fields, "document_type": other}


def _only_told(page: PageView, total: KeyField) -> bool:
    """Say whether a model alone took for a total what stands in a sentence, or is no amount of money."""
    if total.source != "model" or "+" in (total.source_id or ""):
        return False
    told = [cell for cell in page.layout.cells if set(cell.line_ids) & set(total.line_ids)]
    if any(_is_sentence(cell) or _ends_sentence(page, cell) for cell in told):
        return True
    return not any(_has_money(page, cell, written=True) for cell in told)


def _has_money(page: PageView, cell: Cell, *, written: bool = False) -> bool:
    """Say whether an amount of money stands in a cell; `written` asks for one with a sign, or alone in its cell."""
    numbers = page.numbers
    for amount in find_amounts(cell.text, numbers.point, spaces_group=numbers.spaces_group):
        shown = cell.text[amount.start : amount.end].strip()
        plain = shown.isdigit() and not amount.marked and shown != cell.text.strip()
        if numbers.is_money(amount, cell.text) and not (written and plain):
            return True
    return False


def _is_sentence(cell: Cell) -> bool:
    return sum(word.isalpha() for word in cell.text.split()) >= SENTENCE


def _ends_sentence(page: PageView, cell: Cell) -> bool:
    """Say whether a cell begins below a sentence that goes on in it: an amount that did not fit its line."""
    above = next(iter(page.layout.above(cell, 1)), None)
    if above is None or not _is_sentence(above) or above.text[-1:] in ".:!?":
        return False
    return abs(above.box[0] - cell.box[0]) < cell.height and cell.box[1] - above.box[3] < cell.height


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)
