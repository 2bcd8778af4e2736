"""The review: real requests to a real server in a process of its own, and a real browser where there is one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from docpipe.batch.corrections import Corrections
from docpipe.batch.results_folder import anchor_of, open_results
from docpipe.batch.tables import write_documents
from docpipe.lab.evaluation.labels import FILE, read_sets
from docpipe.lab.training.labelled_documents import training_entries
from docpipe.review.typed_value import typed_value
from tests.report.browser import needs_browser, opened
from tests.report.results import HOSTILE, doubtful, results_folder, write_result

pytest.importorskip("fastapi")
ANCHOR = anchor_of("a.png")


@contextmanager
def served(out: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Yield the address of a review server, and its process."""
    command = [sys.executable, "-W", "ignore", "-m", "docpipe", "review", str(out), "--name", "Ada", *options]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1], process
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def ask(address: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def wish(out: Path, text: str = "81.40", old: str | None = "18.4", **changes: Any) -> dict[str, Any]:
    sha256 = json.loads((out / "a.png.json").read_text())["document"]["sha256"]
    return {"field": "total_gross", "old": old, "text": text, "sha256": sha256, **changes}


def lines(out: Path) -> list[dict[str, Any]]:
    text = (out / "corrections.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def test_a_correction_is_on_the_disk_when_it_is_answered_and_survives_a_kill(tmp_path: Path) -> None:
    """And tables, results, evaluation and training take it up."""
    out = results_folder(tmp_path)
    with served(out, "--port", "0") as (address, process):
        page = f"{address}report/{ANCHOR}"
        assert ask(f"{page}.html")[0] == 200
        assert ask(f"{page}.json", wish(out, "EUR 81,40"))[0] == 200
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    (line,) = lines(out)
    assert (line["who"], line["field"], line["old"], line["new"]) == ("Ada", "total_gross", "18.4", "81.40")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", line["at"])
    with (out / "corrections.jsonl").open("a") as file:
        file.write('{"torn": ')  # by a kill within a write
    with served(out, "--port", "0") as (address, _):
        text = ask(f"{address}report/{ANCHOR}.html")[1].decode()
        assert 'data-old="81.40"' in text
        again = {"field": "issue_date", "old": "2026-03-31", "text": "", "action": "accept"}
        assert ask(f"{address}report/{ANCHOR}.json", wish(out) | again)[0] == 200
    result = next(iter(open_results(out, corrected=True)))
    field = result.field("total_gross")
    assert (field.value, field.source, field.source_id, field.confidence) == ("81.40", "person", "Ada", 1.0)
    assert result.needs_review == ()
    write_documents(tmp_path / "d.csv", open_results(out, corrected=True))
    assert "81.40" in (tmp_path / "d.csv").read_text()
    (labels,) = read_sets([out])
    assert [(label.file, dict(label.fields)) for label in labels.labels] == [
        (str(tmp_path / "a.png"), {"total_gross": "81.40", "issue_date": "2026-03-31"})
    ]
    assert len(training_entries(out / FILE)) == 1


def test_two_tabs_and_a_stale_result_lose_nothing(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    with served(out, "--port", "0") as (address, _):
        page = f"{address}report/{ANCHOR}.json"
        assert ask(page, wish(out, "81.40"))[0] == 200
        status, said = ask(page, wish(out, "8140"))  # the other tab still shows 18.4
        assert (status, json.loads(said)["now"]) == (409, "81.40")
        assert ask(page, wish(out, "8140", old="81.40"))[0] == 200
        stale = wish(out, "1.00", old="8140")
        write_result(out, doubtful("a.png", sha256="other"))  # a run read another document of that name
        assert ask(page, stale)[0] == 409
    assert [line["new"] for line in lines(out)] == ["81.40", "8140"]
    result = next(iter(open_results(out, corrected=True)))
    assert result.field("total_gross").value == "18.4", "what was corrected about other content does not count here"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"text": "eighteen"}, 422),
        ({"field": "issue_date", "text": "03/04/2026", "old": "2026-03-31"}, 422),
        ({"field": "no.such"}, 404),
        ({"field": "line_items[7].description"}, 404),
        ({"action": "delete"}, 422),
        ({"text": "x" * 20_000}, 422),
        ({"text": "\ud800"}, 422),
        ({"field": "\udfff"}, 422),
        ({"old": "\ud800"}, 422),
        ({"line_ids": ["\ud800"]}, 422),
        ({"\ud800": 1}, 422),
        ({"field": "total_gross", "action": "add"}, 422),
        ({"field": "total_gross", "action": "remove"}, 422),
        ({"field": "line_items[0]", "action": "correct"}, 422),
        ({"field": "line_items[7]", "action": "remove"}, 404),
        ({"field": "line_items[0].nothing"}, 404),
        ({"field": "line_items[+0].description"}, 404),
        ({"field": "line_items[0]", "action": "add"}, 409),
        ({"field": "line_items[+1]", "action": "add"}, 409),
        ({"field": "line_items[+1000]", "action": "add"}, 422),
    ],
)
def test_what_is_no_value_is_refused_and_says_why(changes: dict[str, Any], status: int, tmp_path: Path) -> None:
    from docpipe.review.folder import ReviewFolder
    from docpipe.review.server import make_app

    out = results_folder(tmp_path)
    with in_process(make_app(ReviewFolder(out, "Ada"), "t")) as address:
        assert ask(f"{address}/t/report/{ANCHOR}.json", wish(out) | changes)[0] == status
    assert Corrections(out).documents() == []


def test_rows_are_added_filled_removed_and_put_back(tmp_path: Path) -> None:
    out = results_folder(tmp_path)

    def rows() -> list[tuple[str | None, str | None]]:
        result = next(iter(open_results(out, corrected=True)))
        return [(row.description.value, row.net_amount.value) for row in result.line_items]

    with served(out, "--port", "0") as (address, process):
        page = f"{address}report/{ANCHOR}.json"

        def change(field: str, action: str = "correct", text: str = "", old: str | None = None) -> int:
            return ask(page, wish(out, text, old, field=field, action=action))[0]

        assert change("line_items[+0]", "add") == 200
        assert rows() == [(HOSTILE, "5")], "an empty row is none"
        assert change("line_items[+0].description", text="Tea") == 200
        assert change("line_items[+0].net_amount", text="1,25") == 200
        assert change("line_items[+0]", "add") == 409, "another tab shows no row yet"
        assert change("line_items[+1]", "add") == 200
        assert change("line_items[+1].description", text="Milk") == 200
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    assert rows() == [(HOSTILE, "5"), ("Tea", "1.25"), ("Milk", None)]
    with served(out, "--port", "0") as (address, _):
        page = f"{address}report/{ANCHOR}.json"
        assert change("line_items[0]", "remove") == 200
        assert change("line_items[+1]", "remove") == 200
        assert rows() == [("Tea", "1.25")]
        assert change("line_items[0].description", text="x", old=HOSTILE) == 409, "it was removed in another tab"
        assert change("line_items[0]", "add") == 200
        assert rows() == [(HOSTILE, "5"), ("Tea", "1.25")]
        assert change("tax_breakdown[+0]", "add") == 200
        assert change("tax_breakdown[+0].rate", text="19") == 200
        text = ask(f"{address}report/{ANCHOR}.html")[1].decode()
        assert 'data-path="line_items[+0].net_amount"' in text
    write_documents(tmp_path / "d.csv", open_results(out, corrected=True))
    assert next(iter(open_results(out, corrected=True))).tax_breakdown[0].rate.value == "19"


def test_a_row_that_was_removed_stays_when_the_document_is_read_again_with_other_rows(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    result = next(iter(open_results(out)))
    (row,) = result.line_items
    other = row.model_copy(update={"description": row.description.model_copy(update={"value": "Bread"})})
    with served(out, "--port", "0") as (address, _):
        assert ask(f"{address}report/{ANCHOR}.json", wish(out, field="line_items[0]", action="remove"))[0] == 200
    assert next(iter(open_results(out, corrected=True))).line_items == ()
    write_result(out, result.model_copy(update={"line_items": (other, row)}))
    left = next(iter(open_results(out, corrected=True))).line_items
    assert [each.description.value for each in left] == ["Bread", row.description.value], "nothing goes in silence"


@contextmanager
def in_process(app: Any) -> Iterator[str]:
    """Serve an application on a thread of this process."""
    import socket
    import threading

    import uvicorn

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def send(address: str, request: bytes) -> bytes:
    """Send a request in one piece, as a server may answer and close before it has read all; return what comes back."""
    import socket

    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        return connection.recv(4096)


def test_strangers_get_nothing(tmp_path: Path) -> None:
    """Without the token, from another site, by another host's name, with a path that leads out of the folder."""
    from docpipe.review.folder import ReviewFolder
    from docpipe.review.server import make_app

    out = results_folder(tmp_path)
    with in_process(make_app(ReviewFolder(out, "Ada"), "token")) as address:
        page = f"{address}/token/report/{ANCHOR}.json"
        assert ask(f"{address}/token/")[0] == 200
        assert ask(f"{address}/")[0] == 404
        assert ask(f"{address}/other/")[0] == 404
        assert ask(f"{address}/token/", Host="evil.example:80")[0] == 404
        assert ask(page, wish(out), Origin="http://evil.example")[0] == 403
        for name in ("..%2f..%2fa.png.json", "%2e%2e/corrections.jsonl", "0.jpg"):
            assert ask(f"{address}/token/report/pages/{name}")[0] == 404
        assert ask(f"{address}/token/docs")[0] == 404
        head = f"POST {page.removeprefix(address)} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert send(address, head.encode() + b"2\r\n{}\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411 ")
        thumb = re.findall(r'pages/[^"]+-t1.jpg', ask(f"{address}/token/")[1].decode())[0]
        assert ask(f"{address}/token/report/{thumb}")[0] == 200
    assert not (out / "corrections.jsonl").exists()


@pytest.mark.parametrize(
    "sent",
    [
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET http://evil.example/token/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /token/ HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n",
        b"GET /token/ HTTP/1.1\r\nHost: [::1]\r\n\r\n",
        b"POST /token/report/PAGE.json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
        b"POST /token/report/PAGE.json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n\xff\xfe",
        b"POST /token/report/PAGE.json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nOrigin: null\r\n\r\n{}",
        b"POST /token/report/PAGE.json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: 150000\r\n\r\n" + b"[" * 150_000,
        b"GET /%ff%00/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=range(11),
)
def test_an_odd_request_is_refused_and_is_no_error_of_the_server(sent: bytes, tmp_path: Path) -> None:
    from docpipe.review.folder import ReviewFolder
    from docpipe.review.server import make_app

    with in_process(make_app(ReviewFolder(results_folder(tmp_path), "Ada"), "token")) as address:
        answer = send(address, sent.replace(b"PAGE", ANCHOR.encode()))
    assert re.match(rb"HTTP/1.1 4\d\d ", answer), answer


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("total_gross", "RM 1,234.50", "1234.50"),
        ("issue_date", "31.03.2026", "2026-03-31"),
        ("currency", "€", "EUR"),
        ("seller.name", "  A   B ", "A B"),
        ("line_items[0].net_amount", "-5", "-5"),
        ("buyer.name", "", None),
    ],
)
def test_what_is_typed_or_taken_from_a_line_becomes_a_value(path: str, text: str, value: str | None) -> None:
    assert typed_value(path, text) == value


@pytest.mark.slow
@needs_browser
def test_in_a_browser_by_keyboard_alone(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    with served(out, "--port", "0") as (address, process), opened() as (page, complaints):
        page.goto(address)
        page.locator(".card a").first.click()
        page.wait_for_selector("tr.field.doubtful:focus")
        assert page.locator(".edit:visible").count() == 1, "of the field in hand"
        assert page.locator(".paper img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 200
        page.locator('.line[data-line="1-2"]').click(force=True)
        assert page.locator("tr.field.on input").input_value() == "81.40"
        page.keyboard.press("Enter")
        page.wait_for_selector("tr.field.done")
        assert page.locator("tr.field.doubtful").count() == 0
        page.locator('tr.field[data-path="invoice_number"]').focus()
        page.keyboard.press("e")
        page.keyboard.type(HOSTILE)
        page.keyboard.press("Enter")
        page.wait_for_selector('tr.field.done[data-path="invoice_number"]')
        page.keyboard.press("j")
        page.keyboard.press("e")
        page.keyboard.type("typed when the server died")
        process.kill()
        process.wait(30)
        page.keyboard.press("Enter")
        page.wait_for_selector(".conflict:visible")
        assert "kept in this browser" in page.locator(".conflict:visible").inner_text()
        assert [one for one in complaints if "ERR_CONNECTION_REFUSED" not in one and "failed: http" not in one] == []
    first, second = lines(out)
    assert (first["new"], first["line_ids"], first["page"]) == ("81.40", ["1-2"], 1)
    assert second["new"] == " ".join(HOSTILE.split())


@pytest.mark.slow
@needs_browser
def test_rows_in_a_browser_by_keyboard_alone(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    with served(out, "--port", "0") as (address, _), opened() as (page, complaints):
        page.goto(f"{address}report/{ANCHOR}.html")
        page.wait_for_selector("tr.field.doubtful:focus")
        page.keyboard.press("+")
        page.wait_for_selector('td.field:focus[data-path="line_items[+0].description"]')
        page.keyboard.press("e")
        page.keyboard.type("Tea")
        page.keyboard.press("Enter")
        page.wait_for_selector('td.done[data-path="line_items[+0].description"]')
        page.locator('td.field[data-path="line_items[0].net_amount"]').focus()
        page.locator('.line[data-line="1-2"]').click(force=True)
        page.keyboard.press("Enter")
        page.wait_for_selector('td.done[data-path="line_items[0].net_amount"]')
        page.locator('td.field[data-path="line_items[+0].quantity"]').focus()
        page.keyboard.press("e")
        page.keyboard.type("not saved yet")
        page.locator("h1").click()
        page.locator('td.field[data-path="line_items[0].description"]').focus()
        with page.expect_navigation():
            page.keyboard.press("x")
        page.wait_for_selector("tr.removed")
        assert page.locator('td.field[data-path="line_items[+0].quantity"] input').input_value() == "not saved yet"
        assert complaints == []
    result = next(iter(open_results(out, corrected=True)))
    assert [row.description.value for row in result.line_items] == ["Tea"]
    assert [line["action"] for line in lines(out)] == ["add", "correct", "correct", "remove"]
    assert lines(out)[2]["line_ids"] == ["1-2"]
