#!/usr/bin/env bash
# All tests: the release build's, then the unit tests again under AddressSanitizer and
# UndefinedBehaviorSanitizer. What a test needs from outside reaches it by environment variables; where it
# cannot be had, tests skip and say so. With CI set, that is a failure instead.
#   GCOMPRESS_TEST_DATA     data sets and models of the project (default: ../shared, where it exists)
#   GCOMPRESS_TEST_MODELS   real networks out of PyPI packages: NAME-VERSION/**/*.onnx
#   GCOMPRESS_ONNX_CASES    the onnx project's backend test cases: node/*/model.onnx, ...
#   GCOMPRESS_PYTHON        a Python with onnxruntime, onnx, numpy and pillow
#   GCOMPRESS_BROWSER       a Chromium
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
cache=$("$here/cache_dir.sh")
jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-2}

unavailable() {
  echo "test: $1" >&2
  if [[ -n ${CI:-} ]]; then
    exit 1
  fi
}

"$here/fetch_wheels.sh" format models cases sass ||
  unavailable "could not fetch everything; tests that need what is missing will be skipped"
if [[ -z ${GCOMPRESS_PYTHON:-} ]]; then
  GCOMPRESS_PYTHON=$("$here/venv.sh" peers) ||
    unavailable "could not make the virtual environment of the peers; their tests will be skipped"
fi

if [[ -z ${GCOMPRESS_BROWSER:-} ]]; then
  GCOMPRESS_BROWSER=$("$here/browser.sh") ||
    unavailable "there is no browser to look at report.html with; its test will be skipped"
fi

"$here/build.sh" release
"$here/build.sh" asan

[[ -n ${GCOMPRESS_TEST_DATA:-} || ! -d ../shared ]] || GCOMPRESS_TEST_DATA=$(cd ../shared && pwd)
: "${GCOMPRESS_TEST_MODELS:=$cache}"
if [[ -z ${GCOMPRESS_ONNX_CASES:-} ]]; then
  for folder in "$cache"/onnx-*/onnx/backend/test/data; do
    [[ ! -d $folder ]] || GCOMPRESS_ONNX_CASES=$folder
  done
fi
for name in GCOMPRESS_TEST_DATA GCOMPRESS_TEST_MODELS GCOMPRESS_ONNX_CASES GCOMPRESS_PYTHON GCOMPRESS_BROWSER; do
  if [[ -n ${!name:-} ]]; then
    export "${name?}"
  else
    unset "$name"
    echo "test: $name is not set; tests that need it are skipped" >&2
  fi
done
export OMP_WAIT_POLICY=PASSIVE # threads that spin while waiting make a loaded machine crawl
export GTEST_COLOR=no
export UBSAN_OPTIONS=print_stacktrace=1

status=0
ctest --test-dir build/release --output-on-failure --parallel "$jobs" || status=1
echo "test: unit tests under sanitizers" >&2
ctest --test-dir build/asan --output-on-failure --parallel "$jobs" --label-regex unit || status=1

# CTest shows skipped scripts by itself, but not the cases that a test program skipped.
for log in build/release/Testing/Temporary/LastTest.log build/asan/Testing/Temporary/LastTest.log; do
  grep --no-filename '^\[  SKIPPED \] .* ms)' "$log" | sed "s|^|test: ${log%%/Testing*}: |" >&2 || true
done
exit "$status"
