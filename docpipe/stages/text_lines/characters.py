"""What a recogniser read, character by character, with the place of each along the crop."""

from __future__ import annotations

import math
from dataclasses import dataclass

from docpipe.runtime.protocol import Prediction
from docpipe.stages.text_lines.crops import Crop

HEIGHT = 48
"""Height in pixels that every crop is brought to before it is read."""
STEP = 8
"""Pixels of that height's width for each step of the recogniser's output."""
WIDEST = 3200
"""A crop wider than this, at that height, is squeezed to it (PaddleX, `OCRReisizeNormImg`)."""


@dataclass(frozen=True, slots=True)
class Character:
    """A character other than white space. `x` is its middle, in pixels of the crop's width."""

    text: str
    x: float
    spaced: bool = False
    """Whether white space was read in front of it."""


@dataclass(frozen=True, slots=True)
class RecognisedText:
    """What was read from a crop. Confidence is the mean over its characters, from 0 to 1."""

    text: str
    confidence: float
    characters: tuple[Character, ...]


def reading_of(prediction: Prediction, crop: Crop, squeeze: float = 1.0) -> RecognisedText:
    """Return what PaddleOCR's text recognition, called with `return_word_box`, read from a crop.

    `squeeze` is the share of its width that the crop was shown with. PaddleOCR gives the step at which each character
    begins. Two of the same in a row are told apart by a blank step, so a character is mostly one or two steps wide, and
    its middle lies half a step to a step after its beginning.
    """
    text, (_, words, columns, _) = prediction["rec_text"]
    scale = _pixels_per_step(crop, squeeze)
    width = crop.image.shape[1]
    characters: list[Character] = []
    spaced = False
    for word, places in zip(words, columns, strict=True):
        for character, place in zip(word, places, strict=True):
            if character.isspace():
                spaced = True
                continue
            x = min((place + 0.75) * scale, float(width))
            characters.append(Character(character, x, spaced and bool(characters)))
            spaced = False
    return RecognisedText(str(text), float(prediction["rec_score"]), tuple(characters))


def _pixels_per_step(crop: Crop, squeeze: float) -> float:
    height, width = crop.image.shape[:2]
    resized = min(max(math.ceil(HEIGHT * max(1, round(width * squeeze)) / height), 1), WIDEST)
    return float(STEP * width / resized)


def text_of(characters: tuple[Character, ...]) -> str:
    """Return the characters as text, with one space where there is a space."""
    return "".join(f" {c.text}" if c.spaced and i else c.text for i, c in enumerate(characters))
