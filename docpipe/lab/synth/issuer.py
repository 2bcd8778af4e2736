"""Who issues documents, and how: all that the documents of one issuer have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from docpipe.lab.synth import identifiers, names_and_goods
from docpipe.lab.synth.formats import Formats
from docpipe.lab.synth.wordings import word, words_for

COUNTRIES = {
    "en": ("MY", "MY", "SG", "US", "US", "GB", "GB", "IE"),
    "de": ("DE", "DE", "DE", "AT", "CH"),
    "fr": ("FR", "FR", "FR", "BE", "CH"),
    "zh": ("CN",),
}
RECEIPT_COUNTRIES = {**COUNTRIES, "en": ("MY", "MY", "MY", "MY", "SG", "US", "GB")}


@dataclass(frozen=True, slots=True)
class Issuer:
    """A made-up firm with its habits. `style` seeds the layout, so that its documents look alike."""

    number: int
    kind: str
    language: str
    country: str
    party: names_and_goods.Party
    formats: Formats
    tax_id: str
    registration: str
    iban: str
    bic: str
    bank: str
    account: str
    number_shape: str
    trade: int

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.language}-{self.number}"

    def style(self) -> Random:
        """Return the generator of layout decisions, always from its start."""
        return Random(f"style {self.id}")


def draw(number: int, kind: str, language: str) -> Issuer:
    """Make up the issuer of that number; the same arguments give the same issuer."""
    rng = Random(f"issuer {kind} {language} {number}")
    retail = kind == "receipt"
    country = rng.choice((RECEIPT_COUNTRIES if retail else COUNTRIES)[language])
    if kind == "broadcast":
        country = "US"
    siren = identifiers.siren(rng)
    party = names_and_goods.party(rng, language, country, retail)
    money = country if country in ("DE", "AT", "CH", "FR", "BE", "GB", "IE") else "GB"
    bank = names_and_goods.chinese.bank(rng, party.city) if language == "zh" else bank_name(rng, language)
    return Issuer(
        number,
        kind,
        language,
        country,
        party,
        Formats.draw(rng, language, country),
        identifiers.tax_id(rng, country, siren),
        identifiers.registration(rng, country, language, siren),
        identifiers.random_iban(rng, money),
        identifiers.random_bic(rng, money),
        bank,
        "".join(rng.choice("0123456789") for _ in range(rng.choice((8, 10, 12, 16, 19)))),
        identifiers.number_shape(rng),
        rng.randrange(1000),
    )


def bank_name(rng: Random, language: str) -> str:
    """Make up a bank."""
    if language == "de":
        place = names_and_goods.german.town(rng)
        return rng.choice(
            (
                f"Sparkasse {place}",
                f"Volksbank {place} eG",
                f"Raiffeisenbank {place}",
                f"{names_and_goods.german.surname(rng)} Bank AG",
                f"Kreissparkasse {place}",
                f"Hausbank {place}",
            )
        )
    if language == "fr":
        return rng.choice(
            (
                f"Banque {names_and_goods.french.surname(rng)}",
                f"Crédit {names_and_goods.french.town(rng)}",
                f"Caisse de {names_and_goods.french.town(rng)}",
                f"Banque de {names_and_goods.french.town(rng)}",
            )
        )
    return rng.choice(
        (
            f"{names_and_goods.english.surname(rng)} Bank",
            f"Bank of {names_and_goods.english.surname(rng)}",
            f"{names_and_goods.english.surname(rng)} Bank Berhad",
            f"First {names_and_goods.english.surname(rng)} Bank",
            f"{names_and_goods.english.surname(rng)} & Co Bankers plc",
        )
    )


class Wording:
    """An issuer's words: every key keeps the wording that its first use drew."""

    def __init__(self, issuer: Issuer, cased: str = "") -> None:
        self._issuer = issuer
        self._cased = cased
        self._drawn: dict[str, str] = {}

    def __call__(self, key: str) -> str:
        if key not in self._drawn:
            text = word(Random(f"word {self._issuer.id} {key}"), self._issuer.language, key)
            self._drawn[key] = text.upper() if self._cased == "upper" else text
        return self._drawn[key]

    def first(self, keys: Sequence[str]) -> str:
        """Return the wording of the first key that the language has."""
        return self(next(key for key in keys if words_for(self._issuer.language, key)))
