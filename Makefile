# Everything a person or CI does with Caretaker. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.ONESHELL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
ARGS ?=
JOBS ?= 2

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet --no-input install
export PATH := $(PATH):/usr/sbin:/sbin

# A stamp carries the hash of what it was made from: switching branches, or touching a file, costs nothing.
key = $(shell $(1) | sha256sum | cut -c1-16)
MADE := .venv/.made-$(call key,pwd)
RUNTIME := .venv/.runtime-$(call key,cat requirements/runtime.txt)
DEV := .venv/.dev-$(call key,cat requirements/dev.txt)
INSTALLED := .venv/.installed-$(call key,cat pyproject.toml)

# Two makes at once in one tree wait for each other here; the second finds the work done.
once = exec 9<Makefile; flock 9; [ ! -e $@ ] || exit 0

.PHONY: help venv run test lab-test torture check figures coverage bench fast fuzz-fast fast-if-possible wheel wheel-fast lock clean system-packages

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo '  Options go in ARGS: make run ARGS="--dns-port 5300", make test ARGS="tests/dns_filter -k lease"'

$(MADE):
	@$(once); .ci/make-venv "$(PYTHON)" .venv; touch $@

$(RUNTIME): | $(MADE)
	@$(once); echo "Installing $$(grep -c == requirements/runtime.txt) packages, by their hashes (about a minute the first time)"
	$(PIP) --no-deps --require-hashes --only-binary :all: -r requirements/runtime.txt
	rm -f .venv/.runtime-*; touch $@

$(INSTALLED): | $(RUNTIME)
	@$(once); echo "Installing Caretaker itself: .venv/bin/caretaker"
	$(PIP) --no-deps --no-build-isolation -e .
	rm -f .venv/.installed-*; touch $@

$(DEV): | $(RUNTIME)
	@$(once); echo "Installing what tests and checks need"
	$(PIP) --no-deps --require-hashes --only-binary :all: -r requirements/dev.txt
	rm -f .venv/.dev-*; touch $@

venv: | $(INSTALLED) $(DEV)  ## the whole virtual environment in .venv, for an editor

run: | $(INSTALLED)  ## the demo school: switches, filter, API and console on this machine
	@exec .venv/bin/caretaker up --demo $(ARGS)

system-packages:
	@.ci/system-packages test

fast: | $(INSTALLED)  ## compile the DNS filter's fast engine (optional, needs gcc); it is taken from then on
	@$(PY) -m dns_filter.fast.build

fast-if-possible: system-packages | $(INSTALLED)
	@$(PY) -m dns_filter.fast.build --if-possible

fuzz-fast: system-packages | $(INSTALLED) $(DEV)  ## ten million broken packets at the fast engine, under sanitizers
	@$(PY) -m tests.dns_filter.fast.fuzz $(ARGS)

test: system-packages fast-if-possible | $(INSTALLED) $(DEV)  ## every test; what this machine lacks is skipped by name and reason
	@$(PY) -m pytest -n $(JOBS) --dist loadgroup --maxschedchunk 4 --durations 10 $(ARGS)

lab-test: system-packages | $(INSTALLED) $(DEV)  ## the virtual school: every scenario and a walk, on packets (root)
	@$(PY) -m bench.torture --only lab-test $(ARGS)

torture: system-packages | $(INSTALLED) $(DEV)  ## hours of it, a part at a time; goes on where it stopped
	@$(PY) -m bench.torture $(ARGS)

check: | $(INSTALLED) $(DEV)  ## format, lint, types, direction of imports, figures
	@failed=
	try() { echo "== $$*"; "$$@" || failed="$$failed $$(basename "$$1")"; }
	try .venv/bin/ruff format --check --quiet .
	try .venv/bin/ruff check --quiet .
	try .venv/bin/mypy
	try .venv/bin/lint-imports --no-logo
	try $(PY) bench/figures.py
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }

figures: | $(MADE)  ## how long files and functions are, room by room
	@$(PY) bench/figures.py --longest

coverage: system-packages fast-if-possible | $(INSTALLED) $(DEV)  ## every test, then which lines none of them reached
	@$(PY) -m pytest -n $(JOBS) --dist loadgroup --maxschedchunk 4 --cov --cov-report term $(ARGS)

bench: | $(INSTALLED) $(DEV)  ## measurements, as a table with the machine named
	@.ci/system-packages bench
	$(PY) -m dns_filter.fast.build --if-possible
	$(PY) -m bench.run $(ARGS)

wheel: | $(RUNTIME)  ## dist/caretaker-….whl, for the Ansible roles
	@.venv/bin/hatchling build -t wheel

wheel-fast: | $(RUNTIME)  ## the same with the fast engine in it, for machines with this processor and C library
	@CARETAKER_WHEEL=fast .venv/bin/hatchling build -t wheel

lock: | $(MADE)  ## find versions and hashes again (ARGS=--upgrade takes the newest)
	@.ci/lock $(ARGS)

clean:  ## remove what this file made: .venv, caches, results
	@rm -rf .venv .stamps .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov dist build bench/results
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
