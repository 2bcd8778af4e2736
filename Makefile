# Every target sets up what it needs first: the project's own virtual environment in .venv, once.
# .ci/setup says what that does.

BIN := .venv/bin
SHELL := /bin/bash
TEST_PROCESSES ?= 2
# Each process of `make test` holds models: about 2 GB.

.PHONY: help setup demo check format test quick chaos mutants samples wheel gpu-check overload clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup: ## make .venv ready (every other target does this by itself)
	@.ci/setup

demo: setup ## read the sample invoices, then once more while a stage runs out of memory
	@echo "== The sample invoices (docpipe run tests/samples/images --show)"
	@$(BIN)/docpipe run tests/samples/images --out out/demo --force --show --report
	@echo "== The same, while the main model of text_detection runs out of memory at every page"
	@DOCPIPE_FAULTS="text_detection.main: oom" $(BIN)/docpipe run tests/samples/images --out out/demo-pressed --force --show
	@echo "== Why, for one of them (docpipe explain out/demo-pressed/receipt_cafe.jpg.json)"
	@$(BIN)/docpipe explain out/demo-pressed/receipt_cafe.jpg.json
	@echo "== Results: out/demo and out/demo-pressed, one JSON file a document. Where a value was read:"
	@$(BIN)/docpipe explain out/demo/invoice_en.png.json total_gross
	@echo "== The report, to open in a browser: out/demo/report.html"

check: setup ## format, lint, types, import layers
	@echo "== ruff format --check" && $(BIN)/ruff format --check .
	@echo "== ruff check" && $(BIN)/ruff check .
	@echo "== mypy --strict docpipe" && $(BIN)/mypy --strict docpipe
	@echo "== lint-imports" && $(BIN)/lint-imports --no-logo

format: setup ## let ruff format and repair what it can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

test: setup ## the whole test suite, real models and the built wheel included, with branch coverage
	@.ci/prometheus
	@echo "== pytest" && $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --cov=docpipe --cov-branch --cov-report=term:skip-covered

chaos: setup ## kill, stop and starve real processes at random moments; the numbers of the release bar (an hour)
	@DOCPIPE_CHAOS=long $(BIN)/python -m pytest -q tests/chaos

quick: setup ## the tests that need neither model weights nor seconds each, on every core
	@$(BIN)/python -m pytest -q -m "not models and not slow" -n logical --dist loadfile

mutants: setup ## break the policy on purpose, in many small ways; the tests must notice each
	@if [ -f tests/mutants/run.py ]; then echo "== mutants" && $(BIN)/python tests/mutants/run.py; fi

samples: setup ## draw tests/samples anew (needs the fonts named in its README)
	@$(BIN)/python tests/samples/maker

wheel: setup ## build dist/*.whl
	@$(BIN)/python -m build --wheel --no-isolation

gpu-check: setup ## what a GPU of this machine shows: readings, rungs, out of memory, a swap (says so where there is none)
	@$(BIN)/python -W ignore benchmarks/gpu_check.py

overload: setup ## accuracy within the deadline under overload, over the most possible (virtual time, about ten minutes)
	@$(BIN)/python -m benchmarks.overload --commit "$$(git rev-parse HEAD)"
	@$(BIN)/python -m benchmarks.overload.batch
	@$(BIN)/python -m benchmarks.overload.retries
	@$(BIN)/python -m benchmarks.overload.faults
	@$(BIN)/python -m benchmarks.overload.levels
	@$(BIN)/python -m benchmarks.overload.two_cores
	@$(BIN)/python -m benchmarks.overload.decision_cost
	@$(BIN)/python -m benchmarks.overload.report out/overload.html

clean: ## remove what the targets made, .venv included
	rm -rf .venv out dist build .coverage* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
