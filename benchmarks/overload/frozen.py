"""The checksums of what the overload benchmark is made of: a change to any of it may claim no gain."""

from __future__ import annotations

import hashlib
from pathlib import Path

from benchmarks.overload.workload import BASE_ACCURACY, DEADLINE_MS, REFERENCE, WORKERS, traces, with_sizes

TRACES = Path(__file__).parent / "traces"
FILES = {
    "AzureLLMInferenceTrace_code.csv": "54e9a6d2a4bd06ba1e060304b900abbc74cbea53de96506e60fe5bb4f2277fb6",
    "AzureLLMInferenceTrace_conv.csv": "2f1e5b666d4e3055fdbba98598ce2ec307767b9064e03e2fa46676dbcc7d0bf8",
}
WORKLOAD = "ea986a90d68ebcbd0f6399944db12486bf98429684c96e74e3c037aac13443e2"
"""Of profile, deadline, workers, and the documents of every trace at seed 1."""


def workload_digest() -> str:
    """Return the checksum of what is played at seed 1."""
    digest = hashlib.sha256(repr((REFERENCE, BASE_ACCURACY, DEADLINE_MS, WORKERS)).encode())
    for name, arrivals in traces(TRACES).items():
        documents = with_sizes(arrivals(1), 1)
        rounded = [(round(d.at_s, 6), round(d.size, 9), round(d.seen_size, 9)) for d in documents]
        digest.update(repr((name, rounded)).encode())
    return digest.hexdigest()


def changed() -> list[str]:
    """Return what is not as it was frozen."""
    found = [name for name, known in FILES.items() if hashlib.sha256((TRACES / name).read_bytes()).hexdigest() != known]
    return found if workload_digest() == WORKLOAD else [*found, "workload.py"]
