# Two commands: `make demo` and `make test`. Both set up .venv on their first run; `make test` adds PyTorch if it can.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo demo-torch test torch-if-possible certify lint benchmark benchmark-torch release requirements clean

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TORCH_READY := .venv/.torch
ASSIGNMENTS := $(notdir $(wildcard source/*))

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Grade a demonstration class and show its scores (under two minutes)
	@$(BIN)/grading demo

demo-torch: $(READY) ## The same with the assignments in PyTorch (installs it: 200 MB on a CPU, more with CUDA)
	@$(MAKE) --no-print-directory $(TORCH_READY)
	@$(BIN)/grading demo rnn_from_scratch shakespeare

test: torch-if-possible lint ## Check style, types and behaviour: everything that CI checks
	@$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

certify: $(READY) $(TORCH_READY) ## Prove the checks by all variants, mutants of the solutions, and other kernels (20 minutes)
	@$(BIN)/grading verify dinosaur_island --mutants
	@for one in $(ASSIGNMENTS); do $(BIN)/grading verify $$one --portability && $(BIN)/grading release $$one || exit 1; done

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

benchmark: $(READY) ## Measure the engine and the training loop, as ratios from one run (ten minutes)
	@$(BIN)/python -m benchmarks.grading
	@$(BIN)/python -m benchmarks.training

benchmark-torch: $(READY) $(TORCH_READY) ## The same for the training loops in PyTorch (two minutes)
	@$(BIN)/python -m benchmarks.torch_training
	@$(BIN)/python -m benchmarks.lstm_training

release: $(READY) $(TORCH_READY) ## Build release/ from source/
	@for one in $(ASSIGNMENTS); do $(BIN)/grading release $$one || exit 1; done

TORCH_NEEDS := filelock fsspec jinja2 networkx 'setuptools>=77.0.3' 'sympy>=1.13.3' typing-extensions
# Hashes and no addresses: pip's own configuration decides where packages come from.
requirements: ## Pin anew what pyproject.toml asks for (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --upgrade --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.txt
	printf '%s\n' pooch safetensors tqdm $(TORCH_NEEDS) | uv pip compile - --constraint requirements.txt --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet \
	  --output-file requirements-torch.txt

clean: ## Remove .venv, the demonstration and all caches; submissions and grades stay
	rm -rf .venv demo .pytest_cache .mypy_cache .ruff_cache

# PyTorch's builds differ, so its version is pinned and not its hash; requirements-torch.txt pins all else with hashes.
$(TORCH_READY): $(READY) requirements-torch.txt
	@echo "Adding PyTorch to .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-torch.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@touch $(TORCH_READY)

torch-if-possible: $(READY)
	@$(MAKE) --no-print-directory $(TORCH_READY) || { test -z "$(CI)" && \
	  echo "PyTorch cannot be installed here, so the tests of the assignments that need it are skipped."; }

# The stamp is newer than the files that the environment is made from, so a second run starts at once.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, and $(PYTHON) is older or missing. Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || \
	  { echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv (about a minute, once) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
