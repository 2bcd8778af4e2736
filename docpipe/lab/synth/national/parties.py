"""Firms and people of many countries: names and addresses from Faker's locales, and names of trades of our own."""

# ruff: noqa: E501
from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from random import Random

from docpipe.lab.synth.national.words import COINED, FORMS, TRADES

COUNTRIES = {
    "en": ("US", "US", "US", "GB", "GB", "GB", "AU", "CA", "IE"),
    "de": ("DE", "DE", "DE", "AT", "CH"),
    "fr": ("FR", "FR", "FR", "BE", "CH"),
    "it": ("IT",),
    "nl": ("NL", "NL", "NL", "BE"),
    "es": ("ES",),
    "pl": ("PL",),
    "pt": ("PT", "PT", "BR"),
}
"""The countries of a language, the more usual ones more often."""
_LOCALES = {("fr", "CH"): "fr_CH", ("nl", "BE"): "nl_BE", ("fr", "BE"): "fr_FR"}
_NAMES = {
    "US": "USA|United States", "GB": "United Kingdom|UK", "AU": "Australia", "CA": "Canada", "IE": "Ireland", "DE": "Deutschland|Germany",
    "AT": "Österreich", "CH": "Schweiz|Suisse", "FR": "France", "BE": "Belgique|België", "IT": "Italia|Italy", "NL": "Nederland",
    "ES": "España|Spain", "PL": "Polska", "PT": "Portugal", "BR": "Brasil",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """A party as printed. `lines` are its address, the country among them where it is printed."""

    name: str
    brand: str
    lines: tuple[str, ...]
    city: str
    person: str
    surname: str
    phone: str
    mail: str
    web: str
    tax_id: str
    register: str
    private: bool = False


@cache
def _faker(locale: str):  # type: ignore[no-untyped-def]  # Faker is typed as Any
    from faker import Faker

    faker = Faker(locale)
    if locale == "it_IT":  # its towns come out of a set, in an order of each process
        for provider in faker.get_providers():
            if hasattr(provider, "cities"):
                provider.cities = sorted(provider.cities)
    return faker


def draw_side(rng: Random, language: str, country: str, *, private: bool = False, abroad: bool = False) -> Side:
    """Make up a firm, or a private person, of a country; `abroad` prints the country below the address."""
    locale = _LOCALES.get((language, country), f"{language}_{country}")
    faker = _faker(locale)
    faker.seed_instance(rng.getrandbits(48))
    given, surname, city = faker.first_name(), faker.last_name(), faker.city()
    person = f"{given} {surname}"
    word = rng.choice(COINED) + rng.choice(("", "", "", rng.choice(COINED).lower()))
    roll = rng.random()
    if private:
        name = person if rng.random() < 0.7 else faker.name()
        brand = surname
    elif roll < 0.4:
        name = faker.company()
        brand = name.split()[0].strip(",")
    else:
        pattern = rng.choice(TRADES[language].split("|"))
        brand = pattern.format(s=surname, g=given, c=city, w=word)
        name = brand + rng.choice(FORMS[language].split("|")).format(s=surname, g=given)
    if not private and rng.random() < 0.15:
        name = name.upper()
    lines = tuple(_address(rng, faker, country, city))
    if abroad:
        lines = (*lines, rng.choice(_NAMES[country].split("|")))
    host = (
        "".join(c for c in unicodedata.normalize("NFKD", brand.lower()) if c.isascii() and c.isalnum())[:16] or "firm"
    )
    host = host if rng.random() < 0.75 else rng.choice(COINED).lower() + str(rng.randint(1, 99))
    ending = {"US": "com", "GB": "co.uk", "AU": "com.au", "CA": "ca", "BR": "com.br"}.get(country, country.lower())
    domain = f"{host}.{ending}" if rng.random() < 0.7 else f"{host}.com"
    box = rng.choice(("info", "office", "contact", "billing", "hello", given.lower().replace(" ", "")))
    mail = unicodedata.normalize("NFKD", box).encode("ascii", "ignore").decode() or "info"
    return Side(
        " ".join(name.split()), brand, lines, city, person, surname, _phone(rng, country), f"{mail}@{domain}",
        rng.choice(("www.", "www.", "https://", "")) + domain, _tax_id(rng, country), _digits(rng, rng.choice((6, 8, 9))),
        private,
    )  # fmt: skip


def _address(rng: Random, faker, country: str, city: str) -> list[str]:  # type: ignore[no-untyped-def]
    street = [part.strip(" ,") for part in faker.street_address().split("\n") if part.strip()]
    code = faker.postcode()
    match country:
        case "GB" | "IE":
            street = _british_street(rng, faker) if country == "GB" and rng.random() < 0.6 else street
            if rng.random() < 0.6:
                return [*street, city, code]
            return [*street, f"{city} {code}" if rng.random() < 0.5 else f"{city}, {code}"]
        case "BR":
            return [*street, f"{city} - {rng.choice(('SP', 'RJ', 'MG'))}, {code}"]
        case "IT":
            street = _italian_street(rng, faker, street)
            town = _italian_town(rng, faker, city, code)
        case "ES":
            street = [street[0].split(" Apt")[0].split(" Piso")[0].split(" Puerta")[0]]
            town = f"{code} {city}" if rng.random() < 0.7 else f"{code} {city} ({faker.state()})"
        case "PL":
            town = f"{code} {city}"
            street = _polish_street(rng, faker) if rng.random() < 0.4 else street
        case "BE":
            town = _continental_town(rng, country, city, code)
            street = _belgian_street(rng) if rng.random() < 0.7 else street
        case _:
            town = _town(rng, faker, country, city, code)
    if rng.random() < 0.05:
        return [f"{', '.join(street)}, {town}"]
    return [*street, town]


def _town(rng: Random, faker, country: str, city: str, code: str) -> str:  # type: ignore[no-untyped-def]
    match country:
        case "US":
            short = rng.random() < 0.85
            return f"{city}, {faker.state_abbr()} {code}" if short else f"{city}, {faker.state()}, {code}"
        case "AU":
            return f"{city} {faker.state_abbr()} {code}"
        case "CA":
            return f"{city}, {rng.choice(('ON', 'QC', 'BC', 'AB'))} {code}"
        case "NL":
            spaced = f"{code[:4]} {code[-2:]}" if rng.random() < 0.8 else f"{code[:4]}{code[-2:]}"
            return f"{spaced} {city}" if rng.random() < 0.9 else f"{spaced} {city.upper()}"
        case "FR":
            return f"{code} {city.upper() if rng.random() < 0.35 else city}{' CEDEX' if rng.random() < 0.08 else ''}"
        case _:
            return _continental_town(rng, country, city, code)


def _continental_town(rng: Random, country: str, city: str, code: str) -> str:
    prefix = {"DE": "D-", "AT": "A-", "CH": "CH-", "BE": "B-"}.get(country, "")
    return f"{prefix if rng.random() < 0.07 else ''}{code} {city}"


def _italian_town(rng: Random, faker, city: str, code: str) -> str:  # type: ignore[no-untyped-def]
    province = faker.state_abbr()
    if rng.random() < 0.6:
        return f"{code} {city} ({province})"
    return f"{code} {city} {province}" if rng.random() < 0.4 else f"{code} {city}"


def _british_street(rng: Random, faker) -> list[str]:  # type: ignore[no-untyped-def]
    street = f"{rng.randint(1, 240)} {faker.street_name().title()}"
    if rng.random() < 0.25:
        houses = ("Unit 4", "First Floor", "Kingsway House", "Mill Court", "Suite 12", "The Old Barn")
        return [rng.choice(houses), street]
    return [street]


def _italian_street(rng: Random, faker, street: list[str]) -> list[str]:  # type: ignore[no-untyped-def]
    if rng.random() >= 0.7:
        return [street[0].split(" Appartamento")[0].split(" Piano")[0]]
    kind = rng.choice(("Via", "Via", "Corso", "Piazza", "Viale"))
    return [f"{kind} {faker.last_name()}{rng.choice((' ', ', '))}{rng.randint(1, 190)}"]


def _polish_street(rng: Random, faker) -> list[str]:  # type: ignore[no-untyped-def]
    name = faker.street_name().split(" ", 1)[-1]
    return [f"ul. {name} {rng.randint(1, 140)}{rng.choice(('', '/4', 'A', ' m. 7'))}"]


def _belgian_street(rng: Random) -> list[str]:
    street = rng.choice(("Kerkstraat", "Stationsstraat", "Nieuwstraat", "Dorpsstraat"))
    return [f"{street} {rng.randint(1, 200)}"]


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _phone(rng: Random, country: str) -> str:
    d = _digits(rng, 9)
    local = {
        "US": (f"({d[:3]}) {d[3:6]}-{d[5:9]}", f"{d[:3]}-{d[3:6]}-{d[5:9]}", f"+1 {d[:3]} {d[3:6]} {d[5:9]}"),
        "GB": (f"020 {d[:4]} {d[4:8]}", f"+44 20 {d[:4]} {d[4:8]}", f"01{d[:3]} {d[3:9]}"),
        "FR": (f"01 {d[:2]} {d[2:4]} {d[4:6]} {d[6:8]}", f"+33 1 {d[:2]} {d[2:4]} {d[4:6]} {d[6:8]}"),
        "DE": (f"0{d[:3]} / {d[3:9]}", f"+49 {d[:2]} {d[2:9]}", f"0{d[:2]}-{d[2:8]}"),
        "PL": (f"{d[:3]} {d[3:6]} {d[6:9]}", f"+48 {d[:3]} {d[3:6]} {d[6:9]}", f"22 {d[:3]} {d[3:5]} {d[5:7]}"),
        "NL": (f"0{d[:2]} - {d[2:9]}", f"+31 (0){d[:2]} {d[2:9]}"),
    }.get(
        country,
        (
            f"{d[:3]} {d[3:6]} {d[6:9]}",
            f"+{rng.randint(30, 61)} {d[:3]} {d[3:6]} {d[6:9]}",
            f"{d[:2]} {d[2:5]} {d[5:9]}",
        ),
    )
    return rng.choice(local)


def _tax_id(rng: Random, country: str) -> str:
    d = _digits(rng, 11)
    return {
        "US": f"{d[:2]}-{d[2:9]}", "GB": rng.choice((f"GB {d[:3]} {d[3:7]} {d[7:9]}", f"GB{d[:9]}", f"{d[:3]} {d[3:7]} {d[7:9]}")), "AU": f"{d[:2]} {d[2:5]} {d[5:8]} {d[8:11]}",
        "CA": f"{d[:9]} RT0001", "IE": f"IE{d[:7]}T", "DE": f"DE{d[:9]}", "AT": f"ATU{d[:8]}", "CH": f"CHE-{d[:3]}.{d[3:6]}.{d[6:9]}", "FR": rng.choice((f"FR{d[:11]}", f"FR {d[:2]} {d[2:11]}")),
        "BE": rng.choice((f"BE0{d[:9]}", f"BE 0{d[:3]}.{d[3:6]}.{d[6:9]}")), "IT": rng.choice((d, f"IT{d}")), "NL": f"NL{d[:9]}B01", "ES": f"{rng.choice('AB')}{rng.choice(('', '-'))}{d[:8]}",
        "PL": rng.choice((f"{d[:3]}-{d[3:6]}-{d[6:8]}-{d[8:10]}", d[:10], f"PL{d[:10]}")), "PT": rng.choice((f"5{d[:8]}", f"PT5{d[:8]}")), "BR": f"{d[:2]}.{d[2:5]}.{d[5:8]}/0001-{d[8:10]}",
    }[country]  # fmt: skip
