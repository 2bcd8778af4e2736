"""Text from documents, made safe for HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
MOST_SHOWN = 400


def escaped(text: object, most: int = MOST_SHOWN) -> str:
    """Return a text as HTML, cut after `most` characters, control characters and lone surrogates replaced."""
    shown = str(text)
    shown = shown if len(shown) <= most else f"{shown[: most - 1]}…"
    return html.escape(_UNSHOWABLE.sub("\ufffd", shown))


def isolated(text: object, most: int = MOST_SHOWN) -> str:
    """Return a text from a document as HTML whose direction marks cannot reach what stands around it."""
    return f"<bdi>{escaped(text, most)}</bdi>"


def compared(expected: str, read: str) -> tuple[str, str]:
    """Return two texts as HTML, with what differs marked in each."""
    if len(expected) > MOST_SHOWN or len(read) > MOST_SHOWN:
        return isolated(expected), isolated(read)
    left, right = [], []
    for step in Levenshtein.opcodes(_caseless(expected), _caseless(read)):
        a, b = escaped(expected[step.src_start : step.src_end]), escaped(read[step.dest_start : step.dest_end])
        same = step.tag == "equal"
        left.append(a if same or not a else f"<mark>{a}</mark>")
        right.append(b if same or not b else f"<mark>{b}</mark>")
    return f"<bdi>{''.join(left)}</bdi>", f"<bdi>{''.join(right)}</bdi>"


def _caseless(text: str) -> str:
    """Return a text of the same length without case, which no comparison looks at."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def scrolled(headings: Sequence[str], rows: str) -> str:
    """Return a table that scrolls by itself where it is too wide, with the keyboard too; `rows` are HTML."""
    head = "".join(f"<th scope=col>{escaped(heading)}</th>" for heading in headings)
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def number(value: float | None, digits: int = 3) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"
