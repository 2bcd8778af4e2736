"""What the whole document says: its kind and its currency."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.compiled_pack import CompiledPack
from docpipe.stages.key_fields.layout import Cell, Layout
from docpipe.stages.key_fields.pack import Region
from docpipe.values.amounts import find_amounts
from docpipe.values.currency import SHARED_SIGNS, find_currencies, shared_signs

STRAY = 0.25
"""What three letters count that stand beside no number: they may mean anything."""
OFTEN = 3
"""A shared sign that stands so many times is the document's, whatever else it names once."""
_SIGN_AT_END = re.compile(r"(?<![A-Za-z])(?:R[sp]|Gs|K\.?D|B\.?D|DT|S?Fr|lei|Ft|zł|FCFP)\.?\s*$")
"""A sign of letters at the end of a label: its number stands in the next cell."""
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


def find_document_kind(page: PageView) -> Iterator[Candidate]:
    """Yield the document's type: by its title, else by the first word of the pack on the first page, else the default.

    A title says little more than the type, in larger letters than the rest; the largest title counts. So an invoice
    that names a purchase order or a credit note is none. What only a sentence names (`we shall settle your invoice`) is
    a guess, as the default is.
    """
    prepared = page.compiled
    first = [cell for cell in page.layout.cells if cell.page == page.layout.cells[0].page]
    usual = median(cell.height for cell in first) if first else 0.0
    found = [
        (cell, kind, match)
        for kind, pattern in prepared.kinds
        for cell in first
        if (match := pattern.search(cell.folded)) is not None
    ]
    titles = [
        entry
        for entry in found
        if entry[0].height > LARGER * usual and _letters(entry[0].folded) - _letters(entry[2].group()) <= BESIDE
    ]
    if not titles and found and all(_is_sentence(cell) and kind != "receipt" for cell, kind, _ in found):
        cell, kind, _ = found[0]
        yield Candidate("document_type", kind, "", 0.6, f"{prepared.name}.kinds", (cell,))
    elif titles or found:
        told = [entry for entry in found if not _is_of_goods(page, entry[0])] or found
        large = [entry for entry in told if entry[0].height > LARGER * usual]
        cell, kind, match = max(titles or large, key=lambda entry: entry[0].height, default=told[0])
        raw = cell.text[match.start() : match.end()]
        yield Candidate("document_type", kind, raw, 0.95 if titles else 0.92, f"{prepared.name}.kinds", (cell,))
    elif first and prepared.pack.default_kind != "other":
        yield Candidate("document_type", prepared.pack.default_kind, "", 0.6, f"{prepared.name}.kinds", ())


def _is_of_goods(page: PageView, cell: Cell) -> bool:
    """Say whether money stands right of a text in its row: `Gutschrift Störung 12.08. | -6,30` is one of its goods."""
    numbers = page.numbers
    return any(
        numbers.is_money(amount, other.text)
        for other in page.layout.right_of(cell)
        for amount in find_amounts(other.text, numbers.point, spaces_group=numbers.spaces_group)
    )


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
    """Say whether a model alone took for a total what stands in a sentence."""
    if total.source != "model" or "+" in (total.source_id or ""):
        return False
    told = [cell for cell in page.layout.cells if set(cell.line_ids) & set(total.line_ids)]
    return any(_is_sentence(cell) or _ends_sentence(page, cell) for cell in told)


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


def region_of(layout: Layout, prepared: CompiledPack, among: Collection[str] | None = None) -> Region | None:
    """Return the region of the pack that the page hints at most, or None without a hint."""
    return scored_region(layout, prepared, among)[0]


def scored_region(
    layout: Layout, prepared: CompiledPack, among: Collection[str] | None = None
) -> tuple[Region | None, float]:
    """Return the region that the page hints at most, and the sum of its hints; each counts once.

    `among` are the currencies that come into question.
    """
    scores: dict[str, float] = {}
    first: dict[str, Region] = {}
    text = "\n".join(cell.folded for cell in layout.cells)
    for region, pattern in prepared.regions:
        if (among is None or region.currency in among) and pattern.search(text):
            scores[region.currency] = scores.get(region.currency, 0.0) + region.score
            if first.setdefault(region.currency, region).day_first is None:
                first[region.currency] = region
    best = max(scores, key=lambda name: scores[name], default="")
    return (first[best], scores[best]) if best else (None, 0.0)


def find_currency(page: PageView) -> Iterator[Candidate]:
    """Yield the currency that is named most often, else that of the region or of the pack.

    A sign that several countries share (`$`, `¥`, `kr`) needs a second hint, and so do three letters that stand beside
    no number: a name, the region, or the pack.
    """
    if not page.layout.cells:
        return
    seen: dict[str, float] = {}
    sure: set[str] = set()
    where: dict[str, Cell] = {}
    shared: list[tuple[str, Cell]] = []
    for cell in page.layout.cells:
        named = page.compiled.shared.currency_names.search(cell.folded) is not None
        trails = _SIGN_AT_END.search(cell.text) is not None
        beside = next(iter(page.layout.right_of(cell)), None) if named or trails else None
        if trails and not named and beside is not None and not beside.text.lstrip("-")[:1].isdigit():
            beside = None
        for found in find_currencies(f"{cell.text} {beside.text}" if beside is not None else cell.text):
            seen[found.code] = seen.get(found.code, 0) + (50 if named else 1 if found.sure else STRAY)
            sure |= {found.code} if named or found.sure else set()
            where.setdefault(found.code, cell)
        shared += [(sign, cell) for sign in shared_signs(cell.text)]
    locale, rule = page.compiled.pack.locale, f"{page.compiled.name}.currency"
    sign, at = _most(shared)
    meant = SHARED_SIGNS.get(sign, frozenset())
    region = region_of(page.layout, page.compiled, meant or None)
    of_region = region.currency if region is not None else None
    hinted = {of_region, locale.currency}
    seen = {code: times for code, times in seen.items() if code in sure or code in meant or code in hinted}
    if meant and meant.intersection(seen):
        seen = {code: times for code, times in seen.items() if code in meant}
    elif len(shared) >= OFTEN and seen and max(seen.values()) < OFTEN:
        seen.clear()
    if seen:
        code = min(seen, key=lambda c: (-seen[c], c != locale.currency, c))
        yield Candidate("currency", code, code, min(0.95, 0.6 + 0.1 * seen[code]), rule, (where[code],))
    elif at is not None:
        of_pack = locale.dollar if sign == "$" else locale.currency if locale.currency in meant else None
        if known := of_region or of_pack:
            yield Candidate("currency", known, sign, 0.7, rule, (at,))
    elif known := locale.currency or of_region:
        yield Candidate("currency", known, "", 0.4, rule, ())


def _most(shared: Sequence[tuple[str, Cell]]) -> tuple[str, Cell | None]:
    """Return the shared sign that stands most often, and where it first stands."""
    if not shared:
        return "", None
    sign = Counter(sign for sign, _ in shared).most_common(1)[0][0]
    return sign, next(cell for other, cell in shared if other == sign)
