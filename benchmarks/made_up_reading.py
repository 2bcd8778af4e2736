"""Made-up documents, read as a recogniser would read them, with the key fields of the shipped configuration.

What several benchmarks measure on: no picture is drawn, one rung of key_fields runs, and the adapter says what needs
review.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from docpipe.adapter import to_result
from docpipe.config import load_config
from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.training.made_up import document_of
from docpipe.result import Result
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.stages.key_fields import KeyFields
from docpipe.trace import Producer, RungPlace, Served

Reader = Callable[[SynthDocument, int], Result]
"""Reads a document; the seed draws the errors of the recogniser."""

PRODUCER = Producer("benchmark", None, None, None, "", "")


@contextmanager
def open_reader(rung: str, strength: float = 1.0) -> Iterator[Reader]:
    """Yield a function that reads documents on a rung of key_fields.

    `strength` is how many errors the recogniser makes: 0 none, 1 a scan.
    """
    config = load_config("invoice")
    use = next(step.use for step in config.stage("key_fields").ladder if step.name == rung)
    served = Served(assigned={name: RungPlace(s.ladder[0].name, 0, "none") for name, s in config.each_stage()})
    runtime = PaddleRuntime(config.runtime)
    for ref in use.models():
        runtime.load(ref)

    def read(made: SynthDocument, seed: int) -> Result:
        document, _ = document_of(made, Random(seed), strength)
        return to_result(KeyFields().run(document, use, runtime), served, PRODUCER, config.review)

    try:
        yield read
    finally:
        runtime.close()
