# Commands for a newcomer: make demo, make check, make test, make fix, make bench. Everything they need is installed into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Python keeps what it compiled: without it every process of the tests compiles all modules again.
unexport PYTHONDONTWRITEBYTECODE

# What is no unit test is said in CONTRIBUTING.md.
UNIT   := --ignore=tests/e2e -m "not slow and not browser and not postgres and not integration"
# All but the tests of whole systems, which need a browser, a server, or Ajour in processes of its own.
ROOMS  := --ignore=tests/e2e -m "not browser and not postgres"
# Per cent of each room's lines that these tests run; they only go up.
FLOORS := app:35 db:80 monitor:70 review:65 alerts:75

.PHONY: help demo test check fix coverage lint bench real screenshots lock clean

help:  ## what there is to run
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Ajour needs Python 3.11 or newer (set PYTHON=…)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# --no-deps: the lock is complete; --require-hashes: nothing else gets in.
$(VENV)/run.installed: requirements/run.lock pyproject.toml | $(BIN)/python
	$(PIP) install --no-deps --require-hashes -r requirements/run.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.installed: requirements/dev.lock $(VENV)/run.installed
	$(PIP) install --no-deps --require-hashes -r requirements/dev.lock
	@touch $@

demo: $(VENV)/run.installed  ## the main job on ten played outlets: fetch, compare, flag, digest
	@$(BIN)/ajour demo || [ $$? -eq 130 ]

test: $(VENV)/dev.installed  ## all tests, offline, in random order, on all cores
	$(BIN)/python -m pytest -n auto --dist worksteal

check: lint  ## lint, types and the unit tests: before every commit
	$(BIN)/python -m pytest $(UNIT) -n auto

fix: $(VENV)/dev.installed  ## format, and correct what a tool can correct
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: $(VENV)/dev.installed  ## how much of each room all tests but e2e, PostgreSQL and browser run; fails under a floor
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ROOMS) -n auto
	$(BIN)/coverage combine --quiet
	@failed=0; for pair in $(FLOORS); do room=$${pair%%:*}; floor=$${pair##*:}; \
	  share=$$($(BIN)/coverage report --include="$$room/*" --format=total); \
	  echo "$$room: $$share % (floor $$floor)"; [ "$$share" -ge "$$floor" ] || failed=1; done; exit $$failed

lint: $(VENV)/dev.installed  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.installed  ## speed and memory, printed as ratios of one run
	$(BIN)/python -m bench

real: $(VENV)/dev.installed  ## what is read right of captured real pages, in numbers (needs ../shared)
	$(BIN)/python -m bench.real

screenshots: $(VENV)/dev.installed  ## pictures of the desk and of a digest into docs/ (needs Chromium)
	$(BIN)/python -m bench.screenshots
	$(BIN)/python -m bench.digest_pictures

lock:  ## renew the locked requirements (needs uv on the PATH)
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --group build -o requirements/run.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra postgres --group build -c requirements/run.lock -o requirements/postgres.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --group build --group dev -c requirements/run.lock -o requirements/dev.lock

clean:
	rm -rf $(VENV) var
