"""What metrics cost: time to count one call of a stage, and to write the page that Prometheus reads.

python benchmarks/metrics_cost.py
"""

from __future__ import annotations

import time
from statistics import median

from machine import describe
from prometheus_client import generate_latest

from docpipe.config import load_config
from docpipe.control.controller import PolicyControl
from docpipe.execution.executor import Execution, failed_result
from docpipe.execution.stage_call import Attempt
from docpipe.pipeline import producer_of
from docpipe.trace import Failure

DOCUMENTS, ROUNDS = 2_000, 15


def main() -> None:
    print(describe())
    config = load_config("invoice")
    policy = PolicyControl(config)
    assignment, route = policy.router.assign("a")
    result = failed_result("a", route, Failure("internal", "", fatal=True), config, producer_of(config, {}))
    attempts = tuple(Attempt(name, route[name].rungs[0], "ok", 0, 100_000_000) for name, _ in config.each_stage())
    execution = Execution(result, attempts)
    calls, pages = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(DOCUMENTS):
            policy.metrics.on_finished(assignment, execution)
        calls.append((time.perf_counter() - started) / DOCUMENTS / len(attempts))
        started = time.perf_counter()
        size = len(generate_latest(policy.metrics.registry))
        pages.append(time.perf_counter() - started)
    print(f"a document's stage: {median(calls) * 1e6:.1f} us, its share of the document's own counts included")
    print(f"a scrape: {median(pages) * 1e3:.1f} ms, {size} bytes; median of {ROUNDS} rounds")


if __name__ == "__main__":
    main()
