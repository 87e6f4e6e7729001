# One word after `make` does one thing. `make help` lists them.

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c "$(SUPPORTED)" 2>/dev/null && echo $$p && break; done)
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
READY := .venv/.ready
PY := $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help install lab test unit-test notebook-test notebooks bench lock clean

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1:/p' Makefile | awk -F: '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(READY)  ## create .venv with everything the workshop needs

$(READY): requirements.lock pyproject.toml tools/install.py
	@$(or $(PYTHON),python3) -c "$(SUPPORTED)" 2>/dev/null || { echo "Set-up stopped: Python 3.11, 3.12 or 3.13\
	 is needed and was not found. Install one, or name it: make install PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) tools/install.py

lab: $(READY)  ## open JupyterLab on the first lesson
	@$(PY) tools/lab.py

test: $(READY)  ## check everything: style, types, unit tests, notebooks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) tools/build_notebooks.py --check
	$(PY) tools/check_data.py
	$(MAKE) --no-print-directory unit-test notebook-test

unit-test: $(READY)  ## run the unit, property and browser tests
	$(PY) -m pytest -q -n 2 --dist loadfile

notebook-test: $(READY)  ## run every notebook and compare it with its stored output
	$(PY) tools/test_notebooks.py

notebooks: $(READY)  ## rebuild the notebooks whose lesson changed (ONLY=01 for one, FORCE=1 for all)
	$(PY) tools/build_notebooks.py $(ONLY) $(if $(FORCE),--force)

bench: $(READY)  ## measure our search against what you would pick instead
	$(PY) benchmarks/top_k.py
	$(PY) benchmarks/chunking.py
	$(PY) benchmarks/grid.py

lock: $(READY)  ## resolve the dependencies again into requirements.lock
	$(PY) -m uv pip compile --universal --python-version 3.11 --group dev --upgrade \
		--excludes tools/lock-excludes.txt --no-annotate --quiet \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:  ## remove what was built here: .venv, caches and the provider's files
	rm -rf .venv .workshop .mypy_cache .ruff_cache .hypothesis
