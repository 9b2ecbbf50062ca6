# The two commands are `make demo` and `make test`; both do all the set-up. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The crates that link C are built in one profile only: PROJ is compiled once.
IO := -p overcut-io -p overcut-python

.DEFAULT_GOAL := help
.PHONY: help demo test system system-tests environment extension lint lint-rust lint-python test-core test-io test-python notebooks docs docs-rust docs-pictures bench bench-peers wheel test-wheel testdata clean

help:  ## lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

demo: extension  ## sets everything up and runs the main job on testdata/
	$(BIN)/overcut assess testdata/case.toml --overwrite
	@echo; echo "The results are in testdata/out/: open case.gpkg in QGIS, rows.csv in a spreadsheet."

test: system-tests extension lint test-core test-io docs-rust test-python notebooks docs  ## sets everything up and passes every test
	@echo "overcut: all tests passed"

system:  ## installs what the build needs from the system
	@PYTHON=$(PYTHON) scripts/setup-system.sh

system-tests:  ## installs what only the tests need from the system
	@PYTHON=$(PYTHON) scripts/setup-system.sh tests

environment: $(VENV)/.stamp  ## makes the Python environment
$(VENV)/.stamp: pyproject.toml | system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet "maturin>=1.9,<2" --group dev --group docs
	@touch $@

extension: system environment  ## builds the extension into the environment
	$(BIN)/maturin develop --release --quiet

lint: lint-rust lint-python  ## formatting, lints, types, spelling

lint-rust:
	cargo fmt --all --check
	cargo clippy --quiet -p overcut --all-targets -- -D warnings
	cargo clippy --quiet --release $(IO) -p overcut-benches --all-targets -- -D warnings

lint-python: environment
	$(BIN)/ruff format --check python testdata benches notebooks scripts
	$(BIN)/ruff check python testdata benches notebooks scripts
	$(BIN)/mypy
	$(BIN)/typos

test-core:  ## the core: unit tests, laws, doctests
	cargo test -p overcut

test-io: system  ## files, with GDAL and PROJ
	cargo test --release -p overcut-io

test-python: system-tests extension  ## the package: behaviour, doctests, stubs, cross-checks
	$(BIN)/python -m mypy.stubtest overcut._overcut --allowlist python/tests/stubtest_allowlist.txt
	$(BIN)/pytest

notebooks: extension  ## executes the notebooks
	$(BIN)/pytest --nbmake --nbmake-timeout=300 -o addopts=--strict-markers notebooks

docs: environment  ## builds the documentation as a site into target/site; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

docs-pictures: extension  ## draws the pictures of the documentation anew
	$(BIN)/python scripts/draw_docs_pictures.py

docs-rust:
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps -p overcut
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --release -p overcut-io

bench: extension  ## measures: kernels, the whole job against reading alone, the same sums with other tools
	cargo bench -p overcut-benches
	$(BIN)/python benches/peers/run.py --limit
	$(MAKE) bench-peers

bench-peers: extension
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python benches/peers/run.py

testdata: environment  ## makes testdata/ anew
	$(BIN)/python testdata/make_testdata.py

wheel: system environment  ## a self-contained wheel (compiles GDAL and PROJ: about 20 minutes on two cores)
	$(BIN)/maturin build --release --features bundled --out dist

test-wheel:  ## installs the newest wheel into a clean environment and uses it
	$(PYTHON) scripts/test_wheel.py

clean:
	cargo clean
	rm -rf $(VENV) dist testdata/out
