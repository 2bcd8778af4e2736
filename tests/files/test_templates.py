"""Templates: whatever is filled in stays text."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from docpipe.files.templates import MOST_SHOWN, clean_text, templates


def test_texts_are_escaped_cut_and_shown_and_markup_is_not() -> None:
    """Also in attributes, and through filters that give text."""
    page = templates("docpipe.policy.audit").from_string('<p title="{{ a }}">{{ b | upper }}{{ c }}{{ d }}</p>')
    html = page.render(a='"><script>', b="<i>\x00\ud800", c=Markup("<b>x</b>"), d=None)
    assert html == '<p title="&#34;&gt;&lt;script&gt;">&lt;I&gt;\ufffd\ufffd<b>x</b></p>'
    assert len(page.render(a="", b="", c="y" * 1000, d="")) < MOST_SHOWN + 40


def test_a_name_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        templates("docpipe.policy.audit").from_string("{{ nobody }}").render()


def test_a_text_is_cut_where_it_is_too_long() -> None:
    assert clean_text("abcdef", 4) == "abc…"
    assert clean_text("abcd", 4) == "abcd"
    assert clean_text("a" * 1000, None) == "a" * 1000
