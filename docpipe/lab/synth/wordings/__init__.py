"""What documents call their fields, in four languages: many words for every field, and for what is none."""

from __future__ import annotations

from functools import cache
from random import Random

from docpipe.lab.synth.wordings import chinese, english, french, german

_WORDS = {"en": english.WORDS, "de": german.WORDS, "fr": french.WORDS, "zh": chinese.WORDS}


@cache
def words_for(language: str, key: str) -> tuple[str, ...]:
    """Return every wording of a key; `()` where the language has none."""
    return tuple(_WORDS[language].get(key, "").split("|")) if key in _WORDS[language] else ()


def word(rng: Random, language: str, key: str) -> str:
    """Draw a wording. Raises `KeyError` for a key that the language does not have."""
    return rng.choice(_WORDS[language][key].split("|"))
