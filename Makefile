# Every target sets up what it needs. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# A hundred processes of the tests would compile the whole package again where the environment asks to keep no bytecode.
export PYTHONDONTWRITEBYTECODE :=
READY  := $(VENV)/.installed-quickstart
STAMP  := $(VENV)/.installed-test
INSTALL = $(BIN)/python -m tools.install

# uv trusts what the machine trusts, as pip does: behind a company's proxy its own list is not enough.
export UV_SYSTEM_CERTS = 1
# So does npm, which would try for minutes in vain, and say nothing.
export NODE_EXTRA_CA_CERTS ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)

.DEFAULT_GOAL := help
.PHONY: help quickstart test gate gate-baseline test-slow nightly interop interop-vendors cluster cluster-core installs installs-quick example check format lock system-packages clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer; run: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

$(BIN)/uv: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' uv==0.13.9

$(READY): pyproject.toml requirements.lock | $(BIN)/uv
	$(INSTALL) $(VENV) '.[quickstart]' --lock requirements.lock
	touch $@

$(STAMP): pyproject.toml requirements.lock | $(BIN)/uv
	$(INSTALL) $(VENV) '.[test]' --lock requirements.lock --group dev
	touch $@ $(READY)

.venv-%/bin/python:
	$(PYTHON) -m venv --without-pip .venv-$*

quickstart: $(READY) ## install, and run the quickstart on real speech
	$(BIN)/bench run configs/quickstart.yaml $(ARGS)

QUICK = not slow and not interop and not nightly and not cluster

test: $(STAMP) ## install, and run the tests: those that measure time alone, the others side by side
	$(BIN)/python -m pytest -n auto --dist worksteal -m '$(QUICK) and not timed'
	$(BIN)/python -m pytest -m '$(QUICK) and timed'

CI_RUN = reports/ci/run
$(CI_RUN): $(STAMP) FORCE
	rm -rf reports/ci
	$(BIN)/python -m benchmarks.scripted_corpus reports/ci/corpus --speakers 60 --utterances 5
	$(BIN)/bench run benchmarks/ci.yaml --out $(CI_RUN) --no-report
FORCE:

gate: $(CI_RUN) ## hold this harness against its own committed baseline
	$(BIN)/bench gate $(CI_RUN) --baseline reports/baselines/ci.json --rules configs/ci-gate.yaml --junit reports/ci/gate.xml

gate-baseline: $(CI_RUN) ## after a change of numbers that is meant: renew that baseline, and commit it
	$(BIN)/bench baseline update reports/baselines/ci.json $(CI_RUN)

test-slow: $(STAMP) ## the tests that take longer or need system packages
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m 'slow and not interop and not timed'
	$(BIN)/python -m pytest -m 'slow and not interop and timed'

nightly: $(STAMP) .venv-cluster/.installed ## what takes hours: long fuzzing, soaks, full tables, all of Ray; figures go into docs/
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -m nightly
	$(CLUSTER)
	$(BIN)/python -m benchmarks.coverage

EXAMPLE_RUN = reports/example-run
example: $(STAMP) ## renew reports/example and its picture by a valid quickstart; needs a machine that does nothing else
	rm -rf $(EXAMPLE_RUN)
	$(BIN)/bench run configs/quickstart.yaml --out $(EXAMPLE_RUN)
	cp $(EXAMPLE_RUN)/report.html $(EXAMPLE_RUN)/report.md reports/example/
	$(BIN)/python tools/picture.py reports/example/report.html docs/images/report.png

installs: $(STAMP) ## the wheel by pip, pipx and uvx, and a clone, in empty environments outside the repository
	$(BIN)/python -m tools.try_installs --whole

installs-quick: $(STAMP) ## the wheel by uv, uvx and pipx, used outside the repository: what fits into every change
	$(BIN)/python -m tools.try_installs --locked uv uvx pipx

interop: .venv-interop/bin/python | $(BIN)/uv ## third-party clients against the emulator, in an environment of their own
	$(INSTALL) .venv-interop '.[emulator,moonshine,interop]' --lock requirements-interop.lock --group tests
	.venv-interop/bin/python -m pytest -m interop -p no:unraisableexception tests/interop --ignore tests/interop/vendors

interop-vendors: .venv-interop-vendors/bin/python | $(BIN)/uv ## vendors' own SDKs against their emulators, in an environment of their own
	$(INSTALL) .venv-interop-vendors '.[emulator,moonshine,whisper,interop-vendors]' --lock requirements-interop-vendors.lock --group tests
	.venv-interop-vendors/bin/python -m pytest -m interop -p no:unraisableexception tests/interop/vendors

.venv-cluster/.installed: pyproject.toml requirements-cluster.lock | .venv-cluster/bin/python $(BIN)/uv
	$(INSTALL) .venv-cluster '.[emulator,ray,cloud]' --lock requirements-cluster.lock --group cluster || \
		{ echo 'expected wheels of requirements-cluster.lock for this Python: Ray has them for CPython 3.11 to 3.14; run: make PYTHON=/path/to/one cluster'; exit 1; }
	npm install --loglevel error --no-fund --no-audit --fetch-retries 1 --prefix .venv-cluster/node s3rver@3.7.1 || \
		echo 'no npm that reaches its index here: the tests at an S3 server are skipped'
	touch $@

CLUSTER = .venv-cluster/bin/python -m pytest -rs -m cluster -W default tests/test_remote_s3.py tests/execution/test_cluster.py
cluster: .venv-cluster/.installed ## runs over a Ray cluster and at a real S3 server on this machine, in an environment of their own
	$(CLUSTER)

cluster-core: .venv-cluster/.installed ## of these all at the S3 server, and the one in which a worker, a node and that server are killed
	$(CLUSTER) -k 'test_remote_s3 or two_nodes_give_what_one or a_worker_a_node_and_the_store or not_there or is_for_a_cluster'

check: $(STAMP) ## lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy tests benchmarks tools
	$(BIN)/lint-imports
	$(BIN)/python tools/check_tests_mirror.py
	$(BIN)/python tools/build_schemas.py --check
	$(BIN)/python -m tools.build_reference --check
	$(BIN)/python tools/call_chain.py

format: $(STAMP) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: | $(BIN)/uv ## resolve the versions of the requirements files again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --group dev --extra test pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --group tests --extra emulator --extra moonshine --extra interop pyproject.toml --output-file requirements-interop.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --group tests --extra emulator --extra moonshine --extra whisper --extra interop-vendors pyproject.toml --output-file requirements-interop-vendors.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --group cluster --extra emulator --extra ray --extra cloud pyproject.toml --output-file requirements-cluster.lock

system-packages: ## Debian packages that some slow tests use (needs root)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends chromium sctk sox ffmpeg
	command -v npm >/dev/null || apt-get install -y -qq --no-install-recommends nodejs npm

clean: ## remove virtual environments and caches
	rm -rf $(VENV) .venv-interop .venv-interop-vendors .venv-cluster .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
