"""Folders of made-up documents: the shape of labelled sets, the same bytes again, and going on after a stop."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from docpipe.errors import UsageError
from docpipe.lab.evaluation.labels import read_sets
from docpipe.lab.synth.folder import Order, write
from docpipe.lab.synth.fonts import FontMissing
from docpipe.result import FIELD_PATHS

LATIN = ("en", "de", "fr")
QUICK = Order(seed=3, kinds=("receipt", "invoice"), languages=LATIN, dpi=72)


def entries(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "set"
    write(out, QUICK, 8)
    return out


def test_every_document_is_there_and_labelled(folder: Path) -> None:
    made = entries(folder)
    assert len(made) == 8
    assert sorted(path.name for path in (folder / "images").iterdir()) == sorted(e["file"].split("/")[1] for e in made)
    assert {(e["kind"], e["language"]) for e in made} >= {("receipt", "en"), ("receipt", "fr"), ("invoice", "de")}
    for each in made:
        assert each["fields"]["total_gross"]
        assert set(each["fields"]) <= set(FIELD_PATHS)
        if "width" in each:
            with Image.open(folder / each["file"]) as image:
                assert image.size == (each["width"], each["height"])
        else:
            pdf = pypdfium2.PdfDocument(folder / each["file"])
            assert len(pdf) == each["pages"]
            assert [[round(v, 1) for v in pdf.get_page_size(k)] for k in range(len(pdf))] == each["page_sizes"]
            pdf.close()
    with Image.open(folder / "overview.png") as image:
        assert min(image.size) > 300


def test_evaluation_reads_the_labels(folder: Path) -> None:
    (read,) = read_sets([folder])
    assert len(read.labels) == 8
    assert all(label.boxed and label.items for label in read.labels)


def test_spans_are_kept_in_the_labels(folder: Path) -> None:
    for each in entries(folder):
        found = {}
        for line in each["lines"]:
            for span in line.get("spans", ()):
                if span["kind"] == "value":
                    found.setdefault(span["field"], line["text"][span["start"] : span["end"]])
        assert found["total_gross"] in each["fields_raw"]["total_gross"]


def test_the_same_order_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "again", QUICK, 8)
    for name in ("labels.jsonl", "synth.json", "overview.png"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    for picture in (folder / "images").iterdir():
        if picture.suffix != ".pdf":
            assert (tmp_path / "again" / "images" / picture.name).read_bytes() == picture.read_bytes()


def test_more_workers_make_the_same(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "set", QUICK, 8, workers=2)
    assert (tmp_path / "set" / "labels.jsonl").read_bytes() == (folder / "labels.jsonl").read_bytes()


def test_a_missing_font_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(face: str) -> None:
        raise FontMissing("no Chinese font is installed")

    monkeypatch.setattr("docpipe.lab.synth.folder.fonts.path_of", none)
    with pytest.raises(FontMissing):
        write(tmp_path / "set", Order(kinds=("receipt",), languages=("en", "zh")), 4)
    assert not (tmp_path / "set").exists()


def test_an_interrupted_run_goes_on(folder: Path, tmp_path: Path) -> None:
    """Stopped after the third document, in the middle of writing a label; then again, with one picture lost."""

    def stop(name: str) -> None:
        if name.startswith("images/000002"):
            raise KeyboardInterrupt

    out = tmp_path / "set"
    with pytest.raises(KeyboardInterrupt):
        write(out, QUICK, 8, stop)
    part = out / ".labels.jsonl.part"
    part.write_text(part.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    written = write(out, QUICK, 8)
    assert (written.made, written.kept) == (6, 2)
    (out / entries(out)[4]["file"]).unlink()
    written = write(out, QUICK, 8)
    assert (written.made, written.kept) == (1, 7)
    assert (out / "labels.jsonl").read_bytes() == (folder / "labels.jsonl").read_bytes()
    assert not list(out.rglob("*.tmp"))
    assert not part.exists()


def test_a_folder_can_grow(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "set", QUICK, 3)
    assert write(tmp_path / "set", QUICK, 8).kept == 3
    assert (tmp_path / "set" / "labels.jsonl").read_bytes() == (folder / "labels.jsonl").read_bytes()


def test_folders_of_another_order_or_of_others_are_left_alone(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"noise \(none there, fax asked for\)"):
        write(folder, Order(seed=3, kinds=("receipt", "invoice"), languages=LATIN, dpi=72, noise="fax"), 8)
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not an empty folder"):
        write(tmp_path, QUICK, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_labels_alone_need_no_pictures(tmp_path: Path) -> None:
    write(tmp_path / "set", Order(format="labels"), 12)
    made = entries(tmp_path / "set")
    assert [path.name for path in sorted((tmp_path / "set").iterdir())] == ["labels.jsonl", "synth.json"]
    assert all(each["file"] is None and each["lines"] for each in made)
    assert {each["language"] for each in made} == {"en", "de", "fr", "zh"}


def test_digital_pdfs_have_points_and_pages(tmp_path: Path) -> None:
    write(tmp_path / "set", Order(seed=2, kinds=("invoice",), languages=("de",), format="pdf"), 2)
    for each in entries(tmp_path / "set"):
        pdf = pypdfium2.PdfDocument(tmp_path / "set" / each["file"])
        assert pdf[0].get_textpage().get_text_range()
        pdf.close()
        for line in each["lines"]:
            width, height = each["page_sizes"][line["page"]]
            assert all(0 <= x <= width and -1 <= y <= height for x, y in line["polygon"])


def test_issuers_are_shared_where_asked(tmp_path: Path) -> None:
    write(tmp_path / "set", Order(kinds=("receipt",), languages=("en",), format="labels", issuers=3), 30)
    assert len({each["issuer"] for each in entries(tmp_path / "set")}) == 3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kinds": ("poem",)}, "--kind poem: choose from receipt"),
        ({"languages": ("xx",)}, "--language xx: choose from en"),
        ({"format": "gif"}, "--format gif"),
        ({"noise": "rain"}, "--noise rain"),
        ({"kinds": ("vat_invoice",), "languages": ("de",)}, "no vat_invoice is made in de: broadcast is made in en"),
        ({"dpi": 20}, "--dpi 20: between 50 and 600"),
        ({"issuers": 0}, "--issuers 0: at least 1"),
    ],
)
def test_what_cannot_be_made_is_refused(wrong: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Order(**wrong)
