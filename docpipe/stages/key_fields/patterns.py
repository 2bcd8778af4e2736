"""Labels (compared by letters and digits) and `/patterns/` (regular expressions) of rule packs, compiled once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache

import regex

from docpipe.errors import StageError
from docpipe.stages.key_fields.digit_need import needs_digit
from docpipe.values.text import clean, fold, is_cjk, squash

TIMEOUT_S = 0.2
"""How long one pattern may look at one line. Well-behaved ones need microseconds."""

SHORT_TEXT = 160
"""Several steps ask the same of a text up to so long, a cell or a row, and what was found is kept. Of longer ones it is
not: a hostile document could fill the memory."""
MOST_KEPT = 4096
MOST_WORDED = 0.5
"""Alternatives are parted by whether they need a digit where those without are no more than this share of all: what
remains is compiled once more.
"""
SHORT = 2
GOES_ON = regex.compile(r"[/&-][A-Z0-9]")
"""Behind a label of one or two letters this makes it a part of a word or number: `t/m`, `NO-7740`."""
NUMBER = "invoice_number"
GLUED = regex.compile(r"[/-]?\d")
"""Behind a label of three letters without a blank this makes it the beginning of a number: `INV-86355`."""
_DIGIT = re.compile(r"\d")
_ZERO = regex.compile(r"(?<=[A-Z])0(?=[A-Z])")

PROBES = (
    "A" * 60,
    "1" * 60,
    "A1 " * 20,
    "." * 60 + "!",
    ("A" * 10 + " ") * 6 + "!",
    "0,0." * 15 + "x",
    "- " * 30 + "=",
)
"""Texts on which a pattern of a pack must answer in time before it is accepted."""


class SlowPattern(StageError):
    """A pattern that did not answer within its time limit; the pack must be changed."""


class BadPattern(StageError):
    """A pattern that nobody checked when its pack was loaded, and that does not compile."""


class Pattern:
    """A regular expression over folded text (upper case, no accents), with a time limit on every search.

    It compiles when it is first used: of the patterns that ship with docpipe one document needs a few. Immutable but
    for that, shared by all threads; two that come first at once compile the same thing.
    """

    __slots__ = ("_compiled", "_source")

    def __init__(self, source: str) -> None:
        self._source = source
        self._compiled: regex.Pattern[str] | None = None

    @property
    def source(self) -> str:
        """The expression as text."""
        return self._source

    @property
    def compiled(self) -> regex.Pattern[str]:
        """The expression, compiled.

        Raises:
            BadPattern: it does not compile.
        """
        if self._compiled is None:
            try:
                self._compiled = regex.compile(self.source, regex.VERSION1 | regex.MULTILINE)
            except regex.error as e:
                raise BadPattern(f"/{self.source}/ is no regular expression: {e}", stage="key_fields") from None
        return self._compiled

    def check(self) -> Pattern:
        """Compile the pattern, try it on harmless lines, and return it.

        Raises:
            ValueError: it does not compile, matches the empty text, or is too slow on harmless lines.
        """
        try:
            if self.compiled.search(""):
                raise ValueError(f"/{self.source}/ matches the empty text, so it would match everywhere")
            for probe in PROBES:
                self.search(probe)
        except (BadPattern, SlowPattern) as e:
            raise ValueError(str(e)) from None
        return self

    def search(self, text: str, start: int = 0) -> regex.Match[str] | None:
        """Return the first match at or behind `start`.

        Raises:
            SlowPattern: the search took longer than `TIMEOUT_S`.
            BadPattern: it does not compile.
        """
        try:
            search = _search_again if len(text) <= SHORT_TEXT else _search
            return search(self._compiled or self.compiled, text, start)
        except TimeoutError as e:
            raise self._slow(text) from e

    def stands_in(self, text: str) -> bool:
        """Say whether a match stands in a text, which may be cheaper than where the first one does.

        Raises:
            SlowPattern: a search took longer than `TIMEOUT_S`.
            BadPattern: it does not compile.
        """
        return self.search(text) is not None

    def begins(self, text: str) -> regex.Match[str] | None:
        """Return the match at the very beginning of a text: what a search finds there, without looking further.

        Raises:
            SlowPattern: it took longer than `TIMEOUT_S`.
            BadPattern: it does not compile.
        """
        try:
            return (self._compiled or self.compiled).match(text, timeout=TIMEOUT_S, concurrent=False)
        except TimeoutError as e:
            raise self._slow(text) from e

    def _slow(self, text: str) -> SlowPattern:
        return SlowPattern(
            f"the pattern /{self.source}/ took more than {TIMEOUT_S:g} s on a line of {len(text)} characters; "
            "rewrite it without nested repetition",
            stage="key_fields",
        )


class Alternatives(Pattern):
    """Any of a pack's entries, plain phrases longest first; put together when it is first used.

    In a text without all words of any phrase only the other entries can match, and in one without a digit only those
    that need none. Most packs' phrases are in other languages: they are neither searched for nor compiled.
    """

    __slots__ = ("_each", "_entries", "_others", "_phrases", "_worded")

    def __init__(self, entries: Sequence[str]) -> None:
        super().__init__("")
        self._entries = entries
        self._others: Pattern | None = None
        self._phrases: Sequence[Sequence[str]] | None = None
        self._each: dict[int, Pattern] = {}
        self._worded: tuple[Pattern, ...] | None = None
        """What may match in a text without a digit, if that is little of all; None to search for all of them."""

    @property
    def source(self) -> str:
        return _any(sorted(self._entries, key=lambda entry: -len(entry) if not entry.startswith("/") else 0))

    def search(self, text: str, start: int = 0) -> regex.Match[str] | None:
        phrases = self._phrases
        if phrases is None:
            phrases = self._split()
        if not phrases:
            if self._worded is None or _DIGIT.search(text) is not None:
                return super().search(text, start)
            return self._worded[0].search(text, start) if self._worded else None
        for words in phrases:
            if words[0] in text and all(word in text for word in words):
                return super().search(text, start)
        return None if self._others is None else self._others.search(text, start)

    def stands_in(self, text: str) -> bool:
        phrases = self._phrases
        if phrases is None:
            phrases = self._split()
        if not phrases:
            return self.search(text) is not None
        if self._others is not None and self._others.search(text) is not None:
            return True
        for entry, words in enumerate(phrases):
            if (
                words[0] in text
                and all(word in text for word in words)
                and self._phrase(entry).search(text) is not None
            ):
                return True
        return False

    def _phrase(self, number: int) -> Pattern:
        """Return the pattern of one phrase alone, made when first asked for."""
        pattern = self._each.get(number)
        if pattern is None:
            phrases = [entry for entry in self._entries if not _is_regex(entry)]
            pattern = self._each[number] = Pattern(as_regex(phrases[number]))
        return pattern

    def _split(self) -> Sequence[Sequence[str]]:
        others = [entry for entry in self._entries if _is_regex(entry)]
        phrases = tuple(
            sorted(_words(entry), key=len, reverse=True) or [""] for entry in self._entries if not _is_regex(entry)
        )  # the longest word first: few texts have it
        self._others = Alternatives(others) if others and phrases else None
        worded = others if phrases else [entry for entry in others if not needs_digit(entry[1:-1])]
        if len(worded) < len(others) and sum(map(len, worded)) <= MOST_WORDED * sum(map(len, others)):
            self._worded = (Pattern(_any(worded)),) if worded else ()
        self._phrases = phrases
        return phrases


def _search(compiled: regex.Pattern[str], text: str, start: int) -> regex.Match[str] | None:
    return compiled.search(text, start, timeout=TIMEOUT_S, concurrent=False)


_search_again = lru_cache(maxsize=MOST_KEPT)(_search)
"""The same, and what it found in the last texts: half of all searches ask again what another step has asked."""


def compile_pattern(source: str) -> Pattern:
    """Compile and check a regular expression that is matched against folded text.

    Raises:
        ValueError: it does not compile, matches the empty text, or is too slow on harmless lines.
    """
    return Pattern(source).check()


def check_patterns(part: object) -> None:
    """Check every pattern in mappings, tuples and dataclasses: entries were tried alone, but not a list as one.

    Raises:
        ValueError: one matches the empty text, or is too slow on harmless lines.
    """
    if isinstance(part, Pattern):
        part.check()
    elif isinstance(part, Mapping):
        for value in part.values():
            check_patterns(value)
    elif isinstance(part, tuple):
        for value in part:
            check_patterns(value)
    elif is_dataclass(part):
        for each in fields(part):
            check_patterns(getattr(part, each.name))


def as_regex(entry: str) -> str:
    """Return a pack's entry as a regular expression: `/…/` as it stands, a phrase by its words, loosely spaced."""
    if _is_regex(entry):
        return entry[1:-1]
    words = _words(entry)
    return r"(?<![A-Z0-9])" + r"[\s.:\-'’/]*".join(regex.escape(w) for w in words) + r"(?![A-Z0-9])"


def _is_regex(entry: str) -> bool:
    return len(entry) > 2 and entry.startswith("/") and entry.endswith("/")


def _words(phrase: str) -> list[str]:
    return fold(clean(phrase)).split()


def any_of(entries: Sequence[str]) -> Pattern | None:
    """Return one pattern for all entries, or None for none; it is put together and compiles when used."""
    return Alternatives(entries) if entries else None


def _any(entries: Sequence[str]) -> str:
    return "|".join(f"(?:{as_regex(entry)})" for entry in entries)


@dataclass(frozen=True, slots=True)
class Hit:
    """A label found in a text: whose it is, and where it begins and ends."""

    owner: str
    start: int
    end: int
    label: str


class LabelIndex:
    """Finds the labels of all fields in a line at once: the longest label at each beginning of a word wins.

    Labels are compared by letters and digits alone, so that `Rechnungs-Nr.`, `RechnungsNr` and `RECHNUNGS NR` are one,
    and lost or added spaces of a recogniser do no harm; neither do letters that it takes for each other (`lhre` for
    `Ihre`, `T0TAL`). Chinese has no beginnings of words: every character is one.
    """

    def __init__(self, labels: Iterable[tuple[str, str]], squashed: Iterable[tuple[str, str]] = ()) -> None:
        """Take pairs of owner and label, and further ones whose labels `squash_label` has been through already.

        Of a label that several have the first owner counts.
        """
        self._owners: dict[str, str] = {}
        self._sizes: dict[str, list[int]] = {}
        self._patterns: list[tuple[str, Pattern]] = []
        for owner, label in labels:
            if label.startswith("/"):
                self._patterns.append((owner, Pattern(as_regex(label))))
                continue
            self._add(owner, squash_label(label))
        for owner, label in squashed:
            self._add(owner, label)
        for beginning, sizes in self._sizes.items():
            self._sizes[beginning] = sorted(set(sizes), reverse=True)

    def _add(self, owner: str, label: str) -> None:
        plain = level_look_alikes(label)
        if plain and plain not in self._owners:
            self._owners[plain] = owner
            self._sizes.setdefault(plain[:2], []).append(len(plain))

    def hits(self, folded: str) -> tuple[Hit, ...]:
        """Return the labels in a folded text from left to right, none overlapping another."""
        if not folded:
            return ()
        squashed, origin = [], []
        for position, character in enumerate(folded):
            if character.isalnum() or character in "#%":
                squashed.append(character)
                origin.append(position)
        text = level_look_alikes("".join(squashed))
        found: list[Hit] = []
        for owner, pattern in self._patterns:
            match = pattern.search(folded)
            while match is not None:  # each place: a sentence names the day of a discount first, then the day when due
                found.append(Hit(owner, match.start(), match.end(), match.group()))
                match = pattern.search(folded, match.end()) if match.end() > match.start() else None
        position = 0
        while position < len(text):
            if position and not _begins(
                text[position - 1], text[position], origin[position] - origin[position - 1] > 1
            ):
                position += 1
                continue
            for size in self._sizes.get(text[position : position + 2], self._sizes.get(text[position], ())):
                label = text[position : position + size]
                owner_of = self._owners.get(label)
                if owner_of is not None and self._ends(text, origin, position + len(label)):
                    start, end = origin[position], origin[position + len(label) - 1] + 1
                    inside = len(label) <= SHORT and label.isalpha() and GOES_ON.match(folded, end) is not None
                    if owner_of == NUMBER and len(label) == SHORT + 1 and GLUED.match(folded, end):
                        if not found or found[-1].owner != NUMBER:
                            found.append(Hit(owner_of, start, start, label))  # its value begins with the label
                        position += len(label) - 1
                        break
                    if not inside and all(end <= h.start or h.end <= start for h in found):
                        found.append(Hit(owner_of, start, end, label))
                        position += len(label) - 1
                    break
            position += 1
        return tuple(sorted(found, key=lambda h: h.start))

    @staticmethod
    def _ends(text: str, origin: list[int], end: int) -> bool:
        if end >= len(text) or origin[end] - origin[end - 1] > 1:
            return True
        last, following = text[end - 1], text[end]
        return is_cjk(last) or is_cjk(following) or not last.isalpha() or not following.isalpha()


@lru_cache(maxsize=8192)
def squash_label(label: str) -> str:
    """Return the letters and digits of a label; kept, as one heading stands in several indices."""
    return squash(clean(label))


def level_look_alikes(text: str) -> str:
    """Return a squashed text in which letters stand for those that recognisers take for each other."""
    text = text.replace("L", "I")
    return _ZERO.sub("O", text) if "0" in text else text


def _begins(before: str, character: str, apart: bool) -> bool:
    return apart or is_cjk(before) or is_cjk(character) or before.isalpha() != character.isalpha()
