"""A sheet that keeps the account of its values: from it comes the labelled document."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

from docpipe.lab.synth.document import OTHER, VALUE, FieldLabel, FieldSpan, Row, Run, SynthDocument
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.sheet import Sheet, TextPart, label, value

_CURRENCIES = {
    "MYR": re.compile(r"\bRM(?![A-Za-z])|\bMYR\b"),
    "SGD": re.compile(r"S\$|\bSGD\b"),
    "USD": re.compile(r"US\$|\bUSD\b"),
    "GBP": re.compile(r"£|\bGBP\b"),
    "EUR": re.compile(r"€|\bEUR(?:OS?)?\b"),
    "CHF": re.compile(r"\bCHF\b|\bS?Fr\."),
    "CNY": re.compile(r"[¥￥]|\bRMB\b|\bCNY\b|人民币"),
}
ROWS = ("line_items.", "tax_breakdown.")


def plain_text(text: str) -> str:
    """Normalise text as docs/result.md says: white space joined."""
    return " ".join(text.split())


def amount_text(amount: Decimal) -> str:
    return f"{amount:f}"


class Paper(Sheet):
    """Sheet of one issuer's document. Methods that end in nothing special return parts for `put`."""

    def __init__(self, width: float, height: float, issuer: Issuer, rng: Random) -> None:
        super().__init__(width, height)
        self.issuer, self.rng, self.formats = issuer, rng, issuer.formats
        self._normal: dict[tuple[str, int | None], str] = {}

    def value(self, path: str, text: str, normal: str | None = None, row: int | None = None, link: int = 0) -> TextPart:
        """Characters that are a field's value; `normal` is the value normalised, the text itself if not given."""
        self._normal.setdefault((path, row), plain_text(text) if normal is None else normal)
        return value(path, text, row, link)

    def amount(self, path: str, amount: Decimal, row: int | None = None, link: int = 0, decimals: int = 2) -> TextPart:
        """A sum as the issuer writes it, without its currency. A discount of -5.00 has the value 5.00."""
        normal = abs(amount) if path.endswith("discount") else amount
        return self.value(path, self.formats.number(amount, decimals), f"{normal:.{decimals}f}", row, link)

    def money(
        self, path: str, amount: Decimal, row: int | None = None, link: int = 0, symbol: bool = True
    ) -> list[TextPart | str]:
        """A sum with the currency sign before or behind."""
        part = self.amount(path, amount, row, link)
        sign = self.formats.symbol
        if not symbol or not sign:
            return [part]
        clear = sign.strip() not in ("$", "¥", "￥")
        mark: TextPart | str = (
            self.value("currency", sign, self.formats.currency)
            if clear and path in ("total_gross", "amount_due")
            else sign
        )
        return [part, mark] if sign.startswith(" ") else [mark, part]

    def day(self, path: str, moment: date, shape: str = "", link: int = 0) -> TextPart:
        """A date as the issuer writes it."""
        return self.value(path, self.formats.day(moment, shape), moment.isoformat(), None, link)

    def pair(
        self, path: str, name: str, text: str, normal: str | None = None, between: str = ": "
    ) -> list[TextPart | str]:
        """A label and its value in one run."""
        link = self.link()
        return [label(path, name, None, link), between, self.value(path, text, normal, None, link)]

    def _find_currency(self) -> None:
        """Label the first sign or code that says the currency, unless a sum's own sign is labelled already.

        `$` does not: several currencies have it. `¥` does on a Chinese document.
        """
        if any(span.field == "currency" for run in self.runs for span in run.spans):
            return
        sign = _CURRENCIES[self.formats.currency]
        for k, run in enumerate(self.runs):
            found = sign.search(run.text)
            if found:
                self._normal["currency", None] = self.formats.currency
                self.runs[k] = replace(run, spans=(*run.spans, FieldSpan(*found.span(), VALUE, "currency")))
                return

    def finish(self, seed: int, dpi: int, sums_right: bool = True, kind: str = "") -> SynthDocument:
        """Return the document; values that were never set are left out."""
        self.runs = apart(self.runs)
        self._find_currency()
        printed: dict[tuple[str, int | None], list[tuple[Run, FieldSpan]]] = {}
        for run in self.runs:
            for span in run.spans:
                if span.kind == VALUE and not span.field.startswith(OTHER):
                    found = printed.setdefault((span.field, span.row), [])
                    if not found or (span.link and span.link == found[0][1].link):
                        found.append((run, span))
        fields: dict[str, FieldLabel] = {}
        rows: dict[str, dict[int, dict[str, FieldLabel]]] = {lead: {} for lead in ROWS}
        for (path, row), found in printed.items():
            raw = " ".join(run.text[span.start : span.end] for run, span in found)
            made = FieldLabel(self._normal.get((path, row), plain_text(raw)), raw)
            lead = next((lead for lead in ROWS if path.startswith(lead)), None)
            if lead is None:
                fields[path] = made
            elif row is not None:
                rows[lead].setdefault(row, {})[path.removeprefix(lead)] = made
        items: tuple[Row, ...] = tuple(cells for _, cells in sorted(rows["line_items."].items()))
        taxes: tuple[Row, ...] = tuple(cells for _, cells in sorted(rows["tax_breakdown."].items()))
        return SynthDocument(
            seed,
            kind or self.issuer.kind,
            self.issuer.language,
            self.issuer.country,
            self.issuer.id,
            dpi,
            tuple((int(self.width), int(self.height)) for _ in range(self.page + 1)),
            tuple(self.runs),
            tuple(self.rules),
            fields,
            items,
            taxes,
            sums_right,
        )


def apart(runs: list[Run]) -> list[Run]:
    """Set smaller what would run into its neighbour on the right."""
    made = list(runs)
    order = sorted(range(len(runs)), key=lambda k: (runs[k].page, runs[k].box[1]))
    for place, k in enumerate(order):
        for other in order[place + 1 : place + 30]:
            a, b = made[k], made[other]
            if b.page != a.page or b.box[1] >= a.box[3]:
                break
            left, right, index = (a, b, k) if a.box[0] <= b.box[0] else (b, a, other)
            high = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
            if left.box[2] <= right.box[0] + 2 or high < 0.3 * min(a.box[3] - a.box[1], b.box[3] - b.box[1]):
                continue
            x1, y1, x2, y2 = left.box
            factor = (right.box[0] - 3 - x1) / (x2 - x1)
            if factor > 0.45:
                middle, half = (y1 + y2) / 2, (y2 - y1) * factor / 2
                box = (x1, round(middle - half, 1), round(x1 + (x2 - x1) * factor, 1), round(middle + half, 1))
                made[index] = replace(left, box=box, size=round(left.size * factor, 2))
    return made
