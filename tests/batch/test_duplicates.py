"""A document that was there before is named: by bytes, by seller, number and total, by its picture; in any order of workers."""  # noqa: E501

from __future__ import annotations

import cv2
import numpy as np

from docpipe.batch.duplicates import Duplicates, duplicates_of
from docpipe.batch.journal import Entry, Journal
from docpipe.batch.run import RunOptions, run_batch
from docpipe.files.atomic import write_atomic
from docpipe.inputs.picture_hash import picture_hash
from docpipe.inputs.source import Source
from docpipe.result import STAGE_NAMES, DocumentInfo, FieldResult, Fields, PageResult, Rungs, Seller
from tests.building import result_of


def result(path: str, sha256: str, *, number: str | None = None, total: str = "18.40", picture: str | None = None):
    page = PageResult(
        page=1, width=10, height=10, dpi=None, rotation=0, transform=(1, 0, 0, 1, 0, 0),
        rungs=Rungs(**dict.fromkeys(STAGE_NAMES, "main")), lines=(), picture_hash=picture,
    )  # fmt: skip
    info = DocumentInfo(id="0", path=path, sha256=sha256, media_type="image/png", bytes=1, pages=1, pages_read=1)
    fields = Fields(
        seller=Seller(name=FieldResult(value="Cheap & Good")),
        invoice_number=FieldResult(value=number),
        total_gross=FieldResult(value=total),
    )
    return result_of(path, document=info, fields=fields, pages=(page,))


def repeats(found) -> list[str | None]:
    return [item.rival for item in found.needs_review if item.reason == "duplicate_of"]


def test_the_same_bytes_and_the_same_seller_number_and_total_repeat_the_first() -> None:
    index = Duplicates()
    assert repeats(index.add(result("a.png", "1", number="R 7"))) == []
    assert repeats(index.add(result("b.png", "1", number="R 7"))) == ["a.png"]
    assert repeats(index.add(result("c.png", "2", number="r7", total="18.4"))) == ["a.png"]
    assert repeats(index.add(result("d.png", "3", number="R 8"))) == []
    assert repeats(index.add(result("e.png", "4", number="R 7", total="18.41"))) == []


def test_parts_of_one_file_do_not_repeat_each_other() -> None:
    index = Duplicates()
    assert repeats(index.add(result("a.pdf#p1-2", "1", number="R 7"))) == []
    assert repeats(index.add(result("a.pdf#p3", "1", number="R 8"))) == []
    assert repeats(index.add(result("a.jpg#2", "1", number="R 9"))) == []
    assert repeats(index.add(result("copy.pdf#p3", "1", number="R 8"))) == ["a.pdf#p3"]


def test_a_picture_saved_anew_is_the_same_and_another_one_of_the_form_is_not() -> None:
    image = cv2.imread("tests/samples/images/receipt_cafe.jpg")
    again = cv2.resize(image, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    ok, packed = cv2.imencode(".jpg", again, [cv2.IMWRITE_JPEG_QUALITY, 70])
    assert ok
    one, two = picture_hash(image), picture_hash(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    other = picture_hash(np.ascontiguousarray(image[::-1]))
    assert (int(one, 16) ^ int(two, 16)).bit_count() <= 10 < (int(one, 16) ^ int(other, 16)).bit_count()
    index = Duplicates()
    index.add(result("a.png", "1", picture=one))
    assert repeats(index.add(result("b.png", "2", picture=two))) == ["a.png"]
    assert repeats(index.add(result("c.png", "3", total="9.99", picture=two))) == []
    assert repeats(index.add(result("d.png", "4", picture="0" * 64))) == []  # an empty page is like any other


def test_what_is_remembered_is_bounded() -> None:
    index = Duplicates(2)
    for number in range(5):
        index.add(result(f"{number}.png", str(number), number=str(number)))
    assert repeats(index.add(result("again.png", "0", number="0"))) == []
    assert repeats(index.add(result("late.png", "4", number="9"))) == ["4.png"]


class Silent:
    def on_planned(self, left, done) -> None: ...

    def on_finished(self, source, result, output) -> None: ...


def run(folder, order: list[int], **options):
    sources = [Source(f"{name}.png", data=b"same") for name in "abc"]

    def serve(left):
        left = list(left)
        yield from ((left[n], result(left[n].path, "same")) for n in order)

    return run_batch(sources, serve, RunOptions(folder, "config", 100, **options), Silent())


def test_a_run_names_duplicates_in_the_order_of_its_documents_whoever_was_first(tmp_path) -> None:
    summaries = [run(tmp_path / name, order) for name, order in (("one", [0, 1, 2]), ("two", [2, 0, 1]))]
    files = [[(tmp_path / name / f"{each}.png.json").read_bytes() for each in "abc"] for name in ("one", "two")]
    assert files[0] == files[1]
    assert [b'"duplicate_of"' in text for text in files[0]] == [False, True, True]
    assert [summary.review for summary in summaries] == [2, 2]
    assert b'"rival": "a.png"' in files[0][1]


def test_a_run_names_what_an_earlier_run_has(tmp_path) -> None:
    before = result("old.png", "same")
    write_atomic(tmp_path / "before" / "old.png.json", before.to_json())
    Journal(tmp_path / "before").append(Entry.of(before, "old.png.json"))
    run(tmp_path / "now", [0, 1, 2], against=(tmp_path / "before",))
    assert f"{tmp_path}/before/old.png" in (tmp_path / "now" / "a.png.json").read_text(encoding="utf-8")
    assert repeats(duplicates_of([tmp_path / "before"]).add(result("x.png", "same"))) == [f"{tmp_path}/before/old.png"]
