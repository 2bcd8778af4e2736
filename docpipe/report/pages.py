"""Fills the templates; a page carries its own style and script, and a browser may load nothing else for it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from docpipe import __version__
from docpipe.files.templates import clean_text, templates
from docpipe.report.document_view import DocumentView, FieldView
from docpipe.report.overview import Card, Overview
from docpipe.report.translations import field_words, reason_words, say

PER_PAGE = 48
"""Cards that are shown at once, as in page.js."""


@cache
def asset(name: str) -> Markup:
    """Return a file of this package that is put into pages as it is."""
    return Markup(files("docpipe.report").joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def whole(text: str) -> Markup:
    """Return a text to be put into an attribute, not cut: what is saved again must be all of it."""
    return escape(clean_text(text, None))


def policy(script: str, connect: str = "'none'") -> str:
    """Return the content security policy of a page: pictures beside it, and this one script."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def _render(template: str, script: Markup, connect: str = "'none'", **context: Any) -> str:
    return templates("docpipe.report").get_template(template).render(
        style=asset("style.css"), script=script, policy=policy(script, connect), say=say, field_words=field_words,
        reason_words=reason_words, whole=whole, version=__version__, **context,
    )  # fmt: skip


def index_page(title: str, cards: Sequence[Card], overview: Overview, progress: Markup, timeline: Markup | None) -> str:
    """Return the first page of a report."""
    return _render(
        "index.html.j2", asset("page.js"), title=title, cards=cards, overview=overview, progress=progress,
        timeline=timeline, size=PER_PAGE,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where a document's page leads."""

    home: str
    before: str = ""
    after: str = ""
    pictures: str = ""
    """What stands before the name of a picture."""


def document_page(view: DocumentView, links: PageLinks) -> str:
    """Return the page of one document."""
    return _document(view, asset("page.js"), links)


def review_page(view: DocumentView, links: PageLinks) -> str:
    """Return the same page with fields that can be changed."""
    return _document(view, asset("page.js") + asset("review.js"), links, editable=True)


def _document(view: DocumentView, script: Markup, links: PageLinks, *, editable: bool = False) -> str:
    return _render(
        "document.html.j2", script, "'self'" if editable else "'none'", view=view, editable=editable, tips=_tips(view),
        home=links.home, before=links.before, after=links.after, pictures=links.pictures,
    )  # fmt: skip


def _tips(view: DocumentView) -> list[FieldView]:
    cells = [cell for rows in (view.items, view.tax) for row in rows.rows for cell in row.cells if cell is not None]
    return [*view.fields, *cells]
