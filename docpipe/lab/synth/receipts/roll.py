"""The roll of a receipt printer: what an issuer prints alike on every receipt, and how a line is set."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from docpipe.lab.synth.issuer import Issuer, Wording
from docpipe.lab.synth.paper import Paper
from docpipe.lab.synth.sheet import Face, Parts, TextPart, label, relink, text_of
from docpipe.lab.synth.text_widths import CJK_FAMILIES


@dataclass(frozen=True, slots=True)
class Style:
    """What an issuer prints alike every time."""

    width: int
    face: Face
    leading: float
    margin: float
    upper: bool
    align: str
    inclusive: bool
    taxed: bool
    item_shape: int
    mark: str
    meta_shape: int
    price_sign: bool
    between: str

    @classmethod
    def draw(cls, style: Random, issuer: Issuer) -> Style:
        columns = style.choice((28, 32, 34, 36, 38, 40, 42, 44, 48))
        width = style.randint(360, 1100)
        margin = width * style.uniform(0.02, 0.09)
        if style.random() < 0.05:  # a small receipt on the glass of a large scanner
            width *= 2
            margin = width * style.uniform(0.2, 0.33)
        if issuer.language == "zh":
            family, size = style.choice(CJK_FAMILIES), (width - 2 * margin) / (columns * 0.5)
        else:
            family = style.choice(["mono", "mono", "mono", "mono", "sans", "sans", "narrow", "wide", "serif", "slab"])
            size = (width - 2 * margin) / (columns * (0.602 if family == "mono" else 0.56))
        abroad = issuer.country in ("US",)
        return cls(
            width,
            Face(family, size, style.random() < 0.12),
            style.uniform(1.0, 1.45),
            margin,
            style.random() < (0.6 if issuer.language == "en" else 0.3),
            "center" if style.random() < 0.8 else "left",
            not abroad and style.random() < (0.6 if issuer.country in ("MY", "SG") else 0.92),
            style.random() < 0.75,
            style.randrange(7),
            style.choice(("", "", " SR", " S", " T", "*", " Z", "SR", " A", " B")) if issuer.language != "zh" else "",
            style.randrange(7),
            style.random() < 0.2,
            style.choice((": ", ": ", ":", " : ", " ", ". ", "")),
        )


class ReceiptRoll:
    """Prints one receipt."""

    def __init__(self, issuer: Issuer, seed: int, rng: Random) -> None:
        self.issuer, self.seed, self.rng = issuer, seed, rng
        self.draws = issuer.style()
        self.style = Style.draw(self.draws, issuer)
        self.say = Wording(issuer, "upper" if self.style.upper and issuer.language != "de" else "")
        self.paper = Paper(self.style.width, 100_000, issuer, rng)
        self.paper.y = self.style.face.size * self.draws.uniform(0.5, 6)
        self.face = self.style.face
        self.left, self.right = self.style.margin, self.style.width - self.style.margin
        self.middle = self.style.width / 2
        self.step = self.face.size * self.style.leading * 1.12

    def apply_case(self, text: str) -> str:
        return text.upper().replace("ẞ", "SS") if self.style.upper else text

    def down(self, lines: float = 1.0) -> None:
        self.paper.y += self.step * lines

    def row(self, parts: Parts, align: str = "", face: Face | None = None, role: str = "") -> None:
        """Set one line and go to the next."""
        align = align or self.style.align
        x = {"left": self.left, "center": self.middle, "right": self.right}[align]
        face = face or self.face
        self.paper.put(x, self.paper.y, parts, face, align, role)
        self.down(face.size / self.face.size)

    def columns(self, cells: list[tuple[float, str, Parts]], role: str = "", face: Face | None = None) -> None:
        """Set cells (place from 0 to 1, align, parts) on one line."""
        face, filled = face or self.face, self.left - 1e3
        for share, align, parts in cells:
            text = text_of(parts)
            width, x = face.width(text), self.left + share * (self.right - self.left)
            start = {"left": x, "center": x - width / 2, "right": x - width}[align]
            if start < filled + face.size * 0.15:  # no room beside what stands there: a line of its own
                self.down(face.size / self.face.size)
            filled = start + width
            self.paper.put(x, self.paper.y, parts, face, align, role)
        self.down()

    def dashes(self) -> None:
        """A separator: characters that a reader sees, a drawn line, or nothing."""
        roll = self.draws.random()
        if roll < 0.45:
            character = self.draws.choice("--=*_.")
            count = int((self.right - self.left) / max(1.0, self.face.width(character)))
            self.row(character * max(3, count), "left", role="rule")
        elif roll < 0.7:
            y = self.paper.y + self.step * 0.3
            self.paper.line(self.left, y, self.right, y, 1.5, self.draws.random() < 0.5)
            self.down(0.6)
        else:
            self.down(0.5)

    def put_linked(self, path: str, name: str, parts: list[TextPart | str], between: str) -> None:
        link = self.paper.link()
        self.row(
            [label(path, name, None, link), between, *relink(parts, link)],
            "left" if self.draws.random() < 0.85 else "",
            role="meta",
        )

    def draws_once(self, key: str, options: tuple[str, ...]) -> str:
        return Random(f"{key} {self.issuer.id}").choice(options)
