"""What `--show` prints: a card of key fields for each document, as wide as the terminal and never wider."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from docpipe.cli.shown_fields import SHOWN, STYLES
from docpipe.result import Result, ReviewItem, cell_at

DOUBTFUL = "(?)"
"""Stands after a value that needs a second look; colour alone is lost in a file and to some eyes."""
MISSING = "–"
MOST_SHOWN = 40
"""Characters of a value beside the fields that are shown of every document."""
INDENT, GAP = "  ", "   "


def print_cards(console: Console, results: Iterable[Result]) -> None:
    """Print the key fields of every document."""
    doubtful = False
    for result in results:
        console.print(_title(result), soft_wrap=True)
        for line in lines_of(parts_of(result), console.width):
            console.print(line, soft_wrap=True)
        doubtful = doubtful or bool(result.needs_review)
    if doubtful:
        note = f"{DOUBTFUL} marks a value that needs a second look; `docpipe explain RESULT` says why."
        console.print(Text(note, style="yellow"))


def _title(result: Result) -> Text:
    title = Text(result.document.path, style="bold")
    title.append(GAP).append(result.status, style=STYLES[result.status])
    return title


def parts_of(result: Result) -> Iterator[Text]:
    """Yield each key field as `path value`, then what was degraded and what went wrong."""
    listed = {item.field for item in result.needs_review}
    for path in SHOWN:
        doubtful = path in listed
        value = result.field(path).value
        if value is None and not doubtful:
            continue
        part = Text(f"{path} ", style="dim")
        part.append(value or MISSING, style="yellow" if doubtful else "not dim")
        yield part.append(f" {DOUBTFUL}", style="yellow") if doubtful else part
    for item in result.needs_review:
        if item.field not in SHOWN:
            yield _doubt(result, item)
    steps = dict.fromkeys(f"{d.stage} -> {d.to_rung} ({d.trigger})" for d in result.degradations)
    yield from (Text(f"degraded: {step}", style="yellow") for step in steps)
    yield from (Text(f"{error.code}: {error.message}", style="red") for error in result.errors[:1])


def _doubt(result: Result, item: ReviewItem) -> Text:
    """Return a doubtful field with what was read, cut short, and the reason."""
    try:
        value = cell_at(result, item.field).value
    except KeyError:  # it is about the document, or all rows
        value = None
    short = value if value is None or len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN].rstrip()}…"
    return Text(" ".join(filter(None, (item.field, short, DOUBTFUL, item.reason))), style="yellow")


def lines_of(parts: Iterable[Text], width: int) -> Iterator[Text]:
    """Yield lines of at most `width` cells: as many parts as fit, a part that is longer than a line cut at spaces."""
    room = max(width - len(INDENT), 20)
    line = Text()
    for part in parts:
        if line and cell_len(line.plain) + len(GAP) + cell_len(part.plain) <= room:
            line.append(GAP).append(part)
            continue
        if line:
            yield Text(INDENT).append(line)
        *full, line = _cut(part, room)
        for one in full:
            yield Text(INDENT).append(one)
    if line:
        yield Text(INDENT).append(line)


def _cut(part: Text, room: int) -> list[Text]:
    """Return a part in lines; the second and later ones stand in a little. Words longer than a line are cut."""
    if cell_len(part.plain) <= room:
        return [part]
    lines = [line.copy() for line in part.wrap(Console(width=room), room - len(INDENT))]
    for line in lines:
        line.rstrip()
    return [lines[0], *(Text(INDENT).append(line) for line in lines[1:])]
