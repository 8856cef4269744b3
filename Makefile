# make demo   install into .venv, run the first reference app, show its report
# make test   install into .venv, lint, C++ tests, Python tests
# make faults run what goes wrong in real life, a process each, and show what the user sees
# make parity run ours beside mlcommons-loadgen, say what was compared and what differs
#
# Everything lands in .venv and build/; needs Python 3.10 or newer and a C++20 compiler.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A version of PyTorch that is known to work; "plain torch" may bring gigabytes of GPU libraries.
TORCH ?= torch==2.13.0
PEER := build/peer/mlcommons_loadgen-6.0.17.dist-info
APP := reference_apps/efficientnet_lite0
PACKAGE := $(shell git ls-files pyproject.toml CMakeLists.txt loadgen bindings cmake python)
CPP := $(shell git ls-files '*.cc' '*.h')
JOBS := $(shell $(PYTHON) -c 'import os; print(os.cpu_count())')

.PHONY: demo test lint tidy cpptest pytest faults parity peer sanitize clean

demo: $(VENV)/.apps
	$(BIN)/python $(APP)/run.py --scenario Offline --output results/performance
	$(BIN)/python $(APP)/run.py --scenario Offline --accuracy --output results/accuracy

test: lint tidy cpptest pytest

# The package, with what the apps need.
$(VENV)/.apps: $(PACKAGE)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/pip install --quiet --disable-pip-version-check '.[apps]'
	touch $@

# The same, with what the tests need.
$(VENV)/.test: $(VENV)/.apps
	$(BIN)/pip install --quiet --disable-pip-version-check '.[apps,test]'
	touch $@

lint: $(VENV)/.test
	$(BIN)/clang-format --dry-run -Werror $(CPP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

build/tests/build.ninja: $(VENV)/.test
	$(BIN)/cmake -S . -B build/tests -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja \
	  -DMLPERF_LOADGEN_TESTS=ON -DMLPERF_LOADGEN_WERROR=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON

cpptest: build/tests/build.ninja
	$(BIN)/cmake --build build/tests
	$(BIN)/ctest --test-dir build/tests --output-on-failure -j $(JOBS)

pytest: $(VENV)/.test $(PEER)
	$(BIN)/python -m pytest

# The same in mlcommons-loadgen: $(BIN)/python -m pytest -q tests/faults --peer build/peer
faults: $(VENV)/.test
	$(BIN)/python -m pytest -q tests/faults

parity: cpptest $(PEER)
	$(BIN)/python -m pytest -q tests/parity

# The module that tests/parity compares ours with, in a folder of its own: both have one name.
peer: $(PEER)

$(PEER): $(VENV)/.test
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade --no-deps \
	  --target build/peer mlcommons-loadgen==6.0.17
	touch $@

tidy: build/tests/build.ninja
	$(BIN)/clang-tidy -quiet --extra-arg=-Wno-unknown-warning-option -p build/tests $(shell git ls-files 'loadgen/*.cc')

# The C++ tests under ThreadSanitizer, then under AddressSanitizer and UBSan.
sanitize: $(VENV)/.test
	for kind in thread address,undefined; do \
	  $(BIN)/cmake -S . -B build/$$kind -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja \
	    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DMLPERF_LOADGEN_TESTS=ON \
	    -DMLPERF_LOADGEN_SANITIZE=$$kind && \
	  $(BIN)/cmake --build build/$$kind && \
	  $(BIN)/ctest --test-dir build/$$kind --output-on-failure -j $(JOBS) || exit 1; \
	done

clean:
	rm -rf build $(VENV)
