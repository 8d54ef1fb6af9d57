# make demo    a generated practice moves into a local stand-in for Twenty; PATIENTS=2000 for a larger one
# make test    linters, type checker and all tests
# make chaos   seeded fault runs; RUNS=50 SEED=1, or against a server with an empty workspace and an Admin key:
#              TWENTY_URL=... TWENTY_API_KEY=... (PANDA_TWENTY_CALLS_PER_MINUTE=... where it allows more than 100)
# make bench   the benchmarks of docs/benchmarks.md, measured again; BENCH_FULL=1 adds a million records.
#              3 GB are needed in memory or in TMPDIR, 18 GB with BENCH_FULL=1
# make ui      the Dagster UI on the same practice and stand-in

PYTHON ?= python3
PATIENTS ?= 200
RUNS ?= 50
SEED ?= 1
# Each size is a practice of its own, with its own ledger.
PANDA_TWENTY_HOME ?= $(if $(filter 200,$(PATIENTS)),.panda-twenty,.panda-twenty-$(PATIENTS))
export PATIENTS PANDA_TWENTY_HOME

BIN := .venv/bin
READY := .venv/.installed

.PHONY: demo test ui lint chaos bench clean

demo: $(READY)
	@$(BIN)/panda-twenty migrate

ui: $(READY)
	@$(BIN)/panda-twenty ui

test: lint
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(READY)
	$(BIN)/ruff format --check panda_twenty panda_twenty_tests
	$(BIN)/ruff check panda_twenty panda_twenty_tests
	$(BIN)/mypy

# The last line of each is one JSON object.
chaos: $(READY)
	@$(BIN)/python -m panda_twenty_tests.chaos --runs $(RUNS) --seed $(SEED)

bench: $(READY)
	@$(BIN)/python -m panda_twenty_tests.bench

# The lock names every package with its version and hash; nothing is resolved here.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv (a minute or two, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf .venv .panda-twenty .panda-twenty-*
