"""What people corrected or confirmed, as labels: of each document the fields that somebody looked at, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docpipe.batch.corrections import PERSON, Corrections
from docpipe.batch.results_folder import stored_results


def corrected_labels(out: Path) -> Iterator[dict[str, Any]]:
    """Yield an entry of a labels file for each document that was looked at and still lies where it was read.

    Documents that share a file with others have none: a label speaks of a whole file.

    Raises:
        UsageError: the folder holds no results.
    """
    looked_at = set(Corrections(out).documents())
    for stored in stored_results(out, corrected=True):
        result = stored.result
        if (stored.output, result.document.sha256) not in looked_at or not stored.file or "#" in result.document.path:
            continue
        fields = {path: field.value for path, field in result.found() if field.source == PERSON}
        if fields and Path(stored.file).is_file():
            yield {"file": stored.file, "fields": fields}
