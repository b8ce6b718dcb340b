# `make train` and `make test` need Linux, git, make and Python 3.11+, nothing else. `make help` lists the rest.
PYTHON ?= python3
# Extra arguments for pip, for example an index with another build of torch.
PIP_ARGS ?=
# Arguments for `shrdlu train` and `shrdlu bench`.
ARGS ?=
# Arguments for pytest, and how many processes it uses.
TEST_ARGS ?=
WORKERS ?= 2

BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help venv train test fuzz mutants bench clean

help:  ## this list
	@echo "usage: make TARGET [PYTHON=python3.12] [PIP_ARGS=...] [ARGS=...]"
	@sed -n 's/^\([a-z]*\):.*## */\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  %-7s %s\n", $$1, $$2 }'

venv: $(STAMP)  ## create .venv and install the project with pinned dependencies

train: $(STAMP)  ## train a DNC on Mini-SHRDLU, or resume; options: make train ARGS="--help"
	@$(BIN)/shrdlu train $(ARGS)

test: $(STAMP)  ## ruff, mypy, pytest
	@echo "== ruff" && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "== mypy" && $(BIN)/mypy
	@echo "== pytest" && $(BIN)/python -m pytest -n $(WORKERS) $(TEST_ARGS)

fuzz: $(STAMP)  ## 2,000 command lines, 2,000 harmed files, 2,000 odd calls, 50 kills (6 to 8 minutes)
	@$(BIN)/python -m tests.fuzz $(ARGS)

mutants: $(STAMP)  ## how many small faults put into the code the tests notice (14 of each part: about an hour on a busy machine)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[dev,mutants]'
	@$(BIN)/python -m tests.mutants $(ARGS)

bench: $(STAMP)  ## measure speed; ARGS="env --json", "dnc --json" or "train --json"
	@$(BIN)/shrdlu bench $(if $(ARGS),$(ARGS),env)

clean:  ## remove .venv and caches; runs/ stays
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$($(PYTHON) --version 2>/dev/null || echo "missing"); \
	  echo "error: Python 3.11 or newer is needed, but '$(PYTHON)' is $$found;" \
	  "name another: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Installing into .venv with $$($(PYTHON) --version). The first time downloads PyTorch and takes minutes."
	@$(PYTHON) -m venv .venv || { \
	  echo "error: could not create .venv (Debian and Ubuntu: install python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[dev]'
	@touch $@
	@echo "Installed: $$($(BIN)/python -c 'import torch; print("torch", torch.__version__)')"
