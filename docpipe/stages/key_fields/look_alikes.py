"""Numbers read from a picture in which letters and digits that look alike stand side by side: O and 0, I and 1.

A recogniser takes one for the other at full confidence, and nothing on the page says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from docpipe.document import Doubt, KeyField
from docpipe.stages.key_fields.candidates import PageView
from docpipe.values.text import fold

NUMBERS = ("invoice_number", "purchase_order", "contract_number", "buyer.customer_id")
_RUN = re.compile(r"[A-Z0-9]{2,}")
_ONCE = re.compile(r"[A-Z]+\d+|\d+[A-Z]+")
"""Letters and then digits, or digits and then letters, as numbers mostly are: `RE0044`."""
_MIXED = re.compile(r"[A-Z](?=[01])|[01](?=[A-Z])|\d(?=[OI])|[OI](?=\d)")


def doubt_look_alikes(page: PageView, fields: Mapping[str, KeyField]) -> Iterator[Doubt]:
    """Yield a doubt for each number whose letters and digits may have been taken for each other."""
    read = {line.id for each in page.layout.pages for line in each.lines if line.source == "model"}
    for path in NUMBERS:
        found = fields.get(path)
        if found is None or found.value is None or not read.intersection(found.line_ids):
            continue
        mixed = next((run for run in _RUN.findall(fold(found.value)) if _may_be_misread(run)), None)
        if mixed is not None:
            yield Doubt(path, "look_alikes", f"{mixed} has letters and digits side by side that look alike.")


def _may_be_misread(run: str) -> bool:
    return _ONCE.fullmatch(run) is None and _MIXED.search(run) is not None
