# make help      say what can be made (so does make alone)
# make demo      install into .venv, run the first reference app, show its report
# make check     what a commit needs: format, lint, types, the rules of the project; under a minute
# make test      that, the C++ tests, the fast Python tests, a run of each reference app; minutes
# make test-full everything: clang-tidy, sanitizers, faults, parity, installs, each backend; half an hour
# make faults    run what goes wrong in real life, a process each, and show what the user sees
# make parity    run ours beside mlcommons-loadgen, say what was compared and what differs
# make stub      write the stub of the compiled module, after a change to what Python sees
# make docs      build the documentation as a site, into build/docs
# make bench     measure ours beside mlcommons-loadgen, show what each costs; ten minutes
# make sanitize  all C++ tests under the sanitizers, and a long storm of threads
# make soak      thousands of short tests in one process: what they leave behind
# make fuzz      feed parsers and readers invented input for some minutes; needs clang++
#
# The package is installed into .venv from the build of the C++ tests (build/tests): an edit of a Python
# file compiles nothing, an edit of a C++ file what depends on it, once. (Not as an editable install:
# that hides mlcommons-loadgen, which has the same name, from the tests that run both.) After
# `make .venv/.test`, one test is run by `.venv/bin/python -m pytest tests/python/api/test_report.py`.
#
# Everything lands in .venv and build/; needs Python 3.10 or newer and a C++20 compiler.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
# A version of PyTorch that is known to work; "plain torch" may bring gigabytes of GPU libraries.
TORCH ?= torch==2.13.0
STORM_SECONDS ?= 180
STORM_SEED ?=
SOAK_TESTS ?= 20000
PEER := build/peer/mlcommons_loadgen-6.0.17.dist-info
APP := reference_apps/efficientnet_lite0
PACKAGE := $(shell git ls-files pyproject.toml CMakeLists.txt loadgen bindings cmake python)
CPP := $(shell git ls-files '*.cc' '*.h' '*.c')
# The C++ tests in which threads, parsers and raw memory matter: run under the sanitizers each time.
# The others are arithmetic, and come with `make sanitize`.
THREADED := storm stress litmus guess completion_counter guarded_ptr slots issue_threads waiting_threads sample_queue fault accuracy_log trace_log run_log run_faults response_faults c_api c_run c_status
PARSING := config apply overrides check loadable_sets sample_order arrivals plan sample_ring
comma := ,
JOBS := $(shell $(PYTHON) -c 'import os; print(os.cpu_count())')
# A file of tests at a time for each processor; those that measure time go first, one at a time.
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
# What has been compiled before is not compiled again in another folder.
ifneq ($(shell command -v ccache),)
export CMAKE_C_COMPILER_LAUNCHER ?= ccache
export CMAKE_CXX_COMPILER_LAUNCHER ?= ccache
endif

.DEFAULT_GOAL := help
.PHONY: help demo demo-steps stub check test test-full synthetic lint rules tidy cpptest race faults parity docs bench peer sanitize soak fuzz clean

help:
	@sed -n 's/^# \(make \)/\1/p' Makefile

# What is installed for the tests serves the demo too.
INSTALLED := $(or $(wildcard $(VENV)/.test),$(VENV)/.apps)

demo: demo-steps $(INSTALLED)
	@echo '2 of 3: throughput of EfficientNet-Lite0, half a minute'
	$(BIN)/python $(APP)/run.py --scenario Offline --output results/performance
	@echo '3 of 3: what does it get right?'
	$(BIN)/python $(APP)/run.py --scenario Offline --accuracy --output results/accuracy
	@echo 'Open results/performance/report.html in a browser: the result, and whether it stayed the same over time'
	@echo 'Next: a SUT of your own, docs/python.md; other models: docs/reference_apps.md'

demo-steps:
	@test -e $(INSTALLED) || echo '1 of 3: PyTorch and what else the apps need, 2 GB into $(VENV): some minutes, once'

check: lint rules

test: lint cpptest synthetic
	$(PYTEST) -m 'not slow'

test-full: lint tidy cpptest race $(PEER) synthetic
	$(PYTEST)

# The tests of the apps draw small models once and keep them, named after the code that drew them.
synthetic:
	mkdir -p -m 700 build/synthetic
	find build/synthetic -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf {} +

# What builds the package; the same tools build the C++ tests.
$(VENV)/.tools: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) 'scikit-build-core>=1.0' 'pybind11>=3.0' 'cmake>=3.25' 'ninja>=1.11'
	$(PIP) '$(TORCH)'
	touch $@

# $(call installed,<extras>,<CMake options>): the package, in the form described above.
installed = $(PIP) --no-build-isolation --config-settings=build-dir=build/tests --config-settings=build.targets=_core $(2) '.[$(1)]'

# With what the apps need.
$(VENV)/.apps: $(VENV)/.tools $(PACKAGE)
	$(call installed,apps)
	touch $@

# With what the tests need.
$(VENV)/.test: $(VENV)/.tools $(PACKAGE)
	$(call installed,apps$(comma)tensorflow$(comma)test,$(foreach option,TESTS BENCHMARKS WERROR,--config-settings=cmake.define.MLPERF_LOADGEN_$(option)=ON) --config-settings=cmake.define.CMAKE_EXPORT_COMPILE_COMMANDS=ON)
	touch $@

lint: $(VENV)/.test
	$(BIN)/clang-format --dry-run -Werror $(CPP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# After a change to what Python sees of the compiled module; a test says when it is due.
stub: $(VENV)/.test
	$(BIN)/python tools/make_stub.py

# The layers, the stub, the pages.
rules: $(VENV)/.test
	$(PYTEST) -q -m 'not slow' tests/python/project

cpptest: $(VENV)/.test
	$(BIN)/cmake --build build/tests
	$(BIN)/ctest --test-dir build/tests --output-on-failure -j $(JOBS)

# The same in mlcommons-loadgen: $(BIN)/python -m pytest -q tests/faults --peer build/peer
faults: $(VENV)/.test
	$(BIN)/python -m pytest -q tests/faults

parity: cpptest $(PEER)
	$(BIN)/python -m pytest -q tests/parity

docs: $(VENV)/.test
	$(BIN)/python tools/make_pictures.py
	$(BIN)/sphinx-build -q -W --keep-going docs build/docs
	@echo 'build/docs/index.html'

# All samples go to results/bench.json. BENCH has further arguments: '--case single_stream' runs one
# case, --markdown also prints the table of docs/benchmarks.md.
BENCH ?=
bench: $(VENV)/.test $(PEER)
	$(BIN)/cmake -S . -B build/bench -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja \
	  -DMLPERF_LOADGEN_BENCHMARKS=ON
	$(BIN)/cmake --build build/bench --target null_sut
	$(BIN)/python -m benchmarks.run --peer build/peer --native build/bench/benchmarks/cpp/null_sut \
	  --growth --json results/bench.json $(BENCH)

# The module that tests/parity and benchmarks compare ours with, in a folder of its own: both have one name.
peer: $(PEER)

$(PEER): $(VENV)/.test
	$(PIP) --upgrade --no-deps \
	  --target build/peer mlcommons-loadgen==6.0.17
	touch $@

# Without what is for other systems, in which headers that Linux fills have less to do.
tidy: $(VENV)/.test
	git ls-files 'loadgen/*.cc' 'bindings/*.cc' ':!loadgen/base/portable' | xargs -P $(JOBS) -n 1 \
	  $(BIN)/clang-tidy -quiet --extra-arg=-Wno-unknown-warning-option -p build/tests

# $(call sanitized,<folder>,<sanitizers>,<what to build>,<ctest arguments>): a build in
# build/<folder>, whose tests fail on any report.
define sanitized
$(BIN)/cmake -S . -B build/$(1) -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja \
  -DMLPERF_LOADGEN_TESTS=ON -DMLPERF_LOADGEN_SANITIZE=$(2)
$(BIN)/cmake --build build/$(1) $(3)
$(BIN)/ctest --test-dir build/$(1) --output-on-failure -j $(JOBS) $(4)
endef
programs = --target $(addsuffix _test,$(1))
only = -R '^($(subst $(eval ) ,|,$(strip $(1))))_test$$'

# Under ThreadSanitizer, then under AddressSanitizer and UBSan, for a few seconds each.
race: $(VENV)/.test
	$(call sanitized,thread,thread,$(call programs,$(THREADED)),$(call only,$(THREADED)))
	$(call sanitized,address,address$(comma)undefined,$(call programs,$(THREADED) $(PARSING)),$(call only,$(THREADED) $(PARSING)))

# The long form: all C++ tests under both, and then the storm, with a new seed each time.
# STORM_SECONDS=600 STORM_SEED=1 give its length and the seed of a run to repeat.
sanitize: $(VENV)/.test
	$(call sanitized,thread,thread)
	$(call sanitized,address,address$(comma)undefined)
	for kind in thread address; do \
	  MLPERF_LOADGEN_STRESS_SECONDS=$(STORM_SECONDS) MLPERF_LOADGEN_STRESS_SEED=$(STORM_SEED) \
	  build/$$kind/tests/cpp/storm_test || exit 1; \
	done

# Many short tests in one process, in C++ and in Python: minutes. Prints what they left behind.
soak: cpptest
	MLPERF_LOADGEN_SOAK_TESTS=$(SOAK_TESTS) build/tests/tests/cpp/soak_test
	$(BIN)/python tests/soak/soak.py --tests $(SOAK_TESTS)

# Input that nobody would write: each libFuzzer target, then the hypothesis tests, for longer than
# `make test-full` does. FUZZ_SECONDS is for each target; what it finds is written to build/fuzz.
CLANG ?= clang++
FUZZ_SECONDS ?= 120
FUZZ_TARGETS := $(patsubst tests/fuzz/%_fuzz.cc,%,$(wildcard tests/fuzz/*_fuzz.cc))
fuzz: $(VENV)/.test
	@command -v $(CLANG) || { echo "make fuzz needs clang++ with libFuzzer; CLANG=... names it"; exit 1; }
	$(BIN)/cmake -S . -B build/fuzz -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja \
	  -DCMAKE_CXX_COMPILER=$(CLANG) -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	  -DMLPERF_LOADGEN_TESTS=ON -DMLPERF_LOADGEN_FUZZ=ON
	$(BIN)/cmake --build build/fuzz --target $(FUZZ_TARGETS:%=%_fuzz)
	for target in $(FUZZ_TARGETS); do \
	  mkdir -p build/fuzz/found/$$target && \
	  build/fuzz/tests/fuzz/$${target}_fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 -dict=tests/fuzz/config.dict \
	    -artifact_prefix=build/fuzz/$$target- build/fuzz/found/$$target \
	    tests/fuzz/corpus/$$target || exit 1; \
	done
	MLPERF_LOADGEN_FUZZ=20 $(BIN)/python -m pytest -q tests/python/*/test_fuzz_*.py

clean:
	rm -rf build $(VENV)
