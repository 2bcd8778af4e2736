"""How large a document is for the scheduler: its expected time on the best rungs over that of the reference document.

Before it starts by its pages and pixels, once its boxes are found by what its stages will be given. Both ask the stages
for their own units (`StageSpec.size`) and the profile for the time of a unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docpipe.config import PipelineConfig
from docpipe.document import Document, Page
from docpipe.inputs.accepted import DocumentInput
from docpipe.inputs.extent import measure_extent
from docpipe.profiles.prices import match_rungs
from docpipe.stages.stage_spec import StageSpec

LEAST, MOST = 0.05, 1000.0
"""A guess outside of these is taken for one of them."""


@dataclass(frozen=True, slots=True)
class _Timed:
    """The best rung of a stage that the profile knows: units of the reference, milliseconds of a call and of a unit."""

    use: Any
    reference_units: float
    fixed_ms: float
    ms_per_unit: float

    @property
    def reference_ms(self) -> float:
        return self.ms(None)

    def ms(self, units: float | None, pages: int = 1) -> float:
        """Return the time of one call; where its units are not known, of one with the reference's on every page."""
        return self.fixed_ms + self.ms_per_unit * (self.reference_units * pages if units is None else units)


class DocumentSizes:
    """Sizes of documents by one configuration and its profile. Without a profile a document counts its pages."""

    def __init__(self, config: PipelineConfig) -> None:
        """Read the profile.

        Raises:
            ConfigError: the profile cannot be read.
        """
        self._limits = config.input
        self._specs = config.specs
        self._timed = _best_timed_rungs(config)

    def before(self, given: DocumentInput) -> float:
        """Return the size of a document that is not open yet; 1 where nothing is known of it."""
        extent = measure_extent(given, self._limits)
        if extent is None or not extent.pages:
            return 1.0
        if not self._timed:
            return float(len(extent.pages))
        total = 0.0
        for width, height in extent.pages:
            page = Document("", "", "", "", 0, 1).with_pages([Page(1, width, height)])
            total += sum(self._ms(spec, page) for spec in self._specs.values() if spec.per == "page")
        pages = len(extent.pages)
        total += sum(self._timed[name].ms(None, pages) for name, spec in self._specs.items() if spec.per == "document")
        return _bound(total / self._reference_ms())

    def rest(self, stage: str, document: Document, share_left: float) -> float | None:
        """Return the size of what is left of a document that is about to enter a stage; None where nothing is known.

        It scales the time of the stages from this one on. `document` is what that stage is given: a page, with its
        regions once they are found. `share_left` is how much of the pages is still to be read, this one included.
        """
        if not self._timed:
            return None
        names = list(self._specs)
        later = names[names.index(stage) :]
        reference = sum(self._timed[name].reference_ms for name in later)
        if reference <= 0:
            return None
        pages_left = max(1.0, share_left * document.page_count) if self._specs[stage].per == "page" else 1.0
        expected = 0.0
        for name in later:
            of_pages = self._specs[name].per == "page"
            if of_pages or len(document.pages) == document.page_count:
                expected += self._ms(self._specs[name], document) * (pages_left if of_pages else 1.0)
            else:  # a page of several says little of what the whole document will hold
                expected += self._timed[name].ms(None, document.page_count)
        if pages_left > 1.0:  # the pages after this one begin with the first stage
            before = names[: names.index(stage)]
            expected += (pages_left - 1) * sum(self._timed[name].reference_ms for name in before)
        return _bound(expected / reference)

    def _ms(self, spec: StageSpec[Any], document: Document) -> float:
        timed = self._timed[spec.name]
        try:
            units = spec.size(timed.use, document, None)
        except Exception:
            units = None
        return timed.ms(units or None)  # nothing to count yet, such as lines before they are read, is not known

    def _reference_ms(self) -> float:
        return sum(timed.reference_ms for timed in self._timed.values())


def _best_timed_rungs(config: PipelineConfig) -> Mapping[str, _Timed]:
    """Return the best known rung of every stage; nothing where one stage has none."""
    profile = config.load_profile()
    found: dict[str, _Timed] = {}
    for ladder in config.ladders() if profile is not None else ():
        rungs = match_rungs(profile, ladder) if profile is not None else {}
        best = next((rung.name for rung in ladder.rungs if rung.name in rungs), None)
        if best is None or profile is None:
            return {}
        cost = profile.cost(rungs[best])
        use = config.stage(ladder.stage).rung(best).use
        found[ladder.stage] = _Timed(use, rungs[best].units.reference, cost.fixed_ms, cost.ms_per_unit)
    return found if sum(timed.reference_ms for timed in found.values()) > 0 else {}


def _bound(size: float) -> float:
    return min(max(size, LEAST), MOST)
