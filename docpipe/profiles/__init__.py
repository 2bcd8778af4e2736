"""Profiles: what each rung costs and gives up on a machine. The file's model, and what it means for a pipeline file."""

from docpipe.profiles.judge import Finding, judge
from docpipe.profiles.model import Profile, read_profile, to_yaml
from docpipe.profiles.prices import Ladder, RungDigest, lease_needed_s, match_rungs, options_of
from docpipe.profiles.versions import installed_versions

__all__ = [
    "Finding",
    "Ladder",
    "Profile",
    "RungDigest",
    "installed_versions",
    "judge",
    "lease_needed_s",
    "match_rungs",
    "options_of",
    "read_profile",
    "to_yaml",
]
