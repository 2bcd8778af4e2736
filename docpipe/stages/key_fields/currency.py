"""Which currency the whole document is in, and which region it comes from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.compiled_pack import CompiledPack
from docpipe.stages.key_fields.layout import Cell, Layout
from docpipe.stages.key_fields.pack import Region
from docpipe.values.currency import SHARED_SIGNS, find_currencies, shared_signs

STRAY = 0.25
"""What three letters count that stand beside no number: they may mean anything."""
SIGNED = 0.9
"""How sure a code is that a sign beside amounts agrees with: `Amount due (USD)`, `$144.00`."""
FEWEST_SIGNED = 2
"""So many amounts bear a sign that counts though nobody knows it."""
OFTEN = 3
"""A shared sign that stands so many times is the document's, whatever else it names once."""
_SIGN_AT_END = re.compile(r"(?<![A-Za-z])(?:R[sp]|Gs|K\.?D|B\.?D|DT|S?Fr|lei|Ft|zł|F ?CFP)\.?\s*$")
"""A sign of letters at the end of a label: its number stands in the next cell."""
_UNKNOWN_SIGN = re.compile(
    r"-?(?P<sign>[A-Za-z]{0,2}[^\W\d_][£₵$]?|[A-Za-z]{0,2}[£₵$])\.?\s?-?\d{1,3}(?:[ ,.’']\d{2,3})+"
)
"""An amount with letters before it that name no currency here: `KSh 1,234.50`."""


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
        if (among is None or region.currency in among) and pattern.stands_in(text):
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
        sure_of = max(SIGNED if code in meant else 0.0, min(0.95, 0.6 + 0.1 * seen[code]))
        yield Candidate("currency", code, code, sure_of, rule, (where[code],))
    elif at is not None:
        of_pack = locale.dollar if sign == "$" else locale.currency if locale.currency in meant else None
        if known := of_region or of_pack:
            yield Candidate("currency", known, sign, 0.7, rule, (at,))
    elif (known := locale.currency or of_region) and not _has_unknown_sign(page):
        yield Candidate("currency", known, "", 0.4, rule, ())


def _has_unknown_sign(page: PageView) -> bool:
    """Say whether several amounts bear one sign that names no currency known: theirs is not that of the place then."""
    matches = (_UNKNOWN_SIGN.fullmatch(cell.text) for cell in page.layout.cells)
    signs = Counter(found["sign"].upper() for found in matches if found is not None)
    return any(times >= FEWEST_SIGNED for times in signs.values())


def _most(shared: Sequence[tuple[str, Cell]]) -> tuple[str, Cell | None]:
    """Return the shared sign that stands most often, and where it first stands."""
    if not shared:
        return "", None
    sign = Counter(sign for sign, _ in shared).most_common(1)[0][0]
    return sign, next(cell for other, cell in shared if other == sign)
