"""What happens to paper and to pictures of it: stamps, folds, faint print, skew, blur, noise, compression.

Text that is bent or turned takes its corners along, exactly: both are mapped by one homography.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from random import Random
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from docpipe.lab.synth import fonts
from docpipe.lab.synth.document import Polygon
from docpipe.lab.synth.draw import Picture

Pixels = NDArray[np.uint8]
PROFILES = ("none", "scan", "photo", "fax", "thermal")
"""Kinds of wear; "mixed" draws one of them for each document."""


def add_wear(picture: Picture, profile: str, rng: Random) -> Picture:
    """Return the page as a scanner, a camera, a fax machine or a worn receipt printer would give it."""
    if profile == "none":
        return picture
    noise = np.random.default_rng(rng.getrandbits(32))
    return _PROFILES[profile](picture, rng, noise)


def _scan(picture: Picture, rng: Random, noise: np.random.Generator) -> Picture:
    image = picture.image
    if rng.random() < 0.25:
        image = _add_stamp(image, rng)
    if rng.random() < 0.2:
        image = _add_scribble(image, rng)
    picture = turn_page(replace(picture, image=image), rng.gauss(0, 0.7), rng, 0.0)
    pixels = _array(picture.image)
    if rng.random() < 0.4:
        pixels = _tint(pixels, rng, 0.05)
    if rng.random() < 0.25:
        pixels = _fold(pixels, rng)
    if rng.random() < 0.3:
        pixels = _add_specks(pixels, rng, noise)
    if rng.random() < 0.4:
        pixels = np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    pixels = _blur(pixels, rng.uniform(0.0, 0.9))
    pixels = _add_grain(pixels, noise, rng.uniform(1, 9))
    return replace(picture, image=_compress(pixels, rng.randint(35, 92)))


def _photo(picture: Picture, rng: Random, noise: np.random.Generator) -> Picture:
    image = picture.image
    if rng.random() < 0.2:
        image = _add_stamp(image, rng)
    picture = turn_page(replace(picture, image=image), rng.gauss(0, 1.8), rng, rng.uniform(0.0, 0.05), _desk(rng))
    pixels = _tint(_array(picture.image), rng, 0.14)
    pixels = _light(pixels, rng)
    if rng.random() < 0.4:
        pixels = _fold(pixels, rng)
    pixels = _blur(pixels, rng.uniform(0.3, 1.3))
    pixels = _add_grain(pixels, noise, rng.uniform(2, 12))
    return replace(picture, image=_compress(pixels, rng.randint(40, 88)))


def _fax(picture: Picture, rng: Random, noise: np.random.Generator) -> Picture:
    picture = turn_page(picture, rng.gauss(0, 0.6), rng, 0.0)
    grey = cv2.cvtColor(_array(picture.image), cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    coarse = cv2.resize(grey, (max(8, int(width * 0.75)), max(8, int(height * 0.6))), interpolation=cv2.INTER_AREA)
    coarse = np.clip(coarse + noise.normal(0, 14, coarse.shape), 0, 255)
    black = (coarse > rng.randint(140, 200)).astype(np.uint8) * 255
    specks = noise.random(black.shape)
    black[specks < rng.uniform(0.0001, 0.0015)] = 0
    black[specks > 1 - rng.uniform(0.0005, 0.004)] = 255
    for _ in range(rng.choice((0, 0, 1, 2))):
        row = rng.randrange(black.shape[0])
        black[row : row + 1] = 255
    pixels = cv2.resize(black, (width, height), interpolation=cv2.INTER_LINEAR)
    return replace(picture, image=Image.fromarray(np.repeat(pixels[..., None], 3, axis=2)))


def _thermal(picture: Picture, rng: Random, noise: np.random.Generator) -> Picture:
    """Uneven, faint dots on yellowed paper, seen by a cheap scanner."""
    ink = _array(picture.image).astype(np.float32)
    height, width = ink.shape[:2]
    columns = _smooth(noise, width, max(8, width // 9)) * rng.uniform(0.1, 0.45)
    rows = _smooth(noise, height, max(8, height // 5)) * rng.uniform(0.0, 0.35)
    fade = np.clip(rng.uniform(0.0, 0.35) + columns[None, :] + rows[:, None], 0, 0.8)[..., None]
    ink = ink + (255 - ink) * fade
    holes = noise.random((height, width, 1)) < rng.uniform(0.0, 0.06)
    ink = np.where(holes, np.minimum(255, ink + 70), ink)
    pixels = _tint(np.clip(ink, 0, 255).astype(np.uint8), rng, 0.1)
    made = turn_page(replace(picture, image=Image.fromarray(pixels)), rng.gauss(0, 1.0), rng, rng.uniform(0, 0.01))
    pixels = _array(made.image)
    if rng.random() < 0.4:
        pixels = _fold(pixels, rng)
    pixels = _add_grain(_blur(pixels, rng.uniform(0.2, 1.0)), noise, rng.uniform(1, 8))
    return replace(made, image=_compress(pixels, rng.randint(45, 90)))


_PROFILES: dict[str, Callable[[Picture, Random, np.random.Generator], Picture]] = {
    "scan": _scan,
    "photo": _photo,
    "fax": _fax,
    "thermal": _thermal,
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a photographed sheet lies on: a colour, and how much of it is seen around."""

    colour: tuple[int, int, int]
    margin: float


def _desk(rng: Random) -> _Desk:
    base = rng.choice(((120, 96, 70), (70, 70, 75), (180, 170, 155), (40, 42, 48), (205, 205, 205)))
    return _Desk(base, rng.uniform(0.0, 0.08))


def turn_page(picture: Picture, degrees: float, rng: Random, bend: float, desk: _Desk | None = None) -> Picture:
    """Turn the page, and see it a little from the side; the sheet grows so that no corner is lost."""
    width, height = picture.image.size
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    target = source @ np.array([[cosine, sine], [-sine, cosine]])
    if bend:
        target += np.array([(rng.uniform(-bend, bend) * width, rng.uniform(-bend, bend) * height) for _ in range(4)])
    room = (desk.margin if desk else 0.0) * np.array([width, height])
    target = target - target.min(axis=0) + room
    size = np.ceil(target.max(axis=0) + room).astype(int)
    homography = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    ground = desk.colour if desk else (255, 255, 255)
    pixels = cv2.warpPerspective(
        _array(picture.image),
        homography,
        (int(size[0]), int(size[1])),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=ground,
    )
    return Picture(
        Image.fromarray(pixels),
        tuple(replace(each, polygon=map_points(each.polygon, homography)) for each in picture.drawn),
    )


def map_points(polygon: Polygon, homography: NDArray[Any]) -> Polygon:
    """Map corners by a 3 × 3 homography."""
    points = np.array([(*point, 1.0) for point in polygon]) @ homography.T
    flat = points[:, :2] / points[:, 2:]
    a, b, c, d = ((round(float(x), 1), round(float(y), 1)) for x, y in flat)
    return a, b, c, d


def _array(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"))


def _smooth(noise: np.random.Generator, length: int, step: int) -> NDArray[np.float32]:
    """Slow random waves from 0 to 1."""
    knots = noise.random(length // step + 3)
    waves: NDArray[np.float32] = np.interp(np.arange(length), np.arange(len(knots)) * step, knots).astype(np.float32)
    return waves


def _tint(pixels: Pixels, rng: Random, most: float) -> Pixels:
    strength, hue = rng.uniform(0, most), rng.uniform(0.0, 1.0)  # from grey to yellow
    tint = 1 - strength * np.array([1 - 0.8 * hue, 1 - 0.5 * hue, 1.0])
    return (pixels * tint).astype(np.uint8)


def _light(pixels: Pixels, rng: Random) -> Pixels:
    """Light from one side, and perhaps the soft shadow of a hand."""
    height, width = pixels.shape[:2]
    xs, ys = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    angle, strength = rng.uniform(0, 2 * math.pi), rng.uniform(0.0, 0.22)
    light = 1 - strength * (0.5 + 0.5 * (xs[None, :] * math.cos(angle) + ys[:, None] * math.sin(angle)))
    if rng.random() < 0.4:
        x, y, wide = rng.uniform(-1, 1), rng.choice((-1.0, 1.0)), rng.uniform(0.2, 0.6)
        light *= 1 - 0.3 * np.exp(-((xs[None, :] - x) ** 2 + (ys[:, None] - y) ** 2) / wide**2)
    return np.clip(pixels * light[..., None], 0, 255).astype(np.uint8)


def _fold(pixels: Pixels, rng: Random) -> Pixels:
    """A crease across the sheet, darker on one side."""
    made = pixels.astype(np.float32)
    height, width = pixels.shape[:2]
    for _ in range(rng.choice((1, 1, 2, 3))):
        across = rng.random() < 0.6
        length = height if across else width
        place, wide = rng.uniform(0.15, 0.85) * length, length * rng.uniform(0.004, 0.03)
        along = np.arange(length, dtype=np.float32) - place
        shade = 1 - rng.uniform(0.05, 0.2) * np.exp(-np.abs(along) / wide) * (along > 0)
        made *= shade[:, None, None] if across else shade[None, :, None]
    return np.clip(made, 0, 255).astype(np.uint8)


def _add_specks(pixels: Pixels, rng: Random, noise: np.random.Generator) -> Pixels:
    made = pixels.copy()
    height, width = made.shape[:2]
    for _ in range(rng.randint(10, 250)):
        x, y, r = int(noise.integers(width)), int(noise.integers(height)), int(noise.integers(1, 3))
        shade = int(noise.integers(40, 190))
        made[y : y + r, x : x + r] = shade
    return made


def _blur(pixels: Pixels, sigma: float) -> Pixels:
    return pixels if sigma < 0.2 else np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), dtype=np.uint8)


def _add_grain(pixels: Pixels, noise: np.random.Generator, sigma: float) -> Pixels:
    grain = noise.normal(0, sigma, (*pixels.shape[:2], 1)).astype(np.float32)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def _compress(pixels: Pixels, quality: int) -> Image.Image:
    """Through JPEG and back: its artefacts stay, whatever the file becomes."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    buffer.seek(0)
    with Image.open(buffer) as image:
        return image.convert("RGB")


_INKS = ((190, 30, 40), (30, 60, 160), (110, 30, 120), (200, 20, 20), (20, 90, 60))
_STAMPS = (
    "PAID",
    "COPY",
    "RECEIVED",
    "BEZAHLT",
    "EINGANG",
    "PAYÉ",
    "REÇU",
    "DUPLICATE",
    "ORIGINAL",
    "GEBUCHT",
    "APPROVED",
)


def _add_stamp(image: Image.Image, rng: Random) -> Image.Image:
    """A round or square stamp, half transparent, turned."""
    width, height = image.size
    side = int(min(width, height) * rng.uniform(0.14, 0.3))
    layer = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    canvas = ImageDraw.Draw(layer)
    ink = (*rng.choice(_INKS), rng.randint(70, 170))
    weight = max(2, side // 40)
    if rng.random() < 0.5:
        canvas.ellipse((weight, weight, side - weight, side - weight), outline=ink, width=weight)
        canvas.ellipse((side * 0.12, side * 0.12, side * 0.88, side * 0.88), outline=ink, width=max(1, weight // 2))
    else:
        canvas.rectangle((weight, side * 0.3, side - weight, side * 0.7), outline=ink, width=weight)
    word = rng.choice(_STAMPS)
    font = fonts.load("sans-bold", max(8, round(side * 0.75 / max(4, len(word)) * 1.5)))
    canvas.text((side / 2, side / 2), word, font=font, fill=ink, anchor="mm")
    layer = layer.rotate(rng.uniform(-35, 35), expand=True, resample=Image.Resampling.BICUBIC)
    made = image.convert("RGBA")
    place = (rng.randint(0, max(1, width - layer.width)), rng.randint(0, max(1, height - layer.height)))
    made.alpha_composite(layer, place) if layer.width < width and layer.height < height else None
    return made.convert("RGB")


def _add_scribble(image: Image.Image, rng: Random) -> Image.Image:
    """A stroke of a pen that looks like writing and says nothing."""
    width, height = image.size
    made = image.copy()
    canvas = ImageDraw.Draw(made)
    x, y = rng.uniform(0.1, 0.6) * width, rng.uniform(0.1, 0.9) * height
    size = rng.uniform(0.012, 0.03) * width
    points = []
    for k in range(rng.randint(20, 70)):
        x += size * rng.uniform(0.05, 0.4)
        points.append((x, y + size * math.sin(k * rng.uniform(0.8, 1.6)) * rng.uniform(0.2, 1.2)))
    canvas.line(
        points,
        fill=rng.choice(((20, 30, 140), (30, 30, 30), (150, 20, 30))),
        width=max(1, int(size / 8)),
        joint="curve",
    )
    return made
