# Everything starts here: `make learn` for learners, `make test` for developers.
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help learn test prove bench lint types imports words clean

help:
	@echo "make learn   start the course (installs it into $(VENV) the first time)"
	@echo "make test    lint, types, import contracts and tests; works without Docker"
	@echo "make prove   prove every exercise on a real kind cluster"
	@echo "make bench   measure, and print ratios"
	@echo "make words   collect the sentences for translators"
	@echo "make clean   remove $(VENV) and reports"

$(VENV)/.learn: pyproject.toml
	@test -n "$(PYTHON)" || { echo "kubetutor needs Python 3.11 to 3.14; none is on the PATH. Install one and run make again."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python has no venv module. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing kubetutor into $(VENV) (a minute, once)"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.learn
	@echo "Installing the developers' tools"
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

learn: $(VENV)/.learn
	@$(BIN)/kubetutor

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/kubetutor lint

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

test: lint types imports
	$(BIN)/pytest -n 2 --dist loadgroup -m "not kind"

prove: $(VENV)/.dev
	$(BIN)/pytest -m kind
	$(BIN)/kubetutor --provider kind prove --junit reports/proof.xml
	$(BIN)/kubetutor --provider practice prove --junit reports/practice.xml
	$(BIN)/python -m tests.practice.comparison.words reports/proof.xml reports/practice.xml

bench: $(VENV)/.dev
	$(BIN)/python -m bench

words: $(VENV)/.dev
	$(BIN)/pybabel -q extract -k say -k say_n:1,2 -k mark --ignore-dirs practice --no-location --sort-output \
		--omit-header -o checkers/locale/kubetutor.pot checkers tutor

clean:
	rm -rf $(VENV) reports
