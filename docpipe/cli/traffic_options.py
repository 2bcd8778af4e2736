"""Options that `simulate` and `tune` share, as both play traffic without reading it, and the file they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from docpipe.config import PipelineConfig

ProfileOption = Annotated[
    str | None, typer.Option(help="A file of `docpipe profile`, in place of the one that the pipeline file names.")
]
DeadlineOption = Annotated[
    float | None, typer.Option(min=0.001, help="In place of the pipeline file's; 600 where it has none.")
]
WorkersOption = Annotated[int | None, typer.Option(min=1, max=64, help="In place of the pipeline file's.")]
SpreadOption = Annotated[
    float, typer.Option(min=0, max=3, help="How much sizes differ where the trace has none: CV of a lognormal.")
]


def load_with_profile(config: str, profile: str | None) -> PipelineConfig:
    """Return a pipeline file, with another profile than its own where one is given."""
    from docpipe.config import load_config
    from docpipe.files.shipped import find

    loaded = load_config(config, measuring=profile is not None)
    return loaded if profile is None else loaded.model_copy(update={"profile": str(find("configs", profile))})
