"""Other shapes of a result, each a pure function of it: flat, by Azure's names, with shares of the page."""

from docpipe.views.azure import azure_view
from docpipe.views.compact import compact_view
from docpipe.views.shares import shares_view

__all__ = ["azure_view", "compact_view", "shares_view"]
