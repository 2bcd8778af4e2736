"""The form: a sheet with places in shares of its size, and the ways to write on it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from docpipe.lab.synth import names_and_goods
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.paper import Paper
from docpipe.lab.synth.sheet import Face, Parts, label, text_of
from docpipe.lab.synth.text_widths import CJK_FAMILIES


@dataclass(frozen=True, slots=True)
class Side:
    """Buyer or seller as printed."""

    party: names_and_goods.Party
    tax_id: str
    bank: str
    account: str


class Form:
    """One invoice form. Places are shares of the width and height of the sheet."""

    def __init__(self, issuer: Issuer, rng: Random) -> None:
        draws = issuer.style()
        self.issuer, self.rng, self.draws = issuer, rng, draws
        width = draws.randint(1100, 1800)
        self.w, self.h = width, round(width * draws.uniform(0.61, 0.7))
        self.p = Paper(width, self.h, issuer, rng)
        self.ink = draws.choice(("#8a3a1c", "#7a2a12", "#9c4a20", "black", "#703010"))
        form, typed = draws.choice(CJK_FAMILIES), draws.choice(CJK_FAMILIES)
        size = width * draws.uniform(0.0115, 0.0145)
        self.form = Face(form, size, colour=self.ink)
        self.typed = Face(typed, size * draws.uniform(0.9, 1.05), colour=draws.choice(("black", "black", "#1c2a6a")))
        self.step = draws.uniform(0.024, 0.029) * width
        self.colon = draws.choice(("：", "：", ":", "： "))

    def at(
        self,
        x: float,
        y: float,
        parts: Parts,
        face: Face | None = None,
        align: str = "left",
        role: str = "",
        room: float = 0.0,
    ) -> None:
        """Set a run at shares of the sheet; `room` is the share of the width that it may take."""
        face = face or self.typed
        text = text_of(parts)
        if room and face.width(text) > room * self.w:
            face = face.scale(max(0.5, room * self.w / face.width(text)))
        self.p.put(x * self.w, y * self.h, parts, face, align, role)

    def entry(
        self,
        x: float,
        y: float,
        path: str,
        name: str,
        text: str,
        normal: str | None = None,
        apart: bool = False,
        room: float = 0.0,
    ) -> None:
        """A label with its value: in one run, or the value (typed later, into the form) beside it."""
        link = self.p.link()
        head, value = label(path, name, None, link), self.p.value(path, text, normal, None, link)
        if apart:
            self.at(x, y, [head, self.colon], self.form, role="meta")
            self.at(x + self.form.width(name + self.colon) / self.w + 0.003, y, [value], role="meta", room=room)
        else:
            self.at(x, y, [head, self.colon, value], role="meta", room=room)

    def space_out(self, text: str, cells: int) -> str:
        """Stretch a label of the form over a number of characters (名　　称)."""
        gap = max(0, cells - len(text))
        if len(text) < 2 or not gap:
            return text
        blank = self.draws_blank
        each, rest = divmod(gap, len(text) - 1)
        return "".join(c + blank * (each + (k < rest)) for k, c in enumerate(text[:-1])) + text[-1]

    @property
    def draws_blank(self) -> str:
        return Random(f"blank {self.issuer.id}").choice(("　", "　", "  ", " "))


def lowest(form: Form) -> float:
    """The y below everything that was set."""
    return max(run.box[3] for run in form.p.runs)


def digits(rng: Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def stack(form: Form, text: str, x: float, y: float, room: float) -> None:
    """Characters under each other, as the form names its blocks; they mean nothing to the fields."""
    step = room / max(1, len(text))
    for k, character in enumerate(text):
        form.at(x, y + k * step, character, form.form, role="noise")


def frame(form: Form, x1: float, y1: float, x2: float, y2: float) -> None:
    form.p.box(x1 * form.w, y1 * form.h, x2 * form.w, y2 * form.h, 1.5, form.ink)


def stroke(form: Form, x1: float, y1: float, x2: float, y2: float) -> None:
    form.p.line(x1 * form.w, y1 * form.h, x2 * form.w, y2 * form.h, 1.5, colour=form.ink)
