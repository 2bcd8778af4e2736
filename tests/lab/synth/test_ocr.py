"""Imitated readings: labels stay on their characters through every error, and vanish with them."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise
from random import Random

import pytest

from docpipe.lab.synth import OcrLine, SynthDocument, as_ocr, make

each = pytest.mark.parametrize("seed", range(60))


def said(span_texts: list[tuple[str, int | None, str]]) -> Counter[tuple[str, int | None, str]]:
    return Counter((field, row, "".join(text.split())) for field, row, text in span_texts)


def of_lines(lines: tuple[OcrLine, ...]) -> Counter[tuple[str, int | None, str]]:
    return said([(s.field, s.row, line.text[s.start : s.end]) for line in lines for s in line.spans])


def of_document(document: SynthDocument) -> Counter[tuple[str, int | None, str]]:
    return said([(s.field, s.row, run.text[s.start : s.end]) for run in document.runs for s in run.spans])


@each
@pytest.mark.parametrize("strength", [0.0, 1.0, 4.0])
def test_lines_are_on_their_page_and_spans_in_their_line(seed: int, strength: float) -> None:
    document = make(seed)
    for line in as_ocr(document, 1, strength):
        width, height = document.pages[line.page]
        assert 0 <= line.box[0] < line.box[2] <= width
        assert 0 <= line.box[1] < line.box[3] <= height
        assert line.text == line.text.strip() != ""
        assert 0.5 <= line.confidence <= 1.0
        for span in line.spans:
            assert 0 <= span.start < span.end <= len(line.text)


@each
def test_without_errors_every_label_arrives(seed: int) -> None:
    """Only wide gaps part a run then; the parts of a value hold what the whole held."""
    document = make(seed)
    before, after = of_document(document), of_lines(as_ocr(document, 0, 0.0))
    assert Counter("".join(text for _, _, text in before.elements())) == Counter(
        "".join(text for _, _, text in after.elements())
    )


@each
def test_misread_values_are_still_alike(seed: int) -> None:
    """What a span covers after the errors is what it covered before, give or take the errors."""
    document = make(seed)
    before: dict[tuple[str, int | None, str], list[str]] = {}
    for run in document.runs:
        for span in run.spans:
            before.setdefault((span.field, span.row, span.kind), []).append(run.text[span.start : span.end])
    for line in as_ocr(document, 3, 1.0):
        for span in line.spans:
            text = "".join(line.text[span.start : span.end].split())
            sources = ["".join(source.split()) for source in before[span.field, span.row, span.kind]]
            alike = max(
                SequenceMatcher(None, text, source, autojunk=False).find_longest_match().size for source in sources
            )
            assert alike >= len(text) / 4 or len(text) <= 4, (text, sources)


def test_stronger_errors_change_more() -> None:
    def changed(strength: float) -> int:
        total = 0
        for seed in range(40):
            document = make(seed)
            before, after = of_document(document), of_lines(as_ocr(document, 5, strength))
            total += (before - after).total()
        return total

    mild, real, bad = changed(0.0), changed(1.0), changed(4.0)
    assert mild < real < bad


def test_a_seed_or_a_generator_gives_the_same_reading_again() -> None:
    document = make(2)
    assert as_ocr(document, 1) == as_ocr(document, 1)
    assert as_ocr(document, Random(4)) == as_ocr(document, Random(4))
    assert as_ocr(document, 1) != as_ocr(document, 2)


def test_lines_come_page_by_page_from_top_to_bottom() -> None:
    document = next(d for d in (make(seed, "invoice") for seed in range(60)) if len(d.pages) > 1)
    lines = as_ocr(document, 0, 0.0)
    assert [line.page for line in lines] == sorted(line.page for line in lines)
    tops = [(line.page, (line.box[1] + line.box[3]) / 2) for line in lines]
    assert sum(a > (b[0], b[1] + 40) for a, b in pairwise(tops)) == 0
