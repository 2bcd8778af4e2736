"""What a profile calls the machine, and how much a call makes the process grow."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from docpipe.lab.profiling.machine import machine_name, processor_name, this_machine


@pytest.mark.parametrize(
    ("processor", "cores", "device", "name"),
    [
        ("AMD EPYC", 2, "cpu", "amd-epyc-2core"),
        ("AMD EPYC 7B13 64-Core Processor", 16, "cpu", "amd-epyc-7b13-16core"),
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", 4, "gpu:0", "intel-xeon-4core-gpu"),
        ("", 1, "cpu", "1core"),
    ],
)
def test_a_machine_is_named_so_that_a_file_can_be(processor, cores, device, name):
    assert machine_name(processor, cores, device) == name


def test_this_machine_has_a_name_of_its_own_or_the_one_it_is_given():
    assert this_machine("cpu", 1, "mine").name == "mine"
    assert this_machine("cpu", 2).threads == 2


def test_the_processor_is_what_linux_calls_it(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nmodel name\t: A Chip 9000\n", encoding="utf-8")
    assert processor_name(file) == "A Chip 9000"
    assert processor_name(tmp_path / "nothing")


GROWING = """
import json
import numpy as np
from docpipe.lab.profiling.memory_growth import Growth

growth, kept, megabyte = Growth(), [], 1 << 20


def passing():
    return int(np.ones(60 * megabyte, dtype=np.uint8).sum())


def staying():
    kept.append(np.ones(40 * megabyte, dtype=np.uint8))


result, first = growth.of("a", passing)
print(json.dumps([result, first, growth.of("a", staying)[1], growth.of("a", passing)[1], growth.of("b", passing)[1]]))
"""


def test_growth_is_what_a_call_holds_at_its_peak_and_what_earlier_ones_left():
    """In a process of its own: one that has run other tests gives memory back at any moment."""
    done = subprocess.run([sys.executable, "-c", GROWING], capture_output=True, text=True, check=True)
    result, first, staying, again, other = json.loads(done.stdout)
    assert result == 60 << 20
    if first is None:
        pytest.skip("the kernel does not say how much a call takes here")
    assert first == pytest.approx(60, abs=15)
    assert staying == pytest.approx(40, abs=15)
    assert again == pytest.approx(100, abs=20), "what stayed still belongs to it"
    assert other == pytest.approx(60, abs=15), "and to nobody else"
