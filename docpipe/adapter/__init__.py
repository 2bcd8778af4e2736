"""Turns a document, whichever rungs made it, into the one result: every rung and every failure gives every key."""

from __future__ import annotations

from docpipe.adapter.results import to_result

__all__ = ["to_result"]
