# Every target makes its own environment in .venv, with nothing but Python 3.11 or newer.
# More arguments: make demo ARGS=--once, make test ARGS="tests/cli -x"

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

ARGS ?=
# Twice as many as small machines have cores: scenarios wait more than they compute.
JOBS ?= 4
BIN := .venv/bin
STAMP := .venv/installed
# The first of these that is new enough; PYTHON=… chooses another.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$each"; break; }; done)
LOCK := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.PHONY: help demo test check chaos bench mutants lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(STAMP) ## try the bot between a make-believe Slack and RealtimeKit
	@$(BIN)/python -m bot demo $(ARGS)

test: $(STAMP) ## all tests, PostgreSQL's included; branch coverage when nothing is left out
	@$(BIN)/python -m pytest -n $(JOBS) $(if $(strip $(ARGS)),$(ARGS),--cov --cov-report=term)

check: $(STAMP) ## style, types, imports, dead code, the manifest, the documents, the pins
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/python -m pytest -q tests/test_manifest.py tests/test_docs.py tests/test_pins.py

chaos: $(STAMP) ## kill the bot again and again: nothing may be lost, nothing posted twice
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: $(STAMP) ## how fast and how big the bot is, each figure beside a baseline
	@$(BIN)/python -m tests.bench $(ARGS)

mutants: $(STAMP) ## break the code that decides, a line at a time: does a test notice?
	@rm -rf mutants
	@$(BIN)/mutmut run --max-children $(JOBS) $(ARGS)
	@$(BIN)/mutmut results
	@echo "How many of each module:"
	@$(BIN)/mutmut results --all true | sed -E 's/^ *bot\.([a-z_.]+)\.x.*: /\1 /' | sort | uniq -c

lock: $(STAMP) ## renew the pinned versions, within the ranges of pyproject.toml
	$(LOCK) --upgrade --output-file=requirements.txt pyproject.toml
	$(LOCK) --upgrade --extra=dev --constraint=requirements.txt --output-file=requirements-dev.txt pyproject.toml

clean: ## forget the environment and what tools remember
	rm -rf .venv .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache mutants *.egg-info

# A half-made environment has no stamp; one that no longer runs, or was made for another folder,
# loses it here. Either is made again.
ifneq ($(shell $(BIN)/python -c 'print(open("$(STAMP)").read().strip())' 2>/dev/null),$(CURDIR))
$(shell rm -f $(STAMP))
endif

$(STAMP): pyproject.toml requirements.txt requirements-dev.txt
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed; PYTHON=/path/to/python3 names one." >&2; exit 1; fi
	@echo "Making .venv with $$($(PYTHON) --version) …"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements-dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" > $(STAMP)
