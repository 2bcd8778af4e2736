"""Reads a document by one pack: lay out, find labels, collect candidates, choose, derive."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

from docpipe.document import Document, Doubt, KeyField, Row
from docpipe.stages.key_fields.account_candidates import find_accounts
from docpipe.stages.key_fields.amount_scores import NAMES_THE_TOTAL
from docpipe.stages.key_fields.candidates import Candidate, PageView, find_labelled, find_shaped
from docpipe.stages.key_fields.choose import choose
from docpipe.stages.key_fields.compiled_pack import CompiledPack, PackSet
from docpipe.stages.key_fields.currency import find_currency
from docpipe.stages.key_fields.dates import day_order, doubt_issue_date, doubt_order, find_loose_dates, raise_only_date
from docpipe.stages.key_fields.document_kind import doubt_due_date, find_document_kind, settle_kind
from docpipe.stages.key_fields.field_labels import with_labels
from docpipe.stages.key_fields.form_halves import move_to_own_half
from docpipe.stages.key_fields.header import header_candidates
from docpipe.stages.key_fields.labelled_amounts import AmountSeen, find_amounts_seen, find_lonely_total_label
from docpipe.stages.key_fields.languages import FEWEST_LINES, doubt_language
from docpipe.stages.key_fields.layout import Layout, lay_out
from docpipe.stages.key_fields.line_items.choice import best_items
from docpipe.stages.key_fields.line_items.item_labels import with_headings
from docpipe.stages.key_fields.line_items.sums import total_of
from docpipe.stages.key_fields.look_alikes import doubt_look_alikes
from docpipe.stages.key_fields.other_meanings import (
    doubt_nameless,
    doubt_two_due_dates,
    without_credit_as_payment,
    without_cut_number,
)
from docpipe.stages.key_fields.parties import assign_numbers, decide_parties, party_candidates
from docpipe.stages.key_fields.parties.self_checks import doubt_number
from docpipe.stages.key_fields.poor_print import doubt_poor_print
from docpipe.stages.key_fields.print_width import prefer_letter, prefer_roll
from docpipe.stages.key_fields.proven_sums import (
    doubt_unproven,
    raise_proven,
    sum_of_payments,
    taxes_by_goods,
    without_unproven_lines,
)
from docpipe.stages.key_fields.receipt_heads import doubt_heads, keep_whole_name, without_branch_number
from docpipe.stages.key_fields.reference_evidence import (
    doubt_number_of_goods,
    doubt_references,
    without_numbers_of_others,
)
from docpipe.stages.key_fields.sum_checks import CENT, check_sums, raise_confirmed
from docpipe.stages.key_fields.taxes import derive, tax_lines
from docpipe.stages.key_fields.totals import POSITIVE, total_candidates
from docpipe.values.amounts import to_decimal
from docpipe.values.currency import NO_DECIMALS, ROUND_SUMS
from docpipe.values.dates import find_dates
from docpipe.values.identifiers import is_eu_vat
from docpipe.values.number_format import read_format
from docpipe.values.text import letters_digits

THOUSAND = Decimal(1000)
LABELLED, UNLABELLED = 0.95, 0.5
"""A full label right before a number scores at least the first; what is known by a word such as `No.` the second."""
LIKELY, PROVEN = 0.9, 0.98
"""How sure a tax number must be of its party, and how sure it is then if its check digits hold."""
LEFT_ASIDE = 0.3
"""A candidate for a number that scores no more is none."""
SHORT = 3
"""Many a count of parts or copies has so few digits, and few numbers of invoices."""
ALONE = 0.8
"""How sure a number is that alone has a full label."""
OF_ORDER = ".issue_date@order"
"""How the rules end that read the day of an order."""
OF_ROWS = ("total_charges", "total_discount", "invoice_number")
"""What is no field of the document where it is a row of its goods: carriage would count twice, a code names goods."""

Scorer = Callable[[PageView, Sequence[Candidate]], dict[str, KeyField]]
"""Chooses one value for each field among all candidates."""


def choose_by_rules(page: PageView, candidates: Sequence[Candidate]) -> dict[str, KeyField]:
    """Return what the rules' own scores choose."""
    return choose(candidates)


@dataclass(frozen=True)
class Extraction:
    """What rules read from a document, and every candidate they compared."""

    pack: str
    pack_scores: dict[str, float]
    fields: dict[str, KeyField]
    line_items: tuple[Row, ...] = ()
    tax_breakdown: tuple[Row, ...] = ()
    candidates: Sequence[Candidate] = field(default=())
    doubts: tuple[Doubt, ...] = ()
    """What a person should look at, and why."""


def extract_fields(
    document: Document, packs: PackSet, pack: str = "auto", *, core: bool = False, scorer: Scorer = choose_by_rules
) -> Extraction:
    """Read a document's key fields by the pack of a name, or by the one that its text asks for."""
    layout = lay_out(document)
    scores: dict[str, float] = {}
    language = None
    if pack == "auto":
        texts = [cell.folded for cell in layout.cells]
        compiled, scores = packs.choose(texts)
        compiled = prefer_roll(layout, compiled, packs.packs, scores)
        compiled = prefer_letter(layout, compiled, packs.packs, texts)
        printed = [cell.text for cell in layout.cells]
        language = packs.languages.unread(texts, max(scores.values(), default=0.0), printed)
    else:
        compiled = packs.by_name(pack)
    if compiled.pack.split_words:
        layout = lay_out(document, compiled.pack.split_words)
    page = view_page(layout, compiled)
    seen = find_amounts_seen(page)
    candidates = collect(page, seen)
    fields = _without_minus(move_to_own_half(page, scorer(page, candidates)))
    fields = raise_proven_numbers(raise_labelled_number(without_cut_number(page, fields), candidates))
    fields, payment_doubts = _with_payment(page, fields)
    fields = _with_remarks(page, without_numbers_of_others(page, fields))
    if layout.cells:
        fields = settle_kind(page, fields, language)
    if compiled.pack.family == "receipt":
        fields = raise_only_date(page, without_branch_number(keep_whole_name(fields, candidates)))
    doubts = (
        *doubt_language(language, unknown=_is_unknown(layout, scores, fields)),
        *(c.doubt for c in candidates if c.doubt is not None and c.path in fields),
        *doubt_issue_date(page, candidates),
        *doubt_order(page, fields),
        *doubt_look_alikes(page, fields),
        *doubt_number(page, fields),
        *(doubt_thin_number(fields, candidates) if compiled.pack.family != "receipt" else ()),
        *(doubt_references(fields, candidates) if compiled.pack.family == "invoice" else ()),
        *(doubt_heads(page, fields) if compiled.pack.family == "receipt" else ()),
        *doubt_poor_print(page, fields),
        *payment_doubts[0],
        *doubt_due_date(fields),
        *doubt_two_due_dates(fields, candidates),
        *doubt_nameless(fields),
        *payment_doubts[1],
        *_doubt_groups(page, fields),
    )
    lonely = partial(find_lonely_total_label, page, NAMES_THE_TOTAL)
    if compiled.pack.without_accents:
        fields = {path: _plain(path, field) for path, field in fields.items()}
    items = () if core or not layout.cells else best_items(page, fields)
    if core:
        found = check_sums(fields, (), seen, lonely)
        fields = raise_confirmed(fields, found.agreed)
        fields = with_labels(page, fields)
        return Extraction(compiled.name, scores, fields, (), (), candidates, (*doubts, *found.doubts))
    taken = {line for row in items for cell in row.values() for line in cell.line_ids}
    rows_own = OF_ROWS if compiled.pack.family == "invoice" else OF_ROWS[:2]
    fields = {path: field for path, field in fields.items() if not (path in rows_own and _within(field, taken))}
    fields = without_credit_as_payment(_without_charge_as_tax(fields))
    doubts = (*doubts, *doubt_number_of_goods(fields, items))
    taxes = tax_lines(page, taken)
    fields = _without_group_sum(derive(fields, taxes), items)
    found = check_sums(fields, items, seen, lonely)
    fields = raise_confirmed(fields, found.agreed)
    if compiled.pack.family == "invoice":
        fields = without_unproven_lines(taxes_by_goods(fields, items, seen), items)
        fields = raise_proven(page, sum_of_payments(fields, seen))
        confirmed = bool(found.agreed.get("total_gross"))
        doubts = (*doubts, *doubt_unproven(page, fields, items, seen, confirmed=confirmed))
    fields = with_labels(page, fields)
    return Extraction(
        compiled.name, scores, fields, with_headings(page, items), taxes, candidates, (*doubts, *found.doubts)
    )


def _with_payment(
    page: PageView, fields: Mapping[str, KeyField]
) -> tuple[dict[str, KeyField], tuple[tuple[Doubt, ...], tuple[Doubt, ...]]]:
    """Return the fields with the terms of payment and the bank, and what is doubtful about each of the two.

    What reads them is imported here, as receipts need none of it and the first result waits for every import.
    """
    if page.compiled.pack.family != "invoice" and "payment_terms" not in page.compiled.rules:
        return dict(fields), ((), ())
    from docpipe.stages.key_fields.bank_details import with_bank
    from docpipe.stages.key_fields.payment_terms import with_terms

    found, of_terms = with_terms(page, fields)
    found, of_bank = with_bank(page, found)
    return found, (of_terms, of_bank)


def _with_remarks(page: PageView, fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields with the note of an invoice; what reads it is imported for invoices alone."""
    if page.compiled.pack.family != "invoice":
        return dict(fields)
    from docpipe.stages.key_fields.remarks import with_remarks

    return with_remarks(page, fields)


def _is_unknown(layout: Layout, scores: Mapping[str, float], fields: Mapping[str, KeyField]) -> bool:
    """Say whether no pack knows a word of a page that was taken for an invoice or receipt all the same."""
    kind = fields.get("document_type")
    known = any(scores.values()) or not scores
    return not known and len(layout.cells) >= FEWEST_LINES and kind is not None and kind.value != "other"


def raise_labelled_number(fields: Mapping[str, KeyField], candidates: Sequence[Candidate]) -> dict[str, KeyField]:
    """Return the fields with a surer number where it alone has a full label right before it, whatever a model holds."""
    number = fields.get("invoice_number")
    known = [c for c in candidates if c.path == "invoice_number"]
    labelled = {letters_digits(c.value) for c in known if c.score >= LABELLED}
    others = [c for c in known if letters_digits(c.value) not in labelled and c.score > UNLABELLED]
    if number is None or len(labelled) != 1 or others or letters_digits(number.value or "") not in labelled:
        return dict(fields)
    if any(_goes_on(c) for c in known):
        return dict(fields)
    return {**fields, "invoice_number": replace(number, confidence=max(number.confidence, ALONE))}


def _goes_on(candidate: Candidate) -> bool:
    """Say whether more digits stand behind a number in its line, and no date: `2026 F 0031877` may be all of it."""
    text = " ".join(cell.text for cell in candidate.cells)
    rest = text[text.find(candidate.raw) + len(candidate.raw) :]
    return any(c.isdigit() for c in rest) and not find_dates(rest)


def raise_proven_numbers(fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields with surer tax numbers where the check digits of their country hold: how well the letters
    were read counts no more.
    """
    proven = {
        path: replace(found, confidence=PROVEN)
        for path in ("seller.tax_id", "buyer.tax_id")
        if (found := fields.get(path)) and LIKELY < found.confidence < PROVEN and is_eu_vat(found.value or "")
    }
    return {**fields, **proven}


def doubt_thin_number(fields: Mapping[str, KeyField], candidates: Sequence[Candidate]) -> Iterator[Doubt]:
    """Yield the doubt of a number that little speaks for: only a model saw it, or only `No.` stands before bare digits.

    Such a word stands before plots, roads and customers too. Letters, separators and zeros in front are a series' own.
    """
    number = fields.get("invoice_number")
    if number is None or number.value is None:
        return
    own = letters_digits(number.value)
    known = [c for c in candidates if c.path == "invoice_number"]
    scores = [c.score for c in known if letters_digits(c.value) == own]
    aside = all(c.seen is not None and c.seen.before.rfind("(") > c.seen.before.rfind(")") for c in known)
    rivals = (c.value for c in known if letters_digits(c.value) != own and c.score > LEFT_ASIDE)
    rival = next((value for value in rivals if len(value) > SHORT), None)
    if len(own) <= SHORT and rival is not None:
        message = f"“{number.value}” is short for a number, and the page also says “{rival}”."
        yield Doubt("invoice_number", "close_choice", message, rival)
        return
    if known and aside:
        message = f"“{number.value}” stands in brackets, and may be the number of another invoice."
    elif not scores:
        message = f"“{number.value}” was taken for the number, but no word for one stands beside it."
    elif max(scores) <= UNLABELLED and number.value.isdigit() and not number.value.startswith("0"):
        message = f"“{number.value}” was taken for the number, but only a word such as “No.” stands beside it."
    else:
        return
    yield Doubt("invoice_number", "close_choice", message)


def _without_minus(fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields with what is given as a positive amount without the minus or brackets that it is printed in."""
    if (fields.get("total_gross") or KeyField()).value is None or str(fields["total_gross"].value).startswith("-"):
        return dict(fields)
    return {
        path: replace(field, value=field.value.lstrip("-")) if path in POSITIVE and field.value else field
        for path, field in fields.items()
    }


def _without_group_sum(fields: Mapping[str, KeyField], items: Sequence[Row]) -> dict[str, KeyField]:
    """Return the fields without a sum of lines that is that of a group: all rows make the net, and it is far less."""
    lines, net, whole = (
        to_decimal(fields["total_lines"].value) if "total_lines" in fields else None,
        to_decimal(fields["total_net"].value) if "total_net" in fields else None,
        total_of(items),
    )
    changed = "total_discount" in fields or "total_charges" in fields
    if _is_before_row_discounts(fields, items, lines, net, whole):
        return {path: found for path, found in fields.items() if path not in ("total_lines", "total_discount")}
    if lines is None or net is None or whole is None or changed or abs(whole - net) > CENT or abs(lines - net) <= CENT:
        return dict(fields)
    return {path: found for path, found in fields.items() if path != "total_lines"}


def _is_before_row_discounts(
    fields: Mapping[str, KeyField],
    items: Sequence[Row],
    lines: Decimal | None,
    net: Decimal | None,
    whole: Decimal | None,
) -> bool:
    """Say whether the discounts of the rows are printed once more below: taken off a sum of the rows before them."""
    off = to_decimal(fields["total_discount"].value) if "total_discount" in fields else None
    if net is None or whole is None or abs(whole - net) > CENT or (off is None and lines is None):
        return False
    near = CENT * max(1, len(items))
    discounts = (to_decimal(row["discount"].value) for row in items if "discount" in row)
    rows = sum((abs(discount) for discount in discounts if discount is not None), Decimal(0))
    by_off = off is None or abs(rows - abs(off)) <= near
    return bool(rows) and by_off and (lines is None or abs(lines - rows - net) <= near)


def _without_charge_as_tax(fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields without a tax that a model took from the very place where a label names it a charge."""
    tax, charge = fields.get("total_tax"), fields.get("total_charges")
    same = tax is not None and charge is not None and tax.value == charge.value and tax.line_ids == charge.line_ids
    return {path: found for path, found in fields.items() if not (same and path == "total_tax")}


def _doubt_groups(page: PageView, fields: Mapping[str, KeyField]) -> Iterator[Doubt]:
    """Yield a doubt about a total whose sign was taken for one of thousands where the currency does not say so."""
    total, currency = fields.get("total_gross"), fields.get("currency")
    code = currency.value if currency is not None else None
    if not page.numbers.guessed or total is None or total.value is None or code in NO_DECIMALS | ROUND_SUMS:
        return
    value = to_decimal(total.value)
    if value is not None and value % 1 == 0 and abs(value) >= THOUSAND:
        message = f"Every sign stands before three digits: {total.raw} was read as {total.value}, without decimals."
        yield Doubt("total_gross", "close_choice", message, str(value / THOUSAND))


def _within(field: KeyField, lines: AbstractSet[str]) -> bool:
    return bool(field.line_ids) and lines >= set(field.line_ids)


def _plain(path: str, field: KeyField) -> KeyField:
    """Return a name or address without accents; `raw` keeps what was read."""
    if field.value is None or field.value.isascii() or not path.endswith((".name", ".address")):
        return field
    parts = unicodedata.normalize("NFKD", field.value)
    return replace(field, value=unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c))))


def view_page(layout: Layout, compiled: CompiledPack) -> PageView:
    """Return a layout with the labels of a pack found in it."""
    day_first, known = day_order(layout, compiled)
    hits = [compiled.labels.hits(cell.folded) for cell in layout.cells]
    locale = compiled.pack.locale
    texts = [line.text for page in layout.pages for line in page.lines]
    numbers = read_format(texts, locale.point, locale.spaces_group, compiled.pack.decimals)
    return PageView(layout, compiled, day_first, known, hits, numbers)


def collect(page: PageView, seen: Sequence[AmountSeen] | None = None) -> list[Candidate]:
    """Return every candidate of every field. This is what a learned scorer weighs instead of `choose`.

    `seen` are the amounts of the page, where they are known already.
    """
    if not page.layout.cells:
        return []
    kinds = list(find_document_kind(page))
    found = _of_kind([*find_labelled(page), *find_shaped(page), *find_accounts(page)], {kind.value for kind in kinds})
    if page.compiled.decides_parties:
        parties = decide_parties(page, found)
        found = [*assign_numbers(page, parties, found), *party_candidates(page, parties)]
    else:
        found += header_candidates(page)
    return [
        *found,
        *find_loose_dates(page),
        *total_candidates(page, seen),
        *kinds,
        *find_currency(page),
    ]


def _of_kind(found: Sequence[Candidate], kinds: AbstractSet[str]) -> list[Candidate]:
    """Return the candidates; the day of an order is the day of issue of that order, and of no invoice or delivery."""
    if "order" in kinds:
        return list(found)
    return [candidate for candidate in found if not candidate.rule.endswith(OF_ORDER)]
