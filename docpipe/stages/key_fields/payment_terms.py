"""The terms of payment: behind their label, or a sentence that asks for payment; joined over lines, never a fragment.

A value must say within which time or by which means to pay. The words for that stand in
`rules/shared/payment_terms.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from docpipe.document import Doubt, KeyField
from docpipe.stages.key_fields.candidates import PageView, places_of
from docpipe.stages.key_fields.layout import Cell, join_polygons
from docpipe.stages.key_fields.patterns import Hit
from docpipe.stages.key_fields.term_words import (
    ACCOUNT,
    NUMBERED_ACCOUNT,
    closes,
    fold_marks,
    split_sentences,
    term_patterns,
)
from docpipe.values.dates import find_dates
from docpipe.values.text import letters_digits

PATH = "payment_terms"
DUE = "due_date"
"""A label for the day of payment stands before a number of days, too: `Due: 30 days`."""
LABELLED, BY_SENTENCE = 0.95, 0.85
"""How sure terms are behind their label, and in a sentence of their own, that give a time."""
DATED, BY_MEANS = 0.75, 0.7
"""The same of a sentence that names a day, and of a means of payment alone."""
DOUBTED = 0.3
NUMBERS = ("purchase_order", "contract_number", "buyer.customer_id")
"""Whose labels end the terms before them in one line."""
_NUMBER = re.compile(r"[\s.:#°º-]*(?:[A-Z]{1,4}[-/ ]?)?\d")
_OWN_LABEL = re.compile(r"[^\W\d_][^:：.,;\d]{2,28}[:：](?!\S)")
"""A line that begins with words and a colon is about what they say: `Lieferbedingung: frei Haus`."""
MOST_LINES = 6
LONGEST = 400
"""More letters are no terms, but a page of small print."""
NEAR = 0.8
"""Lines of one paragraph stand no further apart than so many heights."""
FEWEST_WORDS = 3
LINE = 30
"""A line of so many letters may go on in the next one; a shorter one stands alone, as in a table."""
_BREAK = re.compile(r"[|•·;/]\s*$|[.–]\s+$|\s{2,}$")
_EDGES = " :：.,;-–|*#·•"


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of payment that were found, and how sure they are."""

    text: str
    score: float
    rule: str
    cells: tuple[Cell, ...]
    whole: bool = True
    """Whether nothing of it seems to be cut off."""


def read_terms(page: PageView) -> tuple[KeyField | None, Doubt | None]:
    """Return the terms of payment of a document, and why a person should look at them."""
    found = sorted((*_labelled(page), *_sentences(page)), key=lambda t: -t.score)
    if not found:
        return None, None
    best = found[0]
    own = letters_digits(best.text)
    rival = next((t for t in found[1:] if _is_rival(best, t, own)), None)
    read = min(cell.confidence for cell in best.cells)
    score = best.score * min(1.0, 0.5 + read / 2) * (0.8 if rival is not None else 1.0)
    doubt = None
    if not best.whole:
        doubt = Doubt(PATH, "incomplete", f"“{best.text}” seems to be a part of a sentence.")
    elif rival is not None:
        doubt = Doubt(
            PATH,
            "close_choice",
            f"“{best.text}” was taken for the terms; the page also says “{rival.text}”.",
            rival.text,
        )
    confidence = min(score, DOUBTED) if not best.whole else score
    return (
        KeyField(
            value=best.text,
            raw=best.text,
            confidence=round(confidence, 4),
            source="rule",
            source_id=best.rule,
            page=best.cells[0].page,
            polygon=join_polygons(best.cells),
            line_ids=tuple(line for cell in best.cells for line in cell.line_ids),
        ),
        doubt,
    )


def with_terms(page: PageView, fields: Mapping[str, KeyField]) -> tuple[dict[str, KeyField], tuple[Doubt, ...]]:
    """Return the fields with the terms of payment, and what is doubtful about those."""
    if PATH not in page.compiled.rules:
        return dict(fields), ()
    terms, doubt = read_terms(page)
    rest = {path: field for path, field in fields.items() if path != PATH}
    return (rest if terms is None else {**rest, PATH: terms}), (() if doubt is None else (doubt,))


def _is_rival(best: Terms, other: Terms, own: str) -> bool:
    text = letters_digits(other.text)
    return other.score > 0.85 * best.score and text not in own and own not in text


def _labelled(page: PageView) -> Iterator[Terms]:
    """Yield what stands beside each label for terms, as far as it holds some."""
    rule = page.compiled.rules[PATH]
    page = replace(page, hits=[_plain_hits(page, cell) for cell in page.layout.cells])
    for cell in page.layout.cells:
        for number, hit in enumerate(page.hits[cell.index]):
            if hit.owner.split("@")[0] not in (PATH, DUE):
                continue
            for _, text, at in places_of(page, cell, number, rule):
                joined, cells = _join_lines(page, text, at, cell, labelled=True)
                terms = _judge(joined, cells, LABELLED, f"{page.compiled.name}.{PATH}")
                if terms is None or (hit.owner != PATH and terms.score < LABELLED):
                    continue
                yield terms
                break


def _plain_hits(page: PageView, cell: Cell) -> tuple[Hit, ...]:
    """Return the labels of a cell that stand as labels, without those of days of payment that cover a sentence."""
    hits = page.hits[cell.index]
    if any(hit.owner.split("@")[0] == DUE for hit in hits):
        hits = page.compiled.plain_labels.hits(cell.folded)
    return tuple(hit for hit in hits if stands_as_label(cell, hit) or _labels_number(cell, hit))


def _labels_number(cell: Cell, hit: Hit) -> bool:
    """Say whether a label stands before another number in the same line: `7 dni  Zamówienie nr 12/B`."""
    return hit.owner.split("@")[0] in NUMBERS and _NUMBER.match(cell.text, hit.end) is not None and hit.start > 0


def stands_as_label(cell: Cell, hit: Hit) -> bool:
    """Say whether a label is one, and no word of a sentence: it begins a cell or ends in a colon."""
    before, after = cell.text[: hit.start], cell.text[hit.end :]
    begins = not before.strip(_EDGES) or _BREAK.search(before) is not None
    rest = after.lstrip(" .)")
    if not rest:
        return begins
    if rest[0] in ":：":
        return True
    if rest[0].islower() and hit.owner.split("@")[0] != PATH:
        return False  # `Fatura a 30 dias`
    return begins and term_patterns().asks.begins(fold_marks(cell.text[hit.start :])) is None


def _sentences(page: PageView) -> Iterator[Terms]:
    """Yield each sentence that asks for payment and says when."""
    words, seen = term_patterns(), set[int]()
    for cell in page.layout.cells:
        if cell.index in seen:
            continue
        text, cells = _join_lines(page, cell.text, cell, cell)
        seen |= {c.index for c in cells}
        if len(text) > 4 * LONGEST or not words.asks.search(fold_marks(text)):
            continue
        for sentence in split_sentences(text):
            folded = fold_marks(sentence)
            if words.asks.search(folded) and len(sentence.split()) >= FEWEST_WORDS:
                own = tuple(c for c in cells if _shares(c.text, sentence)) or tuple(cells)
                terms = _judge(sentence, own, BY_SENTENCE, f"{page.compiled.name}.{PATH}.sentence")
                if terms is not None:
                    begins, ends = not sentence[:1].islower(), terms.text[-1:] in ".!?"
                    whole = terms.whole and begins and ends and _ends(page, text, sentence, cells[-1])
                    yield replace(terms, whole=whole)  # without a mark, more may follow: an account, a column beside


def _ends(page: PageView, text: str, sentence: str, last: Cell) -> bool:
    """Say whether a sentence ends where it was cut: at its mark, or where no line follows closely that may go on."""
    if not text.endswith(sentence) or closes(text):
        return True
    below = next((c for c in page.layout.below(last, 1)), None)
    return (
        below is None
        or below.box[1] - last.box[3] > NEAR * last.height
        or abs(below.box[0] - last.box[0]) > 1.5 * last.height
        or len(last.text) < LINE
        or _begins_with_label(page, below)
    )


def _shares(line: str, sentence: str) -> bool:
    """Say whether a line holds words of a sentence that is joined of lines."""
    return line in sentence or sentence in line or any(part in line for part in (sentence[:12], sentence[-12:]))


def _judge(text: str, cells: Sequence[Cell], score: float, rule: str) -> Terms | None:
    """Return a text as terms of payment, or None where it says nothing of them."""
    words = term_patterns()
    kept: list[str] = []
    best = 0.0
    for sentence in split_sentences(text):
        folded = fold_marks(sentence)
        worth = 0.0
        if kept and NUMBERED_ACCOUNT.search(folded):
            break
        if words.share.search(folded):
            worth = score
        elif not words.other.search(folded):
            if words.span.search(folded) or words.at_once.search(folded):
                worth = score
            elif (words.asks.search(folded) or words.method.search(folded)) and _names_day(sentence):
                worth = DATED
            elif words.method.search(folded) and score == LABELLED and not kept:
                worth = BY_MEANS
        if not worth and kept:
            break
        if worth:
            kept.append(sentence)
            best = max(best, worth)
    value = ACCOUNT.sub("", " ".join(kept)).strip(_EDGES.replace(".", "")) if kept else ""
    if not value or len(value) > LONGEST:
        return None
    if score == LABELLED and len(kept) == 1 and "." not in value.split()[-1][:-1]:
        value = value.rstrip(".")  # `60 días f.f.` keeps its own
    return Terms(value, best, rule, tuple(cells), _is_whole(value))


def _is_whole(text: str) -> bool:
    folded = fold_marks(text)
    return text.count("(") == text.count(")") and term_patterns().goes_on.search(folded) is None


def _names_day(text: str) -> bool:
    """Say whether a sentence names a day, and is no label with a date behind it: `Payment due: 8 February 2026`."""
    dates = find_dates(text)
    return (
        bool(dates) and text[: dates[0].start].rstrip()[-1:] not in ":：" and len(text) > dates[0].end - dates[0].start
    )


def _join_lines(
    page: PageView, text: str, at: Cell, label: Cell, *, labelled: bool = False
) -> tuple[str, tuple[Cell, ...]]:
    """Return a text with the lines below it in which it goes on, and the cells of all of them.

    A sentence goes on up to its mark; what stands behind a label may have none.
    """
    cells, last = [at], at
    while len(cells) < MOST_LINES and (below := _next_line(page, last, (at, label), labelled)) is not None:
        text = text[:-1] + below.text if text.endswith("-") and below.text[:1].islower() else f"{text} {below.text}"
        cells.append(below)
        last = below
    return text, tuple(cells)


def _next_line(page: PageView, last: Cell, first: tuple[Cell, Cell], labelled: bool) -> Cell | None:
    """Return the line right below another in which its sentence goes on."""
    below = next((c for c in page.layout.below(last, 1)), None)
    if below is None or below.box[1] - last.box[3] > NEAR * last.height:
        return None
    alike = 0.7 * last.height < below.height < 1.4 * last.height
    left = min(abs(below.box[0] - cell.box[0]) for cell in (last, *first))
    if last.text.rstrip().endswith(",") and first[0].box[0] <= below.box[0] < first[0].box[2]:
        left = 0.0  # `10 days 3 %,` over `60 days net`, below the value and not below its label
    centred = abs(below.box[0] + below.box[2] - last.box[0] - last.box[2]) < last.height
    if not alike or (left > 1.5 * last.height and not centred) or _begins_with_label(page, below) or closes(last.text):
        return None
    if below.text[:1].islower():
        return below
    words = term_patterns()
    text = fold_marks(last.text.rstrip())
    if _OWN_LABEL.match(below.text) and words.span.search(fold_marks(below.text)) is None:
        return None
    if words.goes_on.search(text) is not None:
        return below
    wide = len(last.text) >= LINE and below.box[2] < last.box[2] + 2 * last.height
    times = (words.span, words.at_once, words.share)
    said = labelled and (any(pattern.search(text) for pattern in times) or find_dates(last.text))
    return below if wide and not said and any(c.isalpha() for c in below.text) else None


def _begins_with_label(page: PageView, cell: Cell) -> bool:
    hits = page.hits[cell.index]
    account = any(hit.owner.startswith("payment.") and hit.start == 0 for hit in hits)
    return account or any(not cell.text[: hit.start].strip() and stands_as_label(cell, hit) for hit in hits)
