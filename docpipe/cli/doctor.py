"""`docpipe doctor`: what is installed, what works, what is missing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from docpipe.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from docpipe.runtime.doctor import DoctorReport


def doctor(
    config: Annotated[
        str, typer.Option("--config", "-c", help="The pipeline file whose models are tried.")
    ] = "invoice",
    engines: Annotated[bool, typer.Option(help="Load every model of the file and let it run once.")] = True,
) -> None:
    """Say what is installed, what works, and what is missing.

    Exit codes: 0 all is well, 1 something should be put right.
    """
    from rich.console import Console

    from docpipe.config import load_config
    from docpipe.runtime.doctor import examine
    from docpipe.runtime.paddle import PaddleRuntime

    loaded = load_config(config)
    runtime = PaddleRuntime(loaded.runtime) if engines else None
    report = examine(loaded.runtime, runtime, loaded.models())
    if runtime is not None:
        runtime.close()
    console = Console(soft_wrap=True, highlight=False)
    _machine(console, report)
    _engines(console, report)
    for problem in report.problems:
        console.print(f"problem: {problem}", style="red", markup=False)
    if not report.problems:
        console.print("All is well.", style="green")
    sys.exit(ExitCode.SOME_FAILED if report.problems else ExitCode.OK)


def _machine(console: Console, report: DoctorReport) -> None:
    memory = report.memory
    limit = f", {memory.limit_mb:.0f} MB for this control group" if memory.limit_mb else ""
    console.print(f"python      {report.python} on {report.system}")
    console.print(f"processor   {report.cores} cores of {report.processor}")
    console.print(f"memory      {memory.available_mb:.0f} of {memory.total_mb:.0f} MB free{limit}")
    if report.gpus:
        for gpu in report.gpus:
            console.print(f"gpu:{gpu.index}       {gpu.name}, {gpu.used_mb:.0f} of {gpu.total_mb:.0f} MB used")
        cuda = f", CUDA up to {report.cuda}" if report.cuda else ""
        console.print(f"driver      {report.driver}{cuda}")
    else:
        console.print("gpu         none that NVML shows")
    console.print(f"cache       {report.cache}")
    for name, version in report.packages.items():
        if version is not None:
            console.print(f"package     {name} {version}")
    builds = ", ".join(f"{name} {version}" for name, version in report.opencv.distributions.items())
    console.print(f"cv2         {report.opencv.imported}; installed: {builds}")


def _engines(console: Console, report: DoctorReport) -> None:
    for model in report.models:
        console.print(f"model       {model.entry.name}: {model.status}", markup=False)
    for test in report.engines:
        if test.loaded is not None:
            m = test.loaded
            cost = f"loaded in {m.load_s:.1f} s, {m.memory_mb:.0f} MB"
            console.print(f"engine      {m.ref.name}: {m.engine} on {m.device}, {m.mode}, {cost}")
    for measured in report.measured:
        console.print(f"compared    {measured}", markup=False)
    for gain in report.flushed:
        took = f"{gain.before_ms:.0f} -> {gain.after_ms:.0f} ms of CPU a call here" if gain.before_ms else "not timed"
        console.print(f"denormals   {gain.name}: {gain.weights} weights set to 0, {took}")
