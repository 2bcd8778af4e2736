"""A rule pack with its labels and patterns ready for use, and the set of packs that ships with docpipe."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path

from docpipe.errors import Complaint, ConfigError
from docpipe.files.shipped import shipped_folder
from docpipe.files.yaml_file import load_model
from docpipe.stages.key_fields.languages import FILE as LANGUAGES
from docpipe.stages.key_fields.languages import Languages, load_languages
from docpipe.stages.key_fields.pack import UNCHECKED, AmountKind, FieldRule, Header, Pack, Parties, Region
from docpipe.stages.key_fields.patterns import (
    LabelIndex,
    Pattern,
    any_of,
    as_regex,
    check_patterns,
    level_look_alikes,
)
from docpipe.stages.key_fields.shared_words import FILE as WORDS
from docpipe.stages.key_fields.shared_words import SharedWords, load_shared_words
from docpipe.values.text import clean, fold, squash
from docpipe.values.word_lists import list_bytes

ENOUGH = 1.5
"""A pack with less than this on a document is chosen by chance."""
UNTITLED = 4.0
"""So much of an invoice pack's other signs stands for the title that a document lacks."""


@dataclass(frozen=True)
class HeaderPatterns:
    """The patterns of a pack's header, each None where the pack names nothing."""

    legal_forms: Pattern | None
    name_words: Pattern | None
    not_name: Pattern | None
    glue_words: Pattern | None
    registration: Pattern | None
    ends: Pattern | None
    strong_address: Pattern | None
    weak_address: Pattern | None
    postcode: Pattern | None
    not_address: Pattern | None
    country: Pattern | None
    joined: bool
    rows: int
    weight: float


@dataclass(frozen=True)
class PartyPatterns:
    """The patterns of a pack's blocks of seller and buyer."""

    seller: Pattern | None
    buyer: Pattern | None
    other: Pattern | None
    payee: Pattern | None
    name_labels: Pattern | None
    address_labels: Pattern | None
    skip: Pattern | None
    belongs_to_buyer: Pattern | None
    greeting: Pattern | None
    sender_line: bool
    owner_in_name: bool


@dataclass(frozen=True)
class CompiledPack:
    """A pack, ready for use. Immutable, shared by all threads."""

    pack: Pack
    rules: Mapping[str, FieldRule]
    shapes: Mapping[str, Pattern]
    rejects: Mapping[str, Pattern]
    also: Mapping[str, Mapping[str, Pattern]]
    passes: Pattern | None
    amounts: tuple[tuple[AmountKind, float, Pattern, tuple[AmountKind, ...]], ...]
    signs: tuple[tuple[float, Pattern, bool], ...]
    regions: tuple[tuple[Region, Pattern], ...]
    kinds: tuple[tuple[str, Pattern], ...]
    header: HeaderPatterns | None
    parties: PartyPatterns
    items_end: Pattern | None
    items_skip: Pattern | None
    shared: SharedWords

    @cached_property
    def labels(self) -> LabelIndex:
        """The labels of all fields, and of what is no field (owner "")."""
        labels = [(path, label) for path, rule in self.pack.fields.items() for label in rule.labels]
        return LabelIndex([*labels, *(("", label) for label in self.pack.other_labels)])

    @cached_property
    def plain_labels(self) -> LabelIndex:
        """The same labels without those of days of payment that are patterns: they cover whole sentences."""
        labels = [
            (path, label)
            for path, rule in self.pack.fields.items()
            for label in rule.labels
            if not (path.startswith("due_date") and label.startswith("/"))
        ]
        return LabelIndex([*labels, *(("", label) for label in self.pack.other_labels)])

    @cached_property
    def columns(self) -> LabelIndex:
        """The words over the columns of the table of goods."""
        return LabelIndex((cell, label) for cell, names in self.pack.items.columns.items() for label in names)

    @cached_property
    def other_dates(self) -> frozenset[str]:
        """Labels of other dates than the pack's fields, as a `Hit` names them."""
        return frozenset(
            level_look_alikes(squash(clean(label)))
            for label in self.pack.other_labels
            if not label.startswith("/") and self.shared.date_words.search(fold(label))
        )

    @property
    def name(self) -> str:
        return self.pack.pack

    @property
    def decides_parties(self) -> bool:
        """Whether seller and buyer are decided together, block by block: such documents name both."""
        return self.parties.buyer is not None


def compile_pack(pack: Pack, shared: SharedWords) -> CompiledPack:
    """Prepare a pack; its labels and patterns compile when first used. `shared` are the words of all packs."""
    return CompiledPack(
        pack=pack,
        rules=dict(pack.fields),
        shapes={path: Pattern(r.match.strip("/")) for path, r in pack.fields.items() if r.match},
        rejects={path: p for path, r in pack.fields.items() if (p := any_of(r.reject))},
        also={
            path: {name: Pattern(as_regex(source)) for name, source in rule.also.items()}
            for path, rule in pack.fields.items()
        },
        passes=any_of(pack.pass_labels),
        amounts=tuple((rule.kind, rule.score, p, rule.then) for rule in pack.amounts if (p := any_of(rule.match))),
        signs=_signs(pack),
        regions=tuple((region, p) for region in pack.regions if (p := any_of(region.match))),
        kinds=tuple((kind.type, p) for kind in pack.kinds if (p := any_of(kind.match))),
        header=_header(pack.header) if pack.header else None,
        parties=_parties(pack.parties),
        items_end=any_of(pack.items.ends),
        items_skip=any_of(pack.items.skip),
        shared=shared,
    )  # fmt: skip


def _signs(pack: Pack) -> tuple[tuple[float, Pattern, bool], ...]:
    """Return score and pattern of each sign, those first without which a document is none of the kind."""
    signs = sorted(pack.when, key=lambda sign: not sign.required)
    return tuple((sign.score, p, sign.required) for sign in signs if (p := any_of(sign.match)))


def _header(header: Header) -> HeaderPatterns:
    return HeaderPatterns(
        legal_forms=any_of(header.legal_forms),
        name_words=any_of(header.name_words),
        not_name=any_of(header.not_name),
        glue_words=any_of(header.glue_words),
        registration=any_of(header.registration),
        ends=any_of(header.ends),
        strong_address=any_of(header.strong_address),
        weak_address=any_of(header.weak_address),
        postcode=any_of(header.postcode),
        not_address=any_of(header.not_address),
        country=any_of(header.country),
        joined=header.joined,
        rows=header.rows,
        weight=header.weight,
    )


def _parties(parties: Parties) -> PartyPatterns:
    return PartyPatterns(
        seller=any_of(parties.seller),
        buyer=any_of(parties.buyer),
        other=any_of(parties.other),
        payee=any_of(parties.payee),
        name_labels=any_of(parties.name_labels),
        address_labels=any_of(parties.address_labels),
        skip=any_of(parties.skip),
        belongs_to_buyer=any_of(parties.belongs_to_buyer),
        greeting=any_of(parties.greeting),
        sender_line=parties.sender_line,
        owner_in_name=parties.owner_in_name,
    )


def load_pack(path: Path, shared: SharedWords | None = None, *, check: bool = True) -> CompiledPack:
    """Read one pack, by default with the shipped words of all packs; with `check`, compile and try every pattern.

    Raises:
        ConfigError: every complaint with its line: unknown keys and fields, patterns that do not compile or are slow.
    """
    pack = compile_pack(load_model(Pack, path, None if check else UNCHECKED), shared or _shipped_words())
    if check:
        try:
            check_patterns({each.name: getattr(pack, each.name) for each in fields(pack) if each.name != "shared"})
        except ValueError as e:
            raise ConfigError(path, [Complaint(1, "", str(e))]) from e
    return pack


@lru_cache(maxsize=1)
def _shipped_words() -> SharedWords:
    return load_shared_words(shipped_folder("rules") / WORDS)


@dataclass(frozen=True)
class PackSet:
    """All packs of a folder, by name, and one sha256 over their files and those that all packs share."""

    packs: Mapping[str, CompiledPack]
    sha256: str
    languages: Languages = field(default_factory=Languages)
    """Those that no pack reads."""

    def by_name(self, name: str) -> CompiledPack:
        """Return a pack by its name.

        Raises:
            ConfigError: there is none of that name.
        """
        try:
            return self.packs[name]
        except KeyError:
            known = ", ".join(["auto", *sorted(self.packs)])
            raise ConfigError(name, [Complaint(1, "rules", f"no such rule pack; there are {known}")]) from None

    def choose(self, texts: Sequence[str]) -> tuple[CompiledPack, dict[str, float]]:
        """Return the pack whose signs score highest on folded texts, and every pack's score.

        Each sign counts once. Without much of a hint, and at a tie, the pack with `fallback` reads the document.
        """
        joined = "\n".join(texts)
        scores = {name: _sum_signs(pack, joined) for name, pack in sorted(self.packs.items())}
        best = max(scores, key=lambda name: (scores[name], self.packs[name].pack.fallback))
        fallback = next((pack for pack in self.packs.values() if pack.pack.fallback), None)
        if fallback is None or scores[best] >= ENOUGH:
            return self.packs[best], scores
        return self._untitled(joined) or fallback, scores

    def _untitled(self, text: str) -> CompiledPack | None:
        """Return the pack for invoices whose other signs a text has that no title names: a bill of a water company."""
        invoices = {name: pack for name, pack in sorted(self.packs.items()) if pack.pack.family == "invoice"}
        scores = {name: _sum_signs(pack, text, titled=False) for name, pack in invoices.items()}
        best = max(scores, key=lambda name: scores[name], default="")
        return invoices[best] if best and scores[best] >= UNTITLED else None


def _sum_signs(pack: CompiledPack, text: str, *, titled: bool = True) -> float:
    total = 0.0
    for score, pattern, required in pack.signs:
        if pattern.stands_in(text):
            total += score
        elif required and titled:
            return 0.0
    return total


def load_packs(folder: Path, *, check: bool = True) -> PackSet:
    """Load every `*.yaml` of a folder; with `check`, compile and try every pattern of theirs at once.

    Raises:
        ConfigError: a pack is wrong, there is none, or two bear one name.
    """
    files = _files(folder)
    packs: dict[str, CompiledPack] = {}
    shared = load_shared_words(_below(folder, WORDS), check=check)
    for file in files:
        prepared = load_pack(file, shared, check=check)
        if prepared.name in packs:
            raise ConfigError(file, [Complaint(1, "pack", f"another pack is already called {prepared.name!r}")])
        other = next((name for name, pack in packs.items() if pack.pack.fallback), None)
        if prepared.pack.fallback and other is not None:
            raise ConfigError(file, [Complaint(1, "fallback", f"{other} is the fallback already")])
        packs[prepared.name] = prepared
    return PackSet(packs, hash_packs(folder), load_languages(_below(folder, LANGUAGES)))


def hash_packs(folder: Path) -> str:
    """Return one sha256 over the files of a folder's packs and all that they share; reads none of them as YAML.

    What they share are the files of `rules/shared/`, and the names of months and currencies.

    Raises:
        ConfigError: there is no pack.
    """
    digest = hashlib.sha256(_below(folder, WORDS).read_bytes() + _below(folder, LANGUAGES).read_bytes() + list_bytes())
    for file in [*_files(folder), *sorted((shipped_folder("rules") / "shared").glob("*.yaml"))]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ConfigError(folder, [Complaint(1, "", "no rule packs here; give a folder with *.yaml files")])
    return files


def _below(folder: Path, file: Path) -> Path:
    return folder / file if (folder / file).is_file() else shipped_folder("rules") / file


@lru_cache(maxsize=8)
def shipped_packs(folder: str | None = None) -> PackSet:
    """Return the packs of a folder, by default those shipped with docpipe; loaded once per process.

    The patterns of a folder are checked at once. The shipped ones are checked by tests, and compile when first used.
    """
    return load_packs(Path(folder)) if folder else load_packs(shipped_folder("rules"), check=False)


@lru_cache(maxsize=8)
def packs_sha256(folder: str | None = None) -> str:
    """Return the sha256 of the packs of `shipped_packs(folder)`; a given folder is checked, the shipped one only read.

    Raises:
        ConfigError: a pack of the folder is wrong.
    """
    return shipped_packs(folder).sha256 if folder else hash_packs(shipped_folder("rules"))
