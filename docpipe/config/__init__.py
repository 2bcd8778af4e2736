"""A pipeline file -> PipelineConfig: ladders, bands, limits; every complaint names its line."""

from docpipe.config.pipeline_file import PipelineConfig, RungConfig, StageConfig, load_config

__all__ = ["PipelineConfig", "RungConfig", "StageConfig", "load_config"]
