"""What engines raise when memory runs out, each as it was seen or stands in their source."""

from __future__ import annotations

import numpy as np
import pytest

from docpipe.errors import OutOfMemory, StageError, StageTimeout
from docpipe.runtime.failures import is_out_of_memory, timeout_error, translate_error


class RuntimeException(Exception):
    """Stands for `onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException`."""


KNOWN = [
    pytest.param(MemoryError(), id="python"),
    pytest.param(MemoryError("std::bad_alloc"), id="paddle-cpu"),
    pytest.param(
        RuntimeError(
            "ResourceExhaustedError: \n\nOut of memory error on GPU 0. Cannot allocate 2.5GB memory on GPU 0, 15.6GB "
            "memory has been allocated and available memory is only 154.1MB."
        ),
        id="paddle-gpu",
    ),
    pytest.param(OSError("(External) CUDA error(2), out of memory. [Hint: 'cudaErrorMemoryAllocation'.]"), id="cuda"),
    pytest.param(RuntimeError("CUBLAS_STATUS_ALLOC_FAILED"), id="cublas"),
    pytest.param(RuntimeError("CUDNN_STATUS_ALLOC_FAILED"), id="cudnn"),
    pytest.param(RuntimeError("CUDA_ERROR_OUT_OF_MEMORY: out of memory"), id="cuda-driver"),
    pytest.param(
        RuntimeException(
            "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv node. "
            "bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) "
            "Failed to allocate memory for requested buffer of size 1073741824"
        ),
        id="onnxruntime-arena",
    ),
    pytest.param(RuntimeException("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : std::bad_alloc"), id="onnxruntime"),
    pytest.param(RuntimeError("bad allocation"), id="c++"),
    pytest.param(RuntimeError("could not create a memory object"), id="onednn"),
    pytest.param(OSError(12, "Cannot allocate memory"), id="system"),
    pytest.param(
        RuntimeError(
            "OpenCV(4.10.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 3221225472 bytes"
        ),
        id="opencv",
    ),
]


@pytest.mark.parametrize("error", KNOWN)
def test_memory_running_out_is_one_error(error):
    found = translate_error(error, "PP-OCRv6_small_det")
    assert type(found) is OutOfMemory
    assert "PP-OCRv6_small_det" in str(found)


def test_a_real_numpy_error_is_known():
    with pytest.raises(MemoryError) as raised:
        np.empty((1 << 62,), dtype=np.uint8)
    assert is_out_of_memory(raised.value)
    assert is_out_of_memory(ValueError(str(raised.value)))  # by its text, where a library wraps it


def test_the_cause_counts():
    outer = RuntimeError("inference failed")
    assert not is_out_of_memory(outer)
    outer.__cause__ = MemoryError()
    assert is_out_of_memory(outer)


@pytest.mark.parametrize(
    "error", [ValueError("no such key"), RuntimeError("could not execute a primitive"), KeyError(3)]
)
def test_anything_else_is_a_stage_error_that_keeps_the_text(error):
    found = translate_error(error, "model")
    assert type(found) is StageError
    assert type(error).__name__ in str(found)
    assert str(error) in str(found)


def test_an_error_of_docpipe_stays_what_it_is():
    error = timeout_error("model", 2.5)
    assert isinstance(error, StageTimeout)
    assert "2.5 s" in str(error)
    assert translate_error(error, "model") is error
