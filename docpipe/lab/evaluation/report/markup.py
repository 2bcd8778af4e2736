"""What the report's templates write numbers and compared texts with."""

from __future__ import annotations

from markupsafe import Markup
from rapidfuzz.distance import Levenshtein

from docpipe.files.templates import MOST_SHOWN, clean_text


def escape(text: object) -> Markup:
    """Return a text as HTML: cut, without control characters, escaped."""
    return Markup.escape(clean_text(text))


def mark_differences(expected: str, read: str) -> tuple[Markup, Markup]:
    """Return two texts as HTML, with what differs marked in each."""
    if len(expected) > MOST_SHOWN or len(read) > MOST_SHOWN:
        return escape(expected), escape(read)
    left, right = Markup(), Markup()
    for step in Levenshtein.opcodes(_caseless(expected), _caseless(read)):
        a, b = escape(expected[step.src_start : step.src_end]), escape(read[step.dest_start : step.dest_end])
        same = step.tag == "equal"
        left += a if same or not a else Markup("<mark>{}</mark>").format(a)
        right += b if same or not b else Markup("<mark>{}</mark>").format(b)
    return left, right


def _caseless(text: str) -> str:
    """Return a text of the same length without case, which no comparison looks at."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def number(value: float | None, digits: int = 3) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def with_sign(value: float | None) -> str:
    """Return a difference with its sign, or nothing where there is none."""
    return "" if value is None else f"{value:+.3f}"


def between(interval: tuple[float, float] | None, form: str = ".3f") -> str:
    """Return an interval in brackets, or nothing where there is none."""
    return "" if interval is None else f"[{interval[0]:{form}}, {interval[1]:{form}}]"
