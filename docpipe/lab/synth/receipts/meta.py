"""Number, date, time, and the cashier."""

from __future__ import annotations

from datetime import date

from docpipe.lab.synth import identifiers, names_and_goods
from docpipe.lab.synth.receipts.roll import ReceiptRoll
from docpipe.lab.synth.sheet import Parts, TextPart, label, relink


def meta(roll: ReceiptRoll, moment: date, clock: str) -> None:
    """Number, date, time, who and where: one of seven arrangements."""
    paper, rng, shape, between = roll.paper, roll.rng, roll.style.meta_shape, roll.style.between or " "
    issuer = roll.issuer
    number = identifiers.draw_number(rng, issuer.number_shape, moment.year, moment.month)
    style = roll.draws
    entries: list[tuple[str, str, list[TextPart | str]]] = []

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
    bare = shape == 6
    if shape in (0, 1):
        for path, name, parts in entries:
            roll.put_linked(path, name, parts, between)
    elif shape in (2, 3):  # labels in a column, values in another
        tab = style.uniform(0.22, 0.45)
        for path, name, parts in entries:
            link = paper.link()
            colon = style.choice(("", ":"))
            roll.columns(
                [
                    (
                        0,
                        "left",
                        [label(path, name, None, link)] if shape == 2 else [label(path, name, None, link), colon],
                    ),
                    (tab, "left", [*(() if shape == 2 else (": ",)), *relink(parts, link)]),
                ],
                "meta",
            )
    elif shape in (4, 5):  # two entries on a line
        for k in range(0, len(entries), 2):
            cells: list[tuple[float, str, Parts]] = []
            for (path, name, parts), (share, align) in zip(
                entries[k : k + 2], ((0.0, "left"), (1.0, "right") if shape == 4 else (0.52, "left")), strict=False
            ):
                link = paper.link()
                cells.append((share, align, [label(path, name, None, link), between, *relink(parts, link)]))
            roll.columns(cells, "meta")
    elif bare:  # values without a label
        shares = (0.0, 0.5, 1.0)
        for k in range(0, len(entries), 3):
            roll.columns(
                [
                    (share, align, parts)
                    for (_, _, parts), share, align in zip(
                        entries[k : k + 3], shares, ("left", "center", "right"), strict=False
                    )
                ],
                "meta",
            )
