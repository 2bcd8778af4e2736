"""A cache of prepared models that all tests of a session share, and pages to read."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from docpipe.document import Image
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def settings(cache: Path) -> RuntimeSettings:
    return RuntimeSettings(cache_dir=str(cache), cpu_threads=1)


@pytest.fixture(scope="session")
def runtime(settings: RuntimeSettings) -> Iterator[PaddleRuntime]:
    """One runtime for the session: loading is what takes time."""
    made = PaddleRuntime(settings)
    yield made
    made.close()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Refuse every connection and keep a list of the addresses asked for."""
    asked: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        asked.append(address)
        raise OSError(101, "Network is unreachable")

    def no_names(host: object, *args: object, **kwargs: object) -> None:
        asked.append(host)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    return asked


def line(text: str, size: int = 30) -> Image:
    """Return a crop of one line of text, black on white."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    canvas = Pillow.new("RGB", (int(right - left) + 16, int(bottom - top) + 12), "white")
    ImageDraw.Draw(canvas).text((8 - left, 6 - top), text, fill="black", font=font)
    return np.ascontiguousarray(np.asarray(canvas)[..., ::-1])


def page(*texts: str, width: int = 600, height: int = 400) -> Image:
    """Return a page with one text a line."""
    canvas = Pillow.new("RGB", (width, height), "white")
    for row, text in enumerate(texts):
        ImageDraw.Draw(canvas).text((40, 40 + 70 * row), text, fill="black", font=ImageFont.load_default(30))
    return np.ascontiguousarray(np.asarray(canvas)[..., ::-1])
