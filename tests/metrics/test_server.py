"""The page for Prometheus over real HTTP."""

from __future__ import annotations

import socket
import threading
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from docpipe.errors import ExitCode
from docpipe.metrics.server import MetricsPortError, serve_metrics
from tests.metrics.reader import Reader, value_in


def test_the_page_is_served_to_this_machine_and_gone_afterwards() -> None:
    reader = Reader()
    threads = set(threading.enumerate())
    with serve_metrics(reader.metrics.registry, 0) as address:
        assert address.startswith("http://127.0.0.1:")
        reader.read()
        with urlopen(address) as answer:
            page = answer.read().decode()
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert value_in(page, "docpipe_documents_total", {"outcome": "ok"}) == 1
    with pytest.raises(URLError):
        urlopen(address)
    assert not [t for t in set(threading.enumerate()) - threads if not t.daemon], "nothing keeps the process alive"


def test_a_port_can_be_used_again_at_once() -> None:
    reader = Reader()
    with serve_metrics(reader.metrics.registry, 0) as address:
        port = int(address.rsplit(":", 1)[1].split("/")[0])
        urlopen(address).close()
    with serve_metrics(reader.metrics.registry, port) as again:
        assert again == address


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = serve_metrics(Reader().metrics.registry, port)
        with pytest.raises(MetricsPortError, match=rf"127\.0\.0\.1:{port}.*--metrics-port") as caught, server:
            raise AssertionError("it was opened")
    assert caught.value.exit_code is ExitCode.CONFIG


def test_an_address_of_another_machine_is_refused() -> None:
    server = serve_metrics(Reader().metrics.registry, 0, "203.0.113.1")
    with pytest.raises(MetricsPortError, match=r"203\.0\.113\.1"), server:
        raise AssertionError("it was opened")
