"""The report: what it says, that nothing a document says can act, and that it works in a real browser from disk."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.batch.results_folder import anchor_of
from docpipe.cli.app import app
from docpipe.errors import UsageError
from docpipe.report.pictures import picture_pages
from docpipe.report.progress import Moment, svg_of
from docpipe.report.translations import FIELD_WORDS, WORDS
from docpipe.report.write import write_report
from docpipe.result import FIELD_PATHS, ITEM_CELLS, TAX_CELLS
from tests.report.browser import needs_browser, opened
from tests.report.results import HOSTILE, doubtful, results_folder, write_result


class Tags(HTMLParser):
    """Collects tags, attributes, and texts of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags_of(page: Path) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.tags


def test_those_to_review_come_first_and_everything_is_said(tmp_path: Path) -> None:
    out = results_folder(tmp_path, ("z.png", "b.png", "c.png"))
    written = write_report(out)
    assert (written.documents, written.without_picture) == (3, 0)
    text = written.page.read_text(encoding="utf-8")
    anchors = re.findall(r'<li class="card[^"]*" id="(d-\w+)"', text)
    assert anchors == [anchor_of(name) for name in ("z.png", "b.png", "c.png")], "doubtful first, then by name"
    assert "18.40 EUR" in text, "in the currency's decimals"
    page = (out / "report" / f"{anchors[0]}.html").read_text(encoding="utf-8")
    for said in ("main → light", "out_of_memory", "Small print may be missed.", "81.40", "text_recognition main"):
        assert said in page
    assert f'href="{anchors[1]}.html"' in page, "the next document"


def test_nothing_a_document_says_becomes_markup(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    write_report(out)
    for page in (out / "report.html", *(out / "report").glob("*.html")):
        tags = tags_of(page)
        assert [tag for tag, _ in tags].count("script") == 1, "its own"
        assert not [attributes for _, attributes in tags if any(name.startswith("on") for name in attributes)]
        assert "49" not in re.findall(r"\d+", re.sub(r"<style>.*?</script>", "", page.read_text(), flags=re.S))


def test_pages_name_nothing_outside_and_policy_allows_nothing_else(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    write_report(out)
    for page in (out / "report.html", *(out / "report").glob("*.html")):
        for _, attributes in tags_of(page):
            for name in ("src", "href"):
                target = attributes.get(name) or ""
                assert not re.match(r"(?!data:,)[a-z]+:|//", target), target
                if target and not target.startswith(("data:", "#")):
                    assert (page.parent / target.split("#")[0]).is_file(), target
        (policy,) = [a["content"] for _, a in tags_of(page) if a.get("http-equiv") == "Content-Security-Policy"]
        assert (policy or "").startswith("default-src 'none'")


def test_a_second_report_makes_no_picture_again_and_removes_pages_of_documents_gone(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    write_report(out)
    pictures = {path: path.stat().st_mtime_ns for path in (out / "report" / "pages").glob("*.jpg")}
    assert len(pictures) == 4
    (out / "b.png.json").unlink()
    write_report(out)
    assert {path: path.stat().st_mtime_ns for path in pictures} == pictures
    assert [path.stem for path in (out / "report").glob("*.html")] == [anchor_of("a.png")]


def test_a_document_that_is_gone_or_changed_has_no_picture_and_says_why(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    (tmp_path / "a.png").unlink()
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes() + b"\0")
    assert write_report(out).without_picture == 2
    assert "no such file" in (out / "report" / f"{anchor_of('a.png')}.html").read_text(encoding="utf-8")
    assert "changed since" in (out / "report" / f"{anchor_of('b.png')}.html").read_text(encoding="utf-8")


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        answer = CliRunner().invoke(app, ["report", str(folder)])
        assert isinstance(answer.exception, UsageError)
    assert list(tmp_path.iterdir()) == []


def test_every_field_has_words_in_both_languages() -> None:
    names = {part for path in FIELD_PATHS for part in path.split(".")} | {*ITEM_CELLS, *TAX_CELLS}
    assert sorted(names - set(FIELD_WORDS)) == []
    assert all(english and chinese for english, chinese in (*WORDS.values(), *FIELD_WORDS.values()))


def test_many_documents_share_columns_of_the_picture() -> None:
    moments = [Moment(float(n), (("text_detection", n % 3, "light"),)) for n in range(5000)]
    assert svg_of(moments).count("<rect") <= 2 * 400
    assert svg_of([]) == ""


@pytest.mark.slow
@needs_browser
def test_in_a_browser_from_disk(tmp_path: Path) -> None:
    """No complaint, no network, the keyboard works, boxes stand where the value was read, both languages."""
    out = results_folder(tmp_path)
    write_report(out)
    with opened() as (page, complaints):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"file://{out}/report.html")
        assert page.locator(".card:visible").count() == 2
        page.click("button.filter[data-filter=review]")
        assert page.locator(".card:visible").count() == 1
        page.keyboard.press("/")
        page.keyboard.type("nothing like it")
        assert page.locator(".card:visible").count() == 0
        page.goto(f"file://{out}/report.html#{anchor_of('b.png')}")
        page.wait_for_selector(".card a:focus")
        page.keyboard.press("Enter")
        page.wait_for_url("**/report/d-*.html")
        page.keyboard.press("[")
        page.wait_for_url(f"**/{anchor_of('a.png')}.html")
        page.keyboard.press("n")
        assert page.locator("tr.field.on").get_attribute("data-path") == "total_gross"
        assert "18.40" in page.locator("#tip").inner_text()
        assert "contradiction" in page.locator("#tip").inner_text()
        assert HOSTILE in page.locator("#tip").inner_text()
        picture, box = (page.locator(name).first.bounding_box() for name in (".paper img", ".box.on"))
        assert abs((box["x"] - picture["x"]) / picture["width"] - 10 / 200) < 0.01
        assert page.locator(".paper img").evaluate("image => image.naturalWidth") == 200
        page.locator(".box").last.hover()
        assert page.locator("#tip").is_visible()
        page.click("#language")
        assert "字段" in page.locator(".panel h2").first.inner_text()
        assert complaints == []
        assert all(url.startswith(("file:", "data:")) for url in asked)


def test_the_characters_of_an_ofd_file_are_written_onto_its_picture(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = doubtful("a.ofd")
    write_result(out, result)
    write_report(out)
    assert 'class="print"' not in next((out / "report").glob("*.html")).read_text(encoding="utf-8")
    info = result.document.model_copy(update={"media_type": "application/ofd"})
    write_result(out, result.model_copy(update={"document": info}))
    write_report(out)
    text = next((out / "report").glob("*.html")).read_text(encoding="utf-8")
    assert re.search(r'class="print" style="left:5.000%;top:6.667%;[^"]*font-size:7.500cqw">18.40<', text)
    assert "<script>alert" not in text


@pytest.mark.slow
@needs_browser
def test_no_page_scrolls_sideways_on_a_narrow_screen(tmp_path: Path) -> None:
    out = results_folder(tmp_path)
    write_report(out)
    with opened() as (page, _):
        for width in (320, 400, 800, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            for file in (out / "report.html", next((out / "report").glob("*.html"))):
                page.goto(file.as_uri())
                wide, seen = page.evaluate(
                    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
                )
                assert wide == seen, (width, file.name)


@pytest.mark.slow
@needs_browser
def test_a_thousand_documents_are_paged(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for number in range(1000):
        write_result(out, doubtful(f"{number:04}.png"))
    write_report(out, pictures=False)
    with opened("zh-CN") as (page, complaints):
        page.goto(f"file://{out}/report.html")
        assert page.evaluate("document.documentElement.lang") == "zh"
        assert page.locator(".card:visible").count() == 48
        page.keyboard.press("]")
        assert page.locator("#where").inner_text() == "2 / 21 (1000)"
        page.fill("#search", "0999")
        assert page.locator(".card:visible").count() == 1
        page.goto(f"file://{out}/report.html#{anchor_of('0777.png')}")
        page.wait_for_selector(f"#{anchor_of('0777.png')}:visible")
        assert complaints == []


@pytest.mark.models
def test_run_writes_a_report(tmp_path: Path) -> None:
    image = Path(__file__).parents[1] / "samples" / "images" / "receipt_cafe.jpg"
    answer = CliRunner().invoke(app, ["run", str(image), "--out", str(tmp_path / "o"), "--report", "--workers", "0"])
    assert answer.exit_code == 0, answer.stderr
    events = [json.loads(line) for line in answer.stderr.splitlines() if line.startswith("{")]
    (said,) = [event for event in events if event["event"] == "report"]
    assert Path(said["page"]).is_file()


def test_a_document_that_nobody_foresaw_does_not_take_the_report_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError("odd")

    monkeypatch.setattr("docpipe.report.pictures.open_document", fail)
    assert picture_pages(str(tmp_path / "a.xml"), "0" * 64, tmp_path) == ([], "ArithmeticError: odd")
