"""Opening: what a document is comes from its content, and whatever is wrong with it is one typed error."""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from docpipe.document import Page
from docpipe.errors import InputError, InputTooLarge, InputUnreadable, InputUnsupported, PageUnreadable
from docpipe.inputs import images
from docpipe.inputs.discover import discover
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from docpipe.inputs.source import Source
from tests.inputs.hostile import Expected, encoded, make_hostile_folder, pdf, png_bomb, receipt


def outcome(source: Source) -> Expected:
    """Return what became of a source, in the words of the hostile folder."""
    try:
        with open_document(source) as opened:
            pages = list(opened.pages())
    except InputError as e:
        return Expected("failed", e.code, str(e))
    bad = [page for page in pages if isinstance(page, PageUnreadable)]
    good = [page for page in pages if isinstance(page, Page)]
    assert all(page.image.shape == (page.height, page.width, 3) for page in good)
    if not good:
        return Expected("failed", bad[0].code, str(bad[0]))
    if bad:
        return Expected("partly", bad[0].code, str(bad[0]), len(good))
    return Expected("read", pages=len(good))


def test_every_hostile_file_comes_to_what_it_must(tmp_path):
    expected = make_hostile_folder(tmp_path)
    found = discover([str(tmp_path)])
    outcomes = {source.path: outcome(source) for source in found}
    outcomes |= {skip.path: Expected("skipped", reason=str(skip.reason)) for skip in found.skipped}

    assert outcomes.keys() == expected.keys()
    for path, wanted in expected.items():
        got = outcomes[path]
        assert wanted.says in got.says, path
        assert (got.outcome, got.code, got.pages, got.reason) == (
            wanted.outcome, wanted.code, wanted.pages, wanted.reason
        ), (path, got.says)  # fmt: skip
        if got.says:
            assert got.says.startswith(path), "a message names its document"
            assert got.says.rstrip().endswith("."), "a message is a sentence"
    assert sum(wanted.outcome in ("failed", "partly") for wanted in expected.values()) >= 20


def test_results_of_the_hostile_folder_have_names_of_their_own(tmp_path):
    make_hostile_folder(tmp_path / "in")
    outputs = [f"{source.output}.json" for source in discover([str(tmp_path / "in")])]
    assert len({*outputs}) == len(outputs)
    for output in outputs:
        target = tmp_path / "out" / output
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("{}")  # no name is too long, and no file stands where a folder must


def test_identity_comes_from_content(tmp_path):
    data = encoded(receipt(), "PNG")
    (tmp_path / "a.png").write_bytes(data)
    with open_document(tmp_path / "a.png") as one, open_document(data, name="b.png") as other:
        assert one.sha256 == other.sha256 == hashlib.sha256(data).hexdigest()
        assert one.id == other.id == one.sha256[:16]
        assert (one.path, other.path) == ("a.png", "b.png")
        assert (one.media_type, one.bytes, one.page_count) == ("image/png", len(data), 1)
        document = one.document()
    assert (document.id, document.sha256, document.bytes, document.pages) == (one.id, one.sha256, len(data), ())


def test_a_wrong_suffix_is_a_note_not_an_error():
    with open_document(encoded(receipt(), "JPEG"), name="scan.png") as opened:
        assert opened.media_type == "image/jpeg"
        assert opened.notes == ("named .png, but its content is image/jpeg and is read as that",)


def test_a_pipe_that_is_named_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputUnsupported, match="standard input"):
        open_document(tmp_path / "pipe")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/"])
def test_devices_and_folders_are_refused(path):
    with pytest.raises(InputError, match="not a document"):
        open_document(path)


def test_a_name_with_a_nul_is_unreadable():
    with pytest.raises(InputUnreadable):
        open_document("a\0b.png")


@pytest.fixture
def forbidden():
    """A file and a folder without permissions; root, who may read everything, becomes another user meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "a.png").write_bytes(encoded(receipt(), "PNG"))
        (root / "locked").mkdir()
        for entry in (root / "a.png", root / "locked"):
            entry.chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65_534)
        try:
            yield root
        finally:
            os.seteuid(user)
            (root / "locked").chmod(0o700)


def test_what_may_not_be_read_is_a_failed_document(forbidden):
    file, folder = discover([str(forbidden)])
    with pytest.raises(InputUnreadable, match=r"^a\.png: no permission"):
        open_document(file)
    with pytest.raises(InputUnreadable, match=r"^locked: the folder cannot be listed"):
        open_document(folder)


def test_bounds_hold_before_a_pixel_is_decoded(monkeypatch):
    """900 million pixels are refused by their header: were one decoded, this would raise something else."""
    monkeypatch.setattr(Image.core, "fill", None)
    monkeypatch.setattr(Image.core, "new", None)
    with pytest.raises(InputTooLarge, match="30000 x 30000"):
        open_document(png_bomb())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF"])
def test_the_hosts_own_bound_on_pixels_is_left_alone(kind, monkeypatch):
    """A program around docpipe may set Pillow's bound; docpipe does not change it, and says so where Pillow insists."""
    data = encoded(receipt(), kind)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    try:
        with open_document(data) as opened:
            assert isinstance(next(opened.pages()), Page)
    except InputTooLarge as e:
        assert kind in ("WEBP", "GIF", "TIFF")
        assert "MAX_IMAGE_PIXELS" in str(e)  # noqa: PT017
    assert Image.MAX_IMAGE_PIXELS == 10


def test_a_webp_canvas_is_bounded_before_it_is_set_up():
    """16,383 x 16,383 pixels in thirty bytes would take a gigabyte."""
    data = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (16_382).to_bytes(3, "little") * 2
    with pytest.raises(InputTooLarge, match="16383 x 16383"):
        open_document(data)


@pytest.mark.parametrize("lossless", [True, False])
def test_webp_headers_are_read_rightly(lossless):
    data = encoded(Image.new("RGB", (321, 123)), "WEBP", lossless=lossless)
    with pytest.raises(InputTooLarge, match="321 x 123"):
        open_document(data, InputLimits(max_pixels=1000))


def test_bytes_over_the_bound_are_not_read(tmp_path):
    with open(tmp_path / "sparse.pdf", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputTooLarge, match=r"input\.max_bytes"):
        open_document(tmp_path / "sparse.pdf")


def test_tiff_pages_come_one_by_one_and_thumbnails_are_none():
    pages = [receipt(("PAGE ONE",)), receipt(("PAGE", "TWO")), receipt(("A", "B", "C"))]
    data = bytearray(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    with open_document(bytes(data)) as opened:
        assert (opened.page_count, opened.selected) == (3, (1, 2, 3))
        assert [(p.number, p.height) for p in opened.pages()] == [(1, 120), (2, 180), (3, 240)]
    with open_document(bytes(data), InputLimits(pages="2")) as opened:
        assert [(p.number, p.height) for p in opened.pages()] == [(2, 180)]
    thumbnail = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], tiffinfo={254: 1})
    with open_document(thumbnail) as opened:
        assert opened.page_count == 1, "directories that say they are thumbnails are no pages"


def test_one_bad_page_of_a_tiff_leaves_the_others():
    sizes = [(480, 300), (9000, 9000), (480, 200)]
    first, *others = [Image.new("1", size, 1) for size in sizes]
    data = encoded(first, "TIFF", save_all=True, append_images=others, compression="group4")
    with open_document(data, InputLimits(max_pixels=1_000_000)) as opened:
        one, two, three = opened.pages()
    assert (one.number, three.number) == (1, 3)
    assert isinstance(two, PageUnreadable)
    assert isinstance(two.__cause__, InputTooLarge)
    assert two.page == 2
    assert "page 2: 9000 x 9000 pixels" in str(two)


def test_a_tiff_of_endless_pages_is_not_followed_to_its_end(monkeypatch):
    monkeypatch.setattr(images, "MOST_FRAMES", 20)
    small = Image.new("L", (16, 16), 255)
    data = encoded(small, "TIFF", save_all=True, append_images=[small] * 29)
    with pytest.raises(InputTooLarge, match="more than 20 pages to read, over the bound of 5"):
        open_document(data, InputLimits(max_pages=5))
    with open_document(data, InputLimits(max_pages=30)) as opened:
        assert opened.page_count == 30


def test_an_image_where_a_text_layer_is_required_is_refused():
    with pytest.raises(InputUnsupported, match="text_layer"):
        open_document(receipt(), InputLimits(text_layer="require"))


def test_a_page_may_be_let_go_before_the_next_is_made():
    """Nothing but the caller keeps a page's pixels."""
    import weakref

    with open_document(pdf(pages=3)) as opened:
        pages = opened.pages()
        image = weakref.ref(next(pages).image)
        assert image() is None
        assert isinstance(next(pages), Page)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "PDF"])
def test_damaged_bytes_never_raise_anything_else(kind):
    """100 copies of each format with bytes changed or cut: a page or a typed error, nothing else."""
    good = pdf() if kind == "PDF" else encoded(receipt(("TOTAL 1.00",)), kind)
    dice = random.Random(kind)
    limits = InputLimits(max_pixels=1_000_000)
    for _ in range(100):
        data = bytearray(good)
        for _ in range(dice.choice((1, 3, 20))):
            data[dice.randrange(min(len(data), dice.choice((64, len(data)))))] = dice.randrange(256)
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
        try:
            with open_document(bytes(data), limits) as opened:
                assert all(isinstance(page, (Page, PageUnreadable)) for page in opened.pages())
        except InputError:
            continue


def test_a_relative_path_is_found_after_the_working_directory_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(encoded(receipt(), "PNG"))
    source = Source.of_file("a.png")
    monkeypatch.chdir("/")
    open_document(source).close()
