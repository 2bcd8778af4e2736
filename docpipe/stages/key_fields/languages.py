"""Says when a document is in a language that no rule pack reads: by its script, or by words of its own."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel

from docpipe.document import Doubt
from docpipe.files.yaml_file import load_model

FILE = Path("shared") / "languages.yaml"
"""Where the words stand below a folder of packs."""
FEWEST = 3
"""So many words of a language must stand on a document."""
SHARE = 0.3
"""A script with more than this share of a document's letters is the document's."""
READ_SCRIPTS = frozenset({"LATIN", "CJK"})
FOREIGN_WORDS, FOREIGN_SHARE = 3, 0.25
"""So many words, and more than this share of them, with letters of a script that no pack reads are in that script: the
others look alike (`METPHTA` of a Greek till)."""
FEWEST_LINES, WORDED = 8, 0.25
"""A page of at least so many lines, of which no more than this share have a word, was written in letters not read."""
KNOWN_LETTERS = frozenset("ÄÖÜẞÀÂÇÉÈÊËÎÏÔÛÙŸŒÆÑÁÍÓÚÌÒÃÕĄĆĘŁŃŚŹŻÅØŠŽ")
"""Letters beside those of ASCII that the languages with a pack use, and names of places and persons among them."""
FOREIGN_LETTERS = 3
"""So many words with other letters tell of another language, where no pack knows a word of the document."""
KANA = ("HIRAGANA", "KATAKANA")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}|[\u3400-\u9fff]{2,}")


class Vocabulary(BaseModel):
    """A language's English name and words that only it uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    words: tuple[str, ...]


class Vocabularies(RootModel[dict[str, Vocabulary]]):
    """What `rules/shared/languages.yaml` says: language code to vocabulary."""


@dataclass(frozen=True)
class Languages:
    """The languages that no pack reads, each with its words in folded text."""

    names: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def unread(self, texts: Sequence[str], best: float, printed: Sequence[str] = ()) -> str | None:
        """Return the English name of the language or script of folded texts, or None where a pack may read them.

        `best` is the score of the best pack, `printed` the texts with their accents.
        """
        script = _script(texts)
        if script is not None:
            return script
        if best == 0 and _is_hardly_worded(texts):
            return "a script that was not read"
        seen = set(_WORD.findall("\n".join(texts)))
        counts = {code: len(words & seen) for code, words in self.words.items()}
        code = max(counts, key=lambda c: counts[c], default="")
        if code and counts[code] >= FEWEST and counts[code] > best:
            return self.names[code]
        return "another language" if best == 0 and _has_foreign_letters(printed) else None


def load_languages(path: Path) -> Languages:
    """Read and check the words of the languages that no pack reads.

    Raises:
        ConfigError: every complaint with its line.
    """
    known = load_model(Vocabularies, path).root
    return Languages(
        {code: vocabulary.name for code, vocabulary in known.items()},
        {code: frozenset(vocabulary.words) for code, vocabulary in known.items()},
    )


def _script(texts: Sequence[str]) -> str | None:
    """Return the script of most letters, where no pack reads it: `Cyrillic`."""
    letters = [c for text in texts for c in text if c.isalpha()]
    if not letters or all(c < "\u0250" for c in letters):
        return None
    if (
        sum(any(_is_of_script(c, KANA) for c in word) for text in texts for word in _WORD.findall(text))
        >= FOREIGN_WORDS
    ):
        return "Japanese"
    scripts = Counter(unicodedata.name(c, "?").split(" ")[0] for c in letters if c >= "\u0250")
    script, count = next(((s, n) for s, n in scripts.most_common() if s not in READ_SCRIPTS), ("", 0))
    words = [word for text in texts for word in _WORD.findall(text) if len(word) > 2]
    foreign = sum(any(_is_of_script(c, (script,)) for c in word) for word in words) if script else 0
    most = foreign >= FOREIGN_WORDS and foreign > FOREIGN_SHARE * len(words)
    return script.capitalize() if most or count > SHARE * len(letters) else None


def _is_of_script(character: str, scripts: Sequence[str]) -> bool:
    return character >= "\u0250" and unicodedata.name(character, "?").split(" ")[0] in scripts


def _has_foreign_letters(texts: Sequence[str]) -> bool:
    """Say whether several words have Latin letters that no language with a pack uses: `termiņš`, `greiðslu`."""
    words = (word.upper() for text in texts for word in _WORD.findall(text))
    foreign = (any("\x7f" < c < "\u0250" and c not in KNOWN_LETTERS for c in word) for word in words)
    return sum(foreign) >= FOREIGN_LETTERS


def _is_hardly_worded(texts: Sequence[str]) -> bool:
    """Say whether hardly a line of a page has a word: a recogniser leaves out letters that it does not know."""
    worded = sum(_LONG_WORD.search(text) is not None for text in texts)
    return len(texts) >= FEWEST_LINES and worded <= WORDED * len(texts)


def doubt_language(language: str | None, *, unknown: bool = False) -> tuple[Doubt, ...]:
    """Return what to tell a person about a language that no pack reads; `unknown` where no pack knows a word."""
    if language is None and unknown:
        message = (
            "No word by which the rule packs know an invoice or a receipt was read: the document is in another "
            "language, or only part of one; its fields are guesses."
        )
        return (Doubt("document.language", "language_not_supported", message),)
    if language is None:
        return ()
    message = f"The document seems to be in {language}, which no rule pack reads; its fields are guesses."
    return (Doubt("document.language", "language_not_supported", message),)
