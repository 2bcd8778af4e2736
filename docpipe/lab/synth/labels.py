"""The labels of a made-up document in the shape of labelled sets: one JSON object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from docpipe.lab.synth.document import LABEL, VALUE, FieldLabel, SynthDocument
from docpipe.lab.synth.draw import DrawnRun

_ITEM = "line_items."


def entry(
    document: SynthDocument,
    file: str | None,
    pages: Sequence[Sequence[DrawnRun]],
    sizes: Sequence[tuple[float, float]],
    paged: bool,
) -> dict[str, Any]:
    """Return what a line of `labels.jsonl` holds.

    Args:
        file: below the folder of the labels; None where no picture was made.
        pages: per page the runs with their corners.
        sizes: width and height of every page: pixels of an image, points of a PDF.
        paged: give `pages` and `page_sizes`, and every line its page (from 0), as for PDFs.
    """
    made: dict[str, Any] = {
        "file": file,
        "kind": document.kind,
        "language": document.language,
        "country": document.country,
        "issuer": document.issuer_id,
        "seed": document.seed,
        "sums_right": document.sums_right,
    }
    if paged:
        made |= {"pages": len(sizes), "page_sizes": [[round(float(side), 1) for side in size] for size in sizes]}
    else:
        made |= {"width": round(sizes[0][0]), "height": round(sizes[0][1])}
    made["lines"] = [_line(each, number if paged else None) for number, page in enumerate(pages) for each in page]
    made["fields"] = _values(document.fields)
    made["fields_raw"] = {path: found.raw for path, found in document.fields.items()}
    made["line_items"] = [_values(row) for row in document.line_items]
    made["tax_breakdown"] = [_values(row) for row in document.tax_breakdown]
    html = table_html(document)
    if html:
        made["table_html"] = html
    return made


def _line(drawn: DrawnRun, page: int | None) -> dict[str, Any]:
    run = drawn.run
    made: dict[str, Any] = {"text": run.text, "polygon": [list(point) for point in drawn.polygon]}
    if page is not None:
        made["page"] = page
    if run.spans:
        made["spans"] = [
            {"start": span.start, "end": span.end, "kind": span.kind, "field": span.field}
            | ({"row": span.row} if span.row is not None else {})
            | ({"link": span.link} if span.link else {})
            for span in run.spans
        ]
    return made


def _values(fields: Mapping[str, FieldLabel]) -> dict[str, str]:
    return {path: found.value for path, found in fields.items()}


def table_html(document: SynthDocument) -> str:
    """Return the table of items as printed, headings first; "" where there is no table with headings."""
    heads: dict[str, list[str]] = {}
    order: dict[str, float] = {}
    cells: dict[tuple[int, str], list[str]] = {}
    for run in document.runs:
        for span in run.spans:
            if not span.field.startswith(_ITEM):
                continue
            name = span.field.removeprefix(_ITEM)
            text = run.text[span.start : span.end]
            if span.kind == LABEL and span.row is None:
                heads.setdefault(name, [])
                if text not in heads[name]:
                    heads[name].append(text)
                order.setdefault(name, run.box[0])
            elif span.kind == VALUE and span.row is not None:
                cells.setdefault((span.row, name), []).append(text)
    names = sorted(heads, key=lambda name: order[name])
    rows = sorted({row for row, _ in cells})
    if len(names) < 3 or not rows:
        return ""
    head = "".join(f"<th>{escape(' '.join(heads[name]))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(' '.join(cells.get((row, name), [])))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
