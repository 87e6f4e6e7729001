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
.PHONY: help install lab test test-scale test-live notebooks site test-site bench pack lock clean

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(READY)  ## create .venv with everything the workshop needs

$(READY): requirements.hashes pyproject.toml tools/install.py
	@$(or $(PYTHON),python3) -c "$(SUPPORTED)" 2>/dev/null || { echo "Set-up stopped: Python 3.11, 3.12 or 3.13\
	 is needed and was not found. Install one, or name it: make install PYTHON=python3.12.\
	 More: docs/troubleshooting.md#python-is-missing-or-too-new" >&2; exit 1; }
	@$(PYTHON) tools/install.py

lab: $(READY)  ## open JupyterLab on the first lesson
	@$(PY) tools/lab.py

test: $(READY)  ## check everything: style, types, data, unit tests, notebooks
	@$(PY) tools/check_all.py

test-scale: $(READY)  ## test the pipeline on a Ray cluster of this machine; nothing else should run
	$(PY) -m pytest -q -m cluster tests/scale

test-live: $(READY)  ## run lessons against the real services, as far as keys are set
	$(PY) tools/test_live.py

notebooks: $(READY)  ## rebuild the notebooks whose lesson changed (ONLY=01 for one, FORCE=1 for all)
	$(PY) tools/build_notebooks.py $(ONLY) $(if $(FORCE),--force)
	$(PY) tools/render_guide.py

SITE_READY := .venv/.site-ready
$(SITE_READY): $(READY) docs/site/requirements.lock
	$(PY) -m uv pip install --python $(PY) --quiet --requirement docs/site/requirements.lock
	@touch $@

site: $(SITE_READY)  ## build the web site and the slides into site/, and check every link
	$(PY) tools/build_site.py

test-site: site  ## look at the site in a browser, for accessibility, search and clipped slides
	$(PY) -m pytest -q -n 2 tests/check_site.py

bench: $(READY)  ## measure speed against what you would pick instead, and the offline reader
	$(PY) benchmarks/top_k.py
	$(PY) benchmarks/chunking.py
	$(PY) benchmarks/grid.py
	$(PY) benchmarks/reader.py
	$(PY) benchmarks/classroom.py

pack: $(READY)  ## build room-pack/ for laptops without a network (PYTHONS="3.11 3.12" FOR="macos-arm64")
	$(PY) tools/pack.py $(if $(PYTHONS),--python $(PYTHONS)) $(if $(FOR),--for $(FOR))

lock: $(READY)  ## resolve the dependencies again into requirements.lock
	$(PY) -m uv pip compile --universal --python-version 3.11 --group dev --upgrade \
		--excludes tools/lock-excludes.txt --no-annotate --quiet \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	$(PY) -m uv pip compile --universal --python-version 3.11 --group site --upgrade \
		--constraint requirements.lock --no-annotate --quiet --generate-hashes \
		--custom-compile-command "make lock" --output-file docs/site/requirements.lock
	$(PY) -m uv pip compile --universal --python-version 3.11 --group dev \
		--constraint requirements.lock \
		--excludes tools/lock-excludes.txt --no-annotate --quiet --generate-hashes \
		--custom-compile-command "make lock" --output-file requirements.hashes pyproject.toml

clean:  ## remove what was built here: .venv, caches, site, the room pack and the provider's files
	rm -rf .venv .workshop .mypy_cache .ruff_cache .hypothesis room-pack site
