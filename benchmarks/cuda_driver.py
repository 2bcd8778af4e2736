"""GPU memory through NVIDIA's driver alone, each in a process of its own: take some and hold it, or ask for too much.

    python benchmarks/cuda_driver.py hold GPU MEGABYTES    takes memory, prints `held`, gives it back when stdin ends
    python benchmarks/cuda_driver.py exceed GPU            asks for twice what is there, prints what the driver says

No engine is needed: libcuda.so.1 comes with the driver.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

MB = 1 << 20


class DriverError(Exception):
    """What the driver answered: its number and its words."""


class Driver:
    """The two things that a check asks of the driver; a test has a stand-in for it."""

    def __init__(self, gpu: int) -> None:
        self.gpu = gpu

    @contextmanager
    def holding(self, megabytes: int) -> Iterator[None]:
        """Hold memory as a neighbour would, in another process.

        Raises:
            DriverError: it could not be had.
        """
        command = [sys.executable, __file__, "hold", str(self.gpu), str(megabytes)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdin is not None
            assert other.stdout is not None
            said = other.stdout.readline().strip()
            if said != "held":
                raise DriverError(said or "the other process ended without a word")
            try:
                yield
            finally:
                other.stdin.close()
                other.wait()

    def exceed(self) -> str:
        """Ask for more than the device has and return the driver's words."""
        command = [sys.executable, __file__, "exceed", str(self.gpu)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def allocate(cuda: ctypes.CDLL, gpu: int, megabytes: int) -> None:
    """Make a context on a GPU and take memory; twice what there is, where `megabytes` is 0.

    Raises:
        DriverError: the driver refused.
    """
    device, context, place = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
    ask(cuda, cuda.cuInit(0))
    ask(cuda, cuda.cuDeviceGet(ctypes.byref(device), gpu))
    ask(cuda, cuda.cuCtxCreate_v2(ctypes.byref(context), 0, device))
    size = megabytes * MB
    if not size:
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        ask(cuda, cuda.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)))
        size = 2 * total.value
    ask(cuda, cuda.cuMemAlloc_v2(ctypes.byref(place), ctypes.c_size_t(size)))


def ask(cuda: ctypes.CDLL, code: int) -> None:
    """Raise what a call's number means, in the driver's own words."""
    if code:
        name, text = ctypes.c_char_p(), ctypes.c_char_p()
        cuda.cuGetErrorName(code, ctypes.byref(name))
        cuda.cuGetErrorString(code, ctypes.byref(text))
        raise DriverError(f"{(name.value or b'?').decode()} ({code}): {(text.value or b'?').decode()}")


def main() -> None:
    """Do as the arguments say; what the driver refuses is printed."""
    what, gpu = sys.argv[1], int(sys.argv[2])
    try:
        allocate(ctypes.CDLL("libcuda.so.1"), gpu, int(sys.argv[3]) if what == "hold" else 0)
    except (DriverError, OSError) as e:
        print(e)
        return
    print("held", flush=True)
    if what == "hold":
        sys.stdin.read()


if __name__ == "__main__":
    main()
