"""The page that Prometheus reads, on a port of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from docpipe.errors import DocpipeError, ExitCode

LOCALHOST = "127.0.0.1"


class MetricsPortError(DocpipeError):
    """The port for metrics cannot be opened."""

    exit_code = ExitCode.CONFIG


@contextmanager
def serve_metrics(registry: CollectorRegistry, port: int, host: str = LOCALHOST) -> Iterator[str]:
    """Serve a registry while the block runs, and yield the page's address. Port 0 takes a free one.

    Raises:
        MetricsPortError: the port is taken, not permitted, or the address is not of this machine.
    """
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as e:
        raise MetricsPortError(
            f"cannot serve metrics on {host}:{port}: {e.strerror or e}; choose another --metrics-port"
        ) from e
    try:
        yield f"http://{host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
