"""Names, addresses and goods of four languages, built from parts: no list of real firms, shops or people is kept."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from docpipe.lab.synth.names_and_goods import chinese, english, french, german


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody on a document. `address` is the lines of it, without the name."""

    name: str
    address: tuple[str, ...]
    city: str
    trade_name: str = ""
    person: str = ""
    domain: str = ""
    phone: str = ""
    fax: str = ""


def pick(rng: Random, words: str) -> str:
    """Return one of the words separated by `|`, or by blanks where there is no `|`."""
    return rng.choice(words.split("|") if "|" in words else words.split())


_PARTIES = {"en": english.party, "de": german.party, "fr": french.party, "zh": chinese.party}
_GOODS = {"en": english.goods, "de": german.goods, "fr": french.goods, "zh": chinese.goods}
_PEOPLE = {"en": english.person, "de": german.person, "fr": french.person, "zh": chinese.person}


def party(rng: Random, language: str, country: str, retail: bool = False) -> Party:
    """Make up a firm (`retail`: a shop) with its address."""
    return Party(**_PARTIES[language](rng, country, retail))


def person(rng: Random, language: str, country: str) -> str:
    """Make up somebody's name."""
    return _PEOPLE[language](rng, country)


def goods(rng: Random, language: str, country: str, retail: bool, trade: int) -> tuple[str, str, str]:
    """Make up something sold: its name, a size or specification ("" for none), and its unit."""
    return _GOODS[language](rng, country, retail, trade)
