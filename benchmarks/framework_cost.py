"""How much of a document's time is docpipe's own code: everything but the engines' calls and the decoding of images.

    python benchmarks/framework_cost.py FOLDER [--first N]

The engines' calls are timed on the thread that owns the model, decoding around the opening of a document and of each
page. What is left of the whole time, reading and writing of files included, is docpipe's own.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from machine import describe

from docpipe.config import load_config
from docpipe.execution import executor
from docpipe.files.atomic import write_atomic
from docpipe.inputs.discover import Discovery
from docpipe.pipeline import Pipeline
from docpipe.runtime import paddle


@dataclass
class Spent:
    """Seconds of one document."""

    engines: float = 0.0
    decoding: float = 0.0


def timed(call: Callable[..., Any], spent: Spent, part: str) -> Callable[..., Any]:
    """Wrap a call so that its time is added to one part."""

    def run(*arguments: Any, **keywords: Any) -> Any:
        started = time.perf_counter()
        try:
            return call(*arguments, **keywords)
        finally:
            setattr(spent, part, getattr(spent, part) + time.perf_counter() - started)

    return run


@contextmanager
def measured(spent: Spent) -> Iterator[None]:
    """Time the engines and the decoding while documents are read."""
    open_document = executor.open_document

    def opened(*arguments: Any, **keywords: Any) -> Any:
        document = timed(open_document, spent, "decoding")(*arguments, **keywords)
        document._pages.read = timed(document._pages.read, spent, "decoding")
        return document

    with (
        patch.object(paddle, "_predict", timed(paddle._predict, spent, "engines")),
        patch.object(executor, "open_document", opened),
    ):
        yield


def main() -> None:
    """Read the documents twice, once to warm up, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--config", default="invoice")
    parser.add_argument("--first", type=int, default=30)
    arguments = parser.parse_args()
    sources = list(Discovery([arguments.folder]))[: arguments.first]
    print(describe(sample=f"{len(sources)} documents of {arguments.folder}"))
    shares, own = [], []
    with Pipeline(load_config(arguments.config)) as pipeline, tempfile.TemporaryDirectory() as folder:
        for source in sources[:3]:
            pipeline.run(source)
        totals = Spent()
        for source in sources:
            spent = Spent()
            with measured(spent):
                started = time.perf_counter()
                result = pipeline.run(source)
                write_atomic(Path(folder) / f"{source.output}.json", result.to_json(indent=1))
                elapsed = time.perf_counter() - started
            rest = elapsed - spent.engines - spent.decoding
            own.append(rest)
            shares.append(rest / spent.engines)
            totals.engines += spent.engines
            totals.decoding += spent.decoding
    print(f"engines  {totals.engines / len(sources) * 1000:8.1f} ms a document")
    print(f"decoding {totals.decoding / len(sources) * 1000:8.1f} ms")
    print(f"docpipe  {sum(own) / len(sources) * 1000:8.1f} ms, median {statistics.median(own) * 1000:.1f} ms")
    print(f"own time / engines: {sum(own) / totals.engines:.1%} of the sum, median {statistics.median(shares):.1%}")


if __name__ == "__main__":
    main()
