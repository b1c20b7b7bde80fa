# make help lists the targets. Every target builds what it needs first.
PYTHON ?= python3
PORT   ?= 4566
ARGS   ?=
BIN    := .venv/bin
READY  := .venv/.ready

# `local` brings its own AWS and takes nothing from the caller's AWS configuration. Who sets AWS_ENDPOINT_URL says where
# AWS is instead, and then also who they are.
ifdef AWS_ENDPOINT_URL
START_EMULATOR = @echo "using AWS at $(AWS_ENDPOINT_URL)"
else
START_EMULATOR = @$(BIN)/python tools/embedded_aws.py start --port $(PORT)
LOCAL_AWS = env -u AWS_PROFILE -u AWS_DEFAULT_PROFILE -u AWS_SESSION_TOKEN \
	AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_ENDPOINT_URL=http://127.0.0.1:$(PORT) \
	AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=not-a-secret-sandbox-key \
	NO_PROXY="127.0.0.1,localhost,$$NO_PROXY" no_proxy="127.0.0.1,localhost,$$no_proxy"
endif
# Whose the embedded AWS is, is asked before anything is done to it.
ifndef AWS_ENDPOINT_URL
CHECK_EMULATOR = $(if $(filter local,$(ENV)),@$(BIN)/python tools/embedded_aws.py check --port $(PORT))
endif
PLAYBOOK = $(if $(filter local,$(ENV)),$(LOCAL_AWS)) $(BIN)/ansible-playbook -i inventories/$(ENV) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help venv new-env local down emulator test bench lint format docs sanity build plan deploy verify destroy lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile

venv: $(READY) ## Build .venv from requirements.lock
$(READY): requirements.lock galaxy.yml tools/make_venv.sh
	PYTHON="$(PYTHON)" sh tools/make_venv.sh

local: ENV := local
local: $(READY) ## Deploy everything to an embedded AWS on this machine
	$(START_EMULATOR)
	@$(PLAYBOOK) playbooks/site.yml
	@echo
	@echo "Deployed. Outputs: build/local/outputs.json; changes: build/local/changes.json; next steps: README.md."
	@echo "'make local' again converges; 'make down' stops the embedded AWS and forgets all it held."

down: ## Stop the embedded AWS that make local started
	@$(PYTHON) tools/embedded_aws.py stop

emulator: $(READY) ## Run an empty embedded AWS in the foreground (PORT=4566)
	@exec $(BIN)/python -m emulator --port $(PORT) $(ARGS)

test: $(READY) ## Run every test
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

lint: $(READY) ## Run the static checks only
	$(BIN)/python -m pytest -q tests/quality/test_lint.py $(ARGS)

format: $(READY) ## Put the Python code into its standard form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## Write what follows from kinds and roles, and render the plugin documentation to build/docs
	$(BIN)/python tools/kind_files.py
	$(BIN)/python tools/role_docs.py
	mkdir -p build/docs
	$(BIN)/antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --dest-dir build/docs dataai.platform

sanity: $(READY) ## Run ansible-test sanity
	$(BIN)/python tests/sanity/run.py $(ARGS)

build: $(READY) ## Build the Galaxy artifact into build/
	$(BIN)/ansible-galaxy collection build --force --output-path build

new-env: $(READY) ## Write the inventory of a new environment (NAME=qa LIKE=dev ACCOUNT=... REGION=... PROTECTED=yes)
	@$(BIN)/python tools/new_env.py --name "$(NAME)" --like "$(LIKE)" --account "$(ACCOUNT)" --region "$(REGION)" \
		--protected "$(PROTECTED)"

plan deploy verify destroy: known-environment $(READY)
plan: ## Show what deploy would do, write nothing (ENV=dev)
	$(CHECK_EMULATOR)
	@$(PLAYBOOK) playbooks/plan.yml
deploy: ## Deploy an environment (ENV=dev)
	$(CHECK_EMULATOR)
	@$(PLAYBOOK) playbooks/site.yml
verify: ## Check an environment against its inventory, change nothing (ENV=dev)
	$(CHECK_EMULATOR)
	@$(PLAYBOOK) playbooks/verify.yml
destroy: ## Take an environment down (ENV=dev)
	$(CHECK_EMULATOR)
	@$(PLAYBOOK) playbooks/destroy.yml

.PHONY: known-environment
known-environment:
	@test -f "inventories/$(ENV)/hosts.yml" || \
		{ echo "Say which environment: ENV=<$$(ls -d inventories/*/hosts.yml | cut -d / -f 2 | paste -s -d '|' -)>" >&2; exit 2; }

bench: $(READY) ## Measure whole runs beside an empty playbook (ARGS=--slow beside what AWS takes)
	$(BIN)/python benchmarks/estate.py $(ARGS)

lock: $(READY) ## Resolve requirements.in into requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" requirements.in --output-file requirements.lock

clean: down ## Remove everything that make made, except .venv
	rm -rf build .ansible .cache .mypy_cache .ruff_cache
