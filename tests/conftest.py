"""What every test starts from."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# What one test's policy has learned must not reach another test.
os.environ["DOCPIPE_STATE"] = "off"

# A slow machine is no failure: no test may depend on how long an example takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


LOGGER = logging.getLogger("docpipe")
UNTOUCHED = (list(LOGGER.handlers), LOGGER.level, LOGGER.propagate)


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """Undo what a command line run inside the test's process does to docpipe's log: others read it by `caplog`.

    Before a test as well: a fixture of a whole module may have run one.
    """
    LOGGER.handlers[:], LOGGER.level, LOGGER.propagate = list(UNTOUCHED[0]), *UNTOUCHED[1:]
    yield
    LOGGER.handlers[:], LOGGER.level, LOGGER.propagate = list(UNTOUCHED[0]), *UNTOUCHED[1:]
