# `make demo` needs Python 3.11 or newer and pip; nothing else. `make help` lists the rest.
SHELL  := /bin/bash
.SHELLFLAGS := -eo pipefail -c
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check
TELL   := awk '/^Collecting/ { print "  · " $$2; fflush() }'
LOCK   := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
          --generate-hashes --no-emit-index-url --no-annotate --no-header
SECONDS ?=
SEED    ?= 7
KILLS   ?= 300
# The tests' databases sync every write: in memory, where there is enough of it, nothing waits for the disk.
ROOM    := $(strip $(shell df --output=avail -k /dev/shm 2>/dev/null | tail -1))
SCRATCH := $(if $(shell [ "0$(ROOM)" -gt 4000000 ] 2>/dev/null && echo y),/dev/shm,$(or $(TMPDIR),/tmp))
# Four at a time keep two cores busy. Browsers and cameras have clocks of their own: what fails is run once more, and told.
CROWDED := --numprocesses=4 --dist=loadfile --reruns=1 --rerun-show-tracebacks -rfE

.PHONY: help demo test check format bench bench-vision bench-instructions scenarios passports nightly test-kill screenshots lock clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 20

$(VENV)/demo.stamp: pyproject.toml deploy/lock/demo.txt
	@$(PYTHON) -c 'import sys; sys.exit("Aisle needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the demo needs into $(VENV) (a minute or two, once)…"
	@$(PIP) --require-hashes -r deploy/lock/demo.txt | $(TELL)
	@$(PIP) --quiet --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/demo.stamp deploy/lock/dev.txt
	@echo "Installing what the tests need into $(VENV)…"
	@$(PIP) --require-hashes -r deploy/lock/dev.txt | $(TELL)
	@touch $@

demo: $(VENV)/demo.stamp  ## a living store on this machine; SECONDS=60 stops by itself, SEED=7 picks the day
	@$(BIN)/python -m deploy.demo $(if $(SECONDS),--seconds $(SECONDS)) --seed $(SEED)

test: $(VENV)/dev.stamp  ## every test: those that start whole stores after the others, with the machine to themselves
	@TMPDIR=$(SCRATCH) $(BIN)/python -m pytest $(CROWDED) --ignore=tests/system
	@TMPDIR=$(SCRATCH) $(BIN)/python -m pytest tests/system

check: $(VENV)/dev.stamp  ## format, lint, strict types, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py

bench: $(VENV)/dev.stamp  ## each benchmark: a ratio measured in one run, one JSON object a line
	@$(BIN)/python -m tests.bench

bench-vision: $(VENV)/dev.stamp  ## Aisle beside other libraries on the same footage; writes edge/COMPARISON.md
	@$(BIN)/python -m tests.bench.vision

bench-instructions: $(VENV)/dev.stamp  ## what one look costs in instructions, by perf or valgrind (minutes), to be scaled
	@$(BIN)/python -m tests.bench.instructions

test-kill: $(VENV)/dev.stamp  ## KILLS=300 nodes, brokers and clouds killed at random moments: nothing may be lost
	@$(BIN)/python -m tests.system.kills --kills $(KILLS) --events $$(($(KILLS) * 100))

nightly: $(VENV)/dev.stamp  ## the long runs: a million random sequences of offers, longer days of members (about an hour)
	@$(BIN)/python -m tests.nightly

passports: $(VENV)/dev.stamp  ## measure the models on real pedestrians and write it into their passports
	@$(BIN)/python -m tests.bench.passports $(VIDEO) $(TRUTH) --write

scenarios: $(VENV)/dev.stamp  ## film and score each hard scene, then write edge/SCENARIOS.md (half an hour)
	@$(BIN)/python -m tests.scenarios $(if $(SECONDS),--seconds $(SECONDS)) --seed $(SEED)

screenshots: $(VENV)/dev.stamp  ## each of the manager's pages, ko/en, light/dark, phone/laptop/wall; ONLY=floor for some
	@$(BIN)/python -m tests.screenshots --into .screenshots $(if $(ONLY),--only $(ONLY))

format: $(VENV)/dev.stamp  ## rewrite the code as `make check` wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/dev.stamp  ## choose all versions anew from pyproject.toml
	@$(PIP) --quiet uv
	@$(LOCK) --extra edge --extra nfc --extra cloud --extra sim -o deploy/lock/demo.txt
	@$(LOCK) --all-extras -c deploy/lock/demo.txt -o deploy/lock/dev.txt
	@$(LOCK) --extra edge --extra nfc -c deploy/lock/demo.txt -o deploy/lock/node.txt
	@$(LOCK) --extra cloud -c deploy/lock/demo.txt -o deploy/lock/cloud.txt
	@$(subst pyproject.toml,deploy/lock/build.in,$(LOCK)) -o deploy/lock/build.txt

clean:  ## remove what was made here, the demo's data too
	rm -rf $(VENV) .demo .bench .screenshots
