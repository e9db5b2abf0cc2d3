# The few commands one needs; what they do is in scripts/ and CMakePresets.json.
#   JOBS=N   how many compilers and tests run at once (default: the number of processors)

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

.PHONY: build demo test deps install format format-check tidy bench gpu-check fuzz clean help
.DEFAULT_GOAL := build

build: deps ## build the programs into build/release
	@scripts/build.sh release

demo: build ## generate, train, compress and measure a small network, into build/demo
	build/release/bin/gcompress demo --out build/demo

test: deps ## build and run all tests, then the unit tests once more under sanitizers
	@scripts/test.sh

deps: ## install Debian packages (as root) and fetch pinned wheels; instant when there is nothing to do
	@scripts/deps.sh

install: build ## install to PREFIX (default /usr/local)
	cmake --install build/release --prefix "$(PREFIX)"

format: ## format all C++ sources and the scripts of the report page
	@scripts/format.sh

format-check: ## say which sources are not formatted
	@scripts/format.sh --check

tidy: deps ## run clang-tidy over all C++ sources
	@scripts/tidy.sh

bench: deps ## build and run the benchmarks
	@scripts/build.sh bench
	@scripts/bench.sh

gpu-check: deps ## tests and benchmarks of the CUDA kernels on a GPU; without one, a folder to carry to it
	@[ -f build/release/build.ninja ] || cmake --preset release
	@[ -f build/bench/build.ninja ] || cmake --preset bench
	cmake --build build/release --target test_kernels_on_gpu test_engine_cuda_on_gpu
	cmake --build build/bench --target bench_cuda
	@mkdir -p build/gpu-check
	@cp build/release/tests/test_kernels_on_gpu build/release/tests/test_engine_cuda_on_gpu build/bench/bench/bench_cuda scripts/gpu_check.sh build/gpu-check/
	@build/gpu-check/gpu_check.sh || [ $$? -eq 77 ]

fuzz: deps ## a minute of libFuzzer for each fuzz target (needs clang)
	@scripts/build.sh fuzz
	ctest --test-dir build/fuzz --output-on-failure -R _fuzz

clean: ## delete everything that was built (the cache of wheels stays)
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
