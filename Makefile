# `make demo` needs Python 3.11 or newer and pip; nothing else. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SECONDS ?=
SEED    ?= 7
KILLS   ?= 300

.PHONY: help demo test check format bench test-kill clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

$(VENV)/demo.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Aisle needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the demo needs into $(VENV) (a minute or two, once)…"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet -e '.[edge,nfc,cloud,sim]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/demo.stamp
	@echo "Installing what the tests need into $(VENV)…"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet -e '.[edge,nfc,cloud,sim,dev]'
	@touch $@

demo: $(VENV)/demo.stamp  ## a living store on this machine; SECONDS=60 stops by itself, SEED=7 picks the day
	@$(BIN)/python -m deploy.demo $(if $(SECONDS),--seconds $(SECONDS)) --seed $(SEED)

test: $(VENV)/dev.stamp  ## every test
	@$(BIN)/python -m pytest

check: $(VENV)/dev.stamp  ## format, lint, strict types, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py

format: $(VENV)/dev.stamp  ## rewrite the code as `make check` wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## remove what was made here, the demo's data too
	rm -rf $(VENV) .demo
