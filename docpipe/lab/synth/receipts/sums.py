"""What a receipt adds up: the sums, what was paid, taxes by rate, thanks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from docpipe.lab.synth.purchase import ZERO, Purchase, TaxRow
from docpipe.lab.synth.receipts.roll import ReceiptRoll
from docpipe.lab.synth.sheet import Face, Parts, TextPart, label
from docpipe.lab.synth.wordings import words_for

CASH_UNITS = (1, 5, 10, 20, 50, 100)


def sums(roll: ReceiptRoll, bought: Purchase) -> None:
    """Totals in the order and with the words of the issuer."""
    draws, say, paper = roll.draws, roll.say, roll.paper
    label_at = draws.choice((0.0, 0.0, 0.1, 0.3, 0.45, 0.72))
    align = "right" if label_at == 0.72 else "left"
    colon = (
        draws.choice(("", "", ":", " :", " RM", " EUR"))
        if roll.issuer.country in ("MY", "DE", "FR")
        else draws.choice(("", ":"))
    )
    if (colon == " RM" and roll.issuer.country != "MY") or (colon == " EUR" and roll.issuer.formats.currency != "EUR"):
        colon = ""
    signed = draws.random() < 0.3
    big = roll.face.scale(draws.choice((1, 1, 1.1, 1.3, 1.6))).strong(draws.random() < 0.5)

    def line(path: str, name: str, amount: Decimal, face: Face | None = None, behind: str = "") -> None:
        link = paper.link()
        face = face or roll.face
        cells: list[tuple[float, str, Parts]] = [
            (label_at, align, [label(path, name, None, link), behind, colon]),
            (1.0, "right", paper.money(path, amount, link=link, symbol=signed)),
        ]
        roll.columns(cells, "total", face)
        roll.down(max(0.0, face.size / roll.face.size - 1))

    counted = draws.random() < 0.25
    if counted:
        roll.put_linked(
            "other.count",
            say("till.count"),
            [
                paper.value(
                    "other.count",
                    str(sum(1 if item.quantity != int(item.quantity) else int(item.quantity) for item in bought.items)),
                )
            ],
            ": ",
        )
    subtotal, shows_tax = draws.random() < 0.55, roll.style.taxed and bought.tax
    if bought.discount or bought.charges or subtotal:
        path = "total_net" if not bought.inclusive and not bought.discount and not bought.charges else "total_lines"
        line(path, say("till." + path), bought.lines)
    if bought.discount:
        line(
            "total_discount",
            say("till.total_discount"),
            -bought.discount if draws.random() < 0.6 else bought.discount,
        )
    if bought.charges:
        line("total_charges", say("till.total_charges"), bought.charges)
    if shows_tax and bought.inclusive and draws.random() < 0.3:
        line("total_net", say("till.total_net"), bought.net)
    if shows_tax and (not bought.inclusive or draws.random() < 0.3):
        line("total_tax", say("till.total_tax"), bought.tax)
    rounds = bought.rounding != 0 or (draws.random() < 0.35 and roll.issuer.country in ("MY",))
    tail = draws.random()
    if not rounds:
        line("total_gross", say("till.total_gross"), bought.gross, big)
    elif tail < 0.6:
        line("other.total_unrounded", say("till.total_gross"), bought.gross)
        line("rounding", say("rounding"), bought.rounding)
        line("total_gross", say("till.total_rounded"), bought.asked, big)
    else:
        line("rounding", say("rounding"), bought.rounding)
        line("total_gross", say("till.total_gross"), bought.asked, big)
    if draws.random() < 0.35:
        roll.dashes()
    payment(roll, bought, line)


def payment(roll: ReceiptRoll, bought: Purchase, line: Callable[[str, str, Decimal], None]) -> None:
    draws, rng, say, asked = roll.draws, roll.rng, roll.say, bought.asked
    if draws.random() > 0.85:
        return
    if rng.random() < 0.65:
        unit = Decimal(rng.choice(CASH_UNITS))
        given = (asked / unit).to_integral_value(rounding="ROUND_CEILING") * unit + Decimal("0.00")
        line("amount_paid", say("till.cash"), given)
        line("other.change", say("till.change"), given - asked)
    else:
        line("amount_paid", say("till.card"), asked)
        if draws.random() < 0.4:
            for _ in range(draws.randint(1, 5)):
                key = rng.choice(words_for(roll.issuer.language, "till.card_data"))
                roll.row(
                    f"{key}: {rng.choice(('************', 'XXXXXXXXXXXX', '', ''))}{rng.randint(1000, 99999999)}",
                    "left",
                    role="noise",
                )
        if draws.random() < 0.2:
            line("other.change", say("till.change"), ZERO + Decimal("0.00"))


def tax_table(roll: ReceiptRoll, bought: Purchase) -> None:
    draws, say, paper = roll.draws, roll.say, roll.paper
    if not roll.style.taxed or not any(row.rate for row in bought.taxes) or draws.random() > 0.55:
        return
    shape = draws.random()
    if shape < 0.12 and roll.issuer.language == "en":
        tax_sentence(roll, bought)
        return
    if shape < 0.3:
        tax_lines(roll, bought)
        return
    if draws.random() < 0.5:
        roll.row([label("tax_breakdown.tax", say("till.head"))], role="head")
    three = draws.random() < 0.4
    places = (0.0, 0.62, 1.0) if not three else (0.0, 0.48, 0.74, 1.0)
    heads = [
        ("tax_breakdown.rate", "till.tax_breakdown.rate"),
        ("tax_breakdown.taxable", "till.tax_breakdown.taxable"),
        ("tax_breakdown.tax", "till.tax_breakdown.tax"),
    ]
    cells: list[tuple[float, str, Parts]] = [
        (share, "left" if k == 0 else "right", [label(path, say(key))])
        for k, ((path, key), share) in enumerate(zip(heads, places, strict=False))
    ]
    if three:
        cells.append((1.0, "right", {"en": "Total", "de": "Brutto", "fr": "TTC", "zh": "合计"}[roll.issuer.language]))
    if draws.random() < 0.8:
        roll.columns(cells, "head")
    codes = ("SR", "S", "A", "T", "B", "1", "GST", "")
    code = draws.choice(codes)
    rows = list(bought.taxes)
    if roll.issuer.country == "MY" and draws.random() < 0.4 and all(row.rate for row in rows):
        rows.append(TaxRow(ZERO, ZERO + Decimal("0.00"), ZERO + Decimal("0.00")))
    for k, row in enumerate(rows):
        rate = paper.value("tax_breakdown.rate", roll.paper.formats.rate(row.rate), f"{row.rate.normalize():f}", k)
        mark = code if row.rate else "ZRL" if code == "SR" else "Z"
        first: Parts = (
            [
                paper.value("tax_breakdown.category", mark, row=k),
                draws.choice((" @ ", " = ", " ", " (")) if code else "",
                rate,
                "%",
            ]
            if code
            else [rate, "%"]
        )
        cells = [
            (places[0], "left", first),
            (places[1], "right", [paper.amount("tax_breakdown.taxable", row.taxable, k)]),
            (places[2], "right", [paper.amount("tax_breakdown.tax", row.tax, k)]),
        ]
        if three:
            cells.append(
                (
                    1.0,
                    "right",
                    [paper.value("other.tax_row_total", roll.paper.formats.number(row.taxable + row.tax))],
                )
            )
        roll.columns(cells, "tax")
    if draws.random() < 0.3:
        total = sum((row.taxable for row in rows), ZERO)
        cells = [
            (places[0], "left", {"en": "Total", "de": "Summe", "fr": "Total", "zh": "合计"}[roll.issuer.language]),
            (places[1], "right", [paper.amount("total_net", total)]),
            (places[2], "right", [paper.amount("total_tax", bought.tax)]),
        ]
        roll.columns(cells, "tax")


def tax_sentence(roll: ReceiptRoll, bought: Purchase) -> None:
    """`(Bill inclusive of 6% GST: RM2.21)`."""
    draws, paper = roll.draws, roll.paper
    rate = max(row.rate for row in bought.taxes)
    name = draws.choice(("GST", "SST", "TAX", "VAT") if roll.issuer.country != "GB" else ("VAT",))
    link = paper.link()
    parts: list[TextPart | str] = [
        draws.choice(("(Bill inclusive of ", "(Total includes ", "Inclusive of ", "Price includes ")),
        f"{paper.formats.rate(rate)}% ",
        label("total_tax", name, None, link),
        draws.choice((": ", " : ", " = ", " ")),
        *paper.money("total_tax", bought.tax, link=link),
        draws.choice((")", "")),
    ]
    roll.row(parts, role="tax")


def tax_lines(roll: ReceiptRoll, bought: Purchase) -> None:
    """Each rate's base and tax as lines of their own."""
    draws, paper, say = roll.draws, roll.paper, roll.say
    code = draws.choice((" (S)", " (A)", " SR", ""))
    for k, row in enumerate(bought.taxes):
        for path, key, amount in (
            ("tax_breakdown.taxable", "till.total_net", row.taxable),
            ("tax_breakdown.tax", "tax_breakdown.tax", row.tax),
        ):
            link = paper.link()
            name: list[TextPart | str] = [label(path, say(key), k, link), code]
            if path.endswith("tax"):
                rate = paper.value("tax_breakdown.rate", paper.formats.rate(row.rate), f"{row.rate.normalize():f}", k)
                name += [" ", rate, "%"]
            roll.columns([(0.0, "left", name), (1.0, "right", [paper.amount(path, amount, k, link)])], "tax")


def footer(roll: ReceiptRoll) -> None:
    for _ in range(roll.draws.choice((0, 1, 2, 2, 3, 4, 5))):
        note = roll.rng.choice(words_for(roll.issuer.language, "note.receipt")).replace(
            "{n}", str(roll.rng.randint(2, 30))
        )
        if note.endswith(" in RM") and roll.issuer.formats.currency != "MYR":
            continue  # it would name a second currency
        roll.row(roll.apply_case(note), role="foot")
