"""A party's details set as labelled values in any geometry: several in a line, or each under its caption.

CUIT: 30-…  Razón social: Viajes del Sur SA        NOME / RAZÃO SOCIAL          CNPJ
Domicilio: San Martín 1544 - Rosario               Comercial Vale Ltda          21.963.784/0001-23
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from docpipe.stages.key_fields.parties.line_roles import LONGEST_LINE, LineKind, PartyLine, Role
from docpipe.stages.key_fields.parties.page_lines import PageLines
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.postal import strip_heading_name
from docpipe.values.text import fold

ROWS = 10
"""A form ends at most so many rows below its first detail."""
UNDER = 1.6
"""A value stands at most so many heights below its caption."""
TOP = 0.5
"""Forms stand above this share of a page."""
ISSUER = 0.25
"""Of two forms without a word for a party, the issuer's begins above this share of a page."""
LONGEST_CAPTION = 60
MOST = 12
"""Of more names the rest is ignored: a page names two or three parties."""
NUMBER = 7
"""A number of taxes or a telephone has at least so many digits."""
COUNTRY_CODE = 3
"""A country in so many letters is a code, and no line of an address."""
PLACES = ("street", "quarter", "postcode", "town", "state", "country")
"""The parts of an address."""
_NUMBERED = re.compile(r"\d.*(?:,| - )\s*[^\W\d][^\d]{2,}$")
"""A street with its number and a town behind it: there, postcodes are mostly left out."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A labelled value: what it is (`name`, a part of an address, `other`), where, and the line it stands in."""

    kind: str
    text: str
    line: PartyLine
    left: float


@dataclass
class _Form:
    """The details of one party."""

    name: Detail
    anchor: PartyLine | None
    role: Role | None = None
    places: dict[str, Detail] = field(default_factory=dict)
    rest: list[PartyLine] = field(default_factory=list)


class DetailForms(PageLines):
    """Finds the parties of forms. Lines of a form are marked as used."""

    def find(self) -> Iterator[PartyBlock]:
        """Yield a block for each form with a name and a part of an address."""
        patterns = self._patterns()
        details = [d for line in self.lines if self._may_hold(line) for d in self._details(line, patterns)]
        if not any(d.kind == "name" for d in details):
            return
        forms = [form for form in self._forms(details) if form.places]
        if len(forms) == 2 and all(form.role is None for form in forms) and self._at_top(forms[0].name.line):
            forms[0].role, forms[1].role = Role.SELLER, Role.BUYER
        for form in forms:
            block = self._block(form)
            self.used.update(line.number for line in block.lines)
            if form.anchor is not None:
                self.used.add(form.anchor.number)
            yield block

    def _may_hold(self, line: PartyLine) -> bool:
        high = line.box[1] < TOP * self.heights[line.page] and len(line.text) <= LONGEST_LINE
        return (
            high and line.page == self.first_page and line.number not in self.used and line.kind is not LineKind.ANCHOR
        )

    def _at_top(self, line: PartyLine) -> bool:
        return line.box[1] < ISSUER * self.heights[line.page]

    def _patterns(self) -> Mapping[str, Pattern]:
        words = self.words
        return {
            "name": words.detail_name, "street": words.detail_street, "quarter": words.detail_quarter,
            "postcode": words.detail_postcode, "town": words.detail_town, "state": words.detail_state,
            "country": words.detail_country, "other": words.detail_other,
        }  # fmt: skip

    # --- labelled values ---------------------------------------------------------------------------------------------

    def _details(self, line: PartyLine, patterns: Mapping[str, Pattern]) -> Iterator[Detail]:
        """Yield the labelled values of a line, or the one under it where the line is a caption."""
        if ":" not in line.text:
            yield from self._under_caption(line, patterns)
            return
        text = line.text
        folded = fold(text)
        if len(folded) != len(text):
            return
        found = sorted(
            (m.start(), m.end(), kind)
            for kind, pattern in patterns.items()
            for m in pattern.compiled.finditer(folded)
            if folded[m.end() :].lstrip(" )").startswith(":") and (not m.start() or not folded[m.start() - 1].isalnum())
        )
        kept: list[tuple[int, int, str]] = []
        for one in found:
            if not kept or one[0] >= kept[-1][1]:
                kept.append(one)
        width = (line.box[2] - line.box[0]) / max(len(text), 1)
        for n, (start, end, kind) in enumerate(kept):
            stop = kept[n + 1][0] if n + 1 < len(kept) else len(text)
            value = text[end:stop].lstrip(" ):").strip(" -–|;")
            if value:
                yield Detail(kind, value, line, line.box[0] + start * width)

    def _under_caption(self, line: PartyLine, patterns: Mapping[str, Pattern]) -> Iterator[Detail]:
        if len(line.text) > LONGEST_CAPTION or any(c.isdigit() for c in line.text):
            return
        folded = line.folded.strip(" .:")
        kind = next((k for k, p in patterns.items() if p.compiled.fullmatch(folded)), None)
        if kind is None:
            return
        for number in (line.row + 1, line.row + 2):
            for value in self.by_row.get(number, ()):
                near = value.page == line.page and -0.7 * line.height < value.box[1] - line.box[3] < UNDER * line.height
                if near and abs(value.box[0] - line.box[0]) < 1.5 * max(line.height, value.height):
                    if not any(p.compiled.fullmatch(value.folded) for p in patterns.values()):
                        yield Detail(kind, value.text, value, line.box[0])
                    return

    # --- forms -------------------------------------------------------------------------------------------------------

    def _forms(self, details: Sequence[Detail]) -> list[_Form]:
        forms: list[_Form] = []
        for name in [d for d in details if d.kind == "name"][:MOST]:
            anchor = self._anchor_of(name)
            others = [d for d in details if d.kind == "name" and d is not name]
            left, right = self._zone(name, anchor, others)
            end = min(
                (d.line.row for d in others if d.line.row > name.line.row and left <= d.left < right), default=10**6
            )
            form = _Form(name, anchor, anchor.role if anchor is not None else None)
            for detail in details:
                after = name.line.row <= detail.line.row < min(end, name.line.row + ROWS)
                if detail.kind in PLACES and after and left <= detail.left < right:
                    form.places.setdefault(detail.kind, detail)
            top = anchor.row if anchor is not None else name.line.row - 1
            last = max([d.line.row for d in (name, *form.places.values())]) + 2
            form.rest = [
                d.line for d in details
                if d.kind == "other" and top <= d.line.row <= min(last, end - 1) and left <= d.left < right
                and sum(c.isdigit() for c in d.text) >= NUMBER
            ]  # fmt: skip
            forms.append(form)
        return forms

    def _anchor_of(self, name: Detail) -> PartyLine | None:
        """Return the word for a party closest above a name, in whose column it stands."""
        above = [
            line for line in self.lines
            if line.kind is LineKind.ANCHOR and not line.rest and line.page == name.line.page
            and 0 < name.line.row - line.row <= ROWS and line.box[0] < name.left + 2 * line.height
        ]  # fmt: skip
        return max(above, key=lambda line: (line.row, line.box[0]), default=None)

    def _zone(self, name: Detail, anchor: PartyLine | None, others: Sequence[Detail]) -> tuple[float, float]:
        """Return from where to where the details of a name begin: up to a name, or a word for a party, beside it."""
        height = name.line.height
        beside = [d.left for d in others if abs(d.line.row - name.line.row) <= 2]
        if anchor is not None:
            beside += [
                one.box[0] for one in self.by_row[anchor.row] if one.kind is LineKind.ANCHOR and one is not anchor
            ]
        right = min((x - 2 * height for x in beside if x > name.left + height), default=math.inf)
        apart = any(x < name.left - height for x in beside)
        left = (name.left if apart else min(name.left, name.line.box[0])) - 2 * height
        return left, right

    def _block(self, form: _Form) -> PartyBlock:
        places = {kind: detail.text.strip(" ,") for kind, detail in form.places.items()}
        lines = list({d.line.number: d.line for d in form.places.values()}.values())
        street = form.places.get("street")
        more = self.below(street.line, 1.2) if street is not None and street.text.endswith(",") else None
        if more is not None and more.kind is LineKind.TEXT and ":" not in more.text:
            places["street"] += f", {more.text}"
            lines.append(more)
        country = places.get("country", "")
        if len(country) <= COUNTRY_CODE:
            places.pop("country", None)
        town = " ".join(places[kind] for kind in ("postcode", "town", "state", "country") if kind in places)
        parts = tuple(text for text in (places.get("street", ""), places.get("quarter", ""), town) if text)
        known = {line.number: line for line in (*lines, *form.rest) if line.number != form.name.line.number}
        place = "label" if form.role is not None else self.place_of(form.name.line)
        whole = _NUMBERED.search(places.get("street", "")) is not None
        complete = (
            whole
            or "postcode" in places
            or "town" in places
            or self.words.town.search(fold(" ".join(parts))) is not None
        )
        more = self._rest_of_name(form.name)
        text = f"{form.name.text} {more.text}" if more is not None else form.name.text
        names = (form.name.line,) if more is None else (form.name.line, more)
        name, rest = strip_heading_name(text), list(known.values())
        return PartyBlock(name, names, place, form.role, rest=rest, complete=complete, parts=parts)

    def _rest_of_name(self, name: Detail) -> PartyLine | None:
        """Return the line without a label below a name that has no legal form, where it ends in one."""
        legal = self.words.legal_forms
        more = self.below(name.line, 0.8)
        if more is None or more.kind is not LineKind.TEXT or ":" in more.text or legal.search(fold(name.text)):
            return None
        form = legal.search(more.folded)
        return more if form is not None and len(more.folded.rstrip(" .")) - form.end() <= 1 else None
