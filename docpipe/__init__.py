"""Reads invoices and receipts, and keeps reading them when the machine is in trouble.

Public names: `Pipeline`, `load_config`, `open_results`, `Result`, `DocpipeError`. All else may change between minor
versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docpipe.batch.results_folder import open_results
    from docpipe.config import load_config
    from docpipe.errors import DocpipeError
    from docpipe.pipeline import Pipeline
    from docpipe.result import Result

__version__ = "0.1.0"
__all__ = ["DocpipeError", "Pipeline", "Result", "__version__", "load_config", "open_results"]

_HOME = {
    "DocpipeError": "docpipe.errors",
    "Pipeline": "docpipe.pipeline",
    "Result": "docpipe.result",
    "load_config": "docpipe.config",
    "open_results": "docpipe.batch.results_folder",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import docpipe` stays cheap."""
    if name not in _HOME:
        raise AttributeError(f"module 'docpipe' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
