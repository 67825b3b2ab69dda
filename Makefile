# AxDash: `make run` starts it, `make test` checks everything. `make help` lists the rest.

BUILD  := build
PY     := .venv/bin/python
BASE   := $(shell for p in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
            $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP    := $(PY) -m pip --disable-pip-version-check -qq install -c constraints.txt
NEEDS  := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: run test check bench screenshots clean help

run: .venv/installed  ## Start AxDash (PORT, HOST, AXDASH_DATA_DIR … as in docs/settings.md)
	@exec $(PY) manage.py serve

test: check  ## Run lint, types and all tests
	@scripts/ensure_chromium.sh
	@$(PY) -m pytest --numprocesses=logical --maxprocesses=4 --dist=loadfile

check: .venv/installed-dev  ## Run lint and types alone
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@AXDASH_DATA_DIR=$(BUILD)/check $(PY) manage.py makemigrations --check --dry-run

bench: .venv/installed-dev  ## Measure speed (some minutes; prints tables)
	@set -e; for file in $$(grep -l __main__ bench/*.py); do \
	  echo; $(PY) -m bench.$$(basename $$file .py); done

screenshots: .venv/installed-dev  ## Make the pictures in the documents again
	@scripts/ensure_chromium.sh
	@$(PY) docs/screenshots.py

clean:  ## Remove what was installed and built; never the data
	rm -rf .venv $(BUILD) *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*  ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

# The tests' tools are installed only for those who run them.
.venv/installed: $(NEEDS) | .venv/bin/python
	@echo "Installing AxDash; this takes a few minutes the first time."
	@$(PIP) -e .
	@touch $@

.venv/installed-dev: $(NEEDS) | .venv/bin/python
	@echo "Installing AxDash and what its tests need; this takes a few minutes the first time."
	@$(PIP) -e '.[dev]'
	@touch $@ .venv/installed

.venv/bin/python:
	@test -n "$(BASE)" || { echo "AxDash needs Python 3.11 or newer, and found none. Install it," \
	  "or name it: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(BASE) -m venv .venv || { echo "Python could not make a virtual environment. On Debian and" \
	  "Ubuntu: apt-get install python3-venv" >&2; rm -rf .venv; exit 1; }
