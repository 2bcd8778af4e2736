"""Takes one document through its stages, and down a ladder where a rung fails. Knows rungs, but no policy."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from docpipe.adapter import to_result
from docpipe.config import PipelineConfig
from docpipe.document import Document, Page
from docpipe.errors import InputError, OutOfMemory, PageUnreadable
from docpipe.execution.call_limits import CallLimits
from docpipe.execution.document_record import Times
from docpipe.execution.document_run import NO_HOOKS, DocumentRun, RunHooks
from docpipe.execution.fault_injection import Faults
from docpipe.execution.memory_gate import MemoryGate
from docpipe.execution.overprint import read_overprint_apart
from docpipe.execution.route import Route
from docpipe.execution.several_documents import doubt_about, find_parts, part_of, without_neighbours
from docpipe.execution.stage_call import Attempt, StageCaller, rung_of
from docpipe.execution.structured_invoice import serve_from_xml
from docpipe.execution.text_layers import TextLayers, turn_upright
from docpipe.inputs.accepted import DocumentInput
from docpipe.inputs.identity import content_sha256
from docpipe.inputs.names import printable
from docpipe.inputs.open import OpenedDocument, open_document
from docpipe.inputs.picture_hash import picture_hash
from docpipe.inputs.source import Source
from docpipe.result import Result
from docpipe.runtime.protocol import Runtime
from docpipe.stages.protocol import Stage
from docpipe.stages.stage_spec import StageSpec
from docpipe.trace import Failure, Producer, Served

log = logging.getLogger("docpipe.execution")

ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Execution:
    """A document's result and every attempt that led to it, in order."""

    result: Result
    attempts: tuple[Attempt, ...]


class Executor:
    """Runs documents on resident models. Safe to call from several threads, as the runtime is."""

    def __init__(
        self,
        config: PipelineConfig,
        runtime: Runtime,
        producer: Producer,
        *,
        faults: Faults | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
        stages: Mapping[str, Stage[Any]] | None = None,
        processes: int = 1,
    ) -> None:
        """`stages` stand in for the configuration's own, by name; `processes` share the limits of memory.

        Raises:
            ConfigError: the configuration's profile cannot be read.
        """
        self._config = config
        self._producer = producer
        self._clock = clock
        specs = config.specs.values()
        self._of_pages = [spec for spec in specs if spec.per == "page"]
        self._of_documents = [spec for spec in specs if spec.per == "document"]
        stages = {spec.name: spec.stage for spec in specs} | dict(stages or {})
        memory = MemoryGate.of(config, runtime, clock, processes)
        self._caller = StageCaller(config, runtime, faults or Faults(), clock, stages, CallLimits.of(config), memory)

    def run(
        self,
        given: DocumentInput,
        route: Route,
        *,
        name: str,
        queued_ns: int = 0,
        hooks: RunHooks = NO_HOOKS,
    ) -> Execution:
        """Read one document, which results call `name` and which waited for `queued_ns`.

        Whatever goes wrong with it stands in its result; nothing is raised for a bad document.
        """
        run = DocumentRun(self._caller, route, hooks)
        name = given.path if isinstance(given, Source) else printable(name)
        document = unread(name)
        started = self._clock()
        try:
            with open_document(given, self._config.input, name=name) as opened:
                document = opened.document()
                document = self._read(document, opened, run)
        except InputError as e:
            run.fail(Failure(e.code, str(e), fatal=True))
        except MemoryError as e:
            run.fail(Failure(OutOfMemory.code, f"{name}: no memory left to open it ({e})", fatal=True))
        except Exception as e:
            log.exception("docpipe.document_failed path=%s", name)
            run.fail(Failure("internal", f"{name}: {type(e).__name__}: {e}. Please report this.", fatal=True))
        if run.record.fatal:
            document = document.with_pages(())
            if not document.sha256 and isinstance(given, Source):
                sha256 = content_sha256(given, self._config.input.max_bytes)
                document = replace(document, id=sha256[:ID_DIGITS], sha256=sha256)
        served = run.sum_up(document, Times(self._clock() - started, queued_ns))
        result = to_result(document, served, self._producer, self._config.review)
        if self._config.input.split == "auto" and not run.record.fatal and document.invoice is None:
            result = result.with_parts(self._read_parts(document, run))
        return Execution(result, tuple(run.record.attempts))

    def _read_parts(self, document: Document, run: DocumentRun) -> list[Result]:
        """Return a result for each document that a file holds; its pages are read already."""
        results = []
        for number, part in enumerate(find_parts(document), start=1):
            started = self._clock()
            own = part_of(document, part, number)
            of_part = run.of_pages(part.pages)
            for spec in self._of_documents:
                own = of_part.run_stage(spec.name, own, None) or own
            run.record.attempts.extend(of_part.record.attempts)
            served = of_part.sum_up(own, Times(self._clock() - started, 0))
            results.append(to_result(own, served, self._producer, self._config.review))
        return results

    def _read(self, document: Document, opened: OpenedDocument, run: DocumentRun) -> Document:
        pages = []
        layers = self._text_layers(document, run)
        for page in opened.pages():
            if isinstance(page, PageUnreadable):
                run.fail(Failure(page.code, str(page), page=page.page))
            elif (done := self._read_page(document, page, run, layers)) is not None:
                pages.append(done)
        document = document.with_pages(pages)
        if not pages and document.invoice is None:
            if not run.record.failures:
                run.fail(Failure("input_unreadable", f"{document.path}: it has no page", fatal=True))
            return document
        parts = find_parts(document)
        if parts:
            document = replace(document, doubts=(*document.doubts, doubt_about(document, parts)))
        whole, first = document.pages, without_neighbours(document, parts)
        document = first
        for spec in self._of_documents:
            document = self._run_on_document(spec, document, run)
        return document.with_pages(whole) if document.pages is first.pages else document

    def _run_on_document(self, spec: StageSpec[Any], document: Document, run: DocumentRun) -> Document:
        """Run a stage on the whole document, or take what it would find from the document's own XML."""
        if spec.replaced_by_invoice_xml and document.invoice is not None:
            started = self._clock()
            printed = run.read_quietly(spec.name, document) if document.pages else None
            try:
                served = serve_from_xml(document, printed)
            except Exception as e:
                if not document.pages or self._config.input.einvoice == "require":
                    raise
                log.exception("docpipe.einvoice_failed path=%s", document.path)
                document = replace(
                    document, invoice=None, invoice_problem=f"{type(e).__name__}: {e}. Please report this."
                )
            else:
                run.serve_by_xml(spec.name, (self._clock() - started) / 1e6)
                return served
        if not document.pages:
            return document  # an XML file: there is nothing to look at
        if spec.replaced_by_invoice_xml and document.invoice_problem:
            run.step_down_from_xml(spec.name, document.invoice_problem)
        return run.run_stage(spec.name, document, None) or document

    def _text_layers(self, document: Document, run: DocumentRun) -> TextLayers:
        """Return what reads the parts of a document's pages that their text layers cannot answer for."""

        def read(page: Page, *, whole: bool, lightest: bool = False) -> Page | None:
            done: Document | None = document.with_pages([page])
            for spec in self._of_pages:
                if spec.replaced_by_text_layer and (whole or spec.reads_regions) and done is not None:
                    done = run.read_quietly(spec.name, done, lightest=lightest)
            return None if done is None else done.pages[0]

        return TextLayers(
            lambda page: read(page, whole=False),
            lambda page: read(page, whole=True),
            glance=lambda page: read(page, whole=False, lightest=True),
        )

    def _read_page(self, document: Document, page: Page, run: DocumentRun, layers: TextLayers) -> Page | None:
        started = self._clock()
        if page.image is not None:
            page = replace(page, picture_hash=picture_hash(page.image))
        page = read_overprint_apart(layers.check_layer(page))
        has_text = page.text_layer is not None
        if page.text_layer is not None:
            page = turn_upright(replace(page, lines=(*page.text_layer, *layers.read_beside(page))))
        document = document.with_pages([page])
        layer_ms = (self._clock() - started) / 1e6
        for spec in self._of_pages:
            if has_text and spec.replaced_by_text_layer:
                run.serve_by_text_layer(spec.name, page.number, layer_ms if spec.reads_regions else 0.0)
                continue
            done = run.run_stage(spec.name, document, page.number)
            if done is None and spec.needed:
                return None
            document = done or document
        return replace(document.pages[0], image=None, regions=(), text_layer=None, second_look=None)


def unread(name: str) -> Document:
    """Return a document of which nothing but its name is known."""
    return Document(id="", path=name, sha256="", media_type="", bytes=0, page_count=0)


def failed_result(name: str, route: Route, failure: Failure, config: PipelineConfig, producer: Producer) -> Result:
    """Return the result of a document that no stage has seen."""
    assigned = {stage: rung_of(config, stage, way.rungs[0]) for stage, way in route.items()}
    return to_result(unread(name), Served(assigned=assigned, failures=(failure,)), producer, config.review)


def refused_result(
    name: str, route: Route, failure: Failure, retry_after_s: float, config: PipelineConfig, producer: Producer
) -> Result:
    """Return the result of a document that is not read because it could not be answered in time."""
    assigned = {stage: rung_of(config, stage, way.rungs[0]) for stage, way in route.items()}
    served = Served(assigned=assigned, failures=(failure,), retry_after_s=retry_after_s)
    return to_result(unread(name), served, producer, config.review)
