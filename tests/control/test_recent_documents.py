"""Shadow runs: in idle time the last documents are read once more on the rung that is to come back."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from PIL import Image

from docpipe.config.faults import Fault
from docpipe.control.canary import Canary
from docpipe.control.recent_documents import MOST, MOST_BYTES, RecentDocuments
from docpipe.execution.executor import Execution
from docpipe.inputs.source import Source
from docpipe.policy.core.effects import EffectKind
from tests.metrics.reader import Reader


def picture(number: int) -> Source:
    data = io.BytesIO()
    Image.new("RGB", (100, 40), (255, 255, number)).save(data, "PNG")
    return Source.of_bytes(data.getvalue(), f"{number}.png")


def read(reader: Reader, source: Source, **changes: object) -> Execution:
    _, route = reader.policy.router.assign(source.path)
    found = reader._executor.run(source, route, name=source.path)
    document = found.result.document.model_copy(update=changes)
    return replace(found, result=found.result.model_copy(update={"document": document}))


def test_few_and_small_documents_are_kept_the_oldest_goes_first() -> None:
    recent, reader, sources = RecentDocuments(), Reader(), [picture(n) for n in range(MOST + 2)]
    assert recent.next() is None
    for source in sources:
        recent.add(source, read(reader, source))
    assert [recent.next() for _ in range(MOST + 1)] == [*sources[2:], sources[2]]
    large, long = picture(100), picture(101)
    recent.add(large, read(reader, large, bytes=MOST_BYTES + 1))
    recent.add(long, read(reader, long, pages=2))
    recent.add(None, read(reader, large))
    assert not {recent.next() for _ in range(20)} & {large, long}
    recent.forget(sources[3])
    assert sources[3] not in {recent.next() for _ in range(20)}


def test_what_failed_or_fell_by_its_own_doing_is_not_read_again() -> None:
    recent, reader = RecentDocuments(), Reader()
    broken = Source.of_bytes(b"no picture", "broken.png")
    recent.add(broken, read(reader, broken))
    giant = picture(1)
    reader.faults.set("text_detection.main", Fault.parse("oom"))
    recent.add(giant, read(reader, giant))
    assert recent.next() is None


def test_the_rung_comes_back_by_documents_of_this_place_and_costs_no_result(tmp_path: Path) -> None:
    """A file that is gone in the meantime is left out, and the bundled page serves."""
    reader, recent, given = Reader(), RecentDocuments(), []
    kept, gone = picture(1), Source("gone.png", tmp_path / "gone.png")
    assert gone.file is not None
    gone.file.write_bytes(picture(2).data or b"")
    for source in (gone, kept):
        recent.add(source, read(reader, source))
    gone.file.unlink()
    run = reader._executor.run
    reader._executor.run = lambda document, *more, **named: (given.append(document), run(document, *more, **named))[1]  # type: ignore[method-assign, assignment]
    canary = Canary(reader.policy.router, reader._executor, lambda: False, recent)
    reader.policy.engine.on_effect = lambda e: canary.read(e) if e.kind is EffectKind.CANARY else None
    reader.read(text_detection__main="oom")
    given.clear()
    documents = reader.documents
    reader.wait(120)
    assert reader.policy.state["text_detection"].level == 0
    assert reader.documents == documents
    paths = [getattr(each, "path", "the bundled page") for each in given]
    assert paths.count("gone.png") == 1
    assert paths.count("1.png") >= 3
