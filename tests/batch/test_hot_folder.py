"""Each file that comes into a folder is read once: slow copies, renames, overwriting, kills; told of until heard."""

from __future__ import annotations

import hashlib
import json
import os
import socketserver
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import psutil
import pytest

from docpipe.batch.delivery import Delivery, sign
from docpipe.batch.hot_folder import NAME, HotFolder, HotFolderReader
from docpipe.batch.journal import Journal
from docpipe.batch.telling import Telling, Untold
from docpipe.batch.whole_files import WholeFiles
from docpipe.errors import UsageError
from docpipe.result import DocumentInfo
from tests.building import result_of

SETTLE_S = 2.0


class Killed(BaseException):
    """Stands for `kill -9`: nothing after it runs."""


class Place:
    """An inbox with a watch over it, whose clock and crashes the test decides on."""

    def __init__(self, root, *, move: bool = False, delivery: Delivery | None = None) -> None:
        self.inbox, self.out = root / "in", root / "out"
        self.inbox.mkdir(exist_ok=True)
        self.now = 0.0
        self.read: list[tuple[str, str]] = []
        self.told: list[dict] = []
        self.kill_in = -1
        self.move, self.delivery = move, delivery or Delivery()
        self.restart()

    def restart(self) -> None:
        files = WholeFiles(self.inbox, SETTLE_S, lambda: self.now, ("done", "failed"))
        folder = HotFolder(self.inbox, self.out, "config", 1000, self.move)
        self.watching = HotFolderReader(folder, files, self.serve, self.delivery, self.tell)
        self.watching.start()
        self.watching.wait_until_told()

    def stop(self) -> None:
        self.watching.close()

    def tell(self, line: str) -> None:
        if self.kill_in == 0:
            self.kill_in = -1
            raise Killed
        self.kill_in -= 1
        self.told.append(json.loads(line))

    def serve(self, sources):
        for source in sources:
            text = source.data.decode()
            self.read.append((source.path, text))
            info = DocumentInfo(
                id="0", path=source.path, sha256=hashlib.sha256(source.data).hexdigest(), media_type="image/png",
                bytes=1, pages=1, pages_read=1,
            )  # fmt: skip
            yield source, result_of(source.path, status="failed" if "bad" in text else "ok", document=info)

    def turn(self, seconds: float = SETTLE_S) -> None:
        """Look once, let time go by, and look again."""
        for pause in (0.0, seconds):
            self.now += pause
            batches = self.watching.batches(lambda: None)
            while batch := next(batches):
                self.watching.read(batch)
        self.watching.wait_until_told()

    def put(self, name: str, text: str) -> None:
        (self.inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (self.inbox / name).write_text(text)


@pytest.fixture
def place(tmp_path) -> Place:
    return Place(tmp_path)


def test_a_file_is_read_when_it_is_whole_and_only_once(place: Place) -> None:
    place.put("a.pdf", "1")
    place.turn(1.9)
    assert place.read == []
    place.put("a.pdf", "1 and more")
    place.turn(1.9)
    assert place.read == []
    place.turn()
    place.turn()
    assert place.read == [("a.pdf", "1 and more")]
    assert [line["path"] for line in place.told] == ["a.pdf"]


def test_a_name_that_is_still_written_is_passed_over_and_renaming_makes_it_whole(place: Place) -> None:
    place.put("a.pdf.part", "1")
    place.put(".b.pdf", "2")
    place.put("notes.txt", "3")
    place.turn()
    assert place.read == []
    os.rename(place.inbox / "a.pdf.part", place.inbox / "a.pdf")
    place.turn()
    assert place.read == [("a.pdf", "1")]
    os.rename(place.inbox / "a.pdf", place.inbox / "c.pdf")
    place.turn()
    place.restart()
    place.turn()
    assert place.read == [("a.pdf", "1")]


def test_a_file_that_a_look_misses_while_it_is_renamed_is_not_read_again(place: Place) -> None:
    place.put("a.pdf", "1")
    place.turn()
    os.rename(place.inbox / "a.pdf", place.inbox / ".between")
    assert place.watching._files.look() == []
    os.rename(place.inbox / ".between", place.inbox / "b.pdf")
    place.turn()
    assert place.read == [("a.pdf", "1")]


def test_an_overwritten_file_is_read_anew_and_touching_it_is_no_writing(place: Place) -> None:
    place.put("a.pdf", "one")
    place.turn()
    os.utime(place.inbox / "a.pdf", ns=(1, 1))
    place.turn()
    assert place.read == [("a.pdf", "one")]
    place.put("a.pdf", "two")
    place.turn()
    assert place.read == [("a.pdf", "one"), ("a.pdf", "two")]


def test_a_file_that_changes_while_it_is_taken_is_left_for_later(place: Place) -> None:
    place.put("a.pdf", "one")
    place.turn(0)
    place.now += SETTLE_S
    (found,) = place.watching._files.look()
    place.put("a.pdf", "one and two")
    place.watching.read([found])
    assert place.read == []
    place.turn()
    assert place.read == [("a.pdf", "one and two")]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_watch_that_is_killed_reads_nothing_twice_and_tells_of_all(place: Place, at: int) -> None:
    for number in range(4):
        place.put(f"{number}.pdf", str(number))
    place.kill_in = at
    with pytest.raises(Killed):
        place.turn()
    place.restart()
    place.turn()
    assert sorted(place.read) == [(f"{number}.pdf", str(number)) for number in range(4)]
    assert sorted({line["path"] for line in place.told}) == [f"{number}.pdf" for number in range(4)]
    assert len(Journal(place.out).entries()) == 4


def test_a_result_without_its_line_is_not_read_again(place: Place) -> None:
    place.put("a.pdf", "1")
    place.turn()
    (place.out / NAME).unlink()
    place.restart()
    place.turn()
    assert place.read == [("a.pdf", "1")]
    assert [line["path"] for line in place.told] == ["a.pdf", "a.pdf"]


def test_files_are_put_aside_and_a_taken_name_gets_a_number(tmp_path) -> None:
    place = Place(tmp_path, move=True)
    place.put("sub/a.pdf", "1")
    place.put("b.pdf", "bad")
    place.turn()
    place.put("sub/a.pdf", "2")
    place.turn()
    found = sorted(p.relative_to(place.inbox).as_posix() for p in place.inbox.rglob("*.pdf"))
    assert found == ["done/sub/a.1.pdf", "done/sub/a.pdf", "failed/b.pdf"]
    place.turn()
    assert len(place.read) == 3


def test_a_repeated_document_is_named(place: Place) -> None:
    place.put("a.pdf", "same")
    place.put("b.pdf", "same")
    place.turn()
    assert [line["duplicate_of"] for line in place.told] == [None, "a.pdf"]


def test_memory_holds_what_is_in_the_folder_and_no_more(place: Place) -> None:
    for number in range(30):
        place.put("a.pdf", str(number))
        place.turn()
    place.turn()
    assert (len(place.watching._files._done), len(place.watching._files._since)) == (1, 1)


def test_a_webhook_is_tried_again_and_its_body_is_signed(tmp_path) -> None:
    answers, heard, slept = [503, 500, 200], [], []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((body, dict(self.headers)))
            self.send_response(answers.pop(0))
            self.end_headers()

        def log_message(self, *args) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/x"
        place = Place(tmp_path, delivery=Delivery.of(None, url, "key", slept.append))
        place.put("a.pdf", "1")
        place.turn()
        server.shutdown()
        thread.join()
    assert slept == [1.0, 2.0]
    assert len({headers["Idempotency-Key"] for _, headers in heard}) == 1
    body, headers = heard[-1]
    assert headers["X-Docpipe-Signature"] == sign(body, "key")
    assert json.loads(body)["document"]["path"] == "a.pdf"
    assert [headers["X-Docpipe-Repeated"] for _, headers in heard] == ["0", "1", "1"]
    assert states(place) == [("read", None), ("told", "line"), ("telling", "webhook"), ("told", None)]


def states(place: Place) -> list[tuple[str, str | None]]:
    lines = map(json.loads, (place.out / NAME).read_text().splitlines())
    return [(line["state"], line.get("by")) for line in lines]


def test_nobody_is_told_twice_where_another_was_not_reached(tmp_path) -> None:
    heard, mark = tmp_path / "heard", tmp_path / "mark"
    both = Delivery.of(f"sh -c 'echo x >> {heard}'", "http://127.0.0.1:9/", "", lambda seconds: None)
    place = Place(tmp_path, delivery=both)
    place.put("a.pdf", "1")
    place.turn()
    place.restart()
    assert heard.read_text() == "x\n"
    assert states(place)[:5] == [
        ("read", None), ("told", "line"), ("telling", "exec"), ("told", "exec"), ("telling", "webhook"),
    ]  # fmt: skip
    assert len(place.told) == 1, "its line is printed once, too"
    assert not mark.exists()


def test_a_command_that_may_have_been_told_before_a_kill_is_told_so(tmp_path) -> None:
    heard = tmp_path / "heard"
    command = f"sh -c 'echo $DOCPIPE_REPEATED $DOCPIPE_IDEMPOTENCY_KEY >> {heard}'"
    place = Place(tmp_path, delivery=Delivery.of(command, None, "", lambda seconds: None))
    place.put("a.pdf", "1")
    place.turn()
    lines = (place.out / NAME).read_text().splitlines(keepends=True)
    (place.out / NAME).write_text("".join(lines[:-1]))  # killed between the command's end and the last line
    place.restart()
    place.restart()
    (first, key), (second, same) = (line.split() for line in heard.read_text().splitlines())
    assert (first, second, key) == ("0", "1", same)


def test_a_command_that_hangs_is_ended_with_what_it_started_and_holds_nobody_up(tmp_path) -> None:
    mark = tmp_path / "mark"
    command = f"sh -c 'case \"$0\" in *a.pdf*) (sleep 4; touch {mark}) & wait;; esac'"
    delivery = replace(Delivery.of(command, None, "", lambda seconds: pytest.fail("tried again")), timeout_s=0.5)
    place = Place(tmp_path, delivery=delivery)
    place.put("a.pdf", "1")
    place.put("b.pdf", "2")
    place.turn()
    assert [by for state, by in states(place) if state == "told"] == ["line", "line", None]
    assert not any(f"touch {mark}" in " ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"]))


def test_reading_goes_on_while_a_command_is_away(tmp_path) -> None:
    """The command waits for a file that is made only when everything was read."""
    mark = tmp_path / "mark"
    command = f"sh -c 'while ! test -e {mark}; do sleep 0.05; done'"
    place = Place(tmp_path, delivery=Delivery.of(command, None, "", lambda seconds: None))
    told = place.watching.wait_until_told
    place.watching.wait_until_told = lambda: None
    place.put("a.pdf", "1")
    place.put("b.pdf", "2")
    place.turn()
    assert [path for path, _ in place.read] == ["a.pdf", "b.pdf"]
    mark.touch()
    told()
    assert place.watching._untold() == []


def test_what_was_not_heard_is_told_again_without_a_restart() -> None:
    tries: list[str] = []
    heard = threading.Event()
    left = [Untold("a.json", "", frozenset(), frozenset())]

    def tell(one: Untold) -> bool:
        tries.append(one.output)
        if len(tries) < 3:
            return False
        left.clear()
        heard.set()
        return True

    telling = Telling(tell, lambda: list(left), again_s=0.01)
    telling.add(left[0])
    assert heard.wait(30)
    telling.close()
    assert tries == ["a.json"] * 3


def test_more_than_memory_is_to_hold_waits_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docpipe.batch.telling.MOST_WAITING", 2)
    journal = {f"{n}.json": Untold(f"{n}.json", "", frozenset(), frozenset()) for n in range(9)}
    go_on, done = threading.Event(), threading.Event()
    waiting: list[int] = []

    def tell(one: Untold) -> bool:
        go_on.wait(30)
        del journal[one.output]
        if not journal:
            done.set()
        return True

    telling = Telling(tell, lambda: list(journal.values()), again_s=0.01)
    for one in list(journal.values()):
        telling.add(one)
        waiting.append(telling._queue.qsize())
    go_on.set()
    assert done.wait(30)
    telling.close()
    assert max(waiting) <= 2


def test_content_that_was_written_over_before_it_was_told_is_told_once(tmp_path) -> None:
    heard, mark = tmp_path / "heard", tmp_path / "mark"
    command = f"sh -c 'echo $DOCPIPE_IDEMPOTENCY_KEY >> {heard}; while ! test -e {mark}; do sleep 0.05; done'"
    place = Place(tmp_path, delivery=Delivery.of(command, None, "", lambda seconds: None))
    told = place.watching.wait_until_told
    place.watching.wait_until_told = lambda: None
    for name, text in (("0.pdf", "0"), ("a.pdf", "one"), ("a.pdf", "two")):
        place.put(name, text)
        place.turn()
    mark.touch()
    told()
    keys = [line.split("-")[0] for line in heard.read_text().splitlines()]
    assert keys == [hashlib.sha256(text).hexdigest() for text in (b"0", b"two")]
    place.restart()
    assert len(heard.read_text().splitlines()) == 2


def test_a_restart_reads_no_old_results_and_still_knows_what_is_repeated(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        place.put(f"{number}.pdf", str(number))
    place.turn()
    monkeypatch.setattr("docpipe.batch.hot_folder.read_result", lambda path: pytest.fail(f"{path} is read"))
    place.restart()
    monkeypatch.undo()
    place.put("again.pdf", "3")
    place.turn()
    assert place.told[-1]["duplicate_of"] == "3.pdf"


def test_results_of_an_earlier_run_are_read_once_and_then_known(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put("a.pdf", "1")
    place.turn()
    (place.out / NAME).unlink()
    (place.inbox / "a.pdf").unlink()
    place.restart()
    monkeypatch.setattr("docpipe.batch.hot_folder.read_result", lambda path: pytest.fail(f"{path} is read"))
    place.restart()
    monkeypatch.undo()
    place.put("b.pdf", "1")
    place.turn()
    assert place.told[-1]["duplicate_of"] == "a.pdf"


def test_no_more_is_remembered_than_the_latest(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docpipe.batch.hot_folder.REMEMBERED", 3)
    for number in range(6):
        place.put(f"{number}.pdf", str(number))
        place.turn()
    place.restart()
    assert len(place.watching._duplicates._by_bytes) == 3


def test_a_command_that_fails_is_tried_again_now_and_at_the_next_start(tmp_path) -> None:
    mark = tmp_path / "mark"
    command = f"sh -c 'test -e {mark} && echo \"$0\" >> {tmp_path}/heard'"
    place = Place(tmp_path, delivery=Delivery.of(command, None, "", lambda seconds: None))
    place.put("a.pdf", "1")
    place.turn()
    assert not (tmp_path / "heard").exists()
    mark.touch()
    place.restart()
    place.restart()
    assert (tmp_path / "heard").read_text().splitlines() == [str(place.out / "a.pdf.json")]
    assert place.read == [("a.pdf", "1")]


def test_a_wrong_address_or_command_is_refused() -> None:
    with pytest.raises(UsageError, match="http"):
        Delivery.of(None, "file:///etc/passwd", "", print)
    with pytest.raises(UsageError, match="empty"):
        Delivery.of("", None, "", print)


@pytest.mark.parametrize("answer", [b"garbage\r\n\r\n", b"HTTP/1.0 302 Found\r\nLocation: /login\r\n\r\n"])
def test_an_answer_that_is_no_yes_is_a_failure_and_stops_nobody(tmp_path, answer: bytes) -> None:
    asked = []

    class Odd(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline().split()[0])
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer if asked[-1] == b"POST" else b"HTTP/1.0 200 OK\r\n\r\n")

    result = tmp_path / "a.json"
    result.write_text("{}")
    with socketserver.TCPServer(("127.0.0.1", 0), Odd) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        hook = Delivery(url=f"http://127.0.0.1:{server.server_address[1]}/", pauses_s=())
        assert not hook.deliver("webhook", result, "key")
        server.shutdown()
        thread.join()
    assert asked == [b"POST"]


def test_a_command_that_leaves_a_process_behind_has_ended(tmp_path) -> None:
    command = Delivery.of("sh -c 'sleep 5 & exit 0'", None, "", lambda seconds: None)
    assert replace(command, timeout_s=2.0, pauses_s=()).deliver("exec", tmp_path / "a.json", "key")


def test_a_result_that_is_gone_cannot_be_posted(tmp_path) -> None:
    assert not Delivery(url="http://127.0.0.1:9/", pauses_s=()).deliver("webhook", tmp_path / "gone.json", "key")


def test_a_document_that_was_read_before_a_restart_is_known_as_repeated(place: Place) -> None:
    place.put("a.pdf", "same")
    place.turn()
    place.restart()
    place.put("b.pdf", "same")
    place.turn()
    assert [line["duplicate_of"] for line in place.told] == [None, "a.pdf"]


def test_a_file_that_nobody_may_read_is_handed_on_once_to_fail(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise PermissionError

    monkeypatch.setattr("docpipe.batch.hot_folder.read_whole", refuse)
    place.put("a.pdf", "bad")
    handed = []
    monkeypatch.setattr(place.watching, "_serve", lambda sources: _failing(sources, handed))
    place.turn()
    place.turn()
    assert handed == [place.inbox / "a.pdf"]
    assert [line["status"] for line in place.told] == ["failed"]


def _failing(sources, handed):
    for source in sources:
        handed.append(source.file)
        info = DocumentInfo(
            id="0", path=source.path, sha256="", media_type="", bytes=0, pages=0, pages_read=0
        )  # fmt: skip
        yield source, result_of(source.path, status="failed", document=info)
