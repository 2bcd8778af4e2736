"""The top of a receipt: the shop, where it is, its numbers."""

from __future__ import annotations

from docpipe.lab.synth import identifiers, names_and_goods
from docpipe.lab.synth.receipts.roll import ReceiptRoll
from docpipe.lab.synth.sheet import TextPart
from docpipe.values.identifiers import compact


def header(roll: ReceiptRoll) -> None:
    party, draws, paper, issuer = roll.issuer.party, roll.draws, roll.paper, roll.issuer
    big = roll.face.scale(draws.choice((1.0, 1.0, 1.2, 1.4, 1.7))).strong(draws.random() < 0.5)
    asian = issuer.country in ("MY", "SG")
    link, name = paper.link(), roll.apply_case(party.name)
    if draws.random() < 0.1:
        roll.row(
            roll.apply_case(roll.rng.choice(("Welcome", "*** Welcome ***", "Customer copy")))
            if issuer.language == "en"
            else roll.say("note.receipt"),
            role="noise",
        )
    if draws.random() < 0.06:
        roll.row(" ".join(str(draws.randint(100000, 9999999))), role="noise")
    if party.trade_name and draws.random() < 0.18:  # the sign above the door, then the firm that owns it
        sign = draws.choice(
            (
                max(party.trade_name.split()[:2], key=len),
                party.trade_name,
                party.trade_name,
                names_and_goods.party(draws, issuer.language, issuer.country, True).trade_name or party.trade_name,
            )
        )
        roll.row([paper.value("other.trade_name", roll.apply_case(sign))], face=big.scale(1.15), role="logo")
    registration = paper.value("seller.registration_id", issuer.registration, link=paper.link())
    where = draws.random() if asian else 1.0
    size = big.size * min(1.0, (roll.right - roll.left) / max(1.0, big.width(name)))
    if size < big.size * 0.75 and " " in name:  # too long for a line: cut in two
        cut = len(name[: len(name) * 3 // 5].rsplit(" ", 1)[0])
        roll.row([paper.value("seller.name", name[:cut], party.name, link=link)], face=big, role="seller")
        roll.row([paper.value("seller.name", name[cut:].strip(), link=link)], face=big, role="seller")
    elif where < 0.2:
        roll.row(
            [paper.value("seller.name", name, party.name, link=link), " (", registration, ")"],
            face=big.scale(0.85),
            role="seller",
        )
    else:
        roll.row([paper.value("seller.name", name, party.name, link=link)], face=big, role="seller")
    if 0.2 <= where < 0.42:
        roll.row(["(", registration, ")"] if draws.random() < 0.6 else [registration], role="seller")
    elif 0.42 <= where < 0.7:
        _registration(roll)
    if draws.random() < 0.08:
        roll.row(
            roll.apply_case(
                {"en": "(formerly known as ", "de": "Inh. ", "fr": "Gérant ", "zh": "店长 "}[issuer.language]
                + party.person
                + (")" if issuer.language == "en" else "")
            ),
            role="noise",
        )
    if draws.random() < 0.95:
        address(roll)
    contacts = [("seller.phone", party.phone, 0.7), ("other.fax", party.fax, 0.2)]
    shown = [(path, text) for path, text, share in contacts if draws.random() < share]
    if draws.random() < 0.35 and len(shown) == 2:
        parts: list[TextPart | str] = []
        for path, text in shown:
            parts += [*paper.pair(path, roll.say(path), text, between=roll.style.between or " "), "  "]
        roll.row(parts[:-1], role="seller")
    else:
        for path, text in shown:
            roll.row(paper.pair(path, roll.say(path), text, between=roll.style.between or " "), role="seller")
    tax_number(roll)
    if draws.random() < 0.2 and party.domain:
        roll.row(
            [
                paper.value(
                    "other.web",
                    roll.apply_case(draws.choice(("www.{}", "{}", "info@{}", "http://www.{}")).format(party.domain)),
                )
            ],
            role="seller",
        )
    if 0.7 <= where < 0.8:
        _registration(roll)
    roll.down(draws.choice((0, 0.5, 1)))
    if draws.random() < 0.6:
        roll.row(
            [paper.value("document_type", roll.say("title.receipt"), "receipt")],
            face=roll.face.scale(draws.choice((1, 1, 1.2, 1.5))).strong(draws.random() < 0.5),
            role="title",
        )


def address(roll: ReceiptRoll) -> None:
    paper, draws = roll.paper, roll.draws
    link = paper.link()
    for line in roll.issuer.party.address:
        text = roll.apply_case(line)
        room = (roll.right - roll.left) * 1.02
        while text:  # a line too wide is broken at a comma or blank
            cut = len(text)
            while roll.face.width(text[:cut]) > room and cut > 8:
                at = max(text.rfind(" ", 0, cut - 1), text.rfind(",", 0, cut - 1) + 1)
                cut = at if at > 4 else cut - 4
            roll.row(
                [paper.value("seller.address", text[:cut].rstrip(), " ".join(roll.issuer.party.address), link=link)],
                role="seller",
            )
            text = text[cut:].strip()
    if draws.random() < 0.07:
        roll.row(
            [
                paper.value(
                    "other.branch",
                    roll.apply_case(
                        f"({draws.choice(('Outlet', 'Branch', 'Shop'))} {draws.randint(1, 300)})"
                        if roll.issuer.language == "en"
                        else f"{roll.say('till.counter')} {draws.randint(1, 300)}"
                    ),
                )
            ],
            role="seller",
        )


def tax_number(roll: ReceiptRoll) -> None:
    issuer, paper, draws = roll.issuer, roll.paper, roll.draws
    if not roll.style.taxed or draws.random() > (0.8 if issuer.language != "zh" else 0.1):
        return
    keys = {"MY": ("my.seller.tax_id",), "SG": ("my.seller.tax_id",), "US": ("us.seller.tax_id",)}.get(
        issuer.country, ()
    )
    if issuer.country == "DE" and draws.random() < 0.4:
        number = f"{draws.randint(10, 299):02d}/{draws.randint(100, 999)}/{draws.randint(10000, 99999)}"
        roll.row(
            paper.pair(
                "seller.tax_id",
                roll.say("other.steuernummer"),
                number,
                number.replace("-", ""),
                between=roll.style.between or " ",
            ),
            role="seller",
        )
        return
    shown = identifiers.space_digits(issuer.tax_id, draws)
    name = roll.say.first((*keys, "seller.tax_id"))
    parts = paper.pair("seller.tax_id", name, shown, compact(issuer.tax_id), between=roll.style.between or " ")
    roll.row([*parts, ")"] if name.startswith("(") else parts, role="seller")


def _registration(roll: ReceiptRoll) -> None:
    """Print the shop's registration number behind its label, on a line of its own."""
    value = roll.paper.pair(
        "seller.registration_id",
        roll.say("my.seller.registration_id"),
        roll.issuer.registration,
        between=roll.style.between or " ",
    )
    roll.row(value, role="seller")
