# Every target does its own set-up. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
# Many tests wait for other programs: four at a time are quicker than two also on two cores.
WORKERS ?= 4

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-13s %s\n", $$1, $$2}'

venv: ## .venv with what running needs
	@sh scripts/bootstrap.sh run

dev: ## .venv with what testing needs too
	@sh scripts/bootstrap.sh dev

demo: venv ## the whole product on a small network of its own (ONCE=1: play the conversation and end)
	@$(BIN)/backupserv demo $(if $(ONCE),--once)

test: dev ## lint, types, contracts and all tests, against real servers where they can be installed (ARGS=… for pytest)
	@sh scripts/test-packages.sh
	@sh scripts/localstack.sh || echo "NOT HERE, so the tests that need it are skipped: LocalStack" >&2
	@$(MAKE) --no-print-directory check
	@rm -f .pytest_cache/v/cache/lastfailed
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q $(ARGS) \
	  || { [ $$? -eq 1 ] && $(BIN)/python -m tests.again; }

fuzz: dev ## anything that a server or a user can send, for MINUTES=10: hypothesis, and atheris where it can be installed
	@sh scripts/fuzz.sh || echo "NOT HERE, so the parsers are not fuzzed by coverage: atheris" >&2
	@$(BIN)/python -m tests.fuzz $(or $(MINUTES),10)

crash: dev ## kill -9 every verb that brings something back at POINTS=1000 of its system calls (at most: all)
	@sh scripts/test-packages.sh
	@BACKUPSERV_CRASH=all BACKUPSERV_CRASH_POINTS=$(or $(POINTS),1000) \
	  $(BIN)/python -m pytest -n $(WORKERS) -q tests/faults/test_kill_things.py tests/faults/test_kill_everywhere.py

soak: dev ## the bot on a real network for MINUTES=30, with a save every five seconds and a link that breaks
	@sh scripts/test-packages.sh
	@$(BIN)/python -m tests.soak $(or $(MINUTES),30)

check: lint types contracts ## what needs no test: lint, types, contracts

lint: dev ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: dev ## mypy, strict
	@$(BIN)/mypy

contracts: dev ## which way imports point
	@$(BIN)/lint-imports --no-logo

format: dev ## put the code in shape
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .

bench: dev ## the repository against restic and borg: bytes, seconds, memory (QUICK=1: a small one; ARGS=--json)
	@sh scripts/bench-packages.sh
	@$(BIN)/python -m benchmarks.repository $(if $(QUICK),--quick) $(ARGS)

bench-reading: dev ## how long the start takes, and a large database to be read and checked (ARGS="services.db")
	@$(BIN)/python -m benchmarks.reading $(ARGS)

bench-restore: dev ## how long services are down while an account comes back (ARGS="--accounts 2000 --json")
	@$(BIN)/python -m benchmarks.restore $(ARGS)

bench-page: dev ## how long the status page takes in Chromium, and how large it is (ARGS="--visits 50 --json")
	@sh scripts/test-packages.sh
	@$(BIN)/python -m benchmarks.page $(ARGS)

lock: dev ## pin the dependencies anew (UPGRADE=1: to their newest versions)
	@sh scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## remove what was made here
	@rm -rf .venv .venv-localstack .venv-fuzz demo-network .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: help venv dev demo test fuzz crash soak check lint types contracts format bench bench-page bench-reading bench-restore lock clean
