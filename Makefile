# Every target does its own set-up. `make` alone lists them.
.DEFAULT_GOAL := help
BIN := .venv/bin
SHELL := /bin/sh

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

venv: ## .venv with what running needs
	@sh scripts/bootstrap.sh run

dev: ## .venv with what testing needs too
	@sh scripts/bootstrap.sh dev

demo: venv ## the whole product on a small network of its own (ONCE=1: play the conversation and end)
	@$(BIN)/backupserv demo $(if $(ONCE),--once)

test: dev ## lint, types, contracts, and all tests, against real servers where they can be installed
	@sh scripts/test-packages.sh
	@$(MAKE) --no-print-directory lint types contracts
	@$(BIN)/python -m pytest -n 4 --dist loadfile -q $(ARGS)

lint: dev ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: dev ## mypy, strict
	@$(BIN)/mypy

contracts: dev ## which way imports point
	@$(BIN)/lint-imports

format: dev ## put the code in shape
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .

lock: dev ## pin the dependencies anew (UPGRADE=1: to their newest versions)
	@sh scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## remove what was made here
	@rm -rf .venv demo-network .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: help venv dev demo test lint types contracts format lock clean
