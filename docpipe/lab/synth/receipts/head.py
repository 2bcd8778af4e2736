"""The top of a receipt: the shop, where it is, its numbers."""

from __future__ import annotations

from docpipe.lab.synth import identifiers, names_and_goods
from docpipe.lab.synth.receipts.roll import ReceiptRoll
from docpipe.lab.synth.sheet import Face, TextPart
from docpipe.values.identifiers import compact


def header(roll: ReceiptRoll) -> None:
    """Print the shop: a greeting, its sign, its name with its registration number, where it is and how to reach it."""
    party, draws, paper = roll.issuer.party, roll.draws, roll.paper
    big = roll.face.scale(draws.choice((1.0, 1.0, 1.2, 1.4, 1.7))).strong(draws.random() < 0.5)
    link = paper.link()
    _greeting(roll)
    if party.trade_name and draws.random() < 0.18:
        _sign(roll, big)
    registration = paper.value("seller.registration_id", roll.issuer.registration, link=paper.link())
    where = draws.random() if roll.issuer.country in ("MY", "SG") else 1.0
    _name(roll, big, link, registration if where < 0.2 else None)
    if 0.2 <= where < 0.42:
        roll.row(["(", registration, ")"] if draws.random() < 0.6 else [registration], role="seller")
    elif 0.42 <= where < 0.7:
        _registration(roll)
    if draws.random() < 0.08:
        _owner(roll)
    if draws.random() < 0.95:
        address(roll)
    _contacts(roll)
    tax_number(roll)
    if draws.random() < 0.2 and party.domain:
        web = draws.choice(("www.{}", "{}", "info@{}", "http://www.{}")).format(party.domain)
        roll.row([paper.value("other.web", roll.apply_case(web))], role="seller")
    if 0.7 <= where < 0.8:
        _registration(roll)
    roll.down(draws.choice((0, 0.5, 1)))
    if draws.random() < 0.6:
        roll.row(
            [paper.value("document_type", roll.say("title.receipt"), "receipt")],
            face=roll.face.scale(draws.choice((1, 1, 1.2, 1.5))).strong(draws.random() < 0.5),
            role="title",
        )


def _greeting(roll: ReceiptRoll) -> None:
    if roll.draws.random() < 0.1:
        greeting = (
            roll.apply_case(roll.rng.choice(("Welcome", "*** Welcome ***", "Customer copy")))
            if roll.issuer.language == "en"
            else roll.say("note.receipt")
        )
        roll.row(greeting, role="noise")
    if roll.draws.random() < 0.06:
        roll.row(" ".join(str(roll.draws.randint(100000, 9999999))), role="noise")


def _sign(roll: ReceiptRoll, big: Face) -> None:
    """Print the sign above the door, before the firm that owns it."""
    party, issuer = roll.issuer.party, roll.issuer
    other = names_and_goods.party(roll.draws, issuer.language, issuer.country, True).trade_name or party.trade_name
    sign = roll.draws.choice(
        (max(party.trade_name.split()[:2], key=len), party.trade_name, party.trade_name, other),
    )
    roll.row([roll.paper.value("other.trade_name", roll.apply_case(sign))], face=big.scale(1.15), role="logo")


def _name(roll: ReceiptRoll, big: Face, link: int, registration: TextPart | None) -> None:
    """Print the name, in two lines where it is too long, else with the registration number where one is given."""
    party, paper = roll.issuer.party, roll.paper
    name = roll.apply_case(party.name)
    size = big.size * min(1.0, (roll.right - roll.left) / max(1.0, big.width(name)))
    if size < big.size * 0.75 and " " in name:
        cut = len(name[: len(name) * 3 // 5].rsplit(" ", 1)[0])
        roll.row([paper.value("seller.name", name[:cut], party.name, link=link)], face=big, role="seller")
        roll.row([paper.value("seller.name", name[cut:].strip(), link=link)], face=big, role="seller")
        return
    value = paper.value("seller.name", name, party.name, link=link)
    if registration is not None:
        roll.row([value, " (", registration, ")"], face=big.scale(0.85), role="seller")
    else:
        roll.row([value], face=big, role="seller")


def _owner(roll: ReceiptRoll) -> None:
    language = roll.issuer.language
    before = {"en": "(formerly known as ", "de": "Inh. ", "fr": "Gérant ", "zh": "店长 "}[language]
    roll.row(
        roll.apply_case(before + roll.issuer.party.person + (")" if language == "en" else "")),
        role="noise",
    )


def _contacts(roll: ReceiptRoll) -> None:
    party, draws, paper, between = roll.issuer.party, roll.draws, roll.paper, roll.style.between or " "
    contacts = [("seller.phone", party.phone, 0.7), ("other.fax", party.fax, 0.2)]
    shown = [(path, text) for path, text, share in contacts if draws.random() < share]
    if draws.random() < 0.35 and len(shown) == 2:
        parts: list[TextPart | str] = []
        for path, text in shown:
            parts += [*paper.pair(path, roll.say(path), text, between=between), "  "]
        roll.row(parts[:-1], role="seller")
    else:
        for path, text in shown:
            roll.row(paper.pair(path, roll.say(path), text, between=between), role="seller")


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
