"""A cache of prepared models that all tests of a session share, and a machine without a network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

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
