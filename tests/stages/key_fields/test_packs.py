"""Rule packs: the shipped ones load, a wrong one says where, a dangerous pattern is refused."""

from __future__ import annotations

import re

import pytest
import regex
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import ConfigError
from docpipe.files.shipped import shipped_folder
from docpipe.stages.key_fields.compiled_pack import load_pack, load_packs, packs_sha256, shipped_packs
from docpipe.stages.key_fields.pack import FIELD_TYPES
from docpipe.stages.key_fields.patterns import (
    BadPattern,
    LabelIndex,
    Pattern,
    SlowPattern,
    any_of,
    as_regex,
    compile_pattern,
)
from docpipe.stages.key_fields.shared_words import load_shared_words

NAMES = [
    "bill-zh",
    "broadcast-en",
    "invoice-de",
    "invoice-en",
    "invoice-es",
    "invoice-fr",
    "invoice-it",
    "invoice-nl",
    "invoice-pl",
    "invoice-pt",
    "invoice-zh",
    "minimal",
    "receipt-de",
    "receipt-en",
    "receipt-es",
    "receipt-fr",
    "receipt-it",
    "receipt-nl",
    "receipt-pt",
    "receipt-zh",
]


def test_the_shipped_packs():
    """All are there, under their files' names, loaded once."""
    assert sorted(shipped_packs().packs) == NAMES
    assert sorted(path.stem for path in shipped_folder("rules").glob("*.yaml")) == NAMES
    assert shipped_packs() is shipped_packs()


def test_the_shipped_patterns_are_right():
    """What compiles when first used has been checked here: every pattern of every shipped pack and shared list."""
    checked, lazy = load_packs(shipped_folder("rules")), load_packs(shipped_folder("rules"), check=False)
    assert checked.sha256 == lazy.sha256
    assert {name: pack.pack for name, pack in checked.packs.items()} == {n: p.pack for n, p in lazy.packs.items()}


def test_to_choose_a_pack_compiles_its_signs_only(monkeypatch):
    """Loading the shipped packs and their sha256 compile no pattern; choosing compiles no more than their signs."""
    compiled: list[str] = []
    real = regex.compile
    monkeypatch.setattr(regex, "compile", lambda source, *flags: compiled.append(source) or real(source, *flags))
    packs = load_packs(shipped_folder("rules"), check=False)
    packs_sha256.cache_clear()
    assert packs_sha256() == packs.sha256
    assert compiled == []
    packs.choose(["TAX INVOICE", "TOTAL 5.00"])
    signs = [pattern for pack in packs.packs.values() for _, pattern, _ in pack.signs]
    assert set(compiled) <= {
        part.source for sign in signs for part in (sign, sign._others, *sign._each.values()) if part
    }


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("pack: x\nabout: y\nfoo: 1\n", 3, "unknown key"),
        ("pack: x\nabout: y\nfields:\n  seller.nam: {type: text, labels: [A]}\n", 1, "no such field: seller.nam"),
        ("pack: x\nabout: y\nfields:\n  due_date: {type: date}\n", 4, "give `labels`"),
        ("pack: x\nabout: y\nkinds:\n  - {type: invoice, match: ['/(/']}\n", 4, "no regular expression"),
        ("pack: x\nabout: y\nkinds:\n  - {type: invoice, match: ['/A*/']}\n", 4, "empty text"),
        ("pack: x\nabout: y\nkinds:\n  - {type: invoice, match: ['/(?:A|AA)+[BC]/']}\n", 4, "nested repetition"),
        ("pack: x\nabout: y\nitems:\n  columns: {colour: [COLOUR]}\n", 3, "no such column: colour"),
    ],
)
def test_a_wrong_pack_names_file_and_line(tmp_path, text, line, complaint):
    """Every complaint starts with file:line and says what is wrong."""
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_pack(path)
    assert caught.value.complaints[0].line == line
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}:")


def test_a_slow_pattern_is_stopped_on_a_document():
    """What the probes let through still has a time limit on every line."""
    slow = Pattern("(?:Z|ZZ)+[XY]")
    with pytest.raises(SlowPattern, match="rewrite it"):
        slow.search("Z" * 64)


def test_the_pack_that_says_so_reads_what_shows_no_sign(tmp_path):
    """No name in the code decides; without such a pack the first one serves, and there may be only one."""
    sign = "when: [{match: [ALPHA], score: 1}]\n"
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"pack: {name}\nabout: x\n{sign}", encoding="utf-8")
    assert load_packs(tmp_path).choose(["NOTHING"])[0].name == "a"
    (tmp_path / "b.yaml").write_text("pack: b\nabout: x\nfallback: true\n", encoding="utf-8")
    packs = load_packs(tmp_path)
    assert [packs.choose([text])[0].name for text in ("NOTHING", "ALPHA")] == ["b", "b"]  # 1 is no clear hint
    (tmp_path / "a.yaml").write_text(f"pack: a\nabout: x\n{sign.replace('1}', '2}')}", encoding="utf-8")
    assert load_packs(tmp_path).choose(["ALPHA"])[0].name == "a"
    (tmp_path / "c.yaml").write_text("pack: c\nabout: x\nfallback: true\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"c\.yaml:1: fallback: b is the fallback already"):
        load_packs(tmp_path)


def test_the_fingerprint_follows_the_files(tmp_path):
    """Another byte in any pack is another sha256; no pack at all is a complaint."""
    with pytest.raises(ConfigError, match="no rule packs"):
        load_packs(tmp_path)
    (tmp_path / "a.yaml").write_text("pack: a\nabout: x\n", encoding="utf-8")
    first = load_packs(tmp_path).sha256
    (tmp_path / "a.yaml").write_text("pack: a\nabout: y\n", encoding="utf-8")
    assert load_packs(tmp_path).sha256 != first
    (tmp_path / "b.yaml").write_text("pack: a\nabout: z\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="already called"):
        load_packs(tmp_path)


def test_an_unknown_pack_names_the_known():
    """The complaint lists what there is."""
    with pytest.raises(ConfigError, match="auto, bill-zh, broadcast-en"):
        shipped_packs().by_name("invoice-xx")


def test_every_field_of_the_packs_is_canonical():
    """Fields, their second halves and what is cut out of them are fields of the schema."""
    for pack in shipped_packs().packs.values():
        for path, rule in pack.rules.items():
            assert {path.split("@")[0], *([rule.second] if rule.second else []), *rule.also} <= set(FIELD_TYPES)


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("INVOICE NO: 12", ["number"]),
        ("INVOICENO12", ["number"]),
        ("Invoice-No. 12", ["number"]),
        ("SUB TOTAL 5.00", ["other"]),
        ("TOTALS", []),
        ("ORDER DATE 1 INVOICE DATE 2", ["date"]),
        ("名 称:甲", ["name"]),
        ("项目名称", ["other"]),
    ],
)
def test_labels(text, owners):
    """The longest label at a beginning of a word wins; spaces and hyphens do not matter; no label ends in mid-word."""
    index = LabelIndex(
        [("number", "Invoice No"), ("total", "TOTAL"), ("other", "SUB TOTAL"), ("date", "INVOICE DATE"),
         ("name", "名称"), ("other", "项目名称")]
    )  # fmt: skip
    assert [hit.owner for hit in index.hits(text.upper())] == owners


def test_hits_know_their_place():
    """Start and end are positions in the text as it is printed."""
    (hit,) = LabelIndex([("number", "INVOICE NO")]).hits("OUR INVOICE - NO. 12")
    assert "OUR INVOICE - NO. 12"[hit.start : hit.end] == "INVOICE - NO"


def test_plain_phrases_and_patterns_mix():
    """A phrase matches whole words loosely spaced; the longer phrase is tried first."""
    pattern = any_of(["KAUFER", "KAUFER/LEISTUNGSEMPFANGER", "/K[0-9]+/"])
    assert pattern is not None
    found = pattern.search("KAUFER/LEISTUNGSEMPFANGER:")
    assert found is not None
    assert found.group() == "KAUFER/LEISTUNGSEMPFANGER"
    assert any_of([]) is None
    assert compile_pattern("A+").search("BAA") is not None


def test_a_folder_of_ones_own_is_checked_at_once(tmp_path):
    """A bad pattern of a given folder is told with its line as the folder is loaded or hashed, not on a document."""
    (tmp_path / "a.yaml").write_text("pack: a\nabout: x\nother_labels: ['/(/']\n", encoding="utf-8")
    for load in (shipped_packs, packs_sha256):
        with pytest.raises(ConfigError, match=r"a\.yaml:3: .*no regular expression"):
            load(str(tmp_path))


def test_check_reads_the_packs_that_a_file_names(tmp_path):
    """`docpipe check` complains of a bad pattern where the folder is named, with the pack's own line."""
    (tmp_path / "a.yaml").write_text("pack: a\nabout: x\nother_labels: ['/(/']\n", encoding="utf-8")
    rung = f"{{name: main, use: {{rules: a, folder: '{tmp_path}'}}}}"
    file = tmp_path / "pipeline.yml"
    file.write_text(f"version: 1\nstages:\n  key_fields:\n    ladder: [{rung}]\n", encoding="utf-8")
    told = CliRunner().invoke(app, ["check", str(file)])
    assert isinstance(told.exception, ConfigError)
    (complaint,) = told.exception.complaints
    assert complaint.line == 4
    assert f"{tmp_path / 'a.yaml'}:3: other_labels.0: /(/ is no regular expression" in complaint.message


def test_what_no_entry_shows_alone_is_checked(tmp_path):
    """A plain phrase is a right label, but a field's shape is always an expression: a complaint of the pack."""
    shape = "pack: a\nabout: x\nfields:\n  due_date: {type: date, match: 'A ('}\n"
    (tmp_path / "a.yaml").write_text(shape, encoding="utf-8")
    with pytest.raises(ConfigError, match="no regular expression"):
        load_packs(tmp_path)


def test_an_unchecked_pattern_that_is_wrong_fails_its_stage():
    """Whoever edits a shipped pack learns it as a stage's error, for which the ladder has an answer."""
    with pytest.raises(BadPattern, match="no regular expression"):
        Pattern("(").search("A")


def test_phrases_whose_words_a_text_lacks_are_not_even_compiled():
    pattern = any_of(["NUMERO FATTURA", "SCADENZA"])
    assert pattern is not None
    assert pattern.search("NUMERO 12, TOTAL 3") is None
    assert pattern._compiled is None
    assert pattern.search("NUMERO-FATTURA: 12") is not None
    assert pattern.search("FATTURA NUMERO") is None


def test_shared_words_written_before_a_list_still_load(tmp_path):
    """A folder of one's own without the lists of buildings and attention lines reads as before they came."""
    text = (shipped_folder("rules") / "shared" / "parties.yaml").read_text(encoding="utf-8")
    lists = re.split(r"^(?=\w+:)", text, flags=re.MULTILINE)
    file = tmp_path / "parties.yaml"
    file.write_text("".join(one for one in lists if not one.startswith(("building:", "attention:"))), encoding="utf-8")
    words = load_shared_words(file)
    assert words.town.search("HULL HU1 3TE")
    assert words.building.search("RESIDENCE BELLEVUE") is None


def test_beside_phrases_that_cannot_match_only_the_patterns_are_compiled():
    """What is found is the same as with all entries at once, also behind a start."""
    entries = ["NUMERO FATTURA", "/N[0-9]+/", "SCADENZA"]
    pattern, whole = any_of(entries), Pattern("|".join(f"(?:{as_regex(entry)})" for entry in reversed(entries)))
    for text in ("N12 N34", "NUMERO 12", "N1 NUMERO FATTURA N2", "FATTURA N7", ""):
        for start in (0, 2):
            found, expected = pattern.search(text, start), whole.search(text, start)
            assert (found and found.span()) == (expected and expected.span())
    fresh = any_of(entries)
    fresh.search("NUMERO 12 N3")
    assert fresh._compiled is None
