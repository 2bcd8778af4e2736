"""Stages that other installed packages bring: entry points of the group `docpipe.stages`, loaded only when named.

    [project.entry-points."docpipe.stages"]
    document_class = "my_package.document_class:SPEC"

A pipeline file that says `plugins: [document_class]` runs that package's code; no other file does.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from docpipe.stages.stage_spec import StageSpec

GROUP = "docpipe.stages"


def load_stage(name: str) -> StageSpec[Any]:
    """Return the stage that an installed package brings under this name.

    Raises:
        ValueError: no package does, several do, or what it brings cannot be imported or is no stage of that name.
    """
    found = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if not found:
        others = ", ".join(sorted(entry.name for entry in entry_points(group=GROUP))) or "none"
        raise ValueError(f"no installed package brings a stage {name!r}; there are: {others}")
    places = sorted({entry.value for entry in found})
    if len(places) > 1:
        raise ValueError(f"several packages bring a stage {name!r}: {', '.join(places)}; uninstall all but one")
    try:
        spec = found[0].load()
    except Exception as e:
        raise ValueError(f"the stage {name!r} ({places[0]}) cannot be imported: {type(e).__name__}: {e}") from e
    if not isinstance(spec, StageSpec):
        raise ValueError(f"{places[0]} is no StageSpec but a {type(spec).__name__}")
    if spec.name != name:
        raise ValueError(f"{places[0]} is a stage {spec.name!r}, not {name!r}; its entry point must bear its name")
    return spec
