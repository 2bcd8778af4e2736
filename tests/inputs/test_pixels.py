"""Every kind of image comes out as the same three bytes a pixel: upright, on white, blue first."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from docpipe.errors import InputUnreadable, InputUnsupported
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from docpipe.inputs.pixels import pixels_of_array, pixels_of_image
from tests.inputs.hostile import cmyk_jpeg, encoded, receipt, sixteen_bits

RED_BGR = [0, 0, 255]


def page_of(data, **limits):
    with open_document(data, InputLimits(**limits)) as opened:
        (page,) = opened.pages()
    return page


def ink(image) -> np.ndarray:
    return image.min(axis=2) < 128


GOOD = ink(np.asarray(receipt()))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(receipt(), "PNG"), id="png"),
        pytest.param(encoded(receipt(), "JPEG", quality=95), id="jpeg"),
        pytest.param(encoded(receipt(), "JPEG", quality=95, progressive=True), id="jpeg-progressive"),
        pytest.param(cmyk_jpeg(), id="jpeg-cmyk"),
        pytest.param(encoded(receipt(), "WEBP", lossless=True), id="webp"),
        pytest.param(encoded(receipt(), "BMP"), id="bmp"),
        pytest.param(encoded(receipt(), "GIF"), id="gif"),
        pytest.param(encoded(receipt(), "TIFF", compression="tiff_lzw"), id="tiff-lzw"),
        pytest.param(encoded(receipt().convert("CMYK"), "TIFF"), id="tiff-cmyk"),
        pytest.param(encoded(receipt().convert("1"), "TIFF", compression="group4"), id="tiff-fax"),
        pytest.param(encoded(receipt(mode="L"), "PNG"), id="grey"),
        pytest.param(encoded(receipt().convert("1"), "PNG"), id="one-bit"),
        pytest.param(encoded(receipt().convert("P"), "PNG"), id="palette"),
        pytest.param(encoded(receipt().convert("LA"), "PNG"), id="grey-alpha"),
        pytest.param(sixteen_bits(), id="sixteen-bits"),
    ],
)
def test_every_format_shows_the_same_page(data):
    page = page_of(data)
    assert (page.width, page.height) == (480, 360)
    assert page.image.dtype == np.uint8
    assert page.image.flags.c_contiguous
    assert np.mean(ink(page.image) != GOOD) < 0.005


def test_channels_are_blue_first():
    assert page_of(encoded(Image.new("RGB", (9, 9), (255, 0, 0)), "PNG")).image[4, 4].tolist() == RED_BGR


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    """Each of the eight stored forms of a picture comes out as the one that viewers show."""
    upright = np.zeros((20, 40, 3), np.uint8)
    upright[:10, :10] = 255  # a mark at the top left
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.transpose(1, 0, 2), 6: np.rot90(upright), 7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("PNG", "TIFF"):
        data = encoded(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif)
        assert np.array_equal(page_of(data).image, upright), kind


def test_damaged_exif_does_not_cost_the_picture():
    plain = encoded(receipt(), "JPEG", quality=95)
    body = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x99" * 40
    data = plain[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + plain[2:]
    assert np.array_equal(page_of(data).image, page_of(plain).image)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_are_white_paper(mode):
    image = Image.new(mode, (20, 20), 0)
    assert (page_of(encoded(image, "PNG")).image == 255).all()


def test_a_transparent_palette_entry_is_white_paper():
    image = Image.new("P", (20, 20), 0)
    image.putpalette([10, 20, 30] * 256)
    assert (page_of(encoded(image, "PNG", transparency=0)).image == 255).all()
    assert (page_of(encoded(image, "GIF", transparency=0)).image == 255).all()


def test_twelve_bits_in_sixteen_are_not_black():
    deep = Image.fromarray(np.full((20, 20), 4095, np.uint16))
    assert (page_of(encoded(deep, "PNG")).image == 255).all()


@pytest.mark.parametrize(
    ("value", "array"),
    [
        pytest.param(200, np.full((9, 12), 200, np.uint8), id="grey"),
        pytest.param(200, np.full((9, 12, 1), 200, np.uint8), id="one-channel"),
        pytest.param(200, np.full((9, 12, 3), 200, np.uint8), id="bgr"),
        pytest.param(200, np.full((9, 12), 200 * 257, np.uint16), id="uint16"),
        pytest.param(255, np.full((9, 12), True), id="bool"),
        pytest.param(128, np.full((9, 12), 0.5, np.float32), id="float-to-1"),
        pytest.param(200, np.full((9, 12), 200.0), id="float-to-255"),
        pytest.param(200, np.full((9, 12), 200, np.int64), id="int64"),
        pytest.param(255, np.full((9, 12), 900, np.int32), id="clipped"),
        pytest.param(255, np.zeros((9, 12, 4), np.uint8), id="transparent"),
        pytest.param(200, np.dstack([np.full((9, 12, 3), 200, np.uint8), np.full((9, 12), 255, np.uint8)]), id="bgra"),
    ],
)
def test_arrays_of_every_kind(value, array):
    page = page_of(array)
    assert page.image.shape == (9, 12, 3)
    assert (page.image == value).all()


def test_an_array_that_fits_is_not_copied():
    array = np.zeros((30, 40, 3), np.uint8)
    assert pixels_of_array(array) is array


@pytest.mark.parametrize(
    ("array", "error"),
    [
        pytest.param(np.zeros((9, 9, 2), np.uint8), InputUnsupported, id="two-channels"),
        pytest.param(np.zeros(9, np.uint8), InputUnsupported, id="one-axis"),
        pytest.param(np.zeros((2, 9, 9, 3), np.uint8), InputUnsupported, id="a-batch"),
        pytest.param(np.zeros((0, 9), np.uint8), InputUnreadable, id="no-pixels"),
        pytest.param(np.full((9, 9), np.nan), InputUnreadable, id="nan"),
        pytest.param(np.full((9, 9), "x"), InputUnsupported, id="text"),
        pytest.param(np.full((9, 9), 1j), InputUnsupported, id="complex"),
    ],
)
def test_arrays_that_are_no_picture_are_refused(array, error):
    with pytest.raises(error, match="array"):
        open_document(array)


def test_a_pillow_image_is_a_document():
    page = page_of(receipt())
    assert np.array_equal(ink(page.image), GOOD)


def test_a_lazy_pillow_image_that_is_cut_short_is_unreadable():
    data = encoded(receipt(), "PNG")
    with Image.open(io.BytesIO(data[: len(data) // 2])) as image, pytest.raises(InputUnreadable, match="decoded"):
        open_document(image)


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16", "LA", "PA"]
)
def test_every_pillow_mode_has_pixels(mode):
    pixels = pixels_of_image(Image.new(mode, (6, 4)))
    assert pixels.shape == (4, 6, 3)
    assert pixels.dtype == np.uint8


def test_density_is_kept_where_it_is_meant():
    assert page_of(encoded(receipt(), "PNG", dpi=(300, 300))).dpi == pytest.approx(300, abs=0.1)
    assert page_of(encoded(receipt(), "JPEG", dpi=(72, 72))).dpi is None
    assert page_of(encoded(receipt(), "JPEG", dpi=(300, 100))).dpi is None
    assert page_of(encoded(receipt(), "PNG")).dpi is None


@pytest.mark.parametrize("kind", ["RGBA", "LA", "P", "16 bits"])
def test_a_transparent_ground_is_white_paper(kind):
    page = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    page.paste((10, 10, 10, 255), (20, 10, 40, 30))
    file, options = io.BytesIO(), {}
    if kind == "16 bits":
        grey = np.zeros((40, 60), np.uint16)
        grey[10:30, 20:40], grey[39, 59] = 2570, 65535
        page, options = Image.fromarray(grey), {"transparency": 0}
    elif kind != "RGBA":
        page = page.quantize(8) if kind == "P" else page.convert(kind)
    page.save(file, "PNG", **options)
    with open_document(file.getvalue()) as opened:
        (read,) = opened.pages()
    assert read.image[:10].min() == 255
    assert read.image[12:28, 22:38].max() <= 40


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_white_print_on_a_transparent_ground_is_laid_on_black(mode):
    page = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
    page.paste((255, 255, 255, 255), (20, 10, 40, 30))
    image = page_of(encoded(page.convert(mode), "PNG")).image
    assert image[12:28, 22:38].min() == 255
    assert image[:8].max() == 0
