# `make demo` and `make test` do all of their own set-up on a fresh Debian machine.
UV_VERSION := 0.13.9
PYTHON ?= python3
UV := .venv-uv/bin/uv
RUN := $(UV) run --frozen --no-sync

.PHONY: demo test test-node check docs setup format clean

demo: setup ## make a world, find its rings, print what was found against the truth
	$(RUN) inktrace demo --out demo-case --fresh

test: setup ## run all tests
	$(RUN) pytest -n auto --dist loadgroup

test-node: setup ## run the tests that speak to a real Bitcoin node, fetched from Debian's packages
	$(RUN) python tools/fetch_node.py
	$(RUN) pytest tests/node

check: setup ## format, lint, strict types, import contract
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python tools/write_docs.py --check

docs: setup ## write docs/tables.md and docs/parameters.md from the code
	$(RUN) python tools/write_docs.py

format: setup
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

setup: .venv/.ready

.venv/.ready: pyproject.toml uv.lock $(UV)
	$(UV) sync --frozen --quiet
	@touch $@

# Debian ships Python without ensurepip: then the package that has it is installed first.
$(UV):
	@$(PYTHON) tools/make_venv.py .venv-uv
	@.venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

clean:
	rm -rf .venv .venv-uv demo-case dist build
