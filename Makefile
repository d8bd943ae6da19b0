# One vocabulary for people, hooks and CI. Every target works first on a fresh clone:
# it needs Python 3.11-3.13 and make, and uses uv where uv is installed.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PACKAGES := bonafide features ledger models serving training

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format bench bench-docs train-fraud train-fit serve lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

install: $(STAMP) ## install the locked requirements into .venv

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Bonafide needs Python 3.11, 3.12 or 3.13; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make install PYTHON=python3.12"; exit 1; }
	@echo "Installing the locked requirements into $(VENV) (a few minutes the first time) ..."
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --clear --python "$$(command -v $(PYTHON))" $(VENV) && \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m venv --clear $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

demo: $(STAMP) ## simulate audits, train, register, score examples, write reports
	@$(BIN)/bonafide demo

test: $(STAMP) ## run the tests
	@echo "Running the tests on two processes ..."
	@$(BIN)/python -m pytest -n 2 --dist loadfile --durations 25

lint: $(STAMP) ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(STAMP) ## put the code into the house format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(STAMP) ## side-by-side benchmarks at their full size (an hour), written as JSON to bench/results
	@failed=; for script in bench/bench_*.py; do \
	  name=$${script#bench/bench_}; echo "== $$script"; \
	  $(BIN)/python $$script --json bench/results/$${name%.py}.json || failed="$$failed $$script"; \
	done; test -z "$$failed" || { echo "Failed:$$failed"; exit 1; }

bench-docs: $(STAMP) ## docs/performance.md from what make bench measured
	@$(BIN)/python bench/performance.py

train-fraud train-fit: train-%: $(STAMP)
	@test -n "$(DATA)" || { echo "Say where the labelled records lie: make $@ DATA=DIR [OPTIONS=...]"; exit 2; }
	@$(BIN)/bonafide train $* --data "$(DATA)" $(OPTIONS)

train-fraud: ## train the fraud model: DATA=DIR [OPTIONS="--trials 100"]
train-fit: ## train the fit model: DATA=DIR [OPTIONS=...]

serve: $(STAMP) ## serve the champion on 127.0.0.1:3000; without one, the demo's
	@$(BIN)/bonafide models show models:/bonafide-fraud@champion >/dev/null 2>&1 || \
	  { echo "No model is in service yet: running the demo first ..." && $(BIN)/bonafide demo; }
	@$(BIN)/bonafide serve

LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet

lock: ## pin the requirements again (needs uv)
	uv pip compile pyproject.toml --extra dev $(LOCKED) --upgrade -o requirements.lock
	uv pip compile pyproject.toml --extra postgres $(LOCKED) --constraint requirements.lock -o requirements.service.lock

clean: ## remove the environment, caches and everything a run wrote
	rm -rf $(VENV) .bonafide .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
