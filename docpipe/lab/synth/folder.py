"""Writes made-up documents into a folder: pictures or PDFs, `labels.jsonl`, and a sheet to look at."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from docpipe import __version__
from docpipe.errors import UsageError
from docpipe.files.atomic import write_atomic
from docpipe.lab.synth import fonts, labels
from docpipe.lab.synth.augment import PROFILES, add_wear
from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.draw import DrawnRun, Picture, draw
from docpipe.lab.synth.einvoice import UBL_PROFILES, XML_PROFILES, file_name, has_xml, invoice_xml, with_attachment
from docpipe.lab.synth.make import ALL_KINDS, ALL_LANGUAGES, KINDS, LANGUAGES, SPOKEN, make
from docpipe.lab.synth.pdf import can_be_digital, digital_pdf, picture_pdf

FORMATS = ("jpg", "png", "pdf", "labels")
NOISES = (*PROFILES, "mixed")
LABELS, PART, SETTINGS, OVERVIEW = "labels.jsonl", ".labels.jsonl.part", "synth.json", "overview.png"
_SHOWN = 24


@dataclass(frozen=True)
class Order:
    """What to make. Two folders of one order hold the same bytes."""

    seed: int = 0
    kinds: Sequence[str] = KINDS
    languages: Sequence[str] = LANGUAGES
    format: str = "jpg"
    noise: str = "none"
    dpi: int = 150
    issuers: int | None = None
    einvoice: str | None = None
    """A profile of `einvoice.XML_PROFILES`, or `mixed`: invoices come with their XML."""
    version: str = field(default=__version__)

    def __post_init__(self) -> None:
        for name, given, known in (
            ("kind", self.kinds, ALL_KINDS),
            ("language", self.languages, ALL_LANGUAGES),
            ("format", (self.format,), FORMATS),
            ("noise", (self.noise,), NOISES),
        ):
            wrong = [each for each in given if each not in known]
            if wrong or not given:
                raise UsageError(f"--{name} {','.join(wrong)}: choose from {', '.join(known)}")
        if not self.pairs():
            raise UsageError(f"no {' or '.join(self.kinds)} is made in {' or '.join(self.languages)}: {spoken_kinds()}")
        if not 50 <= self.dpi <= 600:
            raise UsageError(f"--dpi {self.dpi}: between 50 and 600")
        if self.einvoice is not None:
            if self.einvoice not in (*XML_PROFILES, "mixed"):
                raise UsageError(f"--einvoice {self.einvoice}: choose from {', '.join(XML_PROFILES)}, mixed")
            if self.format != "pdf":
                raise UsageError(f"--einvoice {self.einvoice}: XML goes into PDFs; add --format pdf")
        if self.issuers is not None and self.issuers < 1:
            raise UsageError(f"--issuers {self.issuers}: at least 1")

    def pairs(self) -> list[tuple[str, str]]:
        """Return every kind with every language that it is made in."""
        return [
            (kind, language)
            for kind in self.kinds
            for language in self.languages
            if language in SPOKEN.get(kind, LANGUAGES)
        ]

    def document(self, number: int) -> SynthDocument:
        """Make the `number`-th document (from 0); kinds and languages take turns."""
        kind, language = self.pairs()[number % len(self.pairs())]
        seed = self.seed * 1_000_003 + number
        issuer = None if self.issuers is None else Random(f"which {seed}").randrange(self.issuers)
        return make(seed, kind, language, issuer)

    def profile(self, number: int) -> str | None:
        """Return the profile of the `number`-th document's XML; None where it has none."""
        return XML_PROFILES[number % len(XML_PROFILES)] if self.einvoice == "mixed" else self.einvoice


def spoken_kinds() -> str:
    """Say which kinds only some languages have."""
    return "; ".join(f"{kind} is made in {', '.join(languages)}" for kind, languages in SPOKEN.items())


@dataclass(frozen=True, slots=True)
class Written:
    """What a run of the writer did."""

    made: int
    kept: int


def write(
    out: Path, order: Order, count: int, tell: Callable[[str], None] = lambda name: None, workers: int = 1
) -> Written:
    """Make `count` documents below `out`; what is there already is kept, so an interrupted run goes on.

    `tell` is called with the name of every document when it is done. More `workers`, more processes; the bytes are the
    same.

    Raises:
        UsageError: `out` holds documents that another order made, or other files.
        FontMissing: the machine has no font for a language.
    """
    if order.format != "labels" and "zh" in {language for _, language in order.pairs()[:count]}:
        fonts.path_of("cjk-sans")  # say so before anything is made
    _claim_folder(out, order)
    done = _read_known(out)
    missing = []
    for number in range(count):
        file = done[number]["file"] if number in done else ""
        if file == "" or (file is not None and not (out / file).is_file()):
            missing.append(number)
        else:
            tell(file or str(number))
    with (out / PART).open("a", encoding="utf-8") as part:
        for number, made in zip(missing, _make_missing(out, order, missing, workers), strict=True):
            part.write(json.dumps({"number": number, "entry": made}, ensure_ascii=False) + "\n")
            part.flush()
            done[number] = made
            tell(made["file"] or str(number))
    lines = "".join(json.dumps(done[number], ensure_ascii=False) + "\n" for number in sorted(done))
    write_atomic(out / LABELS, lines)
    (out / PART).unlink()
    if order.format != "labels":
        draw_overview(out, [done[number]["file"] for number in sorted(done)])
    return Written(len(missing), count - len(missing))


def _make_missing(out: Path, order: Order, numbers: Sequence[int], workers: int) -> Iterator[dict[str, Any]]:
    """Write documents and yield their entries, in the order of their numbers."""
    if workers <= 1 or len(numbers) < 2:
        yield from (_write_one(out, order, number) for number in numbers)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield from pool.map(partial(_write_one, out, order), numbers)
    finally:
        pool.shutdown(cancel_futures=True)


def _claim_folder(out: Path, order: Order) -> None:
    settings = json.loads(json.dumps(asdict(order)))
    file = out / SETTINGS
    if file.is_file():
        before = json.loads(file.read_text(encoding="utf-8"))
        changed = [
            f"{key} ({before.get(key)} there, {value} asked for)"
            for key, value in settings.items()
            if before.get(key) != value
        ]
        if changed:
            raise UsageError(f"{out} holds documents made otherwise: {', '.join(changed)}; name another folder")
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not an empty folder, and nothing that this command made; name another folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as e:
        raise UsageError(f"{out} cannot be written: {e.strerror}; name another folder") from e
    write_atomic(file, json.dumps(settings, indent=1) + "\n")


def _read_known(out: Path) -> dict[int, dict[str, Any]]:
    """Return the entries of earlier runs by their numbers; a torn last line of an interrupted one is passed over."""
    known: dict[int, dict[str, Any]] = {}
    if (out / LABELS).is_file():
        for number, line in enumerate((out / LABELS).read_text(encoding="utf-8").splitlines()):
            known[number] = json.loads(line)
    if (out / PART).is_file():
        for line in (out / PART).read_text(encoding="utf-8").splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                break
            known[found["number"]] = found["entry"]
        write_atomic(
            out / PART,
            "".join(json.dumps({"number": n, "entry": e}, ensure_ascii=False) + "\n" for n, e in known.items()),
        )
    return known


def _write_one(out: Path, order: Order, number: int) -> dict[str, Any]:
    """Write one document and return its entry; where it comes with XML, that is put in, or stands alone in UBL."""
    document = order.document(number)
    made = _write_print(out, order, number, document)
    profile = order.profile(number)
    if profile is None or not has_xml(document, profile):
        return made
    xml = invoice_xml(document, profile)
    printed = out / made["file"]
    if profile in UBL_PROFILES:
        printed.unlink()
        file = str(Path(made["file"]).with_suffix(".xml"))
        _save(out / file, xml)
        return made | {"file": file, "einvoice": profile, "pages": 0, "page_sizes": [], "lines": []}
    _save(printed, with_attachment(printed.read_bytes(), file_name(profile), xml))
    return made | {"einvoice": profile}


def _write_print(out: Path, order: Order, number: int, document: SynthDocument) -> dict[str, Any]:
    stem = f"images/{number:06d}_{document.kind}_{document.language}"
    if order.format == "labels":
        plain = [
            [DrawnRun(run, run.polygon) for run in document.runs if run.page == page]
            for page in range(len(document.pages))
        ]
        return labels.entry(document, None, plain, document.pages, len(document.pages) > 1)
    rng = Random(f"wear {document.seed}")
    noise = rng.choice(_FITTING[document.kind]) if order.noise == "mixed" else order.noise
    if order.format == "pdf" and noise == "none" and can_be_digital(document):
        data, placed = digital_pdf(document)
        sizes = [(width * 72 / document.dpi, height * 72 / document.dpi) for width, height in document.pages]
        _save(out / f"{stem}.pdf", data)
        return labels.entry(document, f"{stem}.pdf", placed, sizes, True)
    pages = [add_wear(page, noise, rng) for page in draw(document, order.dpi)]
    if order.format == "pdf" or len(pages) > 1:
        _save(out / f"{stem}.pdf", picture_pdf([page.image for page in pages], order.dpi))
        return labels.entry(
            document,
            f"{stem}.pdf",
            [_in_points(page, order.dpi) for page in pages],
            [(page.image.width * 72 / order.dpi, page.image.height * 72 / order.dpi) for page in pages],
            True,
        )
    (page,) = pages
    buffer = BytesIO()
    if order.format == "png":
        page.image.save(buffer, "PNG", dpi=(order.dpi, order.dpi))
    else:
        page.image.save(buffer, "JPEG", quality=90, dpi=(order.dpi, order.dpi))
    file = f"{stem}.{order.format}"
    _save(out / file, buffer.getvalue())
    return labels.entry(document, file, [page.drawn], [page.image.size], False)


_FITTING = {
    kind: ("scan", "photo", "thermal", "none") if kind == "receipt" else ("scan", "scan", "photo", "fax", "none")
    for kind in (*KINDS, "credit_note")
}
"""Which wear "mixed" gives to which kind."""


def _in_points(page: Picture, dpi: int) -> list[DrawnRun]:
    scale = 72 / dpi
    made = []
    for each in page.drawn:
        a, b, c, d = ((round(x * scale, 2), round(y * scale, 2)) for x, y in each.polygon)
        made.append(DrawnRun(each.run, (a, b, c, d)))
    return made


def _save(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_bytes(data)
    os.replace(beside, path)


def draw_overview(out: Path, files: Sequence[str]) -> None:
    """Draw a contact sheet of up to 24 documents, evenly taken, to look at."""
    files = [file for file in files if not file.endswith(".xml")]
    step = max(1, math.ceil(len(files) / _SHOWN))
    shown = files[::step][:_SHOWN]
    across = min(6, max(1, len(shown)))
    cell = (300, 420)
    sheet = Image.new("RGB", (across * cell[0], math.ceil(max(1, len(shown)) / across) * cell[1]), "#808080")
    for k, file in enumerate(shown):
        image = _first_page(out / file)
        image.thumbnail((cell[0] - 8, cell[1] - 8))
        sheet.paste(image, ((k % across) * cell[0] + 4, (k // across) * cell[1] + 4))
    buffer = BytesIO()
    sheet.save(buffer, "PNG")
    _save(out / OVERVIEW, buffer.getvalue())


def _first_page(path: Path) -> Image.Image:
    if path.suffix == ".pdf":
        import pypdfium2

        pdf = pypdfium2.PdfDocument(path)
        image: Image.Image = pdf[0].render(scale=1).to_pil().convert("RGB")
        pdf.close()
        return image
    with Image.open(path) as image:
        return image.convert("RGB")
