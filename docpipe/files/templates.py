"""HTML pages from Jinja2 templates that lie beside the module that fills them; whatever is filled in is escaped."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
MOST_SHOWN = 400
"""Characters of a text that are shown; what follows is cut off."""


def clean_text(text: object, most: int | None = MOST_SHOWN) -> str:
    """Return a text to show, not yet escaped: cut, without control characters and lone surrogates."""
    text = str(text)
    text = text if most is None or len(text) <= most else f"{text[: most - 1]}…"
    return _UNSHOWABLE.sub("\ufffd", text)


@cache
def templates(package: str) -> Environment:
    """Return the templates (`*.html.j2`) of a package.

    Texts are escaped and made showable, whatever they hold; only `markupsafe.Markup` stays as it is. A name that the
    context lacks is an error.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: object) -> object:
        if value is None:
            return ""
        return clean_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    folder = PackageLoader(package, package_path="")
    return Environment(
        loader=folder, autoescape=True, undefined=StrictUndefined, finalize=finalize, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
