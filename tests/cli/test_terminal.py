"""What a person sees of a run on 80 columns, and what a program reads when it is piped."""

from __future__ import annotations

import io
import json
import logging
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from docpipe.batch.duplicates import mark_duplicate
from docpipe.batch.run import RunOptions, run_batch
from docpipe.cli.app import app
from docpipe.cli.cards import DOUBTFUL, print_cards
from docpipe.cli.console import Terminal
from docpipe.cli.log_lines import line_of
from docpipe.errors import ExitCode, UsageError
from docpipe.inputs.source import Source
from docpipe.result import Buyer, FieldResult, Fields, LineItem, Result, ReviewItem, Seller
from tests.building import result_of

LONG = "Gesellschaft für Wohnungsverwaltung und Hausmeisterdienste am Stadtrand mit beschränkter Haftung"


def doubtful(path: str = "a/b.png") -> Result:
    item = ReviewItem(field="total_gross", reason="close_choice", confidence=0.4, threshold=0.9, rules=())
    fields = Fields(
        total_gross=FieldResult(value="18.40", confidence=0.4, source="rule"),
        seller=Seller(name=FieldResult(value=LONG, source="rule")),
        invoice_number=FieldResult(value="2026-03-31-0001", source="rule"),
    )
    return result_of(path, fields=fields, needs_review=(item,))


def printed(width: int, *results: Result) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    print_cards(console, results)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_cards_fit_80_columns_and_break_no_word() -> None:
    text = printed(80, doubtful(), result_of("墨痕示例文具有限公司.png"))
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    words = set(text.split())
    assert set(LONG.split()) <= words
    assert {"18.40", "2026-03-31-0001"} <= words


def test_a_doubtful_value_has_a_mark_that_needs_no_colour() -> None:
    text = printed(80, doubtful())
    assert f"18.40 {DOUBTFUL}" in text
    assert DOUBTFUL not in printed(80, result_of())


def test_other_doubtful_fields_are_shown_with_what_was_read() -> None:
    long = "Am Beispielhang 3, Hinterhaus links, 99996 Probestadt"
    item = ReviewItem(
        field="buyer.address", reason="low_confidence", confidence=0.1, threshold=0.5, rules=(), message=""
    )
    fields = Fields(buyer=Buyer(address=FieldResult(value=long, source="rule", confidence=0.1)))
    items = (item, item.model_copy(update={"field": "line_items", "reason": "incomplete"}))
    text = " ".join(printed(80, result_of(fields=fields, needs_review=items)).split())
    assert f"buyer.address {long[:40].rstrip()}… {DOUBTFUL} low_confidence" in text
    assert f"line_items {DOUBTFUL} incomplete" in text


def test_piped_nothing_but_json_lines_is_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    terminal = Terminal()
    terminal.expect(("text_detection.main", "text_recognition.main"), 2)
    for name in ("text_detection.main", "text_recognition.main", "worker 7", "text_detection.main"):
        terminal.on_loading(name)
    source = Source("a/b.png", data=b"x")

    def serve(left):
        yield from ((one, doubtful()) for one in left)

    summary = run_batch([source], serve, RunOptions(tmp_path, "config", 9), terminal)
    terminal.show([doubtful()])
    terminal.say_stopping()
    terminal.say_failed(UsageError("two\nlines"))
    terminal.summary(summary)
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(e["number"], e["of"]) for e in events if "of" in e] == [(1, 4), (2, 4), (3, 4)]
    (shown,) = [e for e in events if e["event"] == "fields"]
    assert (shown["fields"]["total_gross"], shown["needs_review"]) == ("18.40", ["total_gross"])
    assert events[-1]["to_review"] == [{"path": "a/b.png", "fields": ["total_gross"]}]


def test_a_log_line_is_json_where_it_is_piped() -> None:
    record = logging.LogRecord("docpipe.x", logging.WARNING, "f", 1, "two\nlines %s", ("here",), None)
    assert json.loads(line_of(record, terminal=False))["message"] == "two lines here"
    assert line_of(record, terminal=True) == "WARNING docpipe.x two lines here"


def test_where_nothing_is_left_no_model_is_loaded_and_all_is_counted(tmp_path: Path) -> None:
    sources = [Source(name, data=b"x") for name in ("a.png", "b.png")]
    sha256 = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

    def result(source: Source) -> Result:
        made = doubtful(source.path)
        return made.model_copy(update={"document": made.document.model_copy(update={"sha256": sha256})})

    run_batch(sources, lambda left: ((s, result(s)) for s in left), RunOptions(tmp_path, "config", 9), Terminal())

    def never(left):
        pytest.fail("models were loaded")

    summary = run_batch(sources, never, RunOptions(tmp_path, "config", 9, resume=True), Terminal())
    assert (summary.documents, summary.skipped, summary.review) == (0, 2, 2)
    assert [path for path, _ in summary.to_review] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--resume --force", "give one of them"),
        ("--format csv --out -", "name a folder"),
    ],
)
def test_options_that_contradict_each_other_are_refused(words: str, said: str) -> None:
    answer = CliRunner().invoke(app, ["run", ".", *words.split()])
    assert isinstance(answer.exception, UsageError)
    assert answer.exception.exit_code == ExitCode.CONFIG
    assert said in str(answer.exception)


def explained(folder: Path, result: Result, *words: str) -> str:
    file = folder / "r.json"
    file.write_text(result.to_json(), encoding="utf-8")
    answer = CliRunner().invoke(app, ["explain", str(file), *words])
    if isinstance(answer.exception, UsageError):
        raise answer.exception
    return answer.stdout


def test_explain_names_the_rung_of_each_field_and_explains_line_items(tmp_path: Path) -> None:
    item = LineItem(description=FieldResult(value="Tea, black", source="table", source_id="items.description"))
    result = doubtful().model_copy(update={"line_items": (item,)})
    text = explained(tmp_path, result)
    assert "total_gross = 18.40" in text
    assert "line_items[0].description = Tea, black" in text
    assert text.count("rung key_fields main") == 4
    assert "found by table items.description" in explained(tmp_path, result, "line_items[0]")
    assert "line_items[0].quantity: not found" in explained(tmp_path, result, "line_items[0].quantity")
    assert "to review, close_choice" in explained(tmp_path, result, "total_gross")
    with pytest.raises(UsageError, match="has 1 line_items"):
        explained(tmp_path, result, "line_items[7]")


def test_explain_says_what_is_to_be_reviewed_of_the_document_as_a_whole(tmp_path: Path) -> None:
    text = explained(tmp_path, mark_duplicate(result_of(), ("b.png", "the same bytes")))
    assert "to review, document: duplicate_of. It repeats b.png: the same bytes." in text
    assert "to review, total_gross: close_choice" in explained(tmp_path, doubtful())


def test_explain_names_a_file_that_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UsageError, match=r"a.txt: this is no result of docpipe: Invalid JSON"):
        CliRunner().invoke(app, ["explain", str(tmp_path / "a.txt")], catch_exceptions=False)


def test_drills_are_listed() -> None:
    answer = CliRunner().invoke(app, ["drill", "--list"])
    assert answer.exit_code == 0
    names = [line.split()[0] for line in answer.stdout.splitlines()]
    assert "bank" in names
    assert "quick" not in names, "that is a pipeline file"


def test_log_lines_go_where_stderr_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A progress bar replaces `sys.stderr` while it is drawn; a handler made before must follow."""
    from docpipe.cli.log_lines import set_up_logging

    set_up_logging(verbose=True)
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)
    logging.getLogger("docpipe.x").info("docpipe.event key=1")
    assert json.loads(later.getvalue())["logger"] == "docpipe.x"
