"""Reload a pipeline file under load, again and again: no decision on a mixed configuration, none lost, none crashed.

    python benchmarks/hot_reload.py [--times 100]

The real policy of a process with its real watcher, once with a file that is renamed over and once with a link that is
swapped as Kubernetes does. Every fifth version is wrong, in four ways in turn. Two threads ask for rungs all the time.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import threading
import time
from pathlib import Path

from machine import describe

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from docpipe.config import load_config
from docpipe.control.controller import PolicyControl
from tests.reloading import ConfigMap, Heard, Load, Replaced, is_valid

LIMIT_S = 60.0
"""A change that is not seen within this time is a failure."""


def reload(mount: type[Replaced] | type[ConfigMap], times: int, root: Path) -> str:
    """Swap versions under load and return what came of it; anything wrong ends the benchmark."""
    heard = Heard()
    logger = logging.getLogger("docpipe.policy")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(heard)
    place = mount(root)
    place.swap(0)
    control = PolicyControl(load_config(place.file), watch=place.file, readers={})
    loads, done = [Load(control, name) for name in ("a", "b")], threading.Event()
    threads = [threading.Thread(target=load.run, args=(done,)) for load in loads]
    seen_ms = []
    with control:
        heard.said.wait(LIMIT_S)
        for thread in threads:
            thread.start()
        for version in range(1, times + 1):
            heard.said.clear()
            started = time.perf_counter()
            place.swap(version)
            if not heard.said.wait(LIMIT_S):
                sys.exit(f"version {version} was not seen")
            seen_ms.append((time.perf_counter() - started) * 1000)
        done.set()
        for thread in threads:
            thread.join()
        state = control.state
    logger.removeHandler(heard)
    documents = sum(load.documents for load in loads)
    valid = sum(is_valid(version) for version in range(1, times + 1))
    assert [load.crashed for load in loads] == [None, None]
    assert not any(load.mixed for load in loads)
    assert state.documents == documents
    assert (state.config_epoch, heard.refused) == (valid, times - valid)
    seen_ms.sort()
    return (
        f"{mount.__name__}: {times} changes, {valid} taken, {heard.refused} refused; {documents} decisions meanwhile, "
        f"0 mixed, 0 lost, 0 crashed; change to decision: median {seen_ms[len(seen_ms) // 2]:.0f} ms, "
        f"longest {seen_ms[-1]:.0f} ms"
    )


def main() -> None:
    """Run both kinds of mount."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--times", type=int, default=100)
    times = arguments.parse_args().times
    print(describe())
    for mount in (Replaced, ConfigMap):
        with tempfile.TemporaryDirectory() as folder:
            print(reload(mount, times, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
