# Mailwright. `make demo` shows it at work; `make test` runs everything that CI runs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

IMAGE := mailwright:latest
# Further options of docker build.
BUILD ?=
CLIENTS := mailwright-test-clients:latest
VENV := .venv
PYTHON := $(VENV)/bin/python
SHELL_SCRIPTS := scripts/host scripts/sweep scripts/architectures scripts/image/icu-data .ci/run benchmarks/bare/start benchmarks/filtered/start $(wildcard tests/container/directories/*/start) $(shell find target/mailwright/rootfs/usr/lib/mailwright -type f ! -name packed)  # packed is Python
DOCKERFILES := Dockerfile $(wildcard tests/container/*/Dockerfile tests/container/*/*/Dockerfile) $(wildcard benchmarks/*/Dockerfile)
WORKERS ?= 3
# Of the order of the tests: a number from an earlier run, or default for a new one.
SEED ?= default

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: host
host:
	@scripts/host prepare

.PHONY: image
image: host ## Build mailwright:latest
	@echo "builds $(IMAGE)"
	@DOCKER_BUILDKIT=1 docker build --quiet --tag $(IMAGE) \
		--build-arg VERSION=$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' target/mailwright/__init__.py) \
		--build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null || echo unknown) \
		$(BUILD) --build-arg CREATED=$$(git log -1 --format=%cI 2>/dev/null || echo 1970-01-01T00:00:00Z) . >/dev/null

.PHONY: core
core: ## Build mailwright:core, without ClamAV, and see that it refuses ENABLE_CLAMAV=1
	@$(MAKE) --no-print-directory image IMAGE=mailwright:core BUILD='--build-arg CLAMAV=0'
	@{ docker run --rm --env ENABLE_CLAMAV=1 --hostname mail.example.com mailwright:core 2>&1 || true; } | grep 'built without ClamAV'

.PHONY: reproducible
reproducible: ## Build the image again, and name each file that differs
	@scripts/reproducible

.PHONY: architectures
architectures: host ## Ask Debian whether all packages are there for arm64
	@scripts/architectures arm64

.PHONY: clients
clients: host
	@DOCKER_BUILDKIT=1 docker build --quiet --tag $(CLIENTS) tests/container/clients >/dev/null

.PHONY: thunderbird
thunderbird: image clients ## Thunderbird finds its settings by the address alone; its image is large, so apart
	@DOCKER_BUILDKIT=1 docker build --quiet --tag mailwright-test-thunderbird:latest tests/container/thunderbird >/dev/null
	@trap 'scripts/sweep mailwright.test=1' EXIT; $(PYTHON) -m pytest tests/container/test_thunderbird.py

.PHONY: demo
demo: image ## A mail server with two accounts, a mail sent and read
	@python3 scripts/demo/demo.py

.PHONY: down
down: ## Remove the demo and its data
	@python3 scripts/demo/demo.py --down

.PHONY: venv
venv: $(VENV)/.stamp
$(VENV)/.stamp: pyproject.toml
	@"$$(scripts/host python)" -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.PHONY: generated
generated: venv ## Rewrite mailserver.env, the settings reference and the golden trees
	@$(PYTHON) -m tests.generate

.PHONY: check
check: venv ## Linters, types, floors and the docs
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/shellcheck $(SHELL_SCRIPTS)
	@$(VENV)/bin/hadolint $(DOCKERFILES)
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --site-dir .build/site  # --quiet would hide broken links from --strict

.PHONY: unit
unit: venv ## The tests that need no container
	@$(PYTHON) -m pytest tests/unit tests/repository tests/scenarios

.PHONY: test
test: ## Everything that CI runs
	@$(MAKE) --no-print-directory --jobs=3 --output-sync image clients check
	@trap 'scripts/sweep mailwright.test=1' EXIT; $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --randomly-seed=$(SEED)

.PHONY: bench
bench: image venv ## Measure against a bare Postfix and Dovecot
	@$(PYTHON) -m benchmarks $(BENCH)

.PHONY: faults
faults: image clients venv ## Break things under load, and count the mail
	@$(PYTHON) -m tests.faults $(FAULTS)

.PHONY: docs
docs: venv ## The documentation on http://127.0.0.1:8000
	@$(VENV)/bin/mkdocs serve

.PHONY: clean
clean: down ## Remove what the targets made, and stop the engine if they started it
	@rm -rf .build $(VENV)
	@scripts/host down
