"""Turns what Paddle, ONNX Runtime, CUDA and numpy raise into docpipe's own errors."""

from __future__ import annotations

from docpipe.errors import OutOfMemory, StageError, StageTimeout

OUT_OF_MEMORY_TEXTS = (
    "resourceexhausted",  # Paddle: ResourceExhaustedError (PaddleOCR#16533)
    "out of memory",  # Paddle on CUDA, CUDA itself, cuDNN
    "cudaerrormemoryallocation",  # CUDA runtime
    "cuda_error_out_of_memory",  # CUDA driver
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "failed to allocate memory",  # ONNX Runtime's arena: "Failed to allocate memory for requested buffer of size"
    "std::bad_alloc",  # ONNX Runtime and Paddle, from C++
    "bad allocation",  # the same, from another C++ library
    "could not create a memory object",  # oneDNN
    "unable to allocate",  # numpy: "Unable to allocate 3.00 GiB for an array"
    "cannot allocate memory",  # the system: ENOMEM
    "insufficient memory",  # OpenCV: "(-4:Insufficient memory)"
    "failed to allocate",  # OpenCV: "Failed to allocate 3221225472 bytes"
)


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether an error, or one that caused it, means that memory ran out."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError | OutOfMemory):
            return True
        text = str(seen).lower()
        if isinstance(seen, Exception) and any(known in text for known in OUT_OF_MEMORY_TEXTS):
            return True
        seen = seen.__cause__
    return False


def translate_error(error: Exception, model: str) -> StageError:
    """Return docpipe's error for what an engine raised while `model` ran; raise it `from` the original."""
    if isinstance(error, StageError):
        return error
    text = " ".join(str(error).split())[:300] or type(error).__name__
    if is_out_of_memory(error):
        return OutOfMemory(f"{model}: memory ran out: {text}")
    return StageError(f"{model}: {type(error).__name__}: {text}")


def timeout_error(model: str, limit_s: float) -> StageTimeout:
    """Return the error for a call that is still running after `limit_s`."""
    return StageTimeout(
        f"{model}: no answer within {limit_s:g} s. A call that runs cannot be broken off; the model "
        "serves again once it has come back"
    )
