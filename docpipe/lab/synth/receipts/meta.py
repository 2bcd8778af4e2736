"""Number, date, time, and the cashier."""

from __future__ import annotations

from datetime import date

from docpipe.lab.synth import identifiers, names_and_goods
from docpipe.lab.synth.receipts.roll import ReceiptRoll
from docpipe.lab.synth.sheet import Parts, TextPart, label, relink

Entry = tuple[str, str, list[TextPart | str]]
"""Path, label, and what stands behind it."""


def meta(roll: ReceiptRoll, moment: date, clock: str) -> None:
    """Number, date, time, who and where: one of seven arrangements."""
    entries = _draw_entries(roll, moment, clock)
    shape = roll.style.meta_shape
    if shape in (0, 1):
        for path, name, parts in entries:
            roll.put_linked(path, name, parts, roll.style.between or " ")
    elif shape in (2, 3):
        _set_at_tab(roll, entries, plain=shape == 2)
    elif shape in (4, 5):
        _set_in_pairs(roll, entries, flush=shape == 4)
    elif shape == 6:
        _set_bare(roll, entries)


def _draw_entries(roll: ReceiptRoll, moment: date, clock: str) -> list[Entry]:
    paper, rng, issuer = roll.paper, roll.rng, roll.issuer
    number = identifiers.draw_number(rng, issuer.number_shape, moment.year, moment.month)
    style = roll.draws
    entries: list[Entry] = []

    def entry(path: str, name: str, parts: list[TextPart | str]) -> None:
        entries.append((path, name, parts))

    if style.random() < 0.88:
        entry(
            "invoice_number",
            roll.say("till.invoice_number"),
            [paper.value("invoice_number", number, number.upper())],
        )
    drawn = style.random()
    day = paper.day("issue_date", moment)
    time = paper.value("other.time", clock)
    if drawn < 0.3:
        entry("issue_date", roll.say("till.issue_date"), [day, style.choice((" ", "  ", " ", "", " - ", ", ")), time])
    elif drawn < 0.7:
        entry("issue_date", roll.say("till.issue_date"), [day])
        entry("other.time", roll.say("till.time"), [time])
    else:
        entry("issue_date", roll.say("till.issue_date"), [day])
    if style.random() < 0.08:
        entry(
            "other.print_date",
            roll.say("other.print_date"),
            [paper.value("other.print_date", paper.formats.day(moment))],
        )
    for key, made in (
        (
            "till.cashier",
            roll.apply_case(names_and_goods.person(rng, issuer.language, issuer.country)).split()[0]
            if issuer.language != "zh"
            else names_and_goods.person(rng, "zh", "CN"),
        ),
        (
            "till.counter",
            str(rng.choice((rng.randint(1, 12), f"{rng.randint(1, 99):02d}", f"POS{rng.randint(1, 9)}"))),
        ),
        ("till.table", f"{rng.choice(('', 'A', 'T'))}{rng.randint(1, 60)}"),
        ("till.member", str(rng.randint(10**5, 10**11))),
    ):
        if (
            style.random()
            < (0.5, 0.35, 0.2, 0.12)[("till.cashier", "till.counter", "till.table", "till.member").index(key)]
        ):
            entry(
                "other." + key.removeprefix("till."),
                roll.say(key),
                [paper.value("other." + key.removeprefix("till."), made)],
            )
    style.shuffle(entries)
    return entries


def _set_at_tab(roll: ReceiptRoll, entries: list[Entry], *, plain: bool) -> None:
    """Set labels in a column, values in another."""
    tab = roll.draws.uniform(0.22, 0.45)
    for path, name, parts in entries:
        link = roll.paper.link()
        colon = roll.draws.choice(("", ":"))
        head = label(path, name, None, link)
        values = relink(parts, link)
        roll.columns(
            [(0, "left", [head] if plain else [head, colon]), (tab, "left", [*values] if plain else [": ", *values])],
            "meta",
        )


def _set_in_pairs(roll: ReceiptRoll, entries: list[Entry], *, flush: bool) -> None:
    """Set two entries on a line."""
    between = roll.style.between or " "
    for k in range(0, len(entries), 2):
        cells: list[tuple[float, str, Parts]] = []
        places = ((0.0, "left"), (1.0, "right") if flush else (0.52, "left"))
        for (path, name, parts), (share, align) in zip(entries[k : k + 2], places, strict=False):
            link = roll.paper.link()
            cells.append((share, align, [label(path, name, None, link), between, *relink(parts, link)]))
        roll.columns(cells, "meta")


def _set_bare(roll: ReceiptRoll, entries: list[Entry]) -> None:
    """Set values without a label, three on a line."""
    places = ((0.0, "left"), (0.5, "center"), (1.0, "right"))
    for k in range(0, len(entries), 3):
        few = zip(entries[k : k + 3], places, strict=False)
        roll.columns([(share, align, parts) for (_, _, parts), (share, align) in few], "meta")
