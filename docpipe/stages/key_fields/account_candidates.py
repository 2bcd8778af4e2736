"""Account numbers (IBAN) that stand on a page with or without a label: their check digits say what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.shapes import read_shape
from docpipe.values.identifiers import compact, is_iban

BARE_ACCOUNT = 0.7
"""What an account number without a label beside it scores."""
_BEGUN_ACCOUNT = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){0,5}\s?[A-Z0-9]{0,4}\W?$")
_ACCOUNT_GOES_ON = re.compile(r"[A-Z0-9]{1,4}(?: [A-Z0-9]{1,4})*(?![A-Z0-9])")
"""An account number amid a sentence, over the end of a line."""


def find_accounts(page: PageView) -> Iterator[Candidate]:
    """Yield each account number (IBAN) with right check digits, whether a label stands beside it or not."""
    path = "payment.iban"
    if path not in page.compiled.rules:
        return
    for cell in page.layout.cells:
        for found in read_shape("iban", cell.text, page.numbers, page.day_first):
            if is_iban(found.value):
                yield Candidate(path, found.value, found.raw, BARE_ACCOUNT, f"{page.compiled.name}.{path}", (cell,))
        begun = _BEGUN_ACCOUNT.search(cell.folded)
        below = next(iter(page.layout.below(cell, 1)), None) if begun is not None else None
        goes_on = _ACCOUNT_GOES_ON.match(below.folded) if below is not None else None
        if begun is None or below is None or goes_on is None:
            continue
        groups = goes_on[0].split()
        for count in range(len(groups), 0, -1):  # the check digits say where it ends
            raw = f"{cell.text[begun.start() :].rstrip()} {' '.join(groups[:count])}"
            if is_iban(value := compact(raw)):
                yield Candidate(path, value, raw, BARE_ACCOUNT, f"{page.compiled.name}.{path}", (cell, below))
                break
