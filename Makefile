# Two commands: `make demo` runs the main job, `make test` checks everything. ARGS are passed on.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --constraint constraints.txt

.PHONY: demo app test lint bench docs install clean

demo: $(VENV)/.installed
	@$(BIN)/crownpath demo $(ARGS)

app: $(VENV)/.installed
	@$(BIN)/crownpath app $(ARGS)

test: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.needs
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m queries.lint

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m benchmarks $(if $(ONLY),ONLY=$(ONLY))

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate.py

install: $(VENV)/.installed

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/uv
	@echo "Installing into $(VENV) ..."
	@$(UV) --editable '.[fast]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what tests and checks need ..."
	@$(UV) --group dev
	@touch $@

clean:
	rm -rf $(VENV) build dist
