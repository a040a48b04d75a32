# Every target does its own set-up; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTS_READY := $(VENV)/.ready-test
SCHEDULE_READY := $(VENV)/.ready-schedule
SYSTEM_READY := $(VENV)/.ready-system
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help report test test-system lab serve schedule bench soak fuzz lint format lock

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The lock pins every version by hash; a new lock or project file renews the environment.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	  || { echo "Python 3.11 to 3.13 is needed; $$($(PYTHON) --version) found. Remedy: make PYTHON=python3.12 ..."; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-compile --no-deps --no-build-isolation -e .
	@# imports stay slow where Python may not write bytecode, so it is written here
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib lib || true
	@touch $@

$(TESTS_READY): $(READY) requirements-test.lock
	@$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements-test.lock
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib || true
	@touch $@

# Dagster and pantab, which nothing else installs
$(SCHEDULE_READY): $(READY) requirements-schedule.lock
	@$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements-schedule.lock
	@touch $@

# the browser's driver, Spark and the reader of Tableau files
$(SYSTEM_READY): $(TESTS_READY) requirements-system.lock
	@$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements-system.lock
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib || true
	@touch $@

report: $(READY) ## import the sample brand, run all chapters, write the reports
	@$(BIN)/opsbook import --quiet data/sample/inbox
	@$(BIN)/opsbook run --formats html,pdf,docx,xlsx $(if $(OUTPUT),--output $(OUTPUT))

test: $(TESTS_READY) ## all tests that need Python only
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not system" tests

test-system: $(SYSTEM_READY) ## tests that need a browser or a service
	@$(BIN)/python -m tests.system_parts
	@$(BIN)/python -m pytest -q -m system tests

lab: $(READY) ## edit chapters in JupyterLab
	@$(BIN)/opsbook lab

serve: $(READY) ## dashboards and portal
	@$(BIN)/opsbook serve

schedule: $(SCHEDULE_READY) ## run chapters by calendar
	@$(BIN)/opsbook schedule

bench: $(SYSTEM_READY) ## measure, side by side with peers
	@$(BIN)/python -m bench

soak: $(TESTS_READY) ## long runs: 10,000 damaged files, 200 crash rounds, ten minutes of load, an hour of dashboard, 200 viewers that come and go, whole audit
	@OPSBOOK_MUTATIONS=10000 $(BIN)/python -m pytest -q -s tests/data/test_mutations.py
	@OPSBOOK_CRASHES=200 OPSBOOK_LOAD_SECONDS=600 OPSBOOK_ENDURANCE_SECONDS=3600 OPSBOOK_VIEWER_ROUNDS=200 OPSBOOK_AUDIT=all \
	  $(BIN)/python -m pytest -q -s tests/faults/test_crashes.py tests/faults/test_load.py \
	  tests/faults/test_endurance.py tests/faults/test_viewers.py tests/faults/test_artefacts.py

fuzz: $(TESTS_READY) ## hostile files, full length: 100,000 damaged or made up, and the bombs
	@OPSBOOK_MUTATIONS=40000 OPSBOOK_FUZZ=20000 $(BIN)/python -m pytest -q -s tests/data/test_mutations.py \
	  tests/data/test_cells.py tests/faults/test_hostile_files.py

lint: $(TESTS_READY) ## style and imports
	@$(BIN)/ruff check lib tests && $(BIN)/ruff format --check lib tests

format: $(TESTS_READY) ## mend style
	@$(BIN)/ruff check --fix lib tests && $(BIN)/ruff format lib tests

LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --no-strip-extras

lock: ## renew both locks from pyproject.toml (needs a package index)
	@$(BIN)/python -m pip install --quiet uv
	@$(LOCK) pyproject.toml --group build -o requirements.lock
	@$(LOCK) pyproject.toml --group build --group test -c requirements.lock -o requirements-test.lock
	@$(LOCK) pyproject.toml --group build --extra schedule --extra tableau -c requirements.lock -o requirements-schedule.lock
	@$(LOCK) pyproject.toml --group build --group test --group system --extra schedule --extra tableau --extra spark -c requirements-test.lock -c requirements-schedule.lock -o requirements-system.lock
