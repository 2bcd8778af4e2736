"""What arguments come to: documents in a fixed order, and a reason for everything else."""

from __future__ import annotations

import io
import os
import pickle
from pathlib import Path

import pytest

from docpipe.errors import InputUnreadable, NothingToDo
from docpipe.inputs.discover import SKIP_TEXTS, Discovery, SkipReason, discover
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    """A folder `in` with documents and other files, as the working directory's only entry."""
    for name in ("in/b.png", "in/a.PDF", "in/a.png", "in/sub/a.png", "in/sub/deep/c.tiff", "in/x.png/y.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "in/readme.txt").write_text("no document")
    (tmp_path / "in/.hidden").mkdir()
    (tmp_path / "in/.hidden/z.png").write_bytes(b"z")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def paths(*arguments: str, **options: object) -> list[str]:
    return [source.path for source in Discovery(arguments, **options)]


def test_a_directory_is_walked_in_order_of_names(tree):
    assert paths("in") == ["a.PDF", "a.png", "b.png", "sub/a.png", "sub/deep/c.tiff", "x.png/y.jpg"]


def test_what_is_left_out_is_named(tree):
    found = discover(["in"])
    list(found)
    assert {skip.path: skip.reason for skip in found.skipped} == {
        "readme.txt": SkipReason.NOT_A_DOCUMENT,
        ".hidden": SkipReason.HIDDEN,
    }
    assert set(SKIP_TEXTS) == set(SkipReason)


def test_results_mirror_the_tree_with_the_suffix_kept(tree):
    outputs = [str(source.output) for source in discover(["in"])]
    assert outputs == ["a.PDF", "a.png", "b.png", "sub/a.png", "sub/deep/c.tiff", "x.png/y.jpg"]


def test_a_file_is_called_by_its_name_and_tried_whatever_it_is(tree):
    assert paths("in/readme.txt") == ["readme.txt"]
    assert paths("in/.hidden/z.png") == ["z.png"]


def test_several_roots_keep_equal_names_apart(tree):
    """Paths are then relative to the closest folder above all roots."""
    assert paths("in/sub", "in/x.png") == ["sub/a.png", "sub/deep/c.tiff", "x.png/y.jpg"]
    assert paths("in/a.png", "in/sub/a.png") == ["a.png", "sub/a.png"]


def test_what_is_named_twice_is_read_once(tree):
    found = discover(["in/a.png", "in", "in/sub"])
    assert sorted(s.path for s in found).count("in/a.png") == 1
    assert {"in/a.png", "in/sub"} <= {s.path for s in found.skipped if s.reason is SkipReason.NAMED_TWICE}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("in/*.png", ["a.png", "b.png", "x.png/y.jpg"]),
        ("in/**/*.png", ["sub/a.png", "x.png/y.jpg", "a.png", "b.png"]),
        ("in/[ab].*", ["a.PDF", "a.png", "b.png"]),
        ("in/s?b/*", ["sub/a.png", "sub/deep/c.tiff"]),
        ("in/*/*.jpg", ["x.png/y.jpg"]),
        ("in/*.txt", ["readme.txt"]),
    ],
)
def test_globs_are_expanded_as_a_shell_does(tree, pattern, expected):
    assert sorted(paths(pattern)) == sorted(expected)


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tree):
    (tree / "in/[ab].png").write_bytes(b"x")
    assert paths("in/[ab].png") == ["[ab].png"]


def test_a_list_file_names_inputs_below_the_working_directory(tree):
    Path("list.txt").write_text("# what to read\nin/a.png\n\nin/sub\n")
    assert paths("@list.txt") == ["a.png", "sub/a.png", "sub/deep/c.tiff"]


def test_a_list_may_be_separated_by_nul(tree):
    (tree / "in/new\nline.png").write_bytes(b"x")
    Path("list").write_bytes(b"in/new\nline.png\0in/a.png\0")
    assert paths("@list") == ["new%0Aline.png", "a.png"]


@pytest.mark.parametrize("name", ["missing.txt", "in"])
def test_a_list_that_cannot_be_read_is_said(tree, name):
    with pytest.raises(NothingToDo, match=name):
        discover([f"@{name}"])


def test_standard_input_is_one_document(tree):
    found = list(discover(["-"], stdin=io.BytesIO(b"content")))
    assert [(s.path, s.data) for s in found] == [("stdin", b"content")]


def test_standard_input_is_not_read_beyond_the_bound(tree):
    limits = InputLimits(max_bytes=10)
    (source,) = discover(["-"], limits, stdin=io.BytesIO(b"x" * 1000))
    assert len(source.data) == 11


@pytest.mark.parametrize("arguments", [[], ["nosuch"], ["nosuch/*.png"], ["nosuch", "gone.png"]])
def test_nothing_there_is_nothing_to_do(tree, arguments):
    with pytest.raises(NothingToDo):
        list(discover(arguments))


def test_a_folder_without_documents_says_what_was_left_out(tree):
    (tree / "empty").mkdir()
    (tree / "empty/a.txt").write_text("x")
    with pytest.raises(NothingToDo, match="1 left out: its suffix"):
        list(discover(["empty"]))


def test_a_missing_file_among_others_becomes_a_failed_document(tree):
    good, missing = discover(["in/a.png", "in/gone.png"])
    assert (good.path, missing.path) == ("a.png", "gone.png")
    with pytest.raises(InputUnreadable, match="no such file"):
        open_document(missing)


def test_links_do_not_lead_out_or_round(tree):
    (tree / "out").mkdir()
    (tree / "out/far.png").write_bytes(b"far")
    (tree / "in/away").symlink_to(tree / "out")
    (tree / "in/far.png").symlink_to(tree / "out/far.png")
    (tree / "in/sub/up").symlink_to("..")
    (tree / "in/same.png").symlink_to("a.png")
    found = discover(["in"])
    names = [s.path for s in found]
    assert "same.png" in names
    assert not {n for n in names if "far" in n or "up" in n}
    assert {s.path: s.reason for s in found.skipped if s.path not in ("readme.txt", ".hidden")} == {
        "away": SkipReason.LINK_OUT_OF_INPUT,
        "far.png": SkipReason.LINK_OUT_OF_INPUT,
        "sub/up": SkipReason.LINK_INTO_INPUT,
    }


def test_links_out_are_followed_when_asked_and_end(tree):
    (tree / "out").mkdir()
    (tree / "out/far.png").write_bytes(b"far")
    (tree / "out/back").symlink_to(tree / "out")
    (tree / "in/away").symlink_to(tree / "out")
    names = paths("in", limits=InputLimits(follow_symlinks=True))
    assert names.count("away/far.png") == 1
    assert len([n for n in names if "far" in n]) == 1


def test_a_very_deep_folder_ends_in_a_failed_document_not_in_an_exception(tree):
    """Deeper than a path may be long: what cannot be listed is said."""
    here = os.getcwd()
    os.chdir("in/sub")
    for _ in range(25):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    os.chdir(here)
    broken = [s for s in discover(["in"]) if s.problem]
    assert len(broken) == 1
    with pytest.raises(InputUnreadable, match="cannot be listed"):
        open_document(broken[0])


def test_sources_travel_to_other_processes(tree):
    for source in discover(["in"]):
        assert pickle.loads(pickle.dumps(source)) == source
