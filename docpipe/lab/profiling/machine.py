"""Which machine this is, as a profile names it."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from docpipe.profiles.model import Machine
from docpipe.runtime.memory import host_memory

_CPUINFO = Path("/proc/cpuinfo")
_NOISE = re.compile(r"\((r|tm)\)|\b(cpu|processor|core|\d+-core)\b|@.*$", re.IGNORECASE)


def this_machine(device: str, threads: int, name: str | None = None) -> Machine:
    """Return the machine that this process runs on; its name is made of processor and cores where none is given."""
    processor, cores = processor_name(), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return Machine(
        name=name or machine_name(processor, cores, device),
        processor=processor,
        cores=cores,
        memory_mb=round(host_memory().total_mb),
        device=device,
        threads=threads,
    )


def processor_name(cpuinfo: Path = _CPUINFO) -> str:
    """Return the processor's name as Linux gives it."""
    try:
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "unknown"


def machine_name(processor: str, cores: int, device: str = "cpu") -> str:
    """Return a name for files: `amd-epyc-7b13-2core`, and `-gpu` where a device is used."""
    words = re.findall(r"[a-z0-9.]+", _NOISE.sub(" ", processor).lower())
    suffix = "" if device == "cpu" else f"-{device.split(':')[0]}"
    return "-".join([*words, f"{cores}core"]).strip(".-") + suffix
